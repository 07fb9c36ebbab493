"""Free features of large and small classes, searched under cross-entropy and two regularizers of the features."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.collapse.frames import rankin_bound, simplex
from validations.collapse.claims.long_tail import LongTail
from validations.collapse.cross_entropy import entropy
from validations.collapse.search import descend
from validations.collapse.squared_error import averaging, chained, labels_of, random_factors, ridge
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory

KINDS = ("two large classes", "two small classes", "one of each")


def simulate(config: LongTail, keys: PRNGKeyArray) -> Measurement:
    """Mean cosines of centered class means by kind of pair and penalty, of one search each."""
    regularizer, cosines = regularizer_of(config.counts, config.sharpness), cosines_of(config.counts)
    labels = labels_of(config.counts)

    def one(key: PRNGKeyArray, penalty: Array) -> Array:
        def loss(factors: tuple[Array, ...]) -> Array:
            fit = entropy(chained(factors), labels) + ridge(factors, penalty, penalty)
            return fit + config.strength * regularizer(factors[0])

        start = random_factors(key, len(config.counts), len(labels), config.width, 1)
        return by_kind(cosines(descend(loss, start, config.iterations, tolerance=1e-7).params[0]), config.large)

    def replicate(key: PRNGKeyArray) -> Array:
        penalties = jnp.asarray(config.penalties)
        return jax.vmap(one)(jax.random.split(key, len(penalties)), penalties)

    found = np.asarray(quickly_compiled(jax.vmap(replicate))(keys))
    return Measurement(start={}, data={"cosines": np.swapaxes(found, 1, 2)})


def cosines_of(counts: tuple[int, ...]) -> Callable[[Array], Float[Array, "K K"]]:
    """From features to the cosines of class means about the mean of these; finite at zero."""
    mean = averaging(counts)

    def cosines(features: Array) -> Array:
        means = features @ mean
        away = means - jnp.mean(means, 1, keepdims=True)
        square = jnp.sum(away**2, 0) + 1e-12
        return away.T @ away / jnp.sqrt(square[:, None] * square[None])

    return cosines


def regularizer_of(counts: tuple[int, ...], sharpness: float) -> Callable[[Array], Float[Array, ""]]:
    """Variance within classes plus the mean over classes of a soft maximum of cosines to the others."""
    mean, cosines, K = averaging(counts), cosines_of(counts), len(counts)
    spread = jax.nn.one_hot(labels_of(counts), K, dtype=float).T

    def regularizer(features: Array) -> Array:
        inside = jnp.sum((features - features @ mean @ spread) ** 2) / sum(counts)
        others = jnp.where(jnp.eye(K, dtype=bool), -jnp.inf, sharpness * cosines(features))
        return inside + jnp.mean(jax.nn.logsumexp(others, 1)) / sharpness

    return regularizer


def by_kind(cosines: Float[Array, "K K"], large: int) -> Float[Array, " 3"]:
    """Mean cosine among the large classes, among the small ones, and between."""
    blocks = cosines[:large, :large], cosines[large:, large:]
    among = [(jnp.sum(b) - jnp.trace(b)) / (len(b) * (len(b) - 1)) for b in blocks]
    return jnp.stack([*among, jnp.mean(cosines[:large, large:])])


def _everywhere(value: float, penalties: tuple[float, ...]) -> np.ndarray:
    return np.full((3, len(penalties)), value)


def _merged(counts: tuple[int, ...], large: int, penalties: tuple[float, ...]) -> np.ndarray:
    """A simplex of the large classes and one vertex more, where all small ones are."""
    vertices = np.asarray(simplex(large + 1))[np.minimum(np.arange(len(counts)), large)]
    away = vertices - vertices.mean(0)
    unit = away / np.linalg.norm(away, axis=1, keepdims=True)
    return np.repeat(np.asarray(by_kind(jnp.asarray(unit @ unit.T), large))[:, None], len(penalties), 1)


SIMPLEX = Theory(
    inputs=lambda counts, penalties: {"K": len(counts), "lam": np.asarray(penalties)},
    observe=lambda cosines: cosines,
    predict=lambda K, penalties: _everywhere(rankin_bound(K, K - 1), penalties),
    rivals={"orthogonal means": lambda penalties: _everywhere(0.0, penalties), "merged small classes": _merged},
    margin=lambda counts: 0.3 / (len(counts) - 1),
    axes=lambda: Axes(
        x="lam", x_label="penalty of layer and features", y_label="cosine of class means", x_scale="log", series=KINDS
    ),
    rests_on=(rankin_bound,),
)
