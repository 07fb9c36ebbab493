"""The rectified mode by integrating its equation, and by the flow of whole networks on inputs written down."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from theory.deep_linear.depth import deep_mode
from theory.deep_linear.modes import balanced_mode
from theory.deep_linear.rectified import rectified_mode
from theory.deep_linear.strategies import balanced_modes, magnitudes


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
@pytest.mark.parametrize(("s", "u0", "moment"), [(1.5, 0.1, 0.5), (0.7, 1.2, 0.5), (-2.0, -0.3, 0.8)])
def test_mode_by_integration(depth, s, u0, moment):
    rate = lambda _, u: depth * np.abs(u) ** (2 - 2 / depth) * moment * (s - u)
    t = np.array([0.3, 1.0, 3.0])
    exact = solve_ivp(rate, (0, 3), [u0], method="DOP853", t_eval=t, rtol=1e-12, atol=1e-14).y[0]
    assert_allclose(rectified_mode(t, s, u0, depth, moment), exact, rtol=1e-9)


def test_whole_networks_follow_two_modes_that_never_meet():
    """Four units, two along each side, on six inputs symmetric about the direction, integrated weight by weight."""
    x = np.array([[1.0, 0.5], [1.0, -0.5], [0.4, 0.0], [-0.7, 0.3], [-0.7, -0.3], [-1.1, 0.0]])
    sides, slopes, starts = (np.maximum(x[:, 0], 0), np.maximum(-x[:, 0], 0)), (1.2, 0.5), (0.2, 0.1)
    y = sum(s * side for s, side in zip(slopes, sides, strict=True))
    shares = np.array([0.3, 0.7])
    a = np.concatenate([np.sqrt(u * shares) for u in starts])
    w = a[:, None] * np.repeat([[1.0, 0.0], [-1.0, 0.0]], 2, axis=0)

    def loss(flat):
        w, a = flat[:8].reshape(4, 2), flat[8:]
        return 0.5 * jnp.mean((jax.nn.relu(x @ w.T) @ a - y) ** 2)

    down = jax.jit(jax.grad(loss))
    flow = solve_ivp(lambda _, p: -np.asarray(down(p)), (0, 6), np.r_[w.ravel(), a], rtol=1e-10, atol=1e-12)
    last = flow.y[:, -1]
    for i, side in enumerate(sides):
        ours = np.sum(last[8 + 2 * i : 10 + 2 * i] * np.abs(last[:8].reshape(4, 2)[2 * i : 2 * i + 2, 0]))
        assert_allclose(ours, rectified_mode(6.0, slopes[i], starts[i], 2, np.mean(side**2)), rtol=1e-7)


@given(balanced_modes(depth=st.sampled_from((2, 3))), magnitudes(1e-2, 1e2))
def test_half_the_inputs_take_twice_the_time(mode, t):
    assert_allclose(
        rectified_mode(2 * t, mode.s, mode.u0, mode.depth), deep_mode(t, mode.s, mode.u0, mode.depth), rtol=1e-12
    )
    assert_allclose(
        rectified_mode(t, mode.s, mode.u0, mode.depth, 1.0), deep_mode(t, mode.s, mode.u0, mode.depth), rtol=1e-12
    )


def test_special_cases():
    t = jnp.linspace(0, 8, 5)
    assert_allclose(rectified_mode(t, 2.0, 0.1, 2), balanced_mode(t / 2, 2.0, 0.1), rtol=1e-12)
    assert_allclose(rectified_mode(t, 2.0, 0.1, 3, 0.0), 0.1, rtol=1e-15)
    assert_allclose(rectified_mode(1e6, 2.0, 1e-6, 3), 2.0, rtol=1e-12)


def test_what_is_refused():
    with pytest.raises(ValueError, match="moment = -0.5 is outside the allowed second moments at or above zero"):
        rectified_mode(1.0, 1.0, 0.1, 2, -0.5)
    with pytest.raises(ValueError, match="times"):
        rectified_mode(-1.0, 1.0, 0.1, 2)
