r"""A square root of $P(t)$ for $\dot P = FP + PF - P^2$ from $P(0) = QQ^\top$, at times of any size.

What the flow of two layers and that of a symmetric factorization have in common. No exponential grows: the rows of Q in
the eigenbasis of F, in order of falling eigenvalues, are made triangular by a rotation of Q's columns, and every factor
is scaled to at most 1.
"""

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float

BATCH = 8  # times computed together


def roots_along(
    times: Float[Array, " time"],
    rates: Float[Array, " n"],
    basis: Float[Array, "n n"],
    start: Float[Array, "n r"],
) -> Float[Array, "time n m"]:
    """Square roots R of P = R R' at the times.

    Args:
        rates: eigenvalues of F, largest first.
        basis: its eigenvectors as columns.
        start: Q.
    """
    lower = _triangular(basis.T @ start)
    return jax.lax.map(lambda now: basis @ _grown(now, rates, lower), times, batch_size=BATCH)  # memory


def _triangular(rows: Array) -> Array:
    """The rows after the rotation of the hidden units that makes them lower triangular."""
    return jnp.linalg.qr(rows.T)[1].T


def _grown(t: Array, rates: Array, lower: Array) -> Array:
    """A square root of P(t) in the eigenbasis, e^(ft) L [1 + L' Phi L]^(-1/2), each factor scaled to at most 1."""
    log_phi, log_gain = _exponents(t, rates)
    entry = jnp.where(lower == 0, 1.0, lower)
    sign, log_l = jnp.sign(lower), jnp.log(jnp.abs(entry))
    integrals = jnp.where(lower == 0, -jnp.inf, log_l + log_phi[:, None])
    largest = jax.lax.stop_gradient(jnp.maximum(integrals.max(0), 0.0))
    relative = integrals - largest[None, :]
    rest = jnp.exp(-2 * largest)
    log_size = 0.5 * jnp.log(rest + jnp.exp(2 * relative).sum(0))
    integrated = sign * jnp.exp(relative - log_size[None, :])
    # columns that rounding alone made, of a start of too low a rank, may be parallel: within rounding they are not
    rounding = sum(lower.shape) * jnp.finfo(lower.dtype).eps
    bracket = jnp.diag(rest * jnp.exp(-2 * log_size) + rounding) + integrated.T @ integrated
    grown = jnp.where(t > 0, relative + log_gain[:, None], jnp.where(lower == 0, -jnp.inf, log_l))
    scaled = sign * jnp.exp(grown - log_size[None, :])
    return solve_triangular(jnp.linalg.cholesky(bracket), scaled.T, lower=True).T


def _exponents(t: Array, rates: Array) -> tuple[Array, Array]:
    """1/2 ln Phi and f t - 1/2 ln Phi of Phi = (e^(2ft) - 1)/2f; the second, ln 2f/(1 - e^(-2ft)), must not cancel."""
    most = jnp.finfo(t.dtype).max / 16
    latest = most / jnp.where(rates == 0, 1.0, jnp.maximum(jnp.abs(rates), 1.0))
    x = 2 * rates * jnp.minimum(t, latest)  # a later time would overflow, and has the logarithm of its size below
    small = jnp.abs(x) < 1e-5
    size = jnp.abs(jnp.where(small, 1.0, x))
    log_size = jnp.where(t > latest, jnp.log(2 * jnp.abs(jnp.where(small, 1.0, rates))) + jnp.log(t), jnp.log(size))
    # Phi = t e^max(x, 0) (1 - e^-|x|)/|x|
    log_mean = jnp.where(
        small, 0.5 * jnp.log1p(-jnp.where(small, jnp.abs(x), 0.0) / 2), 0.5 * (jnp.log(-jnp.expm1(-size)) - log_size)
    )
    log_time = 0.5 * jnp.log(jnp.where(t > 0, t, 1.0))
    log_phi = jnp.where(t > 0, log_time, -jnp.inf) + log_mean + 0.5 * jnp.maximum(x, 0.0)
    return log_phi, 0.5 * jnp.minimum(x, 0.0) - log_mean - log_time
