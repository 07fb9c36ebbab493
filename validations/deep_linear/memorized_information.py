"""Gaussian examples behind linear layers: laws given the classifier against laws without, by general formulas."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.core.random_matrices import semi_orthogonal
from theory.deep_linear import memorized_information as closed
from validations.core.programs import one_program, quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.deep_linear.claims.memorized_information import MeanClassifiers


def simulate(config: MeanClassifiers, keys: PRNGKeyArray) -> Measurement:
    """Relative entropies and squared Wasserstein distances at every layer, averaged over classifiers."""

    def draw(key: PRNGKeyArray) -> tuple[Array, list[Array]]:
        for_examples, for_center, for_gains, for_layers = jax.random.split(key, 4)
        center = jax.random.normal(for_center, config.widths[:1])
        noise = jax.random.normal(for_examples, (config.draws, config.examples, config.widths[0]))
        classifiers = center + config.sigma * jnp.mean(noise, axis=1)
        return classifiers - center, layer_products(config, for_layers, for_gains)

    shifts, maps = quickly_compiled(lambda keys: jax.lax.map(draw, keys))(keys)
    compared = [between_laws(config, np.asarray(a), np.asarray(shifts)) for a in maps]
    entropy, distance = (np.stack(values, axis=1) for values in zip(*compared, strict=True))
    return Measurement(start={}, data={"entropy": entropy, "distance": distance})


def layer_products(config: MeanClassifiers, for_layers: PRNGKeyArray, for_gains: PRNGKeyArray) -> list[Array]:
    """Products of the layers up to each one: random directions, scattered singular values, a fixed square."""
    products, product = [], jnp.eye(config.widths[0])
    scatter = jax.random.normal(for_gains, (len(config.gains), max(config.widths)))
    shapes = zip(config.widths[1:], config.widths[:-1], config.gains, strict=True)
    for i, (rows, columns, gain) in enumerate(shapes):
        stretch = gain * jnp.exp(0.3 * scatter[i, :rows])
        product = stretch[:, None] * semi_orthogonal(jax.random.fold_in(for_layers, i), rows, columns) @ product
        product = product * jnp.sqrt(squared_norms(config.widths, config.gains)[i] / jnp.sum(product**2))
        products.append(product)
    return products


def squared_norms(widths: tuple[int, ...], gains: tuple[float, ...]) -> np.ndarray:
    """|A|^2 of the products up to every layer: as many directions as units, of the mean square of the gains so far."""
    return np.cumprod(gains) ** 2 * np.asarray(widths[1:])


def between_laws(
    config: MeanClassifiers, a: Float[np.ndarray, "r rows columns"], shifts: Float[np.ndarray, "r draws columns"]
) -> tuple[Float[np.ndarray, " r"], Float[np.ndarray, " r"]]:
    """Mean relative entropy and squared Wasserstein distance of the two Gaussians, by their general formulas."""
    free = config.sigma**2 * a @ a.mT
    given = (1 - 1 / config.examples) * free
    shift = shifts @ a.mT
    width = free.shape[-1]
    quadratic = np.sum(shift.mT * np.linalg.solve(free, shift.mT), axis=1)
    logdets = np.linalg.slogdet(free)[1] - np.linalg.slogdet(given)[1]
    trace = np.trace(np.linalg.solve(free, given), axis1=1, axis2=2)
    entropy = 0.5 * (trace - width + logdets)[:, None] + 0.5 * quadratic
    root = symmetric_root(free)
    spread = np.trace(free + given - 2 * symmetric_root(root @ given @ root), axis1=1, axis2=2)
    return np.mean(entropy, axis=1), np.mean(np.sum(shift**2, axis=2), axis=1) + spread


def symmetric_root(matrix: Float[np.ndarray, "r n n"]) -> Float[np.ndarray, "r n n"]:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0.0))[:, None]) @ vectors.mT


def _layers(widths: tuple[int, ...]) -> dict[str, np.ndarray]:
    return {"layer": np.arange(1, len(widths)), "rank": np.asarray(widths[1:], float)}


def _axes(label: str) -> Axes:
    return Axes(x="layer", x_label="layer", y_label=label, y_scale="log")


_information, _transport = one_program(closed.memorized_information), one_program(closed.memorized_transport)

INFORMATION = Theory(
    inputs=_layers,
    observe=lambda entropy: entropy,
    predict=lambda rank, examples: _information(rank, examples),
    rivals={
        "many examples": lambda rank, examples: rank / (2 * examples),
        "one example more": lambda rank, examples: _information(rank, examples + 1),
        "all directions": lambda rank, widths, examples: _information(np.full(rank.shape, widths[0], float), examples),
    },
    margin=lambda widths, examples: (
        np.asarray(widths[1:]) * (float(_information(np.ones(()), examples)) - 1 / (2 * examples)) / 4
    ),
    axes=lambda: _axes("information on one example (nats)"),
    rests_on=(closed.memorized_information,),
)

TRANSPORT = Theory(
    inputs=lambda widths, gains: {"size": squared_norms(widths, gains), **_layers(widths)},
    observe=lambda distance: distance,
    predict=lambda size, sigma, examples: _transport(size, sigma, examples),
    rivals={
        "centers only": lambda size, sigma, examples: size * sigma**2 / examples,
        "monotone": lambda size, sigma, examples: _transport(np.minimum.accumulate(size), sigma, examples),
        "whole covariance": lambda size, sigma, examples: size * sigma**2 * (1 + 1 / examples) / examples,
    },
    margin=lambda widths, gains, sigma, examples: (
        squared_norms(widths, gains) * (float(_transport(np.ones(()), sigma, examples)) - sigma**2 / examples) / 4
    ),
    axes=lambda: _axes("squared Wasserstein distance"),
    rests_on=(closed.memorized_transport,),
)
