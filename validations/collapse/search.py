"""Least losses: limited-memory quasi-Newton descent of many starts at once, and the best of each replicate's."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int

MEMORY = 12
HALVINGS = 30


class Found(NamedTuple):
    """Where a search ended: parameters, loss, the largest entry of the gradient, iterations."""

    params: Any
    loss: Float[Array, ""]
    gradient: Float[Array, ""]
    iterations: Int[Array, ""]


class _State(NamedTuple):
    x: Array
    value: Array
    slope: Array
    moves: Array
    turns: Array
    k: Array
    alive: Array


def descend(loss: Callable[[Any], Array], start: Any, iterations: int = 2000, tolerance: float = 1e-11) -> Found:
    """L-BFGS (Nocedal 1980) with backtracking, until the gradient is below the tolerance or nothing improves.

    Pure, so that `jax.vmap` descends from many starts in one compiled program.
    """
    flat, unravel = ravel_pytree(start)
    evaluate = jax.value_and_grad(lambda x: loss(unravel(x)))
    memory = jnp.zeros((MEMORY, flat.size), flat.dtype)
    # the first step stands still and evaluates, so that the loss is compiled once
    unknown = jnp.array(jnp.inf, flat.dtype), jnp.zeros_like(flat)
    state = _State(flat, *unknown, memory, memory, jnp.zeros((), int), jnp.array(True))
    end = jax.lax.while_loop(
        lambda s: (s.k == 0) | (s.alive & (s.k < iterations) & (jnp.max(jnp.abs(s.slope)) > tolerance)),
        partial(_step, evaluate),
        state,
    )
    return Found(unravel(end.x), end.value, jnp.max(jnp.abs(end.slope)), end.k)


def best_of(found: Found) -> Found:
    """The search of least loss among those along the leading axis."""
    best = jnp.argmin(jnp.where(jnp.isfinite(found.loss), found.loss, jnp.inf))
    return jax.tree.map(lambda a: a[best], found)


def _step(evaluate: Callable, s: _State) -> _State:
    direction = _direction(s)
    downhill = direction @ s.slope
    first = jnp.where(s.k < 2, 1 / jnp.maximum(jnp.linalg.norm(s.slope), 1e-30), 1.0)
    # values within rounding of each other cannot be ordered: such a step is taken if it lowers the gradient
    noise = 8 * jnp.finfo(s.x.dtype).eps * jnp.abs(s.value)

    def shorter(carry: tuple) -> tuple:
        size, count, *_ = carry
        value, slope = evaluate(s.x + size * direction)
        lower = value <= s.value + 1e-4 * size * downhill
        flat = (jnp.abs(value - s.value) <= noise) & (jnp.max(jnp.abs(slope)) < jnp.max(jnp.abs(s.slope)))
        return jnp.where(lower | flat, size, 0.5 * size), count + 1, value, slope, lower | flat

    size, _, value, slope, taken = jax.lax.while_loop(
        lambda c: ~c[4] & (c[1] < HALVINGS), shorter, (first, 0, s.value, s.slope, jnp.array(False))
    )
    move, turn = size * direction, slope - s.slope
    kept = taken & (move @ turn > 1e-14 * jnp.linalg.norm(move) * jnp.linalg.norm(turn))
    moves = jnp.where(kept, jnp.roll(s.moves, 1, 0).at[0].set(move), s.moves)
    turns = jnp.where(kept, jnp.roll(s.turns, 1, 0).at[0].set(turn), s.turns)
    # without descent once, forget the curvature and try the gradient; without it twice, stop
    fresh = (jnp.abs(s.moves) > 0).any()
    moves, turns = (jnp.where(taken, m, jnp.zeros_like(m)) for m in (moves, turns))
    x = jnp.where(taken, s.x + move, s.x)
    return _State(
        x, jnp.where(taken, value, s.value), jnp.where(taken, slope, s.slope), moves, turns, s.k + 1, taken | fresh
    )


def _direction(s: _State) -> Array:
    """Two-loop recursion, newest pair first."""
    curvature = jnp.sum(s.moves * s.turns, 1)
    rho = jnp.where(curvature > 0, 1 / jnp.where(curvature > 0, curvature, 1.0), 0.0)

    def down(q: Array, pair: tuple) -> tuple[Array, Array]:
        move, turn, r = pair
        alpha = r * (move @ q)
        return q - alpha * turn, alpha

    def up(q: Array, pair: tuple) -> tuple[Array, None]:
        move, turn, r, alpha = pair
        return q + (alpha - r * (turn @ q)) * move, None

    q, alphas = jax.lax.scan(down, s.slope, (s.moves, s.turns, rho))
    newest = s.turns[0] @ s.turns[0]
    q = q * jnp.where(newest > 0, curvature[0] / jnp.where(newest > 0, newest, 1.0), 1.0)
    q, _ = jax.lax.scan(up, q, (s.moves, s.turns, rho, alphas), reverse=True)
    return -q
