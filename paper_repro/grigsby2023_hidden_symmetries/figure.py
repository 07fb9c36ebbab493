"""Shares of random networks without hidden symmetries, by depth and by input dimension."""

from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.figure import Figure

from paper_repro.grigsby2023_hidden_symmetries.config import Settings
from paper_repro.measuring import measured
from paper_repro.spreads import rows
from theory.hessian.functional_dimension import functional_dimension_bound
from validations.core.store import Store
from validations.hessian.claims.functional_dimension import PERCEPTRONS, RandomPerceptrons
from validations.hessian.functional_dimension import architectures


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Whether each network attains the bound, and the differences that the paper orders."""
    settings = RandomPerceptrons(replicates=config.replicates)
    dimensions = measured(PERCEPTRONS, settings, config.seed, store)["dimensions"]
    kinds = architectures(settings.inputs, settings.width, settings.few)
    most = np.array([functional_dimension_bound(widths) for widths in kinds])
    _, two, three, few = (dimensions == most).T * 1.0
    return {
        "depth": two - three,
        "inputs": two - few,
        "above_bound": np.max(dimensions - most, axis=1),
        "share.two": two,
        "share.three": three,
        "share.few": few,
    }


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """Shares as means of zeros and ones."""
    labels = {"share.few": "2 inputs, 2 layers", "share.three": "5 inputs, 3 layers", "share.two": "5 inputs, 2 layers"}
    return {"shares": rows(data, labels, "no hidden symmetry (1) or some (0), and the share")}
