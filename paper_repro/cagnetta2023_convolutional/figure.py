"""Deep convolutional tangent kernels on a torus of four patches: sectors of the spectrum, and learning curves."""

from collections.abc import Collection, Mapping

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.cagnetta2023_convolutional.config import Settings
from theory.kernels.sectors import learning_exponent, sector_decay_exponent

TARGETS = ("patch", "pair", "full")
DIMENSIONS = (1, 2, 4)
Cosines = Float[np.ndarray, "*inputs patches"]
Kernel = Float[np.ndarray, "*inputs groups"]


def run(config: Settings, store: object = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Measure what the figures show; all of them unless `only` names some."""
    wanted = lambda name: only is None or name in only
    drawn: dict[str, np.ndarray] = {}
    if wanted("sectors"):
        drawn |= _sectors(config)
    if wanted("learning"):
        drawn |= _learning(config)
    return {key: np.asarray(value) for key, value in drawn.items()}


def layer(covariance: Kernel, tangent: Kernel) -> tuple[Kernel, Kernel]:
    """Through a ReLU layer of unit gain: covariance and tangent kernel, the latter with this layer's own weights."""
    angle = np.arccos(np.clip(covariance, -1, 1))
    after = (np.sin(angle) + covariance * (np.pi - angle)) / np.pi
    return after, after + tangent * (1 - angle / np.pi)


def pooled(kernels: tuple[Kernel, Kernel]) -> tuple[Kernel, Kernel]:
    """Neighbors in pairs: what a filter of two sees."""
    covariance, tangent = (k.reshape(*k.shape[:-1], -1, 2).mean(-1) for k in kernels)
    return covariance, tangent


def tangent_kernels(cosines: Cosines) -> list[Kernel]:
    """Tangent kernels of one, two and three layers of filters, each over the groups that it sees, 1 at coincidence."""
    state, kernels = layer(cosines, cosines), []
    for depth in range(2, 5):
        kernels.append(state[1] / depth)
        if state[1].shape[-1] > 1:
            state = layer(*pooled(state))
    return kernels


def _learning(config: Settings) -> dict[str, np.ndarray]:
    """Errors averaged over Gaussian targets exactly; over inputs by replicates."""
    rng = np.random.default_rng(config.seed)
    curves = np.stack([_curves(config, rng) for _ in range(config.replicates)])
    late = np.log(curves[:, -3:])
    slopes = (late[:, 2] - late[:, 0]) / np.log(config.examples[-1] / config.examples[-3])
    return {
        "learning.examples": np.asarray(config.examples),
        "learning.errors": curves,
        "pair_less_patch": slopes[:, 1] - slopes[:, 0],
        "full_less_pair": slopes[:, 2] - slopes[:, 1],
        **{f"{name}_exponent": slopes[:, i] for i, name in enumerate(TARGETS)},
    }


def _curves(config: Settings, rng: np.random.Generator) -> Float[np.ndarray, "examples targets"]:
    most = max(config.examples)
    angles = rng.uniform(0, 2 * np.pi, (most + config.tests, 4))
    kernels = tangent_kernels(np.cos(angles[:, None] - angles))
    student, teachers = kernels[-1][..., 0], [k[..., 0] for k in kernels]
    rows = []
    for n in config.examples:
        weights = np.linalg.solve(student[:n, :n] + 1e-12 * np.eye(n), student[:n, most:]).T
        rows.append([_missed(k, weights, n, most) for k in teachers])
    return np.array(rows)


def _missed(teacher: np.ndarray, weights: np.ndarray, n: int, most: int) -> float:
    """Mean squared error at the tests, which follow the `most` examples, over targets of the teacher's covariance."""
    cross = (weights * teacher[most:, :n]).sum(1)
    return float((1 - 2 * cross + ((weights @ teacher[:n, :n]) * weights).sum(1)).mean())


def _sectors(config: Settings) -> dict[str, np.ndarray]:
    """Eigenvalues of the two-layer kernel on one pair of patches, by waves on both and on one."""
    cosines = np.cos(2 * np.pi * np.arange(config.points) / config.points)
    both = np.stack(np.broadcast_arrays(cosines[:, None], cosines), -1)
    spectrum = np.fft.fft2(layer(*pooled(layer(both, both)))[1][..., 0] / 3).real / config.points**2
    k = 2 * np.unique(np.geomspace(2, config.points // 16, 12).round().astype(int))  # odd waves differ on one patch
    return {"sectors.frequency": k, "sectors.errors": np.stack([spectrum[k, k], spectrum[k, 0]])}


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """The figures whose measurements are there."""
    drawings = {"sectors": _draw_sectors, "learning": _draw_learning}
    with styled():
        return {name: f(data) for name, f in drawings.items() if f"{name}.errors" in data}


def _draw_sectors(data: Mapping[str, np.ndarray]) -> Figure:
    figure, axes = _blank("frequency", "eigenvalue")
    k, colors = data["sectors.frequency"], series_colors(2)
    for values, color, label in zip(data["sectors.errors"], colors, ("both patches", "one patch"), strict=True):
        axes.plot(k, values, "o", color=color, label=label)
    guide = data["sectors.errors"][0, -1] * (k / k[-1]) ** sector_decay_exponent(0.5, 2, 2)
    axes.plot(k, guide, color=THEORY, linewidth=1, label="exponent of the pair's dimension")
    axes.legend()
    return figure


def _draw_learning(data: Mapping[str, np.ndarray]) -> Figure:
    figure, axes = _blank("training examples", "mean squared error")
    n, curves = data["learning.examples"], data["learning.errors"]
    for i, (label, color) in enumerate(zip(TARGETS, series_colors(3), strict=True)):
        axes.errorbar(n, curves[..., i].mean(0), curves[..., i].std(0, ddof=1), fmt="o", color=color, label=label)
        guide = learning_exponent(0.5, 0.5, DIMENSIONS[i], widest=4)
        axes.plot(n, curves[:, -1, i].mean() * (n / n[-1]) ** guide, color=color, linewidth=1)
    axes.legend(title="target depends on")
    return figure


def _blank(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    axes.set(xlabel=x, ylabel=y, xscale="log", yscale="log")
    return figure, axes
