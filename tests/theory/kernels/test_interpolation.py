"""Responses against integrals over the law of Marchenko and Pastur, sampled matrices, and ridgeless regression."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from numpy.testing import assert_allclose
from scipy.integrate import quad

from theory.kernels.high_dimension import smallest_gram_eigenvalue
from theory.kernels.interpolation import error_floor, implicit_ridge, interpolation_response, random_label_margin
from theory.kernels.strategies import ridge_and_ratio

NTK = (2.0, 1 / np.pi, 1.0)


def moment(f, c: float) -> float:
    """The mean of f over the spectrum of X X^T, n by n, entries of variance 1/d, n/d = c: an integral and an atom."""
    low, high = (1 - c**0.5) ** 2, (1 + c**0.5) ** 2
    middle, half = (low + high) / 2, (high - low) / 2
    at = lambda a: middle + half * np.sin(a)
    density = lambda a: (half * np.cos(a)) ** 2 / (2 * np.pi * c * at(a))
    return quad(lambda a: f(at(a)) * density(a), -np.pi / 2, np.pi / 2, epsabs=1e-13)[0] + max(0, 1 - 1 / c) * f(0.0)


@pytest.mark.parametrize(("ridge", "c"), [(0.6817, 0.4), (0.3, 0.9), (0.05, 1.7), (3.0, 5.0), (40.0, 0.1)])
def test_against_integrals(ridge: float, c: float) -> None:
    linear, beyond, noise = interpolation_response(ridge, c)
    assert_allclose(noise, c * moment(lambda s: s / (s + ridge) ** 2, c), rtol=1e-9)
    assert_allclose(linear, 1 - c + c * ridge**2 * moment(lambda s: (s + ridge) ** -2.0, c), rtol=1e-8)
    assert float(beyond) == 1 + float(noise)
    at_one = 0.3 + 2.0 * (1 + ridge)
    expected = 2.0 / moment(lambda s: 1 / (s + ridge), c)
    assert_allclose(random_label_margin(at_one, 0.3, 2.0, c), expected, rtol=1e-9)


def test_without_a_ridge() -> None:
    """Ridgeless linear regression: c/(1 - c) and 1/(c - 1); infinite at n = d; nothing is missed beyond."""
    c = jnp.array([0.5, 1.0, 3.0])
    linear, _, noise = interpolation_response(0.0, c)
    assert_allclose(noise, [1.0, jnp.inf, 0.5], rtol=1e-14)
    assert_allclose(linear, [0.5, 0.0, 0.0], atol=1e-15)
    assert_allclose(interpolation_response(1e-12, 3.0).noise, 0.5, rtol=1e-9)
    assert_allclose(interpolation_response(2.0, 0.0).linear, 1.0, rtol=1e-15)


def test_digits_of_large_ridges() -> None:
    """V = c/ridge^2 (1 + O(1/ridge)): nothing cancels."""
    assert_allclose(interpolation_response(1e8, 0.7).noise, 0.7e-16, rtol=1e-7)


def test_against_a_sampled_kernel() -> None:
    """exp(t), n = 500, d = 1000: linear target, noise and random labels, conditional means; order 1/d is left."""
    n, d, rng = 500, 1000, np.random.default_rng(5)
    x = rng.standard_normal((n + 300, d))
    x /= np.linalg.norm(x, axis=1)[:, None]
    kernel = np.exp(x @ x.T)
    weights = np.linalg.solve(kernel[:n, :n], kernel[:n, n:]).T
    ridge = implicit_ridge(np.e, 1.0, 1.0)
    linear, _, noise = interpolation_response(ridge, n / d)
    assert abs((weights**2).sum(1).mean() - float(noise)) < 5 / d
    assert abs(((weights @ x[:n] - x[n:]) ** 2).sum(1).mean() - float(linear)) < 15 / d
    margin = n / np.trace(np.linalg.inv(kernel[:n, :n]))
    assert abs(margin - float(random_label_margin(np.e, 1.0, 1.0, n / d))) < 15 / d


def test_floor_adds_its_parts() -> None:
    parts = interpolation_response(0.4, 1.3)
    for i in range(3):
        assert_allclose(error_floor(0.4, 1.3, *np.eye(3)[i]), parts[i], rtol=1e-15)
    assert_allclose(error_floor(0.4, 1.3, 2.0, 3.0, 5.0), 2 * parts[0] + 3 * parts[1] + 5 * parts[2], rtol=1e-14)


@given(ridge_and_ratio())
def test_properties(drawn) -> None:
    """Shares of the linear part lie in [0, 1]; more examples miss less; margins lie between the bound and the mean."""
    ridge, c = drawn
    linear, _, noise = (float(p) for p in interpolation_response(ridge, c))
    assert 0 <= linear <= 1 and 0 <= noise <= min(c / (4 * ridge), 1 / (4 * ridge)) * (1 + 1e-12)
    assert float(interpolation_response(ridge, 1.1 * c).linear) <= linear
    one = 0.5 + 1.0 + ridge
    margin = float(random_label_margin(one, 0.5, 1.0, c))
    assert ridge * (1 - 1e-12) <= margin <= (one - 0.5) * (1 + 1e-12)
    if c < 1:
        assert margin >= float(smallest_gram_eigenvalue(one, 0.5, 1.0, c)) * (1 - 1e-12)


def test_transformations_and_bad_input() -> None:
    f = lambda c: interpolation_response(0.7, c).noise
    c = jnp.array([0.5, 1.5])
    assert_allclose(jax.jit(jax.vmap(f))(c), f(c), rtol=1e-14)
    assert jnp.isfinite(jax.grad(f)(0.5)) and jnp.isfinite(jax.grad(f)(1.5))
    assert f(jnp.array(0.5, jnp.float32)).dtype == jnp.float32
    assert jnp.isnan(jax.jit(f)(-1.0))
    assert implicit_ridge(1.0, 0.2, 0.0) == jnp.inf
    with pytest.raises(ValueError, match="ratio = -1 is outside the allowed ratios n/d at or above 0"):
        f(-1.0)
    with pytest.raises(ValueError, match="ridge must|ridge = -0.1 is outside"):
        interpolation_response(-0.1, 1.0)
    with pytest.raises(ValueError, match="at_one = 1 is outside the allowed values at or above"):
        implicit_ridge(1.0, 0.5, 1.0)
    with pytest.raises(ValueError, match="noise = -1 is outside the allowed variances"):
        error_floor(0.5, 1.0, 0.0, 0.0, -1.0)
    with pytest.raises(ValueError, match="slope_at_zero = 0 is outside the allowed slopes above 0"):
        random_label_margin(1.0, 0.5, 0.0, 1.0)
