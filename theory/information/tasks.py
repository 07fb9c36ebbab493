r"""Joint laws with known information that are not Gaussian, for testing estimators."""

import jax.numpy as jnp
from jax.scipy.special import digamma, gammaln
from jaxtyping import Array, ArrayLike, Float, Num

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within


@closed_form
def additive_noise_information(reach: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""Information in nats of X uniform on [0, 1] and Y = X + U, U uniform on $[-\epsilon, \epsilon]$.

    $\epsilon - \log 2\epsilon$ for $\epsilon \le 1/2$ and $1/4\epsilon$ above :cite:p:`gao2015`, derived here from the
    trapezoidal law of Y.

    Raises:
        ValueError: a reach at or below zero.

    >>> additive_noise_information(jnp.array([0.125, 0.75])).round(6).tolist()
    [1.511294, 0.333333]
    """
    (e,) = together(reach=reach)
    e = within("reach", e, e > 0, "reaches above zero")
    return jnp.where(e <= 0.5, e - jnp.log(2 * e), 0.25 / e)


@closed_form
def student_information(
    dx: Num[ArrayLike, "..."], dy: Num[ArrayLike, "..."], freedom: Num[ArrayLike, "..."]
) -> Float[Array, "..."]:
    r"""Information in nats of the first dx and the last dy coordinates of an uncorrelated multivariate Student law.

    $h_{d_x} + h_{d_y} - h_{d_x + d_y}$ with the entropy
    $h_d = \log\frac{\Gamma(\nu/2)}{\Gamma((\nu+d)/2)} + \frac d2 \log \nu\pi
    + \frac{\nu+d}2\bigl[\psi(\tfrac{\nu+d}2) - \psi(\tfrac\nu2)\bigr]$: one common scale makes the coordinates
    dependent without correlation :cite:p:`czyz2023`. For canonical correlations rho of the dispersion add
    $-\frac12 \sum \log(1 - \rho_i^2)$.

    Raises:
        ValueError: no coordinate on a side, degrees of freedom at or below zero.

    >>> round(float(student_information(1, 1, 1.0)), 6)
    0.224171
    """
    dx, dy, nu = together(dx=dx, dy=dy, freedom=freedom)
    dx, dy = (within(n, v, v >= 1, "numbers of coordinates from 1") for n, v in (("dx", dx), ("dy", dy)))
    nu = within("freedom", nu, nu > 0, "degrees of freedom above zero")

    def entropy(d: Array) -> Array:  # less the terms linear in d, which cancel
        half = (nu + d) / 2
        return gammaln(nu / 2) - gammaln(half) + half * (digamma(half) - digamma(nu / 2))

    return entropy(dx) + entropy(dy) - entropy(dx + dy)
