"""Searches for features that may not be negative, and for mixed-up features under a classifier that stays."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from theory.collapse import mixup, rectified_features, squared_error
from theory.collapse.frames import simplex
from theory.core.random_matrices import gaussian
from validations.collapse.claims.held_fixed import Mixed, Rectified
from validations.collapse.search import Found, best_of, descend
from validations.collapse.squared_error import MARGIN
from validations.collapse.two_sizes import weighted_entropy
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory


def simulate(config: Rectified, keys: PRNGKeyArray) -> Measurement:
    """Squared lengths and cosines of the class means at the best of the starts."""
    counts, K = jnp.asarray(config.counts), len(config.counts)

    def loss(factors: tuple[Array, Array]) -> Array:
        roots, rows = factors
        features = roots**2  # not negative, and smooth
        ridge = config.feature_penalty * jnp.sum(counts[None, :] * features**2) + config.layer_penalty * jnp.sum(
            rows**2
        )
        return weighted_entropy(rows @ features, counts) + ridge / 2

    def search(key: PRNGKeyArray) -> Found:
        first, second = jax.random.split(key)
        return descend(loss, (gaussian(first, config.width, K, 1.0), gaussian(second, K, config.width, 1.0)))

    def replicate(key: PRNGKeyArray) -> Array:
        found = best_of(jax.vmap(search)(jax.random.split(key, config.starts)))
        return jnp.sum(found.params[0] ** 4, 0)

    return Measurement(start={}, data={"lengths": quickly_compiled(jax.vmap(replicate))(keys)})


def simulate_mixed(config: Mixed, keys: PRNGKeyArray) -> Measurement:
    """Logits of the two mixed classes minus the mean of the others, at every share."""
    rows = config.row_length * simplex(config.classes)
    labels = jnp.eye(config.classes)

    def margins(key: PRNGKeyArray, share: Array) -> Array:
        label = share * labels[0] + (1 - share) * labels[1]

        def loss(feature: Array) -> Array:
            fit = -jnp.sum(label * jax.nn.log_softmax(rows @ feature))
            return fit + config.feature_penalty / 2 * jnp.sum(feature**2)

        logits = rows @ descend(loss, jax.random.normal(key, rows.shape[1:])).params
        return logits[:2] - jnp.mean(logits[2:])

    def replicate(key: PRNGKeyArray) -> Array:
        shares = jnp.asarray(config.shares)
        return jax.vmap(margins)(jax.random.split(key, len(shares)), shares).T

    return Measurement(start={}, data={"margins": quickly_compiled(jax.vmap(replicate))(keys)})


def _not_centered(n: np.ndarray, layer_penalty: float, feature_penalty: float) -> np.ndarray:
    K = len(n)
    rho = n.sum() * np.sqrt(layer_penalty * feature_penalty / n)
    t = np.log(np.maximum((K - 1) * (1 / rho - 1), 1.0))
    return t * np.sqrt(layer_penalty / feature_penalty / n)


RECTIFIED_LENGTHS = Theory(
    inputs=lambda counts: {"n": np.asarray(counts)},
    observe=lambda lengths: lengths,
    predict=lambda n, layer_penalty, feature_penalty: rectified_features.rectified_lengths(
        n, layer_penalty, feature_penalty
    ),
    rivals={
        "rows not centered": _not_centered,
        "equal classes": lambda n, layer_penalty, feature_penalty: rectified_features.rectified_lengths(
            np.full_like(n, n.mean()), layer_penalty, feature_penalty
        ),
        "squared error": lambda n, layer_penalty, feature_penalty: squared_error.class_lengths(
            n, np.array([layer_penalty]), feature_penalty
        ),
    },
    margin=lambda: MARGIN,
    axes=lambda: Axes(x="n", x_label="samples of the class", y_label="squared length of the class mean", x_scale="log"),
    rests_on=(rectified_features.rectified_lengths, rectified_features.rectified_margins),
)


def _ridge(classes: int, feature_penalty: float, row_length: float) -> float:
    return float(mixup.head_ridge(classes, feature_penalty, row_length))


def _vanishing_ridge(classes: int, share: np.ndarray, mu: float) -> np.ndarray:
    u, _ = np.asarray(mixup.mixed_margins(classes, share, mu))
    odds = np.clip((1 - share) / share, np.exp(-u), None)
    return np.stack([u, u + np.log(odds)])


def _two_classes(share: np.ndarray, mu: float) -> np.ndarray:
    """A difference d with mu d = 2 (share - sigmoid(d)) on two classes alone, by bisection."""
    low, high = np.zeros_like(share), np.full_like(share, 1 / mu)
    for _ in range(200):
        middle = (low + high) / 2
        below = mu * middle < 2 * (share - 1 / (1 + np.exp(-middle)))
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.stack([low / 2, -low / 2])


CHANNEL = Theory(
    inputs=lambda classes, shares, feature_penalty, row_length: {
        "share": np.asarray(shares),
        "mu": _ridge(classes, feature_penalty, row_length),
    },
    observe=lambda margins: margins,
    predict=lambda classes, share, mu: mixup.mixed_margins(classes, share, mu),
    rivals={
        "vanishing ridge": _vanishing_ridge,
        "interpolation": lambda classes, share, mu: (
            np.stack([share, 1 - share]) * float(mixup.pure_margin(classes, mu))
        ),
        "two classes": _two_classes,
    },
    margin=lambda: 1e-6,
    axes=lambda: Axes(
        x="share",
        x_label="share of the first class",
        y_label="logit above the other classes",
        series=("first class", "second class"),
    ),
    rests_on=(mixup.mixed_margins,),
)
