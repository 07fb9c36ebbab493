"""What rounding costs with one spacing and with spacings by the layers' curvature, at equal bits."""

from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.figure import Figure

from paper_repro.dong2019_hawq.config import Settings
from paper_repro.measuring import measured
from paper_repro.spreads import rows
from theory.hessian.rounding import layer_scores
from validations.core.store import Store
from validations.hessian.claims.rounding import LAYERS, RoundedLayers
from validations.hessian.rounding import layer_sizes


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Logarithms of ratios of rises, and whether the scores order the layers as their rises a parameter do."""
    settings = RoundedLayers(replicates=config.replicates)
    data = measured(LAYERS, settings, config.seed, store)
    sizes, rises = np.asarray(layer_sizes(settings), float), data["rises"]
    scores = np.asarray([layer_scores(row, sizes) for row in data["largest"]])
    same = (scores[:, 0] > scores[:, 1]) == (rises[:, 0] / sizes[0] > rises[:, 1] / sizes[1])
    return {
        "order": np.mean(same) - 0.5,
        "order.error": np.array(0.0),
        "by_largest": np.log((rises[:, 0] + rises[:, 1]) / rises[:, 2]),
        "by_trace": np.log(rises[:, 2] / rises[:, 3]),
    }


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """What each choice of spacings saves over the one before."""
    labels = {"by_trace": "mean trace over largest", "by_largest": "largest eigenvalue over one spacing"}
    return {"bits": rows(data, labels, "logarithm of the ratio of rises")}
