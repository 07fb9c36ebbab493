r"""The dual route: the nonzero spectrum of a P x P Fisher matrix from an N x N one.

$F = \frac1N J^\top J$ and $\frac1N J J^\top$, the empirical neural tangent kernel over N, share their nonzero
eigenvalues; all others of F, at least P - N of them, are zero. With N examples of C outputs the small matrix has NC
rows.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from theory.hessian.operators import CHUNK, scores_of_flat

Tree: TypeAlias = Any


def jacobian(scores: Callable[[Tree], Float[Array, "..."]], params: Tree) -> Float[Array, "rows size"]:
    """The Jacobian of all scores in the flat parameters, a row a score, rows in chunks.

    Raises:
        ValueError, TypeError: as in `theory.hessian.operators.fisher_operator`.

    >>> jacobian(lambda p: jnp.stack([p[0] * p[1], p[0]]), jnp.array([2.0, 3.0])).tolist()
    [[3.0, 2.0], [1.0, 0.0]]
    """
    flat, _, of_flat, values = scores_of_flat(scores, params)
    basis = jnp.eye(values.size, dtype=values.dtype)

    @jax.jit
    def rows(basis: Array) -> Array:
        pull = jax.vjp(of_flat, flat)[1]
        return jax.lax.map(lambda v: pull(v.reshape(values.shape))[0], basis, batch_size=CHUNK)

    return rows(basis)


def dual_fisher(scores: Callable[[Tree], Float[Array, "..."]], params: Tree) -> Float[Array, "rows rows"]:
    r"""$\frac1N J J^\top$: the matrix of the nonzero eigenvalues of `fisher_operator`, as large as there are scores.

    Raises:
        ValueError, TypeError: as in `theory.hessian.operators.fisher_operator`.

    >>> dual_fisher(lambda p: jnp.array([1.0, 2.0]) * p, jnp.array(3.0)).tolist()
    [[0.5, 1.0], [1.0, 2.0]]
    """
    rows = jacobian(scores, params)
    examples = jax.eval_shape(scores, params).shape[0]
    return rows @ rows.T / examples
