r"""The Fuss-Catalan law: squared singular values of a product of D wide Gaussian matrices.

For independent N x N matrices with centered entries of variance 1/N the squared singular values of $W_D \cdots W_1$
follow, as $N \to \infty$, the law on $[0, (D+1)^{D+1}/D^D]$ whose moments are the Fuss-Catalan numbers
(Penson and Zyczkowski 2011, arXiv 1103.3453). D = 1 is the Marchenko-Pastur law, a quarter circle in the
singular value itself. With gain g in every layer multiply the squared singular values by $g^{2D}$.

Everything rests on one angle $0 < \varphi < \pi/(D+1)$ (Forrester and Liu 2015, arXiv 1404.5759, Proposition 2.1;
Haagerup and Moller 2013):

$$x(\varphi) = \frac{\sin^{D+1}((D+1)\varphi)}{\sin\varphi\,\sin^D(D\varphi)},\qquad
  \rho(x(\varphi)) = \frac{\sin\varphi\,\sin((D+1)\varphi)}{\pi\,x\,\sin(D\varphi)}.$$

The distribution function is elementary in it (derived here): the generating function $B = 1 + B^{D+1}/x$ is
$B = e^{i\varphi}\sin((D+1)\varphi)/\sin(D\varphi)$, its Stieltjes integral is
$\int (B/x)\,dx = D\,B - \log(B - 1)$, and $B - 1 = e^{i(D+1)\varphi}\sin\varphi/\sin(D\varphi)$, hence

$$\Pr(X > x(\varphi)) = \frac{1}{\pi}\Bigl[(D+1)\varphi
  - D\,\frac{\sin\varphi\,\sin((D+1)\varphi)}{\sin(D\varphi)}\Bigr].$$

Internally the angle is written as $\varphi = c/(1+e^{y})$ with its complement $\delta = c/(1+e^{-y})$, $c = \pi/(D+1)$,
so that both ends of the support keep full relative precision.
"""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.scipy.special import gammaln
from jaxtyping import Array, ArrayLike, Float

from theory.core.bisection import boundary
from theory.core.closed_form import closed_form
from theory.core.domain import floating, whole, within


@closed_form
def fuss_catalan_number(order: int, depth: int) -> int:
    r"""The Fuss-Catalan number $\frac{1}{Dk+1}\binom{(D+1)k}{k}$, exact, on the host.

    The k-th moment of the squared singular values (Penson and Zyczkowski 2011); k = 2 gives D + 1, D = 1 the
    Catalan numbers.

    >>> [fuss_catalan_number(k, 2) for k in range(6)]
    [1, 1, 3, 12, 55, 273]
    """
    k, d = whole("order", order, least=0), whole("depth", depth, least=1)
    return math.comb((d + 1) * k, k) // (d * k + 1)


@closed_form
def log_moment(order: Float[ArrayLike, "*batch"], depth: int) -> Float[Array, "*batch"]:
    r"""Logarithm of the moment $\mathbb E\,x^k$ of any real order $k > -1/(D+1)$.

    $\mathbb E\,x^k = \Gamma((D+1)k+1) / (\Gamma(k+1)\,\Gamma(Dk+2))$, the Mellin transform of the law; its
    slope at 0 is $\mathbb E \log x = -D$: the typical singular value shrinks by $e^{-1/2}$ a layer although the mean
    square is kept.

    Args:
        order: the order k, not necessarily whole.
        depth: number D of factors.

    Raises:
        ValueError: an order at or below -1/(D+1), where the moment is infinite, or an infinite order.

    >>> round(float(jnp.exp(log_moment(jnp.array(2.0), 3))), 6)
    4.0
    """
    d = whole("depth", depth, least=1)
    k = floating("order", order)
    above = f"finite orders above -1/(depth + 1) = {-1 / (d + 1):.6g}"
    k = within("order", k, (k > -1 / (d + 1)) & (k < jnp.inf), above)
    return gammaln((d + 1) * k + 1) - gammaln(k + 1) - gammaln(d * k + 2)


@closed_form
def edge(depth: int) -> float:
    r"""The largest squared singular value of the limit law, $(D+1)^{D+1}/D^D$; about $e\,(D + 1/2)$ for large D.

    >>> edge(1), edge(2)
    (4.0, 6.75)
    """
    d = whole("depth", depth, least=1)
    return (d + 1) * math.exp(d * math.log1p(1 / d)) if d > 15 else (d + 1) ** (d + 1) / d**d


@closed_form
def density(x: Float[ArrayLike, "*batch"], depth: int) -> Float[Array, "*batch"]:
    r"""Density of the limit law at squared singular values x; 0 outside the support.

    Diverges as $x^{-D/(D+1)} \sin(\pi/(D+1))/\pi$ at 0 and vanishes as a square root at the edge.

    >>> round(float(density(jnp.array(1.0), 1)), 6)  # sqrt(4 - x) / (2 pi sqrt(x))
    0.275664
    """
    x = _points(x)
    return _density(x, *_law(depth, x))


@jax.jit
def _density(x: Array, d: Array, top: Array) -> Array:
    inside = (x > 0) & (x < top)
    phi, _, ratio, _ = _trigonometry(_position_of(jnp.where(inside, x, 1.0), d), d)
    value = jnp.sin(phi) * ratio / (jnp.pi * jnp.where(inside, x, 1.0))
    return jnp.where(inside, value, jnp.where(x == 0, jnp.inf, jnp.where(jnp.isnan(x), x, 0.0)))


