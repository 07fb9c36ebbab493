"""Unconstrained features on cross-entropy, one layer and deeper linear heads, searched from random starts."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from theory.collapse import cross_entropy as closed
from validations.collapse.claims.cross_entropy import BalancedEntropy, DeepEntropy
from validations.collapse.search import Found, best_of, descend
from validations.collapse.squared_error import MARGIN, chained, labels_of, random_factors, ridge
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory

WATCHED = 2  # which of the penalties the losses of all starts are judged at
VANISHED = 1e-4  # a singular value below this share of the largest


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


def simulate_deep(config: DeepEntropy, keys: PRNGKeyArray) -> Measurement:
    """Least loss of the starts by depth, and the rank of its logits."""
    labels = labels_of((config.per_class,) * config.classes)

    def loss(factors: tuple[Array, ...]) -> Array:
        return entropy(chained(factors), labels) + ridge(factors, config.penalty, config.penalty)

    def of_depth(depth: int) -> Found:
        def one(key: PRNGKeyArray) -> Found:
            return descend(loss, random_factors(key, config.classes, len(labels), config.width, depth))

        starts = jax.vmap(lambda key: jax.random.split(jax.random.fold_in(key, depth), config.starts))(keys)
        return quickly_compiled(jax.vmap(lambda keys: best_of(jax.vmap(one)(keys))))(starts)

    found = [of_depth(depth) for depth in config.depths]
    ranks = [rank(np.asarray(jax.vmap(chained)(f.params))) for f in found]
    return Measurement(
        start={},
        data={"losses": jnp.stack([f.loss for f in found], 1), "ranks": np.stack(ranks, 1).astype(float)},
    )


def rank(logits: np.ndarray) -> np.ndarray:
    values = np.linalg.svd(logits, compute_uv=False)
    return np.sum(values > VANISHED * values[:, :1], 1)


def _of_depths(form, classes: int, per_class: int, depths: tuple[int, ...], penalty: float) -> np.ndarray:  # noqa: ANN001
    return np.array([float(form(classes, float(per_class), np.full(M, penalty), penalty)) for M in depths])


def _simplices(classes: int, per_class: int, depths: tuple[int, ...], penalty: float) -> np.ndarray:
    return _of_depths(closed.deep_simplex_loss, classes, per_class, depths, penalty)


def _pairs(classes: int, per_class: int, depths: tuple[int, ...], penalty: float) -> np.ndarray:
    return _of_depths(closed.deep_pair_loss, classes, per_class, depths, penalty)


DEPTH_BREAKS_SIMPLEX = Theory(
    inputs=lambda depths: {"M": np.asarray(depths)},
    observe=lambda losses: losses,
    predict=lambda classes, per_class, depths, penalty: np.minimum(
        _simplices(classes, per_class, depths, penalty), _pairs(classes, per_class, depths, penalty)
    ),
    rivals={"simplex at every depth": _simplices, "pairs at every depth": _pairs},
    margin=lambda: 1e-8,
    axes=lambda: Axes(x="M", x_label="linear layers", y_label="least loss"),
    rests_on=(closed.deep_simplex_loss, closed.deep_pair_loss),
)

DEPTH_HALVES_RANK = Theory(
    inputs=lambda depths: {"M": np.asarray(depths)},
    observe=lambda ranks: ranks,
    predict=lambda M, classes, per_class, depths, penalty: np.where(
        _simplices(classes, per_class, depths, penalty) <= _pairs(classes, per_class, depths, penalty),
        classes - 1,
        classes // 2,
    ),
    rivals={
        "simplex": lambda M, classes: np.full(M.shape, classes - 1),
        "one more": lambda M, classes: np.where(M == 1, classes - 1, classes // 2 + 1),
        "two": lambda M, classes: np.where(M == 1, classes - 1, 2),
    },
    margin=lambda: 1 / 3,
    axes=lambda: Axes(x="M", x_label="linear layers", y_label="rank of the logits"),
    rests_on=(closed.deep_simplex_loss, closed.deep_pair_loss),
)
