"""Ranks of the Jacobians of random rectified networks, layer by layer."""

import jax
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.information.local_rank import rectified_local_rank
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.information.claims.local_rank import Rectified

RELATIVE = 1e-12  # of the largest squared singular value, below which one counts as zero


def simulate(config: Rectified, keys: PRNGKeyArray) -> Measurement:
    """Mean numerical rank after each layer, replicates by layers."""
    draw = quickly_compiled(jax.vmap(lambda key: drawn(config, key)))
    return Measurement(start={}, data={"ranks": ranks(*map(np.asarray, draw(keys)))})


def drawn(config: Rectified, key: PRNGKeyArray) -> tuple[Array, Array, Array]:
    """An input, the first layer and the others, of each network."""
    k, n, w = jax.random.split(key, 3), config.networks, config.width
    first = jax.random.normal(k[1], (n, w, config.inputs))
    return jax.random.normal(k[0], (n, config.inputs)), first, jax.random.normal(k[2], (config.layers - 1, n, w, w))


def ranks(x: np.ndarray, first: np.ndarray, others: np.ndarray) -> Float[np.ndarray, "replicates layers"]:
    """Active rows of a layer times the Jacobian before it."""
    jacobian, found = np.broadcast_to(np.eye(x.shape[-1]), (*x.shape, x.shape[-1])), []
    for w in (first, *np.moveaxis(others, 1, 0)):
        before = np.einsum("rnij,rnj->rni", w, x)
        jacobian = (before > 0)[..., None] * (w @ jacobian)
        x = np.maximum(before, 0.0)
        square = np.linalg.eigvalsh(jacobian.swapaxes(-1, -2) @ jacobian)
        found.append((square > RELATIVE * square[..., -1:]).sum(axis=-1).mean(axis=1))
    return np.stack(found, axis=1)


def _by_layer(inputs, width, layers) -> np.ndarray:
    return np.array([rectified_local_rank(inputs, (width,) * depth) for depth in range(1, layers + 1)])


def _before_rectifying(inputs, width, layers) -> np.ndarray:
    return np.concatenate([[min(inputs, width)], _by_layer(inputs, width, layers)[:-1]])


RECTIFIED = Theory(
    inputs=lambda layers: {"layer": np.arange(1.0, layers + 1)},
    observe=lambda ranks: ranks,
    predict=_by_layer,
    rivals={
        "before rectifying": _before_rectifying,
        "half the width": lambda inputs, width, layers: np.full(layers, min(inputs, width / 2)),
        "rank of the weights": lambda inputs, width, layers: np.full(layers, float(min(inputs, width))),
    },
    margin=lambda: 0.2,
    axes=lambda: Axes(x="layer", x_label="layer", y_label="mean rank of the Jacobian"),
    rests_on=(rectified_local_rank,),
)
