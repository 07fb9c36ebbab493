"""Length and curvature of a circle of inputs after every layer of random networks."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.kernels import curves as closed
from theory.kernels.curves import curve_through_layers
from theory.networks.network import Network, Parameters, perceptron
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.kernels.claims.curves import Circles


def simulate(config: Circles, keys: PRNGKeyArray) -> Measurement:
    """Logarithms of metric and squared curvature per unit, averaged over the points, then over networks."""
    angles = jnp.asarray(2 * np.pi * np.arange(config.points) / config.points)
    nets = [network(config.sigma_w[i], config.sigma_b, config.layers, config.width) for i in range(len(config.sigma_w))]

    def one(key: PRNGKeyArray) -> Float[Array, "phases 2 layers"]:
        phases = []
        for net, k in zip(nets, jax.random.split(key, len(nets)), strict=True):
            starts = jax.random.split(k, config.networks)
            phases.append(jax.lax.map(lambda start, net=net: geometry(net, drawn(net, start), angles), starts).mean(0))
        return jnp.stack(phases)

    logs = quickly_compiled(lambda keys: jax.lax.map(one, keys))(keys)
    return Measurement(start={}, data={"metric": logs[:, :, 0], "curvature": logs[:, :, 1]})


def drawn(net: Network, key: PRNGKeyArray) -> Parameters:
    """Parameters drawn in single precision, in half the time."""
    return jax.tree.map(lambda p: p.astype(float), net.init(key, jnp.float32))


def geometry(net: Network, params: Parameters, angles: Float[Array, " points"]) -> Float[Array, "2 layers"]:
    """From first and second derivatives of all pre-activations along the circle."""

    def layers(angle):
        circle = 2**0.5 * jnp.stack([jnp.cos(angle), jnp.sin(angle)], axis=-1)
        return jnp.stack(net.preactivations(params, circle))

    one = jnp.ones_like(angles)
    velocity = lambda angle: jax.jvp(layers, (angle,), (one,))[1]
    v, a = jax.jvp(velocity, (angles,), (one,))
    width = v.shape[-1]
    vv, va, aa = ((p * q).sum(-1) for p, q in ((v, v), (v, a), (a, a)))
    square = width * (aa * vv - va**2) / vv**3
    return jnp.log(jnp.stack([(vv / width).mean(-1), square.mean(-1)]))


def network(sigma_w: float, sigma_b: float, layers: int, width: int = 1) -> Network:
    return perceptron(
        (2, *(width,) * layers), activation="erf", parametrization="ntk", sigma_w=sigma_w, sigma_b=sigma_b
    )


def _curves(sigma_w: tuple[float, ...], sigma_b: float, layers: int) -> list[closed.Curve]:
    return [curve_through_layers(network(w, sigma_b, layers), 1.0, 1.0, 1.0) for w in sigma_w]


def _metric(sigma_w, sigma_b, layers) -> np.ndarray:
    return np.stack([np.log(c.metric) for c in _curves(sigma_w, sigma_b, layers)])


def _curvature(sigma_w, sigma_b, layers) -> np.ndarray:
    return np.stack([np.log(c.curvature_square) for c in _curves(sigma_w, sigma_b, layers)])


def _less(of):
    """The circle of the inputs (metric and curvature one), then the layers but the last."""

    def shifted(sigma_w, sigma_b, layers) -> np.ndarray:
        return np.concatenate([np.zeros((len(sigma_w), 1)), of(sigma_w, sigma_b, layers)[:, :-1]], axis=1)

    return shifted


def _linear(sigma_w, sigma_b, layers) -> np.ndarray:
    return 2 * np.log(np.asarray(sigma_w))[:, None] * np.arange(1, layers + 1)


def _as_size(sigma_w, sigma_b, layers) -> np.ndarray:
    return np.stack([np.log(c.size) for c in _curves(sigma_w, sigma_b, layers)])


def _two_for_three(sigma_w, sigma_b, layers) -> np.ndarray:
    """By layer, the new bend is what three parts gave beyond the flattened old curvature."""
    rows = []
    for c in _curves(sigma_w, sigma_b, layers):
        metric, square = np.asarray(c.metric), np.asarray(c.curvature_square)
        stretch = metric[1:] / metric[:-1]
        new, row = square[1:] - square[:-1] / stretch, [square[0]]
        for s, n in zip(stretch, new, strict=True):
            row.append(row[-1] / s + 2 / 3 * n)
        rows.append(np.log(row))
    return np.stack(rows)


def _margin(layers: int, width: int) -> np.ndarray:
    return 12 * np.arange(1, layers + 1) / width


def _axes(label: str, sigma_w: tuple[float, ...]) -> Axes:
    series = tuple(f"sigma_w = {w:g}" for w in sigma_w)
    return Axes(x="layer", x_label="dense layer", y_label=label, series=series)


def _theory(observe, predict, rivals, label: str) -> Theory:
    return Theory(
        inputs=lambda layers: {"layer": np.arange(1, layers + 1)},
        observe=observe,
        predict=predict,
        rivals=rivals,
        margin=_margin,
        axes=lambda sigma_w: _axes(label, sigma_w),
        rests_on=(closed.curve_through_layers,),
    )


STRETCH = _theory(
    lambda metric: metric,
    lambda sigma_w, sigma_b, layers: _metric(sigma_w, sigma_b, layers),
    {"one layer less": _less(_metric), "linear layers": _linear, "growth of the size": _as_size},
    "log metric",
)

BEND = _theory(
    lambda curvature: curvature,
    lambda sigma_w, sigma_b, layers: _curvature(sigma_w, sigma_b, layers),
    {
        "one layer less": _less(_curvature),
        "two for three": _two_for_three,
        "flattened only": lambda sigma_w, sigma_b, layers: -_metric(sigma_w, sigma_b, layers),
    },
    "log squared curvature",
)
