"""Free features of large and small classes, searched under cross-entropy and two regularizers of the features."""

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from theory.collapse.frames import rankin_bound, simplex
from validations.collapse import heads
from validations.collapse.claims.long_tail import LongTail
from validations.collapse.heads import Cell, factors_of, random_starts
from validations.collapse.lanes import Evaluate, descend
from validations.core.theory import Axes, Measurement, Theory

KINDS = ("two large classes", "two small classes", "one of each")


def simulate(config: LongTail, keys: PRNGKeyArray) -> Measurement:
    """Mean cosines of centered class means by kind of pair and penalty, of one search each."""
    penalties = np.tile(config.penalties, len(keys))
    evaluate, size = objective(config.counts, config.width, config.sharpness, config.strength, penalties)
    start = random_starts(keys, len(config.penalties), *size).reshape(-1, len(penalties))
    found = descend(evaluate, start, config.iterations, tolerance=1e-7)
    kinds = by_kind(cosines_of(factors_of(found.params, *size)[0][0], config.counts), config.large)
    return Measurement(start={}, data={"cosines": kinds.reshape(3, len(keys), -1).swapaxes(0, 1)})


Size = tuple[int, int, int, int]


def objective(
    counts: tuple[int, ...], width: int, sharpness: float, strength: np.ndarray | float, penalty: np.ndarray
) -> tuple[Evaluate, Size]:
    """Cross-entropy, ridges and so much of the regularizer, a penalty a lane; and classes, width, layers, samples."""
    K, N, lanes = len(counts), sum(counts), len(penalty)
    ones, no = np.ones((N, lanes)), np.zeros(lanes)
    free = heads.objective(Cell(no == 0, no, no, ones, penalty[None]), K, width, 1, np.repeat(np.arange(K), counts))
    strength = np.broadcast_to(strength, lanes)

    def evaluate(params: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, slope = free(params, at)
        more, by_features = regularizer(params[: width * N].reshape(width, N, -1), counts, sharpness)
        slope[: width * N] += strength[at] * by_features.reshape(width * N, -1)
        return value + strength[at] * more, slope

    return evaluate, (K, width, 1, N)


def averaging(counts: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Takes features to class means from the right (N, K), and class means to their samples."""
    hot = np.repeat(np.eye(len(counts)), counts, axis=0)
    return hot / np.asarray(counts), hot.T


def cosines_of(features: Float[np.ndarray, "d N lanes"], counts: tuple[int, ...]) -> Float[np.ndarray, "K K lanes"]:
    """Of class means about the mean of these; finite at zero."""
    unit, _ = _directions(features, counts)
    return np.einsum("dil,djl->ijl", unit, unit)


def regularizer(
    features: Float[np.ndarray, "d N lanes"], counts: tuple[int, ...], sharpness: float
) -> tuple[np.ndarray, np.ndarray]:
    """Sum over classes of the variance within, less the mean of a soft minimum of angles to others; and its slope.

    Liu et al. (2023), equations 13 and 15, where the minimum is hard.
    """
    (mean, spread), K = averaging(counts), len(counts)
    inside = features - np.einsum("dnl,nm->dml", features, mean @ spread)
    inside_shared = inside / np.repeat(counts, counts)[:, None]
    unit, lengths = _directions(features, counts)
    cosines = np.clip(np.einsum("dil,djl->ijl", unit, unit), -1, 1)
    near = -sharpness * np.arccos(cosines)
    near[np.arange(K), np.arange(K)] = -np.inf
    top = near.max(1, keepdims=True)
    mass = np.exp(near - top)
    total = mass.sum(1, keepdims=True)
    value = (inside * inside_shared).sum((0, 1)) + (top + np.log(total)).mean((0, 1)) / sharpness
    pull = mass / total / K / np.sqrt(1 - cosines**2 + 1e-12)
    by_unit = np.einsum("dil,ijl->djl", unit, pull + pull.swapaxes(0, 1))
    away = (by_unit - unit * (unit * by_unit).sum(0)) / lengths
    by_means = away - away.mean(1, keepdims=True)
    return value, 2 * inside_shared + np.einsum("dkl,nk->dnl", by_means, mean)


def _directions(features: np.ndarray, counts: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Class means about their mean over their lengths, and these."""
    means = np.einsum("dnl,nk->dkl", features, averaging(counts)[0])
    away = means - means.mean(1, keepdims=True)
    lengths = np.sqrt((away**2).sum(0) + 1e-12)
    return away / lengths, lengths


def by_kind(cosines: Float[np.ndarray, "K K *lanes"], large: int) -> Float[np.ndarray, "kinds ..."]:
    """Mean cosine among the large classes, among the small ones, and between."""
    own = cosines[:large, :large], cosines[large:, large:]
    among = [(b.sum((0, 1)) - np.trace(b)) / (len(b) * (len(b) - 1)) for b in own]
    return np.stack([*among, cosines[:large, large:].mean((0, 1))])


def _everywhere(value: float, penalties: tuple[float, ...]) -> np.ndarray:
    return np.full((3, len(penalties)), value)


def _merged(counts: tuple[int, ...], large: int, penalties: tuple[float, ...]) -> np.ndarray:
    """A simplex of the large classes and one vertex more, where all small ones are."""
    vertices = np.asarray(simplex(large + 1))[np.minimum(np.arange(len(counts)), large)]
    away = vertices - vertices.mean(0)
    unit = away / np.linalg.norm(away, axis=1, keepdims=True)
    return np.repeat(by_kind(unit @ unit.T, large)[:, None], len(penalties), 1)


SIMPLEX = Theory(
    inputs=lambda counts, penalties: {"K": len(counts), "lam": np.asarray(penalties)},
    observe=lambda cosines: cosines,
    predict=lambda K, penalties: _everywhere(rankin_bound(K, K - 1), penalties),
    rivals={"orthogonal means": lambda penalties: _everywhere(0.0, penalties), "merged small classes": _merged},
    margin=lambda counts: 0.3 / (len(counts) - 1),
    axes=lambda: Axes(
        x="lam", x_label="penalty of layer and features", y_label="cosine of class means", x_scale="log", series=KINDS
    ),
    rests_on=(rankin_bound,),
)
