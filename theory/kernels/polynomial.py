r"""Duals of polynomials by Mehler's formula, $\mathbb E f(u) f(v) = \sum_k a_k(q_1) a_k(q_2)\, c^k$."""

import math
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from theory.core.domain import whole
from theory.kernels.gaps import root

Values = Float[Array, "..."]
HIGHEST = 50  # sums of coefficients of either sign are off by 5e-10 there, 3e-6 at 60, altogether at 70


@dataclass(frozen=True)
class Polynomial:
    r"""$f(x) = \sum_j p_j x^j$, coefficients from the constant upwards.

    >>> round(float(Polynomial((0.0, 0.0, 1.0)).moment(jnp.array(1.0))), 12)  # E z^4
    3.0
    """

    coefficients: tuple[float, ...]

    def __post_init__(self) -> None:
        given = tuple(float(p) for p in self.coefficients)
        if not given or not all(math.isfinite(p) for p in given):
            raise ValueError(f"coefficients = {self.coefficients} must be one finite number or more")
        object.__setattr__(self, "coefficients", given)

    def __call__(self, x: Values) -> Values:
        out = jnp.zeros_like(x)
        for p in reversed(self.coefficients):
            out = out * x + p
        return out

    def moment(self, q: Values) -> Values:
        return sum((a**2 for a in self._expanded(q)), jnp.zeros_like(q))

    def gap(self, q1: Values, q2: Values, gap: Values) -> Values:
        a1, a2 = self._expanded(q1), self._expanded(q2)
        r1, r2 = root(self.moment(q1)), root(self.moment(q2))
        n1, n2 = (jnp.where(r > 0, r, 1.0) for r in (r1, r2))
        out = jnp.zeros_like(gap)
        for k, (one, other) in enumerate(zip(a1, a2)):
            one, other = one / n1, other / n2
            out = out + (one - other) ** 2 / 2 + one * other * _missing(gap, k)
        return jnp.where((r1 > 0) & (r2 > 0), jnp.clip(out, 0.0, 2.0), 0.0)

    def slope(self, q1: Values, q2: Values, gap: Values) -> Values:
        derived = Polynomial(tuple(j * p for j, p in enumerate(self.coefficients))[1:] or (0.0,))
        pairs = zip(derived._expanded(q1), derived._expanded(q2))
        return sum((a * b * (1 - gap) ** k for k, (a, b) in enumerate(pairs)), jnp.zeros_like(gap))

    def _expanded(self, q: Values) -> list[Values]:
        """Coefficients on normalized Hermite polynomials: <z^j, h_k> = j! / (((j-k)/2)! 2^((j-k)/2) sqrt(k!))."""
        r, degree = root(q), len(self.coefficients) - 1
        out = []
        for k in range(degree + 1):
            a = jnp.zeros_like(q)
            for j in range(k, degree + 1, 2):
                pairs = (j - k) // 2
                overlap = math.factorial(j) / (math.factorial(pairs) * 2**pairs * math.sqrt(math.factorial(k)))
                a = a + self.coefficients[j] * overlap * r**j
            out.append(a)
        return out


def hermite(degree: int) -> Polynomial:
    r"""The normalized Hermite polynomial $He_k/\sqrt{k!}$, whose dual at unit second moments is $c^k$.

    Raises:
        ValueError: a degree above 50: from coefficients of monomials the duals of higher ones lose their digits.

    >>> [round(p, 6) for p in hermite(2).coefficients]
    [-0.707107, 0.0, 0.707107]
    """
    k = whole("degree", degree, least=0)
    if k > HIGHEST:
        raise ValueError(f"degree = {k} is above {HIGHEST}, where sums of its coefficients lose their digits")
    powers = np.polynomial.hermite_e.herme2poly([0.0] * k + [1.0])
    return Polynomial(tuple(float(p) for p in powers / math.sqrt(math.factorial(k))))


def _missing(gap: Values, k: int) -> Values:
    """1 - c^k without cancellation, as delta (1 + c + ... + c^(k-1))."""
    total = jnp.zeros_like(gap)
    for _ in range(k):
        total = total * (1 - gap) + 1
    return gap * total
