"""Kernels of deep random networks on a grid of the circle, projected on plane waves."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from theory.kernels.sphere import power_decay
from theory.networks.network import perceptron
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.kernels.claims.sphere import CircleNetworks
from validations.kernels.sphere import quadratic_forms


def simulate(config: CircleNetworks, keys: PRNGKeyArray) -> Measurement:
    """Rayleigh quotients of the waves cos(k angle) and sin(k angle), averaged over the two and over k and k + 1."""
    network = perceptron((2, *(config.width,) * config.depth, 1), parametrization="ntk", sigma_w=2**0.5)
    angles = 2 * np.pi * np.arange(config.points) / config.points
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    frequencies = frequencies_of(config.lowest, config.span) + np.array([[0], [1]])
    phases = frequencies[..., None] * angles
    waves = 2**0.5 / config.points * np.concatenate([np.cos(phases), np.sin(phases)])
    flat = jnp.asarray(waves.reshape(-1, config.points))
    forms = quickly_compiled(
        lambda keys: jax.lax.map(lambda k: quadratic_forms(network, network.init(k), x, flat), keys)
    )(keys)
    ntk, nngp = (np.asarray(form).reshape(len(keys), *waves.shape[:-1]).mean(1) for form in forms)
    return Measurement(start={}, data={"ntk": ntk, "nngp": nngp})


def frequencies_of(lowest: int, span: float) -> np.ndarray:
    return np.rint(lowest * span ** np.linspace(0, 1, 7)).astype(int)


def _decay(which: str, nu: float, rivals: dict, label: str) -> Theory:
    return Theory(
        inputs=lambda lowest, span: {"sizes": frequencies_of(lowest, span) + 0.5},
        observe=lambda ntk, nngp: ntk if which == "ntk" else nngp,
        predict=lambda: power_decay(nu, 2)[1],
        rivals=rivals,
        margin=lambda: 0.1,
        axes=lambda: Axes(x="sizes", x_label="frequency k", y_label=label, x_scale="log", y_scale="log"),
        extras={"sizes": lambda sizes: sizes},
        rests_on=(power_decay,),
    )


NTK_DECAY = _decay(
    "ntk",
    0.5,
    {"NNGP": lambda: -4.0, "one input more": lambda: -3.0, "dimension of the circle": lambda: -1.0},
    "eigenvalue of the NTK",
)
NNGP_DECAY = _decay(
    "nngp",
    1.5,
    {"tangent kernel": lambda: -2.0, "one input more": lambda: -5.0, "dimension of the circle": lambda: -3.0},
    "eigenvalue of the NNGP kernel",
)
