"""Blocks of every case against submatrices of the dense matrix, and their eigenvalues against the whole's."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree
from numpy.testing import assert_allclose

from theory.hessian.blocks import leaf_blocks
from theory.hessian.operators import gauss_newton_operator, hessian_operator, matrix

from .cases import CASES


@pytest.mark.parametrize("name", CASES)
def test_blocks_are_submatrices_and_interlace(name: str) -> None:
    case = CASES[name]
    dense = case.dense
    operator, params = hessian_operator(case.loss, case.params), case.params
    whole, start = np.linalg.eigvalsh(dense), 0
    blocks = leaf_blocks(operator, params)
    assert sum(b.size for b in blocks.values()) == ravel_pytree(params)[0].size
    for block in blocks.values():
        found = np.asarray(matrix(block))
        assert_allclose(found, dense[start : start + block.size, start : start + block.size], atol=1e-11)
        values, slack = np.linalg.eigvalsh(found), 1e-10 * np.abs(whole).max()
        assert values[-1] <= whole[-1] + slack and values[0] >= whole[0] - slack
        start += block.size


def test_a_block_has_the_shape_of_its_array() -> None:
    case = CASES["softmax perceptron in a dict"]
    operator = gauss_newton_operator(case.model, case.of_outputs, case.params)
    blocks = leaf_blocks(operator, case.params)
    shapes = [b.unravel(jnp.zeros(b.size)).shape for b in blocks.values()]
    assert shapes == [leaf.shape for leaf in jax.tree.leaves(case.params)]


def test_bad_input() -> None:
    operator = hessian_operator(lambda p: jnp.sum(p**2), jnp.ones(3))
    with pytest.raises(ValueError, match="the tree holds 2 parameters but the operator has 3; pass its own"):
        leaf_blocks(operator, jnp.ones(2))
