"""Estimators and the bottleneck, beside the plain loops and libraries in common use."""

from collections.abc import Callable

import numpy as np

from theory.information.binning import binned_information
from theory.information.discrete_bottleneck import discrete_bottleneck
from theory.information.neighbors import ksg_information


def cases() -> list[tuple]:
    """A layer of 4,096 patterns, 10,000 pairs of real numbers, and an 8 x 8 joint law."""
    rng = np.random.default_rng(0)
    layer, labels = np.tanh(rng.standard_normal((4096, 10))), rng.integers(0, 2, 4096)
    x = rng.standard_normal(10_000)
    y = 0.75 * x + 0.4375**0.5 * rng.standard_normal(10_000)
    joint = rng.gamma(0.5, size=(8, 8)) + 1e-9
    joint /= joint.sum()
    return [
        (
            "binned information, 4096 patterns x 10 units",
            lambda: np.asarray(binned_information(layer, labels, "equal30").input),
            lambda: np.asarray(pattern_loop(layer)),
            "loop over distinct patterns",
            "ratio below 1/500",
        ),
        (
            "neighbors, 10^4 pairs, 2 numbers k, with flags",
            lambda: np.asarray([e.value for e in ksg_information(x, y, (5, 10))]),
            library_neighbors(x, y),
            "scikit-learn, one k",
            "ratio below 1",
        ),
        (
            "discrete bottleneck, 8 x 8, with certificate",
            lambda: np.asarray(discrete_bottleneck(joint, 5.0).lagrangian),
            lambda: plain_iteration(joint, 5.0),
            "2,000 plain iterations, one start, no certificate",
            "under 1 s",
        ),
    ]


def pattern_loop(layer: np.ndarray) -> float:
    """Each distinct binned row compared with all rows."""
    bins = np.floor((layer + 1) * 15)
    rows = np.unique(bins, axis=0)
    shares = np.array([(bins == row).all(axis=1).mean() for row in rows])
    return float(-(shares * np.log(shares)).sum())


def library_neighbors(x: np.ndarray, y: np.ndarray) -> Callable[[], np.ndarray]:
    from sklearn.feature_selection import mutual_info_regression

    return lambda: mutual_info_regression(x[:, None], y, n_neighbors=5)


def plain_iteration(joint: np.ndarray, beta: float) -> np.ndarray:
    px, channel = joint.sum(1), joint / joint.sum(1, keepdims=True)
    encoder = np.random.default_rng(0).dirichlet(np.ones(8), 8).T
    for _ in range(2000):
        weight = encoder @ px
        label = (encoder * px) @ channel / weight[:, None]
        divergence = (channel[None] * np.log(channel[None] / label[:, None])).sum(-1)
        encoder = weight[:, None] * np.exp(-beta * divergence)
        encoder /= encoder.sum(axis=0)
    return encoder