@closed_form
def distribution(x: Float[ArrayLike, "*batch"], depth: int) -> Float[Array, "*batch"]:
    """Share of squared singular values at or below x in the limit law; full relative precision near 0.

    >>> round(float(distribution(jnp.array(1.0), 1)), 6)  # 1/3 + sqrt(3) / (2 pi)
    0.608998
    """
    x = _points(x)
    return _distribution(x, *_law(depth, x))


@jax.jit
def _distribution(x: Array, d: Array, top: Array) -> Array:
    inside = (x > 0) & (x < top)
    value = _share_below(_position_of(jnp.where(inside, x, 1.0), d), d)
    return jnp.where(inside, value, jnp.where(jnp.isnan(x), x, jnp.where(x > 0, 1.0, 0.0)))


@closed_form
def quantile(share: Float[ArrayLike, "*batch"], depth: int) -> Float[Array, "*batch"]:
    """The squared singular value below which this share of the limit law lies.

    Quantiles at (i - 1/2)/N are what the sorted squared singular values of a wide product look like.

    Raises:
        ValueError: a share outside [0, 1].

    >>> round(float(quantile(jnp.array(0.5), 1)), 6)
    0.652776
    """
    share = floating("share", share)
    share = within("share", share, (share >= 0) & (share <= 1), "shares in [0, 1]")
    return _quantile(share, *_law(depth, share))


@jax.jit
def _quantile(share: Array, d: Array, top: Array) -> Array:
    inner = jnp.clip(share, jnp.finfo(share.dtype).tiny, 1 - jnp.finfo(share.dtype).epsneg)
    value = jnp.exp(_log_value(_solve(lambda y: _share_below(y, d), inner), d))
    ends = jnp.where(share == 0, 0.0, top)
    return jnp.where((share > 0) & (share < 1), value, jnp.where(jnp.isnan(share), share, ends))


def _points(x: Float[ArrayLike, "*batch"]) -> Float[Array, "*batch"]:
    x = floating("x", x)
    return within("x", x, ~jnp.isnan(x), "squared singular values", "look for a NaN upstream")


def _law(depth: int, like: Array) -> tuple[Array, Array]:
    """Depth and edge as numbers of the array's dtype, so that all depths share one compiled program."""
    d = whole("depth", depth, least=1)
    return jnp.asarray(d, like.dtype), jnp.asarray(edge(d), like.dtype)


def _trigonometry(y: Array, depth: Array) -> tuple[Array, Array, Array, Array]:
    """The angle, its complement to pi/(D+1), sin((D+1) phi)/sin(D phi) = |B|, and D phi folded below pi/2 + c."""
    c = jnp.pi / (depth + 1)
    phi, delta = c * jax.nn.sigmoid(-y), c * jax.nn.sigmoid(y)
    high = jnp.sin((depth + 1) * jnp.minimum(phi, delta))
    low = jnp.where(phi < delta, depth * phi, c + depth * delta)
    return phi, delta, high / jnp.sin(low), high


def _log_value(y: Array, depth: Array) -> Array:
    phi, _, ratio, high = _trigonometry(y, depth)
    return depth * jnp.log(ratio) + jnp.log(high / jnp.sin(phi))


def _share_below(y: Array, depth: Array) -> Array:
    """Near 0 a sum of two positive terms; elsewhere one minus a sum of three, so that neither tail cancels."""
    phi, delta, ratio, _ = _trigonometry(y, depth)
    below = ((depth + 1) * delta + depth * jnp.sin(phi) * ratio) / jnp.pi
    small = jnp.where(phi < delta, phi, 0.5 * jnp.pi / (depth + 1))
    square = jnp.sin(small) ** 2 / small
    above = 0.5 * depth * _sine_gap(2 * small) + _sine_gap(small) * (1 + jnp.sin(small) / small)
    above = (above + square * _cotangent_gap(depth * small)) / jnp.pi
    return jnp.where(phi < delta, 1 - above, below)


def _sine_gap(x: Array) -> Array:
    """x - sin x."""
    near = jnp.where(jnp.abs(x) < 0.5, x, 0.0)
    series = near**3 / 6 * _alternating(near**2, (20, 42, 72, 110, 156))
    return jnp.where(jnp.abs(x) < 0.5, series, x - jnp.sin(x))


def _cotangent_gap(x: Array) -> Array:
    """1 - x cot x."""
    near = jnp.where(jnp.abs(x) < 0.5, x, 0.5)
    far = jnp.where(jnp.abs(x) < 0.5, 0.5, x)
    series = near**3 / 3 * _alternating(near**2, (10, 28, 54, 88, 130)) / jnp.sin(near)
    return jnp.where(jnp.abs(x) < 0.5, series, 1 - far * jnp.cos(far) / jnp.sin(far))


def _alternating(square: Array, divisors: tuple[int, ...]) -> Array:
    """1 - s/d_1 (1 - s/d_2 (1 - ...)), the nested series of the two gaps."""
    value = jnp.ones_like(square)
    for divisor in reversed(divisors):
        value = 1 - square / divisor * value
    return value


def _position_of(x: Array, depth: Array) -> Array:
    return _solve(lambda y: _log_value(y, depth), jnp.log(x))


def _solve(increasing: Callable[[Array], Array], target: Array) -> Array:
    """The position y at which an increasing function takes the target, by bisection, with the exact derivative."""
    goal = jax.lax.stop_gradient(target)
    lowest = math.log(float(jnp.finfo(goal.dtype).tiny)) / 2 - 5

    y = boundary(lambda y: increasing(y) < goal, jnp.full_like(goal, lowest), jnp.full_like(goal, 25.0))
    slope = jax.jvp(increasing, (y,), (jnp.ones_like(y),))[1]
    return y + jnp.where(slope > 0, (target - goal) / jnp.where(slope > 0, slope, 1.0), 0.0)
