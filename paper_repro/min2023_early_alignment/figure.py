"""Small ReLU networks: how soon neurons align, how fast the loss falls then, and the rank of what they learned."""

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from tempfile import TemporaryDirectory

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.min2023_early_alignment.config import Settings
from theory.deep_linear.aligned_output import aligned_loss
from theory.deep_linear.alignment import growth_amplitude, sorting_times
from validations.core.programs import one_program, quickly_compiled
from validations.core.runner import Job, measure
from validations.core.store import Store
from validations.deep_linear.claims.alignment import LONELY, SLOWEST, SMALL, EarlyNeurons, LonelyExamples, SmallStarts


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Measure what the figures show; all of them unless `only` names some."""
    parts = {"times": _times, "rank": _rank, "loss": _loss}
    drawn: dict[str, np.ndarray] = {}
    with nullcontext(store.root) if store is not None else TemporaryDirectory() as root:
        place = store if store is not None else Store(root)
        for name, part in parts.items():
            if only is None or name in only:
                drawn |= part(config, place)
    return {key: np.asarray(value) for key, value in drawn.items()}


def _times(config: Settings, store: Store) -> dict[str, np.ndarray]:
    """Mean time over neurons that come to sort all examples, from the same starts at two sizes."""
    measured, predicted = [], np.zeros((0, 0))
    for scale in config.scales:
        settings = EarlyNeurons(replicates=config.early, scale=scale, step=0.002, steps=1000, points=1000)
        taken = measure(Job(SLOWEST, settings, config.seed), store=store)
        start = [jnp.asarray(taken.start[k]) for k in ("x", "y", "w", "s")]
        predicted = np.asarray(quickly_compiled(jax.vmap(sorting_times))(*start)).max(axis=2)
        measured.append(np.asarray(taken.data["last_wrong"]))
    lives = predicted < 1.0
    means = [np.mean(np.where(lives, m, 0.0), axis=1) / np.mean(lives, axis=1) for m in measured]
    decades = np.log(config.scales[1] / config.scales[0])
    return {
        "times.measured": np.stack([m[lives] for m in measured]),
        "times.theory": predicted[lives],
        "time_by_start": np.log(means[1] / means[0]) / decades,
    }


def _rank(config: Settings, store: Store) -> dict[str, np.ndarray]:
    settings = SmallStarts(replicates=config.small)
    data = measure(Job(SMALL, settings, config.seed), store=store).data
    return {
        "rank.scales": np.asarray(settings.scales),
        "rank.third": data["third"],
        "rank.stable": data["stable_rank"],
        "stable_rank": data["stable_rank"][:, 0],
    }


def _loss(config: Settings, store: Store) -> dict[str, np.ndarray]:
    settings = LonelyExamples(replicates=config.lonely, times=config.tail)
    taken = measure(Job(LONELY, settings, config.seed), store=store)
    x, y, w, s = (jnp.asarray(taken.start[k]) for k in ("x", "y", "w", "s"))
    amplitude = quickly_compiled(jax.vmap(growth_amplitude))(x, y, w, s)
    length = jnp.linalg.norm(x[:, 0], axis=1, keepdims=True)
    start = length * settings.scale**2 * jnp.sum((s > 0) * amplitude**2, axis=1, keepdims=True)
    times, losses = np.asarray(config.tail), np.asarray(taken.data["losses"])
    return {
        "loss.times": times,
        "loss.measured": losses,
        "loss.theory": one_program(aligned_loss)(start, 1.0, length, jnp.asarray(times)),
        "loss_exponent": np.log(losses[:, -1] / losses[:, -2]) / np.log(times[-1] / times[-2]),
    }


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """The figures whose measurements are there."""
    drawings = {"times": _draw_times, "rank": _draw_rank, "loss": _draw_loss}
    marks = {"times": "times.theory", "rank": "rank.third", "loss": "loss.times"}
    with styled():
        return {name: f(data) for name, f in drawings.items() if marks[name] in data}


def _draw_times(data: Mapping[str, np.ndarray]) -> Figure:
    figure, axes = _blank()
    for measured, color, name in zip(data["times.measured"], series_colors(2), ("small", "large"), strict=True):
        axes.plot(data["times.theory"], measured, ".", color=color, markersize=4, label=f"{name} start")
    end = [0, data["times.theory"].max()]
    axes.plot(end, end, color=THEORY, linewidth=1, label="vanishing start")
    axes.set(xlabel="time at which a neuron sorts all examples, predicted", ylabel="measured")
    axes.legend()
    return figure


def _draw_rank(data: Mapping[str, np.ndarray]) -> Figure:
    figure, axes = _blank()
    third, color = data["rank.third"], series_colors(1)[0]
    axes.errorbar(data["rank.scales"], third.mean(0), third.std(0, ddof=1), fmt="o", color=color, label="trained")
    line = third.mean(0)[0] * data["rank.scales"] / data["rank.scales"][0]
    axes.plot(data["rank.scales"], line, color=THEORY, linewidth=1, label="proportional")
    axes.set(
        xlabel="length of a neuron at the start", ylabel="third over first singular value", xscale="log", yscale="log"
    )
    axes.legend()
    return figure


def _draw_loss(data: Mapping[str, np.ndarray]) -> Figure:
    figure, axes = _blank()
    times, color = data["loss.times"], series_colors(1)[0]
    axes.plot(times, data["loss.measured"].T, ".", color=color, markersize=4)
    axes.plot(times, data["loss.theory"].T, color=THEORY, linewidth=0.5)
    last = np.median(data["loss.measured"][:, -1])
    axes.plot(times[-3:], last * times[-1] / times[-3:], "--", color="#555555", label="1/t")
    axes.set(xlabel="time", ylabel="loss of one class", xscale="log", yscale="log")
    axes.legend()
    return figure


def _blank() -> tuple[Figure, Axes]:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    return figure, figure.subplots()
