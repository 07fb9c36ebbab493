"""Loss and kernel of quadratic models through the catapult, and the steps at which it begins and ends."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.measuring import measured
from paper_repro.spreads import rows
from paper_repro.zhu2024_quadratic_catapult.config import Settings
from theory.hessian.catapult import CATAPULT, DIVERGENT, LAZY, catapult_phase, catapult_trajectory
from validations.core.programs import one_program, quickly_compiled
from validations.core.store import Store
from validations.hessian.claims.catapult import STEPS, LargeSteps

Course = tuple[Array, Array]
Start = tuple[Any, Array, Any]  # weights, targets, what else the model is given
GROWN = 1.2  # times its start: a loss that has grown
LEAST = 1e-30  # of a loss, where its logarithm is drawn


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Both thresholds and the final kernel between them; loss and kernel step by step."""
    parts = {
        "phases": lambda: _phases(config, store),
        "courses": lambda: _courses(config),
        "diagram": lambda: _diagram(config),
        "relu": lambda: _relu(config),
    }
    found = [part() for name, part in parts.items() if only is None or name in only]
    return {name: values for part in found for name, values in part.items()}


def _phases(config: Settings, store: Store | None) -> dict[str, np.ndarray]:
    data = measured(STEPS, LargeSteps(replicates=config.replicates), config.seed, store)
    growth, divergence = data["growth"].mean(axis=1), data["divergence"].mean(axis=1)
    return {"window": divergence - growth, "growth": growth, "divergence": divergence, "kernel": data["flattest"]}


def _linear(config: Settings) -> tuple[Callable, Callable, int]:
    """Two linear layers of one output on one example, which are their own quadratic model, and their width."""
    width = LargeSteps(replicates=config.replicates).width
    model = lambda w, _: (w[0] @ w[1] / width**0.5)[None]

    def prepared(key: PRNGKeyArray) -> Start:
        return jax.random.normal(key, (2, width)), jnp.zeros(1), None

    return model, prepared, width


def _diagram(config: Settings) -> dict[str, np.ndarray]:
    """Which of the three phases each run is in, all runs trained together: lazy, catapult, divergent."""
    model, prepared, _ = _linear(config)
    every = replace(config, shown=config.scales)
    _, losses, kernels = _descents(model, prepared, every)
    diverged = ~np.isfinite(losses[..., -1])
    grown = np.max(losses, axis=-1) > GROWN * losses[..., 0]
    phases = np.where(diverged, DIVERGENT, np.where(grown, CATAPULT, LAZY)) * 1.0
    told = np.asarray(catapult_phase(jnp.asarray(config.scales)))
    last = kernels[..., -1] / kernels[..., 0] * np.asarray(config.scales)
    return {
        "diagram.scales": np.asarray(config.scales),
        "diagram.told": told,
        "diagram.phases": phases,
        "diagram.last": np.where(diverged, -1.0, last),
        "misplaced": np.sum(np.any(phases != told, axis=0)) * 1.0,
        "misplaced.error": np.array(0.0),
    }


def _courses(config: Settings) -> dict[str, np.ndarray]:
    """Loss and kernel beside their recursion."""
    model, prepared, width = _linear(config)
    first, losses, kernels = _descents(model, prepared, config)
    f, k = first[:, None, 0], kernels[:, :1, 0]
    steps = jnp.asarray(config.shown) / k
    told = one_program(lambda f, k, eta: catapult_trajectory(f, k, eta, float(width), config.steps))(f, k, steps)
    return {
        "courses.shown": np.asarray(config.shown),
        "courses.loss": losses,
        "courses.kernel": kernels,
        "courses.told_loss": 0.5 * np.asarray(told.output) ** 2,
        "courses.told_kernel": np.asarray(told.kernel),
        "told": np.max(np.abs(kernels - np.asarray(told.kernel)) / k[..., None], axis=(1, 2)),
        **_summary(losses, kernels, ""),
    }


def _relu(config: Settings) -> dict[str, np.ndarray]:
    """Two layers of ReLU units expanded to second order about their random start."""

    def prepared(key: PRNGKeyArray) -> Start:
        below, above, for_x, for_y = jax.random.split(key, 4)
        weights = jax.random.normal(below, (config.units, config.inputs)), jax.random.normal(above, (config.units,))
        x = jax.random.normal(for_x, (config.examples, config.inputs)) / config.inputs**0.5
        return weights, jax.random.rademacher(for_y, (config.examples,), float), (weights, x)

    def network(weights: tuple[Array, Array], x: Array) -> Array:
        return jnp.maximum(x @ weights[0].T, 0.0) @ weights[1] / config.units**0.5

    def model(weights: tuple[Array, Array], given: tuple[tuple[Array, Array], Array]) -> Array:
        start, x = given
        return second_order(lambda w: network(w, x), start, weights)

    _, losses, kernels = _descents(model, prepared, config)
    shown = {"relu.shown": np.asarray(config.shown), "relu.loss": losses, "relu.kernel": kernels}
    return {**shown, **_summary(losses, kernels, "relu_")}


def second_order(network: Callable, start: tuple, weights: tuple) -> Array:
    """The outputs' expansion to second order about the start, by derivatives along the way."""
    moved = jax.tree.map(jnp.subtract, weights, start)
    along = lambda w: jax.jvp(network, (w,), (moved,))[1]
    slope, bend = jax.jvp(along, (start,), (moved,))
    return network(start) + slope + 0.5 * bend


