"""Features that flow under the best classifier, or under one that starts against the labels and learns with them."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.collapse import feature_flow as closed
from theory.collapse import path_parts
from theory.collapse.moments import class_moments
from theory.core.random_matrices import gaussian
from validations.collapse.central_path import runge_kutta
from validations.collapse.claims.best_classifier import Following
from validations.collapse.squared_error import averaging, labels_of
from validations.core.conditioning import conditioned_tolerance
from validations.core.programs import one_program, quickly_compiled
from validations.core.theory import Axes, Measurement, Theory


def simulate(config: Following, keys: PRNGKeyArray) -> Measurement:
    """Rates of log NC1 at the start by penalty; its largest rises along both flows; the loss of a random head."""
    K, N = len(config.counts), sum(config.counts)
    labels, mean = labels_of(config.counts), averaging(config.counts)
    hot = jax.nn.one_hot(labels, K, dtype=float).T

    def log_quotient(features: Float[Array, "d N"]) -> Float[Array, ""]:
        means = features @ mean @ hot
        return jnp.log(jnp.sum((features - means) ** 2) / jnp.sum(means**2))

    def pull(features: Array, rows: Array) -> Array:
        return -rows.T @ (rows @ features - hot) / N - config.feature_penalty * features

    def classifier(features: Array, target: Array, penalty: Array) -> Array:
        second = features @ features.T + N * penalty * jnp.eye(config.width)
        return jnp.linalg.solve(second, features @ target.T).T

    def following(features: Array, penalty: Array) -> Array:
        return pull(features, classifier(features, hot, penalty))

    def learning(both: Array, penalty: Array) -> Array:
        features, rows = both[:, :N], both[:, N:].T
        turn = -(rows @ features - hot) @ features.T / N - penalty * rows
        return jnp.concatenate([pull(features, rows), turn.T], 1)

    def rate(features: Array, penalty: Array) -> Array:
        """Five-point derivative along the flow."""
        times, weights = config.nudge * jnp.array([-2.0, -1.0, 1.0, 2.0]), jnp.array([1.0, -8.0, 8.0, -1.0])
        near = jax.vmap(lambda t: log_quotient(runge_kutta(following, features, t, penalty)))(times)
        return weights @ near / (12 * config.nudge)

    def path(onward: Callable[[Array], Array], start: Array) -> Array:
        def recorded(x: Array, _: None) -> tuple[Array, Array]:
            x = jax.lax.fori_loop(0, config.stride, lambda _, x: onward(x), x)
            return x, log_quotient(x[:, :N])

        return jnp.append(log_quotient(start[:, :N]), jax.lax.scan(recorded, start, None, config.points)[1])

    def one(key: PRNGKeyArray) -> tuple[Array, ...]:
        ks = jax.random.split(key, 4)
        features = gaussian(ks[0], config.width, N, 1.0) + gaussian(ks[1], config.width, K, config.separation) @ hot
        head, bias = gaussian(ks[2], K, config.width, 1.0), jax.random.normal(ks[3], (K,))
        rates = jax.vmap(lambda p: rate(features, p))(jnp.asarray(config.penalties))
        best = path(lambda x: runge_kutta(following, x, config.step, config.watched), features)
        other = -config.rows * (features @ mean).T  # it speaks against every class at its own mean
        learned = path(
            lambda x: x + config.step * learning(x, jnp.asarray(config.watched)),
            jnp.concatenate([features, other.T], 1),
        )
        misfit = jnp.mean(jnp.sum((head @ features + bias[:, None] - hot) ** 2, 0)) / 2
        loss = misfit + config.watched / 2 * (jnp.sum(head**2) + jnp.sum(bias**2))
        return features, head, bias, rates, best, learned, loss

    names = ("features", "head", "offset", "rates", "best", "learned", "loss")
    found = dict(zip(names, map(np.asarray, quickly_compiled(jax.vmap(one))(keys)), strict=True))
    start = {name: found[name] for name in names[:3]}
    return Measurement(start=start, data={name: found[name] for name in names[3:]})


def highest_rise(path: np.ndarray) -> np.ndarray:
    """The most that a path climbs above any earlier point of it."""
    return np.max(path - np.minimum.accumulate(path, 1), 1)


def _inputs(features: np.ndarray, counts: tuple[int, ...], penalties: tuple[float, ...]) -> dict:
    hot = np.repeat(np.eye(len(counts)), counts, axis=1)
    means = features @ (hot.T / np.asarray(counts)) @ hot
    within, between = (np.sum(a**2, (1, 2))[:, None] for a in (features - means, means))
    return {"h": features, "y": hot, "lam": np.asarray(penalties), "within": within, "between": between}


@one_program
def _rates(h: Array, y: Array, lam: Array) -> Array:
    """Of both scatters, (replicates, penalties, 2)."""
    return jax.vmap(lambda x: jax.vmap(lambda p: closed.scatter_rates(x, y, p))(lam))(h)


def _log_rate(h, y, lam, within, between) -> np.ndarray:  # noqa: ANN001
    r = np.asarray(_rates(h, y, lam))
    return r[..., 0] / within - r[..., 1] / between


def _unfed(h, y, lam, within, between) -> np.ndarray:  # noqa: ANN001
    r = np.asarray(_rates(h, y, lam))
    return r[..., 0] / within - (r[..., 1] + r[..., 0]) / between


RATES = Theory(
    inputs=_inputs,
    observe=lambda rates: rates,
    predict=_log_rate,
    rivals={
        "penalty of the features": lambda h, y, lam, within, between, feature_penalty: (
            _log_rate(h, y, lam, within, between) - 2 * feature_penalty
        ),
        "means unfed": _unfed,
        "deviations alone": lambda h, y, lam, within: np.asarray(_rates(h, y, lam))[..., 0] / within,
    },
    margin=lambda: 1e-5,
    axes=lambda: Axes(x="lam", x_label="penalty of the layer", y_label="rate of log NC1 at the start", x_scale="log"),
    rests_on=(closed.scatter_rates, closed.ridge_classifier),
)

FALLS = Theory(
    inputs=lambda features, counts, watched, step, stride: {
        **_inputs(features, counts, (watched,)),
        "time": step * stride,
    },
    observe=lambda best: np.max(np.diff(best), 1),
    predict=lambda: 0.0,
    rivals={
        "as fast as at first": lambda h, y, lam, within, between, time: (
            time * _log_rate(h, y, lam, within, between)[:, 0]
        ),
    },
    margin=lambda: 1e-12,
    axes=lambda: Axes(y_label="largest change of log NC1 between two times"),
    extras={"tolerance": lambda: 1e-12},
    rests_on=(closed.scatter_rates,),
)

CONDITION = Theory(
    observe=lambda learned, best: highest_rise(learned) - highest_rise(best),
    predict=lambda: 0.0,
    rivals={"any classifier": lambda: 0.0},
    margin=lambda: 0.01,
    axes=lambda: Axes(y_label="rise of log NC1 more than under the best classifier"),
)


def _parts(features: Array, head: Array, offset: Array, labels: Array, decay: float) -> Array:
    moments = class_moments(features.T, labels, head.shape[0])
    return jnp.stack(path_parts.loss_parts(head, offset, moments, decay))


@one_program
def _all_parts(features: Array, head: Array, offset: Array, labels: Array, decay: float) -> Array:
    return jax.vmap(lambda h, w, b: _parts(h, w, b, labels, decay))(features, head, offset)


def _loss_inputs(features, head, offset, counts, watched) -> dict:  # noqa: ANN001
    labels = np.repeat(np.arange(len(counts)), counts)
    return {"features": features, "head": head, "offset": offset, "labels": labels, "decay": watched}


def _sum_of_parts(features, head, offset, labels, decay) -> np.ndarray:  # noqa: ANN001
    return np.asarray(_all_parts(features, head, offset, labels, decay)).sum(1)


@one_program
def _alike(features: Array, head: Array, offset: Array, labels: Array, decay: float) -> Array:
    """The sum, with classes counted alike in the part of the frame, whatever their sizes."""
    K = head.shape[1]

    def one(h: Array, w: Array, b: Array) -> Array:
        moments = class_moments(h.T, labels, K)
        best, bias = path_parts.least_squares_head(moments, decay)
        missed = jnp.sum((moments.mean @ best.T + bias[None] - jnp.eye(K)) ** 2, 1)
        more = jnp.mean(missed) - moments.weight @ missed / jnp.sum(moments.weight)
        return jnp.sum(_parts(h, w, b, labels, decay)) + more / 2

    return jax.vmap(one)(features, head, offset)


IN_PARTS = Theory(
    inputs=_loss_inputs,
    observe=lambda loss: loss,
    predict=_sum_of_parts,
    rivals={
        "classes alike": _alike,
        "best head": lambda features, head, offset, labels, decay: np.asarray(
            _all_parts(features, head, offset, labels, decay)
        )[:, :2].sum(1),
    },
    margin=lambda: 1e-12,
    axes=lambda: Axes(y_label="loss of a random head"),
    extras={
        "tolerance": lambda features, head, offset, labels, decay: conditioned_tolerance(
            lambda f, w, b: _sum_of_parts(f, w, b, labels, decay), (features, head, offset), cases=True
        )
    },
    rests_on=(path_parts.loss_parts, path_parts.least_squares_head),
)
