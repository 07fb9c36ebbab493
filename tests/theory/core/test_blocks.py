"""Blocks against the whole at once, where rows fit, overlap, and are broadcast."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.core.blocks import in_blocks

SHAPES = st.sampled_from(
    [
        ((7, 1), (1, 5)),
        ((7, 5), (1, 5)),
        ((1, 5), (7, 1)),
        ((11,), ()),
        ((7, 1, 3), (1, 2, 1)),
        ((), ()),
        ((0, 3), (1, 3)),
    ]
)


@given(SHAPES, st.integers(1, 40))
def test_blocks_give_what_the_whole_gives(shapes, points):
    x, y = (jnp.asarray(np.random.default_rng(0).normal(size=shape)) for shape in shapes)
    np.testing.assert_array_equal(in_blocks(lambda x, y: x - 2 * y, x, y, points=points), x - 2 * y)


@pytest.mark.parametrize("points", [1, 4, 1000])
def test_derivatives_pass_through(points):
    x, y = jnp.linspace(0.1, 1, 7)[:, None], jnp.linspace(-1, 1, 3)[None, :]

    def total(x):
        return in_blocks(lambda x, y: jnp.sin(x * y), x, y, points=points).sum()

    np.testing.assert_allclose(jax.grad(total)(x), (y * jnp.cos(x * y)).sum(1, keepdims=True), rtol=1e-14)
    assert jax.vmap(total)(jnp.stack([x, 2 * x])).shape == (2,)
