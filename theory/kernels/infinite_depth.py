r"""What an infinitely wide network becomes when it is infinitely deep as well.

Inputs have unit norm and the activation is normalized so that its dual $k(t) = \mathbb E\,\phi(u)\phi(v)$, with t the
correlation of the standard Gaussians u and v, has $k(1) = 1$. Layer by layer the NNGP kernel becomes
$S_{L+1} = k(S_L)$ and the tangent kernel $T_{L+1} = k(S_L) + T_L\,k'(S_L)$, from $S_0 = T_0 = t$. Which classifier
ridgeless regression with $T_L$ tends to is decided by $k(0)$, $k'(0)$ and $k'(1)$ alone (Radhakrishnan, Belkin and
Uhler 2023, arXiv 2204.14126, for inputs in one orthant). With Hermite coefficients, $k(t) = \sum_j c_j t^j$ where
$c_j \ge 0$ sum to 1: `weights` below.
"""

import math
from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import finite, plain_number, within
from theory.kernels.arguments import numbers
from theory.kernels.polynomial import Polynomial, hermite

MAJORITY, NEAREST, SINGULAR = "majority vote", "nearest neighbor", "singular kernel"
STEEPEST = 10_000  # a degree of Hermite's polynomials
Scalar = float | int | Float[ArrayLike, ""]


@closed_form
def limit_of_depth(at_zero: float | int, slope_at_zero: float | int) -> str:
    r"""The classifier that infinite depth leaves: majority vote, nearest neighbor or singular kernel; on the host.

    $k(0) = (\mathbb E\phi)^2 > 0$: all inputs become equally similar, and the larger class wins (ReLU among them).
    $k(0) = k'(0) = 0$: similarities die out doubly exponentially, and the nearest example decides. $k(0) = 0$,
    $0 < k'(0) = (\mathbb E\phi')^2 < 1$: both die out at the same exponential rate, and examples vote with the weight
    `singular_limit` (Radhakrishnan, Belkin and Uhler 2023). k'(1) sets the pace, not the kind.

    Raises:
        ValueError: values that no normalized activation has, or a linear one, which depth leaves as it is.

    >>> limit_of_depth(1 / math.pi, 0.5), limit_of_depth(0, 0), limit_of_depth(0, 0.5)
    ('majority vote', 'nearest neighbor', 'singular kernel')
    """
    at_zero, slope_at_zero = plain_number("at_zero", at_zero), plain_number("slope_at_zero", slope_at_zero)
    for name, value in (("at_zero", at_zero), ("slope_at_zero", slope_at_zero)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} = {value:.6g} is outside the allowed [0, 1]; divide the activation by its size")
    if at_zero + slope_at_zero > 1:
        raise ValueError(f"at_zero + slope_at_zero = {at_zero + slope_at_zero:.6g} is above k(1) = 1")
    if slope_at_zero == 1:
        raise ValueError("slope_at_zero = 1 is a linear activation, which depth leaves as it is")
    return MAJORITY if at_zero > 0 else SINGULAR if slope_at_zero > 0 else NEAREST


@closed_form
def singular_exponent(slope_at_zero: Scalar, slope_at_one: Scalar) -> Float[Array, ""]:
    r"""The exponent of the singular kernel of infinite depth, $\alpha = -2 \log k'(0) / \log k'(1)$.

    The limit is $R(|x-x'|)/|x-x'|^\alpha$ with R bounded above and below. In the activation's own terms
    $\alpha = -4 \log|\mathbb E\phi'| / \log \mathbb E\phi'^2$. The classifier is Bayes consistent on a sphere of
    dimension $\alpha$ (Radhakrishnan, Belkin and Uhler 2023). R need not be constant: it is periodic in the
    logarithm of the distance, hardly at $k'(1) = 2$, by a fifth at 9 (derived here from Koenigs' equation
    $\Psi(k(t)) = k'(0)\,\Psi(t)$).

    Args:
        slope_at_zero: k'(0), strictly between 0 and 1.
        slope_at_one: k'(1) > 1.

    Raises:
        ValueError: slopes outside these ranges.

    >>> singular_exponent(0.5, 2.0).item()  # k(t) = (t + t^3)/2
    2.0
    """
    low, high = together(slope_at_zero=slope_at_zero, slope_at_one=slope_at_one)
    low = within("slope_at_zero", low, (low > 0) & (low < 1), "slopes strictly between 0 and 1")
    high = within(
        "slope_at_one", high, high > 1, "slopes above 1", "a normalized activation that is not linear has them"
    )
    return -2 * jnp.log(low) / jnp.log(high)


