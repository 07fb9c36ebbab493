"""Layers on graphs and graphs at random, with their distances and eigenvalues taken here."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator, eigsh

from theory.collapse import aggregation as closed
from validations.collapse.claims.aggregation import Aggregating, RegularGraphs
from validations.collapse.search import descend
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory

CHANNELS = 2


def simulate(config: Aggregating, keys: PRNGKeyArray) -> Measurement:
    """The output's distance over the input's and the weights' norms, at random or where it was found largest."""

    def kept(graph: Array, params: tuple[Array, ...]) -> Array:
        features, *layers = params
        looped = graph + jnp.eye(len(graph))
        degree = jnp.sum(looped, 1)
        smooth = jnp.sqrt(degree / jnp.sum(degree))
        norms, x = jnp.ones(()), features
        for weights in layers:
            x = jax.nn.relu(looped / jnp.sqrt(degree[:, None] * degree[None, :]) @ x @ weights)
            norms = norms * largest(weights)
        left, given = (f - smooth[:, None] * (smooth @ f)[None] for f in (x, features))
        return jnp.sqrt(jnp.sum(left**2) / jnp.sum(given**2)) / norms

    def replicate(key: PRNGKeyArray) -> tuple[Array, Array]:
        for_graph, for_features, for_layers, for_search = jax.random.split(key, 4)
        graph = cycle_with_chords(for_graph, config.nodes, config.edges)
        features = 1 + jnp.abs(jax.random.normal(for_features, (config.nodes, CHANNELS)))
        layers = tuple(jnp.abs(jax.random.normal(for_layers, (config.depth, CHANNELS, CHANNELS))))
        start = (features, *layers)
        found = descend(lambda p: -jnp.log(kept(graph, p)), start, config.steps, tolerance=1e-7).params
        searched = jax.random.bernoulli(for_search)
        return graph, kept(graph, jax.tree.map(lambda a, b: jnp.where(searched, a, b), found, start))

    graphs, ratios = quickly_compiled(jax.vmap(replicate))(keys)
    return Measurement(start={"graphs": graphs}, data={"ratios": ratios})


def largest(weights: Float[Array, "2 2"]) -> Float[Array, ""]:
    """The larger singular value of two by two."""
    square = jnp.sum(weights**2)
    area = weights[0, 0] * weights[1, 1] - weights[0, 1] * weights[1, 0]
    return jnp.sqrt((square + jnp.sqrt(jnp.maximum(square**2 - 4 * area**2, 1e-30))) / 2)


def cycle_with_chords(key: PRNGKeyArray, nodes: int, probability: float) -> Float[Array, "n n"]:
    """A cycle through all nodes and every other edge with this probability."""
    ring = jnp.roll(jnp.eye(nodes), 1, 0)
    chords = jnp.triu(jax.random.bernoulli(key, probability, (nodes, nodes)).astype(float), 1)
    return jnp.minimum(ring + ring.T + chords + chords.T, 1.0)


def simulate_regular(config: RegularGraphs, keys: PRNGKeyArray) -> Measurement:
    """The largest of all but the first eigenvalue, in size, of the averages over neighbors and the node itself."""
    n, most = config.nodes, max(config.degrees) // 2

    def orders(key: PRNGKeyArray) -> Array:
        return jax.vmap(lambda k: jax.random.permutation(k, n))(jax.random.split(key, most))

    drawn = [np.asarray(jax.jit(orders)(key)) for key in keys]
    factors = [[second(order[: r // 2]) for r in config.degrees] for order in drawn]
    return Measurement(start={}, data={"factors": np.array(factors)})


def second(orders: np.ndarray) -> float:
    """By Lanczos iteration on the graph of these permutations, their inverses and loops, without the constant."""
    half, n = orders.shape
    ends = np.concatenate([orders.ravel(), np.tile(np.arange(n), half), np.arange(n)])
    starts = np.concatenate([np.tile(np.arange(n), half), orders.ravel(), np.arange(n)])
    graph = csr_array((np.full(len(ends), 1 / (2 * half + 1)), (starts, ends)), (n, n))
    apart = LinearOperator((n, n), matvec=lambda x: graph @ x - x.mean(), dtype=float)
    start = np.cos(np.arange(n))
    return float(np.abs(eigsh(apart, 1, which="LM", v0=start, tol=1e-6, return_eigenvectors=False))[0])


def _inputs(graphs: np.ndarray) -> dict:
    return {"factor": np.array([float(closed.oversmoothing_factor(np.asarray(g))) for g in graphs])}


BOUND = Theory(
    inputs=_inputs,
    observe=lambda ratios: ratios,
    predict=lambda factor, depth: factor**depth,
    rivals={
        "constant 10 % smaller": lambda factor, depth: 0.9 * factor**depth,
        "one layer more": lambda factor, depth: factor ** (depth + 1),
    },
    margin=lambda: 1e-12,
    axes=lambda: Axes(y_label="what the layers leave of differences between nodes"),
    extras={"tolerance": lambda: 1e-12},
    rests_on=(closed.oversmoothing_factor,),
)


def _law(r: np.ndarray, loops: bool = True) -> np.ndarray:
    return np.array([float(closed.random_oversmoothing_factor(int(degree), loops)) for degree in r])


REGULAR = Theory(
    inputs=lambda degrees: {"r": np.asarray(degrees, float)},
    observe=lambda factors: factors,
    predict=_law,
    rivals={
        "without loops": lambda r: 2 * np.sqrt(r - 1) / r,
        "one neighbor fewer": lambda r: (1 + 2 * np.sqrt(r - 2)) / r,
    },
    margin=lambda degrees: float(
        max(_law(np.asarray(degrees)) - 2 * np.sqrt(np.asarray(degrees) - 1.0) / np.asarray(degrees)) / 3
    ),
    axes=lambda: Axes(x="r", x_label="neighbors", y_label="second eigenvalue", x_scale="log"),
    rests_on=(closed.random_oversmoothing_factor,),
)
