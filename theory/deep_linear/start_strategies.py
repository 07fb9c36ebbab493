"""Hypothesis strategies for structured starts: aligned, orthogonal, of low rank (extra `property`).

Balanced and lambda-balanced ones are in `theory.deep_linear.matrix_strategies`. Shapes come from a short list, since a
new shape costs a compile; directions, magnitudes, ranks and signs vary. All are built with NumPy alone, without the
functions that they test.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from hypothesis import strategies as st
from jaxtyping import Array, Float

from theory.deep_linear.layers import Matrices
from theory.deep_linear.matrix_strategies import SEEDS, matrices

SQUARE = ((3, 3, 3), (2, 2, 2, 2))
MONOTONE = (*SQUARE, (4, 3, 2), (2, 3, 4))


class AlignedStart(NamedTuple):
    """Layers in the singular directions of a task: W(0) = U diag(u0) V^T where Sigma = U S V^T.

    Attributes:
        sigma_yx: the task, with distinct, equal, graded or vanishing singular values.
        weights: balanced layers, their hidden axes turned at random.
        left, right: U and V, one mode a column.
        strengths, u0: singular values of the task and of the start, the latter of either sign.
    """

    sigma_yx: Float[Array, "outputs inputs"]
    weights: Matrices
    left: np.ndarray
    right: np.ndarray
    strengths: np.ndarray
    u0: np.ndarray


def aligned_starts(
    shape: tuple[int, int] = (3, 4), depth: int = 2, exponents: tuple[float, float] = (-6.0, 0.0)
) -> st.SearchStrategy[AlignedStart]:
    """A task and balanced layers aligned with it.

    Args:
        shape: outputs, inputs; hidden layers are one wider than there are modes.
        depth: number of layers.
        exponents: least and greatest power of ten of the starts |u0|.
    """

    def one(sigma: Array, seed: int) -> AlignedStart:
        rng, modes = np.random.default_rng((2, seed)), min(shape)
        u, s, vt = np.linalg.svd(np.asarray(sigma), full_matrices=False)
        u0 = 10.0 ** rng.uniform(*exponents, modes) * rng.choice((-1.0, 1.0), modes)
        turns = [np.linalg.qr(rng.standard_normal((modes + 1, modes)))[0] for _ in range(depth - 1)]
        bases, root = [vt.T, *turns, u], np.abs(u0) ** (1 / depth)
        spectra = [*[root] * (depth - 1), np.sign(u0) * root]
        layers = tuple(jnp.asarray((b * x) @ a.T) for a, x, b in zip(bases, spectra, bases[1:]))
        return AlignedStart(jnp.asarray(sigma), layers, u, vt.T, s, u0)

    return st.builds(one, matrices(*shape, (-1.0, 0.5)), SEEDS)


def orthogonal_layers(
    widths: tuple[tuple[int, ...], ...] = MONOTONE, gains: tuple[float, float] = (0.1, 10.0)
) -> st.SearchStrategy[tuple[Matrices, float]]:
    """Layers whose singular values are all one gain, and the gain; rectangular layers are semi-orthogonal.

    Args:
        widths: from input to output; the product keeps every singular value where they are monotone.
        gains: least and greatest.
    """

    def one(ns, seed, gain):  # noqa: ANN001, ANN202 (a checker that samples sequences disturbs Hypothesis)
        rng = np.random.default_rng((3, seed))
        turn = lambda m, n: np.linalg.qr(rng.standard_normal((max(m, n), min(m, n))))[0]
        frames = [turn(m, n) if m >= n else turn(m, n).T for n, m in zip(ns, ns[1:])]
        return tuple(jnp.asarray(gain * frame) for frame in frames), gain

    return st.builds(one, st.sampled_from(widths), SEEDS, st.floats(*gains))


def low_rank_layers(
    hidden: int = 4, inputs: int = 5, exponents: tuple[float, float] = (-6.0, 0.0)
) -> st.SearchStrategy[tuple[Float[Array, "hidden inputs"], int]]:
    """A first layer of a rank from 1 to full, in random directions, and the rank: the second layer is to start at zero.

    Its singular values differ by up to a factor ten; exponents are those of its size.
    """

    def one(rank: int, seed: int, exponent: float) -> tuple[Array, int]:
        rng = np.random.default_rng((4, seed))
        u, v = (np.linalg.qr(rng.standard_normal((n, rank)))[0] for n in (hidden, inputs))
        return jnp.asarray(10.0**exponent * (u * rng.uniform(0.1, 1.0, rank)) @ v.T), rank

    return st.builds(one, st.integers(1, min(hidden, inputs)), SEEDS, st.floats(*exponents))
