r"""Duals of smooth activations in elementary functions.

(u, v) is centered Gaussian with $\mathbb E u^2 = q_1$, $\mathbb E v^2 = q_2$, $\mathbb E uv = k = \sqrt{q_1 q_2}(1 -
\delta)$; $A = \mathbb E(u-v)^2$, $B = \mathbb E(u+v)^2$.
"""

from dataclasses import dataclass
from math import pi

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import erf, ndtr
from jaxtyping import Array, Float

from theory.kernels.gaps import from_distance, ratio, root, square_distance, square_sum

Values = Float[Array, "..."]


@dataclass(frozen=True)
class Erf:
    r"""$\mathbb E f(u) f(v) = \tfrac2\pi \arcsin\frac{2k}{\sqrt{(1+2q_1)(1+2q_2)}}$ (Williams 1997)."""

    def __call__(self, x: Values) -> Values:
        return erf(x)

    def moment(self, q: Values) -> Values:
        return 2 / pi * jnp.arctan2(2 * q, jnp.sqrt(1 + 4 * q))

    def gap(self, q1: Values, q2: Values, gap: Values) -> Values:
        k = root(q1) * root(q2) * (1 - gap)
        across = jnp.sqrt(determinant(q1, q2, gap))
        half = (_below(q1, q2, gap, k, across) + _below(q2, q1, gap, k, across)) / pi
        e1, e2 = jnp.sqrt(1 + 4 * q1), jnp.sqrt(1 + 4 * q2)
        apart = ratio((q1 - q2) * (q1 + q2 + 4 * q1 * q2), q1 * e2 + q2 * e1)
        difference = 2 / pi * jnp.arctan2(2 * apart, e1 * e2 + 4 * q1 * q2)
        return from_distance(half, self.moment(q1), self.moment(q2), difference)

    def slope(self, q1: Values, q2: Values, gap: Values) -> Values:
        return 4 / pi / jnp.sqrt(determinant(q1, q2, gap))


def _below(q: Values, other: Values, gap: Values, k: Values, across: Values) -> Values:
    """arcsin at (q, q) minus arcsin at (q, other), as one arc tangent of a difference without cancellation."""
    end = jnp.sqrt(1 + 4 * q)
    lead = (2 * (other - q) + 4 * q * other * gap * (2 - gap)) / (across + end)
    short = root(q) * (root(q) - root(other)) + root(q) * root(other) * gap
    return jnp.arctan2(2 * (q * lead + short * end), end * across + 4 * q * k)


def determinant(q1: Values, q2: Values, gap: Values) -> Values:
    r"""$\det(1 + 2\Sigma) = (1 + 2q_1)(1 + 2q_2) - 4k^2$, every term positive."""
    return 1 + 2 * q1 + 2 * q2 + 4 * q1 * q2 * gap * (2 - gap)


def _waves(q1: Values, q2: Values, gap: Values) -> tuple[Values, Values, Values]:
    """1 - exp(-A/2), exp(-B/2) and half the squared difference of exp(-q)."""
    fast, slow = square_distance(q1, q2, gap), square_sum(q1, q2, gap)
    apart = jnp.exp(-q2) * jnp.expm1(q2 - q1)
    return -jnp.expm1(-fast / 2), jnp.exp(-slow / 2), apart**2 / 2


@dataclass(frozen=True)
class Sin:
    r"""$\mathbb E \sin u \sin v = e^{-(q_1+q_2)/2} \sinh k$."""

    def __call__(self, x: Values) -> Values:
        return jnp.sin(x)

    def moment(self, q: Values) -> Values:
        return -jnp.expm1(-2 * q) / 2

    def gap(self, q1: Values, q2: Values, gap: Values) -> Values:
        fast, slow, apart = _waves(q1, q2, gap)
        half = (fast * (1 + slow) - apart) / 2
        return from_distance(half, self.moment(q1), self.moment(q2), _moments_apart(q1, q2))

    def slope(self, q1: Values, q2: Values, gap: Values) -> Values:
        fast, slow, _ = _waves(q1, q2, gap)
        return (1 - fast + slow) / 2


@dataclass(frozen=True)
class Cos:
    r"""$\mathbb E \cos u \cos v = e^{-(q_1+q_2)/2} \cosh k$."""

    def __call__(self, x: Values) -> Values:
        return jnp.cos(x)

    def moment(self, q: Values) -> Values:
        return (1 + jnp.exp(-2 * q)) / 2

    def gap(self, q1: Values, q2: Values, gap: Values) -> Values:
        fast, _, apart = _waves(q1, q2, gap)
        half = (-fast * jnp.expm1(-square_sum(q1, q2, gap) / 2) + apart) / 2
        return from_distance(half, self.moment(q1), self.moment(q2), -_moments_apart(q1, q2))

    def slope(self, q1: Values, q2: Values, gap: Values) -> Values:
        fast, slow, _ = _waves(q1, q2, gap)
        return (1 - fast - slow) / 2


