"""Hypothesis strategies for theorems on information (extra `property`).

    from hypothesis import given
    from theory.information.strategies import joint_laws

    @given(joint_laws())
    def test_data_processing(p): ...

Shapes come from a short list: each costs a compile.
"""

import math
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

SIZES = (2, 3, 5)


class NoisyLayer(NamedTuple):
    """Noiseless activity of n inputs at d units, labels of two classes, and the noise's standard deviation."""

    h: np.ndarray
    labels: np.ndarray
    noise: float


def seeds() -> st.SearchStrategy[int]:
    """Seeds of a NumPy generator, for arrays whose entries need not shrink."""
    return st.integers(0, 2**32 - 1)


def log_uniform(least: float, most: float) -> st.SearchStrategy[float]:
    """Positive numbers, uniform in their logarithm."""
    return st.floats(math.log(least), math.log(most)).map(math.exp)


def joint_laws(sizes: tuple[int, ...] = SIZES) -> st.SearchStrategy[np.ndarray]:
    """Joint laws of two discrete variables, full support, from nearly independent to nearly deterministic."""

    def build(nx: int, ny: int, seed: int, concentration: float) -> np.ndarray:
        p = np.random.default_rng(seed).gamma(concentration, size=(nx, ny)) + 1e-12
        return p / p.sum()

    return st.builds(build, st.sampled_from(sizes), st.sampled_from(sizes), seeds(), log_uniform(0.1, 100.0))


def noisy_layers(n: int = 12, d: int = 2) -> st.SearchStrategy[NoisyLayer]:
    """Layers from far below the noise to far above it, some with equal rows."""

    def build(seed: int, gain: float, noise: float, copies: bool) -> NoisyLayer:
        rng = np.random.default_rng(seed)
        h = np.tanh(gain * rng.standard_normal((n, d)))
        if copies:
            h[1::2] = h[::2]
        return NoisyLayer(h, rng.permutation(np.arange(n) % 2), noise)

    return st.builds(build, seeds(), log_uniform(0.01, 100.0), log_uniform(1e-3, 1e3), st.booleans())


class LinearEnsemble(NamedTuple):
    """A model linear in its parameters: features of training and of test inputs, root of the starts' covariance."""

    train: np.ndarray
    test: np.ndarray
    start: np.ndarray


def linear_ensembles(examples: tuple[int, ...] = (1, 3), parameters: int = 4) -> st.SearchStrategy[LinearEnsemble]:
    """Linear models of Gaussian features, some inputs nearly equal, and starts of any covariance."""

    def build(n: int, seed: int, gain: float, closeness: float) -> LinearEnsemble:
        rng = np.random.default_rng(seed)
        train, test = gain * rng.standard_normal((n, parameters)), gain * rng.standard_normal((2, parameters))
        train[1:] = closeness * train[:1] + (1 - closeness) * train[1:]
        return LinearEnsemble(train, test, rng.standard_normal((parameters, parameters)))

    return st.builds(build, st.sampled_from(examples), seeds(), log_uniform(0.1, 2.0), st.floats(0.0, 0.9))


def canonical(count: int = 3) -> st.SearchStrategy[np.ndarray]:
    """Canonical correlations strictly between 0 and 1, largest first, apart from each other and from the ends."""
    return st.lists(st.floats(0.05, 0.95), min_size=count, max_size=count).map(lambda r: np.sort(r)[::-1].copy())
