r"""Squared error with a penalized bias: the least loss over all biases, enclosed.

With c = b - m, m = n/N, the best network of a bias b sees the strengths $Q = S + Ncc^\top$, $S = D - nn^\top/N$
(`split_bias.given_bias`), so that

$$G(b) = \mathrm{tr}\,\Phi(S + Ncc^\top) + \tfrac{\lambda_b}2|b|^2.$$

- The loss of a network is $|b|^2/2$ and terms linear in b: G is $\frac{1+\lambda_b}2|b|^2$ minus a convex function.
  Its slope vanishes at a minimizer $b^\ast$, hence $G(b) \le G(b^\ast) + \frac{1+\lambda_b}2|b - b^\ast|^2$ for all b.
  No minimizer in a box of center b and half diagonal r has less than $G(b) - \frac{1+\lambda_b}2r^2$: of second order,
  whether or not modes jump or cross.
- A minimizer is $W(W + \lambda_b)^{-1}m$, $0 \le W \le I$ what the modes of Q leave of their targets: it lies in the
  ball between 0 and $m/(1+\lambda_b)$.
- Q has the spectrum of $\mathrm{diag}(\mu) + N\gamma\gamma^\top$, $\mu$ that of S, $\gamma$ the entries of m - b along
  its eigenvectors, whose signs do not matter: on the side of m, a minimizer has $\gamma \ge 0$. Contrasts of k equal
  classes share $\mu$ and m has no part in them: one of them may hold all of b's. So a search has as many dimensions
  as there are sizes, and one more for each that is repeated.

G is not monotone in $\gamma$: a growing entry lifts eigenvalues above its $\mu$ and lowers those below, and a narrow
width has modes below that cost more. All derived here.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

BUDGET = 1 << 25  # entries of matrices, some seconds, after which the search gives up
ENOUGH = 1e-10  # a gap over the loss that ends it
ROUNDING = 1e-13  # of sums, over the loss


class Axes(NamedTuple):
    """Eigenvectors of S that a search over the bias needs.

    Attributes:
        vectors: a column each, on the side of m.
        mu: their eigenvalues.
        means: entries of m.
        others: eigenvalues of all other eigenvectors.
    """

    vectors: np.ndarray
    mu: np.ndarray
    means: np.ndarray
    others: np.ndarray


class Found(NamedTuple):
    """A search over boxes.

    Attributes:
        lower: no bias has less: proved.
        bias: the best center.
        boxes: how many losses that took.
    """

    lower: float
    bias: np.ndarray
    boxes: int


def axes(n: np.ndarray) -> Axes:
    """Sums of classes of each size first, then one contrast of each repeated size.

    >>> axes(np.array([4.0, 4.0, 4.0, 2.0])).mu.round(6).tolist(), axes(np.full(3, 4.0)).others.tolist()
    ([0.0, 2.285714, 4.0], [4.0])
    """
    sizes, place, many = np.unique(n, return_inverse=True, return_counts=True)
    sums = (place[:, None] == np.arange(len(sizes))) / np.sqrt(many)
    along = sums.T @ n
    mu, vectors = np.linalg.eigh(np.diag(sizes) - np.outer(along, along) / n.sum())
    vectors = sums @ vectors
    contrasts = np.zeros((len(n), 0))
    for k in np.flatnonzero(many > 1):
        first, second = np.flatnonzero(place == k)[:2]
        contrast = (np.eye(len(n))[first] - np.eye(len(n))[second]) / np.sqrt(2)
        contrasts = np.column_stack([contrasts, contrast])
    means = np.concatenate([vectors.T @ n / n.sum(), np.zeros(contrasts.shape[1])])
    vectors = np.column_stack([vectors, contrasts]) * np.where(means < 0, -1.0, 1.0)
    mu = np.concatenate([np.maximum(mu, 0.0), sizes[many > 1]])
    return Axes(vectors, mu, np.abs(means), np.repeat(sizes, np.maximum(many - 2, 0)))


def enclosed(n: np.ndarray, ridge: float, loss: Callable[[np.ndarray], np.ndarray], upper: float) -> Found:
    """Halve boxes of biases, a level at once, until those that may hold a minimizer are within a hair of `upper`.

    Up to five sizes this takes some hundreds to a million boxes, most where penalties are faint and the bias cheap.

    Args:
        loss: of the best network, for each row of strengths, the strongest first.
        upper: a loss that is attained.
    """
    along, N, lower, seen = axes(n), n.sum(), 0.0, 0
    low, high = _ball(along.means, ridge)
    centers, half, best = ((low + high) / 2)[None], (high - low) / 2, (low + high) / 2
    while True:
        modes = strengths(N, along, centers)
        values = loss(modes) + ridge / 2 * (centers**2).sum(1)
        slack = growth(half, ridge)
        # a loss grows by at most 1/2N of a strength, and an eigenvalue errs by a few ulp of the largest one
        bounds = values - slack - ROUNDING * values - len(n) ** 2 * np.finfo(float).eps * modes[:, 0] / N
        seen += len(values)
        if values.min() < upper:
            upper, best = float(values.min()), centers[values.argmin()]
        lower = max(lower, min(upper, float(bounds.min())))
        centers = centers[bounds < upper]
        spent = (seen + 2 * len(centers)) * len(half) * len(n) > BUDGET
        if upper - lower <= ENOUGH * upper or slack < ROUNDING * upper or spent:
            return Found(lower, along.vectors @ best, seen)
        first = np.arange(len(half)) == half.argmax()
        half = np.where(first, half / 2, half)
        centers = np.concatenate([centers - first * half, centers + first * half])


def growth(away: np.ndarray, ridge: float) -> float:
    """How much more than a minimizer a bias costs at most, so far from it.

    >>> growth(np.array([3.0, 4.0]), 1.0)
    25.0
    """
    return (1 + ridge) / 2 * float(away @ away)


def strengths(samples: float, along: Axes, entries: np.ndarray) -> np.ndarray:
    """Of the modes of biases with these entries along the axes, a row each, the strongest first."""
    away = along.means - entries
    moved = np.linalg.eigvalsh(np.diag(along.mu) + samples * away[:, :, None] * away[:, None, :])
    others = np.broadcast_to(along.others, (len(entries), len(along.others)))
    return np.sort(np.maximum(np.concatenate([moved, others], 1), 0.0), 1)[:, ::-1]


def _ball(means: np.ndarray, ridge: float) -> tuple[np.ndarray, np.ndarray]:
    """The least and largest entries of a minimizer, away from m to the one side only."""
    center, radius = means / (2 * (1 + ridge)), float(np.linalg.norm(means)) / (2 * (1 + ridge))
    return center - radius, np.minimum(center + radius, means)
