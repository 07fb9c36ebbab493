"""Infinitely deep networks as classifiers: exponents of their kernels, three limits, accuracies on three families."""

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from math import factorial
from tempfile import TemporaryDirectory

import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.polynomial import Polynomial
from scipy.stats import dirichlet

from figures.core.style import THEORY, series_colors, styled
from paper_repro.radhakrishnan2023_deep_classifiers.config import Settings
from theory.kernels.infinite_depth import singular_exponent
from theory.kernels.limit_classifiers import hilbert_vote, majority_vote, nearest_neighbor
from validations.core.runner import Job, measure
from validations.core.store import Store
from validations.kernels.claims.infinite_depth import MACHINES, DeepMachines
from validations.kernels.infinite_depth import limits, machine, through_layers

# As in the authors' code: Hermite weights by the dimension of the data's space, and gains of a sine.
WEIGHTS = {2: (0, 0.5, 0, 0, 0, 0, 0, 0.5), 3: (0, 0.5, 0, 0.5), 5: (0, 0.25, 0.5, 0.25), 9: (0, 0.0625, 0.875, 0.0625)}
SINES = {3: 2.676, 5: 6.13539, 9: 13.8258}
# Dirichlet parameters of the two classes, the first with prior 0.4.
FAMILIES = {
    2: ((1.0, 2.0), (2.0, 1.0)),
    3: ((0.5, 0.5, 2.5), (2.5, 0.1, 0.5)),
    5: ((3.0, 1.0, 2.0, 1.0, 1.0), (1.0, 2.0, 2.0, 2.0, 3.0)),
}
PRIOR = 0.4
RULES = ("Bayes", "deep network", "Hilbert estimate", "nearest neighbor", "majority")


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Measure what the figures show; all of them unless `only` names some."""
    wanted = lambda name: only is None or name in only
    drawn: dict[str, np.ndarray] = {}
    if wanted("exponents"):
        drawn |= _exponents()
    if wanted("limits"):
        with nullcontext(store.root) if store is not None else TemporaryDirectory() as root:
            drawn |= _limits(config, store if store is not None else Store(root))
    if wanted("accuracy"):
        drawn |= _accuracies(config)
    return {key: np.asarray(value) for key, value in drawn.items()}


def _exponents() -> dict[str, np.ndarray]:
    """Slopes of log kernel against log distance, between close inputs, in deep networks."""
    duals = {f"polynomial_{d}": Polynomial(w) for d, w in WEIGHTS.items()}
    duals |= {f"sine_{d}": Polynomial(_sine(c)) for d, c in SINES.items()}
    measured = {name: _slope(dual) for name, dual in duals.items()}
    theory = [float(singular_exponent(k.deriv()(0.0), k.deriv()(1.0))) for k in duals.values()]
    errors = {f"{name}.error": np.asarray(0.01) for name in duals}
    return {
        **measured,
        **errors,
        "exponents.errors": np.array(list(measured.values())),
        "exponents.theory": np.array(theory),
    }


def _sine(gain: float) -> list[float]:
    """Hermite weights of the sine: sinh(c t)/sinh(c)."""
    return [gain**j / factorial(j) / np.sinh(gain) if j % 2 else 0.0 for j in range(100)]


def _slope(dual: Polynomial, closest: float = 1e-8) -> np.ndarray:
    """At gaps in the ratio k'(1)^2, where the periodic factor drops out."""
    gaps = closest * np.array([dual.deriv()(1.0) ** 2, 1.0])
    depth, t = 0, 1 - gaps
    while t.max() > 1e-7:
        depth, t = depth + 1, dual(t)
    kernel = through_layers(dual, 1 - gaps, depth)[0]
    return np.log(kernel[1] / kernel[0]) / (np.log(gaps[0] / gaps[1]) / 2)


def _limits(config: Settings, store: Store) -> dict[str, np.ndarray]:
    """Shares of test examples on which each deep network agrees with its limit."""
    settings = DeepMachines(replicates=config.machines)
    record = measure(Job(MACHINES, settings, config.seed), store=store)
    start = record.start
    votes = limits(start["inputs"], start["labels"], start["tests"], settings.singular)
    signs = np.asarray(record.data["signs"])
    names = ("majority", "nearest", "koenigs")
    shares = np.stack([(signs[:, i] == votes[name]).mean(1) for i, name in enumerate(names)], axis=1)
    numbers = [_number(f"agrees_{name}", shares[:, i], 1 / signs[:, 0].size) for i, name in enumerate(names)]
    return {"limits.errors": shares} | numbers[0] | numbers[1] | numbers[2]


