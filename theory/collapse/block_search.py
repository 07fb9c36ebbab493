r"""The convex program behind cross-entropy on two sizes of classes: four numbers, found by Newton's method.

Logits of a minimizer keep the symmetry of their classes: $k_A$ classes of one size and $k_B$ of another. Column sums to
zero, so that with $S_A, S_B$ the centered blocks and $u = (\mathbf 1_A/k_A, -\mathbf 1_B/k_B)$

$$Z = \alpha_A S_A + \alpha_B S_B + u\,(a\mathbf 1_A, -b\mathbf 1_B)^\top.$$

With $\kappa = 1/k_A + 1/k_B$ a sample of A has the margin $\alpha_A$ over its own block and
$\alpha_A(1 - 1/k_A) + a\kappa$ over the other.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from theory.core.bisection import boundary

STEPS = 60
HALVINGS = 2.0 ** -np.arange(12)


class BlockLogits(NamedTuple):
    r"""Logits of two blocks of classes: $\alpha_A, \alpha_B$ within the blocks, $a, b \ge 0$ between them."""

    major: Float[Array, "*batch"]
    minor: Float[Array, "*batch"]
    across_major: Float[Array, "*batch"]
    across_minor: Float[Array, "*batch"]


class Program(NamedTuple):
    r"""$\sum w\,\mathrm{CE}$ over columns plus $|Z\,\mathrm{diag}(\sqrt q)|_*$: the weights of one column of a block.

    Attributes:
        weights: $(w_A, w_B)$ of the loss, in units of the price of the nuclear norm.
        squares: $(q_A, q_B)$.
    """

    weights: tuple[Array, Array]
    squares: tuple[Array, Array]


def loss_and_price(classes: tuple[int, int], program: Program, at: BlockLogits | Array) -> tuple[Array, Array]:
    """The weighted cross-entropy and the nuclear norm at (alpha_A, alpha_B, a, b)."""
    (k, m), kappa = classes, 1 / classes[0] + 1 / classes[1]
    (w, v), (q, p) = program
    alpha, beta, a, b = at
    major = jnp.log1p((k - 1) * jnp.exp(-alpha) + m * jnp.exp(-alpha * (1 - 1 / k) - a * kappa))
    minor = jnp.log1p((m - 1) * jnp.exp(-beta) + k * jnp.exp(-beta * (1 - 1 / m) - b * kappa))
    between = jnp.sqrt(kappa) * jnp.sqrt(k * q * a**2 + m * p * b**2)
    within = (k - 1) * alpha * jnp.sqrt(q) + (m - 1) * beta * jnp.sqrt(p)
    return k * w * major + m * v * minor, within + between


def minimized(classes: tuple[int, int], program: Program) -> BlockLogits:
    """The unique minimizer; vectorized over the weights of the program."""
    shape = jnp.broadcast_shapes(*(jnp.shape(x) for x in jax.tree.leaves(program)))
    flat = jax.tree.map(lambda x: jnp.broadcast_to(x, shape).reshape(-1), program)
    at = _searches(classes, flat)
    return BlockLogits(*(at[:, i].reshape(shape) for i in range(4)))


def alone(own: int, other: int, pull: Float[Array, "..."]) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    r"""A block without logits between the blocks: its alpha, and the probability that falls on the other block.

    $1 - p_{own} + p_{other\ of\ block} = 1/\text{pull}$, falling in alpha from 1.

    Args:
        pull: $w/\sqrt q$; at or below one the block is closed.
    """
    if own == 1:
        return jnp.zeros_like(pull), jnp.full_like(pull, other / (own + other))
    target = 1 / jnp.maximum(pull, 1.0)

    def parts(alpha: Array) -> tuple[Array, Array, Array]:
        near, far = jnp.exp(-alpha), other * jnp.exp(-alpha * (1 - 1 / own))
        return near, far, 1 + (own - 1) * near + far

    def above(alpha: Array) -> Array:
        near, far, total = parts(alpha)
        return (own * near + far) / total > target

    high = 2 * jnp.log((own + other) / target) + 1
    alpha = jnp.where(pull > 1, boundary(above, jnp.zeros_like(high), high), 0.0)
    _, far, total = parts(alpha)
    return alpha, far / total


def between_pull(classes: tuple[int, int], program: Program) -> Float[Array, "..."]:
    """Pull of the loss on logits between the blocks while there are none, over their price: they open above one."""
    (k, m), (w, v), (q, p) = classes, program.weights, program.squares
    _, lost = alone(k, m, w / jnp.sqrt(q))
    _, gained = alone(m, k, v / jnp.sqrt(p))
    return jnp.sqrt((1 / k + 1 / m) * (k * (w * lost) ** 2 / q + m * (v * gained) ** 2 / p))


@partial(jax.jit, static_argnums=0)
def _searches(classes: tuple[int, int], program: Program) -> Float[Array, "cells 4"]:
    (w, v), (q, p) = program
    opened = between_pull(classes, program) > 1
    free = jnp.stack([(w > jnp.sqrt(q)) & (classes[0] > 1), (v > jnp.sqrt(p)) & (classes[1] > 1), opened, opened], 1)
    return jax.vmap(lambda one, mask: _newton(classes, one, mask))(program, free)


def _newton(classes: tuple[int, int], program: Program, free: Array) -> Array:
    """Newton's method on the open coordinates, each step the best of its halvings."""

    def value(x: Array) -> Array:
        loss, price = loss_and_price(classes, program, jnp.where(free, x, jnp.array([0.0, 0.0, 1e-300, 1e-300])))
        return loss + price

    def step(_: Array, x: Array) -> Array:
        slope = jnp.where(free, jax.grad(value)(x), 0.0)
        curve = jnp.where(free[:, None] & free[None, :], jax.hessian(value)(x), jnp.eye(4))
        trials = x[None] - jnp.asarray(HALVINGS, x.dtype)[:, None] * jnp.linalg.solve(curve, slope)[None]
        values = jax.vmap(value)(trials)
        best = jnp.argmin(jnp.where(jnp.isfinite(values), values, jnp.inf))
        # the last steps are too small to be told apart by the value: they are Newton's own
        small = jnp.max(jnp.abs(trials[0] - x)) < 1e-6
        return jnp.where(small, trials[0], jnp.where(values[best] < value(x), trials[best], x))

    (w, v), (q, p), (k, m) = *program, classes
    # near the limit of weak prices, where margins are the logarithm of the pull (see `ridgeless`)
    major, minor = (jnp.maximum(jnp.log(x / jnp.sqrt(y)), 1.0) for x, y in ((w, q), (v, p)))
    start = jnp.where(free, jnp.stack([major, minor, minor * m / (k + m), minor * k / (k + m)]), 0.0)
    return jnp.where(free, jax.lax.fori_loop(0, STEPS, step, start), 0.0)
