"""The limit against integrations of every weight, against exact curves of chains, and by its symmetries."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from theory.deep_linear.chain import chain_mode
from theory.deep_linear.sign_trap import reached_coefficient
from theory.deep_linear.strategies import chains


@pytest.mark.parametrize(
    ("c", "weights", "limit"),
    [
        (-0.7, [0.4, 0.4], 0.0),
        (-0.7, [0.4, 0.5], -0.7),
        (-0.7, [0.3, 0.3, 0.6], 0.0),
        (-0.7, [0.3, 0.5, 0.5], -0.7),
        (-0.7, [0.3, -0.3, 0.6], -0.7),
        (0.7, [0.3, -0.3, 0.6], 0.0),
        (-0.7, [0.2], -0.7),
        (-0.7, [0.0, 0.2], -0.7),
        (0.7, [0.0, 0.0, 0.2], 0.0),
    ],
)
def test_limit_by_integrating_every_weight(c, weights, limit):
    def flow(_, w):
        return np.array([np.prod(np.delete(w, i)) for i in range(len(w))]) * (c - np.prod(w))

    end = solve_ivp(flow, (0, 600), weights, rtol=1e-10, atol=1e-13, method="LSODA").y[:, -1]
    assert_allclose(np.prod(end), limit, atol=5e-4)
    assert float(reached_coefficient(c, np.array(weights))) == limit


@given(chains(3), st.sampled_from((1.0, -0.5)))
def test_limit_of_the_exact_curves(weights, c):
    """Chains whose two smallest weights are far enough apart, or equal, for their end to be told at a finite time."""
    sizes = np.sort(np.abs(weights))
    if not (sizes[0] > 0.05 and (sizes[0] == sizes[1] or sizes[1] - sizes[0] > 0.05)):
        return
    end = float(chain_mode(3000.0, c, jnp.array(weights)))
    assert_allclose(end, reached_coefficient(c, np.array(weights)), atol=1e-3)


@given(chains(3), st.floats(-2, 2))
def test_symmetries(weights, c):
    """Layers may be permuted, two signs turned over, and everything mirrored."""
    w = np.array(weights)
    limit = float(reached_coefficient(c, w))
    assert float(reached_coefficient(c, w[::-1].copy())) == limit
    assert float(reached_coefficient(c, w * [-1, -1, 1])) == limit
    assert float(reached_coefficient(-c, w * [-1, 1, 1])) == -limit
    assert limit in (0.0, c)


def test_bad_input():
    with pytest.raises(ValueError, match="give the weights of one layer at least"):
        reached_coefficient(1.0, np.zeros((2, 0)))
    with pytest.raises(ValueError, match="weights = nan is outside"):
        reached_coefficient(1.0, np.array([np.nan, 1.0]))
