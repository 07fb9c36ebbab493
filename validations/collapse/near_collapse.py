"""Nearly collapsed features searched for the least objective that keeps them near where they were."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.collapse import near_collapse as closed
from theory.core.random_matrices import gaussian
from validations.collapse.claims.near_collapse import Kept
from validations.collapse.search import descend
from validations.collapse.squared_error import averaging, labels_of
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory

MARGIN = 1e-5


def simulate(config: Kept, keys: PRNGKeyArray) -> Measurement:
    """Class means along the given ones, and shares of the deviations left along them and across, by proximity."""
    K, N, lam = len(config.counts), sum(config.counts), config.layer_penalty
    hot, mean = jax.nn.one_hot(labels_of(config.counts), K, dtype=float).T, averaging(config.counts)

    def loss(factors: tuple[Array, Array], given: Array, proximity: Array) -> Array:
        features, rows = factors
        near = jnp.sum((rows @ features - hot) ** 2) + proximity * jnp.sum((features - given) ** 2)
        return near / (2 * N) + (lam * jnp.sum(rows**2) + config.feature_penalty * jnp.sum(features**2)) / 2

    def one(key: PRNGKeyArray, proximity: Array) -> tuple[Array, Array]:
        for_frame, for_noise, for_rows = jax.random.split(key, 3)
        frame = jnp.linalg.qr(gaussian(for_frame, config.width, config.width, 1.0))[0]
        noise = gaussian(for_noise, config.width, N, config.deviation)
        noise -= noise @ mean @ hot
        given = config.length * frame[:, :K] @ hot + noise
        start = given, gaussian(for_rows, K, config.width, 0.1)
        features = descend(lambda f: loss(f, given, proximity), start).params[0]
        means = features @ mean
        left, first = (frame.T @ v for v in (features - means @ hot, noise))
        across = jnp.sum(left[K:] * first[K:]) / jnp.sum(first[K:] ** 2)
        along = jnp.sum(left[:K] * first[:K], 1) / jnp.sum(first[:K] ** 2, 1)
        return jnp.diag(frame[:, :K].T @ means), jnp.append(along, across)

    def replicate(key: PRNGKeyArray) -> tuple[Array, Array]:
        each = jax.vmap(one)(jax.random.split(key, len(config.proximities)), jnp.asarray(config.proximities))
        return each[0].T, each[1].T

    lengths, shares = quickly_compiled(jax.vmap(replicate))(keys)
    return Measurement(start={}, data={"lengths": lengths, "shares": shares})


def _inputs(counts: tuple[int, ...], proximities: tuple[float, ...]) -> dict:
    return {"n": np.asarray(counts, float)[:, None], "N": float(sum(counts)), "beta": np.asarray(proximities)[None]}


def _with_across(strengths: Float[Array, "K betas"]) -> np.ndarray:
    return np.concatenate([np.asarray(strengths), np.zeros((1, np.shape(strengths)[1]))])


def _strengths(n, N, beta, layer_penalty, feature_penalty, length) -> np.ndarray:  # noqa: ANN001
    return _with_across(closed.settled_strength(n, N, layer_penalty, feature_penalty, beta, length))


def _first_strengths(n, N, beta, layer_penalty, length) -> np.ndarray:  # noqa: ANN001
    return _with_across(length / (length**2 + N * layer_penalty / n) + 0 * beta)


def _lengths(n, N, beta, layer_penalty, feature_penalty, length) -> Array:  # noqa: ANN001
    return closed.settled_length(n, N, layer_penalty, feature_penalty, beta, length)


def _equal_lengths(n, N, beta, layer_penalty, feature_penalty, length) -> Array:  # noqa: ANN001
    return _lengths(np.full_like(n, n.mean()), N, beta, layer_penalty, feature_penalty, length)


def _equal_strengths(n, N, beta, layer_penalty, feature_penalty, length) -> np.ndarray:  # noqa: ANN001
    return _strengths(np.full_like(n, n.mean()), N, beta, layer_penalty, feature_penalty, length)


def _axes(y_label: str, series: tuple[str, ...]) -> Axes:
    return Axes(x="beta", x_label="proximity", y_label=y_label, x_scale="log", series=series)


SHARES = Theory(
    inputs=_inputs,
    observe=lambda shares: shares,
    predict=lambda n, N, beta, layer_penalty, feature_penalty, length: closed.kept_share(
        _strengths(n, N, beta, layer_penalty, feature_penalty, length), N, feature_penalty, beta
    ),
    rivals={
        "classifier of the given": lambda n, N, beta, layer_penalty, feature_penalty, length: (
            beta / (_first_strengths(n, N, beta, layer_penalty, length) ** 2 + N * feature_penalty + beta)
        ),
        "no ridge": lambda n, N, beta, layer_penalty, feature_penalty, length: (
            beta / (_strengths(n, N, beta, layer_penalty, feature_penalty, length) ** 2 + beta)
        ),
        "equal classes": lambda n, N, beta, layer_penalty, feature_penalty, length: (
            beta
            / (_equal_strengths(n, N, beta, layer_penalty, feature_penalty, length) ** 2 + N * feature_penalty + beta)
        ),
    },
    margin=lambda: MARGIN,
    axes=lambda counts: _axes("deviations left", (*(f"along the class of {n}" for n in counts), "across all means")),
    rests_on=(closed.kept_share, closed.settled_strength, closed.settled_length),
)

LENGTHS = Theory(
    inputs=_inputs,
    observe=lambda lengths: lengths,
    predict=_lengths,
    rivals={
        "ridge alone": lambda n, N, beta, feature_penalty, length: beta * length / (N * feature_penalty + beta) + 0 * n,
        "labels alone": lambda n, N, beta, layer_penalty, length: (
            length
            + _first_strengths(n, N, beta, layer_penalty, length)[:-1]
            * N
            * layer_penalty
            / n
            / (length**2 + N * layer_penalty / n)
            / beta
        ),
        "equal classes": _equal_lengths,
    },
    margin=lambda: MARGIN,
    axes=lambda counts: _axes("length of the class mean", tuple(f"{n} samples" for n in counts)),
    rests_on=(closed.settled_length,),
)
