r"""Sharpness where gradient flow would end: what descent with a large step lowers, step by step.

A chain of positive scalar weights $a_1, \dots, a_D$ learns $\tfrac12 (s - a_1 \cdots a_D)^2$. Gradient flow conserves
$a_i^2 - a_j^2$, so that from every point it ends at a minimum that a single equation determines. The sharpness there is
the point's gradient-flow-solution sharpness (Kreisler, Nacson, Soudry and Carmon 2023, arXiv 2305.13064), which plain
descent lowers even where the loss and the sharpness itself go up and down.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, one_number, within

NEWTON_STEPS = 60


@closed_form
def flow_end(weights: Float[ArrayLike, "*batch D"], s: Float[ArrayLike, ""]) -> Float[Array, "*batch D"]:
    r"""Where gradient flow takes a chain of positive weights: $a_i^2 = x + c_i$, $c_i = a_i(0)^2 - \min a(0)^2$.

    x is the one root of $\prod_i (x + c_i) = s^2$ above zero (Kreisler et al. 2023, from conservation). Found by
    Newton's method for the logarithm of the product in the logarithm of x, which is convex and rising: no step
    passes the root twice.

    Args:
        weights: one chain a row.
        s: what the product is to become.

    Raises:
        ValueError: a weight or an s at or below zero: such a chain may end at a saddle.

    >>> flow_end(jnp.array([3.0, 1.0]), 3.0).round(6).tolist()
    [3.0, 1.0]
    """
    a, goal = _positive(weights, s)
    unit = a.max(-1, keepdims=True)
    small, least = a / unit, a.min(-1, keepdims=True) / unit
    c = (small - least) * (small + least)
    log_c = jnp.where(c > 0, jnp.log(jnp.where(c > 0, c, 1.0)), -jnp.inf)
    target = 2 * (jnp.log(goal) - a.shape[-1] * jnp.log(unit[..., 0]))

    def improve(_: Array, log_x: Array) -> Array:
        log_squares = jnp.logaddexp(log_x[..., None], log_c)  # x itself may be too small a number
        return log_x - (log_squares.sum(-1) - target) / jnp.exp(log_x[..., None] - log_squares).sum(-1)

    # to the right of the root, from which Newton's method on a convex function falls monotonically
    log_x = jax.lax.fori_loop(0, NEWTON_STEPS, improve, target / a.shape[-1])
    log_small = jnp.logaddexp(log_x[..., None], log_c) / 2
    # to full precision, unless it vanishes beside the largest weight
    return jnp.where(log_small > -300, unit * jnp.exp(log_small), jnp.exp(log_small + jnp.log(unit)))


@closed_form
def flow_end_sharpness(weights: Float[ArrayLike, "*batch D"], s: Float[ArrayLike, ""]) -> Float[Array, "*batch"]:
    r"""The largest Hessian eigenvalue where gradient flow ends: $\phi = s^2 \sum_i 1/(x + c_i)$.

    At a minimum the Hessian is the square of the product's gradient, whose entries are $s/a_i$ (Kreisler et al. 2023).
    Never below $D s^{2 - 2/D}$, that of the balanced minimum. Two layers: $\sqrt{(a_1^2 - a_2^2)^2 + 4 s^2}$.

    Raises:
        ValueError: as `flow_end`.

    >>> round(flow_end_sharpness(jnp.array([2.0, 2.0]), 1.0).item(), 6)
    2.0
    """
    _, goal = _positive(weights, s)
    return ((goal / flow_end(weights, s)) ** 2).sum(-1)


def _positive(weights: Float[ArrayLike, "..."], s: Float[ArrayLike, ""]) -> tuple[Array, Array]:
    a, goal = finite("weights", weights), one_number("s", s)
    if a.ndim == 0 or a.shape[-1] == 0:
        raise ValueError(f"weights have shape {a.shape}; give the weights of a chain along the last axis, at least one")
    a = within("weights", a, a > 0, "weights above zero", "turn pairs of signs, which the product does not notice")
    return a, within("s", goal, goal > 0, "strengths above zero").astype(a.dtype)
