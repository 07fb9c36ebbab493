r"""Late generalization of linear regression in many dimensions, solved by the Marchenko-Pastur law.

A student $w$ of dimension d is trained by gradient flow on $\tfrac12 \frac1n \sum_i (x_i^\top (w - w^*))^2$ for n
Gaussian examples, $\lambda = d/n$. Its distance from the teacher is $e^{-St}(w_0 - w^*)$, $S$ the sample covariance;
averaged over directions of unit length, $n, d \to \infty$ (Levi, Beck and Bar-Sinai 2024, arXiv 2310.16441; unit of
time and normalization are ours):

$$L_\text{gen}(t) = \int e^{-2\nu t}\, d\mu_\lambda(\nu),\qquad
  L_\text{train}(t) = \int \nu\, e^{-2\nu t}\,d\mu_\lambda(\nu) = -\tfrac12 L_\text{gen}'(t).$$

$\mu_\lambda$ has the density $\sqrt{(b-\nu)(\nu-a)}/(2\pi\lambda\nu)$ between $a, b = (1 \mp \sqrt\lambda)^2$ and, for
$\lambda > 1$, the mass $1 - 1/\lambda$ at zero: directions without examples. With
$\nu = 1 + \lambda + 2\sqrt\lambda\cos\theta$ it is $\frac2\pi \sin^2\theta\, d\theta/\nu$, and midpoints in $\theta$
converge exponentially.
"""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.bisection import boundary
from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within

NODES = 2048
LATEST = 1e4  # in units of the largest decay time; beyond, the midpoints would miss the edge of the spectrum
BISECTIONS = 80


