"""Arguments of matrix formulas: batches of matrices with something in them, widths, vectors of times."""

from collections.abc import Sequence

import jax
from jax.typing import DTypeLike
from jaxtyping import Array, ArrayLike, Float

from theory.core.domain import finite, shown, whole, within


def matrices(name: str, value: Float[ArrayLike, "*batch rows columns"]) -> Float[Array, "*batch rows columns"]:
    """The value as finite floating matrices, none of them empty, along its last two axes.

    Raises:
        ValueError: NaN or infinity, fewer than two axes, empty matrices.

    >>> import jax.numpy as jnp
    >>> matrices("W", jnp.ones((5, 2, 3))).shape
    (5, 2, 3)
    """
    array = finite(name, value)
    if array.ndim < 2 or 0 in array.shape[-2:]:
        raise ValueError(f"{name} has shape {array.shape}; give matrices, not empty, along the last axes")
    return array


def counts(name: str, value: Sequence[int], fewest: int = 0) -> tuple[int, ...]:
    """The whole numbers at or above 1 of a sequence, such as widths of layers.

    Raises:
        ValueError: a number below 1, or fewer numbers than `fewest`.
        TypeError: what is no sequence of whole numbers.

    >>> counts("widths", [3, 2])
    (3, 2)
    """
    if isinstance(value, str) or not (isinstance(value, Sequence) or getattr(value, "ndim", 0) == 1):
        raise TypeError(f"{name} = {shown(value)} must be a tuple of whole numbers")
    numbers = tuple(whole(f"{name}[{i}]", number, least=1) for i, number in enumerate(value))
    if len(numbers) < fewest:
        raise ValueError(f"{name} = {numbers} has {len(numbers)} numbers but needs at least {fewest}")
    return numbers


def on_the_host(function: str, *arrays: object) -> None:
    """Refuse traced arguments of what is computed on the host, with the reason.

    >>> on_the_host("diagonal_interpolator", 1.0)
    """
    if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(arrays)):
        raise TypeError(f"{function} is computed on the host and cannot be traced; call it outside jit, vmap and grad")


def times_after_zero(times: Float[ArrayLike, " time"], dtype: DTypeLike, name: str = "times") -> Float[Array, " time"]:
    """The vector of times of a path, in the dtype of its start.

    Raises:
        ValueError: a time before zero, NaN or infinity, no vector, no time.

    >>> import jax.numpy as jnp
    >>> times_after_zero(jnp.arange(2.0), jnp.float32).dtype.name
    'float32'
    """
    t = finite(name, times)
    if t.ndim != 1 or not t.size:
        raise ValueError(f"{name} has shape {t.shape}; give a vector of one time or more")
    return within(name, t, t >= 0, "times at or after zero", "the flow is solved forward from its start").astype(dtype)
