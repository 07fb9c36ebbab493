"""Where the loss of a quadratic model first grows, where it diverges, and the kernel after the catapult."""

from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.figure import Figure

from paper_repro.measuring import measured
from paper_repro.spreads import rows
from paper_repro.zhu2024_quadratic_catapult.config import Settings
from validations.core.store import Store
from validations.hessian.claims.catapult import STEPS, LargeSteps


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Middles of the brackets of both thresholds, and the largest final kernel times the step between them."""
    data = measured(STEPS, LargeSteps(replicates=config.replicates), config.seed, store)
    growth, divergence = data["growth"].mean(axis=1), data["divergence"].mean(axis=1)
    return {
        "window": divergence - growth,
        "growth": growth,
        "divergence": divergence,
        "kernel": data["flattest"],
    }


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """Both thresholds and the final kernel, in units of one over the step."""
    labels = {"kernel": "kernel after the catapult", "divergence": "divergence", "growth": "loss grows first"}
    return {"phases": rows(data, labels, "step times kernel", at=2.0)}
