"""Elementwise work on large arrays, block by block, so that what lies between its steps stays in the cache."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Num

POINTS = 2**17  # of one block: a megabyte in double precision


def in_blocks(
    function: Callable[..., Num[Array, "..."]], *arrays: Num[Array, "..."], points: int = POINTS
) -> Num[Array, "..."]:
    """`function(*arrays)` for an elementwise function, in blocks along the first axis where the result is large.

    Arrays (of one rank, or scalars) that are broadcast keep their small shapes, so that work on them alone is not
    repeated for every point.

    Example:
        >>> in_blocks(lambda x, y: x + y, jnp.arange(3.0)[:, None], jnp.arange(2.0)[None, :], points=2)
        Array([[0., 1.],
               [1., 2.],
               [2., 3.]], dtype=float64)
    """
    shape = jnp.broadcast_shapes(*(a.shape for a in arrays))
    if math.prod(shape) <= points:
        return function(*arrays)
    height = max(1, points * shape[0] // math.prod(shape))

    def block(start: Array) -> Array:
        """The rows from start on."""
        return function(*(_rows(a, start, height, shape) for a in arrays))

    def fill(i: Array, whole: Array) -> Array:
        start = jnp.minimum(i * height, shape[0] - height)  # the last block may overlap the one before
        return jax.lax.dynamic_update_slice_in_dim(whole, block(start), start, axis=0)

    empty = jnp.zeros(shape, jax.eval_shape(block, 0).dtype)
    return jax.lax.fori_loop(0, -(-shape[0] // height), fill, empty)


def _rows(array: Array, start: Array, height: int, shape: tuple[int, ...]) -> Array:
    along = array.ndim == len(shape) and array.shape[0] > 1
    return jax.lax.dynamic_slice_in_dim(array, start, height, axis=0) if along else array
