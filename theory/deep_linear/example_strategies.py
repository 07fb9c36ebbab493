"""Hypothesis strategies for labeled examples and small neurons of two-layer networks (extra `property`).

Shapes come from a short list, since a new shape costs a compile; lengths, angles and labels vary.
"""

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

SHAPES: tuple[tuple[int, int], ...] = ((2, 2), (5, 3))
NEURONS = 4
SEEDS = st.integers(0, 2**32 - 1)


class Examples(NamedTuple):
    """Examples in rows and their labels 1 or -1."""

    inputs: np.ndarray
    labels: np.ndarray


class Neurons(NamedTuple):
    """Input weights in rows, with the signs of output weights as large as they."""

    weights: np.ndarray
    signs: np.ndarray


def separated_examples(shapes: tuple[tuple[int, int], ...] = SHAPES, most: float = 10.0) -> st.SearchStrategy[Examples]:
    """Two classes, or one, whose signed examples are all at acute angles: within 44 degrees of one direction.

    Args:
        shapes: numbers of examples and of inputs.
        most: the longest example; the shortest is its inverse.
    """

    def one(shape: tuple[int, int], seed: int, spread: float, exponent: float, single: bool) -> Examples:
        rng, (n, d) = np.random.default_rng(seed), shape
        center, aside = rng.standard_normal(d), rng.standard_normal((n, d))
        center /= np.linalg.norm(center)
        aside /= np.linalg.norm(aside, axis=1, keepdims=True)
        labels = np.ones(n) if single else rng.choice((-1.0, 1.0), n)
        sizes = most ** rng.uniform(-exponent, exponent, (n, 1))
        return Examples(labels[:, None] * sizes * (center + spread * rng.uniform(0, 1, (n, 1)) * aside), labels)

    return st.builds(one, st.sampled_from(shapes), SEEDS, st.floats(0.0, 0.69), st.floats(0.0, 1.0), st.booleans())


def small_neurons(inputs: int, neurons: int = NEURONS) -> st.SearchStrategy[Neurons]:
    """Neurons of any length and direction, of either sign."""

    def one(seed: int, exponent: float) -> Neurons:
        rng = np.random.default_rng((1, seed))  # not the examples' own: parallel to them it would never turn
        weights = 10.0**exponent * rng.standard_normal((neurons, inputs))
        return Neurons(weights, rng.choice((-1.0, 1.0), neurons))

    return st.builds(one, SEEDS, st.floats(-6.0, 3.0))


def examples_and_neurons(shapes: tuple[tuple[int, int], ...] = SHAPES) -> st.SearchStrategy[tuple[Examples, Neurons]]:
    """Separated examples, with neurons of as many inputs."""
    pair = lambda examples: st.tuples(st.just(examples), small_neurons(examples.inputs.shape[1]))
    return separated_examples(shapes).flatmap(pair)


def xor_examples(shapes: tuple[tuple[int, int], ...] = SHAPES, most: float = 5.0) -> st.SearchStrategy[Examples]:
    """Gaussian examples around two opposite centers of label 1 and two, at right angles, of label -1, some flipped.

    Args:
        shapes: numbers of examples and of inputs.
        most: the largest distance of the centers from the origin.
    """

    def one(shape: tuple[int, int], seed: int, mean: float, flips: float) -> Examples:
        rng, (n, p) = np.random.default_rng(seed), shape
        axis, side = rng.integers(0, 2, n), rng.choice((-1.0, 1.0), n)
        inputs = rng.standard_normal((n, p)) + mean * side[:, None] * np.eye(p)[axis]
        return Examples(inputs, (1.0 - 2.0 * axis) * np.where(rng.random(n) < flips, -1.0, 1.0))

    return st.builds(one, st.sampled_from(shapes), SEEDS, st.floats(0.0, most), st.floats(0.0, 0.5))
