"""Losses against quadrature of the spectral density, high precision, sampled data, and their limits."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import integrate
from scipy.special import erf, erfinv

from theory.deep_linear.late_generalization import (
    accuracy,
    generalization_time,
    late_rate,
    loss_at_accuracy,
    population_loss,
    training_loss,
    training_time,
)

LOSSES = jax.jit(lambda t, ratio: (population_loss(t, ratio), training_loss(t, ratio)))


def by_density(t: float, ratio: float, power: int) -> float:
    """The integral of nu^power e^(-2 nu t) over the density, roots at the edges as weights, and the mass at zero."""
    a, b = (1 - ratio**0.5) ** 2, (1 + ratio**0.5) ** 2
    inner = lambda nu: nu ** (power - 1) * math.exp(-2 * nu * t) / (2 * math.pi * ratio)
    bulk = integrate.quad(inner, a, b, weight="alg", wvar=(0.5, 0.5), epsabs=1e-13, limit=500)[0]
    return bulk + (max(0.0, 1 - 1 / ratio) if power == 0 else 0.0)


@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.9, 0.97, 1.1, 3.0])
@pytest.mark.parametrize("t", [0.0, 0.3, 2.0, 20.0])
def test_losses_by_quadrature_of_the_density(t, ratio):
    gen, train = LOSSES(t, ratio)
    assert_allclose(gen, by_density(t, ratio, 0), rtol=1e-9, atol=1e-11)
    assert_allclose(train, by_density(t, ratio, 1), rtol=1e-9, atol=1e-11)


def test_losses_of_as_many_examples_as_dimensions():
    """lambda = 1: Bessel functions, e^(-4t)(I_0 + I_1)(4t), and its derivative, at early and very late times."""
    from scipy.special import ive

    t = np.array([0.0, 0.1, 1.0, 30.0, 1e3, 1e4])
    gen, train = LOSSES(t, np.ones(6))
    assert_allclose(gen, ive(0, 4 * t) + ive(1, 4 * t), rtol=1e-11)
    late = np.where(t > 0, ive(1, 4 * t) / np.where(t > 0, 2 * t, 1), 1.0)
    assert_allclose(train, late, rtol=1e-9)


def test_the_two_routes_meet_where_they_are_exchanged():
    for edge in (math.exp(0.04), math.exp(-0.04)):
        t = np.array([0.1, 1.0, 10.0, 1e3])
        inside, outside = (LOSSES(t, np.full(4, edge ** (1 + s)))[0] for s in (-1e-12, 1e-12))
        assert_allclose(inside, outside, rtol=1e-9)


@given(st.floats(0.02, 30.0), st.floats(0.0, 50.0))
def test_training_loss_is_the_fall_of_the_population_loss(ratio, t):
    gen, train = LOSSES(t, ratio)
    slope = jax.grad(lambda t: population_loss(t, ratio))(t)
    assert_allclose(train, -slope / 2, rtol=1e-8, atol=1e-12)
    floor = max(0.0, 1 - 1 / ratio)
    assert floor - 1e-12 <= float(gen) <= 1 + 1e-12
    assert -1e-15 <= float(train) <= 1 + 1e-12


@pytest.mark.parametrize("ratio", [0.5, 2.0])
def test_losses_by_sampled_data(ratio):
    """The mean over 40 data sets of d = 200: the next order is 1/d."""
    rng, d = np.random.default_rng(1), 200
    nu = np.stack([np.linalg.svd(rng.standard_normal((round(d / ratio), d)), compute_uv=False) for _ in range(40)]) ** 2
    nu = np.concatenate([nu / (d / ratio), np.zeros((40, d - nu.shape[1]))], 1)
    for t in (0.2, 1.0, 5.0):
        gen, train = np.exp(-2 * nu * t).mean(1), (nu * np.exp(-2 * nu * t)).mean(1)
        for sample, closed in zip((gen, train), LOSSES(t, ratio), strict=True):
            assert abs(sample.mean() - float(closed)) < 4.5 * sample.std() / 40**0.5 + 0.5 / d


def test_late_rate_is_the_late_slope():
    """Slope of log L_gen, from which the power t^(-3/2) of the spectrum's edge is taken out."""
    t = np.array([150.0, 300.0])
    for ratio in (0.09, 0.49):
        gen = np.asarray(LOSSES(t, np.full(2, ratio))[0])
        assert_allclose(-np.diff(np.log(gen) + 1.5 * np.log(t))[0] / 150, late_rate(ratio), rtol=2e-3)
    assert float(late_rate(1.0)) == 0
    assert_allclose(late_rate(4.0), 2.0)


def test_accuracy_and_its_inverse():
    loss, tolerance = np.array([1e-8, 0.1, 3.0]), 0.02
    assert_allclose(accuracy(loss, tolerance), erf(np.sqrt(tolerance / (2 * loss))), rtol=1e-12)
    share = np.array([1e-6, 0.3, 0.95, 0.999])
    assert_allclose(loss_at_accuracy(share, tolerance), tolerance / (2 * erfinv(share) ** 2), rtol=1e-9)
    assert float(accuracy(0.0, 1.0)) == 1


@given(st.floats(0.02, 0.95), st.floats(0.001, 0.9))
def test_generalization_comes_after_training(ratio, level):
    early, late = float(training_time(level, ratio)), float(generalization_time(level, ratio))
    assert not early > late
    if math.isfinite(late):
        assert_allclose(LOSSES(early, ratio)[1], level, rtol=1e-7)
        assert_allclose(LOSSES(late, ratio)[0], level, rtol=1e-7)


def test_too_few_examples_never_generalize():
    assert bool(jnp.isnan(generalization_time(0.4, 2.0)))
    assert float(generalization_time(0.6, 2.0)) > float(training_time(0.6, 2.0))
    assert float(generalization_time(1.0, 0.5)) < 1e-12


def test_bad_input_and_transformations():
    with pytest.raises(ValueError, match="times = -1 is outside the allowed times from 0 to 10000"):
        population_loss(-1.0, 0.5)
    with pytest.raises(ValueError, match="ratio = 0 is outside the allowed ratios above zero"):
        training_loss(1.0, 0.0)
    with pytest.raises(ValueError, match="share = 1 is outside"):
        loss_at_accuracy(1.0, 0.1)
    with pytest.raises(ValueError, match="level = 2 is outside"):
        training_time(2.0, 0.5)
    with pytest.raises(ValueError, match="tolerance = 0 is outside"):
        accuracy(1.0, 0.0)
    assert bool(jnp.isnan(LOSSES(-1.0, 0.5)[0]))
    assert population_loss(jnp.float32(1.0), jnp.float32(0.5)).dtype == jnp.float32
