"""Kernels as series in the angle: against closed forms written out, 50 digits and the recursion; the fast arccosine."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.kernels.angles import angular_kernel, angular_series, clenshaw, fast_angle
from theory.kernels.dense import kernels_at_gap
from theory.kernels.strategies import architectures, gaps
from theory.networks import Network, perceptron


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 3e-7), (np.float64, 6e-15)])
def test_the_fast_arccosine_keeps_its_digits_at_both_ends(dtype: type, tolerance: float) -> None:
    lack = np.concatenate([10.0 ** np.arange(-30, 0), np.linspace(0.2, 1.0, 60)]).astype(dtype)
    with mpmath.workdps(50):
        exact = np.array([float(2 * mpmath.asin(mpmath.sqrt(mpmath.mpf(float(g)) / 2))) for g in lack])
    assert_allclose(np.asarray(fast_angle(lack), float), exact, rtol=tolerance)
    assert_allclose(np.asarray(fast_angle(-lack), float), np.pi - exact, rtol=tolerance)
    assert fast_angle(np.array([0.0, -0.0], dtype)).tolist() == [0.0, float(dtype(np.pi))]


@pytest.mark.parametrize("size", [1.0, 0.3])
def test_relu_of_one_hidden_layer_written_out(size: float) -> None:
    theta = np.linspace(0.0, np.pi, 41)
    network = perceptron((4, 8, 1), parametrization="ntk", sigma_w=2**0.5)
    first = (np.sin(theta) + (np.pi - theta) * np.cos(theta)) / np.pi
    tangent = first + np.cos(theta) * (np.pi - theta) / np.pi
    assert_allclose(angular_kernel(network, theta, size, "nngp"), 2 * size**2 * first, atol=2e-13 * size**2)
    assert_allclose(angular_kernel(network, theta, size), 2 * size**2 * tangent, atol=2e-13 * size**2)


def test_erf_of_one_hidden_layer_written_out() -> None:
    theta, q = np.linspace(0.0, np.pi, 41), 1.5**2 * 0.8**2
    network = perceptron((4, 8, 1), activation="erf", parametrization="ntk", sigma_w=1.5)
    exact = 1.5**2 * 2 / np.pi * np.arcsin(2 * q * np.cos(theta) / (1 + 2 * q))
    assert_allclose(angular_kernel(network, theta, 0.8, "nngp"), exact, atol=1e-13)


@settings(max_examples=25)
@given(architectures(), gaps(1e-8), st.sampled_from((0.3, 1.0)), st.sampled_from(("nngp", "ntk")))
def test_the_series_is_the_recursion(network: Network, gap: float, size: float, kernel: str) -> None:
    exact, most = (float(getattr(kernels_at_gap(network, size**2, size**2, g), kernel)) for g in (gap, 0.0))
    theta = 2 * np.arctan2(np.sqrt(gap), np.sqrt(2 - gap))
    assert abs(float(angular_kernel(network, theta, size, kernel)) - exact) <= 3e-13 * most


@pytest.mark.parametrize("depth", [3, 50])
def test_deeper_networks_need_few_more_terms(depth: int) -> None:
    network = perceptron((4, *[8] * depth, 1), parametrization="ntk", sigma_w=2**0.5)
    assert len(angular_series(network, 1.0, "ntk", 2e-8)) <= 49
    assert len(angular_series(network, 1.0, "ntk")) <= 97


@given(st.floats(-1.0, 1.0), st.lists(st.floats(-2.0, 2.0), min_size=5, max_size=5))
def test_the_sum_of_a_series(x: float, coefficients: list[float]) -> None:
    exact = np.polynomial.chebyshev.chebval(x, coefficients)
    assert_allclose(clenshaw(np.array(x), np.array(coefficients)), exact, atol=1e-13)


def test_bad_input() -> None:
    network = perceptron((4, 8, 1))
    with pytest.raises(ValueError, match="theta = 4 is outside the allowed angles from 0 to pi"):
        angular_kernel(network, 4.0)
    with pytest.raises(ValueError, match="kernel = 'tangent' must be one of nngp, ntk"):
        angular_kernel(network, 1.0, kernel="tangent")
    with pytest.raises(ValueError, match="the ntk of this network has no series"):
        angular_kernel(perceptron((4, 8, 1), activation="step"), 1.0)
    with pytest.raises(ValueError, match="q1 = -1 is outside the allowed mean squares"):
        kernels_at_gap(network, -1.0, 1.0, 1.0)
