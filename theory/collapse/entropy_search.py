r"""Cross-entropy of any class sizes, bias, depth and width: the lowest loss that a search over all networks finds.

For logits with $ZD^{1/2} = P\,\mathrm{diag}(d)^{M-1}Q$ the price of all factors is at most

$$\frac{\bar\lambda}2\bigl(|P|_F^2 + |Q|_F^2 + (M-1)|d|^2\bigr),\qquad
  \bar\lambda = \Bigl(\lambda_H\prod_m\lambda_m\Bigr)^{1/(M+1)},$$

and equal to it where the factors are aligned (derived here): $2Kr + r$ numbers of r directions describe every head of
any depth that could be least, and every point is the loss of a network. The search starts from the arrangements of
`clusters`, from one-layer minimizers and from random factors. Nothing proves that it finds the least: an upper bound.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import ArrayLike, Float
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from theory.collapse import one_layer
from theory.collapse.clusters import arrangements
from theory.collapse.cross_entropy import factor_penalty
from theory.collapse.domain import bias_ridge, bottleneck, layers, single, sizes
from theory.core.closed_form import closed_form

RANDOM, ORDERS = 12, 3  # starts, and permutations of unequal classes
MARGIN, SHAKEN = 8.0, 1e-2  # logits that searches start with, and noise that leaves saddles
OPTIONS = {"maxiter": 1500, "maxfun": 3000, "ftol": 1e-15, "gtol": 1e-9, "maxcor": 20}


class Found(NamedTuple):
    """The lowest end of all searches.

    Attributes:
        logits: of the classes' features, a column a class, without the bias.
        bias: zeros for none.
        loss: the objective, penalties included.
    """

    logits: Float[np.ndarray, "K K"]
    bias: Float[np.ndarray, " K"]
    loss: float


@closed_form
def lowest_found(
    counts: Float[ArrayLike, " K"],
    layer_penalties: Float[ArrayLike, " M"],
    feature_penalty: Float[ArrayLike, ""],
    bias_penalty: Float[ArrayLike, "..."] = np.inf,
    width: int | None = None,
) -> Found:
    r"""The best of some dozens of descents, on the host: an upper bound on the least loss, attained by a network.

    Args:
        counts: class sizes.
        bias_penalty: infinite for no bias, zero for a free one.
        width: the narrowest of all widths; wide by default.

    Raises:
        ValueError: fewer than two classes, sizes or penalties outside their domain, or a width below one.

    >>> round(lowest_found(np.full(4, 10.0), np.full(3, 5e-3), 1e-3).loss, 6)  # pairs, see `deep_pair_loss`
    0.086974
    """
    n, M = np.asarray(sizes(counts), float), len(layers(layer_penalties))
    price = float(factor_penalty(layer_penalties, single("feature_penalty", feature_penalty))) * 2 / (M + 1)
    problem = _Problem(n, M, price, bias_ridge(bias_penalty), min(bottleneck(width, len(n)), len(n)))
    silent = _polished(problem, np.zeros(problem.parameters))
    return min((silent, *(_polished(problem, x) for x in _starts(problem))), key=lambda found: found.loss)


class _Problem(NamedTuple):
    n: np.ndarray
    depth: int
    price: float
    ridge: float
    width: int

    @property
    def parameters(self) -> int:
        return 2 * len(self.n) * self.width + self.width + len(self.n)

    def parts(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """P, d, Q and the bias."""
        K, R = len(self.n), self.width
        P, d, Q, b = np.split(x, np.cumsum([K * R, R, R * K]))
        return P.reshape(K, R), d, Q.reshape(R, K), b

    def start(self, logits: np.ndarray, bias: np.ndarray) -> np.ndarray:
        """Aligned factors of the strongest directions."""
        u, s, vt = np.linalg.svd(logits * np.sqrt(self.n))
        each, R = s[: self.width] ** (1 / (self.depth + 1)), self.width
        return np.concatenate([(u[:, :R] * each).ravel(), each, (each[:, None] * vt[:R]).ravel(), bias])

    def loss(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """The objective and its gradient."""
        (P, d, Q, b), M, N, root = self.parts(x), self.depth, self.n.sum(), np.sqrt(self.n)
        biased, middle = np.isfinite(self.ridge), d ** (M - 1)
        out = (P * middle) @ Q / root + (b[:, None] if biased else 0.0)
        value = -(self.n * np.diag(log_softmax(out, 0))).sum() / N
        slope = self.n * (softmax(out, 0) - np.eye(len(b))) / N
        along = slope / root
        value += self.price / 2 * ((P**2).sum() + (Q**2).sum() + (M - 1) * d @ d)
        value += self.ridge / 2 * b @ b if biased else 0.0
        turns = [
            along @ Q.T * middle + self.price * P,
            (M - 1) * (d ** max(M - 2, 0) * np.einsum("kr,kj,rj->r", P, along, Q) + self.price * d),
            (P * middle).T @ along + self.price * Q,
            slope.sum(1) + self.ridge * b if biased else np.zeros_like(b),
        ]
        return float(value), np.concatenate([t.ravel() for t in turns])


def _polished(problem: _Problem, start: np.ndarray) -> Found:
    found = minimize(problem.loss, start, jac=True, method="L-BFGS-B", options=OPTIONS)
    P, d, Q, b = problem.parts(found.x)
    hat = (P * d ** (problem.depth - 1)) @ Q
    return Found(hat / np.sqrt(problem.n), b - b.mean() if problem.ridge == 0 else b, float(found.fun))


def _starts(problem: _Problem) -> Iterator[np.ndarray]:
    rng, K = np.random.default_rng(0), len(problem.n)
    for logits, bias in _shapes(problem):
        x = problem.start(logits, bias if np.isfinite(problem.ridge) else np.zeros(K))
        yield x + SHAKEN * rng.standard_normal(len(x)) * (np.arange(len(x)) < len(x) - K)
    for _ in range(RANDOM):
        yield np.concatenate([rng.standard_normal(problem.parameters - K), np.zeros(K)])


def _shapes(problem: _Problem) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Logits and biases: of one layer at three prices, and of points."""
    n, K = problem.n, len(problem.n)
    for scale in (1.0, 0.3, 0.1):
        found = one_layer.minimum("entropy", n, scale * problem.price, problem.ridge)
        yield found.logits, found.bias
    rng, by_size = np.random.default_rng(1), np.argsort(np.argsort(-n, kind="stable"), kind="stable")
    for x in arrangements(K).values() if K > 2 else ():
        apart = np.sum((x[:, None] - x[None]) ** 2, -1)[np.triu_indices(K, 1)].min()
        centered = (x - x.mean(0)) * np.sqrt(2 * MARGIN / apart)
        for order in (by_size,) if np.ptp(n) == 0 else (by_size, *(rng.permutation(K) for _ in range(ORDERS))):
            points = centered[order]
            yield points @ points.T, -0.5 * np.sum(points**2, 1)
