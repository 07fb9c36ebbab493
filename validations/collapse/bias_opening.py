"""Features of unequal classes with a penalized bias under squared error, watched until they use all directions."""

import numpy as np
from jaxtyping import PRNGKeyArray

from theory.collapse import phases, ridged_bias
from validations.collapse.claims.bias_opening import Opening
from validations.collapse.heads import cells_of, factors_of, objective, random_starts
from validations.collapse.lanes import descend
from validations.collapse.minority import penalties_of
from validations.core.theory import Axes, Measurement, Theory

CLOSED = 1e-3  # least singular value of the class means, over the largest


def simulate(config: Opening, keys: PRNGKeyArray) -> Measurement:
    """The bracket of the bias's penalty at which the class means become independent."""
    grid, size = penalties_of(config.lowest, config.ratio, config.points), (len(config.counts), config.width, 1)
    rows = [("squared", "ridged", config.counts)] * (len(keys) * len(grid))
    cells = cells_of(rows, 1.0, config.penalty)._replace(ridge=np.tile(grid, len(keys)))
    start = random_starts(keys, len(grid), *size)
    found = descend(objective(cells, *size), start.reshape(len(start), -1), tolerance=1e-11)
    features = factors_of(found.params, *size)[0][0]
    values = np.linalg.svd(np.moveaxis(features, -1, 0), compute_uv=False).reshape(len(keys), len(grid), -1)
    sizes = values[..., -1] / values[..., 0]
    last = np.where(sizes < CLOSED, grid, -np.inf).max(1)
    return Measurement(
        start={},
        data={"sizes": sizes, "bracket": np.stack([last, np.where(sizes < CLOSED, np.inf, grid).min(1)], 1)},
    )


def _opening(counts: tuple[float, ...], penalty: float) -> float:
    return float(phases.bias_opening(np.asarray(counts), penalty))


UNEQUAL_OPENING = Theory(
    inputs=lambda counts, penalty: {"n": np.asarray(counts), "lam": penalty},
    observe=lambda bracket: bracket,
    predict=lambda n, lam: phases.bias_opening(n, lam),
    rivals={
        "equal classes": lambda n, lam: float(ridged_bias.opening_penalty(len(n), float(n.mean()), lam)),
        "no shrinking": lambda n, lam: lam * np.sqrt(n).sum(),
        "weakest class": lambda n, lam: lam * n.sum() / (np.sqrt(n) - n.sum() * lam).min(),
    },
    margin=lambda counts, penalty: 0.02 * _opening(counts, penalty),
    axes=lambda: Axes(y_label="penalty of the bias at which the frame opens"),
    rests_on=(phases.bias_opening,),
)
