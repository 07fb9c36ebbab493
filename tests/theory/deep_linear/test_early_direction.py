"""Curve, time and plateau against integration of the flow, descent on examples, each other, and their limits."""

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from theory.deep_linear.early_direction import early_plateau, early_progress, early_time


@pytest.mark.parametrize("noise", [0.05, 0.4, 0.95])
def test_progress_by_integrating_the_flow(noise):
    times = np.array([0.3, 2.0, 9.0, 40.0])
    flow = solve_ivp(
        lambda _, m: (1 - noise - np.tanh(m / 2)) / 2, (0, 40), [0.0], t_eval=times, rtol=1e-11, atol=1e-13
    )
    assert_allclose(early_progress(times, noise), flow.y[0], rtol=1e-8)


def test_flow_is_descent_on_two_points():
    """Of right labels at v and wrong ones at -v in place of the clusters, on the loss as it is printed."""
    share, step = 0.2, 1e-3

    def loss(m):
        return (1 - share) * jnp.logaddexp(0.0, -m) + share * jnp.logaddexp(0.0, m)

    slope, m = jax.grad(loss), jnp.array(0.0)
    m = jax.lax.fori_loop(0, 4000, lambda _, m: m - step * slope(m), m)
    assert_allclose(early_progress(4.0, 2 * share), m, rtol=1e-3)


@given(st.floats(0, 0.999), st.floats(1e-3, 0.999))
def test_time_and_progress_are_inverse(share, noise):
    m = share * float(early_plateau(noise))
    time = float(early_time(m, noise))
    with mp.workdps(40):
        speed = lambda x: 2 / (1 - mp.mpf(noise) - mp.tanh(x / 2))
        exact = mp.quad(speed, [0, mp.mpf(m) / 2, m])
    assert_allclose(time, float(exact), rtol=1e-9, atol=1e-11 / noise)
    assert_allclose(early_progress(time, noise), m, rtol=1e-7, atol=1e-9)


@given(st.floats(0.01, 0.99))
def test_plateau_is_as_sure_as_the_labels(noise):
    plateau = float(early_plateau(noise))
    assert_allclose(1 / (1 + np.exp(-plateau)), 1 - noise / 2, rtol=1e-12)
    assert_allclose(early_progress(1e4, noise), plateau, rtol=1e-9)


def test_bad_input():
    with pytest.raises(ValueError, match="noise = 1 is outside the allowed shares"):
        early_plateau(1.0)
    with pytest.raises(ValueError, match="progress = 2 is outside the allowed progress"):
        early_time(2.0, 0.4)
    with pytest.raises(ValueError, match="t = -1 is outside the allowed times"):
        early_progress(-1.0, 0.4)
    assert bool(jnp.isnan(jax.jit(lambda t: early_progress(t, 0.4))(-1.0)))
