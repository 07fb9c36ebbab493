"""Stability of descent against the recursions themselves, run as the optimizers of this package do."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.hessian.stability import contraction, stable_sharpness
from validations.core.optimizers import GradientDescent, Momentum

METHODS = [(0.0, False), (0.9, False), (0.6, True), (0.3, False), (0.95, True)]


def amplification(curvature: float, step: float, momentum: float, nesterov: bool) -> np.ndarray:
    """The matrix that one step applies to (error, memory)."""
    mu, a = momentum, step * curvature
    if nesterov:  # m' = mu m + lam w, w' = w - eta (lam w + mu m')
        return np.array([[1 - a - a * mu, -step * mu**2], [curvature, mu]])
    return np.array([[1 - a, -step * mu], [curvature, mu]])


@pytest.mark.parametrize(("momentum", "nesterov"), METHODS)
def test_roots_against_eigenvalues(momentum: float, nesterov: bool) -> None:
    for curvature in (-1.0, 0.0, 0.1, 1.0, 2.0, 3.7, 9.0):
        told = np.abs(np.linalg.eigvals(amplification(curvature, 0.7, momentum, nesterov))).max()
        assert_allclose(contraction(curvature, 0.7, momentum, nesterov), told, rtol=1e-7)


@pytest.mark.parametrize(("momentum", "nesterov"), METHODS)
def test_optimizers_diverge_where_they_should(momentum: float, nesterov: bool) -> None:
    """300 steps of the optimizers on a parabola, 2 % to either side of the edge."""
    step = 0.25
    method = Momentum(step, momentum, nesterov=nesterov) if momentum else GradientDescent(step)
    edge = stable_sharpness(step, momentum, nesterov).item()

    def after(curvature: float) -> float:
        def once(_: int, state: tuple) -> tuple:
            direction, memory = method.direction(curvature * state[0], state[1], state[0])
            return state[0] - step * direction, memory

        return abs(float(jax.lax.fori_loop(0, 300, once, (jnp.array(1.0), method.start(jnp.array(1.0))))[0]))

    assert after(0.98 * edge) < 0.2
    assert after(1.02 * edge) > 5.0


@given(st.floats(-3, 3), st.floats(0, 0.999), st.booleans())
def test_the_edge_is_where_the_factor_is_one(log_step: float, momentum: float, nesterov: bool) -> None:
    step = 10.0**log_step
    edge = stable_sharpness(step, momentum, nesterov)
    assert_allclose(contraction(edge, step, momentum, nesterov), 1.0, atol=1e-6)
    assert contraction(1.01 * edge, step, momentum, nesterov) > 1
    assert contraction(0.99 * edge, step, momentum, nesterov) < 1
    assert contraction(0.01 * edge, step, momentum, nesterov) < 1


def test_limits_and_bad_input() -> None:
    assert_allclose(stable_sharpness(jnp.array([0.5, 2.0])), [4.0, 1.0])
    assert_allclose(stable_sharpness(0.1, 0.0, nesterov=True), 20.0)
    assert_allclose(contraction(0.0, 1.0, 0.5), 1.0)
    assert_allclose(contraction(1.0, 1.0, 0.81), 0.9)
    with pytest.raises(ValueError, match="step = 0 is outside the allowed steps above zero"):
        stable_sharpness(0.0)
    with pytest.raises(ValueError, match=r"momentum = 1 is outside the allowed momenta in \[0, 1\)"):
        stable_sharpness(1.0, 1.0)
    with pytest.raises(ValueError, match="curvature = inf is outside the allowed finite numbers"):
        contraction(jnp.inf, 1.0)
