"""Usable information against least squares, quadrature of log-losses, sampling, and Shannon's information."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial import hermite_e
from numpy.testing import assert_allclose
from scipy.special import factorial

from theory.information.gaussian import correlation_information, plug_in_bias
from theory.information.strategies import log_uniform, seeds
from theory.information.usable import (
    fixed_spread_usable_information,
    held_out_usable_information,
    polynomial_usable_information,
)

NODES, WEIGHTS = hermite_e.hermegauss(60)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def best_fit(target: np.ndarray, degree: int) -> float:
    """Mean square that powers of x leave of the target, by weighted least squares on Gauss-Hermite nodes."""
    powers = NODES[:, None] ** np.arange(degree + 1)
    root = np.sqrt(WEIGHTS)
    left = root * target - root[:, None] * powers @ np.linalg.lstsq(root[:, None] * powers, root * target)[0]
    return float((left**2).sum())


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 4, 7])
def test_degrees_by_least_squares_on_powers(degree: int) -> None:
    a, s = np.array([0.3, -0.9, 0.5, 0.7]), 0.6
    target = sum(w * hermite_e.hermeval(NODES, np.eye(j + 1)[j]) / factorial(j) ** 0.5 for j, w in enumerate(a, 1))
    total = (WEIGHTS * (target - (WEIGHTS * target).sum()) ** 2).sum() + s**2
    assert_allclose(
        polynomial_usable_information(a, s, degree),
        0.5 * np.log(total / (best_fit(target, degree) + s**2)),
        rtol=1e-9,
        atol=1e-12,
    )


def test_extremes_of_the_degrees() -> None:
    one = polynomial_usable_information(jnp.array([0.75]), (1 - 0.75**2) ** 0.5, 1)
    assert_allclose(one, correlation_information(0.75), rtol=1e-14)  # Gaussian: Shannon's
    assert_allclose(polynomial_usable_information(jnp.array([1e-9]), 1.0, 1), 5e-19, rtol=1e-12)
    assert_allclose(polynomial_usable_information(jnp.array([1e200, 1e190]), 1e190, 1), 10 * np.log(10) - np.log(2) / 2)
    traced = jax.jit(lambda s: polynomial_usable_information(jnp.array([1.0]), s, 1))
    assert np.isnan(traced(-1.0))


@settings(max_examples=30)
@given(seeds(), log_uniform(1e-3, 1e3))
def test_order_of_degrees(seed: int, noise: float) -> None:
    """Nothing at degree zero, never less with a higher degree, all of it from the last weight on; scale free."""
    a = np.random.default_rng(seed).standard_normal(4)
    values = np.array([polynomial_usable_information(a, noise, k) for k in range(6)])
    assert values[0] == 0 and (np.diff(values) >= 0).all() and values[4] == values[5]
    assert_allclose(values[4], 0.5 * np.log1p((a**2).sum() / noise**2), rtol=1e-12)
    assert_allclose(polynomial_usable_information(3 * a, 3 * noise, 2), values[2], rtol=1e-12)


def test_usable_information_exceeds_shannons() -> None:
    """Y = X^2 + sZ and quadratic predictors: the excess is what Y's own law lacks to a Gaussian entropy."""
    s, y = 0.5, np.linspace(-6, 60, 40001)
    density = sum(w * np.exp(-((y - x**2) ** 2) / (2 * s**2)) for x, w in zip(*hermite_e.hermegauss(120), strict=True))
    density /= density.sum() * (y[1] - y[0])
    logs = np.log(np.where(density > 0, density, 1.0))
    shannon = -(density * logs).sum() * (y[1] - y[0]) - 0.5 * np.log(2 * np.pi * np.e * s**2)
    usable = float(polynomial_usable_information(jnp.array([0.0, 2**0.5]), s, 2))
    gaussian = 0.5 * np.log(2 * np.pi * np.e * (2 + s**2))
    assert usable > shannon + 0.2
    assert_allclose(usable - shannon, gaussian + (density * logs).sum() * (y[1] - y[0]), atol=1e-9)


