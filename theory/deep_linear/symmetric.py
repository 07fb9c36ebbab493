r"""Symmetric factorization: gradient flow of a square root, exact at every time, for any width and any rank.

$L = \tfrac14 |T - UU^\top|_F^2$ with a symmetric T, of any sign, gives $\dot U = (T - UU^\top)\,U$, so that
$P = UU^\top$ obeys

$$\dot P = TP + PT - 2P^2,\qquad
P(t) = e^{Tt} U_0 \Bigl[I + 2\, U_0^\top \Bigl(\int_0^t e^{2Ts} ds\Bigr) U_0\Bigr]^{-1} U_0^\top e^{Tt}.$$

The 2, where two layers have a 1, is that of two equal factors which both move: 2P is the Riccati flow of two layers,
$\dot R = TR + RT - R^2$ (derived here; checked against integration). Time unit 1; a loss c times as large runs c times
as fast.
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import one_matrix, whole, within
from theory.deep_linear.arguments import times_after_zero
from theory.deep_linear.riccati_root import roots_along

ASYMMETRY = 1e-6


@closed_form
def symmetric_path(
    times: Float[ArrayLike, " time"], factor: Float[ArrayLike, "n width"], target: Float[ArrayLike, "n n"]
) -> Float[Array, "time n n"]:
    r"""$UU^\top$ along the flow of $\tfrac14 |T - UU^\top|_F^2$, at the times.

    No time is too late and no start too small: see `theory.deep_linear.riccati.two_layer_path`. A single mode of
    strength s is the sigmoid $s/(1 + (s/p_0 - 1)e^{-2st})$; a direction without signal decays as $p_0/(1 + 2 p_0 t)$.

    Args:
        times: at or after zero, in any order.
        factor: $U_0$, of any width.
        target: T, symmetric; its negative part is not learned.

    Raises:
        ValueError: a target that is not symmetric, a time before zero, wrong shapes.

    >>> path = symmetric_path(jnp.array([0.0, 1.0]), jnp.array([[0.1]]), jnp.array([[2.0]]))
    >>> [round(p, 6) for p in path.ravel().tolist()]  # 2 / (1 + 199 exp(-4))
    [0.01, 0.430588]
    """
    start = one_matrix("factor", factor)
    t = times_after_zero(times, start.dtype)
    goal = symmetric(target, start.shape[0]).astype(start.dtype)
    return squares_along(t, start, goal)


@closed_form
def symmetric_limit(target: Float[ArrayLike, "n n"], width: int) -> Float[Array, "n n"]:
    r"""Where the flow ends from almost every start: the best positive approximation of T of rank at most the width.

    Raises:
        ValueError: a target that is not symmetric, a width below 1.

    >>> symmetric_limit(jnp.diag(jnp.array([3.0, -2.0, 1.0])), 2).round(6).diagonal().tolist()
    [3.0, 0.0, 1.0]
    """
    goal = symmetric(target)
    values, vectors = jnp.linalg.eigh(goal)
    kept = (jnp.arange(values.size) >= values.size - whole("width", width, least=1)) & (values > 0)
    return (vectors * jnp.where(kept, values, 0.0)[None, :]) @ vectors.T


def symmetric(target: Float[ArrayLike, "n n"], size: int | None = None) -> Float[Array, "n n"]:
    """The target, checked to be a symmetric matrix, of this size if one is given, its rounding asymmetry removed."""
    goal = one_matrix("target", target)
    if size is None and goal.shape[0] != goal.shape[1]:
        raise ValueError(f"target has shape {goal.shape} but must be square; factorize it by two layers")
    size = len(goal) if size is None else size
    if goal.shape != (size, size):
        raise ValueError(f"target has shape {goal.shape} but the factor has {size} rows; it must be ({size}, {size})")
    gap, scale = jnp.abs(goal - goal.T).max(), jnp.abs(goal).max()
    gap = within("|T - T'|", gap, gap <= ASYMMETRY * scale, "asymmetries within rounding", "factorize it by two layers")
    return 0.5 * (goal + goal.T) + 0 * gap


def squares_along(
    times: Float[Array, " time"], factor: Float[Array, "n width"], target: Float[Array, "n n"]
) -> Float[Array, "time n n"]:
    """The flow of arguments that have been checked."""
    values, vectors = jnp.linalg.eigh(target)
    roots = roots_along(times, values[::-1], vectors[:, ::-1], jnp.sqrt(2.0).astype(factor.dtype) * factor)
    return 0.5 * roots @ roots.mT
