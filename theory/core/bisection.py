"""Where a condition ends to hold, by halving."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

HALVINGS = 64  # of double precision, from a bracket of its own size, none is left


def boundary(
    holds: Callable[[Float[Array, "..."]], Bool[Array, "..."]],
    low: Float[Array, "..."],
    high: Float[Array, "..."],
    halvings: int = HALVINGS,
) -> Float[Array, "..."]:
    """The point between low and high up to which the condition holds; an end where it holds on the whole or nowhere.

    Nothing is differentiated: take a step of Newton's afterwards where a derivative is wanted.

    Example:
        >>> round(float(boundary(lambda x: x**2 < 2, jnp.zeros(()), jnp.full((), 2.0))), 6)
        1.414214
    """

    def halve(_: Array, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
        middle = 0.5 * (bracket[0] + bracket[1])
        below = holds(middle)
        return jnp.where(below, middle, bracket[0]), jnp.where(below, bracket[1], middle)

    ends = jax.lax.stop_gradient(tuple(jnp.broadcast_arrays(low, high)))
    low, high = jax.lax.fori_loop(0, halvings, halve, ends)
    return 0.5 * (low + high)