@closed_form
def weights_for_exponent(exponent: float | int, slope_at_one: float | int = 2.0) -> tuple[float, ...]:
    r"""Hermite weights of an activation whose infinitely deep network has this exponent, on the host.

    $c_1 = b^{-\alpha/2}$ with $b = k'(1)$; the rest of the weight has the mean degree $(b - c_1)/(1 - c_1)$ and is
    shared between the two degrees next to it (derived here). b = 2 gives the published duals, $(t + t^3)/2$ for 2,
    $t/4 + t^2/2 + t^3/4$ for 4 and $t/16 + 7t^2/8 + t^3/16$ for 8; b = 4 gives $(t + t^7)/2$ for 1.

    Args:
        exponent: $\alpha > 0$, the dimension of the sphere on which the classifier is to be consistent.
        slope_at_one: $b \ge 2$; larger values separate close inputs in fewer layers.

    Returns:
        $c_0 = 0, c_1, \dots$

    Raises:
        ValueError: an exponent at or below 0, a slope below 2.

    >>> [round(c, 6) for c in weights_for_exponent(4)]
    [0.0, 0.25, 0.5, 0.25]
    """
    exponent, slope_at_one = plain_number("exponent", exponent, above=0), plain_number("slope_at_one", slope_at_one)
    if not 2 <= slope_at_one <= STEEPEST:
        raise ValueError(f"slope_at_one = {slope_at_one:g} is outside the allowed [2, {STEEPEST}]")
    first = slope_at_one ** (-exponent / 2)
    degree = (slope_at_one - first) / (1 - first)
    lower = math.floor(degree + 1e-12)
    upper_share = max(degree - lower, 0.0)
    weights = [0.0, first] + [0.0] * lower
    weights[lower] += (1 - first) * (1 - upper_share)
    weights[lower + 1] += (1 - first) * upper_share
    return tuple(weights if weights[-1] > 0 else weights[:-1])


@closed_form
def activation_of(weights: Sequence[float | int]) -> Polynomial:
    r"""The activation $\phi = \sum_j \sqrt{c_j}\,He_j/\sqrt{j!}$, whose dual is $\sum_j c_j t^j$ at unit variance.

    Raises:
        ValueError: weights below 0 or that do not sum to 1.

    >>> [round(c, 6) for c in activation_of((0.0, 0.0, 1.0)).coefficients]  # (x^2 - 1)/sqrt 2
    [-0.707107, 0.0, 0.707107]
    """
    checked = _weights(weights)
    powers = [0.0] * len(checked)
    for j, c in enumerate(checked):
        for i, p in enumerate(hermite(j).coefficients):
            powers[i] += math.sqrt(c) * p
    return Polynomial(tuple(powers))


