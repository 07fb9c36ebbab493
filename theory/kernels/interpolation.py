r"""What interpolating with a wide network costs in high dimension: the floor that labels' noise and the start leave.

n inputs are independent and uniform on the unit sphere of d dimensions, n and d large, $n/d \to c$. There the tangent
kernel $\kappa(\langle x, x'\rangle)$ is linear up to its diagonal (El Karoui 2010, arXiv 1001.0492), and a network
trained to the end is ridge regression, whose ridge nobody asked for (Liang and Rakhlin 2020, arXiv 1808.00387):
everything follows from the law of Marchenko and Pastur. Zhu et al. 2023 (arXiv 2305.19377)
bound the same error for smooth targets; the limits here are exact and derived here.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within

Number = Float[ArrayLike, "..."] | float


class Response(NamedTuple):
    """What interpolation does to three parts of the targets."""

    linear: Float[Array, "..."]
    beyond: Float[Array, "..."]
    noise: Float[Array, "..."]


@closed_form
def implicit_ridge(at_one: Number, at_zero: Number, slope_at_zero: Number) -> Float[Array, "..."]:
    r"""The ridge that a kernel brings along, $\delta = [\kappa(1) - \kappa(0) - \kappa'(0)]/\kappa'(0)$.

    What the kernel has above first order stays on the diagonal of its matrix alone; $\delta$ is that part in units of
    the linear one. A linear kernel has none, a kernel without linear part an infinite one.

    Raises:
        ValueError: a slope or a rest below 0.

    >>> round(implicit_ridge(2.0, 1 / jnp.pi, 1.0).item(), 4)  # NTK of one hidden ReLU layer
    0.6817
    """
    one, zero, slope = together(at_one=at_one, at_zero=at_zero, slope_at_zero=slope_at_zero)
    slope = within("slope_at_zero", slope, slope >= 0, "slopes at or above 0", "the kernel is not positive definite")
    one = within("at_one", one, one >= zero + slope, "values at or above kappa(0) + kappa'(0)")
    return jnp.where(slope > 0, (one - zero - slope) / jnp.where(slope > 0, slope, 1.0), jnp.inf)


@closed_form
def interpolation_response(ridge: Number, ratio: Number) -> Response:
    r"""Mean squared error at a new input, for a unit of variance in each part of the targets, after interpolation.

    With $m_1 = \int (s + \delta)^{-1} d\mu_c(s)$ over the law $\mu_c$ of Marchenko and Pastur of the examples' Gram
    matrix, $p = 1 - c + c\,\delta\,m_1$ and $R = \sqrt{(1 - c + \delta)^2 + 4c\delta}$, so that $m_1 = 2/(1 - c +
    \delta + R)$: a linear function is missed by $p(\delta + p)/R$, noise of the labels returns as $V = c\,p\,m_1/R$,
    and what a function has above first order, uncorrelated between examples, costs $1 + V$, its own variance and the
    noise that it is to the rest. Constants are learned exactly where $\kappa(0) > 0$. Missing are terms of order 1/d.

    Args:
        ridge: $\delta \ge 0$, from `implicit_ridge`.
        ratio: $c = n/d \ge 0$.

    Returns:
        `Response` (linear, beyond, noise).

    Raises:
        ValueError: a ridge or a ratio below 0 or infinite.

    >>> [round(part.item(), 4) for part in interpolation_response(0.6817, 0.8)]
    [0.4683, 1.2214, 0.2214]
    """
    ridge, c = together(ridge=ridge, ratio=ratio)
    ridge = within("ridge", ridge, ridge >= 0, "ridges at or above 0")
    c = within("ratio", c, c >= 0, "ratios n/d at or above 0")
    few, many = 1 - c + ridge, c - 1 + ridge
    root = jnp.hypot(few, 2 * jnp.sqrt(c * ridge))
    safe = jnp.where(root == 0, 1.0, root)
    p = jnp.where(many > 0, 2 * ridge / _positive(many + root), (root - many) / 2)
    product = jnp.where(few > 0, 2 * p / _positive(few + root), (root - few) / _positive(c * (many + root)))
    noise = jnp.where(root == 0, jnp.inf, c * product / safe)
    return Response(p * (ridge + p) / safe, 1 + noise, noise)


def _positive(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """The denominator, 1 where it is on the side that is not taken."""
    return jnp.where(x > 0, x, 1.0)


@closed_form
def error_floor(ridge: Number, ratio: Number, linear: Number, beyond: Number, noise: Number) -> Float[Array, "..."]:
    r"""Mean squared error of an interpolating network against clean targets: what noise and the start leave.

    $\mathrm{linear}\cdot(1 - c + c\delta^2 m_2) + \mathrm{beyond}\cdot(1 + V) + \mathrm{noise}\cdot V$ with the
    variances of target and start together: a start drawn with covariance K adds $K'(0)$ to `linear` and $K(1) - K(0) -
    K'(0)$ to `beyond`. The start's nonlinear part is never unlearned: no number of labels without noise takes the error
    below it.

    Args:
        ridge, ratio: as in `interpolation_response`.
        linear, beyond: variance of target and start in their linear part, and above it.
        noise: variance of the labels' noise.

    Raises:
        ValueError: a variance below 0, and as `interpolation_response`.

    >>> round(error_floor(0.6817, 0.8, 0.0, 0.0, 1.0).item(), 4)
    0.2214
    """
    given = zip(Response._fields, together(linear=linear, beyond=beyond, noise=noise), strict=True)
    first, rest, error = (within(name, v, v >= 0, "variances at or above 0") for name, v in given)
    response = interpolation_response(ridge, ratio)
    return first * response.linear + rest * response.beyond + error * response.noise


@closed_form
def random_label_margin(at_one: Number, at_zero: Number, slope_at_zero: Number, ratio: Number) -> Float[Array, "..."]:
    r"""Squared normalized margin, times n, with which the kernel's interpolant fits random labels.

    The interpolant of labels $\pm 1$ has all margins equal to 1 and the squared norm $y^\top \Theta^{-1} y$: $n
    \gamma^2 = n/(y^\top \Theta^{-1} y)$, at least the smallest eigenvalue for any labels (`smallest_gram_eigenvalue`)
    and for labels independent of the inputs the harmonic mean of the eigenvalues, $\kappa'(0)/m_1(\delta, c)$ with
    $m_1$ as in `interpolation_response`. Missing are terms of order 1/d.

    Args:
        at_one, at_zero, slope_at_zero: of the kernel of unit vectors; the slope above 0.
        ratio: c = n/d.

    Raises:
        ValueError: a slope at or below 0, a rest or a ratio below 0.

    >>> round(random_label_margin(2.0, 1 / jnp.pi, 1.0, 0.8).item(), 4)
    1.3009
    """
    one, zero, slope, c = together(at_one=at_one, at_zero=at_zero, slope_at_zero=slope_at_zero, ratio=ratio)
    slope = within("slope_at_zero", slope, slope > 0, "slopes above 0")
    one = within("at_one", one, one >= zero + slope, "values at or above kappa(0) + kappa'(0)")
    c = within("ratio", c, c >= 0, "ratios n/d at or above 0")
    ridge = (one - zero - slope) / slope
    few = 1 - c + ridge
    root = jnp.hypot(few, 2 * jnp.sqrt(c * ridge))
    return slope * jnp.where(few > 0, (few + root) / 2, 2 * c * ridge / _positive(root - few))
