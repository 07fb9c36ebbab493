"""The output of an aligned class by high precision, by integration, and at its ends."""

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from theory.deep_linear.aligned_output import aligned_loss, aligned_output

OUTPUT = jax.jit(aligned_output)


@given(st.floats(-280.0, 1.5), st.floats(0.5, 100.0), st.floats(-3.0, 3.0), st.floats(-6.0, 40.0))
def test_exponential_integral_in_high_precision(start: float, n: float, length: float, time: float) -> None:
    z, x, t = 10.0**start, 10.0**length, 10.0**time
    reached = float(OUTPUT(z, n, x, t))
    with mp.workdps(40):
        # the residual of the relation over its slope is the error of z
        target = mp.ei(mp.mpf(z)) + 2 * mp.mpf(n) * mp.mpf(x) * mp.mpf(t)
        error = (mp.ei(mp.mpf(reached)) - target) * mp.exp(-mp.mpf(reached))
    assert abs(error) < 1e-12 * max(1, abs(np.log(z)))


@pytest.mark.parametrize("z", [1.1e-3, 9e-4, 3e-4, 1e-6])
def test_small_outputs_in_high_precision(z: float) -> None:
    reached = float(OUTPUT(1e-9, 1.0, 1.0, 0.5 * float(mp.ei(z) - mp.ei(1e-9))))
    assert_allclose(reached, z, rtol=1e-14 * 60)


@pytest.mark.parametrize(("z", "n", "x"), [(1e-3, 1.0, 1.0), (0.5, 7.0, 0.3), (3.0, 2.0, 2.0)])
def test_against_descent_of_neurons(z: float, n: float, x: float) -> None:
    """Three balanced neurons that point along the input; their loss is differentiated, not the formula."""
    share = np.array([0.2, 0.3, 0.5])
    weights = np.sqrt(z / x * share)
    start = np.concatenate([weights, weights])
    loss = lambda p: n * jnp.exp(-x * jnp.sum(p[:3] * p[3:]))
    down = jax.jit(jax.grad(lambda p: -loss(p)))
    times = np.array([0.0, 0.3, 2.0, 30.0])
    run = solve_ivp(lambda _, p: np.asarray(down(p)), (0, 30), start, "LSODA", times, rtol=1e-10, atol=1e-12)
    losses = [float(loss(p)) for p in run.y.T]
    assert_allclose(aligned_loss(z, n, x, times), losses, rtol=1e-7)


def test_plateau_and_tail() -> None:
    t = np.array([1.0, 3.0])
    assert_allclose(aligned_output(1e-9, 1.0, 1.0, t), 1e-9 * np.exp(2 * t), rtol=1e-6)
    late = 1e12
    z = float(aligned_output(1e-3, 2.0, 1.5, late))
    assert_allclose(np.exp(z) / z * (1 + 1 / z + 2 / z**2 + 6 / z**3 + 24 / z**4), 2 * 2 * 1.5 * late, rtol=2e-4)
    assert float(aligned_output(1e-300, 1.0, 1.0, 0.0)) == 1e-300
    assert np.isinf(float(aligned_output(800.0, 1.0, 1.0, 1.0)))
    assert float(aligned_loss(800.0, 1.0, 1.0, 1.0)) == 0.0


def test_derivative_is_the_flow() -> None:
    z = aligned_output(0.01, 3.0, 0.7, 1.3)
    slope = jax.grad(lambda t: aligned_output(0.01, 3.0, 0.7, t))(1.3)
    assert_allclose(slope, 2 * 3.0 * 0.7 * z * np.exp(-z), rtol=1e-10)


def test_single_precision() -> None:
    t = jnp.array([0.0, 1.0, 50.0], jnp.float32)
    single = aligned_output(jnp.float32(1e-4), jnp.float32(1), jnp.float32(1), t)
    assert single.dtype == jnp.float32
    assert_allclose(single, aligned_output(1e-4, 1.0, 1.0, np.asarray(t, float)), rtol=1e-4)


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="start = 0 is outside the allowed outputs above zero; zero is a saddle"):
        aligned_output(0.0, 1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="t = -1 is outside the allowed times"):
        aligned_loss(1.0, 1.0, 1.0, -1.0)
