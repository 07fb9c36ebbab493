"""Eigenvalues by whole kernel matrices, interpolators by whole cubes and by descent, shares by both and by hand."""

import itertools

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import integrate

from theory.deep_linear.random_features import least_norm_interpolator, random_feature_eigenvalues, unseen_share
from theory.deep_linear.strategies import degree_spectra, seen_cubes
from theory.deep_linear.unseen import min_degree_interpolator


def cube(d: int) -> np.ndarray:
    """In the order of an array's indices, index 1 for -1."""
    return 1.0 - 2 * np.array(list(itertools.product((0, 1), repeat=d)))


def parities(d: int) -> np.ndarray:
    """All parities (columns) at all points."""
    subsets = np.array(list(itertools.product((0, 1), repeat=d)))
    return np.prod(np.where(subsets[None] == 1, cube(d)[:, None, :], 1.0), axis=2)


def sizes(d: int) -> np.ndarray:
    return np.array(list(itertools.product((0, 1), repeat=d))).sum(1)


@pytest.mark.parametrize(("d", "scale", "bias"), [(3, 1.0, 0.5), (4, 0.7, 0.0)])
def test_eigenvalues_by_the_expectation_of_features(d, scale, bias):
    """mu_k = E_w (E_x phi chi_T)^2 of exponential features: a product of one-dimensional Gaussian integrals."""

    def gaussian(f):
        return integrate.quad(lambda z: f(z) * np.exp(-z * z / 2) / np.sqrt(2 * np.pi), -12, 12)[0]

    one = scale / np.sqrt(d)
    even, odd = (gaussian(lambda z, h=h: h(one * z) ** 2) for h in (np.cosh, np.sinh))
    constant = gaussian(lambda z: np.exp(2 * bias * z))
    expected = [constant * odd**k * even ** (d - k) for k in range(d + 1)]
    assert_allclose(random_feature_eigenvalues("exp", d, scale, bias), expected, rtol=1e-8)


def test_relu_by_the_arc_cosine_kernel():
    d, s, b = 5, 1.3, 0.6
    x = cube(d)
    correlation = (s**2 * x @ x.T / d + b**2) / (s**2 + b**2)
    angle = np.arccos(np.clip(correlation, -1, 1))
    kernel = (s**2 + b**2) * (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)
    spectrum = np.diag(parities(d).T @ kernel @ parities(d)) / 4**d
    assert_allclose(np.asarray(random_feature_eigenvalues("relu", d, s, b))[sizes(d)], spectrum, atol=1e-12)


@pytest.mark.parametrize("d", [4, 7, 20])
def test_relu_with_a_bias_keeps_half_of_degree_four(d):
    """The bias is a coordinate more: mu_t = l_t + l_{t+1}, where l_3, l_5, ... vanish."""
    share = np.asarray(unseen_share(random_feature_eigenvalues("relu", d, 1.0, d**-0.5)[:5]))
    assert_allclose(share[3], 0.5, rtol=1e-4)
    assert share[2] < 0.08


@given(st.sampled_from((1, 3, 12)), st.floats(0.05, 1.5), st.floats(0, 1))
def test_exponentials_share_alike_in_every_degree(d, scale, bias):
    share = np.asarray(unseen_share(random_feature_eigenvalues("exp", d, scale, bias)[:2]))
    assert_allclose(share, (1 - np.exp(-2 * scale**2 / d)) / 2, rtol=1e-8)