def _descents(model: Callable, prepared: Callable, config: Settings) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First outputs; losses and largest kernel eigenvalues of every replicate, step size and step of descent."""

    def matrix(w: Array, given: Array) -> Array:
        leaves = jax.tree.leaves(jax.jacrev(model)(w, given))
        flat = jnp.concatenate([a.reshape(a.shape[0], -1) for a in leaves], axis=1)
        return flat @ flat.T

    def one(key: PRNGKeyArray) -> tuple[Array, Array, Array, tuple]:
        start, targets, given = prepared(key)
        return model(start, given), matrix(start, given), targets, (start, given)

    first, kernel, targets, given = quickly_compiled(jax.vmap(one))(_keys(config))
    sizes = jnp.asarray(config.shown) / np.linalg.eigvalsh(np.asarray(kernel))[:, -1:]

    def course(start: Array, given: Array, targets: Array, size: Array) -> Course:
        loss = lambda w: 0.5 * jnp.sum((model(w, given) - targets) ** 2)

        def step(w: Array, _: None) -> tuple[Array, Course]:
            value, slope = jax.value_and_grad(loss)(w)
            return jax.tree.map(lambda a, g: a - size * g, w, slope), (value, matrix(w, given))

        return jax.lax.scan(step, start, None, length=config.steps + 1)[1]

    every = jax.vmap(jax.vmap(course, (None, None, None, 0)), (0, 0, 0, 0))
    losses, kernels = quickly_compiled(every)(*given, targets, sizes)
    finite = np.isfinite(kernels).all((-2, -1))
    largest = np.linalg.eigvalsh(np.where(finite[..., None, None], kernels, 0.0))[..., -1]
    return np.asarray(first), np.asarray(losses), np.where(finite, largest, np.nan)


def _keys(config: Settings) -> Array:
    return jax.random.split(jax.random.key(config.seed), config.replicates)


def _summary(losses: np.ndarray, kernels: np.ndarray, kind: str) -> dict[str, np.ndarray]:
    """Of the largest step: rise and end of the loss in decades, the last kernel over the first; of the least: this."""
    decades = np.log10(np.maximum(losses[:, -1], LEAST) / losses[:, -1, :1])
    return {
        f"{kind}rise": decades.max(axis=1),
        f"{kind}end": decades[:, -1],
        f"{kind}flattened": kernels[:, -1, -1] / kernels[:, -1, 0],
        f"{kind}lazy": kernels[:, 0, -1] / kernels[:, 0, 0],
    }


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """The figures whose measurements are there."""
    drawn = {}
    if "growth" in data:
        labels = {"kernel": "kernel after the catapult", "divergence": "divergence", "growth": "loss grows first"}
        drawn["phases"] = rows(data, labels, "step times kernel", at=2.0)
    if "diagram.phases" in data:
        drawn["diagram"] = _draw_diagram(data)
    with styled():
        return drawn | {kind: _draw(data, kind) for kind in ("courses", "relu") if f"{kind}.loss" in data}


def _draw_diagram(data: Mapping[str, np.ndarray]) -> Figure:
    """Shares of runs in each phase above, their last kernels below; thresholds dotted."""
    with styled():
        figure = Figure(figsize=(5.4, 4.4), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True)
        scales, last = data["diagram.scales"], data["diagram.last"]
        for phase, name in ((LAZY, "lazy"), (CATAPULT, "catapult"), (DIVERGENT, "divergent")):
            above.plot(scales, np.mean(data["diagram.phases"] == phase, axis=0), "o-", markersize=3, label=name)
        below.plot(np.tile(scales, len(last)), np.where(last < 0, np.nan, last).ravel(), ".", markersize=3)
        below.plot(scales, scales, "--", color=THEORY, linewidth=1, label="as at the start")
        for axes in (above, below):
            for threshold in (2.0, 4.0):
                axes.axvline(threshold, color=THEORY, linewidth=1, linestyle=":")
            axes.legend()
        above.set(ylabel="share of runs")
        below.set(xlabel="step times first kernel", ylabel="step times last kernel")
    return figure


def _draw(data: Mapping[str, np.ndarray], kind: str) -> Figure:
    """Of the first replicate."""
    figure = Figure(figsize=(5.4, 4.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    losses, kernels = data[f"{kind}.loss"][0], data[f"{kind}.kernel"][0]
    for i, color in enumerate(series_colors(len(losses))):
        scale = data[f"{kind}.shown"][i]
        above.plot(np.maximum(losses[i], LEAST), color=color, label=f"step {scale:g} over the first kernel")
        below.plot(kernels[i] / kernels[i, 0], color=color)
    if f"{kind}.told_loss" in data:
        above.plot(np.maximum(data[f"{kind}.told_loss"][0], LEAST).T, ":", color=THEORY, linewidth=1)
        below.plot((data[f"{kind}.told_kernel"][0] / kernels[:, :1]).T, ":", color=THEORY, linewidth=1)
    above.set(ylabel="loss", yscale="log", ylim=(1e-12, None))
    above.legend()
    below.set(xlabel="steps of descent", ylabel="kernel over its start")
    return figure
