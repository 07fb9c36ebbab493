r"""Classes without samples under a normalized softmax: where their rows go, and what they do to the others.

Features $h_k$ of K classes that have samples and rows $w_j$ of these and of m others, all of length one, logits
$s\,w_j^\top h_k$, in K dimensions or more. Rows without samples of their own are only pushed away: they meet at one
point $-e$, and the K classes lean away from it together,

$$h_k = \cos\theta\,s_k + \sin\theta\,e,\qquad w_k = \cos\varphi\,s_k + \sin\varphi\,e$$

with $s_k$ a simplex across e (derived here).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import one_number, whole, within

GRID = np.linspace(0.0, np.pi / 2, 65)
NEWTON = 30


class Lean(NamedTuple):
    """Cosines of the best configuration, and its loss.

    Attributes:
        features: of features of two classes that have samples.
        rows: of their rows.
        away: of a feature and the rows of classes without samples.
        loss: mean cross-entropy.
    """

    features: Float[Array, ""]
    rows: Float[Array, ""]
    away: Float[Array, ""]
    loss: Float[Array, ""]


@closed_form
def unseen_lean(classes: int, unseen: int, scale: Float[ArrayLike, ""]) -> Lean:
    r"""The angles of least $\log\bigl(1 + (K-1)e^{-\frac{sK}{K-1}\cos\theta\cos\varphi}
    + m\,e^{-s(\sin\theta + \cos(\theta-\varphi))}\bigr)$, by Newton's method from the best of a grid.

    Without unseen classes both angles are zero, the simplex of `frames.normalized_softmax_floor`. Features lean more
    than rows do, which nothing pushes away from the unseen ones.

    Args:
        classes: K, those that have samples.
        unseen: m, those that have none.
        scale: s, above zero.

    Raises:
        ValueError: fewer than two classes, unseen ones below zero, a scale at or below zero, or one number too many.

    >>> [round(c.item(), 6) for c in unseen_lean(4, 3, 4.0)]
    [-0.161681, -0.311235, -0.358802, 0.035535]
    """
    K, m, s = whole("classes", classes, least=2), whole("unseen", unseen, least=0), one_number("scale", scale)
    s = within("scale", s, s > 0, "positive numbers")

    def loss(angles: Array) -> Array:
        theta, phi = angles[0], angles[1]
        seen = jnp.log(K - 1.0).astype(s.dtype) - s * K / (K - 1) * jnp.cos(theta) * jnp.cos(phi)
        others = jnp.where(m > 0, jnp.log(max(m, 1) * 1.0), -jnp.inf).astype(s.dtype)
        away = others - s * (jnp.sin(theta) + jnp.cos(theta - phi))
        return jnp.logaddexp(jnp.zeros((), s.dtype), jnp.logaddexp(seen, away))

    grid = jnp.asarray(np.stack(np.meshgrid(GRID, GRID), -1).reshape(-1, 2), s.dtype)
    best = grid[jnp.argmin(jax.vmap(loss)(grid))]

    def newton(_: Array | int, x: Array) -> Array:
        slope, curve = jax.grad(loss)(x), jax.hessian(loss)(x)
        size = jnp.trace(curve)
        return x - jnp.clip(jnp.linalg.solve(curve / size, slope / size), -0.05, 0.05)

    x = jax.lax.fori_loop(0, NEWTON, newton, best)
    square = jnp.sin(x) ** 2 - jnp.cos(x) ** 2 / (K - 1)
    known = jnp.where(jnp.isnan(s), jnp.nan, 1.0)
    return Lean(square[0] * known, square[1] * known, -jnp.sin(x[0]) * known, loss(x))
