r"""Spiked random matrices: when one direction of the population is seen in the sample, and how well.

Covariance: n samples in p dimensions whose population covariance is the identity plus $\theta u u^\top$;
ratio $c = p/n$. Wigner: noise of variance $\sigma^2/N$ plus $\theta u u^\top$. Above a threshold the largest eigenvalue
leaves the bulk and its eigenvector has a squared overlap with u of order one; below it neither happens (Baik, Ben Arous
and Peche 2005;
Benaych-Georges and Nadakuditi 2011). All values are limits of large matrices at fixed ratio.
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within


@closed_form
def covariance_threshold(ratio: Float[ArrayLike, "*batch"]) -> Float[Array, "*batch"]:
    r"""The spike $\sqrt c$ above which the sample covariance has an outlier (Baik, Ben Arous and Peche 2005).

    Raises:
        ValueError: a ratio that is not above zero.

    >>> float(covariance_threshold(0.25))
    0.5
    """
    return jnp.sqrt(_positive("ratio", together(ratio=ratio)[0]))


@closed_form
def covariance_outlier(spike: Float[ArrayLike, "*batch"], ratio: Float[ArrayLike, "*batch2"]) -> Float[Array, "..."]:
    r"""Largest eigenvalue: $(1+\theta)(1 + c/\theta)$ above the threshold, the edge $(1+\sqrt c)^2$ below.

    It lies above the population's own $1 + \theta$: noise pushes outwards.

    Raises:
        ValueError: a negative spike, a ratio that is not above zero.

    >>> round(float(covariance_outlier(1.5, 0.25)), 6), float(covariance_outlier(0.3, 0.25))
    (2.916667, 2.25)
    """
    spike, c = _spiked(spike, ratio)
    seen = jnp.maximum(spike, jnp.sqrt(c))
    return (1 + seen) * (1 + c / seen)


@closed_form
def covariance_overlap(spike: Float[ArrayLike, "*batch"], ratio: Float[ArrayLike, "*batch2"]) -> Float[Array, "..."]:
    r"""Squared overlap of the top eigenvector with the spike, $(1 - c/\theta^2)/(1 + c/\theta)$; 0 below the threshold.

    Raises:
        ValueError: a negative spike, a ratio that is not above zero.

    >>> round(float(covariance_overlap(1.5, 0.25)), 6), float(covariance_overlap(0.3, 0.25))
    (0.761905, 0.0)
    """
    spike, c = _spiked(spike, ratio)
    seen = jnp.maximum(spike, jnp.sqrt(c))
    return jnp.where(spike > jnp.sqrt(c), (1 - c / seen**2) / (1 + c / seen), 0.0 * seen)


@closed_form
def wigner_outlier(spike: Float[ArrayLike, "*batch"], sigma: Float[ArrayLike, "*batch2"] = 1.0) -> Float[Array, "..."]:
    r"""Largest eigenvalue: $\theta + \sigma^2/\theta$ above the threshold $\theta = \sigma$, the edge $2\sigma$ below.

    Raises:
        ValueError: a negative spike, a sigma that is not above zero.

    >>> float(wigner_outlier(2.0)), float(wigner_outlier(0.5))
    (2.5, 2.0)
    """
    spike, s = _noisy(spike, sigma)
    seen = jnp.maximum(spike, s)
    return seen + s**2 / seen


@closed_form
def wigner_overlap(spike: Float[ArrayLike, "*batch"], sigma: Float[ArrayLike, "*batch2"] = 1.0) -> Float[Array, "..."]:
    r"""Squared overlap of the top eigenvector with the spike, $1 - \sigma^2/\theta^2$; 0 below the threshold.

    Raises:
        ValueError: a negative spike, a sigma that is not above zero.

    >>> float(wigner_overlap(2.0)), float(wigner_overlap(0.5))
    (0.75, 0.0)
    """
    spike, s = _noisy(spike, sigma)
    return 1 - (s / jnp.maximum(spike, s)) ** 2


def _spiked(
    spike: Float[ArrayLike, "*batch"], ratio: Float[ArrayLike, "*batch2"]
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    spike, c = together(spike=spike, ratio=ratio)
    return within("spike", spike, spike >= 0, "spikes at or above zero"), _positive("ratio", c)


def _noisy(
    spike: Float[ArrayLike, "*batch"], sigma: Float[ArrayLike, "*batch2"]
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    spike, s = together(spike=spike, sigma=sigma)
    return within("spike", spike, spike >= 0, "spikes at or above zero"), _positive("sigma", s)


def _positive(name: str, value: Float[ArrayLike, "*batch"]) -> Float[Array, "*batch"]:
    value = jnp.asarray(value)
    return within(name, value, value > 0, "numbers above zero")