def _number(name: str, values: np.ndarray, least: float) -> dict[str, np.ndarray]:
    """Replicates, or their common value with the error of one test example where nothing is left to chance."""
    if np.ptp(values) > 0:
        return {name: values}
    return {name: values[0], f"{name}.error": np.asarray(least)}


def _accuracies(config: Settings) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(config.seed)
    rows = [[_family(config, d, rng) for d in FAMILIES] for _ in range(config.replicates)]
    scores = np.array(rows)
    deep, hilbert, nearest, majority = (scores[:, :, RULES.index(name)].mean(1) for name in RULES[1:])
    return {
        "accuracy.errors": scores,
        "deep_less_hilbert": deep - hilbert,
        "deep_less_nearest": deep - nearest,
        "deep_less_majority": deep - majority,
    }


def _family(config: Settings, d: int, rng: np.random.Generator) -> list[float]:
    first, second = FAMILIES[d]
    count = config.train + config.test
    labels = np.where(rng.random(count) < PRIOR, 1.0, -1.0)
    shares = np.where(labels[:, None] > 0, rng.dirichlet(first, count), rng.dirichlet(second, count))
    shares = np.maximum(shares, 1e-12)
    x = shares / np.linalg.norm(shares, axis=1, keepdims=True)
    train, test, y = x[: config.train], x[config.train :], labels[: config.train]
    gap = jnp.asarray(((test[:, None] - train) ** 2).sum(-1) / 2)
    ratio = [dirichlet.logpdf((s / s.sum(1, keepdims=True)).T, a) for a in (first, second) for s in [shares]]
    bayes = np.sign((np.log(PRIOR / (1 - PRIOR)) + ratio[0] - ratio[1])[config.train :])
    votes = (
        bayes,
        machine(train, y, test, WEIGHTS[d], config.depth, "nngp"),
        hilbert_vote(gap, jnp.asarray(y), float(d - 1)),
        nearest_neighbor(gap, jnp.asarray(y)),
        majority_vote(jnp.asarray(y), len(test)),
    )
    return [float((np.asarray(v) == labels[config.train :]).mean()) for v in votes]


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """The figures whose measurements are there."""
    drawings = {"exponents": _draw_exponents, "limits": _draw_limits, "accuracy": _draw_accuracy}
    with styled():
        return {name: f(data) for name, f in drawings.items() if f"{name}.errors" in data}


def _draw_exponents(data: Mapping[str, np.ndarray]) -> Figure:
    figure, axes = _blank("exponent by the slopes at 0 and 1", "exponent of the deep kernel")
    most = data["exponents.theory"].max()
    axes.plot([0, most], [0, most], color=THEORY, linewidth=1)
    axes.plot(data["exponents.theory"], data["exponents.errors"], "o", color=series_colors(1)[0])
    return figure


def _draw_limits(data: Mapping[str, np.ndarray]) -> Figure:
    figure, axes = _blank("limit of depth", "share of tests in agreement")
    axes.boxplot(list(data["limits.errors"].T), tick_labels=["majority vote", "nearest neighbor", "singular kernel"])
    return figure


def _draw_accuracy(data: Mapping[str, np.ndarray]) -> Figure:
    figure, axes = _blank("dimension of the data's space", "accuracy")
    scores = data["accuracy.errors"]
    for i, (name, color) in enumerate(zip(RULES, series_colors(len(RULES)), strict=True)):
        offset = np.arange(len(FAMILIES)) + 0.08 * (i - 2)
        axes.errorbar(offset, scores[..., i].mean(0), scores[..., i].std(0, ddof=1), fmt="o", color=color, label=name)
    axes.set(xticks=range(len(FAMILIES)), xticklabels=[str(d) for d in FAMILIES])
    axes.legend()
    return figure


def _blank(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    axes.set(xlabel=x, ylabel=y)
    return figure, axes
