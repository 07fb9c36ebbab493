"""The Gaussian bottleneck against its own Lagrangian, minimized and perturbed."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from theory.information.gaussian_bottleneck import (
    critical_betas,
    gaussian_bottleneck,
    gaussian_bottleneck_curve,
    gaussian_bottleneck_encoder,
)
from theory.information.strategies import canonical, log_uniform


def covariances(rho: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of X and Y with these canonical correlations, both mixed at random."""
    rng, d = np.random.default_rng(seed), len(rho)
    a, b = (np.eye(d) + 0.3 * rng.standard_normal((d, d)) for _ in range(2))
    return a @ a.T, a @ np.diag(rho) @ b.T, b @ b.T


def plane(encoder: np.ndarray, sx: np.ndarray, sxy: np.ndarray, sy: np.ndarray) -> np.ndarray:
    given_y = sx - sxy @ np.linalg.solve(sy, sxy.T)
    total, rest = (np.linalg.slogdet(np.eye(len(encoder)) + encoder @ s @ encoder.T)[1] / 2 for s in (sx, given_y))
    return np.array([total, total - rest])


def test_published_points() -> None:
    rho = jnp.array([0.9, 0.6, 0.3])
    assert_allclose(critical_betas(rho), [1.2345679, 2.7777778, 11.1111111], rtol=1e-7)
    points = gaussian_bottleneck(jnp.array([1.2, 2.0, 5.0, 20.0, 100.0]), rho)
    assert_allclose(points[0], [0, 0.725005, 1.823617, 3.697164, 6.173185], atol=1e-6)
    assert_allclose(points[1], [0, 0.483792, 0.830366, 1.023725, 1.085589], atol=1e-6)


@pytest.mark.parametrize("beta", [1.1, 2.0, 30.0])
def test_minimized_lagrangian(beta: float) -> None:
    """BFGS on the entries of the encoder finds neither a lower value nor another point."""
    rho = np.array([0.85, 0.4])
    sigma = covariances(rho, 3)
    value = lambda a: (p := plane(a.reshape(2, 2), *sigma))[0] - beta * p[1]
    best = min(
        (minimize(value, 0.5 * np.random.default_rng(s).standard_normal(4)) for s in range(4)), key=lambda m: m.fun
    )
    point = np.asarray(gaussian_bottleneck(beta, rho))
    assert_allclose(best.fun, point[0] - beta * point[1], atol=1e-7)
    assert_allclose(plane(best.x.reshape(2, 2), *sigma), point, atol=2e-3)


@settings(max_examples=40)
@given(canonical(), log_uniform(1.01, 1e4), st.integers(0, 1000))
def test_encoder_attains_the_point(rho: np.ndarray, beta: float, seed: int) -> None:
    sigma = covariances(rho, seed)
    encoder = np.asarray(gaussian_bottleneck_encoder(beta, *sigma))
    assert_allclose(plane(encoder, *sigma), gaussian_bottleneck(beta, rho), atol=1e-7)


@settings(max_examples=40)
@given(canonical(), log_uniform(0.5, 1e4))
def test_curve_passes_through_the_points_with_slope_one_over_beta(rho: np.ndarray, beta: float) -> None:
    inside, about = gaussian_bottleneck(beta, rho)
    assert_allclose(gaussian_bottleneck_curve(inside, rho), about, atol=1e-10)
    slope = jax.grad(lambda i: gaussian_bottleneck_curve(i, rho))(inside + 0.0)
    least = float(critical_betas(jnp.array(rho)).min())
    assert_allclose(slope, 1 / max(beta, least), rtol=1e-8)


@given(canonical(), st.floats(0, 20), st.floats(0, 20))
def test_curve_is_concave_and_bounded(rho: np.ndarray, a: float, b: float) -> None:
    """Below both the data processing bound I_X and I(X;Y); nothing for nothing."""
    f = lambda i: float(gaussian_bottleneck_curve(jnp.array(i), rho))
    assert f((a + b) / 2) >= (f(a) + f(b)) / 2 - 1e-12
    assert f(a) <= min(a, float(-0.5 * np.log1p(-(rho**2)).sum())) + 1e-12
    assert abs(f(0.0)) < 1e-14  # rounding of logarithms of up to 6


def test_extremes() -> None:
    """Beta at the critical value keeps nothing; infinite beta all of I(X;Y); one mode by hand."""
    rho = jnp.array([0.5])
    assert_allclose(gaussian_bottleneck(4.0, rho), 0)
    assert_allclose(gaussian_bottleneck(1e15, rho)[1], -0.5 * np.log(0.75), rtol=1e-12)
    assert_allclose(gaussian_bottleneck(4 * (1 + 1e-9), rho)[0], 0.5 * 4e-9 / 3, rtol=1e-6)
    assert_allclose(gaussian_bottleneck(8.0, rho), [0.5 * np.log(7 / 3), 0.5 * np.log(7 / 6)], rtol=1e-14)
    assert_allclose(gaussian_bottleneck(jnp.array([9.0, 1.0]), jnp.array([0.0])), 0)


def test_bad_input() -> None:
    one = np.eye(1)
    with pytest.raises(ValueError, match="above zero"):
        gaussian_bottleneck(0.0, jnp.array([0.5]))
    with pytest.raises(ValueError, match="between -1 and 1"):
        critical_betas(jnp.array([1.0]))
    with pytest.raises(ValueError, match="other than zero"):
        gaussian_bottleneck_curve(1.0, jnp.array([0.5, 0.0]))
    with pytest.raises(ValueError, match="at or above zero"):
        gaussian_bottleneck_curve(-1.0, jnp.array([0.5]))
    with pytest.raises(ValueError, match="positive definite"):
        gaussian_bottleneck_encoder(2.0, one, 1.1 * one, one)
    with pytest.raises(ValueError, match="numbers above zero"):
        gaussian_bottleneck_encoder(-2.0, one, 0.5 * one, one)
