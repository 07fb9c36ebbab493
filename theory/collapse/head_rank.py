r"""Rank bottleneck of an attention head: which attention matrices queries and keys of few dimensions express.

A head of size k mixes n tokens by $A = \mathrm{softmax}(QK^\top)$ along rows, Q and K of shape (n, k) and free: tokens
are independent, so that linear maps of them make any queries and keys. A softmax does not see a constant added to a
row. So A with positive entries is expressed exactly if and only if

$$\mathrm{rank}\bigl((\log A)(I - J)\bigr) \le k,\qquad J = 11^\top/n$$

(derived here). Any positive A needs at most n - 1, one less than the sufficient head size n of Bhojanapalli et al.
(2020); rank of A itself decides nothing. In the limit of hard attention two dimensions are enough for any choice of one
token a row: keys on a circle.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, Int

from theory.collapse.domain import single
from theory.core.closed_form import closed_form
from theory.core.domain import finite, whole, within


class Head(NamedTuple):
    """Queries and keys, one token a row; any scaling by the root of the size is absorbed."""

    queries: Float[Array, "n k"]
    keys: Float[Array, "n k"]


@closed_form
def least_head_size(mixing: Float[ArrayLike, "n n"], tolerance: float = 1e-10) -> Int[Array, ""]:
    r"""The smallest head that expresses A: the rank of $(\log A)(I - J)$, from 0 (uniform rows alike) to n - 1.

    Args:
        mixing: A, positive, rows of sum one.
        tolerance: singular values below this share of the largest logarithm's size count as zero. Under jit a matrix
            outside the domain gives -1.

    Raises:
        ValueError: entries at or below zero (hard attention is a limit, see `hard_head_mass`), rows not of sum one.

    >>> least_head_size(jnp.array([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.3, 0.2, 0.5]])).item()
    2
    >>> least_head_size(jnp.array([[0.2, 0.8], [0.2, 0.8]])).item()
    1
    """
    logits, share = _centered_logits(mixing), single("tolerance", tolerance)
    values = jnp.linalg.svd(logits, compute_uv=False)
    rank = jnp.sum(values > share.astype(values.dtype) * jnp.maximum(jnp.max(jnp.abs(logits)) * len(logits), 1.0))
    return jnp.where(jnp.isfinite(values[0]), rank, -1)


@closed_form
def head_misfit(mixing: Float[ArrayLike, "n n"], size: int) -> Float[Array, ""]:
    r"""$\sum_{i > k}\sigma_i^2$ of $(\log A)(I - J)$: the least squared error of centered logits (Eckart and Young).

    Zero if and only if the head expresses A. For small logits the least sum over rows of
    $\mathrm{KL}(A_i\,\|\,\hat A_i)$ tends to $\frac1{2n}$ of it; it never exceeds a quarter of it, for a divergence of
    two softmaxes is at most an eighth of the squared range of the difference of their logits (Hoeffding).

    Raises:
        ValueError: as `least_head_size`, or a size below zero.

    >>> round(head_misfit(jnp.array([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.3, 0.2, 0.5]]), 1).item(), 6)
    0.632467
    """
    values = jnp.linalg.svd(_centered_logits(mixing), compute_uv=False)
    return jnp.sum(values[whole("size", size, least=0) :] ** 2)


@closed_form
def best_head(mixing: Float[ArrayLike, "n n"], size: int) -> Head:
    r"""Queries and keys that leave `head_misfit`; they express A where that is zero.

    Keys are centered. Columns beyond the rank are zero.

    Raises:
        ValueError: as `least_head_size`, or a size below one.

    >>> import jax
    >>> A = jnp.array([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.3, 0.2, 0.5]])
    >>> head = best_head(A, 2)
    >>> bool(jnp.allclose(jax.nn.softmax(head.queries @ head.keys.T, 1), A))
    True
    """
    k = whole("size", size, least=1)
    left, values, right = jnp.linalg.svd(_centered_logits(mixing))
    root = jnp.sqrt(values)
    wide = max(k - len(values), 0)
    queries, keys = ((side * root[None])[:, :k] for side in (left, right.T))
    return Head(*(jnp.pad(side, ((0, 0), (0, wide))) for side in (queries, keys)))


@closed_form
def hard_head_mass(length: int, sharpness: Float[ArrayLike, "*batch"]) -> Float[Array, "*batch"]:
    r"""$1/\sum_j e^{-\beta(1 - \cos(2\pi j/n))}$: what a head of size two puts on the token that each row wants.

    Keys are n points on the unit circle and each query is $\beta$ times the key that it wants, the same or another for
    different rows. Tends to one as $\beta \to \infty$: what no soft matrix needs more than two dimensions for. A single
    dimension has two ends, so that at most two tokens can be wanted that much.

    Raises:
        ValueError: no tokens, or a negative sharpness.

    >>> round(hard_head_mass(4, 0.0).item(), 6), round(hard_head_mass(4, 10.0).item(), 6)
    (0.25, 0.999909)
    """
    n, beta = whole("length", length, least=1), finite("sharpness", sharpness)
    beta = within("sharpness", beta, beta >= 0, "numbers at or above zero")
    away = 2 * jnp.sin(jnp.pi * jnp.arange(n, dtype=beta.dtype) / n) ** 2
    return 1 / jnp.sum(jnp.exp(-beta[..., None] * away.reshape(*(1,) * beta.ndim, n)), -1)


def _centered_logits(mixing: Float[ArrayLike, "n n"]) -> Array:
    A = finite("mixing", mixing)
    if A.ndim != 2 or A.shape[0] != A.shape[1] or not len(A):
        raise ValueError(f"mixing has shape {A.shape} but must be a square matrix; vmap over others")
    A = within("mixing", A, A > 0, "positive numbers", "hard attention is a limit that two dimensions reach")
    total = jnp.sum(A, 1)
    near = jnp.abs(total - 1) <= len(A) * 1e2 * jnp.finfo(A.dtype).eps
    total = within("sum of a row", total, near, "sums of one", "softmax over the last axis")
    logits = jnp.log(A / total[:, None])
    return logits - jnp.mean(logits, 1)[:, None]
