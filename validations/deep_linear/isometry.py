"""Products of random layers drawn and decomposed."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from theory.core.random_matrices import gaussian, haar_orthogonal
from theory.deep_linear import fuss_catalan as law
from theory.deep_linear import isometry as closed
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.deep_linear.claims.isometry import OrthogonalProducts, Products


def simulate(config: Products, keys: PRNGKeyArray) -> Measurement:
    """Squared singular values of every product, largest last."""

    def one(key: PRNGKeyArray) -> Array:
        layers = [gaussian(k, config.width, config.width) for k in jax.random.split(key, config.depth)]
        product = layers[0]
        for layer in layers[1:]:
            product = layer @ product
        return jnp.linalg.svd(product, compute_uv=False)[::-1] ** 2

    values = quickly_compiled(lambda keys: jax.lax.map(one, keys))(keys)
    return Measurement(start={}, data={"squared": values})


def simulate_orthogonal(config: OrthogonalProducts, keys: PRNGKeyArray) -> Measurement:
    """Largest and smallest squared singular value of products of the first D layers; shape (replicates, depths, 2)."""
    deepest, n = max(config.depths), config.width

    def one(key: PRNGKeyArray) -> tuple[Array, Array]:
        for_gain, for_layers = jax.random.split(key)
        g = jax.random.uniform(for_gain, minval=config.gain[0], maxval=config.gain[1])

        def multiply(product: Array, key: PRNGKeyArray) -> tuple[Array, Array]:
            return (after := g * haar_orthogonal(key, n) @ product), after

        _, products = jax.lax.scan(multiply, jnp.eye(n), jax.random.split(for_layers, deepest))
        values = jnp.linalg.svd(products[np.asarray(config.depths) - 1], compute_uv=False) ** 2
        return g, values[:, jnp.array([0, -1])]

    gains, extremes = quickly_compiled(jax.vmap(one))(keys)
    return Measurement(start={"gains": gains}, data={"extremes": extremes})


def at_depths(function: Callable[..., Array], gains: Array, depths: tuple[int, ...], more: int = 0) -> Array:
    """A formula of gain and depth at every depth; shape (replicates, depths, 1)."""
    return jnp.stack([function(gains, d + more) for d in depths], axis=1)[:, :, None]


SECOND_MOMENT = Theory(
    inputs=lambda width: {"N": np.asarray(float(width))},
    observe=lambda squared: jnp.mean(squared**2, axis=-1),
    predict=lambda N, depth: closed.second_moment(N, depth),
    rivals={
        "one layer fewer": lambda N, depth: closed.second_moment(N, depth - 1),
        "Marchenko-Pastur": lambda N: closed.second_moment(N, 1),
        "doubling": lambda depth: 2.0**depth,
    },
    margin=lambda: 0.1,
    axes=lambda: Axes(y_label="mean fourth power of a singular value"),
    rests_on=(closed.second_moment,),
)

PRODUCT_LAW = Theory(
    inputs=lambda points: {"x": np.asarray(points)},
    observe=lambda squared, points: jnp.mean(squared[:, None, :] <= np.asarray(points)[None, :, None], axis=-1),
    predict=lambda x, depth: law.distribution(x, depth),
    rivals={
        "one layer more": lambda x, depth: law.distribution(x, depth + 1),
        "one layer fewer": lambda x, depth: law.distribution(x, depth - 1),
        "Marchenko-Pastur": lambda x: law.distribution(x, 1),
    },
    margin=lambda width: 1 / width,
    axes=lambda: Axes(x="x", x_label="squared singular value", y_label="share below", x_scale="log"),
    rests_on=(law.distribution,),
)

PRODUCT_EDGE = Theory(
    inputs=lambda width: {"N": np.asarray(float(width))},
    observe=lambda squared: squared[:, -1],
    predict=lambda N, depth: closed.largest_mean(N, depth),
    rivals={
        "edge without shift": lambda depth: law.edge(depth),
        "one layer more": lambda N, depth: closed.largest_mean(N, depth + 1),
        "product of edges": lambda depth: 4.0**depth,
    },
    margin=lambda width, depth: 2 * width ** (-1 / 3) * float(closed.edge_scale(np.asarray(float(width)), depth)),
    axes=lambda: Axes(y_label="largest squared singular value"),
    rests_on=(closed.largest_mean,),
)

ISOMETRY = Theory(
    inputs=lambda gains: {"gains": gains},
    observe=lambda extremes: extremes,
    predict=lambda gains, depths: at_depths(closed.isometric_square, gains, depths),
    rivals={
        "one layer more": lambda gains, depths: at_depths(closed.isometric_square, gains, depths, more=1),
        "Gaussian spread": lambda gains, depths, width: at_depths(
            lambda g, d: closed.isometric_square(g, d) * jnp.sqrt(closed.second_moment(float(width), d)), gains, depths
        ),
    },
    margin=lambda: np.finfo(float).eps,
    axes=lambda: Axes(y_label="squared singular value"),
    extras={
        "tolerance": lambda gains, depths, width: at_depths(
            lambda g, d: (d + width) * np.finfo(float).eps * jnp.asarray(g) ** (2 * d), gains, depths
        )
    },
    rests_on=(closed.isometric_square,),
)
