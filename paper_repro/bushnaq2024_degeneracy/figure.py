"""Free directions by each of the three degeneracies, and interactions in a basis that does not see two of them."""

from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.figure import Figure

from figures.core.style import MEASURED, QUIET, styled
from paper_repro.bushnaq2024_degeneracy.config import Settings
from paper_repro.measuring import measured
from paper_repro.spreads import rows
from theory.hessian.degeneracy import free_directions
from validations.core.store import Store
from validations.hessian.claims.degeneracy import UNITS, RepeatedUnits
from validations.hessian.claims.interaction_basis import FEATURES, HiddenFeatures


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Measure what the figures show; all of them unless `only` names some."""
    found: dict[str, np.ndarray] = {}
    if only is None or "free" in only:
        found |= free(config, store)
    if only is None or "lines" in only:
        found |= lines(config, store)
    return found


def lines(config: Settings, store: Store | None) -> dict[str, np.ndarray]:
    """How far importances differ between layers, and interactions over pairs of neurons."""
    settings = HiddenFeatures(replicates=config.replicates)
    data = measured(FEATURES, settings, config.seed, store)
    change = np.max(np.ptp(data["values"], axis=1) / np.mean(data["values"], axis=1))
    pairs = np.multiply(settings.widths[:-1], settings.widths[1:])
    share = np.max(data["lines"] / pairs)
    return {
        "invariance": change,
        "invariance.error": np.array(0.0),
        "sparsity": share,
        "sparsity.error": np.array(0.0),
        "lines.pairs": pairs,
        "lines.basis": data["lines"].mean(0),
    }


def free(config: Settings, store: Store | None) -> dict[str, np.ndarray]:
    """Free directions of one kind each, less those without it, and the worst error of the count."""
    settings = RepeatedUnits(replicates=config.replicates, first=(3, 6, 3), second=(6, 3, 3))
    data = measured(UNITS, settings, config.seed, store)
    none = settings.width**2 - data["blocks"]
    pairs = zip(settings.first, settings.second, strict=True)
    told = [free_directions(settings.width, settings.width, *pair) for pair in pairs]
    units = settings.together[0]
    every = units * (settings.inputs + settings.outputs)
    together = every - data["groups"][:, 0] - units
    found = {"activations": none[:, 0], "gradients": none[:, 1], "together": together}
    means = {name: np.mean(values) for name, values in found.items()}
    spreads = {f"{name}.error": np.ptp(values) for name, values in found.items()}  # zero: ranks do not vary
    return {**means, **spreads, "count": np.max(np.abs(none - told)), "count.error": np.array(0.0)}


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """The figures whose measurements are there."""
    figures = {}
    if "together" in data:
        labels = {"together": "ReLUs that fire together", "gradients": "dependent gradients"}
        labels |= {"activations": "activations"}
        figures["free"] = rows(data, labels, "free directions beyond one scaling a unit")
    if "lines.pairs" in data:
        figures["lines"] = _bars(data)
    return figures


def _bars(data: Mapping[str, np.ndarray]) -> Figure:
    """Pairs of neurons and interactions of features, by layers."""
    with styled():
        figure = Figure(figsize=(5.4, 3.0), layout="constrained")
        axes = figure.subplots()
        places = np.arange(len(data["lines.pairs"]))
        axes.bar(places - 0.2, data["lines.pairs"], 0.4, color=QUIET, label="pairs of neurons")
        axes.bar(places + 0.2, data["lines.basis"], 0.4, color=MEASURED, label="interaction basis")
        axes.set_xticks(places, [f"{i} to {i + 1}" for i in places])
        axes.set(xlabel="layers", ylabel="interactions")
        axes.legend()
    return figure
