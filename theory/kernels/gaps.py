r"""Correlations carried as their gap $\delta = 1 - c$.

The derivative dual of a kinked activation has a square root at $c = 1$: one rounding of c is the square root of a
rounding in the neural tangent kernel. The gap keeps the digits, since every step below is free of cancellation or errs
by $\sqrt\delta$ roundings, which is one rounding of the angle.
"""

import math
from functools import cache

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

SERIES_BELOW = 0.5  # radians; nine terms are exact to rounding there


def angle(gap: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""$\theta = 2 \arcsin\sqrt{\delta/2}$, exact at both ends; its gradient is set to zero where it is infinite.

    >>> float(angle(jnp.array(2.0))) == math.pi
    True
    """
    far = gap > 1
    square = jnp.where(far, 2 - gap, gap) / 2
    series = jnp.zeros_like(square)
    for c in arcsine_over_root(8 if gap.dtype == jnp.float32 else 21):
        series = series * square + c
    half = root(square) * series
    return jnp.where(far, math.pi - 2 * half, 2 * half)


@cache
def arcsine_over_root(degree: int) -> tuple[float, ...]:
    r"""Of the polynomial nearest to $\arcsin(\sqrt z)/\sqrt z$ on $[0, 1/2]$, the highest power first.

    Powers and not Chebyshev's polynomials: all are positive, and a polynomial is several times faster than an arc
    tangent, which XLA does not vectorize.
    """
    nodes = (np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1)) + 1) / 4
    fit = np.polynomial.Chebyshev.fit(nodes, np.arcsin(np.sqrt(nodes)) / np.sqrt(nodes), degree, domain=[0, 0.5])
    return tuple(float(c) for c in fit.convert(kind=np.polynomial.Polynomial).coef[::-1])


def sine(gap: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""$\sin\theta = \sqrt{\delta (2 - \delta)}$."""
    return root(gap) * root(2 - gap)


def sine_excess(gap: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""$\sin\theta - \theta\cos\theta$, by its series $\sum_k (-1)^{k+1}\, 2k\,\theta^{2k+1}/(2k+1)!$ at small angles.

    >>> float(sine_excess(jnp.array(1.0)))
    1.0
    """
    theta = angle(gap)
    square = theta**2
    series = jnp.zeros_like(theta)
    for k in range(9, 0, -1):
        series = series * square + (-1) ** (k + 1) * 2 * k / math.factorial(2 * k + 1)
    return jnp.where(theta < SERIES_BELOW, theta * square * series, sine(gap) - theta * (1 - gap))


def root(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """The square root, 0 with zero gradient at and below 0, NaN of NaN."""
    flat = x <= 0
    return jnp.where(flat, 0.0, jnp.sqrt(jnp.where(flat, 1.0, x)))


def ratio(above: Float[Array, "..."], below: Float[Array, "..."]) -> Float[Array, "..."]:
    """The quotient, 0 where the denominator is 0."""
    nonzero = below != 0
    return jnp.where(nonzero, above / jnp.where(nonzero, below, 1.0), 0.0)


def square_distance(q1: Float[Array, "..."], q2: Float[Array, "..."], gap: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""$\mathbb E (u - v)^2 = (\sqrt{q_1} - \sqrt{q_2})^2 + 2\sqrt{q_1 q_2}\,\delta$."""
    return (root(q1) - root(q2)) ** 2 + 2 * root(q1) * root(q2) * gap


def square_sum(q1: Float[Array, "..."], q2: Float[Array, "..."], gap: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""$\mathbb E (u + v)^2$."""
    return (root(q1) - root(q2)) ** 2 + 2 * root(q1) * root(q2) * (2 - gap)


def from_distance(
    half: Float[Array, "..."], m1: Float[Array, "..."], m2: Float[Array, "..."], difference: Float[Array, "..."]
) -> Float[Array, "..."]:
    """The gap of two variables of second moments m1, m2 at half the mean squared distance; `difference` is m1 - m2."""
    r1, r2 = root(m1), root(m2)
    apart = ratio(difference, r1 + r2)
    return jnp.clip(ratio(half - apart**2 / 2, r1 * r2), 0.0, 2.0)


def affine(
    q1: Float[Array, "..."],
    q2: Float[Array, "..."],
    gap: Float[Array, "..."],
    weight: Float[Array, ""],
    bias: Float[Array, ""],
) -> tuple[Float[Array, "..."], Float[Array, "..."], Float[Array, "..."]]:
    r"""Second moments and gap after $q \mapsto w q + b$, every term positive.

    $1 - c' = \bigl[w s \delta + w b\,(\sqrt{q_1} - \sqrt{q_2})^2 / (\sqrt{Q_1 Q_2} + w s + b)\bigr] / \sqrt{Q_1 Q_2}$
    with $s = \sqrt{q_1 q_2}$ and $Q = w q + b$, by Lagrange's identity.
    """
    out1, out2 = weight * q1 + bias, weight * q2 + bias
    s, size = root(q1) * root(q2), root(out1) * root(out2)
    spread = ratio(weight * bias * (root(q1) - root(q2)) ** 2, size + weight * s + bias)
    return out1, out2, jnp.clip(ratio(weight * s * gap + spread, size), 0.0, 2.0)
