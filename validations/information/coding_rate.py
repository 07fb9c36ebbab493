"""Free features of classes, ascending their rate reduction."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from theory.information import coding_rate as closed
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.information.claims.coding_rate import Features

ROUNDING = 1e-9


def simulate(config: Features, keys: PRNGKeyArray) -> Measurement:
    """Rate reduction after the ascent, by determinants."""

    def climb(key: PRNGKeyArray) -> Array:
        z = on_sphere(jax.random.normal(key, (config.classes, config.coordinates, config.examples)))

        def step(i: int, z: Array) -> Array:
            g = jax.grad(reduction)(z, config.distortion)
            size = config.step * (1 - i / config.steps)
            return on_sphere(z + size * config.examples**0.5 * g / jnp.linalg.norm(g))

        return reduction(jax.lax.fori_loop(0, config.steps, step, z), config.distortion)

    return Measurement(start={}, data={"reached": quickly_compiled(jax.vmap(climb))(keys)})


def on_sphere(z: Float[Array, "k d m"]) -> Float[Array, "k d m"]:
    """Each class with squared norm equal to its number of features."""
    return z * (z.shape[2] / jnp.sum(z**2, axis=(1, 2), keepdims=True)) ** 0.5


def reduction(z: Float[Array, "k d m"], distortion: float) -> Array:
    classes, d, m = z.shape
    gram = jnp.einsum("kdm,kem->kde", z, z)
    whole = rate(gram.sum(axis=0) / (classes * m), distortion)
    return whole - jnp.mean(jax.vmap(lambda g: rate(g / m, distortion))(gram))


def rate(covariance: Float[Array, "d d"], distortion: float) -> Array:
    d = len(covariance)
    return 0.5 * jnp.linalg.slogdet(jnp.eye(d) + d / distortion**2 * covariance)[1]


def _optimum(classes: int, coordinates: int, distortion: float) -> Array:
    return closed.orthogonal_rate_reduction(classes, coordinates, coordinates // classes, distortion)


ORTHOGONAL = Theory(
    observe=lambda reached: reached,
    predict=_optimum,
    rivals={
        "constant 10 % smaller": lambda classes, coordinates, distortion: (
            0.9 * _optimum(classes, coordinates, distortion)
        ),
        "orthogonal collapse": lambda classes, coordinates, distortion: closed.orthogonal_rate_reduction(
            classes, coordinates, 1, distortion
        ),
        "neural collapse": lambda classes, coordinates, distortion: closed.simplex_rate_reduction(
            classes, coordinates, distortion
        ),
    },
    margin=lambda: ROUNDING,
    axes=lambda: Axes(y_label="rate reduction in nats"),
    extras={"tolerance": lambda: ROUNDING},
    rests_on=(closed.orthogonal_rate_reduction,),
)
