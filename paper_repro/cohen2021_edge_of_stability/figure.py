"""Sharpness and loss of small networks under full-batch descent, beside two over the step."""

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from tempfile import TemporaryDirectory

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from figures.core.style import series_colors, styled
from paper_repro.cohen2021_edge_of_stability.config import Settings
from theory.hessian.stability import stable_sharpness
from validations.core.optimizers import GradientDescent
from validations.core.programs import quickly_compiled
from validations.core.runner import Job, measure
from validations.core.store import Store
from validations.core.training import train
from validations.hessian.claims.edge import NETWORKS, EdgeNetworks
from validations.hessian.edge import drawn, hessian, loss

LATE_LOOKS = 5  # in the last quarter of training


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Measure what the figure shows, and the numbers beside it."""
    with nullcontext(store.root) if store is not None else TemporaryDirectory() as root:
        place = store if store is not None else Store(root)
        settings = EdgeNetworks(replicates=config.replicates, steps=config.steps)
        data = measure(Job(NETWORKS, settings, config.seed), store=place).data
    late = np.asarray(data["sharpness"])[:, 0] * settings.step
    rises = np.where(np.asarray(data["fall"]) < 1, np.asarray(data["rises"]), 0.0)
    return {
        "late_over_edge": late / 2,
        "rising_steps": rises,
        "fall": np.log(np.asarray(data["fall"])),
        **_courses(config),
        **_diagram(config),
    }


def _courses(config: Settings) -> dict[str, np.ndarray]:
    """One start under several steps: losses and sharpness along the way."""
    start, data = drawn(jax.random.key(config.seed), EdgeNetworks(replicates=8))
    at = np.linspace(0, config.drawn_steps, config.looks).round().astype(int)

    def look(params: tuple, data: tuple, loss: jax.Array) -> tuple:
        return params, loss

    courses = [
        train(loss, start, data, method=GradientDescent(eta), steps=config.drawn_steps, record=look, at=at).values
        for eta in config.shown
    ]
    matrices = quickly_compiled(lambda seen: jax.lax.map(lambda p: hessian(p, data), seen))
    sharp = [np.linalg.eigvalsh(np.asarray(matrices(params)))[:, -1] for params, _ in courses]
    return {
        "course.steps": at,
        "course.loss": np.stack([np.asarray(losses) for _, losses in courses]),
        "course.sharpness": np.stack(sharp),
        "course.edges": np.asarray(stable_sharpness(jnp.asarray(config.shown))),
    }


def _diagram(config: Settings) -> dict[str, np.ndarray]:
    """Late sharpness of several starts at many steps, all runs trained together."""
    settings = EdgeNetworks(replicates=config.replicates, steps=config.steps)
    rates, late = np.asarray(config.rates), config.steps // (4 * LATE_LOOKS)

    def one(key: jax.Array) -> jax.Array:
        start, data = drawn(key, settings)

        def run(rate: jax.Array) -> jax.Array:
            step = lambda _, p: jax.tree.map(lambda a, g: a - rate * g, p, jax.grad(loss)(p, data))
            at = jax.lax.fori_loop(0, config.steps - LATE_LOOKS * late, step, start)
            further = lambda p, _: (jax.lax.fori_loop(0, late, step, p),) * 2
            seen = jax.lax.scan(further, at, None, length=LATE_LOOKS)[1]
            return jax.lax.map(lambda p: hessian(p, data), seen)

        return jax.vmap(run)(jnp.asarray(rates))

    keys = jax.random.split(jax.random.key(config.seed + 2), config.together)
    matrices = np.asarray(quickly_compiled(jax.vmap(one))(keys))
    sharpness = np.median(np.linalg.eigvalsh(matrices)[..., -1], axis=-1) * rates
    held = (rates >= config.held[0]) & (rates <= config.held[1])
    return {"diagram.rates": rates, "diagram.late": sharpness, "late_at_rates": sharpness[:, held].mean(axis=1) / 2}


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """Loss above, sharpness below, as in the first figure of the paper."""
    with styled():
        return {"courses": _draw(data), "diagram": _draw_diagram(data)}


def _draw_diagram(data: Mapping[str, np.ndarray]) -> Figure:
    """Step times late sharpness over the step, one dot a run."""
    figure = Figure(figsize=(5.4, 3.2), layout="constrained")
    axes = figure.subplots()
    rates, late = data["diagram.rates"], data["diagram.late"]
    axes.plot(np.tile(rates, len(late)), late.ravel(), ".", markersize=4, label="one run")
    axes.plot(rates, np.median(late, axis=0), "-", label="median")
    axes.axhline(2.0, color="#555555", linewidth=1, linestyle="--", label="edge of stability")
    axes.set(xlabel="step", ylabel="step times late sharpness", ylim=(0, None))
    axes.legend()
    return figure


def _draw(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 4.6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    courses = zip(data["course.loss"], data["course.sharpness"], data["course.edges"], strict=True)
    for (losses, sharp, edge), color in zip(courses, series_colors(len(data["course.edges"])), strict=True):
        above.plot(data["course.steps"], losses, color=color, label=f"step {2 / edge:g}")
        below.plot(data["course.steps"], sharp, color=color)
        below.plot(data["course.steps"][[0, -1]], [edge, edge], "--", color=color, linewidth=1)
    above.set(ylabel="loss", yscale="log")
    above.legend()
    below.plot([], [], "--", color="#555555", linewidth=1, label="two over the step")
    below.set(xlabel="steps of descent", ylabel="sharpness")
    below.legend()
    return figure
