"""Squared error with a bias: where the features lose their last direction, the search on both sides of the edge."""

from functools import cache

import numpy as np
from jaxtyping import PRNGKeyArray

from theory.collapse import phases
from validations.collapse.claims.openings import Directions
from validations.collapse.heads import cells_of, factors_of, objective, random_starts
from validations.collapse.lanes import descend
from validations.core.programs import one_program
from validations.core.theory import Axes, Measurement, Theory

GONE = 1e-3  # the last singular value of the class means over the first
DEPTHS = (1, 2)
_phases = one_program(phases.phase)


def simulate(config: Directions, keys: PRNGKeyArray) -> Measurement:
    """Brackets (cells, 2): equal classes by the bias's penalty, then unequal ones with a free bias by all factors'."""
    found = np.stack([_brackets(config, keys, M) for M in DEPTHS], 2)
    return Measurement(start={}, data={"brackets": found.reshape(len(keys), 2 * len(DEPTHS), 2)})


def _brackets(config: Directions, keys: PRNGKeyArray, depth: int) -> np.ndarray:
    """Of both cells; the direction lives above the edge of the bias's penalty, and below that of the factors'."""
    K, ratios = len(config.balanced), config.ratio ** np.arange(config.points)
    bias_low, factor_low = (_lowest(config.lowest, depth, ridged) for ridged in (True, False))
    kept, shape = np.array([K, K - 1]), (len(keys), 2, config.points, 2)
    ridges = np.stack([bias_low * ratios, 0 * ratios])
    penalties = np.stack([config.penalties[depth - 1] + 0 * ratios, factor_low * ratios])
    ridge, penalty = (np.broadcast_to(a[None, :, :, None], shape).ravel() for a in (ridges, penalties))
    each = [("squared", "free", n) for n in (config.balanced, config.unequal) for _ in range(2 * config.points)]
    start = _starts(config, keys, depth, kept)
    start = np.broadcast_to(start[:, :, :, None], (len(start), *shape)).reshape(len(start), -1)
    cells = cells_of(each * len(keys), 0.0, penalty)._replace(ridge=ridge)
    found = descend(objective(cells, K, K, depth), start, 1500, tolerance=1e-10)
    features = factors_of(found.params, K, K, depth)[0][0].reshape(K, K, *shape)
    best = found.loss.reshape(shape).argmin(-1)[None, None, ..., None]
    means = np.moveaxis(np.take_along_axis(features, best, -1)[..., 0], (0, 1), (-2, -1))
    values = np.linalg.svd(means, compute_uv=False)
    there = np.take_along_axis(values, kept[None, :, None, None] - 1, -1)[..., 0] > GONE * values[..., 0]
    first_side = there == np.array([False, True])[None, :, None]
    grid = np.stack([bias_low * ratios, factor_low * ratios])
    return np.stack([np.where(first_side, grid, -np.inf).max(-1), np.where(first_side, np.inf, grid).min(-1)], -1)


def _starts(config: Directions, keys: PRNGKeyArray, depth: int, kept: np.ndarray) -> np.ndarray:
    """Every class in a direction of its own, and noise; and the same without the last: (parameters, keys, cells, 2)."""
    K = len(config.balanced)
    factors, bias = factors_of(random_starts(keys, 2, K, K, depth).reshape(-1, 2 * len(keys)), K, K, depth)
    alive = [np.eye(K)[:, :, None] + config.noise * f for f in factors]
    sizes = zip((config.balanced, config.unequal), kept, strict=True)
    project = np.tile(np.stack([_without_last(n, int(k)) for n, k in sizes], -1), len(keys))
    without = [np.einsum("iml,mnl,njl->ijl", project, f, project) for f in alive]
    flat = [np.concatenate([*(f.reshape(K * K, -1) for f in both), bias]) for both in (alive, without)]
    return np.stack(flat, -1).reshape(-1, len(keys), 2, 2)


def _without_last(counts: tuple[float, ...], kept: int) -> np.ndarray:
    """Projector on the strongest centered directions of labels, one fewer than are kept: where to start without it."""
    n = np.asarray(counts)
    top = np.linalg.eigh(np.diag(n) - np.outer(n, n) / n.sum())[1][:, len(n) - kept + 1 :]
    return top @ top.T


def _lowest(lowest: tuple[float, ...], depth: int, ridged: bool) -> float:
    return lowest[DEPTHS.index(depth) + (0 if ridged else 2)]


@cache
def _edge(counts: tuple[float, ...], depth: int, penalty: float, low: float, ridged: bool) -> float:
    """Where the phase changes, by three rounds of 32 values."""
    low, high, n = low / 3, low * 3, np.array(counts)[:, None]
    for _ in range(3):
        grid = np.geomspace(low, high, 32)
        lam, lam_b = (np.full(32, penalty), grid) if ridged else (grid, np.zeros(32))
        found = np.asarray(_phases("squared", n, np.broadcast_to(lam, (depth, 32)), lam, lam_b))
        first = int(np.argmax(found != found[0]))
        low, high = grid[max(first - 1, 0)], grid[first]
    return float(np.sqrt(low * high))


def _edges(config_of: dict, depths: tuple[int, ...] = DEPTHS, even: bool = False) -> np.ndarray:
    balanced, unequal, penalties, lowest = (config_of[k] for k in ("balanced", "unequal", "penalties", "lowest"))
    mean = (sum(unequal) / len(unequal),) * len(unequal)
    return np.array(
        [
            _edge(
                balanced if ridged else mean if even else unequal,
                depth,
                penalties[M - 1],
                _lowest(lowest, M, ridged),
                ridged,
            )
            for ridged in (True, False)
            for M, depth in zip(DEPTHS, depths, strict=True)
        ]
    )


def _settings(balanced, unequal, penalties, lowest) -> dict:  # noqa: ANN001
    return {"config_of": {"balanced": balanced, "unequal": unequal, "penalties": penalties, "lowest": lowest}}


def _bias_alone(config_of: dict) -> np.ndarray:
    """The shift 1/lambda_b in place of 1 + 1/lambda_b, whatever the depth."""
    edges = _edges(config_of)
    return np.where(np.arange(4) < 2, edges / (1 + edges), edges)


EDGES = Theory(
    inputs=_settings,
    observe=lambda brackets: np.exp(np.mean(np.log(brackets), -1)),
    predict=lambda config_of: _edges(config_of),
    rivals={
        "equal classes": lambda config_of: _edges(config_of, even=True),
        "bias pays alone": _bias_alone,
    },
    margin=lambda balanced, unequal, penalties, lowest: (
        0.01 * _edges(**_settings(balanced, unequal, penalties, lowest))
    ),
    axes=lambda: Axes(
        y_label="edge: penalty of the bias, or of all factors",
        series=(
            "equal, by the bias's penalty",
            "equal, by the bias's penalty, two layers",
            "unequal, free bias, by the factors' penalty",
            "unequal, free bias, by the factors' penalty, two layers",
        ),
    ),
    rests_on=(phases.phase,),
)
