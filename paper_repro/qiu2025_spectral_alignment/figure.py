"""How many steps before the loss explodes the signs of the alignment collapse."""

from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.figure import Figure

from paper_repro.measuring import measured
from paper_repro.qiu2025_spectral_alignment.config import Settings
from paper_repro.spreads import rows
from validations.core.store import Store
from validations.hessian.claims.spectral_alignment import EXPLODING, ExplodingRuns


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Steps from the collapse to the explosion; none where the signs never collapse."""
    settings = ExplodingRuns(replicates=config.replicates)
    data = measured(EXPLODING, settings, config.seed, store)
    lead = np.maximum(data["exploded"] - data["collapsed"], 0.0)
    return {"relu": lead[:, 0], "tanh": lead[:, 1]}


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """Both kinds of units."""
    labels = {"tanh": "tanh", "relu": "ReLU"}
    return {"warning": rows(data, labels, "steps of warning before the loss explodes")}
