"""How far training moves the tangent kernel and the outputs from their linearization, over widths."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.kernels.claims.drifts import Drifts


class Weights(NamedTuple):
    """Of one hidden layer, in the NTK parametrization: entries of order one."""

    first: Float[Array, "width 2"]
    last: Float[Array, " width"]


def simulate(config: Drifts, keys: PRNGKeyArray) -> Measurement:
    """One program serves all widths: the layer has the largest, and units beyond the width are put out."""
    widths = jnp.asarray(config.widths)

    def one(key: PRNGKeyArray) -> dict[str, Array]:
        def at(width: Int[Array, ""]) -> dict[str, Array]:
            return trained(config, width, jax.random.fold_in(key, width))

        return jax.lax.map(at, widths)

    return Measurement(start={}, data=quickly_compiled(lambda keys: jax.lax.map(one, keys))(keys))


def trained(config: Drifts, width: Int[Array, ""], key: PRNGKeyArray) -> dict[str, Float[Array, ""]]:
    """Of either activation the relative change of the tangent kernel, and the outputs' largest distance from linear
    training: root mean squares over networks. Then how far behind linear training the networks end, on average."""
    n = max(config.widths)
    drawn = jax.vmap(lambda k: jax.random.normal(k, (n, 3)))(jax.random.split(key, config.networks))
    starts = Weights(drawn[..., :2], drawn[..., 2])
    found: dict[str, Array] = {}
    for name, activation in (("smooth", jnp.tanh), ("kinked", jax.nn.relu)):
        moved, errors = jax.vmap(lambda w, f=activation: network_of(config, f, width, w))(starts)
        left = jnp.abs(errors).max((1, 2))
        found |= {
            f"moved_{name}": jnp.sqrt(jnp.mean(moved**2)),
            f"left_{name}": jnp.sqrt(jnp.mean(left**2)),
            f"behind_{name}": -jnp.mean(errors[:, -1] * labels(config)),
        }
    return found


def labels(config: Drifts) -> Float[Array, " points"]:
    return jnp.asarray((-1.0) ** np.arange(len(config.cosines)))


def network_of(config: Drifts, activation, width: Int[Array, ""], start: Weights) -> tuple[Array, Array]:
    """Relative change of the tangent kernel, and what the outputs are off linear training, by step and input."""
    c, n = np.asarray(config.cosines), len(start.last)
    x = jnp.asarray(np.stack([c, np.sqrt(1 - c**2)], axis=1))
    y = labels(config)
    exist = (jnp.arange(n) < width).astype(float)

    def outputs(w: Weights) -> Float[Array, " points"]:
        return activation(x @ w.first.T) @ (exist * w.last) / jnp.sqrt(width)

    def kernel(w: Weights) -> Float[Array, "points points"]:
        values, slopes = jax.jvp(activation, (x @ w.first.T,), (jnp.ones((len(c), n)),))
        backward = slopes * (exist * w.last)[None, :]
        return ((values * exist[None, :]) @ values.T + (backward @ backward.T) * (x @ x.T)) / width

    tangent, origin = kernel(start), outputs(start)

    def step(carry: tuple[Weights, Array], _: None) -> tuple[tuple[Weights, Array], Array]:
        w, linear = carry
        now, pull = jax.vjp(outputs, w)
        (slope,) = pull((now - origin - y) / len(c))
        w = jax.tree.map(lambda a, g: a - config.step * g, w, slope)
        linear = linear - config.step * tangent @ (linear - y) / len(c)
        return (w, linear), outputs(w) - origin - linear

    (end, _), errors = jax.lax.scan(step, (start, jnp.zeros_like(y)), None, length=config.steps)
    return jnp.linalg.norm(kernel(end) - tangent) / jnp.linalg.norm(tangent), errors


def _exponent(quantity: str, value: float, rivals: dict[str, float], label: str) -> Theory:
    return Theory(
        inputs=lambda widths: {"sizes": np.asarray(widths, float)},
        observe=lambda **measured: measured[quantity],
        predict=lambda: value,
        rivals={name: (lambda exponent=exponent: exponent) for name, exponent in rivals.items()},
        margin=lambda: 0.15,
        axes=lambda: Axes(x="sizes", x_label="width", y_label=label, x_scale="log", y_scale="log"),
        extras={"sizes": lambda sizes: sizes},
    )


NTK_DRIFT = _exponent(
    "moved_smooth", -1.0, {"published bound": -0.5, "second order": -2.0}, "relative change of the tangent kernel"
)
LINEARIZATION = _exponent(
    "left_smooth", -1.0, {"published bound": -0.5, "second order": -2.0}, "largest distance from linear training"
)
RELU_DRIFT = _exponent(
    "moved_kinked", -0.5, {"smooth": -1.0, "no concentration": 0.0}, "relative change of the tangent kernel"
)
RELU_LINEARIZATION = _exponent(
    "left_kinked", -0.5, {"smooth": -1.0, "no kernel regime": 0.0}, "largest distance from linear training"
)
RELU_LAG = _exponent("behind_kinked", -0.5, {"smooth": -1.0, "no kernel regime": 0.0}, "behind linear training")
