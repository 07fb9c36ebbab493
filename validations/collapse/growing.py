"""Simplices searched for, features under one that is held, and concept factorizations by multiplicative steps."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.collapse import growing as closed
from theory.collapse import mixup
from theory.collapse.frames import simplex
from validations.collapse.claims.growing import Concepts, Growing
from validations.collapse.search import descend
from validations.collapse.squared_error import labels_of
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory


def simulate(config: Growing, keys: PRNGKeyArray) -> Measurement:
    """The distance of two learned simplices after the best rotation, and the margins of each class."""
    labels, old = labels_of(config.counts), len(config.counts)
    total = old + config.added
    rows = config.row_length * simplex(total)

    present = jnp.arange(total)[None] < jnp.array([old, total])[:, None]

    def softmax_loss(vectors: Array, present: Array) -> Array:
        units = vectors / jnp.linalg.norm(vectors, axis=1, keepdims=True)
        logits = config.scale * units @ units.T + jnp.where(present, 0.0, -1e3)[None, :]
        return -jnp.sum(jnp.where(present, jnp.diag(jax.nn.log_softmax(logits, 1)), 0.0))

    def held_loss(features: Array) -> Array:
        fit = -jnp.take_along_axis(jax.nn.log_softmax(features @ rows.T, 1), labels[:, None], 1)[:, 0]
        return jnp.sum(fit + config.feature_penalty / 2 * jnp.sum(features**2, 1))

    def loss(searched: tuple[Array, Array]) -> Array:
        """Of all three at once, which have nothing in common: one program is compiled for them."""
        vectors, features = searched
        return jnp.sum(jax.vmap(softmax_loss)(vectors, present)) + held_loss(features)

    def replicate(key: PRNGKeyArray) -> tuple[Array, Array]:
        for_simplices, for_features = jax.random.split(key)
        simplices = jax.random.normal(for_simplices, (2, total, total - 1))
        features = jax.random.normal(for_features, (len(labels), rows.shape[1]))
        vectors, found = descend(loss, (simplices, features)).params
        logits = found @ rows.T
        own = jnp.take_along_axis(logits, labels[:, None], 1)[:, 0]
        above = own - (jnp.sum(logits, 1) - own) / (total - 1)
        means = jax.ops.segment_sum(above, labels, old) / jnp.asarray(config.counts, float)
        return vectors / jnp.linalg.norm(vectors, axis=2, keepdims=True), means

    vectors, above = quickly_compiled(jax.vmap(replicate))(keys)
    before, after = np.asarray(vectors)[:, 0, :old], np.asarray(vectors)[:, 1, :old]
    overlap = np.linalg.svd(before.swapaxes(1, 2) @ after, compute_uv=False).sum(1)
    return Measurement(start={}, data={"distances": 2 * old - 2 * overlap, "margins": above})


def simulate_concepts(config: Concepts, keys: PRNGKeyArray) -> Measurement:
    """The share of the features' squared length that the best of the starts leaves."""
    counts, K = np.asarray(config.counts), len(config.counts)
    labels, N = np.repeat(np.arange(K), counts), int(counts.sum())

    def draw(key: PRNGKeyArray) -> tuple[Array, Array]:
        first, second = jax.random.split(key)
        lengths = jax.random.uniform(first, (K,), minval=0.5, maxval=2.0)
        return lengths, jax.random.uniform(second, (2, config.starts, N, config.concepts), minval=0.1)

    lengths, starts = (np.asarray(a) for a in quickly_compiled(jax.vmap(draw))(keys))
    similar = (labels[:, None] == labels[None]) * lengths[:, labels][:, None, :]  # squared lengths, within classes
    errors = factorized(similar[:, None], starts[:, 0], starts[:, 1], config.steps).min(1)
    weights = counts * lengths
    return Measurement(start={"weights": weights}, data={"left": errors / weights.sum(1)})


def factorized(similar: np.ndarray, mixes: np.ndarray, parts: np.ndarray, steps: int) -> Float[np.ndarray, "r s"]:
    """Squared errors of H = H U V' after multiplicative updates (Xu and Gong 2004), from the Gram matrix of samples."""
    U, V = mixes, parts
    for _ in range(steps):
        seen = similar @ U
        U = U * (similar @ V) / np.maximum(seen @ (V.swapaxes(-1, -2) @ V), 1e-300)
        seen = similar @ U
        V = V * seen / np.maximum(V @ (U.swapaxes(-1, -2) @ seen), 1e-300)
    away = np.eye(U.shape[-2]) - U @ V.swapaxes(-1, -2)
    return np.trace(away.swapaxes(-1, -2) @ similar @ away, axis1=-2, axis2=-1)


def _shrunk(K: int, m: int) -> float:
    return ((K - 1) * (K + m) / (K * (K + m - 1))) ** 0.5


MOVES = Theory(
    inputs=lambda counts, added: {"K": len(counts), "m": added},
    observe=lambda distances: distances,
    predict=lambda K, m: closed.grown_simplex_distance(K, m),
    rivals={
        "shift alone": lambda K, m: K * (1 - _shrunk(K, m) ** 2),
        "no room": lambda K: 2 * K * (1 - (1 - 1 / K) ** 0.5),
    },
    margin=lambda: 1e-6,
    axes=lambda: Axes(y_label="squared distance by which old classes move"),
    rests_on=(closed.grown_simplex_distance,),
)


def _margin(total: int, feature_penalty: float, row_length: float) -> float:
    return float(mixup.pure_margin(total, mixup.head_ridge(total, feature_penalty, row_length)))


HELD = Theory(
    inputs=lambda counts: {"n": np.asarray(counts, float)},
    observe=lambda margins: margins,
    predict=lambda n, added, feature_penalty, row_length: np.full(
        len(n), _margin(len(n) + added, feature_penalty, row_length)
    ),
    rivals={
        "classes seen": lambda n, feature_penalty, row_length: np.full(
            len(n), _margin(len(n), feature_penalty, row_length)
        ),
        "price by size": lambda n, added, feature_penalty, row_length: np.array(
            [_margin(len(n) + added, feature_penalty * n.mean() / size, row_length) for size in n]
        ),
    },
    margin=lambda: 1e-6,
    axes=lambda: Axes(x="n", x_label="samples of the class", y_label="margin of the class", x_scale="log"),
    rests_on=(mixup.pure_margin, mixup.head_ridge),
)


def _merged(weights: np.ndarray, counts: tuple[int, ...], concepts: int) -> np.ndarray:
    """Over all ways to put classes together, each class replaced by the mean of its group."""
    n, square = np.asarray(counts, float), weights / np.asarray(counts, float)
    best = np.full(len(weights), np.inf)
    for groups in product(range(concepts), repeat=len(n)):
        kept = np.zeros(len(weights))
        for g in set(groups):
            inside = np.array(groups) == g
            kept += np.sum((n**2 * square)[:, inside], 1) / n[inside].sum()
        best = np.minimum(best, weights.sum(1) - kept)
    return best / weights.sum(1)


FACTORIZED = Theory(
    inputs=lambda weights: {"weights": weights},
    observe=lambda left: left,
    predict=lambda weights, concepts: np.array([float(closed.concept_error(w, concepts)) / w.sum() for w in weights]),
    rivals={
        "merged classes": _merged,
        "share of classes": lambda counts, concepts: 1 - concepts / len(counts),
    },
    margin=lambda: 0.01,
    axes=lambda: Axes(y_label="share of the features that is left"),
    rests_on=(closed.concept_error,),
)
