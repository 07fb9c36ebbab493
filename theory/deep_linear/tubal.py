r"""Tubal tensors: the t-product, the tubal rank, and the flow of a tubal factorization, exact frequency by frequency.

A tensor of n x m tubes of length k acts on others by circular convolution of tubes, $(A * B)_{ij} = \sum_l A_{il}
\circledast B_{lj}$. The Fourier transform along the tubes makes it k products of matrices, $\hat C_f = \hat A_f
\hat B_f$. The flow of $\tfrac14 |T - U * U^\top|_F^2$, the objective of Karnik, Veselovska, Iwen and Krahmer (2024,
arXiv 2410.16247) with every entry observed, therefore consists of k symmetric flows that know nothing of each other
(derived here). Frequencies are those of the transform that is not normalized, in which the sum runs over the tube
without a factor.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, whole, within
from theory.deep_linear.arguments import on_the_host, times_after_zero
from theory.deep_linear.symmetric import ASYMMETRY, squares_along


@closed_form
def t_product(a: Float[ArrayLike, "n l k"], b: Float[ArrayLike, "l m k"]) -> Float[Array, "n m k"]:
    """The t-product A * B: matrices multiplied with circular convolution of tubes in place of numbers.

    Raises:
        ValueError: shapes that cannot be multiplied.

    >>> t_product(jnp.array([[[0.0, 1.0, 0.0]]]), jnp.array([[[1.0, 2.0, 3.0]]])).round(6).tolist()
    [[[3.0, 1.0, 2.0]]]
    """
    left, right = _tensor("a", a), _tensor("b", b)
    if left.shape[1] != right.shape[0] or left.shape[2] != right.shape[2]:
        raise ValueError(f"tensors of shapes {left.shape} and {right.shape} cannot be multiplied: (n, l, k), (l, m, k)")
    product = jnp.einsum("nlf,lmf->nmf", jnp.fft.rfft(left, axis=2), jnp.fft.rfft(right, axis=2))
    return jnp.fft.irfft(product, left.shape[2], axis=2)


@closed_form
def t_transpose(a: Float[ArrayLike, "n m k"]) -> Float[Array, "m n k"]:
    r"""The transpose $A^\top$ with $(A * B)^\top = B^\top * A^\top$: rows for columns, and every tube run backwards.

    >>> t_transpose(jnp.array([[[1.0, 2.0, 3.0]]])).tolist()
    [[[1.0, 3.0, 2.0]]]
    """
    tensor = _tensor("a", a)
    return jnp.roll(tensor[:, :, ::-1], 1, axis=2).transpose(1, 0, 2)


@closed_form
def tubal_singular_values(a: Float[ArrayLike, "n m k"]) -> Float[Array, "k modes"]:
    r"""Singular values of each Fourier slice $\hat A_f$, largest first; $|A|_F^2 = \tfrac1k \sum_{f,i} \sigma_{f,i}^2$.

    >>> tubal_singular_values(jnp.ones((1, 1, 4))).round(6).ravel().tolist()
    [4.0, 0.0, 0.0, 0.0]
    """
    slices = jnp.fft.fft(_tensor("a", a), axis=2).transpose(2, 0, 1)
    return jnp.linalg.svd(slices, compute_uv=False)


@closed_form
def tubal_rank(a: Float[ArrayLike, "n m k"], tolerance: float = 1e-10) -> int:
    r"""The tubal rank: the largest rank of a Fourier slice, counting singular values above tolerance times the largest.

    It is the least width of U and V in $A = U * V$. The matrix that holds the tensor's slices side by side may have
    k times that rank.

    >>> tubal_rank(jnp.ones((3, 3, 4)))
    1
    """
    on_the_host("tubal_rank", a)
    values = tubal_singular_values(a)
    allowed = within("tolerance", jnp.asarray(tolerance), 0 <= tolerance < 1, "tolerances in [0, 1)")
    return int(jnp.sum(values > allowed * values.max(), axis=1).max())


@closed_form
def tubal_path(
    times: Float[ArrayLike, " time"], factor: Float[ArrayLike, "n width k"], target: Float[ArrayLike, "n n k"]
) -> Float[Array, "time n n k"]:
    r"""$U * U^\top$ along the flow of $\tfrac14 |T - U * U^\top|_F^2$, at the times.

    Each frequency f follows `symmetric_path` of the Hermitian slice $\hat T_f$, held as a real symmetric matrix of
    twice the size. From a small start a mode of strength s appears after $t \approx \ln(s/p_0)/(2s)$, strongest first
    over all frequencies; the tubal rank on the way is that of the modes which have appeared.

    Args:
        times: at or after zero, in any order.
        factor: $U_0$, of any width.
        target: T with $T^\top = T$ (`t_transpose`).

    Raises:
        ValueError: a target other than its transpose, a time before zero, wrong shapes.

    >>> one = jnp.array([[[1.0, 0.0]]])
    >>> path = tubal_path(jnp.array([1.0]), 0.1 * one, 2 * one)  # both frequencies alike
    >>> [round(p, 6) for p in path.ravel().tolist()]
    [0.430588, 0.0]
    """
    start = _tensor("factor", factor)
    t = times_after_zero(times, start.dtype)
    goal = _own_transpose(target, start.shape[0], start.shape[2]).astype(start.dtype)
    squares = jax.vmap(lambda u, s: squares_along(t, u, s))(_real_slices(start), _real_slices(goal))
    n = start.shape[0]
    slices = jax.lax.complex(squares[..., :n, :n], squares[..., n:, :n])
    return jnp.fft.irfft(slices.transpose(1, 2, 3, 0), start.shape[2], axis=3)


@closed_form
def tubal_limit(target: Float[ArrayLike, "n n k"], width: int) -> Float[Array, "n n k"]:
    r"""Where the flow ends from almost every start: every Fourier slice's best positive approximation of rank `width`.

    Its tubal rank is that of T's positive part, however wide the factor.

    Raises:
        ValueError: a target other than its transpose, a width below 1.

    >>> tubal_limit(jnp.array([[[1.0, 3.0]]]), 1).round(6).ravel().tolist()  # slices 4 and -2
    [2.0, 2.0]
    """
    kept = whole("width", width, least=1)
    shape = _tensor("target", target).shape
    goal = _own_transpose(target, shape[0], shape[2])
    values, vectors = jnp.linalg.eigh(jnp.fft.rfft(goal, axis=2).transpose(2, 0, 1))
    learned = (jnp.arange(shape[0]) >= shape[0] - kept)[None, :] & (values > 0)
    kept_values = jnp.where(learned, values, 0.0).astype(vectors.dtype)
    slices = (vectors * kept_values[:, None, :]) @ vectors.conj().mT
    return jnp.fft.irfft(slices.transpose(1, 2, 0), shape[2], axis=2)


@closed_form
def symmetric_dimension(n: int, k: int) -> int:
    r"""Free numbers of an n x n x k tensor that is its own transpose: $n(nk + m)/2$, m real frequencies (1 or 2).

    So many independent measurements of its entries determine it without any bias of the algorithm (derived here).

    Raises:
        ValueError: a size below 1.

    >>> symmetric_dimension(10, 4), symmetric_dimension(3, 1)
    (210, 6)
    """
    rows, length = whole("n", n, least=1), whole("k", k, least=1)
    return rows * (rows * length + (2 if length % 2 == 0 else 1)) // 2


@closed_form
def factor_dimension(n: int, rank: int, k: int) -> int:
    r"""Free numbers of $U * U^\top$ of tubal rank r: $nrk - r(rk - m)/2$, the factor's less its rotations.

    The rotations are those of each Fourier slice: orthogonal at the m real frequencies (1 or 2), unitary at the others
    (derived here). Fewer measurements than that cannot determine it; more may, for a learner with the right bias.

    Raises:
        ValueError: a size below 1, a rank above n.

    >>> factor_dimension(10, 3, 4), factor_dimension(3, 3, 1)
    (105, 6)
    """
    rows, r, length = whole("n", n, least=1), whole("rank", rank, least=1), whole("k", k, least=1)
    if r > rows:
        raise ValueError(f"rank = {r} exceeds n = {rows}; a tubal rank is at most n")
    return rows * r * length - r * (r * length - (2 if length % 2 == 0 else 1)) // 2


def _tensor(name: str, value: Float[ArrayLike, "n m k"]) -> Array:
    tensor = finite(name, value)
    if tensor.ndim != 3 or 0 in tensor.shape:
        raise ValueError(f"{name} has shape {tensor.shape} but must be a tensor (rows, columns, tube), not empty")
    return tensor


def _own_transpose(target: Float[ArrayLike, "n n k"], size: int, length: int) -> Array:
    goal = _tensor("target", target)
    if goal.shape != (size, size, length):
        raise ValueError(f"target has shape {goal.shape} but must be ({size}, {size}, {length}), square slices")
    gap, scale = jnp.abs(goal - t_transpose(goal)).max(), jnp.abs(goal).max()
    fix = "its transpose also runs every tube backwards"
    gap = within("|T - T'|", gap, gap <= ASYMMETRY * scale, "differences from the transpose within rounding", fix)
    return 0.5 * (goal + t_transpose(goal)) + 0 * gap


def _real_slices(tensor: Array) -> Array:
    """Fourier slices A + iB as real matrices (A, -B; B, A), a representation of products and of transposes."""
    slices = jnp.fft.rfft(tensor, axis=2).transpose(2, 0, 1)
    real, imaginary = slices.real, slices.imag
    return jnp.concatenate(
        [jnp.concatenate([real, -imaginary], axis=2), jnp.concatenate([imaginary, real], axis=2)], axis=1
    )