@closed_form
def singular_limit(gap: Float[ArrayLike, "*batch"], weights: Sequence[float | int]) -> Float[Array, "*batch"]:
    r"""The kernel that infinite depth leaves, $\Psi(t) = \lim S_L/k'(0)^L = \lim T_L/(L\,k'(0)^L)$ at $t = 1 - $ gap.

    Koenigs' function: $\Psi(k(t)) = k'(0)\,\Psi(t)$, $\Psi'(0) = 1$, infinite at gap 0. Computed as the product of
    $k(S_L)/(k'(0) S_L)$ over the layers, with gaps in place of correlations close to 1 and no power that underflows.
    NNGP kernels reach it geometrically; tangent kernels with an excess of order $1/(L\,|x-x'|^2)$, so that until L
    exceeds the inverse squared distance they are singular as $|x-x'|^{-(\alpha+2)}$ (derived here).

    Args:
        gap: $1 - t = |x - x'|^2/2$ in [0, 2].
        weights: $c_0 = 0$, $0 < c_1 < 1$, and so on; they sum to 1.

    Raises:
        ValueError: a gap outside [0, 2]; weights below 0, of another sum, or of another kind of limit.

    >>> round(singular_limit(0.4, (0.0, 0.5, 0.0, 0.5)).item(), 5)
    1.0272
    """
    gap = finite("gap", gap)
    gap = within("gap", gap, (gap >= 0) & (gap <= 2), "gaps in [0, 2]", "normalize the inputs")
    checked = _weights(weights)
    if checked[0] > 0 or not 0 < checked[1] < 1:
        raise ValueError(
            f"weights = {checked} leave no singular kernel: c_0 must be 0 and c_1 strictly between 0 and 1"
        )
    slope = sum(j * c for j, c in enumerate(checked))
    steps = math.ceil(-_log_smallest(gap) / math.log(slope)) + math.ceil(45 / -math.log(checked[1]))
    growth, closing = (jnp.asarray(_padded(f(checked)), gap.dtype) for f in (_quotient, _separation))
    return _limit(gap, growth, closing, jnp.asarray(checked[1], gap.dtype), 1 << (steps - 1).bit_length())


@partial(jax.jit, static_argnames="steps")
def _limit(gap: Array, growth: Array, closing: Array, first: Array, steps: int) -> Array:
    """All weights of a length share a program: steps and lengths are powers of two."""

    def layer(_: Array, state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        t, gap, product = state
        growing = _powers(growth, t)
        t, gap = first * t * growing, gap * _powers(closing, t)
        return jnp.where(gap < 0.5, 1 - gap, t), gap, product * growing

    start = (1 - gap, gap, 1 - gap)
    return jnp.where(gap == 0, jnp.inf, jax.lax.fori_loop(0, steps, layer, start)[2])


def _log_smallest(gap: Array) -> float:
    """Logarithm of the smallest gap above 0, or of the smallest number where gaps are traced."""
    if isinstance(gap, jax.core.Tracer):
        return -710.0
    positive = np.asarray(gap)[np.asarray(gap) > 0]
    return math.log(min(positive.min(initial=1.0), 0.5))


def _padded(coefficients: list[float]) -> list[float]:
    return coefficients + [0.0] * (max(8, 1 << (len(coefficients) - 1).bit_length()) - len(coefficients))


def _quotient(weights: tuple[float, ...]) -> list[float]:
    """Coefficients of k(t)/(c_1 t)."""
    return [c / weights[1] for c in weights[1:]]


def _separation(weights: tuple[float, ...]) -> list[float]:
    """Coefficients of (1 - k(t))/(1 - t) = sum_j c_j (1 + t + ... + t^(j-1)): no differences."""
    return [sum(weights[i + 1 :]) for i in range(len(weights) - 1)]


def _powers(coefficients: Array, t: Array) -> Array:
    value = jnp.zeros_like(t)
    for i in range(len(coefficients) - 1, -1, -1):
        value = value * t + coefficients[i]
    return value


def _weights(weights: Sequence[float | int]) -> tuple[float, ...]:
    checked = numbers("weights", weights)
    if len(checked) < 2 or not all(c >= 0 for c in checked) or abs(sum(checked) - 1) > 1e-9:
        raise ValueError(f"weights = {checked} must be two or more numbers at or above 0 that sum to 1")
    return checked
