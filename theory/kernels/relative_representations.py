r"""Angles between features across seeds: what they converge to with width, and how far they spread before.

Relative representations (Moschella et al. 2023, arXiv 2209.15430) describe an input by the cosines of its features with
those of fixed anchors, which differ little from seed to seed. In a wide network at its start they are the cosines of
the NNGP kernel, and for positively homogeneous units without biases (ReLU, leaky ReLU, absolute value) the cosine after
a layer depends on the layers below through their cosine alone: across seeds it is a Markov chain along the layers.
"""

from collections.abc import Callable, Sequence
from math import pi

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, whole, within
from theory.kernels.duals import dual_of
from theory.kernels.gaps import angle
from theory.kernels.piecewise import TwoSlopes
from theory.networks import Activation

Kind = str | Callable | Activation
UNROLLED = 64  # layers written out; more of them are one compiled loop
MOST = 10**6  # layers followed one by one: a few seconds' work
NODES = 12  # integrands are trigonometric polynomials of degree 8 on spans of at most pi


@closed_form
def relative_gap(activation: Kind, gap: Float[ArrayLike, "*batch"], layers: int) -> Float[Array, "*batch"]:
    r"""One minus the cosine between the features of two inputs after `layers` wide hidden layers.

    The gap of the NNGP kernel: $1 - c_l$ with $c_l = k(c_{l-1})$, k the dual of the activation brought to k(1) = 1.

    Args:
        activation: of two slopes, by name or as an object: linear, relu, leaky_relu, abs, `TwoSlopes`.
        gap: one minus the cosine between the inputs, in [0, 2].
        layers: hidden layers, without biases, up to a million.

    Raises:
        ValueError: a gap outside [0, 2]; more layers than a million; an activation that is not positively homogeneous
            or is zero.

    >>> round(1 - relative_gap("relu", 1.0, 1).item(), 6)  # 1/pi
    0.31831
    """
    slopes, gap = _slopes(activation), _gap(gap)
    layers = whole("layers", layers, least=0)
    if layers > MOST:
        raise ValueError(f"layers = {layers} is above the most that are followed one by one, {MOST}")
    after = lambda _, gap: slopes.gap(jnp.ones_like(gap), jnp.ones_like(gap), gap)
    if layers > UNROLLED:
        return lax.fori_loop(0, layers, after, gap)
    for layer in range(layers):
        gap = after(layer, gap)
    return gap


@closed_form
def relative_variance(
    activation: Kind, gap: Float[ArrayLike, "*batch"], widths: Sequence[int]
) -> Float[Array, "*batch"]:
    r"""Variance across seeds of the cosine between the features of two inputs, to leading order in the inverse widths.

    $V_l = k'(c_{l-1})^2\,V_{l-1} + s^2(c_{l-1})/n_l$ from $V_0 = 0$ (derived here): a layer of $n_l$ independent units
    adds $s^2(c) = \mathbb E A^2$ with $A = [\phi(u)\phi(v) - \tfrac{k(c)}2 (\phi(u)^2 + \phi(v)^2)]/\mathbb E\phi^2$,
    by the delta method, u and v standard Gaussians of correlation c, and passes on what it was given. For linear units
    $s^2 = (1 - c^2)^2$, the variance of a correlation coefficient; for ReLU, with $s = \sin\theta$ and $D = \pi -
    \theta$, $s^2 = \tfrac2\pi \bigl[(1 + \tfrac{k^2}2)(D(1 + 2c^2) + 3sc) - 2k(3cD + s(2 + c^2)) + \tfrac{3\pi}2
    k^2\bigr]$. Evaluated as a sum of squares, which keeps its digits for near-duplicates. The relative error is of
    order 1/width.

    Args:
        activation, gap: as in `relative_gap`.
        widths: of the hidden layers, from the input.

    Raises:
        ValueError: as `relative_gap`; a width below 1.

    >>> relative_variance("linear", 0.5, [100]).round(8).item()  # (1 - 1/4)^2 / 100
    0.005625
    """
    slopes, gap = _slopes(activation), _gap(gap)
    variance = jnp.zeros_like(gap)
    for width in _whole(widths):
        one = jnp.ones_like(gap)
        after = slopes.gap(one, one, gap)
        passed = (slopes.slope(one, one, gap) / slopes.mean_square_slope) ** 2 * variance
        variance = passed + _added(slopes, gap, after) / width
        gap = after
    return variance


def _added(slopes: TwoSlopes, gap: Float[Array, "*batch"], after: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
    """s^2(c): twice A = (gap after) (f(u)^2 + f(v)^2) - (f(u) - f(v))^2, squared, over the sectors of the signs."""
    theta, after = angle(gap)[..., None], after[..., None]
    x, w = np.polynomial.legendre.leggauss(NODES)
    share, weight = (jnp.asarray(a, gap.dtype).reshape((1,) * gap.ndim + (-1,)) for a in ((1 + x) / 2, w / 2))
    low, high = slopes.negative, slopes.positive
    middle = (pi - theta) * (share - 0.5)  # u, v = cos(middle -+ theta/2)
    u, v = jnp.cos(middle - theta / 2), jnp.cos(middle + theta / 2)
    apart = 2 * jnp.sin(middle) * jnp.sin(theta / 2)
    alike = (low**4 + high**4) * (after * (u**2 + v**2) - apart**2) ** 2
    u, v = jnp.sin(theta * share), -jnp.sin(theta * (1 - share))
    mixed = ((high * u, low * v), (-low * u, -high * v))
    unlike = sum((after * (f**2 + g**2) - (f - g) ** 2) ** 2 for f, g in mixed)
    total = (((pi - theta) * alike + theta * unlike) * weight).sum(-1)
    return total / (pi * slopes.mean_square_slope**2)  # E r^4 = 8, over 2 pi, times a quarter for twice A


def _whole(widths: Sequence[int]) -> list[int]:
    if isinstance(widths, str) or not hasattr(widths, "__iter__"):
        raise TypeError(f"widths are of type {type(widths).__name__}; give a list or tuple of whole numbers")
    return [whole("width", width, least=1) for width in widths]


def _slopes(activation: Kind) -> TwoSlopes:
    dual = dual_of(activation)
    if not isinstance(dual, TwoSlopes) or not dual.mean_square_slope:
        raise ValueError(
            f"activation = {activation!r} is not positively homogeneous: linear, relu, leaky_relu, abs and TwoSlopes "
            "other than zero are"
        )
    return dual


def _gap(gap: ArrayLike) -> Float[Array, "..."]:
    gap = finite("gap", gap)
    return within("gap", gap, (gap >= 0) & (gap <= 2), "gaps 1 - c in [0, 2]", "pass one minus the cosine")
