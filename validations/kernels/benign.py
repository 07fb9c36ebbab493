"""Wide networks that learn flipped labels by heart, asked about new examples."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from scipy.stats import norm

from theory.networks import perceptron
from validations.core.optimizers import GradientDescent
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.core.training import Replicates, train
from validations.kernels.claims.benign import FlippedLabels


def simulate(config: FlippedLabels, keys: PRNGKeyArray) -> Measurement:
    """Shares of labels got wrong, of training examples and of tests, (networks, separations)."""
    net = perceptron((config.inputs, config.width, 1), activation="relu", parametrization="ntk", sigma_w=2**0.5)
    separations = jnp.asarray(config.separations)

    def prepare(key: PRNGKeyArray) -> tuple:
        for_data, for_weights = jax.random.split(key)
        examples = jax.vmap(lambda s: classes(config, for_data, s))(separations)
        return jax.vmap(net.init)(jax.random.split(for_weights, len(separations))), examples

    params, (x, y) = quickly_compiled(jax.vmap(prepare))(keys)
    flat = lambda tree: jax.tree.map(lambda a: a.reshape(-1, *a.shape[2:]), tree)
    params, x, y = flat(params), flat(x), flat(y)
    n, outputs = config.examples, quickly_compiled(jax.vmap(lambda p, x: net.apply(p, x)[:, 0]))
    first = outputs(params, x)

    def loss(params: tuple, data: tuple[Array, Array]) -> Float[Array, ""]:
        return 0.5 * jnp.mean((net.apply(params, data[0])[:, 0] - data[1]) ** 2)

    run = train(
        loss,
        params,
        (x[:, :n], (y + first)[:, :n]),
        method=GradientDescent(config.step),
        steps=config.steps,
        replicates=Replicates(own_data=True),
    )
    learned = np.asarray(outputs(run.params, x) - first)
    wrong = (np.sign(learned) != np.asarray(y)).reshape(len(keys), len(separations), -1)
    return Measurement(start={}, data={"seen": wrong[..., :n].mean(-1), "new": wrong[..., n:].mean(-1)})


def classes(config: FlippedLabels, key: PRNGKeyArray, separation: Array) -> tuple[Array, Array]:
    """Examples, then tests, and their labels, a share of which is flipped."""
    for_classes, for_points, for_flips = jax.random.split(key, 3)
    count = config.examples + config.tests
    side = jax.random.rademacher(for_classes, (count,), float)
    x = jax.random.normal(for_points, (count, config.inputs)).at[:, 0].add(separation * side)
    return x, jnp.where(jax.random.bernoulli(for_flips, config.flipped, (count,)), -side, side)


def best_errors(separations: tuple[float, ...], flipped: float) -> Float[np.ndarray, " separations"]:
    """Of the classifier that knows the classes."""
    return flipped + (1 - 2 * flipped) * norm.cdf(-np.asarray(separations))


def excess(
    seen: np.ndarray, new: np.ndarray, separations: tuple[float, ...], flipped: float
) -> Float[np.ndarray, "networks separations"]:
    """Errors beyond the best classifier's; of networks that have not learned all labels, all errors there could be."""
    return np.where(np.asarray(seen) == 0, new, 1.0) - best_errors(separations, flipped)


BENIGN = Theory(
    observe=lambda seen, new, separations, flipped: -np.diff(excess(seen, new, separations, flipped))[:, 0],
    predict=lambda: 0.0,
    rivals={"benign everywhere": lambda: 0.0, "reverse": lambda: -0.1},
    margin=lambda: 0.05,
    axes=lambda: Axes(y_label="error beyond the best: of overlapping classes less that of far ones"),
)
