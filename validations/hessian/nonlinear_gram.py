"""Gram matrices of random features, drawn and decomposed."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from theory.hessian import nonlinear_gram as closed
from validations.core.programs import one_program, quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.hessian.claims.nonlinear_gram import NonlinearFeatures

POINTS = (0.02, 0.04, 0.07, 0.12, 0.2, 0.35, 0.6, 1.0)


def absolute(z: Array) -> Array:
    return jnp.abs(z) - (2 / jnp.pi) ** 0.5


def simulate(config: NonlinearFeatures, keys: PRNGKeyArray) -> Measurement:
    """Shares of eigenvalues at or below the points, for both functions of the same preactivations."""

    def one(key: PRNGKeyArray) -> dict[str, Array]:
        for_weights, for_inputs = jax.random.split(key)
        weights = jax.random.normal(for_weights, (config.features, config.inputs))
        z = weights @ jax.random.normal(for_inputs, (config.inputs, config.samples)) / config.inputs**0.5
        gram = lambda y: y @ y.T / config.samples
        return {"tanh": gram(jnp.tanh(z)), "absolute": gram(absolute(z))}

    grams = quickly_compiled(lambda keys: jax.lax.map(one, keys))(keys)
    return Measurement(start={}, data={name: shares(np.asarray(gram)) for name, gram in grams.items()})


def shares(grams: np.ndarray) -> np.ndarray:
    values = np.linalg.eigvalsh(grams)
    return np.mean(values[:, None, :] <= np.asarray(POINTS)[None, :, None], axis=-1)


def _ratios(inputs: int, features: int, samples: int) -> dict[str, np.ndarray]:
    return {"x": np.asarray(POINTS), "phi": np.asarray(inputs / samples), "psi": np.asarray(inputs / features)}


def _law(f: Callable, slope: float | None = None, wider: float = 1.0) -> Callable:
    """The law of f; with `slope`, of a function whose zeta is that share of eta; with more inputs over samples."""

    def share(x: Array, phi: Array, psi: Array) -> Array:
        eta, zeta = closed.activation_moments(f)
        if slope is not None:
            zeta = slope * eta
        return closed.gram_distribution(x, eta, jnp.minimum(zeta, eta), wider * phi, psi)

    return one_program(share)


def _theory(observe: Callable, f: Callable, rivals: dict, margin: float) -> Theory:
    return Theory(
        inputs=_ratios,
        observe=observe,
        predict=_law(f),
        rivals=rivals,
        margin=lambda: margin,
        axes=lambda: Axes(x="x", x_label="eigenvalue", x_scale="log", y_label="share below"),
        rests_on=(closed.gram_distribution, closed.activation_moments),
    )


TANH = _theory(
    lambda tanh: tanh,
    jnp.tanh,
    {
        "Marchenko-Pastur": _law(jnp.tanh, slope=0.0),
        "linear": _law(jnp.tanh, slope=1.0),
        "ratio 20 % larger": _law(jnp.tanh, wider=1.2),
    },
    margin=0.009,
)

VANISHING = _theory(
    lambda absolute: absolute,
    absolute,
    {
        "linear": _law(absolute, slope=1.0),
        "some slope": _law(absolute, slope=0.4),
        "ratio 20 % larger": _law(absolute, wider=1.2),
    },
    margin=0.014,
)
