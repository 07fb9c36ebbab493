"""Features of unequal classes with a penalized bias under squared error, watched until they use all directions."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from theory.collapse import phases, ridged_bias
from theory.core.random_matrices import gaussian
from validations.collapse.claims.bias_opening import Opening
from validations.collapse.minority import penalties_of
from validations.collapse.search import descend
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory

CLOSED = 1e-3  # least singular value of the class means, over the largest


def simulate(config: Opening, keys: PRNGKeyArray) -> Measurement:
    """The bracket of the bias's penalty at which the class means become independent."""
    counts, K = jnp.asarray(config.counts), len(config.counts)
    grid = penalties_of(config.lowest, config.ratio, config.points)

    def loss(params: tuple[Array, Array, Array], bias_penalty: Array) -> Array:
        features, rows, bias = params
        away = rows @ features + bias[:, None] - jnp.eye(K)
        fit = jnp.sum(counts[None, :] * away**2) / (2 * jnp.sum(counts))
        ridge = jnp.sum(counts[None, :] * features**2) + jnp.sum(rows**2)
        return fit + config.penalty / 2 * ridge + bias_penalty / 2 * jnp.sum(bias**2)

    def least(key: PRNGKeyArray, bias_penalty: Array) -> Array:
        first, second = jax.random.split(key)
        start = gaussian(first, config.width, K, 1.0), gaussian(second, K, config.width, 1.0), jnp.zeros(K)
        return descend(lambda p: loss(p, bias_penalty), start).params[0]

    def replicate(key: PRNGKeyArray) -> Array:
        return jax.vmap(least)(jax.random.split(key, len(grid)), jnp.asarray(grid))

    values = np.linalg.svd(np.asarray(quickly_compiled(jax.vmap(replicate))(keys)), compute_uv=False)
    sizes = values[..., -1] / values[..., 0]
    last = np.where(sizes < CLOSED, grid, -np.inf).max(1)
    return Measurement(
        start={},
        data={"sizes": sizes, "bracket": np.stack([last, np.where(sizes < CLOSED, np.inf, grid).min(1)], 1)},
    )


def _opening(counts: tuple[float, ...], penalty: float) -> float:
    return float(phases.bias_opening(np.asarray(counts), penalty))


UNEQUAL_OPENING = Theory(
    inputs=lambda counts, penalty: {"n": np.asarray(counts), "lam": penalty},
    observe=lambda bracket: bracket,
    predict=lambda n, lam: phases.bias_opening(n, lam),
    rivals={
        "equal classes": lambda n, lam: float(ridged_bias.opening_penalty(len(n), float(n.mean()), lam)),
        "no shrinking": lambda n, lam: lam * np.sqrt(n).sum(),
        "weakest class": lambda n, lam: lam * n.sum() / (np.sqrt(n) - n.sum() * lam).min(),
    },
    margin=lambda counts, penalty: 0.02 * _opening(counts, penalty),
    axes=lambda: Axes(y_label="penalty of the bias at which the frame opens"),
    rests_on=(phases.bias_opening,),
)
