"""How many steps before the loss explodes the signs of the alignment collapse."""

from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import quantile_test

from paper_repro.measuring import measured
from paper_repro.qiu2025_spectral_alignment.config import Settings
from paper_repro.spreads import rows
from validations.core.judge.interval import LEVEL
from validations.core.store import Store
from validations.hessian.claims.spectral_alignment import EXPLODING, ExplodingRuns


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Median steps from the collapse to the explosion; no steps where the signs never collapse."""
    settings = ExplodingRuns(replicates=config.replicates)
    data = measured(EXPLODING, settings, config.seed, store)
    lead = np.maximum(data["exploded"] - data["collapsed"], 0.0)
    return _with_median("relu", lead[:, 0]) | _with_median("tanh", lead[:, 1])


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """Both kinds of units."""
    labels = {"tanh.runs": "tanh", "relu.runs": "ReLU"}
    return {"warning": rows(data, labels, "steps of warning before the loss explodes")}


def _with_median(name: str, lead: np.ndarray) -> dict[str, np.ndarray]:
    """The median has an interval even where all runs agree, as counts of steps may."""
    interval = quantile_test(lead, p=0.5).confidence_interval(1 - 2 * LEVEL)
    return {name: np.median(lead), f"{name}.interval": np.array(interval), f"{name}.runs": lead}
