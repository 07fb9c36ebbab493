"""Features and rows of length one, searched for the least cross-entropy, with rows that no sample belongs to."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from theory.collapse import unseen as closed
from validations.collapse.claims.unseen import Unseen
from validations.collapse.search import Found, best_of, descend
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory


def simulate(config: Unseen, keys: PRNGKeyArray) -> Measurement:
    """Mean cosines of two features, of two of their rows, of a feature and a spare row, and of two spare rows."""
    K, m = config.classes, config.unseen

    def loss(vectors: Array) -> Array:
        units = vectors / jnp.linalg.norm(vectors, axis=1, keepdims=True)
        logits = config.scale * units[:K] @ units[K:].T
        return -jnp.mean(jnp.diagonal(jax.nn.log_softmax(logits, 1)))

    def search(key: PRNGKeyArray) -> Found:
        return descend(loss, jax.random.normal(key, (2 * K + m, config.dimensions)))

    def replicate(key: PRNGKeyArray) -> Array:
        return best_of(jax.vmap(search)(jax.random.split(key, config.starts))).params

    vectors = np.asarray(quickly_compiled(jax.vmap(replicate))(keys))
    units = vectors / np.linalg.norm(vectors, axis=2, keepdims=True)
    features, rows, spare = units[:, :K], units[:, K : 2 * K], units[:, 2 * K :]
    pairs = [(features, features), (rows, rows), (features, spare), (spare, spare)]
    cosines = [mean_cosine(a, b, a is b and len(a[0]) > 1) for a, b in pairs]
    return Measurement(start={}, data={"cosines": np.stack(cosines, 1)})


def mean_cosine(first: np.ndarray, second: np.ndarray, different: bool) -> np.ndarray:
    """Over all pairs, or over those of two different vectors of one family."""
    gram = first @ second.swapaxes(1, 2)
    if not different:
        return gram.mean((1, 2))
    i, j = np.triu_indices(gram.shape[1], 1)
    return gram[:, i, j].mean(1)


def _cosines(classes: int, unseen: int, scale: float) -> np.ndarray:
    lean = closed.unseen_lean(classes, unseen, scale)
    return np.array([float(lean.features), float(lean.rows), float(lean.away), 1.0])


LEAN = Theory(
    observe=lambda cosines: cosines,
    predict=_cosines,
    rivals={
        "one simplex of all": lambda classes, unseen: np.full(4, -1 / (classes + unseen - 1)),
        "one vertex for them": lambda classes: np.array([-1 / classes] * 3 + [1.0]),
        "no effect": lambda classes: np.array([-1 / (classes - 1), -1 / (classes - 1), 0.0, 1.0]),
    },
    margin=lambda: 1e-6,
    axes=lambda: Axes(
        y_label="cosine", series=("two features", "their rows", "a feature and a spare row", "two spare rows")
    ),
    rests_on=(closed.unseen_lean,),
)
