r"""Inputs that are not white: where the singular modes still decouple, and the exact single layer.

With input covariance $\Sigma_{xx}$ and input-output correlation $\Sigma_{yx}$ the modes of a deep linear network
decouple exactly when $\Sigma_{xx}$ commutes with $\Sigma_{yx}^\top \Sigma_{yx}$. Then mode i of an aligned balanced
start follows $\dot u_i = D\,u_i^{2-2/D}(s_i - d_i u_i)$: the whitened formula with target $s_i/d_i$ and time $d_i t$
(derived here). Otherwise the modes couple; use `theory.deep_linear.end_to_end.end_to_end_trajectory`.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, one_matrix, within
from theory.deep_linear.arguments import times_after_zero
from theory.deep_linear.end_to_end import covariance


class CorrelatedModes(NamedTuple):
    """Modes of correlated inputs, strongest first: strength s_i, input variance d_i, directions as columns.

    Learning ends at s_i / d_i; until then time runs d_i times as fast as with whitened inputs.
    """

    strengths: Float[Array, " modes"]
    variances: Float[Array, " modes"]
    left: Float[Array, "outputs modes"]
    right: Float[Array, "inputs modes"]


@closed_form
def coupling(
    sigma_yx: Float[ArrayLike, "outputs inputs"], sigma_xx: Float[ArrayLike, "inputs inputs"]
) -> Float[Array, ""]:
    r"""How far the modes are from decoupled: $|[\Sigma_{xx}, A]|_F/(|\Sigma_{xx}|_F |A|_F)$,
    $A = \Sigma_{yx}^\top\Sigma_{yx}$.

    Between 0 (exactly decoupled; whitened inputs are) and $\sqrt 2$.

    >>> coupling(jnp.array([[1.0, 0.0]]), jnp.array([[1.0, 0.0], [0.0, 3.0]])).item()
    0.0
    """
    yx, xx = (_normalized(a)[0] for a in _checked(sigma_yx, sigma_xx))
    gram = yx.T @ yx
    size = jnp.sqrt((gram**2).sum() * (xx**2).sum())
    square = ((xx @ gram - gram @ xx) ** 2).sum()
    root = jnp.where(square == 0, 0.0, jnp.sqrt(jnp.where(square == 0, 1.0, square)))  # of derivative zero at zero
    return root / jnp.where(size > 0, size, 1.0)


@closed_form
def correlated_modes(
    sigma_yx: Float[ArrayLike, "outputs inputs"], sigma_xx: Float[ArrayLike, "inputs inputs"], tolerance: float = 1e-6
) -> CorrelatedModes:
    r"""The modes of $\Sigma_{yx}$ and $\Sigma_{xx}$ where both are diagonal in one input basis.

    Args:
        sigma_yx: input-output correlation.
        sigma_xx: input covariance.
        tolerance: the largest `coupling` that counts as none.

    Raises:
        ValueError: modes that couple, with by how much; a covariance that is none.

    >>> modes = correlated_modes(jnp.array([[2.0, 0.0], [0.0, 3.0]]), jnp.diag(jnp.array([4.0, 0.5])))
    >>> modes.strengths.round(6).tolist(), modes.variances.round(6).tolist()
    ([3.0, 2.0], [0.5, 4.0])
    """
    yx, xx = _checked(sigma_yx, sigma_xx)
    off = coupling(*jax.lax.stop_gradient((yx, xx)))  # zero, where it has no derivative
    allowed = f"couplings up to {tolerance:.3g}"
    off = within("coupling of the modes", off, off <= tolerance, allowed, "use end_to_end_trajectory")
    (small_yx, size), (small_xx, _) = _normalized(yx + 0 * off), _normalized(xx)
    # One diagonalization serves both: an irrational mixture has no degeneracy that the two do not share.
    vectors = jnp.linalg.eigh(small_yx.T @ small_yx + 0.6180339887498949 * small_xx)[1]
    images = small_yx @ vectors
    strengths = jnp.sqrt((images**2).sum(0))
    order = jnp.argsort(-strengths)[: min(yx.shape)]
    strengths, right = strengths[order], vectors[:, order]
    left = images[:, order] / jnp.where(strengths > 0, strengths, 1.0)[None, :]
    return CorrelatedModes(size * strengths, ((xx @ right) * right).sum(0), left, right)


@closed_form
def single_layer_trajectory(
    times: Float[ArrayLike, " time"],
    start: Float[ArrayLike, "outputs inputs"],
    sigma_yx: Float[ArrayLike, "outputs inputs"],
    sigma_xx: Float[ArrayLike, "inputs inputs"],
) -> Float[Array, "time outputs inputs"]:
    r"""Gradient flow of one layer, exact for every covariance:
    $W(t) = W_0 e^{-\Sigma t} + \Sigma_{yx} \int_0^t e^{-\Sigma s} ds$.

    Finite also where $\Sigma = \Sigma_{xx}$ is singular. The shallow rival of every deep trajectory: each input
    direction is learned at its own variance, without plateau.

    Returns:
        W at each time; differentiable in times, start and sigma_yx.

    Raises:
        ValueError: a time before zero, shapes that do not match, a covariance that is none.

    >>> one = jnp.array([[1.0]])
    >>> single_layer_trajectory(jnp.array([0.0, 2.0]), 0 * one, 3 * one, 0 * one)[:, 0, 0].tolist()
    [0.0, 6.0]
    """
    w0 = one_matrix("start", start)
    t = times_after_zero(times, w0.dtype)
    yx, xx = _checked(sigma_yx, sigma_xx)
    if yx.shape != w0.shape:
        raise ValueError(f"sigma_yx has shape {yx.shape} but the start has shape {w0.shape}; transpose or select")
    rates, basis = jnp.linalg.eigh(xx)
    x = (t[:, None] * rates[None, :])[:, None, :]
    grown = t[:, None, None] * jnp.where(x == 0, 1.0, -jnp.expm1(-x) / jnp.where(x == 0, 1.0, x))
    return ((w0 @ basis)[None] * jnp.exp(-x) + (yx @ basis)[None] * grown) @ basis.T


def _checked(sigma_yx: Float[ArrayLike, "m n"], sigma_xx: Float[ArrayLike, "k l"]) -> tuple[Array, Array]:
    yx, xx = one_matrix("sigma_yx", sigma_yx), finite("sigma_xx", sigma_xx)
    n = yx.shape[-1]
    if xx.shape != (n, n):
        raise ValueError(f"sigma_xx has shape {xx.shape} but sigma_yx has {n} inputs; it must be inputs x inputs")
    return yx, covariance(xx, n)


def _normalized(array: Array) -> tuple[Array, Array]:
    """Scaled to largest entry 1, so that squares neither overflow nor vanish, and that entry."""
    size = jnp.abs(array).max()
    return array / jnp.where(size > 0, size, 1.0), size
