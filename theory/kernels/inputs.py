"""Second moments of inputs and the gaps between them, exact for near-duplicates, safe from overflow."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float

from theory.core.domain import finite, floating, within

TOLD_APART = 1e-3  # pairs closer than this to duplicates or antipodes are recomputed from differences or sums of rows
BLOCK = 4096  # pairs recomputed at a time


def rows(name: str, x: Float[ArrayLike, "..."], inputs: int) -> Float[Array, "n d"]:
    """The inputs, checked to be a matrix of `inputs` columns and finite.

    Raises:
        ValueError: another rank or width, no rows, NaN or infinity.
        TypeError: complex inputs.
    """
    array = floating(name, x)
    if array.ndim != 2 or array.shape[1] != inputs or not array.shape[0]:
        raise ValueError(
            f"{name} has shape {array.shape}, but the network takes matrices of one row or more and {inputs} columns"
        )
    return finite(name, array)


def examples(name: str, x: Float[ArrayLike, "..."], shape: tuple[int, ...]) -> Float[Array, "n ..."]:
    """The inputs, checked to be one or more arrays of that shape and finite.

    Raises:
        ValueError: another shape, no examples, NaN or infinity.
    """
    array = floating(name, x)
    if array.ndim != len(shape) + 1 or array.shape[1:] != shape or not array.shape[0]:
        raise ValueError(
            f"{name} has shape {array.shape}, but the network takes one example or more of shape {shape}, examples on "
            "the first axis"
        )
    return finite(name, array)


def resolved(moment: Float[Array, "..."]) -> Float[Array, "..."]:
    """Second moments after the layers, checked to be finite.

    Raises:
        ValueError: an infinite one, or one beyond what floating point or the quadrature of an activation holds.
    """
    fix = "an activation's is infinite, or too large at these gains: lower them, or take one that grows more slowly"
    return within("a second moment after the layers", moment, _is_finite(moment), "finite numbers", fix)


def _is_finite(x: Float[Array, "..."]) -> Bool[ArrayLike, "..."]:
    """Of concrete values on the host, where nothing is compiled."""
    return jnp.isfinite(x) if isinstance(x, jax.core.Tracer) else np.isfinite(x)


def directions(x: Float[Array, "n d"]) -> tuple[Float[Array, " n"], Float[Array, "n d"]]:
    """The root of each row's mean square and the row over its norm; a row of zeros has direction zero."""
    size, unit, square = _directions(x)
    fits = _is_finite(square)
    return within("size", size, fits, f"sizes whose square {x.dtype} holds", "scale the inputs down"), unit


@jax.jit
def _directions(x: Float[Array, "n d"]) -> tuple[Float[Array, " n"], Float[Array, "n d"], Float[Array, " n"]]:
    largest = jnp.abs(x).max(1, keepdims=True)
    scaled = x / jnp.where(largest > 0, largest, 1.0)
    square = (scaled**2).sum(1, keepdims=True)
    norm = jnp.sqrt(jnp.where(square > 0, square, 1.0))
    size = jnp.where(square > 0, largest * norm / x.shape[1] ** 0.5, 0.0)
    return size[:, 0], scaled / norm, size[:, 0] ** 2


def gaps(u: Float[Array, "n d"], v: Float[Array, "m d"]) -> Float[Array, "n m"]:
    r"""$1 - \cos$ between directions, half their squared distance.

    Concrete directions go through one matrix product, and near-duplicates and antipodes are repaired one by one;
    under jit or grad, where no pair can be singled out, every pair is differenced.
    """
    if isinstance(u, jax.core.Tracer) or isinstance(v, jax.core.Tracer):
        return jax.lax.map(lambda row: ((v - row[None, :]) ** 2).sum(1) / 2, u)
    a, b = (_of_unit_length(w) for w in (u, v))
    out = 1 - a @ b.T
    for side in (1, -1):
        near = out < TOLD_APART if side == 1 else out > 2 - TOLD_APART
        first, second = np.nonzero(near)
        for start in range(0, len(first), BLOCK):
            i, j = first[start : start + BLOCK], second[start : start + BLOCK]
            half = ((a[i] - side * b[j]) ** 2).sum(1) / 2
            out[i, j] = half if side == 1 else 2 - half
    return jnp.asarray(np.clip(out, 0.0, 2.0), u.dtype)


def _of_unit_length(u: Float[Array, "n d"]) -> Float[np.ndarray, "n d"]:
    """In 64 bits: a cosine rounded to 32 would cost a deep tangent kernel half its digits well before duplicates."""
    wide = np.asarray(u, np.float64)
    norm = np.sqrt((wide**2).sum(1, keepdims=True))
    return wide / np.where(norm > 0, norm, 1.0)