@settings(max_examples=20)
@given(seeds(), log_uniform(0.01, 100.0))
def test_fixed_spread_is_the_gain_in_expected_log_loss(seed: int, spread: float) -> None:
    """By the losses of the best linear and of the constant predictor on a finite population, not Gaussian at all."""
    rng = np.random.default_rng(seed)
    x, y = rng.gamma(1.0, size=(50, 3)), rng.uniform(size=(50, 2))
    y[:, 0] += x[:, 0] ** 2
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    left = y - x @ np.linalg.lstsq(x, y)[0]
    gain = ((y**2).sum() - (left**2).sum()) / 50 / (2 * spread**2)
    assert_allclose(fixed_spread_usable_information(x.T @ x / 50, x.T @ y / 50, spread), gain, rtol=1e-9)


@pytest.mark.parametrize(("n", "p", "explained"), [(16, 3, 0.0), (30, 8, 0.5), (60, 2, 0.9)])
def test_held_out_by_sampling(n: int, p: int, explained: float) -> None:
    """Log-losses of 8,000 fits on 50 new samples each: within 4.5 standard errors."""
    rng, fits = np.random.default_rng([n, p]), 8000
    slope = (explained / (1 - explained) / p) ** 0.5
    x, new = rng.standard_normal((fits, n, p)), rng.standard_normal((fits, 50, p))
    y, to = (slope * z.sum(axis=2) + rng.standard_normal(z.shape[:2]) for z in (x, new))
    full, mean = np.concatenate([x, np.ones((fits, n, 1))], axis=2), y.mean(axis=1, keepdims=True)
    b = np.linalg.solve(full.swapaxes(1, 2) @ full, np.einsum("fnp,fn->fp", full, y)[..., None])
    left = y - (full @ b)[..., 0]
    ahead = to - (new @ b[:, :p])[..., 0] - b[:, p]

    def loss(errors: np.ndarray, fitted: np.ndarray) -> np.ndarray:
        square = (fitted**2).mean(axis=1)
        return 0.5 * (np.log(square) + (errors**2).mean(axis=1) / square)

    gains = loss(to - mean, y - mean) - loss(ahead, left)
    assert abs(gains.mean() - held_out_usable_information(n, p, explained)) < 4.5 * gains.std() / fits**0.5


def test_held_out_limits() -> None:
    truth, n = 0.5 * np.log(2), 10**6
    assert_allclose(n * (held_out_usable_information(n, 5, 0.5) - truth), -2.5, rtol=1e-3)
    assert_allclose(plug_in_bias(n, 5, 1) * n, 2.5, rtol=1e-3)  # as much above it on its own sample
    assert held_out_usable_information(12, 8, 0.5) < -1
    assert held_out_usable_information(100, 8, 0.5) < truth


@given(st.integers(1, 20), st.floats(0, 0.99), st.integers(1, 200))
def test_more_samples_help_and_more_features_cost(p: int, explained: float, more: int) -> None:
    n = p + 4 + more
    here = held_out_usable_information(n, p, explained)
    assert here <= held_out_usable_information(n + 1, p, explained) + 1e-9
    assert held_out_usable_information(n, p + 1, explained) < here if more > 1 else True
    assert here < -0.5 * np.log1p(-explained)


def test_bad_input() -> None:
    one = jnp.eye(1)
    for call, sentence in (
        (lambda: polynomial_usable_information(one, 1.0, 1), "one number for each degree"),
        (lambda: polynomial_usable_information(jnp.ones(2), 0.0, 1), "without noise the information is infinite"),
        (lambda: polynomial_usable_information(jnp.ones(2), 1.0, -1), "degree = -1 is below"),
        (lambda: fixed_spread_usable_information(one, jnp.ones((2, 1)), 1.0), "do not fit together"),
        (lambda: fixed_spread_usable_information(-one, one, 1.0), "positive definite"),
        (lambda: fixed_spread_usable_information(one, one, 0.0), "spread = 0 is outside"),
        (lambda: held_out_usable_information(11, 8, 0.5), "below the least allowed, 12"),
        (lambda: held_out_usable_information(20, 8, 1.0), "must lie in"),
    ):
        with pytest.raises(ValueError, match=sentence):
            call()


def test_faint_noise() -> None:
    assert_allclose(polynomial_usable_information(jnp.array([1.0]), 1e-300, 1), 300 * np.log(10), rtol=1e-14)
