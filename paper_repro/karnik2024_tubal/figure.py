"""Test error of tubal factorizations under descent from starts of four sizes, and when it begins to fall."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.karnik2024_tubal.config import Settings
from validations.core.store import Store
from validations.deep_linear.tubal import backwards, gaussian_tubes, square, synthesis

# Published, of the first run of each start: step at which the error is first below a half, and the error at the end.
PUBLISHED_HALF = {1e-2: 217, 1e-4: 462, 1e-6: 722, 1e-8: 986}
PUBLISHED_LAST = {1e-2: 5.3069e-3, 1e-4: 5.7355e-4, 1e-6: 2.4907e-5, 1e-8: 1.1714e-6}


def run(config: Settings, store: Store | None = None) -> dict[str, np.ndarray]:
    errors = _errors(config)
    steps = np.arange(1, errors.shape[-1] + 1) * config.every
    half = _crossing(steps, errors, 0.5)
    last = np.log10(errors[..., -1])
    growth = np.log(np.asarray(config.scales)[0] / np.asarray(config.scales))
    names = [f"{-np.log10(alpha):.0f}" for alpha in config.scales]
    return {
        "errors.steps": steps,
        "errors.values": errors,
        "half.scales": np.asarray(config.scales),
        "half.steps": half,
        # all eigenvalues are 1: the product grows by the square of 1 + 8 m step, its start is the square of alpha
        "half.theory": growth / (8 * config.measurements * config.step),
        f"half_{names[0]}": half[:, 0],
        **{f"later_{name}": half[:, i + 1] - half[:, i] for i, name in enumerate(names[1:])},
        **{f"nearer_{name}": last[:, i] - last[:, i + 1] for i, name in enumerate(names[1:])},
    }


def _errors(config: Settings) -> Float[np.ndarray, "replicates scales recorded"]:
    """Relative distance from the truth; measurements act on the numbers that a tensor and its transpose share."""
    n, k, m = config.size, config.length, config.measurements
    keys = jax.random.split(jax.random.key(config.seed), config.replicates)
    tubes, starts, drawn = gaussian_tubes(keys, (n, config.rank, k), (n, config.width, k), (m, n, n, k))
    targets = synthesis(((1.0,) * config.rank,) * (k // 2 + 1), tubes)
    kept, weights = _free_numbers(n, k)
    probes = (drawn + backwards(drawn)).reshape(len(drawn), m, -1)[:, :, kept] * weights
    grams = np.einsum("rmi,rmj->rij", probes, probes, optimize=True)
    norms = np.sqrt(np.sum(targets**2, axis=(1, 2, 3)))

    def one(alpha: Array, start: Array, target: Array, gram: Array, norm: Array) -> Float[Array, " recorded"]:
        gap = lambda u: (square(u) - target).ravel()[kept]
        loss = lambda u: 0.5 * gap(u) @ gram @ gap(u)

        def onward(u: Array, _: None) -> tuple[Array, Array]:
            u = jax.lax.fori_loop(0, config.every, lambda _, v: v - config.step * jax.grad(loss)(v), u)
            return u, jnp.sqrt(jnp.sum((square(u) - target) ** 2)) / norm

        return jax.lax.scan(onward, alpha * start / np.sqrt(config.width), length=config.steps // config.every)[1]

    of_all = jax.jit(jax.vmap(jax.vmap(one, in_axes=(0, None, None, None, None)), in_axes=(None, 0, 0, 0, 0)))
    return np.asarray(of_all(jnp.asarray(config.scales), starts, targets, grams, norms))


def _free_numbers(n: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of one of each pair of entries that the transpose exchanges, and how many entries each stands for."""
    places = np.arange(n * n * k).reshape(n, n, k)
    partners = backwards(places).ravel()
    kept = np.flatnonzero(places.ravel() <= partners)
    return kept, np.where(partners[kept] == kept, 1.0, 2.0)


def _crossing(steps: np.ndarray, errors: np.ndarray, level: float) -> np.ndarray:
    """First step at which the error is below the level, between recorded ones by interpolation of the logarithm."""
    at = np.argmax(errors < level, axis=-1)
    now, before = (np.take_along_axis(errors, (at - back)[..., None], -1)[..., 0] for back in (0, 1))
    part = np.log(before / level) / np.log(before / now)
    return steps[at - 1] + part * (steps[at] - steps[at - 1])


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        return {"errors": _draw_errors(data), "half": _draw_half(data)}


def _draw_errors(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    steps, scales = data["errors.steps"], data["half.scales"]
    for i, (alpha, color) in enumerate(zip(scales, series_colors(len(scales)), strict=True)):
        values = data["errors.values"][:, i]
        axes.plot(steps, np.median(values, axis=0), color=color, label=f"start of {alpha:.0e}")
        axes.fill_between(steps, values.min(0), values.max(0), color=color, alpha=0.2, linewidth=0)
        published = [v for a, v in PUBLISHED_LAST.items() if np.isclose(np.log10(a), np.log10(alpha))]
        axes.plot([steps[-1]] * len(published), published, "x", color=color, markersize=7, clip_on=False)
    axes.plot([], [], "x", color="#555555", label="published, first run")
    axes.set(xlabel="step", ylabel="relative distance from the truth", yscale="log")
    axes.legend()
    return figure


def _draw_half(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    scales, half = data["half.scales"], data["half.steps"]
    axes.errorbar(scales, half.mean(0), half.std(0, ddof=1), fmt="o", color=series_colors(1)[0], label="ours")
    axes.plot(list(PUBLISHED_HALF), list(PUBLISHED_HALF.values()), "x", color="#555555", label="published, first run")
    line = half[:, 0].mean() + data["half.theory"]
    axes.plot(scales, line, color=THEORY, linewidth=1, label="spacing if every entry were observed")
    axes.set(xscale="log", xlabel="scale of the start", ylabel="steps to half the distance")
    axes.legend()
    return figure
