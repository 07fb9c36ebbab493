"""Networks that learn a parity from small Hamming balls first, or from all examples at once."""

from functools import partial

import jax
import jax.numpy as jnp
import optax
from jax import lax
from jaxtyping import Array, Float, PRNGKeyArray

from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.deep_linear.claims.degree_curriculum import Curricula
from validations.deep_linear.unseen import cube

Params = tuple[Array, Array, Array]


def output(params: Params, points: Float[Array, "points coordinates"]) -> Float[Array, " points"]:
    into, offset, out = params
    return jax.nn.relu(points @ into + offset) @ out


def error(params: Params, points: Array, weights: Float[Array, " points"]) -> Float[Array, ""]:
    """Weighted mean squared error of the outputs as parities of all coordinates."""
    gaps = (output(params, points) - jnp.prod(points, axis=1)) ** 2
    return jnp.sum(weights * gaps) / jnp.sum(weights)


def simulate(config: Curricula, keys: PRNGKeyArray) -> Measurement:
    """Errors on the points that were not drawn, after all at once and after the small ball first."""
    points = jnp.asarray(cube(config.coordinates))

    def one(key: PRNGKeyArray) -> Array:
        for_points, for_network = jax.random.split(key)
        order = jax.random.permutation(for_points, len(points))
        examples, unseen = points[order[: config.examples]], points[order[config.examples :]]
        small = 1.0 * (jnp.sum(examples < 0, axis=1) <= config.ball)
        trained = partial(train_in_order, config, initial(config, for_network), examples)
        ends = jax.vmap(trained)(jnp.stack([jnp.ones_like(small), small]))
        return jax.vmap(lambda end: error(end, unseen, jnp.ones(len(unseen))))(ends)

    return Measurement(start={}, data={"errors": quickly_compiled(jax.vmap(one))(keys)})


def initial(config: Curricula, key: PRNGKeyArray) -> Params:
    for_into, for_offset, for_out = jax.random.split(key, 3)
    into = jax.random.normal(for_into, (config.coordinates, config.width)) / config.coordinates**0.5
    offset = jax.random.normal(for_offset, (config.width,)) / config.coordinates**0.5
    return into, offset, jax.random.normal(for_out, (config.width,)) / config.width**0.5


def train_in_order(config: Curricula, start: Params, examples: Array, first: Float[Array, " points"]) -> Params:
    """Adam on the first examples until they are learned, on all from then on."""
    method = optax.adam(config.step)

    def step(state: tuple[Params, optax.OptState, Array], _: None) -> tuple[tuple[Params, optax.OptState, Array], None]:
        params, memory, weights = state
        loss, gradient = jax.value_and_grad(error)(params, examples, weights)
        update, memory = method.update(gradient, memory)
        weights = jnp.where(loss < config.learned, 1.0, weights)
        return (optax.apply_updates(params, update), memory, weights), None

    (params, _, _), _ = lax.scan(step, (start, method.init(start), first), None, length=config.steps)
    return params


CURRICULUM = Theory(
    observe=lambda errors: jnp.log(errors[:, 0] / errors[:, 1]),
    predict=lambda: 0.0,
    rivals={"no effect": lambda: 0.0, "time lost": lambda: -0.3},
    margin=lambda: 0.1,
    axes=lambda: Axes(y_label="log of the error where not seen: all at once over small ball first"),
)
