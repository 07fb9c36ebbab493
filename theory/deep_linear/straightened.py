r"""The functions that straighten the balanced flow beside its singular points, and their inverses, for each depth.

With $q = 1 - 2/D$. The inverses are analytic where they are used; they are polynomials, fitted once for each depth
on the host, in double precision.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.polynomial import chebyshev
from scipy.special import digamma, roots_jacobi, roots_legendre

Numbers = TypeVar("Numbers", Array, np.ndarray)

NEAR = (-0.25, 1.0)  # y = s/u - 1 beside s
FAR = (-1.0, 0.75)  # w = s/u far from s
ZERO = (-1.0, 0.5)  # v = u/s beside zero
NODES = 18  # the nearest singularity, at y = -1 or w = 1, is three half-lengths away: (3 + sqrt 8)^(-2 n) or 3^(-2 n)
ROUNDING = 2e-15  # of a fitted coefficient


class ZeroCurve(NamedTuple):
    """|u_e/u|^q along a mode beside zero, by the clock from the edge u_e of that phase: linear far from the edge."""

    q: float
    series: "Series"

    def __call__(self, clock: Float[Array, "..."]) -> Float[Array, "..."]:
        return (1 + self.q * clock) * self.series(1 - jax.lax.rsqrt(1 + clock))


class Series(NamedTuple):
    """A polynomial in the variable that runs from -1 to 1 between low and high, lowest power first."""

    low: float
    high: float
    coefficients: tuple[float, ...]

    def __call__(self, x: Float[Array, "..."]) -> Float[Array, "..."]:
        """Horner's rule, unrolled: the terms are few and XLA fuses them."""
        x = (x - 0.5 * (self.low + self.high)) * (2 / (self.high - self.low))
        value = jnp.full_like(x, self.coefficients[-1])
        for c in self.coefficients[-2::-1]:
            value = value * x + c
        return value


def stieltjes(x: Numbers, c: float) -> Numbers:
    r"""$R_c(x) = \int_0^1 \frac{r^c}{1 - x r} dr = \frac{1}{1+c}\,{}_2F_1(1, 1+c; 2+c; x)$ on [-1, 3/4].

    By the rule of Gauss and Jacobi for the weight $r^c$.
    """
    r, weights = (_on_a_new_axis(values, x) for values in _gauss(c, NODES))
    return (weights / (1 - r * x[..., None])).sum(axis=-1)


def stieltjes_terms(x: Float[Array, "..."], c: float, nodes: int = 10) -> Float[Array, "..."]:
    """The same on [-1, 1/2], where ten nodes suffice, as one fraction of positive terms: one division a point."""
    above: list[Array | float] = _gauss(c, nodes)[1].tolist()
    below = [1 - r * x for r in _gauss(c, nodes)[0].tolist()]
    while len(below) > 1:
        above, below = _added_in_pairs(above, below)
    return above[0] / below[0]


def _added_in_pairs(above: list[Array | float], below: list[Array]) -> tuple[list[Array | float], list[Array]]:
    """Half as many fractions of the same sum."""
    odd = len(below) % 2
    left, right = slice(0, len(below) - odd, 2), slice(1, None, 2)
    fractions = list(zip(above[left], below[left], above[right], below[right], strict=True))
    sums = [a * d + c * b for a, b, c, d in fractions]
    return sums + above[len(above) - odd :], [b * d for _, b, _, d in fractions] + below[len(below) - odd :]


def near_logarithm(y: Numbers, q: float) -> Numbers:
    r"""$g(y) = \int_0^y \frac{(1+x)^q - 1}{x} dx$ on [-1/4, 1]: then $y\,e^{g(y)}$ decays exponentially."""
    xp = np if isinstance(y, np.ndarray) else jnp
    r, weights = (_on_a_new_axis(values, y) for values in _gauss(0.0, NODES))
    return (weights / r * xp.expm1(q * xp.log1p(r * y[..., None]))).sum(axis=-1)


def near_inverse(h: Float[Array, "..."], q: float) -> Float[Array, "..."]:
    """The ratio y/h of the y in [-1/4, 1] with y exp(g(y)) = h; it is 1 at zero."""
    branch, balance, series = _near_series(q)
    return series((h - branch - balance) / (h - branch + balance))