@given(degree_spectra(5), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_frozen_coordinate_splits_every_monomial(mu, frozen, seed):
    """The general solution against the shares, monomial by monomial."""
    table = np.random.default_rng(seed).standard_normal((2,) * 4)
    seen = np.moveaxis(np.stack([np.ones((2,) * 3, bool), np.zeros((2,) * 3, bool)]), 0, frozen)
    found = np.moveaxis(np.asarray(least_norm_interpolator(table, seen, mu)), frozen, 0)
    merged = np.moveaxis(np.asarray(min_degree_interpolator(table, frozen)), frozen, 0)[0]
    share = np.asarray(unseen_share(mu))[np.indices((2,) * 3).sum(0)]
    assert_allclose(found[1], share * merged, rtol=1e-7, atol=1e-9)
    assert_allclose(found[0], (1 - share) * merged, rtol=1e-7, atol=1e-9)


@given(seen_cubes(3), degree_spectra(4), st.integers(0, 2**32 - 1))
def test_least_norm_among_interpolators(seen, mu, seed):
    """It interpolates, and adding anything that vanishes where seen lengthens the norm."""
    rng = np.random.default_rng(seed)
    table, chi = rng.standard_normal((2,) * 3), parities(3)
    found = np.asarray(least_norm_interpolator(table, seen, mu)).ravel()
    assert_allclose((chi @ (found - table.ravel()))[seen.ravel()], 0, atol=1e-8)
    hidden = np.where(seen.ravel(), 0.0, rng.standard_normal(8))
    other = chi.T @ hidden / 8
    weights = 1 / np.asarray(mu)[sizes(3)]
    lengths = np.sum(weights * found * other), np.sqrt(np.sum(weights * found**2) * np.sum(weights * other**2))
    assert abs(lengths[0]) <= 1e-7 * lengths[1] + 1e-12


def test_more_coordinates_change_nothing():
    """Three coordinates of six: the same minimizer from the whole cube."""
    rng = np.random.default_rng(3)
    table, seen = rng.standard_normal((2,) * 3), np.ones((2,) * 3, bool)
    seen[1, 1, :] = seen[0, 0, 1] = False
    mu = random_feature_eigenvalues("exp", 6, 0.8, 0.2)
    wide = np.zeros((2,) * 6)
    wide[..., 0, 0, 0] = table
    found = np.array(least_norm_interpolator(wide, np.broadcast_to(seen[..., None, None, None], wide.shape), mu))
    assert_allclose(found[..., 0, 0, 0], least_norm_interpolator(table, seen, mu), rtol=1e-8, atol=1e-10)
    found[..., 0, 0, 0] = 0
    assert_allclose(found, 0, atol=1e-10)


@pytest.mark.parametrize("steps", [1, 7, 4000])
def test_the_share_is_the_same_at_all_times_of_descent(steps):
    """Descent on infinitely many output weights, in function space; one monomial is learned."""
    d, mu = 4, np.asarray(random_feature_eigenvalues("exp", 4, 1.0))
    chi, x = parities(d), cube(d)
    kernel = chi @ np.diag(mu[sizes(d)]) @ chi.T
    seen = x[:, 0] == 1
    top = x[:, 0] * x[:, 1]
    f = np.zeros(len(x))
    for _ in range(steps):
        f = f - 0.1 / mu[0] / len(x) * kernel[:, seen] @ (f[seen] - top[seen])
    kept, moved = np.mean(f * top), np.mean(f * x[:, 1])
    assert_allclose(kept / (kept + moved), unseen_share(mu)[1], rtol=1e-10)


def test_published_examples_become_minimal_degree():
    """x y where not both are -1; x y - 1.25 y z + 1.5 z x where x y z = 1. Ratios of eigenvalues go to zero."""
    falling = 1e-5 ** np.arange(4)
    both = np.array([[True, True], [True, False]])
    assert_allclose(least_norm_interpolator(np.diag([0.0, 1.0]), both, falling), [[-1, 1], [1, 0]], atol=1e-4)
    cyclic = np.zeros((2,) * 3)
    cyclic[1, 1, 0], cyclic[0, 1, 1], cyclic[1, 0, 1] = 1, -1.25, 1.5
    found = np.asarray(least_norm_interpolator(cyclic, cube(3).prod(1).reshape((2,) * 3) == 1, falling))
    assert_allclose([found[0, 0, 1], found[1, 0, 0], found[0, 1, 0]], [1, -1.25, 1.5], rtol=1e-4)


def test_bad_input():
    with pytest.raises(ValueError, match="scale = 0 is outside the allowed scales above zero"):
        random_feature_eigenvalues("relu", 3, 0.0)
    with pytest.raises(ValueError, match="bias = -1 is outside"):
        random_feature_eigenvalues("relu", 3, 1.0, -1.0)
    with pytest.raises(ValueError, match="a degree without any is never learned"):
        unseen_share(jnp.array([1.0, 0.0]))
    with pytest.raises(ValueError, match=r"eigenvalues have shape \(1,\)"):
        unseen_share(jnp.array([1.0]))
    with pytest.raises(ValueError, match=r"shape \(3,\); each of P axes must have length 2"):
        least_norm_interpolator(jnp.ones(3), np.ones(3, bool), jnp.ones(4))
    with pytest.raises(ValueError, match="the two must be the same cube"):
        least_norm_interpolator(jnp.ones(2), np.ones((2, 2), bool), jnp.ones(4))
    with pytest.raises(ValueError, match="2 eigenvalues are given; a function of 2 coordinates needs one more"):
        least_norm_interpolator(jnp.ones((2, 2)), np.ones((2, 2), bool), jnp.ones(2))
