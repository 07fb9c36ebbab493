"""Shares of random networks without hidden symmetries, by depth, by input dimension and by width."""

from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.figure import Figure

from paper_repro.grigsby2023_hidden_symmetries.config import Settings
from paper_repro.measuring import measured
from paper_repro.spreads import rows
from theory.hessian.functional_dimension import functional_dimension_bound
from validations.core.store import Store
from validations.hessian.claims.functional_dimension import PERCEPTRONS, WIDTHS, NarrowAndWide, RandomPerceptrons
from validations.hessian.functional_dimension import architectures, narrow_and_wide


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Whether each network attains the bound, and the differences that the paper orders."""
    parts = {"shares": _by_depth, "widths": _by_width}
    found = [part(config, store) for name, part in parts.items() if only is None or name in only]
    return {name: values for part in found for name, values in part.items()}


def _by_depth(config: Settings, store: Store | None) -> dict[str, np.ndarray]:
    settings = RandomPerceptrons(replicates=config.replicates)
    dimensions = measured(PERCEPTRONS, settings, config.seed, store)["dimensions"]
    most = _bounds(architectures(settings.inputs, settings.width, settings.few))
    _, two, three, few = (dimensions == most).T * 1.0
    return {
        "depth": two - three,
        "inputs": two - few,
        "above_bound": np.max(dimensions - most, axis=1),
        "share.two": two,
        "share.three": three,
        "share.few": few,
    }


def _by_width(config: Settings, store: Store | None) -> dict[str, np.ndarray]:
    settings = NarrowAndWide(replicates=config.replicates)
    dimensions = measured(WIDTHS, settings, config.seed, store)["dimensions"]
    most = _bounds(narrow_and_wide(settings.narrow, settings.wide, settings.few, settings.many))
    narrow, wide, narrow_few, wide_few = (dimensions == most).T * 1.0
    return {
        "width_many": wide - narrow,
        "width_few": wide_few - narrow_few,
        "share.narrow_many": narrow,
        "share.wide_many": wide,
        "share.narrow_few": narrow_few,
        "share.wide_few": wide_few,
    }


def _bounds(kinds: tuple[tuple[int, ...], ...]) -> np.ndarray:
    return np.array([functional_dimension_bound(widths) for widths in kinds])


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """Shares as means of zeros and ones."""
    two, share = "2 layers", "no hidden symmetry (1) or some (0), and the share"
    labels = {"share.few": f"2 inputs, {two}", "share.three": "5 inputs, 3 layers", "share.two": f"5 inputs, {two}"}
    widths = {
        f"share.{width}_{inputs}": f"{count} inputs, {units} units a layer"
        for inputs, count in (("few", 2), ("many", 8))
        for width, units in (("narrow", 2), ("wide", 6))
    }
    kinds = {"shares": labels, "widths": widths}
    return {name: rows(data, named, share) for name, named in kinds.items() if set(named) <= set(data)}