def far_power(w: Numbers, q: float) -> Numbers:
    r"""$\omega(w) = w\,((1+q) R_q(w))^{1/(1+q)}$: then $|\omega|^{1+q}$ grows linearly in time."""
    return w * ((1 + q) * stieltjes(w, q)) ** (1 / (1 + q))


def far_inverse(omega: Float[Array, "..."], q: float) -> Float[Array, "..."]:
    """The ratio w / omega(w), which is 1 at zero; multiplied by omega it inverts `far_power` on [-1, 3/4]."""
    return _far_series(q)(omega)


@cache
def zero_curves(q: float) -> tuple[ZeroCurve, ZeroCurve]:
    """The curves of the rising and of the falling modes to about six digits, for a guess."""
    return _zero_curve(q, ZERO[1]), _zero_curve(q, ZERO[0])


def _zero_curve(q: float, v: float) -> ZeroCurve:
    b, start = 1 - q, v * v * stieltjes(np.array([v]), 1 - q)

    def clock(x: np.ndarray) -> np.ndarray:
        v_now = v * np.exp(-x)
        tail = v_now * v_now * stieltjes(v_now, b) * np.exp(q * x) - start
        return np.expm1(q * x) / q - tail - v * (np.expm1(-b * x) / b if b else -x)

    def ratio(z: np.ndarray) -> np.ndarray:
        t = 1 / (1 - z) ** 2 - 1
        x = np.log1p(q * t) / q
        for _ in range(40):
            x = np.maximum(x - (clock(x) - t) * (1 - v * np.exp(-x)) * np.exp(-q * x), 0.0)
        return np.exp(q * x) / (1 + q * t)

    return ZeroCurve(q, _fit(ratio, 0.0, 1.0, 18))


@cache
def _gauss(c: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights on [0, 1] for the weight r^c."""
    x, w = roots_jacobi(n, 0.0, c) if c else roots_legendre(n)
    return (1 + x) / 2, w / 2 ** (c + 1)


def _on_a_new_axis(values: np.ndarray, like: Numbers) -> np.ndarray:
    return values.astype(like.dtype).reshape((1,) * like.ndim + (-1,))


@cache
def _near_series(q: float) -> tuple[float, float, Series]:
    """The series of y/h in the fractional-linear variable that puts both singularities of the inverse equally far.

    They are h(-1), where the derivative of h vanishes, and infinity.
    """
    branch = -np.exp(-(digamma(1 + q) + np.euler_gamma))

    def h(y: np.ndarray) -> np.ndarray:
        return y * np.exp(near_logarithm(y, q))

    low, high = h(np.array(NEAR)) - branch
    balance = np.sqrt(low * high)
    edge = (high - balance) / (high + balance)

    def ratio(z: np.ndarray) -> np.ndarray:
        value = branch + balance * (1 + z) / (1 - z)
        return _invert(h, lambda y: h(y) / y * (1 + y) ** q, value, NEAR) / value

    return float(branch), float(balance), _fit(ratio, -edge, edge, 36)


@cache
def _far_series(q: float) -> Series:
    def slope(w: np.ndarray) -> np.ndarray:
        return ((1 + q) * stieltjes(w, q)) ** (-q / (1 + q)) / (1 - w)

    low, high = far_power(np.array(FAR), q)
    return _fit(lambda omega: _invert(lambda w: far_power(w, q), slope, omega, FAR) / omega, low, high, 22)


def _invert(f: Callable, slope: Callable, value: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    """Newton's method kept within bounds, for a smooth increasing function whose slope varies by a small factor."""
    x = np.clip(value, *bounds)
    for _ in range(40):
        x = np.clip(x - (f(x) - value) / slope(x), *bounds)
    return x


def _fit(f: Callable, low: float, high: float, terms: int) -> Series:
    """Interpolation at twice as many Chebyshev points as terms, cut where the terms are lost in rounding.

    The coefficients fall faster than (1 + sqrt 2)^-k, so that powers are as good a basis as Chebyshev polynomials.
    """
    angles = (np.arange(2 * terms) + 0.5) * np.pi / (2 * terms)
    values = f((low + high) / 2 + (high - low) / 2 * np.cos(angles))
    coefficients = np.array([np.mean(values * np.cos(k * angles)) * (2 if k else 1) for k in range(terms)])
    last = np.flatnonzero(np.abs(coefficients) > ROUNDING)[-1]
    return Series(float(low), float(high), tuple(chebyshev.cheb2poly(coefficients[: last + 1]).tolist()))
