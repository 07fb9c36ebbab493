"""The boundary of a condition, where it lies inside, at an end, or nowhere; batches and derivatives around it."""

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from theory.core.bisection import boundary


@given(st.floats(-5, 5), st.floats(0.1, 10), st.floats(0, 1))
def test_a_step_is_found_to_rounding(low, width, share):
    step = low + share * width
    found = boundary(lambda x: x < step, jnp.asarray(low), jnp.asarray(low + width))
    assert abs(float(found) - step) <= 2e-15 * (1 + abs(low) + width)


def test_a_condition_on_the_whole_or_nowhere_gives_an_end():
    low, high = jnp.array([0.0, 1.0]), jnp.array([2.0, 5.0])
    np.testing.assert_allclose(boundary(lambda x: x < 9, low, high), high, rtol=1e-15)
    np.testing.assert_allclose(boundary(lambda x: x < -9, low, high), low, atol=1e-15)


def test_ends_broadcast_and_nothing_is_differentiated():
    goals = jnp.array([[1.0], [4.0]])
    found = boundary(lambda x: x**2 < goals, jnp.zeros((2, 3)), jnp.asarray(9.0))
    np.testing.assert_allclose(found, jnp.broadcast_to(jnp.sqrt(goals), (2, 3)), rtol=1e-15)
    assert jax.grad(lambda g: boundary(lambda x: x**2 < g, 0 * g, 9 + 0 * g))(2.0) == 0
