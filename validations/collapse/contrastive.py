"""Contrastive and supervised losses of the same features, both summed exactly."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.collapse import contrastive as closed
from validations.collapse.claims.contrastive import ContrastivePairs
from validations.collapse.search import descend
from validations.collapse.squared_error import averaging, labels_of
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory


def simulate(config: ContrastivePairs, keys: PRNGKeyArray) -> Measurement:
    """Both losses of one case a replicate: random features, or features searched from there for the least slack."""
    labels = labels_of(config.counts)

    def losses(features: Float[Array, "N d"]) -> tuple[Array, Array]:
        return contrastive(features, config.counts), supervised(features, config.counts)

    def replicate(key: PRNGKeyArray) -> tuple[Array, Array]:
        for_means, for_noise, for_level, for_search = jax.random.split(key, 4)
        means = config.size * jax.random.normal(for_means, (len(config.counts), config.dimensions))
        level = jax.random.choice(for_level, jnp.asarray(config.noises))
        away = config.size * level * jax.random.normal(for_noise, (len(labels), config.dimensions))
        collisions = jnp.mean(labels[:, None] == labels[None, :])

        def slack(features: Array) -> Array:
            pairs, classes = losses(features)
            return (pairs - collisions) / classes

        features = means[labels] + away
        searched = descend(slack, features, config.steps, tolerance=1e-6).params
        return losses(jnp.where(jax.random.bernoulli(for_search), searched, features))

    unsupervised, classes = quickly_compiled(jax.vmap(replicate))(keys)
    return Measurement(start={"unsupervised": unsupervised}, data={"supervised": classes})


def contrastive(features: Float[Array, "N d"], counts: tuple[int, ...]) -> Float[Array, ""]:
    """Mean over samples, samples of their class and samples of all classes; a sample may be its own partner."""
    labels, similar = labels_of(counts), features @ features.T
    partner = (labels[:, None] == labels[None, :]).astype(float) / jnp.asarray(counts, float)[labels][:, None]
    loss = logistic(similar[:, :, None] - similar[:, None, :])
    return jnp.mean(jnp.sum(partner[:, :, None] * loss, 1))


def supervised(features: Float[Array, "N d"], counts: tuple[int, ...]) -> Float[Array, ""]:
    """Mean over samples and classes other than theirs, drawn by size, of telling both apart by their mean features."""
    labels, share = labels_of(counts), jnp.asarray(counts, float) / sum(counts)
    scores = features @ (features.T @ averaging(counts))
    own = jnp.take_along_axis(scores, labels[:, None], 1)
    weight = share[None, :] * (labels[:, None] != jnp.arange(len(counts))[None, :]).astype(float)
    return jnp.sum(weight * logistic(own - scores)) / jnp.sum(weight)


def logistic(margin: Array) -> Array:
    """In bits, one at zero."""
    return jax.nn.softplus(-margin) / jnp.log(2.0)


def _inputs(unsupervised: np.ndarray, counts: tuple[int, ...]) -> dict:
    share = np.asarray(counts, float) / sum(counts)
    return {"unsupervised": unsupervised, "tau": float(closed.collision_probability(share))}


BOUND = Theory(
    inputs=_inputs,
    observe=lambda supervised: supervised,
    predict=lambda unsupervised, tau: closed.supervised_bound(unsupervised, tau),
    rivals={
        "constant 10 % smaller": lambda unsupervised, tau: 0.9 * np.asarray(closed.supervised_bound(unsupervised, tau)),
        "collisions for free": lambda unsupervised, tau: (unsupervised - 2 * tau) / (1 - tau),
    },
    margin=lambda: 1e-12,
    axes=lambda: Axes(y_label="loss of telling classes apart"),
    extras={"tolerance": lambda: 1e-12},
    rests_on=(closed.supervised_bound, closed.collision_probability),
)
