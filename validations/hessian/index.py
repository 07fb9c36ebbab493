"""Free sums drawn: negative eigenvalues counted, and the energy at which each draw gets its first."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from theory.core import semicircle
from theory.hessian import index as closed
from validations.core.programs import one_program, quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.hessian.claims.index import FreeSums


def simulate(config: FreeSums, keys: PRNGKeyArray) -> Measurement:
    """Shares of negative eigenvalues, and the energy at which H0 + sqrt(2 eps) W is singular for the first time.

    With H0 = L L^T positive definite that is where sqrt(2 eps) times the largest eigenvalue of -L^-1 W L^-T is one.
    """
    n, m = config.size, config.residuals

    def one(key: PRNGKeyArray) -> tuple[Array, Array]:
        for_j, for_w = jax.random.split(key)
        j, w = jax.random.normal(for_j, (n, m)), jax.random.normal(for_w, (n, n))
        gradients, wigner = j @ j.T / m, (w + w.T) / jnp.sqrt(2 * n)

        def share(energy: Array) -> Array:
            return jnp.mean(jnp.linalg.eigvalsh(gradients + jnp.sqrt(2 * energy) * wigner) < 0, dtype=float)

        root = jnp.linalg.cholesky(gradients)
        half = jax.scipy.linalg.solve_triangular(root, wigner, lower=True)
        whitened = jax.scipy.linalg.solve_triangular(root, half.T, lower=True)
        lowest = jnp.linalg.eigvalsh(0.5 * (whitened + whitened.T))[0]
        return jax.lax.map(share, jnp.asarray(config.energies)), 0.5 / lowest**2

    shares, crossing = quickly_compiled(lambda keys: jax.lax.map(one, keys))(keys)
    return Measurement(start={}, data={"shares": shares, "crossing": crossing})


def _added_edges(phi: float) -> float:
    """The Wishart's edge (1 - sqrt(phi))^2 equal to the Wigner's radius 2 sqrt(2 eps)."""
    return (1 - phi**0.5) ** 4 / 8


def _threshold_margin(size: int, residuals: int) -> float:
    phi = size / residuals
    return float(_critical(np.asarray(float(size)), np.asarray(phi)) - closed.critical_energy(phi)) / 2


_index, _critical = one_program(closed.index), one_program(closed.critical_energy_at)

INDEX = Theory(
    inputs=lambda energies, size, residuals: {"eps": np.asarray(energies), "phi": np.asarray(size / residuals)},
    observe=lambda shares: shares,
    predict=lambda eps, phi: _index(eps, phi),
    rivals={
        "ratio 20 % larger": lambda eps, phi: _index(eps, 1.2 * phi),
        "semicircle": lambda eps, phi: semicircle.distribution(-1.0, np.sqrt(phi + 2 * eps)),
        "half the variance": lambda eps, phi: _index(eps / 2, phi),
    },
    margin=lambda: 0.0035,
    axes=lambda: Axes(x="eps", x_label="energy", y_label="share of negative eigenvalues"),
    rests_on=(closed.index,),
)

CRITICAL_ENERGY = Theory(
    inputs=lambda size, residuals: {"n": np.asarray(float(size)), "phi": np.asarray(size / residuals)},
    observe=lambda crossing: jnp.stack([crossing, crossing], axis=-1),
    predict=lambda n, phi: _critical(n, phi),
    rivals={
        "ratio 20 % larger": lambda n, phi: _critical(n, 1.2 * phi),
        "edges added": lambda phi: _added_edges(phi),
        "no gradients": lambda: 0.125,
    },
    margin=_threshold_margin,
    axes=lambda: Axes(y_label="critical energy"),
    rests_on=(closed.critical_energy_at,),
)
