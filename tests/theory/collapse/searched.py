"""Least losses over one feature a class by plain search: what every closed-form minimizer is checked against.

Features of a class are equal at a minimum (the loss is convex in them), so that one weighted column a class is enough.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

OPTIONS = {"maxiter": 3000, "maxfun": 6000, "ftol": 1e-16, "gtol": 1e-10, "maxcor": 20}


class Searched(NamedTuple):
    """The best of the starts."""

    loss: float
    means: np.ndarray
    layers: list[np.ndarray]
    bias: np.ndarray

    @property
    def logits(self) -> np.ndarray:
        return chain([self.means, *self.layers])


def chain(factors: list[np.ndarray]) -> np.ndarray:
    product = factors[0]
    for layer in factors[1:]:
        product = layer @ product
    return product


def searched(
    loss: str,
    counts: np.ndarray,
    lam: list[float],
    lam_h: float,
    lam_b: float = np.inf,
    width: int | None = None,
    starts: int = 6,
    seed: int = 0,
) -> Searched:
    """The least of the penalized loss by L-BFGS from random starts; lam_b infinite for no bias."""
    n, K = np.asarray(counts, float), len(counts)
    N, d = n.sum(), width or K
    shapes = [(d, K), *[(d, d)] * (len(lam) - 1), (K, d)]
    ends = np.cumsum([a * b for a, b in shapes])
    prices = [lam_h * n[None], *[np.full((1, 1), x) for x in lam]]

    def unpacked(x: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        parts = np.split(x, ends)
        return [p.reshape(s) for p, s in zip(parts, shapes)], parts[-1]

    def fit(out: np.ndarray) -> tuple[float, np.ndarray]:
        if loss == "squared":
            away = out - np.eye(K)
            return (n * away**2).sum() / (2 * N), n * away / N
        return -(n * np.diag(log_softmax(out, 0))).sum() / N, n * (softmax(out, 0) - np.eye(K)) / N

    def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
        factors, b = unpacked(x)
        value, slope = fit(chain(factors) + (b[:, None] if np.isfinite(lam_b) else 0.0))
        grads = [
            chain([np.eye(len(slope)), *[f.T for f in factors[:0:-1][: len(factors) - 1 - i]]]) @ slope
            @ (chain(factors[:i]).T if i else np.eye(K))
            for i in range(len(factors))
        ]  # fmt: skip
        grads = [g + p * f for g, p, f in zip(grads, prices, factors)]
        value += sum((p * f**2).sum() for p, f in zip(prices, factors)) / 2
        bias = np.zeros(K)
        if np.isfinite(lam_b):
            value, bias = value + lam_b / 2 * (b**2).sum(), slope.sum(1) + lam_b * b
        return value, np.concatenate([*(g.ravel() for g in grads), bias])

    rng, runs = np.random.default_rng(seed), []
    for i in range(starts):
        size = 0.05 if i == 1 else 1.0  # beside a jump zero is a minimum too
        start = np.concatenate([size * rng.standard_normal(ends[-1]), np.zeros(K)])
        runs.append(minimize(objective, start, jac=True, method="L-BFGS-B", options=OPTIONS))
    best = min(runs, key=lambda r: r.fun)
    factors, b = unpacked(best.x)
    return Searched(float(best.fun), factors[0], factors[1:], b)
