"""Starts: each initializer's invariants, for the shapes that users take."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.deep_linear.conservation import conserved, imbalance
from theory.deep_linear.initial import (
    aligned,
    balanced,
    balanced_factors,
    gaussian_chain,
    lambda_balanced,
    orthogonal_chain,
)
from theory.deep_linear.layers import product
from theory.deep_linear.matrix_strategies import layer_widths, matrices

KEY = jax.random.key(5)
SEEDS = st.integers(0, 2**31 - 1)
# One program a shape; what an initializer refuses is tested without.
BALANCED = jax.jit(balanced, static_argnums=1)
ALIGNED = jax.jit(aligned, static_argnums=(2, 3))
FACTORS = jax.jit(balanced_factors, static_argnums=1)
ORTHOGONAL = jax.jit(orthogonal_chain, static_argnums=1)
IMBALANCE = jax.jit(imbalance)


def spectra(weights: tuple) -> list[np.ndarray]:
    return [np.linalg.svd(np.asarray(w), compute_uv=False) for w in weights]


def test_gaussian_chain_variances() -> None:
    draws = jax.jit(jax.vmap(lambda k: gaussian_chain(k, (4, 3, 2), 1.5)))(jax.random.split(KEY, 4000))
    for w, fan_in in zip(draws, (4, 3)):
        variance = np.asarray(w).reshape(4000, -1).var(0)
        assert (np.abs(variance * fan_in / 2.25 - 1) < 5 * (2 / 4000) ** 0.5).all()
    assert abs(np.corrcoef(draws[0][:, 0, 0], draws[1][:, 0, 0])[0, 1]) < 5 / 4000**0.5


@pytest.mark.parametrize("widths", [(3, 3, 3), (3, 2, 1), (2, 3, 3, 2)])
def test_orthogonal_chain(widths: tuple[int, ...]) -> None:
    """All singular values of a layer are the gain; of the product too where widths are monotone; balanced if equal."""
    weights = ORTHOGONAL(KEY, widths, 1.5)
    assert [w.shape for w in weights] == [(m, n) for n, m in zip(widths, widths[1:])]
    for s in spectra(weights):
        assert_allclose(s, 1.5, rtol=1e-13)
    if len(widths) == 3:
        assert_allclose(np.linalg.svd(product(weights), compute_uv=False), 1.5**2, rtol=1e-13)
    assert (float(IMBALANCE(weights)) < 1e-14) == (len(set(widths)) == 1)


@settings(max_examples=25)
@given(layer_widths(), SEEDS, st.floats(-6, 6))
def test_balanced(widths: tuple[int, ...], seed: int, exponent: float) -> None:
    weights = BALANCED(jax.random.key(seed), widths, 10.0**exponent)
    assert [w.shape for w in weights] == [(m, n) for n, m in zip(widths, widths[1:])]
    assert float(IMBALANCE(weights)) < 1e-13
    assert 1e-4 < float(jnp.abs(product(weights)).max()) / 10.0**exponent < 10


def test_balanced_has_a_gaussian_product() -> None:
    draws = jax.jit(jax.vmap(lambda k: product(balanced(k, (2, 3, 2), 0.1))))(jax.random.split(KEY, 4000))
    entries = np.asarray(draws).reshape(4000, 4) / 0.1
    assert (np.abs(entries.mean(0)) < 5 / 4000**0.5).all()
    assert (np.abs((entries**2).mean(0) - 1) < 5 * (2 / 4000) ** 0.5).all()
    assert (np.abs((entries**4).mean(0) - 3) < 5 * (96 / 4000) ** 0.5).all()


@settings(max_examples=25)
@given(st.data(), st.sampled_from([(3, 3, 3), (3, 2, 3, 1), (2, 3, 3, 3, 2)]), st.sampled_from([None, 3]))
def test_balanced_factors(data: st.DataObject, widths: tuple[int, ...], seed: int | None) -> None:
    """The product is the best approximation of the narrowest width's rank; the layers share its singular values."""
    matrix = data.draw(matrices(widths[-1], widths[0]))
    weights = FACTORS(matrix, widths[1:-1], None if seed is None else jax.random.key(seed))
    assert float(IMBALANCE(weights)) < 1e-13
    u, s, vt = np.linalg.svd(matrix, full_matrices=False)
    rank, depth = min(widths), len(widths) - 1
    best = (u[:, :rank] * s[:rank]) @ vt[:rank]
    assert np.abs(product(weights) - best).max() <= 1e-13 * depth * s[0]
    for found in spectra(weights):
        assert_allclose(found[:rank] ** depth, s[:rank], rtol=1e-12, atol=1e-14 * s[0])


