"""Linear encoders of two sampled views, trained on a contrastive loss, and what they turn out to keep."""

import jax
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from theory.core.random_matrices import haar_orthogonal
from theory.information import two_views as closed
from validations.core.programs import one_program, quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.information.claims.two_views import Views

OPTIMUM = one_program(closed.contrastive_optimum)


def simulate(config: Views, keys: PRNGKeyArray) -> Measurement:
    """Loss on new views, and information about the content and about the other view, of each trained encoder."""
    draw = quickly_compiled(jax.vmap(lambda key: drawn(config, key)))
    mixes, content, noise, start = (np.asarray(a) for a in draw(keys))
    rho, scale = np.asarray(config.agreements), np.asarray(config.variances) ** 0.5
    mixes = mixes * scale
    views = [(rho**0.5 * content + (1 - rho) ** 0.5 * noise[:, i]) @ mixes.swapaxes(1, 2) for i in (0, 1)]
    encoder = descend(config, start, *sampled(*views))
    through = encoder @ mixes
    square, given, rest = (through * v @ through.swapaxes(1, 2) for v in (np.ones_like(rho), 1 - rho, 1 - rho**2))
    loss = -2 * np.trace(square - given, axis1=1, axis2=2) + (square**2).sum(axis=(1, 2))
    total, *left = (np.linalg.slogdet(c)[1] / 2 for c in (square, given, rest))
    kept = [loss, *(total - part for part in left)]
    return Measurement(start={}, data={"kept": np.stack(kept, axis=1)})


def drawn(config: Views, key: PRNGKeyArray) -> tuple[Array, ...]:
    k, d, n = jax.random.split(key, 4), len(config.agreements), config.samples
    normal = jax.random.normal
    start = 0.1 * normal(k[3], (config.units, d))
    return haar_orthogonal(k[0], d), normal(k[1], (n, d)), normal(k[2], (2, n, d)), start


def sampled(a: Float[np.ndarray, "r n d"], b: Float[np.ndarray, "r n d"]) -> tuple[np.ndarray, np.ndarray]:
    """Covariance of one view and of both, as of pairs in either order."""
    own, cross = (a.swapaxes(1, 2) @ a + b.swapaxes(1, 2) @ b) / 2, a.swapaxes(1, 2) @ b
    return own / a.shape[1], (cross + cross.swapaxes(1, 2)) / (2 * a.shape[1])


def descend(config: Views, w: np.ndarray, own: np.ndarray, cross: np.ndarray) -> np.ndarray:
    """Gradient descent on the contrastive loss of linear encoders."""
    for _ in range(config.steps):
        seen = w @ own
        w = w + config.step * (w @ cross - seen @ w.swapaxes(1, 2) @ seen)
    return w


def _by_variance(agreements, variances, units) -> np.ndarray:
    chosen = np.argsort(variances)[::-1][:units]
    return np.asarray(OPTIMUM(np.asarray(agreements)[chosen], units))


def _views_for_content(agreements, units) -> np.ndarray:
    loss, _, shared = np.asarray(OPTIMUM(np.asarray(agreements), units))
    return np.array([loss, shared, shared])


KEPT = Theory(
    observe=lambda kept: kept,
    predict=lambda agreements, units: OPTIMUM(np.asarray(agreements), units),
    rivals={
        "one unit more": lambda agreements, units: OPTIMUM(np.asarray(agreements), units + 1),
        "largest variance": _by_variance,
        "views for content": _views_for_content,
    },
    margin=lambda: 0.06,
    axes=lambda: Axes(
        y_label="loss, information in nats", series=("loss", "about the content", "about the other view")
    ),
    rests_on=(closed.contrastive_optimum,),
)
