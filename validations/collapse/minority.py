"""Small classes watched at growing penalties until they are gone, the better of two searches at each."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from theory.collapse import cross_entropy, squared_error
from validations.collapse.claims.minority import Fading
from validations.collapse.cross_entropy import entropy
from validations.collapse.search import Found, best_of, descend
from validations.collapse.squared_error import averaging, chained, labels_of, random_factors, ridge
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory

GONE = 1e-6  # squared length, or distance of two means, over the squared length of the largest class


def penalties_of(lowest: float, ratio: float, points: int) -> np.ndarray:
    return lowest * ratio ** np.arange(points)


def simulate(config: Fading, keys: PRNGKeyArray) -> Measurement:
    """The bracket of the penalty at which the smallest class vanishes, or the two smallest merge."""
    K, N = len(config.counts), sum(config.counts)
    labels, mean = labels_of(config.counts), averaging(config.counts)
    target = jax.nn.one_hot(labels, K).T

    def fit(outputs: Array) -> Array:
        return entropy(outputs, labels) if config.loss == "entropy" else jnp.sum((outputs - target) ** 2) / (2 * N)

    def search(start: tuple[Array, ...], penalty: Array) -> Found:
        return descend(lambda f: fit(chained(f)) + ridge(f, penalty, penalty), start)

    def replicate(key: PRNGKeyArray) -> Array:
        early = jax.vmap(lambda k: search(random(k), jnp.asarray(config.lowest / 2)))
        alive = best_of(early(jax.random.split(key, config.starts))).params
        # beside a jump both are minima: one search comes from the living class, one from where it is gone
        both = jax.tree.map(lambda *a: jnp.stack(a), alive, without(alive))
        sides = jax.vmap(lambda p: best_of(jax.vmap(lambda start: search(start, p))(both)))
        means = jnp.einsum("pdn,nk->pdk", sides(grid).params[0], mean)
        small = means[..., -1] - means[..., -2] if config.loss == "entropy" else means[..., -1]
        return jnp.sum(small**2, 1) / jnp.sum(means[..., 0] ** 2, 1)

    def random(key: PRNGKeyArray) -> tuple[Array, ...]:
        return random_factors(key, K, N, config.width, config.depth)

    def without(factors: tuple[Array, ...]) -> tuple[Array, ...]:
        """The smallest class at zero, or the two smallest at their mean."""
        features, *layers = factors
        keep = jnp.eye(K).at[-1, -1].set(0.0)
        if config.loss == "entropy":
            keep = jnp.eye(K).at[-2:, -2:].set(0.5)
        collapsed = (features @ mean) @ keep @ jax.nn.one_hot(labels, K, dtype=float).T
        return (collapsed, *layers[:-1], keep @ layers[-1])

    grid = jnp.asarray(penalties_of(config.lowest, config.ratio, config.points))
    sizes = quickly_compiled(jax.vmap(replicate))(keys)
    return Measurement(start={}, data={"sizes": sizes, "bracket": brackets(np.asarray(sizes), config)})


def brackets(sizes: np.ndarray, config: Fading) -> np.ndarray:
    """The largest penalty with the class and the smallest without, infinite where there is none."""
    lam, gone = penalties_of(config.lowest, config.ratio, config.points), sizes < GONE
    last = np.where(gone, -np.inf, lam).max(1)
    return np.stack([last, np.where(gone, lam, np.inf).min(1)], 1)


def _sizes(counts: tuple[int, ...]) -> dict:
    return {"n": np.asarray(counts, float), "N": float(sum(counts))}


def _equal_classes(n: np.ndarray, N: float) -> float:
    return n.mean() ** 0.5 / N


VANISHING = Theory(
    inputs=_sizes,
    observe=lambda bracket: bracket,
    predict=lambda n, N: squared_error.vanishing_penalty(n[-1], N),
    rivals={
        "free bias": lambda n, N: float(squared_error.free_bias_strengths(n)[-2]) ** 0.5 / N,
        "equal classes": _equal_classes,
        "class frequency": lambda n, N: n[-1] / N,
    },
    margin=lambda counts: 0.02 * counts[-1] ** 0.5 / sum(counts),
    axes=lambda: Axes(y_label="penalty at which the class vanishes"),
    rests_on=(squared_error.vanishing_penalty,),
)


def _equal_penalty(beta: float, n: np.ndarray, N: float, depth: int) -> float:
    """The penalty of all factors at which the last class has this penalty of its mode."""
    return (beta / float(squared_error.mode_penalty(n[-1], N, np.ones(depth), 1.0))) ** (depth / (depth + 1))


FIRST_ORDER = Theory(
    inputs=_sizes,
    observe=lambda bracket: bracket,
    predict=lambda n, N, depth: _equal_penalty(squared_error.collapse_penalty(depth), n, N, depth),
    rivals={
        "last stationary point": lambda n, N, depth: _equal_penalty(
            squared_error.stationary_penalty(depth), n, N, depth
        ),
        "one layer": lambda n, N: n[-1] ** 0.5 / N,
    },
    margin=lambda counts, depth: (
        0.02
        * _equal_penalty(squared_error.collapse_penalty(depth), np.asarray(counts, float), float(sum(counts)), depth)
    ),
    axes=lambda: Axes(y_label="penalty at which the class vanishes"),
    rests_on=(squared_error.collapse_penalty, squared_error.mode_penalty),
)

MERGING = Theory(
    inputs=_sizes,
    observe=lambda bracket: bracket,
    predict=lambda n, N: cross_entropy.merging_penalty(n[-1], N),
    rivals={
        "features above zero": lambda n, N: (n[-1] * (len(n) - 1) / len(n)) ** 0.5 / N,
        "majority": lambda n, N: n[0] ** 0.5 / N,
        "equal classes": _equal_classes,
    },
    margin=lambda counts: 0.02 * counts[-1] ** 0.5 / sum(counts),
    axes=lambda: Axes(y_label="penalty at which two classes become one"),
    rests_on=(cross_entropy.merging_penalty,),
)
