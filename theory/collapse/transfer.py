r"""What a small class-distance normalized variance guarantees: few errors of the nearest class mean."""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, whole, within


@closed_form
def center_error_bound(distance_variances: Float[ArrayLike, "K K"], isotropic: int = 1) -> Float[Array, ""]:
    r"""$\mathrm{err} \le \frac1K \sum_{i \ne j} \frac{4V_{ij}/p}{1 + 4V_{ij}/p}$: errors of the nearest class mean.

    Of features with class-distance normalized variances V (`theory.collapse.metrics.class_distance_variances`), classes
    equally likely, means exact. A sample is given to j if its part along $\mu_j - \mu_i$ exceeds half the distance,
    which a variance v along that line allows with probability $4v/(4v + |\mu_i - \mu_j|^2)$ at most (Cantelli); the two
    classes' average is at most that of their mean variance, the function being concave. Two classes of two values each
    attain it. At most $4(K-1)$ times the mean of V, the form of Galanti, György and Hutter (2022); the constants are
    derived here. Nothing in it knows which classes a network was trained on.

    Args:
        distance_variances: V, its diagonal ignored.
        isotropic: p, the number of dimensions if the features of each class vary alike in all of p; else one.

    Raises:
        ValueError: fewer than two classes, variances below zero, fewer than one dimension.

    >>> round(center_error_bound(jnp.array([[0.0, 0.05], [0.05, 0.0]])).item(), 6)
    0.166667
    """
    V, p = finite("distance_variances", distance_variances), whole("isotropic", isotropic, least=1)
    if V.ndim != 2 or V.shape[0] != V.shape[1] or len(V) < 2:
        raise ValueError(
            f"distance_variances have shape {V.shape} but must be square, with a row for each of 2 classes"
        )
    V = within("distance_variances", V, V >= 0, "numbers at or above zero")
    share = 4 * V / (4 * V + p)
    return (jnp.sum(share) - jnp.trace(share)) / len(V)
