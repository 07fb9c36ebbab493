"""Cross-entropy of two sizes of classes as the penalty vanishes: the margins within both groups."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.collapse import blocks, cross_entropy, ridgeless
from theory.core.random_matrices import gaussian
from validations.collapse.claims.vanishing_ridge import Vanishing
from validations.collapse.search import descend
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory

MARGIN = 1e-4


def simulate(config: Vanishing, keys: PRNGKeyArray) -> Measurement:
    """Margins of small classes over those of large ones, at every penalty."""
    counts = jnp.asarray(np.repeat(config.counts, config.classes))
    K, large = len(counts), config.classes[0]

    def loss(factors: tuple[Array, Array], penalty: Array) -> Array:
        """Over the penalty, which keeps curvatures of order one; errors as such, so that small ones keep digits."""
        features, rows = factors
        logits = rows @ features
        gaps = jnp.where(jnp.eye(K, dtype=bool), -jnp.inf, logits - jnp.diag(logits)[None, :])
        fit = jnp.sum(counts * jax.nn.softplus(jax.nn.logsumexp(gaps, 0))) / jnp.sum(counts)
        return fit / penalty + 0.5 * (jnp.sum(counts[None, :] * features**2) + jnp.sum(rows**2))

    def ratio(key: PRNGKeyArray, penalty: Array) -> Array:
        first, second = jax.random.split(key)
        start = gaussian(first, config.width, K, 1.0), gaussian(second, K, config.width, 1.0)
        features, rows = descend(lambda f: loss(f, penalty), start, tolerance=1e-10).params
        logits = rows @ features
        return inner(logits[large:, large:]) / inner(logits[:large, :large])

    def replicate(key: PRNGKeyArray) -> Array:
        return jax.vmap(ratio)(jax.random.split(key, len(config.penalties)), jnp.asarray(config.penalties))

    return Measurement(start={}, data={"ratios": quickly_compiled(jax.vmap(replicate))(keys)})


def inner(block: Float[Array, "k k"]) -> Float[Array, ""]:
    """Mean own logit minus mean other logit within a group."""
    k = len(block)
    own = jnp.trace(block)
    return own / k - (jnp.sum(block) - own) / (k * (k - 1))


def _ratio(pair: tuple[int, int], n: np.ndarray, lam: np.ndarray) -> np.ndarray:
    found = blocks.block_logits(pair, n[:, None], lam)
    return np.asarray(found.minor / found.major)


def _first_order(pair: tuple[int, int], n: np.ndarray, lam: np.ndarray) -> np.ndarray:
    major, minor = np.asarray(ridgeless.margin_offsets(pair, n))
    return 1 - (minor - major) / np.log(1 / lam)


def _balanced(pair: tuple[int, int], n: np.ndarray, lam: np.ndarray) -> np.ndarray:
    """Each size by itself, at the mean weight of a sample that it has here."""
    share = lam * np.dot(pair, n) / (sum(pair) * n[:, None])
    major, minor = (
        np.asarray(cross_entropy.simplex_margin(sum(pair), float(size), weight))
        for size, weight in zip(n, share, strict=True)
    )
    return minor / major


SLOW_APPROACH = Theory(
    inputs=lambda classes, counts, penalties: {
        "pair": classes,
        "n": np.asarray(counts),
        "lam": np.asarray(penalties),
    },
    observe=lambda ratios: ratios,
    predict=_ratio,
    rivals={
        "limit reached": lambda lam: np.ones_like(lam),
        "first order": _first_order,
        "equal classes": _balanced,
    },
    margin=lambda: MARGIN,
    axes=lambda: Axes(
        x="lam",
        x_label="geometric mean of the penalties",
        y_label="margin of small classes over large",
        x_scale="log",
    ),
    rests_on=(blocks.block_logits,),
)
