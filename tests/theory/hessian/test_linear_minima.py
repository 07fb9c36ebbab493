"""Hessians of deep linear networks at minima against automatic differentiation: eigenvalues, sharpness, ranks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.hessian.linear_minima import (
    balanced_eigenvalues,
    gauss_newton_rank,
    hessian_rank,
    least_sharpness,
    two_layer_eigenvalues,
)
from theory.hessian.operators import gauss_newton_operator, hessian_operator, matrix, rank


def chain(weights: list) -> jax.Array:
    out = weights[0]
    for w in weights[1:]:
        out = w @ out
    return out


def spectrum(weights: list, target: np.ndarray) -> np.ndarray:
    operator = hessian_operator(lambda ws: 0.5 * jnp.sum((chain(ws) - target) ** 2), weights)
    return np.linalg.eigvalsh(np.asarray(matrix(operator)))[::-1]


@pytest.mark.parametrize(("d", "h", "k"), [(3, 5, 2), (3, 1, 2)])
def test_two_layers(d: int, h: int, k: int) -> None:
    """Hidden layers as wide as inputs or outputs, or not: those beyond dk pairs are zero where h is wide enough."""
    rng = np.random.default_rng(h)
    w1, w2 = jnp.asarray(rng.standard_normal((h, d))), jnp.asarray(rng.standard_normal((k, h)))
    found, told = spectrum([w1, w2], w2 @ w1), np.sort(np.ravel(two_layer_eigenvalues(w1, w2)))[::-1]
    shared = min(len(found), len(told))
    assert_allclose(found[:shared], told[:shared], atol=1e-11)
    assert np.abs(np.r_[found[shared:], told[shared:]]).max(initial=0) < 1e-11


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_balanced_layers(depth: int) -> None:
    """Square diagonal layers, each the root of A, turned by rotations that balance keeps."""
    rng, s = np.random.default_rng(depth), np.array([2.0, 1.0, 0.4])
    turns = [np.linalg.qr(rng.standard_normal((3, 3)))[0] for _ in range(depth + 1)]
    weights = [jnp.asarray(turns[i + 1] * s ** (1 / depth) @ turns[i].T) for i in range(depth)]
    found = spectrum(weights, chain(weights))
    told = np.sort(np.ravel(balanced_eigenvalues(s, depth)))[::-1]
    assert_allclose(found[:9], told, atol=1e-11)
    assert np.abs(found[9:]).max(initial=0) < 1e-11
    assert_allclose(least_sharpness(2.0, depth), told[0], rtol=1e-13)


@settings(max_examples=30)
@given(st.lists(st.floats(-1.5, 1.5), min_size=3, max_size=3), st.floats(0.2, 3.0))
def test_no_minimum_is_flatter_than_the_balanced_one(logs: list[float], s: float) -> None:
    """Scalar layers of any sizes with product s: sharpness is the sum of squared products of the others."""
    sizes = np.exp(np.array(logs))
    sizes *= (s / sizes.prod()) ** (1 / 3)
    sharpness = ((s / sizes) ** 2).sum()
    assert sharpness >= float(least_sharpness(s, 3)) * (1 - 1e-12)


@pytest.mark.parametrize("widths", [(3, 4, 2), (4, 2, 3), (2, 3, 3, 2)])
def test_ranks(widths: tuple[int, ...]) -> None:
    """At a random point with a random target the Hessian's, the Gauss-Newton matrix's there and at a minimum."""
    rng = np.random.default_rng(0)
    weights = [jnp.asarray(rng.standard_normal((m, n))) for n, m in zip(widths, widths[1:])]
    target = jnp.asarray(rng.standard_normal((widths[-1], widths[0])))
    loss = lambda w: 0.5 * jnp.sum((w - target) ** 2)
    assert rank(hessian_operator(lambda ws: loss(chain(ws)), weights), 1e-9) == hessian_rank(widths)
    assert rank(gauss_newton_operator(chain, loss, weights), 1e-9) == gauss_newton_rank(widths)
    there = chain(weights)
    at_minimum = hessian_operator(lambda ws: 0.5 * jnp.sum((chain(ws) - there) ** 2), weights)
    assert rank(at_minimum, 1e-9) == gauss_newton_rank(widths)


def test_limits_and_bad_input() -> None:
    assert_allclose(balanced_eigenvalues(jnp.array([3.0, 0.0]), 1), np.ones((2, 2)))
    assert_allclose(balanced_eigenvalues(jnp.array([1.0, 0.0]), 3), [[3.0, 1.0], [1.0, 0.0]])
    assert hessian_rank((5, 4)) == gauss_newton_rank((5, 4)) == 20
    with pytest.raises(ValueError, match="W_2 takes 2 inputs but W_1 gives 3 outputs"):
        two_layer_eigenvalues(jnp.ones((3, 2)), jnp.ones((4, 2)))
    with pytest.raises(ValueError, match="strengths = -1 is outside the allowed singular values at or above zero"):
        balanced_eigenvalues(jnp.array([-1.0]), 2)
    with pytest.raises(ValueError, match="largest = -1"):
        least_sharpness(-1.0, 2)
    with pytest.raises(ValueError, match="the number of widths = 1 is below the least allowed, 2"):
        hessian_rank((3,))
    with pytest.raises(ValueError, match="width = 0 is below the least allowed, 1"):
        gauss_newton_rank((3, 0, 2))
