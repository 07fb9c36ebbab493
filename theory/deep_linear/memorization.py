r"""When a linear classifier can memorize noisy labels of two clusters: a threshold in inputs per example.

Examples are $x = y\,v + \sigma z$ with a fair sign y, a unit vector v and white Gaussian z in p dimensions; a label is
replaced with probability $\Delta$ by a fair coin. $p/n > 1 - \Delta/2$ is enough for many examples (Liu, Niles-Weed,
Razavian and Fernandez-Granda 2020, arXiv 2007.00151, theorem 6). What is needed is less, and known exactly (derived
here, in the manner of Candès and Sur 2020, arXiv 1804.09753).
"""

import math

import jax.numpy as jnp
from jax.scipy.special import ndtr
from jaxtyping import Array, ArrayLike, Float, Num

from theory.core.bisection import boundary
from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within
from theory.deep_linear.early_learning import separable_probability

FARTHEST = 40.0  # of the slope along the centers, in its logarithm


@closed_form
def memorization_threshold(noise: Float[ArrayLike, "..."], spread: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""Inputs per example above which noisy labels of two clusters are separable, and below which they are not.

    $\kappa = \min_t \mathbb E\,(Z + t A)_-^2$ with Z a standard Gaussian and A what an example says along v times its
    label: $\pm 1$ plus Gaussian noise of standard deviation $\sigma$, the minus with probability $\Delta/2$. A random
    subspace of p - 1 dimensions reaches the cone of what the centers and positive margins allow once it is as large
    as the cone lacks. One half for $\Delta = 1$ (Cover 1965), less for less noise: always below the published
    $1 - \Delta/2$.

    Args:
        noise: $\Delta$ in [0, 1].
        spread: $\sigma$, above zero.

    Returns:
        p/n in (0, 1/2], for n and p to infinity; to about 1e-12.

    Raises:
        ValueError: a noise outside its range, or a spread at or below zero.

    >>> [round(float(memorization_threshold(noise, 0.5)), 4) for noise in (0.2, 0.4, 1.0)]
    [0.299, 0.3987, 0.5]
    """
    noise, sigma = jnp.broadcast_arrays(*together(noise=noise, spread=spread))
    noise = within("noise", noise, (noise >= 0) & (noise <= 1), "shares of noisy labels in [0, 1]")
    sigma = within("spread", sigma, sigma > 0, "spreads above zero")

    # t in units of the larger of 1 and sigma, whose squares might overflow
    farthest, unit = jnp.full_like(noise, FARTHEST), jnp.maximum(1.0, sigma)
    r = jnp.exp(boundary(lambda u: _slope(jnp.exp(u), noise, sigma / unit, unit) < 0, -farthest, farthest))
    t, s = r / unit, jnp.hypot(1.0, r * (sigma / unit))
    return (1 - noise / 2) * _below(t, s) + noise / 2 * _below(-t, s)


@closed_form
def blind_memorization(examples: Num[ArrayLike, "..."], inputs: Num[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""A lower bound on the probability that noisy labels of the clusters are separable, for any noise and spread.

    $\Pr[\mathrm{Bin}(n-1, \tfrac12) \le p - 2]$: a classifier that does not look along v sees fair labels (derived
    here). Never below the published $1 - 2\Pr[\mathrm{Bin}(n, \Delta/2) \le n - p]$, and useful from $p = n/2$ on.

    Args:
        examples: n, at least 1.
        inputs: p, at least 2.

    Raises:
        ValueError: a number below its least.

    >>> round(float(blind_memorization(30, 18)), 4)
    0.7709
    """
    n, p = together(examples=examples, inputs=inputs)
    p = within("inputs", p, p >= 2, "numbers of inputs at or above 2", "the direction of the centers is not used")
    return separable_probability(n, p - 1)


def _below(mean: Array, s: Array) -> Array:
    """E (X_-)^2 of a Gaussian X of this mean and standard deviation."""
    x = mean / s
    return (mean**2 + s**2) * ndtr(-x) - mean * s * _density(x)


def _slope(r: Array, noise: Array, sigma: Array, unit: Array) -> Array:
    """Derivative with respect to r = unit t, over 2 (1 + r); sigma is in units of `unit`."""
    t, s = r / unit, jnp.hypot(1.0, r * sigma)
    x, pull = t / s, t / unit + sigma**2 * r
    right = pull * ndtr(-x) - s / unit * _density(x)
    wrong = pull * ndtr(x) + s / unit * _density(x)
    return ((1 - noise / 2) * right + noise / 2 * wrong) / (1 + r)


def _density(x: Array) -> Array:
    return jnp.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