def _moments_apart(q1: Values, q2: Values) -> Values:
    return -jnp.exp(-2 * q2) * jnp.expm1(2 * (q2 - q1)) / 2


@dataclass(frozen=True)
class Exp:
    r"""$\mathbb E e^u e^v = e^{(q_1+q_2)/2 + k}$: its correlation is the Gaussian kernel $e^{-A/2}$."""

    def __call__(self, x: Values) -> Values:
        return jnp.exp(x)

    def moment(self, q: Values) -> Values:
        return jnp.exp(2 * q)

    def gap(self, q1: Values, q2: Values, gap: Values) -> Values:
        return -jnp.expm1(-square_distance(q1, q2, gap) / 2)

    def slope(self, q1: Values, q2: Values, gap: Values) -> Values:
        return jnp.exp(square_sum(q1, q2, gap) / 2)


@dataclass(frozen=True)
class Gaussian:
    r"""$f(x) = e^{-x^2}$: $\mathbb E f(u) f(v) = \det(1 + 2\Sigma)^{-1/2}$."""

    def __call__(self, x: Values) -> Values:
        return jnp.exp(-(x**2))

    def moment(self, q: Values) -> Values:
        return 1 / jnp.sqrt(1 + 4 * q)

    def gap(self, q1: Values, q2: Values, gap: Values) -> Values:
        e1, e2 = jnp.sqrt(1 + 4 * q1), jnp.sqrt(1 + 4 * q2)
        over = ((4 * (q1 - q2) / (e1 + e2)) ** 2 / 2 + 4 * q1 * q2 * gap * (2 - gap)) / (e1 * e2)
        return -jnp.expm1(-jnp.log1p(over) / 2)

    def slope(self, q1: Values, q2: Values, gap: Values) -> Values:
        return 4 * root(q1) * root(q2) * (1 - gap) / determinant(q1, q2, gap) ** 1.5


_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)


@dataclass(frozen=True)
class Gelu:
    r"""$f(x) = x \Phi(x)$ with the Gaussian distribution function.

    With $\Delta = (1+q_1)(1+q_2) - k^2$ and $F = \mathbb E \Phi(u)\Phi(v) = \tfrac14 + \tfrac1{2\pi}
    \arcsin\frac{k}{\sqrt{(1+q_1)(1+q_2)}}$ (derived here by Stein's lemma, twice):
    $\mathbb E f(u) f(v) = kF + \frac{q_1 q_2 - k^2 + k^2/(1+q_1) + k^2/(1+q_2)}{2\pi\sqrt\Delta}$ and
    $\mathbb E f'(u) f'(v) = F + \frac{k}{2\pi\sqrt\Delta}\bigl(\tfrac1{1+q_1} + \tfrac1{1+q_2} + \tfrac1\Delta\bigr)$.
    """

    def __call__(self, x: Values) -> Values:
        return x * ndtr(x)

    def moment(self, q: Values) -> Values:
        return self._kernel(q, q, jnp.zeros_like(q))

    def gap(self, q1: Values, q2: Values, gap: Values) -> Values:
        m1, m2 = self.moment(q1), self.moment(q2)
        size = root(m1) * root(m2)
        s, zero = root(q1) * root(q2), jnp.zeros_like(gap)
        same = (q1 == q2) & (gap >= 0)
        at_one = jnp.where(same, 0.0, jnp.maximum(1 - ratio(self._kernel(q1, q2, zero), size), 0.0))
        rise = zero  # of the dual from its value at equal directions: the integral of the derivative dual
        for node, weight in zip(_NODES, _WEIGHTS):
            rise = rise + weight / 2 * self.slope(q1, q2, gap * (1 + node) / 2)
        near = gap * s**2 < 0.05 * (1 + q1 + q2)
        near_gap = at_one + ratio(s * gap * rise, size)
        return jnp.clip(jnp.where(near, near_gap, 1 - ratio(self._kernel(q1, q2, gap), size)), 0.0, 2.0)

    def slope(self, q1: Values, q2: Values, gap: Values) -> Values:
        k, wide, both = self._parts(q1, q2, gap)
        return both + k / (2 * pi * jnp.sqrt(wide)) * (1 / (1 + q1) + 1 / (1 + q2) + 1 / wide)

    def _kernel(self, q1: Values, q2: Values, gap: Values) -> Values:
        k, wide, both = self._parts(q1, q2, gap)
        across = q1 * q2 * gap * (2 - gap) + k**2 / (1 + q1) + k**2 / (1 + q2)
        return k * both + across / (2 * pi * jnp.sqrt(wide))

    @staticmethod
    def _parts(q1: Values, q2: Values, gap: Values) -> tuple[Values, Values, Values]:
        k = root(q1) * root(q2) * (1 - gap)
        wide = 1 + q1 + q2 + q1 * q2 * gap * (2 - gap)
        return k, wide, 0.25 + jnp.arctan2(k, jnp.sqrt(wide)) / (2 * pi)
