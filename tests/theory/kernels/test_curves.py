"""Curves through layers against closed moments, the kernel's own derivatives, 30 digits and a wide random network."""

from math import pi

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.kernels.curves import curve_through_layers, stationary_curvature
from theory.kernels.dense import kernels
from theory.kernels.strategies import input_curves, smooth_networks
from theory.networks import Activation, perceptron


def test_erf_in_closed_form() -> None:
    """F(K) = 2/pi arcsin(2K/(1 + 2q)): E phi'^2 = 4/(pi sqrt(1 + 4q)), E phi''^2 = 16 q/(pi (1 + 4q)^(3/2))."""
    for q in (0.01, 1.0, 20.0):
        network = perceptron((2, 8, 1), activation="erf", parametrization="ntk")
        curve = curve_through_layers(network, q, 1.0, 1.0)
        slope, bend = 4 / pi / np.sqrt(1 + 4 * q), 16 * q / pi / (1 + 4 * q) ** 1.5
        assert_allclose(curve.size[1], 2 / pi * np.arcsin(2 * q / (1 + 2 * q)), rtol=1e-11)
        assert_allclose(curve.metric[1], slope, rtol=1e-11)
        assert_allclose(curve.curvature_square[1], 1 / slope + 3 * bend / slope**2, rtol=1e-11)


def test_tanh_with_30_digits() -> None:
    q = mp.mpf("1.7")
    with mp.workdps(30):
        f = lambda order: mp.quad(
            lambda z: mp.diff(mp.tanh, mp.sqrt(q) * z, order) ** 2 * mp.npdf(z), [-12, -3, 0, 3, 12]
        )
        slope, bend = f(1), f(2)
    curve = curve_through_layers(perceptron((2, 8, 1), activation="tanh", parametrization="ntk"), 1.7, 1.0, 0.5)
    assert_allclose(curve.metric[1], float(slope), rtol=1e-9)
    assert_allclose(curve.curvature_square[1], float(0.5 / slope + 3 * bend / slope**2), rtol=1e-8)


def test_derivatives_of_the_kernel() -> None:
    """On a circle K(angle) gives g = -K''(0) and g^2 kappa^2 = K''''(0), by finite differences in long steps."""
    network = perceptron((2, 8, 8, 1), activation="gelu", parametrization="ntk", sigma_w=1.3, sigma_b=0.2)
    h, at = 0.02, np.arange(-4, 5)
    x = 2**0.5 * np.stack([np.cos(h * at), np.sin(h * at)], 1)
    K = np.asarray(kernels(network, x[4:5], x).nngp)[0]
    powers = np.vander(h * at, 9, increasing=True)
    taylor = np.linalg.solve(powers, K)
    curve = curve_through_layers(network, 1.0, 1.0, 1.0)
    assert_allclose(curve.size[-1], taylor[0], rtol=1e-10)
    assert_allclose(curve.metric[-1], -2 * taylor[2], rtol=1e-6)
    assert_allclose(curve.curvature_square[-1] * curve.metric[-1] ** 2, 24 * taylor[4], rtol=1e-3)


def test_against_one_wide_network() -> None:
    """One layer of 20000 units: 2 % of sampling; the curve is no circle but lies on the sphere."""
    rng = np.random.default_rng(3)
    x, v, a = rng.standard_normal((3, 4))
    x /= np.linalg.norm(x)
    v -= (v @ x) * x
    network = perceptron((4, 20000, 1), activation="sin", parametrization="ntk", sigma_w=1.5)
    params = network.init(jax.random.key(0))

    def through(t):
        point = x * jnp.cos(t) + v * jnp.sin(t) / np.linalg.norm(v) * (1 + 0 * t)
        return jnp.sin(network.preactivations(params, 2 * point)[0])

    h1, h2 = jax.jit(lambda t: (jax.jacfwd(through)(t), jax.jacfwd(jax.jacfwd(through))(t)))(0.3)
    square = 20000 * float((h2 @ h2 * (h1 @ h1) - (h1 @ h2) ** 2) / (h1 @ h1) ** 3)
    curve = curve_through_layers(network, 1.0, 1.0, 1.0)
    assert_allclose(float(h1 @ h1) / 20000 * 1.5**2, curve.metric[1], rtol=0.03)
    assert_allclose(square / 1.5**2, curve.curvature_square[1], rtol=0.04)


def test_where_chaos_saturates() -> None:
    network = perceptron((2, *[8] * 80, 1), activation="erf", parametrization="ntk", sigma_w=2.5, sigma_b=0.3)
    curve = curve_through_layers(network, 1.0, 1.0, 1.0)
    q = float(curve.size[-1])
    stretch, bend = 6.25 * 4 / pi / np.sqrt(1 + 4 * q), 6.25 * 16 * q / pi / (1 + 4 * q) ** 1.5
    assert_allclose(curve.metric[-1] / curve.metric[-2], stretch, rtol=1e-10)
    assert_allclose(curve.curvature_square[-1], stationary_curvature(stretch, bend), rtol=1e-10)
    assert stationary_curvature(1.0, 1.0) == jnp.inf


@settings(max_examples=25)
@given(smooth_networks(), input_curves(), st.floats(0.1, 10.0))
def test_properties(network, curve, faster: float) -> None:
    """Metrics are linear in the metric, curvature is blind to it and grows with the curve's own; bends only add."""
    size, metric, square = curve
    through = curve_through_layers(network, size, metric, square)
    other = curve_through_layers(network, size, faster * metric, square)
    assert_allclose(other.metric, faster * through.metric, rtol=1e-12)
    assert_allclose(other.curvature_square, through.curvature_square, rtol=1e-12)
    straight = curve_through_layers(network, size, metric, 0.0)
    flattened = square * metric / np.asarray(through.metric)
    assert_allclose(through.curvature_square, straight.curvature_square + flattened, rtol=1e-10)


def test_linear_networks_only_scale() -> None:
    curve = curve_through_layers(
        perceptron((3, 8, 1), activation="linear", parametrization="ntk", sigma_w=2.0), 1.0, 1.0, 5.0
    )
    assert_allclose(curve.metric, [4.0, 16.0], rtol=1e-12)
    assert_allclose(curve.curvature_square, [5 / 4, 5 / 16], rtol=1e-12)


def test_transformations_and_bad_input() -> None:
    network = perceptron((2, 8, 1), activation="erf", parametrization="ntk")
    f = lambda q: curve_through_layers(network, q, 1.0, 1.0).metric[-1]
    q = jnp.array([0.5, 2.0])
    assert_allclose(jax.jit(jax.vmap(f))(q), f(q), rtol=1e-12)
    assert f(jnp.array(0.5, jnp.float32)).dtype == jnp.float32
    assert jnp.isnan(jax.jit(f)(-1.0))
    for kinked in ("relu", "abs", Activation("leaky_relu").name):
        with pytest.raises(ValueError, match=f"activation '{kinked}' has a kink at zero"):
            curve_through_layers(perceptron((2, 8, 1), activation=kinked), 1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="metric = -1 is outside the allowed values at or above 0"):
        curve_through_layers(network, 1.0, -1.0, 1.0)
    with pytest.raises(ValueError, match="stretch = 0 is outside"):
        stationary_curvature(0.0, 1.0)
