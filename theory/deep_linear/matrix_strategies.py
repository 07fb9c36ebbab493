"""Hypothesis strategies for layers, balanced layers and correlations of deep linear networks (extra `property`).

Shapes come from a short list, since a new shape costs a compile; values, magnitudes and degeneracies vary.
"""

import jax.numpy as jnp
import numpy as np
from hypothesis import strategies as st
from jaxtyping import Array, Float

from theory.deep_linear.layers import Matrices

SHAPES: tuple[tuple[int, ...], ...] = ((1, 1, 1), (3, 3, 3), (2, 3, 3), (3, 2, 3, 1), (2, 3, 3, 3, 2))
KINDS = ("generic", "low rank", "equal", "graded", "zero")
SEEDS = st.integers(0, 2**32 - 1)


def layer_widths() -> st.SearchStrategy[tuple[int, ...]]:
    """Widths (n_0, ..., n_D) of networks of 2 to 4 layers: scalar, square, widening, with a bottleneck."""
    return st.sampled_from(SHAPES)


def matrices(
    rows: int, columns: int, exponents: tuple[float, float] = (-6.0, 6.0)
) -> st.SearchStrategy[Float[Array, "rows columns"]]:
    """A matrix of any magnitude: generic, of rank one, with equal or graded singular values, or zero.

    Args:
        exponents: least and greatest power of ten of its largest singular value.
    """
    return st.builds(_matrix, st.just(rows), st.just(columns), st.sampled_from(KINDS), SEEDS, st.floats(*exponents))


def layers(
    widths: tuple[int, ...] | None = None, exponents: tuple[float, float] = (-3.0, 3.0)
) -> st.SearchStrategy[Matrices]:
    """Any layers of the widths, each of its own magnitude: as a rule far from balanced."""
    chains = lambda ns: st.tuples(*(matrices(m, n, exponents) for n, m in zip(ns, ns[1:])))
    return layer_widths().flatmap(chains) if widths is None else chains(widths)


def balanced_layers(
    widths: tuple[int, ...] | None = None, exponents: tuple[float, float] = (-6.0, 6.0)
) -> st.SearchStrategy[Matrices]:
    """Balanced layers with randomly rotated hidden axes; `exponents` are those of their product.

    Built as W_l = R_l S^(1/D) R_(l-1)^T from orthonormal columns R_l.
    """

    def factors(drawn):  # noqa: ANN001, ANN202 (a checker that samples sequences would disturb Hypothesis's randomness)
        ns, matrix, seed = drawn
        rng, rank, depth = np.random.default_rng(seed), min(ns), len(ns) - 1
        u, sigma, vt = np.linalg.svd(matrix, full_matrices=False)
        inner = [np.linalg.qr(rng.standard_normal((n, rank)))[0] for n in ns[1:-1]]
        bases, root = [vt[:rank].T, *inner, u[:, :rank]], sigma[:rank] ** (1 / depth)
        return tuple(jnp.asarray((above * root) @ below.T) for below, above in zip(bases, bases[1:]))

    drawn = lambda ns: st.tuples(st.just(ns), matrices(ns[-1], ns[0], exponents), SEEDS)
    return (layer_widths().flatmap(drawn) if widths is None else drawn(widths)).map(factors)


def lambda_balanced_layers(
    widths: tuple[int, int, int],
    imbalances: tuple[float, float] = (-3.0, 3.0),
    exponents: tuple[float, float] = (-3.0, 0.5),
) -> st.SearchStrategy[Matrices]:
    """Two layers with W_2^T W_2 - W_1 W_1^T = lambda I and a product of graded random singular values.

    Built as W_1 = R A V^T and W_2 = U B R^T with b^2 - a^2 = lambda in every hidden direction. A lambda that the widths
    cannot carry counts as zero.

    Args:
        widths: inputs, hidden, outputs.
        imbalances: range of lambda; zero is drawn too.
        exponents: least and greatest power of ten of the product's singular values.
    """
    inputs, hidden, outputs = widths

    def factors(drawn):  # noqa: ANN001, ANN202
        lam, seed = drawn
        lam = lam if (hidden <= outputs if lam > 0 else hidden <= inputs) else 0.0
        rng, modes = np.random.default_rng(seed), min(widths)
        u, r, v = (np.linalg.qr(rng.standard_normal((n, n)))[0] for n in (outputs, hidden, inputs))
        strengths = np.zeros(hidden)
        strengths[:modes] = 10.0 ** rng.uniform(*exponents, modes)
        larger = np.sqrt((abs(lam) + np.hypot(lam, 2 * strengths)) / 2)
        smaller = np.divide(strengths, larger, out=np.zeros(hidden), where=larger > 0)
        a, b = (smaller, larger) if lam > 0 else (larger, smaller)
        first = np.zeros((hidden, inputs))
        second = np.zeros((outputs, hidden))
        np.fill_diagonal(first, a)
        np.fill_diagonal(second, b)
        return jnp.asarray(r @ first @ v.T), jnp.asarray(u @ second @ r.T)

    values = st.one_of(st.just(0.0), st.floats(*imbalances))
    return st.tuples(values, SEEDS).map(factors)


