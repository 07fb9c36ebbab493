"""Unconstrained features and one layer on cross-entropy, searched from random starts."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from theory.collapse import cross_entropy as closed
from validations.collapse.claims.cross_entropy import BalancedEntropy
from validations.collapse.search import Found, best_of, descend
from validations.collapse.squared_error import MARGIN, chained, labels_of, random_factors, ridge
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory

WATCHED = 2  # which of the penalties the losses of all starts are judged at


def entropy(logits: Array, labels: Array) -> Array:
    """Mean cross-entropy of logits with a column a sample."""
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits, 0), labels[None, :], 0))


def simulate(config: BalancedEntropy, keys: PRNGKeyArray) -> Measurement:
    """Mean margin of the best start at every penalty, and the loss of the worst at one of them."""
    labels = labels_of((config.per_class,) * config.classes)

    def one(key: PRNGKeyArray, penalty: Array) -> Found:
        start = random_factors(key, config.classes, len(labels), config.width, 1)
        return descend(lambda f: entropy(chained(f), labels) + ridge(f, config.feature_penalty, penalty), start)

    def replicate(key: PRNGKeyArray) -> tuple[Array, Array]:
        starts = jax.random.split(key, (len(config.layer_penalties), config.starts))
        found = jax.vmap(lambda keys, p: jax.vmap(lambda k: one(k, p))(keys))(
            starts, jnp.asarray(config.layer_penalties)
        )
        best = jax.vmap(best_of)(found)
        return jax.vmap(lambda f: mean_margin(chained(f), labels))(best.params), jnp.max(found.loss[WATCHED])

    margins, worst = quickly_compiled(jax.vmap(replicate))(keys)
    return Measurement(start={}, data={"margins": margins, "worst": worst})


def mean_margin(logits: Array, labels: Array) -> Array:
    """Mean over samples and other classes of the own logit minus the other."""
    own = jnp.take_along_axis(logits, labels[None, :], 0)
    return jnp.sum(own - logits) / (logits.shape[1] * (logits.shape[0] - 1))


def _penalties(layer_penalties: tuple[float, ...], feature_penalty: float, per_class: int, classes: int) -> dict:
    lam_w = np.asarray(layer_penalties)
    return {"lam": np.sqrt(lam_w * feature_penalty), "lam_w": lam_w, "K": classes, "n": float(per_class)}


def _log_odds(odds: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(odds, 1.0))


MARGIN_OF_CLASSES = Theory(
    inputs=_penalties,
    observe=lambda margins: margins,
    predict=lambda K, n, lam: closed.simplex_margin(K, n, lam),
    rivals={
        "two classes": lambda n, lam: _log_odds(1 / (n**0.5 * lam) - 1),
        "all samples": lambda K, n, lam: _log_odds(1 / ((K * n) ** 0.5 * lam) - (K - 1)),
        "arithmetic mean": lambda K, n, lam_w, feature_penalty: _log_odds(
            2 / (n**0.5 * (lam_w + feature_penalty)) - (K - 1)
        ),
    },
    margin=lambda: MARGIN,
    axes=lambda: Axes(
        x="lam", x_label="geometric mean of the penalties", y_label="margin between classes", x_scale="log"
    ),
    rests_on=(closed.simplex_margin,),
)


def _watched(K: int, n: float, lam: np.ndarray) -> float:
    return float(closed.simplex_loss(K, n, lam[WATCHED]))


NO_SPURIOUS = Theory(
    inputs=_penalties,
    observe=lambda worst: worst,
    predict=lambda K, n, lam: _watched(K, n, lam),
    rivals={
        "constant 10 % smaller": lambda K, n, lam: 0.9 * _watched(K, n, lam),
    },
    margin=lambda: 1e-10,
    axes=lambda: Axes(y_label="loss of the worst start"),
    extras={"tolerance": lambda: 1e-10},
    rests_on=(closed.simplex_loss,),
)
