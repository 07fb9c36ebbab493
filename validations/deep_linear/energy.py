"""Energies of layers, random and searched for the least with their product held fixed."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.core.random_matrices import gaussian
from theory.deep_linear import conservation as closed
from theory.deep_linear.layers import product
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.deep_linear.claims.energy import Factorizations

Layers = Sequence[Float[Array, "..."]]
ROUNDING = 64 * np.finfo(float).eps


def simulate(config: Factorizations, keys: PRNGKeyArray) -> Measurement:
    """Energy of every draw of layers, and after the search; the product is what both have in common."""

    def one(key: PRNGKeyArray) -> tuple[Array, Array]:
        layers = random_layers(config, key)
        best = least_found(layers, config.search, config.step)
        return product(layers), jnp.stack([closed.layer_energy(layers), best])

    products, energies = quickly_compiled(jax.vmap(one))(keys)
    return Measurement(start={"product": products}, data={"energies": energies})


def random_layers(config: Factorizations, key: PRNGKeyArray) -> list[Array]:
    shapes = list(zip(config.widths[1:], config.widths[:-1], strict=True))
    for_scale, *for_layers = jax.random.split(key, len(shapes) + 1)
    scales = 10.0 ** jax.random.uniform(for_scale, (len(shapes),), minval=-config.spread, maxval=config.spread)
    return [a * gaussian(k, *shape) for a, k, shape in zip(scales, for_layers, shapes, strict=True)]


def least_found(layers: Layers, steps: int, step: float) -> Float[Array, ""]:
    """The least energy that descent finds over changes of basis in the hidden layers, which keep the product.

    The basis of hidden layer l moves where the energy falls fastest: along the imbalance W_{l+1}' W_{l+1} - W_l W_l'.
    """

    def improve(_: int, layers: tuple[Array, ...]) -> tuple[Array, ...]:
        for i in range(len(layers) - 1):
            below, above = layers[i], layers[i + 1]
            gap = above.T @ above - below @ below.T
            basis = jnp.eye(len(gap)) + step * gap / closed.layer_energy((below, above))
            layers = (*layers[:i], basis @ below, jnp.linalg.solve(basis, above.T).T, *layers[i + 2 :])
        return layers

    return closed.layer_energy(jax.lax.fori_loop(0, steps, improve, tuple(layers)))


LEAST_ENERGY = Theory(
    inputs=lambda product, widths: {"matrix": product, "depth": len(widths) - 1},
    observe=lambda energies: energies.min(axis=1),
    predict=closed.least_layer_energy,
    rivals={
        "constant 10 % larger": lambda matrix, depth: 1.1 * closed.least_layer_energy(matrix, depth),
        "nuclear norm": lambda matrix: closed.least_layer_energy(matrix, 2),
    },
    margin=lambda: ROUNDING,
    axes=lambda: Axes(y_label="energy of the layers"),
    extras={"tolerance": lambda matrix, depth: ROUNDING * np.asarray(closed.least_layer_energy(matrix, depth))},
)
