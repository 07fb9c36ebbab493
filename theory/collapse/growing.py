r"""Classes that come later: a simplex that grows, and what fewer concepts than classes explain of collapsed features.

A classifier held at a simplex of K' rows, with rows for classes that are still to come, never moves: under it every
class has the margin `theory.collapse.mixup.pure_margin` of K' classes, whatever its size and whoever else is there (the
head of Yang et al. 2023). A learned one has to move; a factorization into few concepts cannot keep all classes.
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, whole, within


@closed_form
def grown_simplex_distance(classes: int, added: int) -> Float[Array, ""]:
    r"""$2K(1 - a)$, $a^2 = \frac{(K-1)K'}{K(K'-1)}$: the least squared distance by which a simplex of K moves to grow.

    Between K unit vectors of a simplex and any K of the $K' = K + m$ of a larger one, the nearer rotation taken; each
    splits as $u_k = a s_k + \sqrt{1-a^2}\,e$ with one new direction e common to all (derived here). At most
    $2K(1 - \sqrt{1 - 1/K})$, about one, for any number of new classes: few old ones move little.

    Raises:
        ValueError: fewer than two classes, or added ones below zero.

    >>> round(grown_simplex_distance(4, 2).item(), 6), grown_simplex_distance(4, 0).item()
    (0.410534, 0.0)
    """
    K, m = whole("classes", classes, least=2), whole("added", added, least=0)
    # 1 - a without cancelling: 1 - a^2 = m/(K(K' - 1))
    rest = jnp.asarray(m / (K * (K + m - 1)), jnp.result_type(float))
    return 2 * K * rest / (1 + jnp.sqrt(1 - rest))


@closed_form
def concept_error(weights: Float[ArrayLike, " K"], concepts: int) -> Float[Array, ""]:
    r"""$\sum$ of the $K - r$ smallest $n_k|\mu_k|^2$: what r concepts leave of collapsed features that are orthogonal.

    Concept factorization (Xu and Gong 2004) writes features as $H \approx HUV^\top$ with U and V at or above zero:
    concepts are mixtures of samples and samples mixtures of concepts. On collapsed features with orthogonal class
    means, as behind a ReLU, its least squared error is that of any factorization of rank r (Eckart and Young): the best
    concepts are the means of the heaviest classes, and the lightest are not merged but lost (derived here).

    Args:
        weights: $n_k|\mu_k|^2$ of every class.
        concepts: r, at least one.

    Raises:
        ValueError: weights below zero, or fewer than one concept.

    >>> concept_error(jnp.array([4.0, 1.0, 3.0]), 2).item()
    1.0
    """
    n = finite("weights", weights)
    if n.ndim != 1 or not len(n):
        raise ValueError(f"weights have shape {n.shape} but must be a vector with one for each class; vmap over others")
    n = within("weights", n, n >= 0, "numbers at or above zero")
    lost = jnp.sum(jnp.sort(n)[: max(len(n) - whole("concepts", concepts, least=1), 0)])
    return jnp.where(jnp.isnan(n).any(), jnp.nan, lost)  # which a sort puts last
