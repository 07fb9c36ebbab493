"""Features that flow under the best classifier, or under one that starts against the labels and learns with them."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.collapse import feature_flow as closed
from theory.collapse import path_parts
from theory.collapse.moments import class_moments
from validations.collapse.central_path import runge_kutta
from validations.collapse.claims.best_classifier import Following
from validations.core.conditioning import conditioned_tolerance
from validations.core.keys import generators
from validations.core.programs import one_program
from validations.core.theory import Axes, Measurement, Theory


def simulate(config: Following, keys: PRNGKeyArray) -> Measurement:
    """Rates of log NC1 at the start by penalty; its largest rises along both flows; the loss of a random head."""
    K, N, d = len(config.counts), sum(config.counts), config.width
    hot = np.repeat(np.eye(K), config.counts, axis=1)
    mean = hot.T / np.asarray(config.counts)

    def log_quotients(features: Float[np.ndarray, "*many d N"]) -> Float[np.ndarray, "2 ..."]:
        """With class means about the origin, and about the mean of all features."""
        means = features @ mean @ hot
        apart = means - features.mean(-1, keepdims=True)
        within = np.sum((features - means) ** 2, (-2, -1))
        return np.log(within / np.stack([np.sum(means**2, (-2, -1)), np.sum(apart**2, (-2, -1))]))

    def pull(features: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return -rows.swapaxes(-1, -2) @ (rows @ features - hot) / N - config.feature_penalty * features

    def following(features: np.ndarray, penalty: float) -> np.ndarray:
        second = features @ features.swapaxes(-1, -2) + N * penalty * np.eye(d)
        return pull(features, np.linalg.solve(second, features @ hot.T).swapaxes(-1, -2))

    def learning(both: np.ndarray, penalty: float) -> np.ndarray:
        features, rows = both[..., :N], both[..., N:].swapaxes(-1, -2)
        turn = -(rows @ features - hot) @ features.swapaxes(-1, -2) / N - penalty * rows
        return np.concatenate([pull(features, rows), turn.swapaxes(-1, -2)], -1)

    def rate(features: np.ndarray, penalty: float) -> np.ndarray:
        """Five-point derivative along the flow."""
        steps = (-2, -1, 1, 2)
        near = {k: log_quotients(runge_kutta(following, features, k * config.nudge, penalty))[0] for k in steps}
        return (near[-2] - 8 * near[-1] + 8 * near[1] - near[2]) / (12 * config.nudge)

    def path(onward: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> np.ndarray:
        recorded = [log_quotients(x[..., :N])]
        for _ in range(config.points):
            for _ in range(config.stride):
                x = onward(x)
            recorded.append(log_quotients(x[..., :N]))
        return np.stack(recorded, -1)

    features, head, bias = (np.stack(a) for a in zip(*[drawn(r, config, hot) for r in generators(keys)], strict=True))
    other = -config.rows * features @ mean  # it speaks against every class at its own mean
    misfit = np.mean(np.sum((head @ features + bias[:, :, None] - hot) ** 2, 1), 1) / 2
    best = path(lambda x: runge_kutta(following, x, config.step, config.watched), features)
    learned = path(lambda x: x + config.step * learning(x, config.watched), np.concatenate([features, other], -1))
    data = {
        "rates": np.stack([rate(features, p) for p in config.penalties], -1),
        "best": best[0],
        "centered_best": best[1],
        "learned": learned[0],
        "centered_learned": learned[1],
        "loss": misfit + config.watched / 2 * (np.sum(head**2, (1, 2)) + np.sum(bias**2, 1)),
    }
    return Measurement(start={"features": features, "head": head, "offset": bias}, data=data)


def drawn(rng: np.random.Generator, config: Following, hot: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features about random class means, a random head and its bias."""
    (K, N), d = hot.shape, config.width
    features = rng.standard_normal((d, N)) + config.separation * rng.standard_normal((d, K)) @ hot
    return features, rng.standard_normal((K, d)), np.asarray(rng.standard_normal(K))


def highest_rise(path: np.ndarray) -> np.ndarray:
    """The most that a path climbs above any earlier point of it."""
    return np.max(path - np.minimum.accumulate(path, 1), 1)


def _inputs(features: np.ndarray, counts: tuple[int, ...], penalties: tuple[float, ...]) -> dict:
    hot = np.repeat(np.eye(len(counts)), counts, axis=1)
    means = features @ (hot.T / np.asarray(counts)) @ hot
    scatters = features - means, means, means - features.mean(-1, keepdims=True)
    sizes = {k: np.sum(a**2, (1, 2))[:, None] for k, a in zip(("within", "between", "apart"), scatters, strict=True)}
    return {"h": features, "y": hot, "lam": np.asarray(penalties), **sizes}


@one_program
def _rates(h: Array, y: Array, lam: Array) -> Array:
    """Of both scatters, (replicates, penalties, 2)."""
    return jax.vmap(lambda x: jax.vmap(lambda p: closed.scatter_rates(x, y, p))(lam))(h)


@one_program
def _centered_rates(h: Array, y: Array, lam: Array) -> Array:
    return jax.vmap(lambda x: jax.vmap(lambda p: closed.scatter_rates(x, y, p, centered=True))(lam))(h)


def _log_rate(h, y, lam, within, between) -> np.ndarray:  # noqa: ANN001
    r = np.asarray(_rates(h, y, lam))
    return r[..., 0] / within - r[..., 1] / between


def _centered_log_rate(h, y, lam, within, apart) -> np.ndarray:  # noqa: ANN001
    r = np.asarray(_centered_rates(h, y, lam))
    return r[..., 0] / within - r[..., 1] / apart


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


def _watched_inputs(features: np.ndarray, counts: tuple[int, ...], watched: float, step: float, stride: int) -> dict:
    return {**_inputs(features, counts, (watched,)), "time": step * stride}


FALLS = Theory(
    inputs=_watched_inputs,
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

CENTERED = Theory(
    inputs=_watched_inputs,
    observe=lambda centered_best: np.max(np.diff(centered_best), 1),
    predict=lambda: 0.0,
    rivals={
        "as fast as at first": lambda h, y, lam, within, apart, time: (
            time * _centered_log_rate(h, y, lam, within, apart)[:, 0]
        ),
    },
    margin=lambda: 1e-12,
    axes=lambda: Axes(y_label="largest change of log NC1 about the mean between two times"),
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
