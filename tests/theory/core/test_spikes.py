"""Spikes against the bordered equations that outliers solve, by quadrature over the bulk, and in the limits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.optimize import brentq

from theory.core.spikes import (
    covariance_outlier,
    covariance_overlap,
    covariance_threshold,
    wigner_outlier,
    wigner_overlap,
)


def wishart_transform(z: float, c: float, power: int) -> float:
    """The integral of the Marchenko-Pastur law against (z - x)^-power, atom excluded, by the angle (c < 1)."""
    r = c**0.5
    f = lambda t: 2 / np.pi * np.sin(t) ** 2 / (1 + c + 2 * r * np.cos(t)) / (z - 1 - c - 2 * r * np.cos(t)) ** power
    return quad(f, 0, np.pi, epsabs=1e-13)[0]


@pytest.mark.parametrize(("spike", "c"), [(0.7, 0.25), (1.5, 0.25), (20.0, 0.25), (2.0, 0.9), (0.15, 0.01)])
def test_covariance_outlier_by_the_secular_equation(spike: float, c: float) -> None:
    """Population eigenvalue 1 + theta: an outlier z of the sample solves 1 + 1/theta = z g(z), with g the transform of
    the white sample's law (determinant of the sample with its spiked column bordered out)."""
    excess = lambda z: z * wishart_transform(z, c, 1) - 1 - 1 / spike
    edge = (1 + c**0.5) ** 2
    z = brentq(excess, edge * (1 + 1e-9), edge + 10 * (1 + spike), xtol=1e-13)
    assert_allclose(covariance_outlier(spike, c), z, rtol=1e-8)


@pytest.mark.parametrize(("spike", "c"), [(0.8, 0.25), (1.5, 0.25), (2.0, 0.9)])
def test_covariance_overlap_is_the_residue(spike: float, c: float) -> None:
    """Derivative of the location in the population's eigenvalue, times population over sample (Hellmann-Feynman)."""
    z, h = float(covariance_outlier(spike, c)), 1e-5
    slope = (float(covariance_outlier(spike + h, c)) - float(covariance_outlier(spike - h, c))) / (2 * h)
    assert_allclose(covariance_overlap(spike, c), slope * (1 + spike) / z, rtol=1e-8)


@pytest.mark.parametrize(("spike", "sigma"), [(1.2, 1.0), (2.0, 1.0), (3.0, 0.5)])
def test_wigner_by_quadrature(spike: float, sigma: float) -> None:
    """theta g(z) = 1 and overlap = -1/(theta^2 g'(z)) (Benaych-Georges and Nadakuditi 2011, Theorems 2.1 and 2.2)."""
    integral = lambda z, k: quad(
        lambda t: 2 / np.pi * np.cos(t) ** 2 / (z - 2 * sigma * np.sin(t)) ** k, -np.pi / 2, np.pi / 2, epsabs=1e-13
    )[0]
    z = brentq(lambda z: spike * integral(z, 1) - 1, 2 * sigma * (1 + 1e-9), 2 * sigma + 10 * spike, xtol=1e-13)
    assert_allclose(wigner_outlier(spike, sigma), z, rtol=1e-8)
    assert_allclose(wigner_overlap(spike, sigma), 1 / (spike**2 * integral(z, 2)), rtol=1e-7)


@given(st.floats(-2, 2), st.floats(-4, 4))
def test_continuous_monotone_and_bounded(log_ratio: float, log_spike: float) -> None:
    c, spike = 10.0**log_ratio, 10.0**log_spike
    where, seen = covariance_outlier(spike, c), covariance_overlap(spike, c)
    assert where >= (1 + c**0.5) ** 2 * (1 - 1e-12) and 0 <= seen <= 1
    assert (seen > 0) == (spike > covariance_threshold(c))
    assert covariance_outlier(spike * 1.01, c) >= where and covariance_overlap(spike * 1.01, c) >= seen


def test_limits() -> None:
    assert_allclose(covariance_outlier(1e8, 0.5), 1e8 + 1.5, rtol=1e-15)
    assert_allclose(covariance_outlier(jnp.array([0.0, 0.5]), 0.25), 2.25, rtol=1e-15)
    assert_allclose(covariance_overlap(3.0, 1e-12), 1, rtol=1e-11)
    assert wigner_overlap(jnp.array([0.0, 1.0])).tolist() == [0, 0]
    assert_allclose(wigner_outlier(jnp.array([0.0, 1e9]), 2.0), [4.0, 1e9], rtol=1e-15)
    assert np.isnan(jax.jit(wigner_outlier)(-1.0))
    for f in (covariance_outlier, covariance_overlap, wigner_outlier, wigner_overlap):
        assert f(jnp.float32(2.0), jnp.float32(0.5)).dtype == jnp.float32


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="spike = -1 is outside the allowed spikes at or above zero"):
        covariance_outlier(-1.0, 0.5)
    with pytest.raises(ValueError, match="ratio = 0 is outside the allowed numbers above zero"):
        covariance_overlap(1.0, 0.0)
