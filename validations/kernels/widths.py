"""Covariances of networks of two hidden layers over widths: how they spread, and how far their mean is off."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import erf
from jaxtyping import Array, Float, Int, PRNGKeyArray

from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.kernels.claims.initial import WidthSweep

INPUTS = jnp.asarray(np.array([[1.0, 0.0], [0.6, 0.8]]) * 2**0.5)  # mean square one, cosine 0.6


def simulate(config: WidthSweep, keys: PRNGKeyArray) -> Measurement:
    """One program serves all widths: layers have the largest, and units beyond the width are put out."""
    widths = jnp.asarray(config.widths)

    def one(key: PRNGKeyArray) -> tuple[Array, Array]:
        return jax.lax.map(lambda width: at_width(config, width, jax.random.fold_in(key, width)), widths)

    spread, bias = quickly_compiled(lambda keys: jax.lax.map(one, keys))(keys)
    return Measurement(start={}, data={"spread": spread, "bias": bias})


def at_width(config: WidthSweep, width: Int[Array, ""], key: PRNGKeyArray) -> tuple[Array, Array]:
    """Difference of covariances of networks, root mean square over pairs; bias at this width less that at twice it."""
    for_pair, for_bias = jax.random.split(key)
    both = jax.vmap(lambda k: covariance(config, width, k))(jax.random.split(for_pair, 2 * config.pairs))
    apart = both[::2] - both[1::2]
    bias = jax.vmap(lambda k: doubled(config, width, k))(jax.random.split(for_bias, config.draws))
    return jnp.sqrt(jnp.mean(apart**2) / 2), bias.mean()


def covariance(config: WidthSweep, width: Int[Array, ""], key: PRNGKeyArray) -> Float[Array, "2 2"]:
    """Of the outputs of one network: given the first layer, units of the second are independent and Gaussian."""
    for_first, for_second = jax.random.split(key)
    below = first_layer(config, width, for_first)
    standard = jax.random.normal(for_second, (max(config.widths), 2))
    units = existing(config, width) * erf(standard @ root(below).T)
    return config.sigma_w**2 * units.T @ units / width


def doubled(config: WidthSweep, width: Int[Array, ""], key: PRNGKeyArray) -> Float[Array, ""]:
    r"""Covariance of the outputs at `width`, less that at twice the width: the bias times one half.

    A first layer of 2n units is two first layers of n units. All three networks share the standard variables from which
    their second layers are made: what is left of the noise is of the order of the bias itself.
    """
    *for_halves, for_second = jax.random.split(key, 3)
    one, other = (first_layer(config, width, k) for k in for_halves)
    standard = jax.random.normal(for_second, (config.units, 2))

    def output(below: Float[Array, "2 2"]) -> Float[Array, ""]:
        return config.sigma_w**2 * jnp.mean(erf(standard @ root(below).T) ** 2)

    return output((one + other) / 2) - (output(one) + output(other)) / 2


def first_layer(config: WidthSweep, width: Int[Array, ""], key: PRNGKeyArray) -> Float[Array, "2 2"]:
    """Covariance of the next layer's units between the two inputs, given this layer."""
    weights = jax.random.normal(key, (max(config.widths), 2))
    units = existing(config, width) * erf(config.sigma_w * weights @ INPUTS.T / INPUTS.shape[1] ** 0.5)
    return config.sigma_w**2 * units.T @ units / width


def existing(config: WidthSweep, width: Int[Array, ""]) -> Float[Array, "units 1"]:
    return (jnp.arange(max(config.widths)) < width)[:, None].astype(float)


def root(matrix: Float[Array, "2 2"]) -> Float[Array, "2 2"]:
    """Cholesky's lower triangle, written out: a library call for every draw takes longer than the draw."""
    a = jnp.sqrt(matrix[0, 0])
    b = matrix[0, 1] / a
    c = jnp.sqrt(jnp.maximum(matrix[1, 1] - b**2, 0.0))
    return jnp.array([[a, 0.0], [b, c]])


def _exponent(observe, value: float, rivals: dict[str, float], label: str) -> Theory:
    return Theory(
        inputs=lambda widths: {"sizes": np.asarray(widths, float)},
        observe=observe,
        predict=lambda: value,
        rivals={name: (lambda exponent=exponent: exponent) for name, exponent in rivals.items()},
        margin=lambda: 0.1,
        axes=lambda: Axes(x="sizes", x_label="width", y_label=label, x_scale="log", y_scale="log"),
        extras={"sizes": lambda sizes: sizes},
    )


FLUCTUATION = _exponent(
    lambda spread: spread, -0.5, {"order of the bias": -1.0, "no concentration": 0.0}, "spread of the covariance"
)
BIAS = _exponent(
    lambda bias: bias, -1.0, {"order of the spread": -0.5, "second order": -2.0}, "bias of the covariance, halved"
)
