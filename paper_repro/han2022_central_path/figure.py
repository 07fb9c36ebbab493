"""Signal-to-noise values on the central path, and how near descent on everything comes to it."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.han2022_central_path.config import Settings
from paper_repro.measuring import measured
from theory.collapse.central_path import path_clock, path_signal
from theory.collapse.moments import class_moments
from theory.collapse.path_parts import loss_parts
from theory.core.random_matrices import gaussian
from validations.collapse.claims.central_path import FLOWS, RenormalizedFlow
from validations.collapse.squared_error import labels_of
from validations.core.optimizers import Momentum
from validations.core.programs import quickly_compiled
from validations.core.store import Store
from validations.core.training import log_spaced, train

PARTS = {"variability": "NC1", "frame": "NC2 and NC3", "perpendicular": "off the path"}


def run(config: Settings, store: Store | None = None) -> dict[str, np.ndarray]:
    settings = RenormalizedFlow(replicates=config.replicates, final_time=config.final_time, points=config.points)
    flow = measured(FLOWS, settings, config.seed, store)
    N, times = (
        settings.classes * settings.per_class,
        config.final_time * np.arange(1, config.points + 1) / config.points,
    )
    modes = flow["projected"]
    clock = np.asarray(path_clock(modes, settings.classes, N))
    at = log_spaced(config.steps, 40)
    parts = _descended(config, at)
    off = parts["perpendicular"] / sum(parts.values())
    return {
        "modes.times": times,
        "modes.ours": modes[0],
        "modes.theory": np.asarray(path_signal(times[:, None], flow["first"][0][None], settings.classes, N)),
        "parts.steps": at,
        **{f"parts.{name}": values for name, values in parts.items()},
        "clock_rate": np.mean((clock[:, -1] - clock[:, 0]) / (times[-1] - times[0]), axis=-1),
        "modes_draw_level": np.log(modes[:, -1, 0] / modes[:, -1, -1]) - np.log(modes[:, 0, 0] / modes[:, 0, -1]),
        "off_the_path": np.log10(off[:, -1]),
    }


def _descended(config: Settings, at: np.ndarray) -> dict[str, np.ndarray]:
    """The three parts of the loss of classifier and bias through descent on everything, by replicate."""
    K, labels = config.classes, labels_of((config.per_class,) * config.classes)
    target = jax.nn.one_hot(labels, K, dtype=float).T

    def loss(params: tuple[Array, Array, Array], _: None) -> Float[Array, ""]:
        features, rows, bias = params
        fit = jnp.sum((rows @ features + bias[:, None] - target) ** 2) / len(labels)
        head = jnp.sum(rows**2) + jnp.sum(bias**2)
        return (fit + config.decay * (head + 0.1 * jnp.sum(features**2))) / 2

    def seen(params: tuple[Array, Array, Array]) -> dict[str, Array]:
        features, rows, bias = params
        return loss_parts(rows, bias, class_moments(features.T, labels, K), config.decay)._asdict()

    def start(key: PRNGKeyArray) -> tuple[Array, Array, Array]:
        first, second = jax.random.split(key)
        return gaussian(first, config.width, len(labels), 1.0), gaussian(second, K, config.width), jnp.zeros(K)

    keys = jax.random.split(jax.random.key(config.seed), config.replicates)
    method = Momentum(config.rate, 0.9)
    starts = quickly_compiled(jax.vmap(start), optimized=False)(keys)
    found = train(loss, starts, method=method, steps=config.steps, record=seen, at=at, replicates=True)
    return {name: np.asarray(found.values[name]) for name in PARTS}


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        return {"modes": _draw_modes(data), "parts": _draw_parts(data)}


def _draw_modes(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    modes = data["modes.ours"].T
    for j, (ours, theory, color) in enumerate(
        zip(modes, data["modes.theory"].T, series_colors(len(modes)), strict=True)
    ):
        axes.plot(data["modes.times"], theory, color=THEORY, linewidth=1)
        axes.plot(data["modes.times"], ours, "o", color=color, markersize=4, label=f"mode {j + 1}")
    axes.plot([], [], color=THEORY, linewidth=1, label="closed form")
    axes.set(xlabel="time", ylabel="signal to noise")
    axes.legend(fontsize=8)
    return figure


def _draw_parts(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.8, 3.6), layout="constrained")
    axes = figure.subplots()
    for (name, label), color in zip(PARTS.items(), series_colors(3), strict=True):
        curves = data[f"parts.{name}"]
        axes.loglog(data["parts.steps"], curves.T, color=color, linewidth=0.4, alpha=0.5)
        axes.loglog(data["parts.steps"], np.median(curves, 0), color=color, linewidth=2, label=label)
    axes.set(xlabel="step", ylabel="part of the loss", xlim=(1, data["parts.steps"][-1]), ylim=(1e-12, 10))
    axes.legend(fontsize=8)
    return figure
