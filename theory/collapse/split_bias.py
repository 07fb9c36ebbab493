r"""Squared error, a penalized bias, any class sizes, depth and width: the least loss between two bounds.

With the best bias put in, $\hat Z = ZD^{1/2}$ of the logits Z has the loss $\frac1{2N}\mathrm{tr}(\hat Z - D^{1/2})
G_\omega(\hat Z - D^{1/2})^\top$ and the price of its singular values. $G_\omega = I - (1-\omega)uu^\top$, $u =
\sqrt{n/N}$, is linear in $\omega = \lambda_b/(1+\lambda_b)$; modes separate at $\omega = 1$, no bias, and at 0, a free
one.

- The loss of every network, hence the least one, is concave in $\omega$: it lies above the chord of the two ends.
- $G_\omega = \omega I + (1-\omega)G_0$, and a square lies above its tangents: with the tangent of the second part at
  some $\hat Z$ the modes separate again. That bound is the loss of $\hat Z$ where it is least, unless a mode is so weak
  that it vanishes at the weight $\omega$ alone.
- At a given bias the modes separate too: $\hat Z$ shrinks the singular values of $(I - b\mathbf 1^\top)D^{1/2}$. A
  search over b, K numbers, is one over all networks; where the bounds above leave a gap, `bias_search` closes it.

All derived here. Equal classes (`ridged_bias.ridged_least_loss`) and one wide layer (`one_layer.minimum`) are exact;
`brackets` puts them together.
"""

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, ArrayLike, Float
from scipy.optimize import minimize

from theory.collapse.bias_search import enclosed
from theory.collapse.domain import bottleneck, layers, single, sizes
from theory.collapse.squared_error import mode_penalty, mode_root
from theory.core.closed_form import closed_form
from theory.core.domain import finite

SHARES = (0.0, 0.5, 1.0)  # of a free bias, where searches start
STEPS = np.linspace(0.0, 1.0, 11)  # from the tangent to the chord, and of the tangent's point
OPTIONS = {"maxiter": 300, "ftol": 1e-15, "gtol": 1e-11}
ROUNDING = 1e-13  # of sums and singular values
CLOSED = 1e-10  # a gap over the loss that asks for no search
ROWS = 512  # of strengths in one compiled call
SMALLEST = 1e-12  # of a mode's strength, over the samples: it is dead


class Given(NamedTuple):
    """The global minimizer under a given bias.

    Attributes:
        loss: without the penalty of the bias.
        logits: of the classes' features, a column a class, without the bias.
    """

    loss: float
    logits: Float[np.ndarray, "K K"]


class Split(NamedTuple):
    """The least loss from both sides.

    Attributes:
        lower: no network has a lower loss: proved.
        upper: attained by the logits and the bias, the best of a search.
        logits: of the classes' features, a column a class, without the bias.
        bias: the best one.
    """

    lower: float
    upper: float
    logits: Float[np.ndarray, "K K"]
    bias: Float[np.ndarray, " K"]


