"""Features of rectified layers by quadrature, by networks written down unit by unit, and by their symmetries."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from numpy.testing import assert_allclose
from scipy import integrate

from theory.deep_linear.absent_features import hidden_feature, output_feature, output_probe
from theory.deep_linear.strategies import slope_pairs


def relu(u):
    return np.maximum(u, 0.0)


def gaussian_mean(f):
    density = lambda u: math.exp(-u * u / 2) / math.sqrt(2 * math.pi)
    halves = [integrate.quad(lambda u: f(u) * density(u), *ends, epsabs=1e-13)[0] for ends in ((-9, 0), (0, 9))]
    return sum(halves)


def units(p, q, rng, count=3):
    """Balanced units along the direction and against it that add up to the target, in random shares."""
    shares = np.concatenate([np.abs(slope) * rng.dirichlet(np.ones(count)) for slope in (p, q)])
    signs = np.repeat(np.sign([p, q]), count)
    return np.sqrt(shares) * np.repeat([1.0, -1.0], count), np.sqrt(shares) * signs


@pytest.mark.parametrize(("p", "q"), [(1.0, 1.0), (1.3, 0.7), (2.0, -0.5), (-1.0, -3.0), (0.7, 0.0)])
def test_weights_of_networks_written_down_by_quadrature(p, q):
    w, a = units(p, q, np.random.default_rng(3))
    f = lambda u: float(a @ relu(w * u))
    assert_allclose(f(0.7), p * 0.7, rtol=1e-12)
    assert_allclose(f(-0.7), q * 0.7, atol=1e-12)
    hidden = [gaussian_mean(lambda u, wi=wi: max(wi * u, 0.0) * u) for wi in w]
    assert_allclose(hidden_feature(p, q), np.linalg.norm(hidden), rtol=1e-10)
    assert_allclose(output_feature(p, q), abs(gaussian_mean(lambda u: f(u) * u)), atol=1e-10)
    variance = gaussian_mean(lambda u: f(u) ** 2) - gaussian_mean(f) ** 2
    assert_allclose(output_probe(p, q), gaussian_mean(lambda u: f(u) * u) ** 2 / variance, atol=1e-10)


@given(slope_pairs())
def test_weights_know_neither_the_side_nor_the_sign(slopes):
    p, q = slopes
    for form in (hidden_feature, output_feature, output_probe):
        assert_allclose(form(p, q), form(q, p), rtol=1e-12)
        assert_allclose(form(p, q), form(-p, -q), rtol=1e-12)


@given(slope_pairs())
def test_the_output_never_carries_more_than_balanced_layers_below_it(slopes):
    """|p - q| <= |p| + |q|: the output's weight is at most twice the squared weight of the hidden layer."""
    p, q = slopes
    assert output_feature(p, q) <= 2 * hidden_feature(p, q) ** 2 * (1 + 1e-12)
    assert 0 <= output_probe(p, q) <= 1


@given(slope_pairs())
def test_weights_scale_with_the_length_as_layers_share_it(slopes):
    p, q = slopes
    assert_allclose(hidden_feature(p, q, 4.0), 2 * hidden_feature(p, q), rtol=1e-12)
    assert_allclose(output_feature(p, q, 4.0), 4 * output_feature(p, q), rtol=1e-12)
    assert_allclose(output_probe(1e160 * p, 1e160 * q), output_probe(p, q), rtol=1e-12)


def test_even_targets_have_no_linear_feature_above_and_all_of_it_below():
    assert output_feature(2.0, 2.0) == output_probe(2.0, 2.0) == 0.0
    u = np.random.default_rng(0).standard_normal(50)
    below = np.stack([relu(u), relu(-u)])
    assert_allclose(np.linalg.lstsq(below.T, u, rcond=None)[0], [1.0, -1.0], atol=1e-12)


def test_probe_of_an_almost_linear_target_loses_the_right_amount():
    from mpmath import mp, mpf

    with mp.workdps(40):
        p, q = mpf(1), mpf(-1) + mpf("1e-9")
        odd = (p - q) ** 2 / 4
        exact = 1 - odd / ((p**2 + q**2) / 2 - (p + q) ** 2 / (2 * mp.pi))
    assert_allclose(1 - output_probe(1.0, -1.0 + 1e-9), float(exact), atol=2e-16)
    assert output_probe(0.0, 0.0) == 0.0
    assert jnp.isfinite(jax.grad(output_probe)(1.0, 0.5))


def test_negative_lengths_are_refused():
    with pytest.raises(ValueError, match="length = -1 is outside the allowed lengths at or above zero"):
        hidden_feature(1.0, 1.0, -1.0)
    with pytest.raises(ValueError, match="finite"):
        output_probe(np.nan, 1.0)
