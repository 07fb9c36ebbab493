"""Jacobians of sampled tanh networks, multiplied out layer by layer."""

from collections.abc import Callable
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.core.random_matrices import haar_orthogonal
from theory.deep_linear import faithful_gradients as closed
from theory.deep_linear import gain
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.deep_linear.claims.faithful_gradients import TanhNetworks


def simulate(config: TanhNetworks, keys: PRNGKeyArray) -> Measurement:
    """First and second moment of the squared singular values, by gain and depth."""
    n, deepest, gains = config.width, max(config.depths), jnp.asarray(config.gains)
    at = np.asarray(config.depths) - 1

    def one(key: PRNGKeyArray) -> Float[Array, "moments gains depths"]:
        for_inputs, for_layers = jax.random.split(key)
        direction = jax.random.normal(for_inputs, (n,))
        first = direction * jnp.sqrt(n * config.variance) / jnp.linalg.norm(direction)

        def onward(state: tuple[Array, Array], key: PRNGKeyArray) -> tuple[tuple[Array, Array], Array]:
            hidden, jacobian = state
            layer = haar_orthogonal(key, n)
            slopes = 1 - jnp.tanh(hidden) ** 2
            hidden = gains[:, None] * (jnp.tanh(hidden) @ layer.T)
            jacobian = gains[:, None, None] * (layer @ (slopes[:, :, None] * jacobian))
            gram = jacobian @ jacobian.mT
            return (hidden, jacobian), jnp.stack([jnp.trace(gram, axis1=1, axis2=2), jnp.sum(gram**2, axis=(1, 2))]) / n

        start = jnp.tile(first, (gains.size, 1)), jnp.tile(jnp.eye(n), (gains.size, 1, 1))
        moments = jax.lax.scan(onward, start, jax.random.split(for_layers, deepest))[1]
        return moments[at].transpose(1, 2, 0)

    moments = quickly_compiled(jax.vmap(one))(keys)
    return Measurement(start={}, data={"first": moments[:, 0], "second": moments[:, 1]})


@lru_cache(maxsize=8)
def by_gain(formula: Callable[..., Array], q0: float, gains: tuple[float, ...], deepest: int) -> np.ndarray:
    """A formula at all depths, which is kept: the rivals ask for it again."""
    program = quickly_compiled(jax.vmap(lambda g: formula(jnp.asarray(q0), g, deepest)))
    return np.asarray(program(jnp.asarray(gains)))


def spread(depth: np.ndarray, variance: float, gains: tuple[float, ...], depths: tuple[int, ...]) -> np.ndarray:
    return 1 + by_gain(closed.jacobian_spreads, variance, gains, max(depths))[:, depth - 1]


def size(depth: np.ndarray, variance: float, gains: tuple[float, ...], depths: tuple[int, ...]) -> np.ndarray:
    return np.log10(by_gain(gain.jacobian_mean_squares, variance, gains, max(depths))[:, depth - 1])


def of_first_layer(depth: np.ndarray, variance: float) -> np.ndarray:
    return 1 + depth * float(closed.slope_spread(jnp.asarray(variance)))


def at_fixed_point(depth: np.ndarray, gains: tuple[float, ...]) -> np.ndarray:
    fixed = gain.variance_fixed_point(jnp.asarray(gains))
    return depth * np.log10([[float(gain.susceptibility(q, g))] for q, g in zip(fixed, gains, strict=True)])


def one_fewer(formula: Callable[..., np.ndarray], of_none: float) -> Callable[..., np.ndarray]:
    def rival(depth: np.ndarray, variance: float, gains: tuple[float, ...], depths: tuple[int, ...]) -> np.ndarray:
        return np.where(depth > 1, formula(np.maximum(depth - 1, 1), variance, gains, depths), of_none)

    return rival


def _names(gains: tuple[float, ...]) -> tuple[str, ...]:
    return tuple(f"gain {g:g}" for g in gains)


SPREAD = Theory(
    inputs=lambda depths: {"depth": np.asarray(depths)},
    observe=lambda first, second: second / first**2,
    predict=spread,
    rivals={
        "Gaussian layers": lambda depth, variance, gains, depths: spread(depth, variance, gains, depths) + depth,
        "linear": lambda depth: 1.0 + 0 * depth,
        "one layer fewer": one_fewer(spread, 1.0),
        "slopes of the first layer": of_first_layer,
    },
    margin=lambda: 0.08,
    axes=lambda gains: Axes(x="depth", x_label="depth D", y_label="relative second moment", series=_names(gains)),
    rests_on=(closed.jacobian_spreads, closed.jacobian_spread, closed.slope_spread),
)

SIZE = Theory(
    inputs=lambda depths: {"depth": np.asarray(depths)},
    observe=lambda first: np.log10(first),
    predict=size,
    rivals={
        "linear": lambda depth, gains: 2 * depth * np.log10(gains)[:, None],
        "fixed point": at_fixed_point,
        "one layer fewer": one_fewer(size, 0.0),
    },
    margin=lambda: 0.04,
    axes=lambda gains: Axes(x="depth", x_label="depth D", y_label="log10 of the mean square", series=_names(gains)),
    rests_on=(gain.jacobian_mean_squares, gain.jacobian_mean_square),
)