class _Problem(NamedTuple):
    n: np.ndarray
    lam: np.ndarray
    lam_h: float
    width: int

    def modes(self, strengths: np.ndarray, dearer: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
        """Output over target of separate modes, the strongest first, and their loss; factors dearer by a number."""
        N, lam_h = self.n.sum(), np.asarray(self.lam_h * dearer ** (len(self.lam) + 1))
        share, cost = (np.array(a) for a in _shrunk(np.maximum(strengths, SMALLEST * N), N, self.lam, lam_h))
        share[..., self.width :], cost[..., self.width :] = 0.0, 1.0
        return share, np.asarray(np.sum(strengths * cost, -1) / (2 * N))

    def losses(self, strengths: np.ndarray) -> np.ndarray:
        """Of the modes of every row, in blocks of one shape."""
        blocks = np.ones((-(-len(strengths) // ROWS), ROWS, strengths.shape[1]))
        blocks.reshape(-1, strengths.shape[1])[: len(strengths)] = strengths
        return np.concatenate([self.modes(block)[1] for block in blocks])[: len(strengths)]

    def least(self, strengths: np.ndarray, weight: float, price: float) -> float:
        """Of separate modes whose misfit has a weight and whose factors a share of their price."""
        return weight * float(self.modes(strengths, price / weight)[1])


@closed_form
def given_bias(
    counts: Float[ArrayLike, " K"],
    layer_penalties: Float[ArrayLike, " M"],
    feature_penalty: Float[ArrayLike, ""],
    bias: Float[ArrayLike, "..."],
    width: int | None = None,
) -> Given:
    r"""The least loss under squared error with this bias, on the host: modes are those of $(I - b1^T)D^{1/2}$.

    Exact for any sizes, depth and width. Zeros are no bias, n/N is the best free one.

    Args:
        counts: class sizes.
        bias: b.
        width: the narrowest of all widths; wide by default.

    Raises:
        ValueError: fewer than two classes, sizes or penalties at or below zero, another number of biases, or a width
            below one.

    >>> n, lam = np.array([20.0, 10.0, 5.0, 5.0]), np.array([5e-3])
    >>> round(given_bias(n, lam, 1e-3, np.zeros(4)).loss, 8), round(given_bias(n, lam, 1e-3, n / 40).loss, 8)
    (0.02667107, 0.01906141)
    """
    problem, b = _checked(counts, layer_penalties, feature_penalty, width), np.asarray(finite("bias", bias), float)
    if b.shape != problem.n.shape:
        raise ValueError(f"bias of shape {b.shape} for {len(problem.n)} classes must have an entry for each")
    value, _, hat = _at_bias(b, problem)
    return Given(value, hat / np.sqrt(problem.n))


@closed_form
def split_bias(
    counts: Float[ArrayLike, " K"],
    layer_penalties: Float[ArrayLike, " M"],
    feature_penalty: Float[ArrayLike, ""],
    bias_penalty: Float[ArrayLike, ""],
    width: int | None = None,
) -> Split:
    r"""Both sides of the least loss under squared error with a penalized bias, on the host by a search over the bias.

    The lower side is the best of a family between the chord and the tangent at the upper side's logits. That meets the
    upper one once no mode is weak and all fit through the width; else `bias_search` encloses the least loss. All of 240
    random cells of two to five sizes closed to 1e-10; of more sizes a gap may stay.

    Args:
        counts: class sizes.
        width: the narrowest of all widths; wide by default.

    Raises:
        ValueError: fewer than two classes, sizes or penalties at or below zero, or a width below one.

    >>> n = np.array([9.0, 5.0, 2.0])
    >>> [[round(x, 6) for x in split_bias(n, np.full(2, lam), lam, 0.5)[:2]] for lam in (2e-3, 2e-2)]
    [[0.015054, 0.015054], [0.140985, 0.140985]]
    """
    problem = _checked(counts, layer_penalties, feature_penalty, width)
    ridge = float(single("bias_penalty", bias_penalty))
    bias, upper, hat = _attained(problem, ridge, _searched(problem, ridge))
    lower = _below(problem, ridge / (1 + ridge), hat)
    if upper - lower > CLOSED * upper:
        found = enclosed(problem.n, ridge, problem.losses, upper)
        lower = max(lower, found.lower)
        bias, upper, hat = min((bias, upper, hat), _attained(problem, ridge, found.bias), key=lambda side: side[1])
    return Split(lower, upper, hat / np.sqrt(problem.n), bias)


@jax.jit
def _shrunk(strengths: Array, samples: Array, lam: Array, lam_h: Array) -> tuple[Array, Array]:
    """Output over target of each mode, and its loss over its strength / 2N."""
    beta = mode_penalty(strengths, samples, lam, lam_h)
    x = mode_root(beta, len(lam))
    power = x ** len(lam)
    return power / (1 + power), 1 / (1 + power) + beta * x


def _checked(
    counts: Float[ArrayLike, " K"],
    layer_penalties: Float[ArrayLike, " M"],
    feature_penalty: Float[ArrayLike, ""],
    width: int | None,
) -> _Problem:
    n, lam = np.asarray(sizes(counts), float), np.asarray(layers(layer_penalties), float)
    R = bottleneck(width, len(n))
    return _Problem(n, lam, float(single("feature_penalty", feature_penalty)), R)


def _at_bias(b: np.ndarray, problem: _Problem) -> tuple[float, np.ndarray, np.ndarray]:
    """The least loss with this bias, its slope, and what the network puts out, without the penalty of the bias."""
    n, N = problem.n, problem.n.sum()
    u, s, vt = np.linalg.svd(_target(n, b))
    share, value = problem.modes(s**2)
    hat = (u * (s * share)) @ vt
    return float(value), (hat @ np.sqrt(n) + N * b - n) / N, hat


def _attained(problem: _Problem, ridge: float, bias: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    value, _, hat = _at_bias(bias, problem)
    return bias, value + ridge / 2 * float(bias @ bias), hat


def _target(n: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (np.eye(len(n)) - b[:, None]) * np.sqrt(n)


def _searched(problem: _Problem, ridge: float) -> np.ndarray:
    """From biases that replace the smallest classes and a part of the others."""
    n = problem.n
    rank = np.argsort(np.argsort(n, kind="stable"), kind="stable")

    def objective(b: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope, _ = _at_bias(b, problem)
        return value + ridge / 2 * float(b @ b), slope + ridge * b

    parts = [np.where(rank < lost, 1.0, share) for lost in range(len(n)) for share in SHARES]
    starts = [part * n / n.sum() / (1 + ridge) for part in parts]
    ends = [minimize(objective, start, jac=True, method="L-BFGS-B", options=OPTIONS) for start in starts]
    return min(ends, key=lambda end: end.fun).x


def _below(problem: _Problem, omega: float, hat: np.ndarray) -> float:
    """The best of bounds between the tangent at logits on the way to these, and the chord."""
    n, root = problem.n, np.sqrt(problem.n)
    away = hat - np.diag(root)
    away = away - np.outer(away @ root, root) / n.sum()
    free = np.linalg.svd(_target(n, n / n.sum()), compute_uv=False) ** 2
    best = 0.0
    for step in STEPS:
        # weights of the misfit: omega and chord as they are, the rest by its tangent; prices in shares omega' and chord
        chord = step * (1 - omega)
        flat = problem.least(free, chord, chord) if chord > 0 else 0.0
        best = max(best, flat + max(_tangent(problem, omega, 1 - chord, s * away) for s in STEPS))
    return float(best)


def _tangent(problem: _Problem, omega: float, price: float, away: np.ndarray) -> float:
    rest = price - omega
    shift = rest / omega * away
    strengths = np.linalg.svd(np.diag(np.sqrt(problem.n)) - shift, compute_uv=False) ** 2
    taken = (omega * np.sum(shift**2) + rest * np.sum(away**2)) / (2 * problem.n.sum())
    least = problem.least(strengths, omega, price)
    return least - taken - ROUNDING * (least + taken)  # of a faint penalty both are large: what is proved stays below
