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
    derived here, and those of two classes agree with what Galanti's notes on Luthra, Salunkhe and Galanti (2026) state.
    Nothing in it knows which classes a network was trained on.

    Args:
        distance_variances: V, its diagonal ignored.
        isotropic: p, the number of dimensions if the features of each class vary alike in all of p; else one.

    Raises:
        ValueError: fewer than two classes, variances below zero, fewer than one dimension.

    >>> round(center_error_bound(jnp.array([[0.0, 0.05], [0.05, 0.0]])).item(), 6)
    0.166667
    """
    V, p = _pairs(distance_variances), whole("isotropic", isotropic, least=1)
    share = 4 * V / (4 * V + p)
    return (jnp.sum(share) - jnp.trace(share)) / len(V)


@closed_form
def few_shot_error_bound(
    distance_variances: Float[ArrayLike, "K K"], shots: int, isotropic: int = 1
) -> Float[Array, ""]:
    r"""$\mathrm{err} \le \frac1K\sum_{i \ne j}\min\bigl(1,\ 4V_{ij}\,c\bigr)$, class means estimated from n shots each.

    $c = \min\bigl\{(1 + n^{-1/2})^2,\ (p^{-1/3} + n^{-1/3})^3\bigr\}$, at most $4(1/p + 1/n)$, which gives
    $16(K-1)(1/p + 1/n)$ times the mean of V, the form of Galanti, György and Hutter (2022) as we recall it: their
    text was not read.

    Derived here: let a and b be how far the two means are off, $\Delta$ the distance of the true ones. (1) An error
    needs $2|h - \mu_i| + a + b \ge \Delta$, and the root mean square of the left side is at most
    $2\sigma_i + (\sigma_i + \sigma_j)/\sqrt n$. (2) The border lies at least $(\Delta - a - b)/2$ away from $\mu_i$:
    Chebyshev for h across the border, where isotropic features have the variance $\sigma_i^2/p$, and for $a + b$, at
    the best threshold between. Both are averaged over i and j by concavity. As $n \to \infty$ it is
    `center_error_bound` without its denominator.

    Args:
        distance_variances: V, its diagonal ignored.
        shots: n, independent samples of each class.
        isotropic: p, the number of dimensions if the features of each class vary alike in all of p; else one.

    Raises:
        ValueError: fewer than two classes, variances below zero, fewer than one shot or dimension.

    >>> V = jnp.array([[0.0, 0.01], [0.01, 0.0]])
    >>> [round(few_shot_error_bound(V, n).item(), 6) for n in (1, 25)]
    [0.16, 0.0576]
    """
    V, n, p = _pairs(distance_variances), whole("shots", shots, least=1), whole("isotropic", isotropic, least=1)
    factor = min((1 + n**-0.5) ** 2, (p ** (-1 / 3) + n ** (-1 / 3)) ** 3)
    share = jnp.minimum(1.0, 4 * V * factor)
    return (jnp.sum(share) - jnp.trace(share)) / len(V)


def _pairs(distance_variances: Float[ArrayLike, "K K"]) -> Array:
    V = finite("distance_variances", distance_variances)
    if V.ndim != 2 or V.shape[0] != V.shape[1] or len(V) < 2:
        raise ValueError(
            f"distance_variances have shape {V.shape} but must be square, with a row for each of 2 classes"
        )
    return within("distance_variances", V, V >= 0, "numbers at or above zero")
