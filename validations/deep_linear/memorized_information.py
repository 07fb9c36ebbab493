"""Gaussian examples behind linear layers: laws given the classifier against laws without, by general formulas."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.core.random_matrices import semi_orthogonal
from theory.deep_linear import memorized_information as closed
from validations.core.theory import Axes, Measurement, Theory
from validations.deep_linear.claims.memorized_information import MeanClassifiers


def simulate(config: MeanClassifiers, keys: PRNGKeyArray) -> Measurement:
    """Relative entropies and squared Wasserstein distances at every layer, averaged over classifiers."""

    def one(key: PRNGKeyArray) -> tuple[Array, Array]:
        for_examples, for_center, for_gains, for_layers = jax.random.split(key, 4)
        center = jax.random.normal(for_center, config.widths[:1])
        noise = jax.random.normal(for_examples, (config.draws, config.examples, config.widths[0]))
        classifiers = center + config.sigma * jnp.mean(noise, axis=1)
        maps = layer_products(config, for_layers, for_gains)
        compared = [between_laws(config, a, center, classifiers) for a in maps]
        entropy, distance = (jnp.stack(values) for values in zip(*compared, strict=True))
        return entropy, distance

    entropy, distance = jax.jit(lambda keys: jax.lax.map(one, keys))(keys)
    return Measurement(start={}, data={"entropy": entropy, "distance": distance})


def layer_products(config: MeanClassifiers, for_layers: PRNGKeyArray, for_gains: PRNGKeyArray) -> list[Array]:
    """Products of the layers up to each one: random directions, scattered singular values, a fixed square."""
    products, product = [], jnp.eye(config.widths[0])
    shapes = zip(config.widths[1:], config.widths[:-1], config.gains, strict=True)
    for i, (rows, columns, gain) in enumerate(shapes):
        stretch = gain * jnp.exp(0.3 * jax.random.normal(jax.random.fold_in(for_gains, i), (rows,)))
        product = stretch[:, None] * semi_orthogonal(jax.random.fold_in(for_layers, i), rows, columns) @ product
        product = product * jnp.sqrt(squared_norms(config.widths, config.gains)[i] / jnp.sum(product**2))
        products.append(product)
    return products


def squared_norms(widths: tuple[int, ...], gains: tuple[float, ...]) -> np.ndarray:
    """|A|^2 of the products up to every layer: as many directions as units, of the mean square of the gains so far."""
    return np.cumprod(gains) ** 2 * np.asarray(widths[1:])


def between_laws(
    config: MeanClassifiers, a: Array, center: Array, classifiers: Array
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Mean relative entropy and squared Wasserstein distance of the two Gaussians, by their general formulas."""
    free = config.sigma**2 * a @ a.T
    given = (1 - 1 / config.examples) * free
    shift = (classifiers - center) @ a.T
    whitened = jnp.linalg.solve(free, jnp.concatenate([given, shift.T], axis=1))
    width = len(free)
    quadratic = jnp.sum(shift.T * whitened[:, width:], axis=0)
    logdets = jnp.linalg.slogdet(free)[1] - jnp.linalg.slogdet(given)[1]
    entropy = 0.5 * (jnp.trace(whitened[:, :width]) - width + logdets + quadratic)
    root = symmetric_root(free)
    spread = jnp.trace(free) + jnp.trace(given) - 2 * jnp.trace(symmetric_root(root @ given @ root))
    return jnp.mean(entropy), jnp.mean(jnp.sum(shift**2, axis=1) + spread)


def symmetric_root(matrix: Float[Array, "n n"]) -> Float[Array, "n n"]:
    values, vectors = jnp.linalg.eigh(matrix)
    return (vectors * jnp.sqrt(jnp.maximum(values, 0.0))) @ vectors.T


def _layers(widths: tuple[int, ...]) -> dict[str, np.ndarray]:
    return {"layer": np.arange(1, len(widths)), "rank": np.asarray(widths[1:], float)}


def _axes(label: str) -> Axes:
    return Axes(x="layer", x_label="layer", y_label=label, y_scale="log")


INFORMATION = Theory(
    inputs=_layers,
    observe=lambda entropy: entropy,
    predict=lambda rank, examples: closed.memorized_information(rank, examples),
    rivals={
        "many examples": lambda rank, examples: rank / (2 * examples),
        "one example more": lambda rank, examples: closed.memorized_information(rank, examples + 1),
        "all directions": lambda rank, widths, examples: closed.memorized_information(
            np.full(rank.shape, widths[0], float), examples
        ),
    },
    margin=lambda widths, examples: (
        np.asarray(widths[1:]) * (closed.memorized_information(1.0, examples) - 1 / (2 * examples)) / 4
    ),
    axes=lambda: _axes("information on one example (nats)"),
    rests_on=(closed.memorized_information,),
)

TRANSPORT = Theory(
    inputs=lambda widths, gains: {"size": squared_norms(widths, gains), **_layers(widths)},
    observe=lambda distance: distance,
    predict=lambda size, sigma, examples: closed.memorized_transport(size, sigma, examples),
    rivals={
        "centers only": lambda size, sigma, examples: size * sigma**2 / examples,
        "monotone": lambda size, sigma, examples: closed.memorized_transport(
            np.minimum.accumulate(size), sigma, examples
        ),
        "whole covariance": lambda size, sigma, examples: size * sigma**2 * (1 + 1 / examples) / examples,
    },
    margin=lambda widths, gains, sigma, examples: (
        squared_norms(widths, gains) * (closed.memorized_transport(1.0, sigma, examples) - sigma**2 / examples) / 4
    ),
    axes=lambda: _axes("squared Wasserstein distance"),
    rests_on=(closed.memorized_transport,),
)