def correlations(
    outputs: int, inputs: int, white: bool = False
) -> st.SearchStrategy[tuple[Float[Array, "outputs inputs"], Float[Array, "inputs inputs"]]]:
    """Input-output correlation and input covariance, generic (they do not commute) or whitened."""
    roots = matrices(inputs, inputs, (-2.0, 0.5))
    covariances = st.just(jnp.eye(inputs)) if white else roots.map(lambda root: root @ root.T)
    return st.tuples(matrices(outputs, inputs, (-2.0, 1.0)), covariances)


def symmetric_targets(n: int, exponents: tuple[float, float] = (-2.0, 0.5)) -> st.SearchStrategy[Float[Array, "n n"]]:
    """Symmetric matrices of either sign: generic, of rank at most two, equal, graded or zero eigenvalues' parts."""
    return matrices(n, n, exponents).map(lambda root: 0.5 * (root + root.T))


def own_transposes(
    n: int, lengths: tuple[int, ...] = (1, 2, 3, 4), exponents: tuple[float, float] = (-2.0, 0.3)
) -> st.SearchStrategy[Float[Array, "n n k"]]:
    """Tensors that are their own tubal transpose, of tubes of these lengths."""

    def whole(slices):  # noqa: ANN001, ANN202
        k = len(slices)
        return jnp.stack([0.5 * (slices[j] + slices[-j % k].T) for j in range(k)], axis=2)

    return st.sampled_from(lengths).flatmap(lambda k: st.tuples(*[matrices(n, n, exponents)] * k)).map(whole)


def tasks_along_components(
    inputs: int, outputs: int
) -> st.SearchStrategy[tuple[Float[Array, "outputs inputs"], Float[Array, "inputs inputs"]]]:
    """Correlation and covariance that meet the condition of greedy pre-training, in random directions.

    The modes of the task lie along principal components, and those that explain more along larger ones.
    """

    def along(seed):  # noqa: ANN001, ANN202
        rng, modes = np.random.default_rng(seed), min(inputs, outputs)
        variances = np.sort(10.0 ** rng.uniform(-2.0, 1.0, inputs))[::-1]
        useful = np.sort(10.0 ** rng.uniform(-2.0, 1.0, modes))[::-1]
        u, v = (np.linalg.qr(rng.standard_normal((n, n)))[0] for n in (outputs, inputs))
        strengths = useful * np.sqrt(variances[:modes])
        return jnp.asarray((u[:, :modes] * strengths) @ v[:, :modes].T), jnp.asarray((v * variances) @ v.T)

    return SEEDS.map(along)


def _matrix(rows: int, columns: int, kind: str, seed: int, exponent: float) -> Float[Array, "rows columns"]:
    rng, rank = np.random.default_rng(seed), min(rows, columns)
    spectrum = {
        "generic": rng.uniform(0.1, 1.0, rank),
        "low rank": np.r_[1.0, np.zeros(rank - 1)],
        "equal": np.ones(rank),
        "graded": 10.0 ** -np.arange(rank, dtype=float),
        "zero": np.zeros(rank),
    }[kind]
    u, v = (np.linalg.qr(rng.standard_normal((n, rank)))[0] for n in (rows, columns))
    return jnp.asarray(10.0**exponent * (u * spectrum) @ v.T)
