"""Random networks, their losses with rounded weights, and the traces of their Hessians."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, PRNGKeyArray

from theory.hessian import rounding as closed
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.hessian.claims.edge import EdgeNetworks
from validations.hessian.claims.rounding import RoundedNetworks
from validations.hessian.edge import drawn, hessian, loss


def simulate(config: RoundedNetworks, keys: PRNGKeyArray) -> Measurement:
    """Mean rise of the loss at every spacing; offsets come in pairs that shift a weight's error to its opposite."""
    sizes = {name: getattr(config, name) for name in ("inputs", "width", "outputs", "examples")}
    network = EdgeNetworks(replicates=config.replicates, **sizes)

    def one(key: PRNGKeyArray) -> tuple[Array, Array]:
        for_network, for_offsets = jax.random.split(key)
        params, data = drawn(for_network, network)
        flat, unravel = ravel_pytree(params)
        shares = jax.random.uniform(for_offsets, (config.draws, flat.size))

        def rise(spacing: Array) -> Array:
            offsets = spacing * shares
            errors = jnp.round((flat - offsets) / spacing) * spacing + offsets - flat
            there = jax.lax.map(lambda e: loss(unravel(flat + e), data) + loss(unravel(flat - e), data), errors)
            return 0.5 * jnp.mean(there) - loss(params, data)

        return jnp.trace(hessian(params, data)), jax.lax.map(rise, jnp.asarray(config.spacings))

    traces, rises = quickly_compiled(jax.vmap(one))(keys)
    return Measurement(start={"trace": traces}, data={"rise": rises})


def _share(rise: Array, trace: Array, spacings: tuple[float, ...]) -> np.ndarray:
    """The rise over the square of the spacing and the trace."""
    return np.asarray(rise) / (np.asarray(spacings) ** 2 * np.asarray(trace)[:, None])


ROUNDING = Theory(
    inputs=lambda spacings: {"spacing": np.asarray(spacings)},
    observe=_share,
    predict=lambda spacing: closed.rounding_loss(1.0, spacing) / spacing**2,
    rivals={
        "one twelfth": lambda spacing: np.full(spacing.shape, 1 / 12),
        "one sixth": lambda spacing: np.full(spacing.shape, 1 / 6),
        "a tenth more": lambda spacing: np.full(spacing.shape, 1.1 / 24),
    },
    margin=lambda: 0.1 / 72,
    axes=lambda: Axes(x="spacing", x_label="spacing", x_scale="log", y_label="rise over spacing squared times trace"),
    rests_on=(closed.rounding_loss,),
)
