"""Noisy tokens, one step down the gradient of their coding rate, and what of each direction is left."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.core.random_matrices import semi_orthogonal
from theory.information import compression_step as closed
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.information.claims.compression_step import NoisyTokens


def simulate(config: NoisyTokens, keys: PRNGKeyArray) -> Measurement:
    """Share of every axis that is left, averaged over the subspaces."""
    return Measurement(start={}, data={"left": quickly_compiled(jax.vmap(lambda key: shares(config, key)))(keys)})


def shares(config: NoisyTokens, key: PRNGKeyArray) -> Float[Array, " axes"]:
    """Regression of what is left on what was, by the derivative of a determinant taken automatically."""
    bases, _, z = drawn(config, key)
    after = z - config.step / beta(config, z) * jax.grad(rate, argnums=2)(config, bases, z)
    before, left = (jnp.einsum("kdp,dn->kpn", bases, a) for a in (z, after))
    return jnp.mean(jnp.sum(before * left, axis=2) / jnp.sum(before**2, axis=2), axis=0)


def drawn(config: NoisyTokens, key: PRNGKeyArray) -> tuple[Float[Array, "k d p"], Array, Array]:
    """Bases of the subspaces, tokens in columns as they are meant, and with noise."""
    for_frame, for_codes, for_noise = jax.random.split(key, 3)
    k, p = config.subspaces, len(config.variances)
    each = max(config.tokens // k, 1)
    bases = semi_orthogonal(for_frame, k * p, k * p).reshape(k * p, k, p).swapaxes(0, 1)
    codes = jnp.sqrt(jnp.asarray(config.variances))[:, None] * jax.random.normal(for_codes, (k, p, each))
    z = jnp.concatenate(list(jnp.einsum("kdp,kpn->kdn", bases, codes)), axis=1)
    return bases, z, z + config.noise**0.5 * jax.random.normal(for_noise, z.shape)


def beta(config: NoisyTokens, z: Float[Array, "d n"]) -> float:
    return len(config.variances) / (z.shape[1] * config.distortion**2)


def rate(config: NoisyTokens, bases: Float[Array, "k d p"], z: Float[Array, "d n"]) -> Array:
    """Coding rate of the tokens in all subspaces, by determinants."""
    parts = jnp.einsum("kdp,dn->kpn", bases, z)
    inner = jnp.eye(bases.shape[2]) + beta(config, z) * jnp.einsum("kpn,kqn->kpq", parts, parts)
    return 0.5 * jnp.sum(jnp.linalg.slogdet(inner)[1])


def _over_all(variances: tuple[float, ...], subspaces: int, noise: float) -> np.ndarray:
    return np.asarray(variances) / subspaces + noise


def _gain(v: np.ndarray, p: float, distortion: float, step: float) -> Array:
    return closed.compression_gain(v, float(p), distortion, step)


def _ours(variances, subspaces, noise, distortion, step) -> Array:
    return _gain(_over_all(variances, subspaces, noise), len(variances), distortion, step)


def _all_coordinates(variances, subspaces, noise, distortion, step) -> Array:
    return _gain(_over_all(variances, subspaces, noise), subspaces * len(variances), distortion, step)


def _first_order(variances, subspaces, noise, distortion, step) -> np.ndarray:
    return 1 - step * (1 - len(variances) * _over_all(variances, subspaces, noise) / distortion**2)


FILTER = Theory(
    inputs=lambda variances: {"axis": np.asarray(variances)},
    observe=lambda left: left,
    predict=_ours,
    rivals={
        "all coordinates": _all_coordinates,
        "own tokens": lambda variances, noise, distortion, step: _gain(
            _over_all(variances, 1, noise), len(variances), distortion, step
        ),
        "first order": _first_order,
    },
    margin=lambda: 0.04,
    axes=lambda: Axes(x="axis", x_label="variance of the clean tokens", x_scale="log", y_label="share left by a step"),
    rests_on=(closed.compression_gain,),
)
