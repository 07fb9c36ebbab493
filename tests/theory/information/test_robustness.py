"""Moves of the mean of a representation: linear maps exactly, random networks by quadrature, within the bounds."""

import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.information.cauchy_schwarz import gaussian_cauchy_schwarz
from theory.information.gaussian_overlap import gaussian_vector_cauchy_schwarz
from theory.information.robustness import correlation_held, first_order_shift, linear_shift, shift_bound
from theory.information.strategies import log_uniform, seeds

GRID = np.linspace(-12, 12, 2401)
WEIGHTS = np.exp(-(GRID**2) / 2) / np.exp(-(GRID**2) / 2).sum()


def network(seed: int, gain: float):
    """A random tanh unit sum of one input, and its derivative."""
    w, b, a = np.random.default_rng(seed).standard_normal((3, 5))
    inner = lambda x: np.tanh(gain * (np.multiply.outer(x, w) + b))
    return lambda x: inner(x) @ a, lambda x: gain * (1 - inner(x) ** 2) @ (a * w)


def moments(values: np.ndarray) -> tuple[float, float]:
    mean = WEIGHTS @ values
    return mean, (WEIGHTS @ (values - mean) ** 2) ** 0.5


@pytest.mark.parametrize("rho", [1e-8, 1e-3, 0.3, 0.8, 0.99, 1 - 1e-9])
def test_inverse_returns(rho: float) -> None:
    assert_allclose(correlation_held(gaussian_cauchy_schwarz(rho)), rho, rtol=1e-9)


@pytest.mark.parametrize("information", [1e-200, 1e-12, 0.1, 1.0, 20.0, 300.0, 699.0])
def test_odds_in_many_digits(information: float) -> None:
    """The quadratic of the inverse solved with 1400 digits."""
    with mpmath.workdps(1400):
        grown = mpmath.exp(2 * mpmath.mpf(information))
        square = -(8 * grown - 4) + mpmath.sqrt((8 * grown - 4) ** 2 + 16 * (grown - 1))
        rho, odds = float(mpmath.sqrt(square)), float(mpmath.sqrt(square / (1 - square)))
    assert_allclose(correlation_held(information), rho, rtol=1e-14)
    assert_allclose(linear_shift(information, 1.0), odds, rtol=1e-12)


@given(seeds(), log_uniform(0.1, 10.0), log_uniform(0.1, 10.0), log_uniform(0.01, 10.0))
def test_linear_maps_move_exactly_so_far(seed: int, spread: float, noise: float, length: float) -> None:
    """Information from the joint covariance of three inputs and T; no direction moves T further than along w."""
    rng = np.random.default_rng(seed)
    w = rng.standard_normal(3)
    joint = np.zeros((4, 4))
    joint[:3, :3] = spread**2 * np.eye(3)
    joint[3, :3] = joint[:3, 3] = spread**2 * w
    joint[3, 3] = spread**2 * w @ w + noise**2
    expected = linear_shift(gaussian_vector_cauchy_schwarz(joint, 3), length, spread, noise)
    assert_allclose(length * np.linalg.norm(w), expected, rtol=1e-8)
    directions = rng.standard_normal((20, 3))
    moves = length * directions @ w / np.linalg.norm(directions, axis=1)
    assert (np.abs(moves) <= float(expected) * (1 + 1e-8)).all()
    assert_allclose(first_order_shift(spread * np.linalg.norm(w), length, spread), expected, rtol=1e-8)


@given(seeds(), log_uniform(1e-3, 4.0), st.floats(0.01, 3.0))
def test_networks_stay_within(seed: int, gain: float, length: float) -> None:
    """The derivative's mean against the first order, the move itself against the bound at any length."""
    h, slope = network(seed, gain)
    mean, deviation = moments(h(GRID))
    assert abs(WEIGHTS @ slope(GRID)) <= float(first_order_shift(deviation, 1.0)) * (1 + 1e-8)
    for sign in (-1, 1):
        moved = moments(h(GRID + sign * length))[0] - mean
        assert abs(moved) <= float(shift_bound(deviation, length)) * (1 + 1e-8)


@pytest.mark.parametrize("length", [0.1, 1.0, 2.0])
def test_bound_is_attained(length: float) -> None:
    """By the ratio of densities; a step, as steep as h can be, stays within."""
    h = lambda x: np.exp(length * x)
    mean, deviation = moments(h(GRID))
    assert_allclose(moments(h(GRID + length))[0] - mean, shift_bound(deviation, length), rtol=1e-8)
    step = lambda x: (x > 0.3).astype(float)
    mean, deviation = moments(step(GRID))
    assert abs(moments(step(GRID + length))[0] - mean) < float(shift_bound(deviation, length))


def test_scales_and_limits() -> None:
    """Only length over spread counts; short changes are first order; nothing held, nothing moved."""
    assert_allclose(shift_bound(2.0, 3.0, 6.0), 2 * shift_bound(1.0, 0.5), rtol=1e-14)
    assert_allclose(shift_bound(2.0, 1e-9), first_order_shift(2.0, 1e-9), rtol=1e-12)
    assert float(linear_shift(0.0, 5.0)) == 0 and float(correlation_held(0.0)) == 0
    assert_allclose(linear_shift(1e-10, 1.0), 2e-5, rtol=1e-9)  # I = rho^2/4
    assert linear_shift(jnp.array([0.1, 0.2]), 1.0, 2.0, jnp.array([1.0, 3.0])).shape == (2,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: correlation_held(-0.1), "information = -0.1 is outside the allowed nats from zero to 700"),
        (lambda: linear_shift(701.0, 1.0), "information = 701 is outside"),
        (lambda: linear_shift(jnp.nan, 1.0), "information = nan is outside"),
        (lambda: linear_shift(0.1, -1.0), "length = -1 is outside"),
        (lambda: linear_shift(0.1, 1.0, 0.0), "spread = 0 is outside"),
        (lambda: linear_shift(0.1, 1.0, 1.0, -2.0), "noise = -2 is outside"),
        (lambda: first_order_shift(-1.0, 1.0), "deviation = -1 is outside"),
        (lambda: shift_bound(1.0, 27.0), "length in spreads = 27 is outside"),
    ],
)
def test_bad_input(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
