"""Random matrices with and without a spike, drawn and decomposed."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.core import marchenko_pastur as law
from theory.core import semicircle, spikes
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.hessian.claims.spikes import SpikedCovariances, SpikedWigner


def simulate_covariances(config: SpikedCovariances, keys: PRNGKeyArray) -> Measurement:
    """All eigenvalues without spike; the top eigenvalue and its eigenvector's overlap for every spike."""
    n, p = config.samples, config.dimension

    def one(key: PRNGKeyArray) -> tuple[Array, tuple[Array, Array]]:
        x = jax.random.normal(key, (n, p))
        white = x.T @ x / n

        def spiked(spike: Array) -> tuple[Array, Array]:
            factor = jnp.ones(p).at[0].set(jnp.sqrt(1 + spike))
            return top(white * factor[:, None] * factor)

        return jnp.linalg.eigvalsh(white), jax.lax.map(spiked, jnp.asarray(config.spikes))

    values, (largest, overlap) = quickly_compiled(lambda keys: jax.lax.map(one, keys))(keys)
    return Measurement(start={}, data={"eigenvalues": values, "largest": largest, "overlap": overlap})


def simulate_wigner(config: SpikedWigner, keys: PRNGKeyArray) -> Measurement:
    """The top eigenvalue and the overlap of its eigenvector with the spike."""
    size = config.size

    def one(key: PRNGKeyArray) -> tuple[Array, Array]:
        noise = jax.random.normal(key, (size, size))
        wigner = (noise + noise.T) / jnp.sqrt(2 * size)
        return jax.lax.map(lambda spike: top(wigner.at[0, 0].add(spike)), jnp.asarray(config.spikes))

    largest, overlap = quickly_compiled(lambda keys: jax.lax.map(one, keys))(keys)
    return Measurement(start={}, data={"largest": largest, "overlap": overlap})


def top(matrix: Float[Array, "n n"]) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """The largest eigenvalue, and the squared first entry of its eigenvector."""
    values, vectors = jnp.linalg.eigh(matrix)
    return values[-1], vectors[0, -1] ** 2


def _ratio(samples: int, dimension: int, spikes: tuple[float, ...]) -> dict[str, np.ndarray]:
    return {"theta": np.asarray(spikes), "c": np.asarray(dimension / samples)}


def _sizes(spikes: tuple[float, ...]) -> dict[str, np.ndarray]:
    return {"theta": np.asarray(spikes)}


def _axes(y_label: str) -> Axes:
    return Axes(x="theta", x_label="spike", y_label=y_label)


MARCHENKO_PASTUR = Theory(
    inputs=lambda points, samples, dimension: {"x": np.asarray(points), "c": np.asarray(dimension / samples)},
    observe=lambda eigenvalues, points: jnp.mean(eigenvalues[:, None, :] <= np.asarray(points)[None, :, None], axis=-1),
    predict=lambda x, c: law.distribution(x, c),
    rivals={
        "semicircle": lambda x, c: semicircle.distribution(x - 1, np.sqrt(c)),
        "ratio 20 % larger": lambda x, c: law.distribution(x, 1.2 * c),
        "inverse ratio": lambda x, c: law.distribution(x, 1 / c),
    },
    margin=lambda dimension: 1 / dimension,
    axes=lambda: Axes(x="x", x_label="eigenvalue", y_label="share below"),
    rests_on=(law.distribution,),
)

OUTLIER = Theory(
    inputs=_ratio,
    observe=lambda largest: largest,
    predict=lambda theta, c: spikes.covariance_outlier(theta, c),
    rivals={
        "population": lambda theta, c: np.maximum(1 + theta, (1 + np.sqrt(c)) ** 2),
        "mean push": lambda theta, c: np.where(theta > np.sqrt(c), 1 + theta + c, (1 + np.sqrt(c)) ** 2),
        "threshold c": lambda theta, c: spikes.covariance_outlier(theta, c**2),
    },
    margin=lambda samples, dimension: dimension / samples / 4,
    axes=lambda: _axes("largest eigenvalue"),
    rests_on=(spikes.covariance_outlier,),
)

OVERLAP = Theory(
    inputs=_ratio,
    observe=lambda overlap: overlap,
    predict=lambda theta, c: spikes.covariance_overlap(theta, c),
    rivals={
        "sample space": lambda theta, c: np.maximum(1 - c / theta**2, 0) / (1 + 1 / theta),
        "Wigner": lambda theta, c: np.maximum(1 - c / theta**2, 0),
        "not squared": lambda theta, c: np.sqrt(spikes.covariance_overlap(theta, c)),
    },
    margin=lambda: 0.04,
    axes=lambda: _axes("squared overlap"),
    rests_on=(spikes.covariance_overlap,),
)

WIGNER_OUTLIER = Theory(
    inputs=_sizes,
    observe=lambda largest: largest,
    predict=lambda theta: spikes.wigner_outlier(theta),
    rivals={
        "population": lambda theta: np.maximum(theta, 2.0),
        "twice the push": lambda theta: np.where(theta > 1, theta + 2 / theta, 2.0),
        "threshold at the edge": lambda theta: np.where(theta > 2, theta + 1 / theta, 2.0),
    },
    margin=lambda spikes: 1 / max(spikes) / 4,
    axes=lambda: _axes("largest eigenvalue"),
    rests_on=(spikes.wigner_outlier,),
)

WIGNER_OVERLAP = Theory(
    inputs=_sizes,
    observe=lambda overlap: overlap,
    predict=lambda theta: spikes.wigner_overlap(theta),
    rivals={
        "not squared": lambda theta: np.sqrt(spikes.wigner_overlap(theta)),
        "covariance": lambda theta: spikes.covariance_overlap(theta, 1.0),
        "signal share": lambda theta: np.where(theta > 1, theta**2 / (1 + theta**2), 0.0),
    },
    margin=lambda: 0.024,
    axes=lambda: _axes("squared overlap"),
    rests_on=(spikes.wigner_overlap,),
)
