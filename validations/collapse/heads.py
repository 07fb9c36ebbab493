"""One feature a class, linear layers and a bias, any loss and class sizes: the objective of many lanes on the host.

Features of a class are equal at a minimum, the loss being convex in them, so that one weighted feature a class is
searched for. Written out in NumPy, its gradient included, with the lanes last (see `lanes`).
"""

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from validations.collapse.lanes import Evaluate


class Cell(NamedTuple):
    """What each search is about: loss, bias and its penalty, class sizes, the penalty of all factors; lanes last."""

    entropy: np.ndarray
    biased: np.ndarray
    ridge: np.ndarray
    counts: np.ndarray
    penalty: np.ndarray

    def at(self, lanes: np.ndarray) -> "Cell":
        return Cell(*(a[..., lanes] for a in self))


def cells_of(rows: list[tuple[str, str, tuple[float, ...]]], bias_penalty: float, penalty: float | np.ndarray) -> Cell:
    """Of (loss, bias, counts): a lane each."""
    loss, bias, counts = zip(*rows, strict=True)
    return Cell(
        np.array([name == "entropy" for name in loss]),
        np.array([name != "none" for name in bias]),
        np.array([bias_penalty * (name == "ridged") for name in bias]),
        np.array(counts, float).T,
        np.broadcast_to(np.asarray(penalty, float), (len(rows),)),
    )


def shapes(classes: int, width: int, depth: int) -> list[tuple[int, int]]:
    """Features first, then the layers from below."""
    return [(width, classes), *[(width, width)] * (depth - 1), (classes, width)]


def random_starts(keys: PRNGKeyArray, lanes: int, classes: int, width: int, depth: int) -> np.ndarray:
    """Balanced Gaussian factors and no bias, so many lanes for every key: (parameters, keys, lanes)."""
    kinds = shapes(classes, width, depth)
    stds = np.concatenate([np.full(a * b, 1.0 if i == 0 else width**-0.5) for i, (a, b) in enumerate(kinds)])
    rngs = [np.random.default_rng([*seed, depth]) for seed in np.asarray(jax.random.key_data(keys))]
    draws = np.stack([stds[:, None] * rng.standard_normal((len(stds), lanes)) for rng in rngs], 1)
    return np.concatenate([draws, np.zeros((classes, len(rngs), lanes))])


def factors_of(params: np.ndarray, classes: int, width: int, depth: int) -> tuple[list[np.ndarray], np.ndarray]:
    """The factors, (rows, columns, lanes) each, and the bias."""
    kinds = shapes(classes, width, depth)
    ends = np.cumsum([a * b for a, b in kinds])
    parts = np.split(params, ends)
    return [p.reshape(*s, -1) for p, s in zip(parts[:-1], kinds, strict=True)], parts[-1]


def objective(cells: Cell, classes: int, width: int, depth: int) -> Evaluate:
    r"""$\frac1N\sum_k n_k\ell(W_M\cdots W_1h_k + b, k) + \frac\lambda2(\sum_k n_k|h_k|^2 + \sum_m|W_m|^2) +
    \frac{\lambda_b}2|b|^2$ and its gradient."""

    def evaluate(params: np.ndarray, lanes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        cell = cells.at(lanes)
        (features, *layers), bias = factors_of(params, classes, width, depth)
        inputs = [features]
        for layer in layers:
            inputs.append(_times(layer, inputs[-1]))
        fit, slope = _fit(cell, inputs.pop() + (cell.biased * bias)[:, None])
        along, gradients = slope, []
        for layer, below in zip(reversed(layers), reversed(inputs), strict=True):
            gradients.append(np.einsum("ikl,jkl->ijl", along, below) + cell.penalty * layer)
            along = np.einsum("kil,kjl->ijl", layer, along)
        gradients.append(along + cell.penalty * cell.counts * features)
        squares = (cell.counts * features**2).sum((0, 1)) + sum((w**2).sum((0, 1)) for w in layers)
        held = cell.ridge / 2 * (cell.biased * bias**2).sum(0)
        flat = [g.reshape(-1, len(lanes)) for g in reversed(gradients)]
        own = cell.biased * (slope.sum(1) + cell.ridge * bias)
        return fit + cell.penalty / 2 * squares + held, np.concatenate([*flat, own])

    return evaluate


def _fit(cell: Cell, out: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The loss and its slopes in the outputs (classes, classes, lanes)."""
    weights, hot = cell.counts / cell.counts.sum(0), np.eye(len(out))[:, :, None]
    slope, value = out - hot, np.zeros(out.shape[-1])
    value = (weights * slope**2).sum((0, 1)) / 2
    if (one := cell.entropy).any():
        some = out[..., one]
        apart = some - np.einsum("kkl->kl", some)[None]
        top = apart.max(0)
        mass = np.exp(apart - top)
        total = mass.sum(0)
        value[one] = (weights[:, one] * (top + np.log(total))).sum(0)
        slope[..., one] = mass / total - hot
    return value, weights * slope


def _times(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.einsum("ikl,kjl->ijl", left, right)
