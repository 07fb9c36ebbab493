"""Kernels of random networks on a grid of the sphere, projected on spherical harmonics."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from scipy.special import lpmv

from theory.kernels import relu_sphere as closed
from theory.networks import Activation, Dense, Network, Parameters
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.kernels.claims.sphere import SphereNetworks

INPUTS = 3


def simulate(config: SphereNetworks, keys: PRNGKeyArray) -> Measurement:
    """Gains 1 and sqrt(2): the expected NNGP kernel is 1 at coinciding inputs, the NTK 2."""
    network = Network(INPUTS, (Dense(config.width), Activation("relu"), Dense(1, 2**0.5)), parametrization="ntk")
    x, weight = grid(config.latitudes)
    harmonics, degrees = real_harmonics(x, weight, config.highest)

    def of_harmonics(key: PRNGKeyArray) -> tuple[Array, Array]:
        return quadratic_forms(network, network.init(key), INPUTS**0.5 * x, jnp.asarray(weight * harmonics))

    forms = quickly_compiled(lambda keys: jax.lax.map(of_harmonics, keys))(keys)
    mean = lambda form: np.stack([form[:, degrees == k].mean(1) for k in range(config.highest + 1)], 1)
    return Measurement(start={}, data={"ntk": mean(np.asarray(forms[0])), "nngp": mean(np.asarray(forms[1]))})


def quadratic_forms(
    network: Network, params: Parameters, x: Float[np.ndarray, "n d"], functions: Float[Array, "f n"]
) -> tuple[Float[Array, " f"], Float[Array, " f"]]:
    """Quadratic forms of the NTK and the NNGP kernel of one finite network, for functions times quadrature weights.

    A kernel of gradients has as its form the squared length of the gradient of the function's sum against the output.
    """

    pull = jax.vjp(lambda p: network.apply(p, x)[:, 0], params)[1]

    def of_function(function: Float[Array, " n"]) -> tuple[Array, Array]:
        squares = [jnp.sum(s**2) for s in jax.tree.leaves(pull(function))]
        return sum(squares[1:], squares[0]), squares[-1]

    return jax.lax.map(of_function, functions)


def grid(latitudes: int) -> tuple[Float[np.ndarray, "n 3"], Float[np.ndarray, " n"]]:
    """Points and weights, exact for polynomials of degree below twice the number of latitudes."""
    height, weight = np.polynomial.legendre.leggauss(latitudes)
    angle = np.pi * np.arange(2 * latitudes) / latitudes
    z, phi = (a.ravel() for a in np.meshgrid(height, angle, indexing="ij"))
    across = np.sqrt(1 - z**2)
    return np.stack([across * np.cos(phi), across * np.sin(phi), z], 1), np.repeat(weight / (4 * latitudes), len(angle))


def real_harmonics(
    x: Float[np.ndarray, "n 3"], weight: Float[np.ndarray, " n"], highest: int
) -> tuple[Float[np.ndarray, "f n"], np.ndarray]:
    """Textbook harmonics, orthonormal under the weights, and their degrees."""
    phi, rows, degrees = np.arctan2(x[:, 1], x[:, 0]), [], []
    for k in range(highest + 1):
        for m in range(-k, k + 1):
            values = lpmv(abs(m), k, x[:, 2]) * (np.cos(m * phi) if m >= 0 else np.sin(m * phi))
            rows.append(values / np.sqrt(weight @ values**2))
            degrees.append(k)
    return np.array(rows), np.array(degrees)


def _orders(highest: int) -> np.ndarray:
    return np.arange(highest + 1)


def ntk(k: np.ndarray, inputs: int = INPUTS) -> np.ndarray:
    return np.asarray(closed.relu_ntk_eigenvalues(k, inputs))


def nngp(k: np.ndarray, inputs: int = INPUTS) -> np.ndarray:
    return np.asarray(closed.arc_cosine_eigenvalues(1, k, inputs))


def _between_neighbors(values: np.ndarray) -> np.ndarray:
    """The geometric mean of the neighbors wherever theory says zero."""
    padded = np.concatenate([values[:1], values, values[-1:]])
    means = np.sqrt(padded[:-2] * np.where(padded[2:] > 0, padded[2:], padded[:-2] / 16))
    return np.where(values == 0, means, values)


def _margin(values: np.ndarray) -> np.ndarray:
    return np.where(values == 0, _between_neighbors(values) / 4, values / 12)


def _theory(own, other, which: str, label: str, extra: dict) -> Theory:
    return Theory(
        inputs=lambda highest: {"k": _orders(highest)},
        observe=lambda ntk, nngp: ntk if which == "ntk" else nngp,
        predict=lambda k: own(k),
        rivals={
            "one input more": lambda k: own(k, INPUTS + 1),
            "all parities": lambda k: _between_neighbors(own(k)),
            **other,
            **extra,
        },
        margin=lambda highest: _margin(own(_orders(highest))),
        axes=lambda: Axes(x="k", x_label="degree k", y_label=label),
        rests_on=(closed.relu_ntk_eigenvalues, closed.arc_cosine_eigenvalues),
    )


NTK_SPECTRUM = _theory(ntk, {"NNGP": lambda k: nngp(k)}, "ntk", "eigenvalue of the NTK", {})
NNGP_SPECTRUM = _theory(
    nngp,
    {"tangent kernel": lambda k: ntk(k)},
    "nngp",
    "eigenvalue of the NNGP kernel",
    {"half": lambda k: nngp(k) / 2},
)
