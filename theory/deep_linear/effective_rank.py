r"""Effective ranks: how many singular directions a matrix really has, in three countings.

All three are at least 1 and at most the rank, equal to it for equal singular values, and indifferent to scale. They are
Renyi counts of the shares $p_i = \sigma_i^2 / \sum_j \sigma_j^2$ (or of $\sigma_i$ itself), of different orders.
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import whole, within
from theory.deep_linear.arguments import matrices


@closed_form
def participation_ratio(matrix: Float[ArrayLike, "*batch m n"]) -> Float[Array, "*batch"]:
    r"""$(\sum_i \sigma_i^2)^2 / \sum_i \sigma_i^4 = (\mathrm{tr} M)^2 / \mathrm{tr} M^2$ for $M = W^\top W$: order 2.

    Args:
        matrix: W. No singular values are computed.

    Raises:
        ValueError: a zero matrix, which has no effective rank.

    >>> participation_ratio(jnp.diag(jnp.array([2.0, 2.0, 0.0]))).item()
    2.0
    """
    w = _nonzero(matrix)
    gram = w @ w.mT if w.shape[-2] <= w.shape[-1] else w.mT @ w
    return (w**2).sum((-2, -1)) ** 2 / (gram**2).sum((-2, -1))


@closed_form
def stable_rank(matrix: Float[ArrayLike, "*batch m n"]) -> Float[Array, "*batch"]:
    r"""$\sum_i \sigma_i^2 / \sigma_1^2$, the count of infinite order: the least of the three.

    Raises:
        ValueError: a zero matrix.

    >>> stable_rank(jnp.diag(jnp.array([2.0, 2.0, 1.0]))).item()
    2.25
    """
    w = _nonzero(matrix)
    return (w**2).sum((-2, -1)) / jnp.linalg.norm(w, ord=2, axis=(-2, -1)) ** 2


@closed_form
def entropy_rank(matrix: Float[ArrayLike, "*batch m n"], power: int = 1) -> Float[Array, "*batch"]:
    r"""$\exp(-\sum_i p_i \ln p_i)$ with $p_i = \sigma_i^k / \sum_j \sigma_j^k$: the count of order 1 (Roy and Vetterli
    2007).

    Args:
        power: k; 1 as Roy and Vetterli have it, 2 for the shares that the other two count.

    Raises:
        ValueError: a zero matrix, a power below 1.

    >>> round(entropy_rank(jnp.diag(jnp.array([2.0, 2.0, 0.0]))).item(), 6)
    2.0
    """
    k = whole("power", power, least=1)
    sigma = jnp.linalg.svd(_nonzero(matrix), compute_uv=False) ** k
    p = sigma / sigma.sum(-1, keepdims=True)
    return jnp.exp(-(p * jnp.log(jnp.where(p > 0, p, 1.0))).sum(-1))


def _nonzero(matrix: Float[ArrayLike, "*batch m n"]) -> Array:
    """The matrix over its largest entry, so that fourth powers neither overflow nor vanish."""
    w = matrices("matrix", matrix)
    size = jnp.abs(w).max((-2, -1))
    size = within("largest entry of the matrix", size, size > 0, "values above zero; a zero matrix has no rank")
    return w / size[..., None, None]
