"""Hypothesis strategies for theorems on kernels (extra `property`): activations, pairs and inputs that hurt.

from hypothesis import given
from theory.kernels.strategies import activations, pairs

@given(activations(), pairs())
def test_positive_semidefinite(activation, pair): ...
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from jaxtyping import Float

from theory.kernels.duals import DUALS
from theory.kernels.piecewise import TwoSlopes
from theory.networks import Network, perceptron

ROWS, FEATURES = 6, 5  # each shape costs a compile


class Pair(NamedTuple):
    """Second moments and gap of two Gaussian variables."""

    q1: float
    q2: float
    gap: float


def activations(differentiable: bool = True) -> st.SearchStrategy[str]:
    """Names of activations with duals in closed form; with a finite derivative dual on the diagonal unless told."""
    return st.sampled_from([name for name in DUALS if name != "step" or not differentiable])


def gaps(least: float = 1e-14) -> st.SearchStrategy[float]:
    """Gaps 1 - c from duplicates to antipodes, uniform in their logarithm near both ends."""
    small = st.floats(math.log10(least), 0.0).map(lambda x: 10.0**x)
    return st.one_of(small, small.map(lambda g: 2 - g), st.sampled_from((0.0, 1.0, 2.0)))


def pairs(most: float = 3.0) -> st.SearchStrategy[Pair]:
    """Pairs of variables, of equal and of unequal size."""
    sizes = st.floats(math.log(1e-3), math.log(most)).map(math.exp)
    unequal = st.builds(Pair, sizes, sizes, gaps())
    return st.one_of(unequal, st.builds(lambda q, gap: Pair(q, q, gap), sizes, gaps()))


def homogeneous() -> st.SearchStrategy[TwoSlopes]:
    """Positively homogeneous activations: two slopes that are not both zero."""
    slopes = st.floats(-2.0, 2.0).map(lambda s: round(s, 3))
    return st.builds(TwoSlopes, slopes, slopes).filter(lambda a: a.mean_square_slope > 1e-3)


def hidden_widths(most: int = 3) -> st.SearchStrategy[tuple[int, ...]]:
    """Widths of up to `most` hidden layers."""
    return st.lists(st.integers(1, 4096), min_size=1, max_size=most).map(tuple)


@st.composite
def inputs(draw: Callable[..., Any]) -> Float[np.ndarray, "rows features"]:
    """Rows with a duplicate, a near-duplicate, an antipode and sometimes a zero."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = rng.standard_normal((ROWS, FEATURES)) * draw(st.sampled_from((0.1, 1.0, 3.0)))
    x[1] = x[0]
    x[2] = x[0] + 10.0 ** draw(st.integers(-12, -1)) * rng.standard_normal(FEATURES)
    x[3] = -x[0]
    if draw(st.booleans()):
        x[4] = 0.0
    return x


def architectures(parametrization: str | None = None) -> st.SearchStrategy[Network]:
    """Perceptrons of one to three hidden layers, with and without biases."""
    alike = [n for n in _NETWORKS if parametrization in (None, n.parametrization.name)]  # type: ignore[union-attr]
    return st.sampled_from(alike)


def homogeneous_networks(biases: bool = False) -> st.SearchStrategy[Network]:
    """Perceptrons whose activations have two slopes: without biases all kernels scale with each input."""
    return st.sampled_from([n for n in _HOMOGENEOUS if (n.dense[0].sigma_b is not None) == biases])


class TrainingSet(NamedTuple):
    """Inputs that are learned from, with targets (rows, outputs), and new ones."""

    learned: Float[np.ndarray, "rows features"]
    targets: Float[np.ndarray, "rows outputs"]
    new: Float[np.ndarray, "more features"]


@st.composite
def training_sets(draw: Callable[..., Any]) -> TrainingSet:
    """Inputs in general position, near-duplicates of them among the new ones; targets of any size."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x, y = rng.standard_normal((ROWS, FEATURES)), rng.standard_normal((4, 2)) * draw(st.sampled_from((0.0, 1.0, 1e6)))
    x[4] = x[0] + draw(st.sampled_from((1.0, 1e-3, 1e-9))) * x[4]
    return TrainingSet(x[:4], y, x[4:])


class InputCurve(NamedTuple):
    """Size, metric and squared curvature per feature of a curve of inputs."""

    size: float
    metric: float
    curvature_square: float


def input_curves() -> st.SearchStrategy[InputCurve]:
    """Curves on spheres of inputs, great circles included: none is straighter than they are."""
    sizes, extra = st.floats(0.05, 5.0), st.one_of(st.just(0.0), st.floats(0.0, 10.0))
    return st.builds(lambda q, g, more: InputCurve(q, g, 1 / q + more), sizes, st.floats(0.05, 5.0), extra)


def smooth_networks() -> st.SearchStrategy[Network]:
    """Perceptrons of one to three hidden layers whose activations have two derivatives."""
    return st.sampled_from([n for n in _NETWORKS if n.layers[1].name in ("erf", "sin", "gelu")])  # type: ignore[union-attr, operator]


def ridge_and_ratio() -> st.SearchStrategy[tuple[float, float]]:
    """Ridges over eight decades, with ratios of examples to dimensions on both sides of one."""
    return st.tuples(
        *(st.floats(math.log(low), math.log(high)).map(math.exp) for low, high in ((1e-4, 1e4), (0.01, 50.0)))
    )


# Built once: the checks of a description draw random numbers under test, which a strategy must not.
_NETWORKS = [
    perceptron((FEATURES, *[8] * hidden, 1), activation=name, parametrization=scaling, sigma_w=w, sigma_b=b)
    for hidden in (1, 2, 3)
    for name, scaling, w, b in (
        ("relu", "ntk", 2**0.5, None),
        ("relu", "standard", 1.2, 0.3),
        ("erf", "ntk", 1.5, 0.2),
        ("sin", "standard", 0.7, None),
        ("abs", "ntk", 1.0, 0.3),
        ("gelu", "ntk", 1.4, None),
    )
]
_HOMOGENEOUS = [
    perceptron((FEATURES, *[8] * hidden, 1), activation=name, parametrization=scaling, sigma_w=2**0.5, sigma_b=b)
    for hidden, name, scaling in ((1, "leaky_relu", "standard"), (2, "relu", "ntk"), (3, "abs", "ntk"))
    for b in (None, 0.5)
]
