"""Barriers between minima on digits, and what the curvature along the path says of them."""

from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.figure import Figure

from paper_repro.measuring import measured
from paper_repro.singh2024_mode_connectivity.config import Settings
from paper_repro.spreads import rows
from theory.hessian.mode_connectivity import segment_excess
from validations.core.store import Store
from validations.hessian.claims.mode_connectivity import PATHS, DigitPaths


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Excess in the middle between two starts, measured and from the curvature, and the batches' barrier."""
    found = measured(PATHS, DigitPaths(replicates=config.replicates), config.seed, store)
    excess, curvatures = found["excess"], found["curvatures"]
    return {
        "starts": excess,
        "batches": found["batches"] - found["barrier"],
        "from_curvature": np.max(np.abs(np.asarray(segment_excess(curvatures, 0.5)) - excess)),
        "from_curvature.error": np.array(1e-12),
        "batch_barrier": found["batches"],
    }


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """Barriers of both kinds."""
    labels = {"batch_barrier": "one start, two batches", "starts": "two starts"}
    return {"barriers": rows(data, labels, "loss above the chord")}
