"""Interpolating noisy labels: test errors of separated classes, and the floor in high dimension."""

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from tempfile import TemporaryDirectory

import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.zhu2023_benign_overfitting.config import Settings
from theory.kernels.dense import kernels
from theory.kernels.interpolation import implicit_ridge, interpolation_response
from theory.networks import perceptron
from validations.core.runner import Job, measure
from validations.core.store import Store
from validations.kernels.claims.interpolation import NOISY_LABELS, NoisyLabels
from validations.kernels.interpolation import START, TANGENT


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Measure what the figures show; all of them unless `only` names some."""
    wanted = lambda name: only is None or name in only
    drawn: dict[str, np.ndarray] = {}
    if wanted("separated"):
        drawn |= _separated(config)
    if wanted("floor"):
        with nullcontext(store.root) if store is not None else TemporaryDirectory() as root:
            drawn |= _floor(config, store if store is not None else Store(root))
    return {key: np.asarray(value) for key, value in drawn.items()}


def _separated(config: Settings) -> dict[str, np.ndarray]:
    """Errors on training labels as given, and on test labels beyond the flipped ones."""
    rng = np.random.default_rng(config.seed)
    errors = [[_classified(config, n, rng) for n in config.examples] for _ in range(config.replicates)]
    train, excess = np.moveaxis(np.array(errors), -1, 0)
    return {
        "separated.examples": np.asarray(config.examples),
        "separated.errors": excess + config.flipped,
        "separated.flipped": np.asarray(config.flipped),
        "training_error": train.max(),
        "training_error.error": np.asarray(0.0),
        "excess_error": excess[:, -1],
    }


def _classified(config: Settings, n: int, rng: np.random.Generator) -> tuple[float, float]:
    network = perceptron((config.inputs, 8, 8, 1), activation="relu", parametrization="ntk", sigma_w=2**0.5)
    classes = rng.choice([-1.0, 1.0], n + config.tests)
    x = rng.standard_normal((n + config.tests, config.inputs))
    x[:, 0] += config.separation * classes
    labels = classes * np.where(rng.random(len(classes)) < config.flipped, -1.0, 1.0)
    kernel = np.asarray(kernels(network, jnp.asarray(x), jnp.asarray(x[:n])).ntk)
    wrong = np.sign(kernel @ np.linalg.solve(kernel[:n], labels[:n])) != labels
    return wrong[:n].mean(), wrong[n:].mean() - (labels != classes)[n:].mean()


def _floor(config: Settings, store: Store) -> dict[str, np.ndarray]:
    """Errors due to noise and to the start, at sizes in one ratio to the dimension."""
    rows = []
    for n in config.sizes:
        settings = NoisyLabels(replicates=config.replicates, examples=n, ratios=(config.ratio,))
        rows.append(np.asarray(measure(Job(NOISY_LABELS, settings, config.seed), store=store).data["errors"])[:, 1:, 0])
    parts = np.stack(rows, axis=-1)
    linear, beyond, noise = (float(p) for p in interpolation_response(implicit_ridge(*TANGENT), config.ratio))
    one, zero, slope = START
    return {
        "floor.sizes": np.asarray(config.sizes),
        "floor.errors": parts,
        "floor.theory": np.array([noise, slope * linear + (one - zero - slope) * beyond]),
        "noise_part": parts[:, 0, -1],
        "start_part": parts[:, 1, -1],
        "noise_growth": parts[:, 0, -1] - parts[:, 0, 0],
        "start_growth": parts[:, 1, -1] - parts[:, 1, 0],
    }


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """The figures whose measurements are there."""
    drawings = {"separated": _draw_separated, "floor": _draw_floor}
    with styled():
        return {name: f(data) for name, f in drawings.items() if f"{name}.errors" in data}


def _draw_separated(data: Mapping[str, np.ndarray]) -> Figure:
    figure, axes = _blank("training examples", "test error")
    errors = data["separated.errors"]
    axes.axhline(
        float(data["separated.flipped"]), color=THEORY, linewidth=1, label="flipped labels: the best classifier"
    )
    axes.errorbar(
        data["separated.examples"], errors.mean(0), errors.std(0, ddof=1), fmt="o", color=series_colors(1)[0],
        label="interpolating network",
    )  # fmt: skip
    axes.set(ylim=(0, None))
    axes.legend()
    return figure


def _draw_floor(data: Mapping[str, np.ndarray]) -> Figure:
    figure, axes = _blank("training examples, dimension in proportion", "mean squared error")
    for i, (label, color) in enumerate(zip(("noise of the labels", "start"), series_colors(2), strict=True)):
        part = data["floor.errors"][:, i]
        axes.axhline(data["floor.theory"][i], color=color, linewidth=1)
        axes.errorbar(data["floor.sizes"], part.mean(0), part.std(0, ddof=1), fmt="o", color=color, label=label)
    axes.set(ylim=(0, None))
    axes.legend()
    return figure


def _blank(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    axes.set(xlabel=x, ylabel=y)
    return figure, axes