@closed_form
def population_loss(times: Float[ArrayLike, "..."], ratio: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""Expected squared error on fresh inputs, $L_\text{gen}(t)$; 1 at t = 0, $\max(0, 1 - 1/\lambda)$ at the end.

    Args:
        times: t, from 0 to 10000.
        ratio: $\lambda$, dimensions over examples.

    Raises:
        ValueError: a time outside its range or a ratio at or below zero.

    >>> [round(float(population_loss(t, 0.5)), 6) for t in (0.0, 1.0)]
    [1.0, 0.267591]
    """
    t, ratio = _checked(times, ratio)
    nu, weight = _spectrum(ratio)
    x = -2 * nu * t[..., None]
    direct = jnp.sum(weight / nu * jnp.exp(x), axis=-1) + jnp.maximum(0.0, 1 - 1 / ratio)
    # Near ratio 1 the weight has a pole beside the interval; without its value at zero the integrand has none.
    regular = 1 + jnp.sum(
        weight * jnp.where(nu > 0, jnp.expm1(x) / jnp.where(nu > 0, nu, 1.0), -2 * t[..., None]), axis=-1
    )
    return jnp.where(jnp.abs(jnp.log(ratio)) > 0.04, direct, regular)


@closed_form
def training_loss(times: Float[ArrayLike, "..."], ratio: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""Expected squared error on the examples, $L_\text{train}(t)$; 1 at t = 0 and 0 at the end.

    Arguments and errors as in `population_loss`.

    >>> [round(float(training_loss(t, 0.5)), 6) for t in (0.0, 1.0)]
    [1.0, 0.119232]
    """
    t, ratio = _checked(times, ratio)
    nu, weight = _spectrum(ratio)
    return jnp.sum(weight * jnp.exp(-2 * nu * t[..., None]), axis=-1)


@closed_form
def late_rate(ratio: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""The rate $2(1 - \sqrt\lambda)^2$ at which both losses decay in the end, up to a power of t.

    It vanishes at $\lambda = 1$: there generalization is never reached in any multiple of the training's time.

    Raises:
        ValueError: a ratio at or below zero.

    >>> round(float(late_rate(0.25)), 6)
    0.5
    """
    (ratio,) = together(ratio=ratio)
    ratio = within("ratio", ratio, ratio > 0, "ratios above zero")
    return 2 * (1 - jnp.sqrt(ratio)) ** 2


@closed_form
def accuracy(loss: Float[ArrayLike, "..."], tolerance: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""Share of inputs whose squared error is below a tolerance $\epsilon$: $\mathrm{erf}\sqrt{\epsilon/(2L)}$.

    Errors are Gaussian with variance L.

    Raises:
        ValueError: a loss below zero, or a tolerance at or below zero.

    >>> round(float(accuracy(1.0, 1.0)), 6)
    0.682689
    """
    loss, tolerance = together(loss=loss, tolerance=tolerance)
    loss = within("loss", loss, loss >= 0, "losses at or above zero")
    tolerance = within("tolerance", tolerance, tolerance > 0, "tolerances above zero")
    return jnp.where(loss > 0, jax.scipy.special.erf(jnp.sqrt(tolerance / (2 * jnp.where(loss > 0, loss, 1.0)))), 1.0)


@closed_form
def loss_at_accuracy(share: Float[ArrayLike, "..."], tolerance: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""The loss at which `accuracy` takes a value: $\epsilon/(2\,\mathrm{erf}^{-1}(\cdot)^2)$.

    Raises:
        ValueError: a share outside (0, 1), or a tolerance at or below zero.

    >>> round(float(loss_at_accuracy(0.682689492, 1.0)), 6)
    1.0
    """
    share, tolerance = together(share=share, tolerance=tolerance)
    share = within("share", share, (share > 0) & (share < 1), "shares strictly between 0 and 1")
    tolerance = within("tolerance", tolerance, tolerance > 0, "tolerances above zero")
    return tolerance / (2 * jax.scipy.special.erfinv(share) ** 2)


@closed_form
def training_time(level: Float[ArrayLike, "..."], ratio: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    """When the training loss has fallen to a level; NaN if it has not by t = 10000.

    Raises:
        ValueError: a level outside (0, 1], or a ratio at or below zero.

    >>> round(float(training_time(0.119232, 0.5)), 4)
    1.0
    """
    return _crossing(training_loss, level, ratio)


@closed_form
def generalization_time(level: Float[ArrayLike, "..."], ratio: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    """When the population loss has fallen to a level; NaN if it has not by t = 10000, as if too few examples.

    For the same level it comes after `training_time`: the lag that is called grokking. Errors as there.

    >>> round(float(generalization_time(0.267591, 0.5)), 4)
    1.0
    """
    return _crossing(population_loss, level, ratio)


def _crossing(loss, level: Float[ArrayLike, "..."], ratio: Float[ArrayLike, "..."]) -> Float[Array, "..."]:  # noqa: ANN001
    level, ratio = together(level=level, ratio=ratio)
    level = within("level", level, (level > 0) & (level <= 1), "levels above 0 and at most 1")
    ratio = within("ratio", ratio, ratio > 0, "ratios above zero")
    level, ratio = jnp.broadcast_arrays(level, ratio)

    latest = jnp.full_like(level, LATEST)
    # of the square root of time, so that early crossings keep their digits
    root = boundary(lambda r: loss(r**2, ratio) > level, jnp.zeros_like(level), jnp.sqrt(latest), BISECTIONS)
    return jnp.where(loss(latest, ratio) <= level, root**2, jnp.nan)


def _checked(times: Float[ArrayLike, "..."], ratio: Float[ArrayLike, "..."]) -> tuple[Array, Array]:
    t, ratio = together(times=times, ratio=ratio)
    t = within("times", t, (t >= 0) & (t <= LATEST), f"times from 0 to {LATEST:g}")
    return t, within("ratio", ratio, ratio > 0, "ratios above zero")


def _spectrum(ratio: Float[Array, "..."]) -> tuple[Array, Array]:
    """Midpoints and the weights sin^2 of their angles, on a new last axis."""
    half = (jnp.arange(NODES, dtype=ratio.dtype) + 0.5) * (math.pi / NODES) / 2
    root = jnp.sqrt(ratio)[..., None]
    half = half.reshape((1,) * ratio.ndim + (NODES,))
    nu = (1 - root) ** 2 + 4 * root * jnp.cos(half) ** 2  # without cancellation at the lower edge
    return nu, jnp.sin(2 * half) ** 2 * (2 / NODES)
