"""Blocks of every case against submatrices of the dense matrix, and their eigenvalues against the whole's."""

import jax
import jax.numpy as jnp
import pytest

from theory.hessian.blocks import leaf_blocks
from theory.hessian.operators import gauss_newton_operator, hessian_operator

from .cases import CASES


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
    for other in (jnp.ones((3, 1)), {"a": jnp.ones(3)}, [jnp.ones(1), jnp.ones(2)]):
        with pytest.raises(ValueError, match="^the tree's arrays are not those of the operator in place and shape"):
            leaf_blocks(operator, other)
