"""Largest and mean eigenvalue of the Fisher information of wide random networks."""

from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.figure import Figure

from paper_repro.karakida2019_fisher_statistics.config import Settings
from paper_repro.measuring import measured
from paper_repro.spreads import rows
from theory.hessian.fisher import fisher_largest, fisher_mean, fisher_order
from validations.core.store import Store
from validations.hessian.claims.fisher import NETWORKS, WideNetworks


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Eigenvalues over what the order parameters say, and over each other."""
    settings = WideNetworks(replicates=config.replicates, width=config.width)
    data = measured(NETWORKS, settings, config.seed, store)
    order = fisher_order("tanh", settings.sigma_w, settings.sigma_b, (1.0,) * settings.layers)
    largest = float(fisher_largest(order, float(config.width), float(settings.samples)))
    return {
        "spread": np.log10(data["largest"] / data["mean"]),
        "largest": data["largest"] / largest,
        "mean": data["mean"] / float(fisher_mean(order, float(config.width))),
    }


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """Decades between the largest eigenvalue and the mean."""
    return {"spread": rows(data, {"spread": "largest over mean"}, "decades")}
