"""Local rank of random and of trained networks, and of the Gaussian bottleneck."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.measuring import measured
from paper_repro.patel2024_local_rank.config import Settings
from theory.information.local_rank import bottleneck_rank
from validations.core.store import Store
from validations.core.training import log_spaced
from validations.information.claims.local_rank import RECTIFIED
from validations.information.local_rank import RECTIFIED as EXACT

Weights = list[Float[np.ndarray, "r out in"]]
LOOKS = 30
BETAS = np.geomspace(1.05, 200, 200)


def run(config: Settings, store: Store | None = None) -> dict[str, np.ndarray]:
    ranks = measured(RECTIFIED, config.rectified, config.seed, store)["ranks"]
    settings = config.rectified
    exact = EXACT.predict(settings.inputs, settings.width, settings.layers)
    steps, linear = trained(config, rectified=False)
    _, rectified = trained(config, rectified=True)
    rho = np.asarray(config.rhos)
    return {
        "layers.ranks": ranks,
        "layers.exact": exact,
        "training.steps": steps,
        "training.linear": linear,
        "training.rectified": rectified,
        "bottleneck.noisy": np.asarray(bottleneck_rank(BETAS, rho)),
        "bottleneck.counted": (BETAS[:, None] * rho**2 > 1).sum(axis=1),
        "rank_of_last_layer": ranks[:, -1] - exact[-1],
        "falls_in_linear": linear.max(axis=1) - linear[:, -1],
        "falls_in_rectified": rectified.max(axis=1) - rectified[:, -1],
    }


def trained(config: Settings, rectified: bool) -> tuple[np.ndarray, Float[np.ndarray, "replicates looks"]]:
    """Rank of the second layer's Jacobian through descent on a linear teacher of low rank, all replicates at once."""
    rng, r = np.random.default_rng(config.seed), config.rectified.replicates
    sizes = (config.inputs, config.width, config.width, config.outputs)
    weights = [
        config.start * rng.standard_normal((r, b, a)) / a**0.5 for a, b in zip(sizes[:-1], sizes[1:], strict=True)
    ]
    x = rng.standard_normal((r, config.inputs, config.samples))
    left, right = (rng.standard_normal((r, n, config.rank)) for n in (config.outputs, config.inputs))
    y = np.linalg.qr(left)[0] @ np.linalg.qr(right)[0].swapaxes(1, 2) @ x
    looks, found = log_spaced(config.steps, LOOKS), []
    for step in range(config.steps + 1):
        if step in looks:
            found.append(local_ranks(config, weights, x, rectified))
        weights = descended(weights, x, y, config.step, rectified)
    return np.asarray(looks), np.stack(found, axis=1)


def descended(weights: Weights, x: np.ndarray, y: np.ndarray, step: float, rectified: bool) -> Weights:
    """One step down the gradient of half the mean squared error; all layers but the last are rectified, or none."""
    activities, slopes = [x], []
    for w in weights[:-1]:
        before = w @ activities[-1]
        slopes.append((before > 0) if rectified else np.ones_like(before))
        activities.append(before * slopes[-1])
    error = (weights[-1] @ activities[-1] - y) / x.shape[2]
    new = []
    for i in range(len(weights) - 1, -1, -1):
        new.append(weights[i] - step * error @ activities[i].swapaxes(1, 2))
        if i:
            error = (weights[i].swapaxes(1, 2) @ error) * slopes[i - 1]
    return new[::-1]


def local_ranks(config: Settings, weights: Weights, x: np.ndarray, rectified: bool) -> Float[np.ndarray, " r"]:
    """Rank of the Jacobian of the second layer before its units, averaged over a few inputs."""
    first, second, _ = weights
    active = (first @ x[:, :, :8] > 0) if rectified else np.ones((len(x), config.width, 1))
    jacobians = np.einsum("rij,rjs,rjk->rsik", second, active, first)
    singular = np.linalg.svd(jacobians, compute_uv=False)
    return (singular > config.relative * singular[..., :1]).sum(axis=-1).mean(axis=1)


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        return {"layers": _draw_layers(data), "training": _draw_training(data), "bottleneck": _draw_bottleneck(data)}


def _draw_layers(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.0), layout="constrained")
    axes = figure.subplots()
    ranks, layers = data["layers.ranks"], np.arange(1, data["layers.ranks"].shape[1] + 1)
    axes.plot(layers, data["layers.exact"], color=THEORY, linewidth=1, label="exact")
    axes.errorbar(
        layers, ranks.mean(0), ranks.std(0, ddof=1), fmt="o", color=series_colors(1)[0], label="random networks"
    )
    axes.set(xlabel="layer", ylabel="mean rank of the Jacobian", xticks=layers, ylim=(0, None))
    axes.legend()
    return figure


def _draw_training(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.0), layout="constrained")
    axes = figure.subplots()
    for name, color in zip(("linear", "rectified"), series_colors(2), strict=True):
        ranks = data[f"training.{name}"]
        axes.plot(data["training.steps"] + 1, ranks.mean(0), color=color, label=f"{name} layers")
        axes.fill_between(data["training.steps"] + 1, ranks.min(0), ranks.max(0), color=color, alpha=0.2)
    axes.set(xlabel="step", ylabel="local rank of the second layer", xscale="log", ylim=(0, None))
    axes.legend()
    return figure


def _draw_bottleneck(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.0), layout="constrained")
    axes = figure.subplots()
    for name, label, color in zip(
        ("counted", "noisy"), ("rank of the encoder", "rank above the noise"), series_colors(2), strict=True
    ):
        axes.plot(BETAS, data[f"bottleneck.{name}"], color=color, label=label)
    axes.set(xlabel="beta of the Gaussian bottleneck", ylabel="directions kept", xscale="log")
    axes.legend()
    return figure
