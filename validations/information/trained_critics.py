"""Estimates of information by trained critics: what MINE and its relatives do, with what is needed to doubt it.

They live here and not with the other estimators, since they train.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray

from theory.core.domain import whole
from theory.information import variational
from theory.information.estimate import REPEATS, Estimate, Z, doubted, pair, repeats, shuffled_orders, standard
from theory.information.gaussian import correlation_floor
from validations.core.programs import quickly_compiled

EMBEDDED = 16  # coordinates in which the two towers' inner product is taken
FORGETTING = 0.99  # of the running average in MINE's gradient
CEILING = 0.7  # share of log N from which a contrastive value says more of N than of the data
FLUCTUATION = 0.2  # standard deviation in nats of the partition term from which single pairs decide

Params = Any


class Critic(NamedTuple):
    """How a critic is made and trained.

    Attributes:
        bound: "infonce", "nwj", "mine" (Donsker-Varadhan, its gradient's denominator a running average) or "smile"
            (trained on the Jensen-Shannon bound, evaluated clipped).
        hidden: units of each of the two towers.
        batch: N, pairs a step.
        steps: of Adam.
        rate: its step size.
        clip: tau of "smile".
    """

    bound: str = "infonce"
    hidden: int = 64
    batch: int = 64
    steps: int = 500
    rate: float = 2e-3
    clip: float = 5.0


DEFAULT = Critic()
VALUES: dict[str, Callable[..., Array]] = {
    "infonce": lambda t, clip: variational.infonce(t),
    "nwj": lambda t, clip: variational.nwj(t),
    "mine": lambda t, clip: variational.donsker_varadhan(t),
    "smile": variational.smile,
}


def critic_estimate(
    x: Float[ArrayLike, " n *dx"],
    y: Float[ArrayLike, " m *dy"],
    critic: Critic = DEFAULT,
    shuffles: int = 0,
    seed: int = 0,
) -> Estimate:
    """Information in nats by a separable critic, trained on one half of the samples and evaluated on the other.

    The value is the mean over batches of the second half, the interval that of this mean: it says nothing of what the
    critic missed. Each shuffle trains a critic of its own. Flagged: a contrastive value near log N; a partition term
    whose fluctuation at the best critic of Gaussian variables of this information (`ratio_variance`) is large, where
    NWJ, MINE and SMILE are set by single pairs; a critic that does better on what it was trained on; less than
    correlations alone show; a null away from zero.

    Raises:
        ValueError: fewer than eight batches of samples, samples not paired or not finite, constant columns, an unknown
            bound, a count below one, a step size or clip at or below zero.

    Example:
        critic_estimate(x, y, Critic("nwj"), shuffles=5)
    """
    _check(critic)
    x, y = (standard(z) for z in pair(x, y, 8 * critic.batch))
    orders = np.stack([np.arange(len(x)), *shuffled_orders(len(x), shuffles, seed)])
    values = _run(critic)(jnp.asarray(x), jnp.asarray(y), jnp.asarray(orders), jax.random.key(seed))
    seen, fresh = (np.asarray(v) for v in values)
    value, half = float(fresh[0].mean()), Z * float(fresh[0].std(ddof=1)) / fresh.shape[1] ** 0.5
    null = fresh[1:].mean(axis=1)
    spread = float(null.std(ddof=1)) if len(null) > 1 else float("nan")
    estimate = Estimate(value, value - half, value + half, float(null.mean()) if len(null) else float("nan"), spread)
    for reason in _doubts(critic, estimate, float(seen[0].mean()), x, y):
        estimate = doubted(estimate, reason)
    return estimate


def _check(critic: Critic) -> None:
    if critic.bound not in VALUES:
        raise ValueError(f"bound {critic.bound!r} is unknown; it must be one of {', '.join(VALUES)}")
    for name, least in (("hidden", 1), ("batch", 2), ("steps", 1)):
        whole(name, getattr(critic, name), least=least)
    for name in ("rate", "clip"):
        if not 0 < getattr(critic, name) < float("inf"):
            raise ValueError(f"{name} = {getattr(critic, name)} must be a finite number above zero")


def _doubts(critic: Critic, estimate: Estimate, seen: float, x: np.ndarray, y: np.ndarray) -> list[str]:
    value, n = estimate.value, critic.batch
    if not np.isfinite(value):
        return ["the critic diverged; lower its step size"]
    doubts = [_fluctuating(critic, value)]
    if max(repeats(x), repeats(y)) > REPEATS:
        doubts.append("samples repeat: the critic may have been trained on those that it is evaluated on")
    if seen - value > 0.1 * max(1.0, value):
        doubts.append(f"the critic reaches {seen:.2f} on what it was trained on: too few samples for it")
    linear = correlation_floor(x, y)
    if linear > estimate.high + 0.05 * max(1.0, value):
        doubts.append(f"correlations alone show at least {linear:.2f} nats, which this critic of batches of {n} misses")
    if estimate.null_spread > 0 and abs(estimate.null_mean) > max(3 * estimate.null_spread, 0.05):
        doubts.append(f"shuffled samples give {estimate.null_mean:.2f} where zero is true")
    return doubts


def _fluctuating(critic: Critic, value: float) -> str:
    n = critic.batch
    if critic.bound == "infonce":
        near = value > CEILING * np.log(n)
        return f"{value:.2f} nats is near log N = {np.log(n):.2f}, which no contrastive value exceeds" if near else ""
    spread = float(np.sqrt(np.expm1(2 * max(value, 0.0)) / (n * (n - 1))))
    if spread < FLUCTUATION:
        return ""
    return f"at {value:.2f} nats the partition term of {n} pairs fluctuates by {spread:.2g}: single pairs decide"


def _run(critic: Critic) -> Callable[..., tuple[Array, Array]]:
    """Values on batches seen and on fresh ones, a row for each order of y."""

    def one(x: Array, y: Array, order: Array, key: PRNGKeyArray) -> tuple[Array, Array]:
        half, y = len(x) // 2, y[order]
        mixed = jax.random.permutation(jax.random.fold_in(key, 0), len(x))  # halves of a sorted sample would differ
        x, y = x[mixed], y[mixed]

        def draw(key: PRNGKeyArray) -> tuple[Array, Array]:
            chosen = jax.random.randint(key, (critic.batch,), 0, half)
            return x[chosen], y[chosen]

        params = fitted(critic, draw, (x.shape[1], y.shape[1]), key)
        return evaluated(critic, params, x[:half], y[:half]), evaluated(critic, params, x[half:], y[half:])

    return quickly_compiled(jax.vmap(one, in_axes=(None, None, 0, None)))


def evaluated(critic: Critic, params: Params, x: Float[Array, "n dx"], y: Float[Array, "n dy"]) -> Float[Array, "..."]:
    """The bound on each batch of the samples; what does not fill one is left out."""
    count = len(x) // critic.batch
    parts = [z[: count * critic.batch].reshape(count, critic.batch, -1) for z in (x, y)]
    return jax.lax.map(lambda xy: VALUES[critic.bound](scores(params, *xy), clip=critic.clip), tuple(parts))


def fitted(
    critic: Critic, draw: Callable[[PRNGKeyArray], tuple[Array, Array]], sizes: tuple[int, int], key: PRNGKeyArray
) -> Params:
    """The critic after all steps, each on the batch that `draw` makes of a key."""
    towers = [tower(k, d, critic.hidden) for k, d in zip(jax.random.split(key), sizes, strict=True)]
    adam = optax.adam(critic.rate)

    def step(carry: tuple[Params, Any, Array], k: Array) -> tuple[tuple[Params, Any, Array], None]:
        params, memory, average = carry
        x, y = draw(jax.random.fold_in(key, k + 1))
        (_, average), gradient = jax.value_and_grad(objective, argnums=1, has_aux=True)(critic, params, x, y, average)
        change, memory = adam.update(gradient, memory, params)
        return (optax.apply_updates(params, change), memory, average), None

    start = towers, adam.init(towers), jnp.ones(())
    return jax.lax.scan(step, start, jnp.arange(critic.steps))[0][0]


def objective(critic: Critic, params: Params, x: Array, y: Array, average: Array) -> tuple[Array, Array]:
    """What is minimized, and the running average of MINE's partition term."""
    t = scores(params, x, y)
    n = len(t)
    joint, others = jnp.mean(jnp.diagonal(t)), ~jnp.eye(n, dtype=bool)
    if critic.bound == "smile":
        apart = jnp.sum(jnp.where(others, jax.nn.softplus(t), 0.0)) / (n * (n - 1))
        return jnp.mean(jax.nn.softplus(-jnp.diagonal(t))) + apart, average
    if critic.bound == "mine":
        partition = jnp.sum(jnp.where(others, jnp.exp(t), 0.0)) / (n * (n - 1))
        average = FORGETTING * average + (1 - FORGETTING) * jax.lax.stop_gradient(partition)
        return partition / average - joint, average
    return -VALUES[critic.bound](t, clip=critic.clip), average


def tower(key: PRNGKeyArray, inputs: int, hidden: int) -> list[Array]:
    """Weights of one hidden layer, with biases as last rows."""
    shapes = (inputs + 1, hidden), (hidden + 1, EMBEDDED + 1)
    return [jax.random.normal(k, s) * (2 / s[0]) ** 0.5 for k, s in zip(jax.random.split(key), shapes, strict=True)]


def scores(params: Params, x: Float[Array, "n dx"], y: Float[Array, "n dy"]) -> Float[Array, "n n"]:
    """Inner products of the embeddings, and a term of each alone."""
    (u, a), (v, b) = (_embedded(p, z) for p, z in zip(params, (x, y), strict=True))
    return u @ v.T / EMBEDDED + a[:, None] + b[None, :]


def _embedded(params: list[Array], z: Array) -> tuple[Array, Array]:
    first, second = params
    hidden = jax.nn.relu(z @ first[:-1] + first[-1])
    out = hidden @ second[:-1] + second[-1]
    return out[:, :-1], out[:, -1] / EMBEDDED
