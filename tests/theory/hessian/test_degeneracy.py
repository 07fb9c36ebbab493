"""Counts of free directions against ranks of Jacobians by differentiation."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.hessian.degeneracy import free_directions, layer_rank, synchronized_rank
from theory.hessian.functional_dimension import functional_dimension
from theory.hessian.linear_minima import gauss_newton_rank


@settings(max_examples=30)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 100))
def test_rank_of_a_block_of_outer_products(activations: int, gradients: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((40, activations)) @ rng.standard_normal((activations, 5))
    g = rng.standard_normal((40, gradients)) @ rng.standard_normal((gradients, 4))
    rows = np.einsum("ni,nj->nij", a, g).reshape(40, -1)
    found = np.linalg.matrix_rank(rows.T @ rows, tol=1e-9)
    assert found == layer_rank(activations, gradients)
    assert free_directions(5, 4, activations, gradients) == 20 - found


@pytest.mark.parametrize(("units", "inputs", "outputs"), [(1, 3, 2), (2, 3, 2), (2, 4, 5), (3, 3, 3)])
def test_units_that_fire_together(units: int, inputs: int, outputs: int) -> None:
    rng = np.random.default_rng(0)
    near = np.append(np.ones((60, 1)), 0.1 * rng.standard_normal((60, inputs - 1)), axis=1)
    x = jnp.asarray(np.concatenate([near[:40], -near[40:]]))
    first = np.append(np.ones((units, 1)), 0.3 * rng.standard_normal((units, inputs - 1)), axis=1)
    params = jnp.asarray(first), jnp.asarray(rng.standard_normal((outputs, units)))
    fires = np.asarray(x @ params[0].T) > 0
    assert fires[:40].all() and not fires[40:].any()
    found = functional_dimension(lambda p: jax.nn.relu(x @ p[0].T) @ p[1].T, params)
    assert found == synchronized_rank(units, inputs, outputs)


def test_all_units_together_are_a_linear_layer() -> None:
    assert synchronized_rank(2, 5, 4) == gauss_newton_rank((5, 2, 4))


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="activations = 5 cannot be independent in a layer that has 4 of them"):
        free_directions(4, 3, 5, 2)
    with pytest.raises(ValueError, match="units = 4 must not be more than inputs = 3 or outputs = 5"):
        synchronized_rank(4, 3, 5)
    with pytest.raises(ValueError, match="gradients = -1 is below the least allowed, 0"):
        layer_rank(1, -1)
