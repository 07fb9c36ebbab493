r"""Attention as a step of compression: the rate of tokens in given subspaces, its gradient, what a step filters.

$R_c = \sum_k \frac12 \log\det\bigl(1 + \beta\, (U_k^\top Z)(U_k^\top Z)^\top\bigr)$, $\beta = p/(N\epsilon^2)$, for N
tokens in the columns of Z and K subspaces of dimension p with orthonormal bases $U_k$ (Yu et al. 2023, arXiv 2306.01129
and 2311.13110, whose attention replaces the inverse in the gradient by a softmax).
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import finite, one_matrix, plain_number, within


@closed_form
def subspace_rate(
    tokens: Float[ArrayLike, "..."], bases: Float[ArrayLike, "..."], distortion: float
) -> Float[Array, ""]:
    r"""$R_c$ in nats, from singular values by log1p :cite:p:`yu2023`.

    Args:
        tokens: Z (d, N).
        bases: U (K, d, p), orthonormal columns.
        distortion: epsilon.

    Raises:
        ValueError: shapes that do not fit, bases that are not orthonormal, a distortion at or below zero.

    >>> round(float(subspace_rate(jnp.eye(2), jnp.eye(2)[None], 1.0)), 6)
    0.693147
    """
    parts, beta = _parts(tokens, bases, distortion)
    return 0.5 * jnp.sum(jnp.log1p(beta * jnp.linalg.svd(parts, compute_uv=False) ** 2))


@closed_form
def compression_gradient(
    tokens: Float[ArrayLike, "..."], bases: Float[ArrayLike, "..."], distortion: float
) -> Float[Array, "..."]:
    r"""$\nabla R_c = \beta \sum_k U_k\, \bigl(1 + \beta\, V_k V_k^\top\bigr)^{-1} V_k$, $V_k = U_k^\top Z$.

    Solved in p dimensions, by the push-through identity equal to the published $N \times N$ inverse
    :cite:p:`yu2023`.

    Raises:
        ValueError: as `subspace_rate`.

    >>> compression_gradient(jnp.array([[1.0]]), jnp.ones((1, 1, 1)), 1.0).tolist()
    [[0.5]]
    """
    parts, beta = _parts(tokens, bases, distortion)
    gram = jnp.einsum("kpn,kqn->kpq", parts, parts)
    solved = jnp.linalg.solve(jnp.eye(gram.shape[-1], dtype=gram.dtype)[None] + beta * gram, parts)
    return beta * jnp.einsum("kdp,kpn->dn", finite("bases", bases), solved)


@closed_form
def compression_gain(
    variance: Float[ArrayLike, "..."],
    dimension: Float[ArrayLike, "..."],
    distortion: Float[ArrayLike, "..."],
    step: Float[ArrayLike, "..."] = 1.0,
) -> Float[Array, "..."]:
    r"""The share $1 - h/(1 + pv/\epsilon^2)$ of a principal direction that a step $-\frac h\beta \nabla R_c$ leaves.

    Orthogonal subspaces; its variance v is the second moment over all tokens. Derived here. At h = 1 the gain is
    $pv/(pv + \epsilon^2)$, to first order in noise over variance that of Wiener's filter for noise of variance
    $\epsilon^2/p$: what varies little is removed, what varies much is kept. Without the inverse it would be
    $1 - h(1 - pv/\epsilon^2)$, which amplifies without bound.

    Args:
        variance: v, at or above zero.
        dimension: p.
        distortion: epsilon, above zero.
        step: h, in units of $1/\beta$, between 0 and 1.

    Raises:
        ValueError: a negative variance, a dimension below one, a distortion at or below zero, a step outside [0, 1].

    >>> compression_gain(jnp.array([0.0, 0.5, 1e300]), 4.0, 2.0**0.5).round(6).tolist()
    [0.0, 0.5, 1.0]
    """
    v, p, e, h = together(variance=variance, dimension=dimension, distortion=distortion, step=step)
    v = within("variance", v, v >= 0, "variances at or above zero")
    p = within("dimension", p, p >= 1, "dimensions from 1")
    e = within("distortion", e, e > 0, "distortions above zero")
    h = within("step", h, (h >= 0) & (h <= 1), "steps in [0, 1]", "longer ones overshoot")
    return 1 - h / (1 + p * v / e / e)


def _parts(
    tokens: Float[ArrayLike, "..."], bases: Float[ArrayLike, "..."], distortion: float
) -> tuple[Float[Array, "k p n"], Float[Array, ""]]:
    """V_k, and beta."""
    z, u = one_matrix("tokens", tokens), finite("bases", bases)
    if u.ndim != 3 or u.shape[1] != len(z) or not u.size:
        raise ValueError(f"bases have shape {u.shape}; tokens of {len(z)} coordinates need (K, {len(z)}, p)")
    uneven = jnp.max(jnp.abs(jnp.einsum("kdp,kdq->kpq", u, u) - jnp.eye(u.shape[2], dtype=u.dtype)[None]))
    allowed, fix = "deviations from orthonormal columns by rounding", "take the Q of a QR factorization"
    uneven = within("a basis' deviation", uneven, uneven < jnp.finfo(u.dtype).eps ** 0.5, allowed, fix)
    e = plain_number("distortion", distortion, above=0)
    beta = u.shape[2] / z.shape[1] / e / e  # the square of an extreme one would overflow or vanish
    return jnp.einsum("kdp,dn->kpn", u, z) + 0 * uneven, jnp.asarray(beta, z.dtype)
