"""Kernels between all corners of a hypercube, decomposed densely."""

from math import comb

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.kernels.hypercube import hypercube_eigenvalues
from theory.kernels.sphere import sphere_eigenvalues
from validations.core.theory import Axes, Measurement, Theory
from validations.kernels.claims.hypercube import Cubes


def simulate(config: Cubes, keys: PRNGKeyArray) -> Measurement:
    draws = np.asarray(jax.vmap(lambda key: jax.random.exponential(key, (config.terms,)))(keys))
    coefficients = draws / draws.sum(1, keepdims=True)
    corners = 1.0 - 2 * ((np.arange(2**config.inputs)[:, None] >> np.arange(config.inputs)) & 1)
    cosines = corners @ corners.T / config.inputs
    spectra = [np.linalg.eigvalsh(np.polynomial.Polynomial(c)(cosines)) for c in coefficients]
    return Measurement(
        start={"coefficients": coefficients}, data={"spectrum": np.stack(spectra)[:, ::-1] / 2**config.inputs}
    )


def _degrees(coefficients: Float[np.ndarray, "r terms"], of: object) -> np.ndarray:
    """Eigenvalues by degree, for every kernel."""
    return np.stack([np.asarray(of(lambda t, c=c: _polynomial(c, t))) for c in coefficients])  # type: ignore[operator]


def _polynomial(coefficients: np.ndarray, t: Float[Array, " points"]) -> Float[Array, " points"]:
    return jnp.polyval(jnp.asarray(coefficients[::-1]), t)


def _repeated(values: np.ndarray, inputs: int) -> np.ndarray:
    """By degree to sorted, with the cube's multiplicities."""
    repeated = np.repeat(values[:, : inputs + 1], [comb(inputs, k) for k in range(inputs + 1)], axis=1)
    return np.sort(repeated, axis=1)[:, ::-1]


def on_cube(coefficients: np.ndarray, inputs: int, dimension: int) -> np.ndarray:
    return _repeated(_degrees(coefficients, lambda kernel: hypercube_eigenvalues(kernel, dimension)), inputs)


def on_sphere(coefficients: np.ndarray, inputs: int) -> np.ndarray:
    return _repeated(_degrees(coefficients, lambda kernel: sphere_eigenvalues(kernel, inputs, inputs)), inputs)


def _taylor(coefficients: np.ndarray, inputs: int) -> np.ndarray:
    """Each Taylor term shared out among the parities of its degree, as if products of drawn inputs were independent."""
    padded = np.zeros((len(coefficients), inputs + 1))
    kept = min(inputs + 1, coefficients.shape[1])
    padded[:, :kept] = coefficients[:, :kept]
    return _repeated(padded / np.array([comb(inputs, k) for k in range(inputs + 1)]), inputs)


SPECTRUM = Theory(
    inputs=lambda coefficients, inputs: {"coefficients": coefficients, "i": np.arange(1, 2**inputs + 1)},
    observe=lambda spectrum: spectrum,
    predict=lambda coefficients, inputs: on_cube(coefficients, inputs, inputs),
    rivals={
        "one input more": lambda coefficients, inputs: on_cube(coefficients, inputs, inputs + 1),
        "sphere": lambda coefficients, inputs: on_sphere(coefficients, inputs),
        "Taylor terms": lambda coefficients, inputs: _taylor(coefficients, inputs),
    },
    margin=lambda: 1.0,
    axes=lambda: Axes(x="i", x_label="index", y_label="eigenvalue", x_scale="log", y_scale="log"),
    extras={"tolerance": lambda: np.finfo(float).eps},
    rests_on=(hypercube_eigenvalues,),
)
