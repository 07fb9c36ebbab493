"""Weights of features layer by layer: deep linear networks, rectified ones, and what probes read from either layer."""

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.xue2024_projection_head.config import Settings
from theory.deep_linear.absent_features import hidden_feature, output_feature
from validations.core.runner import Job, measure
from validations.core.store import Store
from validations.deep_linear.claims.absent_features import SIDED_TARGETS, SidedTargets
from validations.deep_linear.claims.digit_probes import PARITY, ParityOfDigits
from validations.deep_linear.claims.digit_structure import LAYERS, DigitLayers


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Measure what the figures show; all of them unless `only` names some."""
    parts = {"linear": _linear, "absent": _absent, "digits": _digits}
    drawn: dict[str, np.ndarray] = {}
    with nullcontext(store.root) if store is not None else TemporaryDirectory() as root:
        place = store if store is not None else Store(root)
        for name, part in parts.items():
            if only is None or name in only:
                drawn |= part(config, place)
    return {key: np.asarray(value) for key, value in drawn.items()}


def _linear(config: Settings, store: Store) -> dict[str, np.ndarray]:
    shares = measure(Job(LAYERS, DigitLayers(replicates=config.linear), config.seed), store=store).data["shares"]
    return {
        "linear.shares": shares,
        "more_unequal_deeper": shares[:, -1] - shares[:, 0],
        "first_of_four": shares[:, 0],
    }


def _absent(config: Settings, store: Store) -> dict[str, np.ndarray]:
    settings = SidedTargets(replicates=config.absent)
    data = measure(Job(SIDED_TARGETS, settings, config.seed), store=store).data
    r = np.asarray(settings.asymmetries)
    return {
        "absent.asymmetry": r,
        "absent.weights": data["weights"],
        "absent.theory": np.stack([np.asarray(form(1 + r, 1 - r)) for form in (hidden_feature, output_feature)]),
        "below_over_above": data["shares"][:, 0, 0] - data["shares"][:, 1, 0],
        "weight_below": data["weights"][:, 0, 0],
    }


def _digits(config: Settings, store: Store) -> dict[str, np.ndarray]:
    data = measure(Job(PARITY, ParityOfDigits(replicates=config.digits), config.seed), store=store).data
    ranks, told = data["log_ranks"], data["accuracies"]
    behind = ranks[..., 0] - ranks[..., 1]
    return {
        "digits.ranks": np.exp(ranks),
        "digits.accuracies": told,
        "more_unequal_digits": behind[:, 1] - behind[:, 0],
        "lower_tells_better": told[:, 0] - told[:, 1],
    }


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """The figures whose measurements are there."""
    needed = {"linear": "linear.shares", "absent": "absent.weights", "digits": "digits.ranks"}
    drawings = {"linear": _draw_linear, "absent": _draw_absent, "digits": _draw_digits}
    with styled():
        return {name: f(data) for name, f in drawings.items() if needed[name] in data}


def _draw_linear(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes, shares = figure.subplots(), data["linear.shares"]
    layers = np.arange(1, shares.shape[1] + 1)
    axes.plot(layers, layers / (len(layers) + 1), color=THEORY, linewidth=1, label="balanced layers, exact")
    axes.errorbar(layers, shares.mean(0), shares.std(0, ddof=1), fmt="o", color=series_colors(1)[0], label="trained")
    axes.set(xlabel="layer", ylabel="share of the weights of features", xticks=layers)
    axes.legend()
    return figure


def _draw_absent(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes, r, weights = figure.subplots(), data["absent.asymmetry"], data["absent.weights"]
    for i, (name, color) in enumerate(zip(("hidden layer", "output"), series_colors(2), strict=True)):
        axes.plot(r, data["absent.theory"][i], color=THEORY, linewidth=1, label="exact" if i == 0 else None)
        axes.errorbar(r, weights[:, i].mean(0), weights[:, i].std(0, ddof=1), fmt="o", color=color, label=name)
    axes.set(xlabel="asymmetry of the target", ylabel="weight of the linear feature", ylim=(-0.05, 0.85))
    axes.legend(loc="center right")
    return figure


def _draw_digits(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(7.2, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    ranks = data["digits.ranks"]
    names = ["lower,\nstart", "lower,\nend", "upper,\nstart", "upper,\nend"]
    left.boxplot([ranks[:, when, layer] for layer in (0, 1) for when in (0, 1)], tick_labels=names)
    left.set(ylabel="effective rank (participation ratio)", ylim=(0, None))
    right.boxplot(list(data["digits.accuracies"].T), tick_labels=["lower", "upper"])
    right.set(ylabel="accuracy of a probe for the digit", xlabel="layer")
    return figure
