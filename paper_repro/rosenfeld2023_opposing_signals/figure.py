"""A large feature without use in a two-layer linear network: sharpness along the flow, and spikes of descent."""

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from tempfile import TemporaryDirectory

import jax
import numpy as np
from jaxtyping import Array
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.rosenfeld2023_opposing_signals.config import Settings
from theory.deep_linear.opposing_signals import final_sharpness, unlearning
from validations.core.runner import Job, measure
from validations.core.store import Store
from validations.deep_linear.claims.opposing_signals import FLOW, STEPS, OpposingFlow, OpposingSteps
from validations.deep_linear.opposing_signals import population_loss, prepare, recorded_times, sharpness


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Measure what the figures show; all of them unless `only` names some."""
    drawn: dict[str, np.ndarray] = {}
    with nullcontext(store.root) if store is not None else TemporaryDirectory() as root:
        place = store if store is not None else Store(root)
        for name, part in {"flow": _flow, "spike": _spike}.items():
            if only is None or name in only:
                drawn |= part(config, place)
    return {key: np.asarray(value) for key, value in drawn.items()}


def _flow(config: Settings, store: Store) -> dict[str, np.ndarray]:
    settings = OpposingFlow(replicates=config.replicates)
    taken = measure(Job(FLOW, settings, config.seed), store=store)
    w, course = np.asarray(taken.start["w"]), np.asarray(taken.data["sharpness"])
    end = final_sharpness(w[:, 0], np.linalg.norm(w[:, 1:], axis=1), settings.task, settings.variance)
    dip = settings.variance * unlearning(w[:, 0], w[:, -1], settings.variance, settings.time)
    return {
        "flow.times": recorded_times(settings),
        "flow.sharpness": course,
        "flow.theory": np.stack([dip, end]),
        "falls_first": np.log(course[:, 0] / course.min(axis=1)),
        "sharpens": np.log(course[:, -1] / course.min(axis=1)),
        "end_over_derived": course[:, -1] / np.asarray(end) + 0 * w[:, 0],
    }


def _spike(config: Settings, store: Store) -> dict[str, np.ndarray]:
    settings = OpposingSteps(replicates=config.replicates)
    data = measure(Job(STEPS, settings, config.seed), store=store).data
    return {"spikes": data["rise"], "lands": data["landing"], **_course(config, settings)}


def _course(config: Settings, settings: OpposingSteps) -> dict[str, np.ndarray]:
    """Loss and sharpness of a few descents, step by step."""
    params, data = prepare(settings, jax.random.split(jax.random.key(config.seed + 1), config.shown))
    scales, lengths = params[:, 0], np.linalg.norm(params[:, 1:], axis=1)
    allowed = 2 / final_sharpness(scales, lengths, settings.task, settings.variance)

    def one(p: Array, data: tuple[Array, Array], step: Array) -> tuple[Array, Array]:
        def descend(p: Array, _: None) -> tuple[Array, tuple[Array, Array]]:
            return p - step * jax.grad(population_loss)(p, data), (population_loss(p, data), sharpness(p, data))

        return jax.lax.scan(descend, p, length=config.steps)[1]

    losses, sharp = jax.jit(jax.vmap(one))(params, data, settings.beyond * allowed)
    edge = 2 / (settings.beyond * allowed)
    return {"spike.loss": losses, "spike.sharpness": sharp / edge[:, None]}


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """The figures whose measurements are there."""
    drawings = {"flow": (_draw_flow, "flow.times"), "spike": (_draw_spike, "spike.loss")}
    with styled():
        return {name: f(data) for name, (f, key) in drawings.items() if key in data}


def _draw_flow(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    few = data["flow.sharpness"][:4]
    for course, levels, color in zip(few, data["flow.theory"].T, series_colors(len(few)), strict=False):
        axes.plot(data["flow.times"], course, color=color)
        axes.plot(data["flow.times"][[0, -1]], levels[[0, 0]], ":", color=color, linewidth=1)
        axes.plot(data["flow.times"][[0, -1]], levels[[1, 1]], "--", color=color, linewidth=1)
    axes.plot([], [], ":", color=THEORY, label="least, as the feature dies")
    axes.plot([], [], "--", color=THEORY, label="end, by what is conserved")
    axes.set(xlabel="time of gradient flow", ylabel="sharpness", xscale="symlog")
    axes.set_xscale("symlog", linthresh=1e-3)
    axes.legend()
    return figure


def _draw_spike(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 4.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    for loss, sharp, color in zip(
        data["spike.loss"], data["spike.sharpness"], series_colors(len(data["spike.loss"])), strict=True
    ):
        above.plot(loss, color=color, linewidth=1)
        below.plot(sharp, color=color, linewidth=1)
    below.axhline(1.0, color=THEORY, linewidth=1)
    above.set(ylabel="loss", yscale="log", ylim=(1e-8, None))
    below.set(xlabel="steps of descent", ylabel="sharpness over 2 / step")
    return figure
