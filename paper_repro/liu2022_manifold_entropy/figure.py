"""Entropy on a sphere from nearest neighbors, and what pushing nearest neighbors apart does to crowded samples."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from figures.core.style import QUIET, THEORY, series_colors, styled
from paper_repro.liu2022_manifold_entropy.config import Settings
from paper_repro.measuring import measured
from theory.information.manifold import sphere_entropy
from theory.information.neighbors import neighbor_entropy
from validations.core.store import Store
from validations.information.claims.manifold import SPHERE
from validations.information.manifold import concentrated

COMPARED = 1  # of the concentrations
GRID = np.geomspace(0.3, 12, 60)


def run(config: Settings, store: Store | None = None) -> dict[str, np.ndarray]:
    found = measured(SPHERE, config.sphere, config.seed, store)["entropy"]
    kappas = config.sphere.concentrations
    exact = np.array([sphere_entropy(3, kappa) for kappa in kappas])
    entropies, lengths = pushed_apart(config, kappas[-1])
    return {
        "estimate.kappas": np.asarray(kappas),
        "estimate.found": found,
        "estimate.curve": np.array([sphere_entropy(3, float(kappa)) for kappa in GRID]),
        "ascent.entropy": entropies,
        "ascent.length": lengths,
        "error_of_estimate": found[:, COMPARED] - exact[COMPARED],
        "entropy_rises": entropies[:, -1] - entropies[:, 0],
        "crowding_falls": lengths[:, 0] - lengths[:, -1],
    }


def pushed_apart(config: Settings, kappa: float) -> tuple[np.ndarray, np.ndarray]:
    """Estimated entropy, and length of the mean vector, before and through the ascent: replicates by looks."""
    rng = np.random.default_rng(config.seed)
    u = rng.random((config.sphere.replicates, 2, config.points))
    x = np.stack([concentrated(kappa, *v) for v in u])
    looks = max(config.steps // 10, 1)
    entropies, lengths = [], []
    for step in range(config.steps + 1):
        if step % looks == 0:
            entropies.append([neighbor_entropy(p, (config.sphere.neighbors,), dimension=2)[0].value for p in x])
            lengths.append(np.linalg.norm(x.mean(axis=1), axis=1))
        x = _step(x, config.step)
    return np.array(entropies).T, np.array(lengths).T


def _step(x: Float[np.ndarray, "r n 3"], step: float) -> Float[np.ndarray, "r n 3"]:
    """Every point up the gradient of the logarithm of its distance to the nearest other, and back to the sphere."""
    near = x @ x.swapaxes(1, 2)
    n = x.shape[1]
    near[:, np.arange(n), np.arange(n)] = -2.0
    apart = x - np.take_along_axis(x, near.argmax(axis=2)[..., None], axis=1)
    distance = np.linalg.norm(apart, axis=2, keepdims=True)
    x = x + step * apart / np.maximum(distance, 1e-3) * np.minimum(distance, 1.0)
    return x / np.linalg.norm(x, axis=2, keepdims=True)


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        return {"estimate": _draw_estimate(data), "ascent": _draw_ascent(data)}


def _draw_estimate(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.plot(GRID, data["estimate.curve"], color=THEORY, linewidth=1, label="exact")
    axes.axhline(np.log(4 * np.pi), color=QUIET, linestyle=":", label="whole sphere")
    found = data["estimate.found"]
    axes.errorbar(
        data["estimate.kappas"], found.mean(0), found.std(0, ddof=1), fmt="o", color=series_colors(1)[0],
        label="nearest neighbors",
    )  # fmt: skip
    axes.set(xlabel="concentration", ylabel="entropy on the sphere (nats)", xscale="log")
    axes.legend()
    return figure


def _draw_ascent(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(7.2, 3.0), layout="constrained")
    panels = figure.subplots(1, 2)
    for axes, name, label in zip(
        panels, ("entropy", "length"), ("estimated entropy (nats)", "length of the mean vector"), strict=True
    ):
        values = data[f"ascent.{name}"]
        share = np.linspace(0, 1, values.shape[1])
        axes.plot(share, values.mean(0), color=series_colors(1)[0])
        axes.fill_between(share, values.min(0), values.max(0), color=series_colors(1)[0], alpha=0.2)
        axes.set(xlabel="share of the steps", ylabel=label)
    panels[0].axhline(np.log(4 * np.pi), color=QUIET, linestyle=":")
    return figure