@settings(max_examples=25)
@given(st.data(), st.sampled_from([((2, 3), 1, None), ((2, 3), 3, 5), ((3, 2), 2, None), ((3, 2), 4, (2, 4, 3))]))
def test_aligned(data: st.DataObject, case: tuple) -> None:
    """In the singular basis of the task the product is diag(u0), negative entries and zero included."""
    shape, depth, hidden = case
    sigma_yx, u0 = data.draw(matrices(*shape)), data.draw(st.sampled_from([[1e-3, -0.5], [0.01, 0.0]]))
    key = jax.random.key(1) if hidden == 5 else None
    weights = ALIGNED(sigma_yx, jnp.array(u0), depth, hidden, key)
    assert len(weights) == depth
    assert float(IMBALANCE(weights)) < 1e-13
    u, _, vt = np.linalg.svd(sigma_yx, full_matrices=False)
    assert_allclose(u.T @ np.asarray(product(weights)) @ vt.T, np.diag(u0), atol=1e-14, rtol=1e-12)


@pytest.mark.parametrize("widths", [(3, 2, 3), (3, 3, 3), (2, 3, 3), (3, 3, 2)])
@pytest.mark.parametrize("imbalance", [-1e3, -2.0, -1e-12, 0.0, 1e-9, 5.0, 1e6])
def test_lambda_balanced(widths: tuple[int, int, int], imbalance: float) -> None:
    inputs, hidden, outputs = widths
    if imbalance > 0 and hidden > outputs or imbalance < 0 and hidden > inputs:
        with pytest.raises(ValueError, match="imbalances that widths .* can carry"):
            lambda_balanced(KEY, widths, imbalance, 0.1)
        return
    w1, w2 = lambda_balanced(KEY, widths, imbalance, 0.1)
    (c,) = conserved((w1, w2))
    assert_allclose(c, imbalance * np.eye(hidden), atol=1e-14 * max(1.0, abs(imbalance)))
    found = np.linalg.svd(product((w1, w2)), compute_uv=False)
    assert_allclose(found[: min(widths)], 0.1, rtol=1e-12)
    assert (found[min(widths) :] < 1e-13 * max(1.0, abs(imbalance))).all()


def test_keys_matter_and_repeat() -> None:
    starts = (
        lambda k: gaussian_chain(k, (3, 3, 3)),
        lambda k: orthogonal_chain(k, (3, 3, 3)),
        lambda k: balanced(k, (3, 3, 3), 1.0),
        lambda k: lambda_balanced(k, (3, 3, 3), 1.0, 1.0),
    )
    for start in starts:
        first, again, other = start(KEY), start(KEY), start(jax.random.key(6))
        assert all((a == b).all() for a, b in zip(first, again))
        assert all(float(jnp.abs(a - b).max()) > 1e-3 for a, b in zip(first, other))
        assert float(jnp.abs(first[0] - first[1]).max()) > 1e-3


def test_replicates_and_single_precision() -> None:
    keys = jax.random.split(KEY, 3)
    many = jax.jit(jax.vmap(lambda k: balanced(k, (2, 3, 3), 0.1)))(keys)
    assert [w.shape for w in many] == [(3, 3, 2), (3, 3, 3)]
    assert_allclose(many[0][1], balanced(keys[1], (2, 3, 3), 0.1)[0], rtol=1e-9, atol=1e-12)
    half = jnp.float32
    every = lambda key: (
        gaussian_chain(key, (2, 3, 2), dtype=half),
        orthogonal_chain(key, (2, 3, 2), dtype=half),
        balanced(key, (2, 3, 2), 0.1, half),
        lambda_balanced(key, (2, 2, 2), 1.0, 0.1, half),
        aligned(jnp.ones((2, 3), half), jnp.float32(0.1), 3),
    )
    assert all(w.dtype == half for w in jax.tree.leaves(jax.eval_shape(every, KEY)))


def test_bad_input() -> None:
    with pytest.raises(ValueError, match=r"widths\[1\] = -2 is below the least allowed, 1"):
        balanced(KEY, (3, -2, 3), 1.0)
    with pytest.raises(ValueError, match="describe no layer"):
        orthogonal_chain(KEY, (3,))
    with pytest.raises(ValueError, match="std = -1"):
        balanced(KEY, (3, 3), -1.0)
    with pytest.raises(ValueError, match="gain = -1"):
        gaussian_chain(KEY, (3, 3), -1.0)
    with pytest.raises(ValueError, match="a hidden width of 1 cannot carry 2 modes; use at least 2"):
        aligned(jnp.eye(2), 0.1, 3, 1)
    with pytest.raises(ValueError, match="3 hidden widths were given for depth 3; it has 2 hidden layers"):
        aligned(jnp.eye(2), 0.1, 3, (2, 2, 2))
    with pytest.raises(ValueError, match="sigma_yx = nan"):
        aligned(jnp.nan * jnp.eye(2), 0.1, 3)
    with pytest.raises(ValueError, match="describe 3 layers; a lambda-balanced start has 2"):
        lambda_balanced(KEY, (2, 2, 2, 2), 1.0, 0.1)
