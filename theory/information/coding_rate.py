r"""Coding rates of features and the reduction that classes bring, with its exact optimum.

$R(Z) = \frac12 \log\det\bigl(1 + \frac{d}{n\epsilon^2} ZZ^\top\bigr)$ for n features of d coordinates in columns, and
$\Delta R = R(Z) - \sum_j \frac{n_j}{n} R(Z_j)$ over classes (Yu et al. 2020, arXiv 2006.08558). It is to be maximized
with class norms $|Z_j|_F^2 = n_j$.
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import one_matrix, plain_number, whole
from theory.deep_linear.arguments import matrices

FINEST = 1e-150  # distortion, whose square is no smaller than numbers go


@closed_form
def coding_rate(features: Float[ArrayLike, "..."], distortion: float) -> Float[Array, ""]:
    r"""The rate R in nats, from singular values by log1p :cite:p:`yu2020`.

    Raises:
        ValueError: a distortion at or below zero, features that are not finite.

    >>> round(float(coding_rate(jnp.eye(2), 1.0)), 6)
    0.693147
    """
    z = one_matrix("features", features)
    d, n = z.shape
    singular = jnp.linalg.svd(z, compute_uv=False) / plain_number("distortion", distortion, above=0)
    return 0.5 * jnp.sum(jnp.log1p(d / n * singular**2))


@closed_form
def rate_reduction(features: Float[ArrayLike, "..."], distortion: float) -> Float[Array, ""]:
    r"""$\Delta R$ in nats of classes of equal size :cite:p:`yu2020`.

    Raises:
        ValueError: a distortion at or below zero, features that are not finite.

    >>> round(float(rate_reduction(jnp.eye(2)[:, :, None], 1.0)), 6)
    0.143841
    """
    z = matrices("features", features)
    if z.ndim != 3 or not len(z):
        raise ValueError(f"features have shape {z.shape}; give (classes, coordinates, features of a class)")
    classes = sum(coding_rate(c, distortion) for c in z) / len(z)
    return coding_rate(jnp.concatenate(list(z), axis=1), distortion) - classes


@closed_form
def orthogonal_rate_reduction(classes: int, coordinates: int, rank: int, distortion: float) -> Float[Array, ""]:
    r"""$\Delta R$ in nats of K classes in mutually orthogonal subspaces of rank r, equal singular values in each.

    $$\frac{Kr}2 \log\Bigl(1 + \frac{d}{K\epsilon^2 r}\Bigr) - \frac r2 \log\Bigl(1 + \frac{d}{\epsilon^2 r}\Bigr)$$

    The maximum over features for the largest rank with $Kr \le d$, at small distortion :cite:p:`yu2020`; the value
    derived here. Rank one is orthogonal collapse.

    Raises:
        ValueError: K r above d, a count below one, a distortion at or below zero.

    >>> round(float(orthogonal_rate_reduction(2, 6, 3, 0.5)), 6)
    1.532477
    """
    k, d, r = (
        whole("classes", classes, least=1),
        whole("coordinates", coordinates, least=1),
        whole("rank", rank, least=1),
    )
    if k * r > d:
        raise ValueError(f"{k} orthogonal subspaces of rank {r} do not fit into {d} coordinates; lower the rank")
    distortion = plain_number("distortion", distortion, above=FINEST)
    snr = d / r / distortion / distortion
    return jnp.asarray(r / 2) * (k * jnp.log1p(snr / k) - jnp.log1p(jnp.asarray(snr)))


@closed_form
def simplex_rate_reduction(classes: int, coordinates: int, distortion: float) -> Float[Array, ""]:
    r"""$\Delta R$ in nats of classes collapsed to the K vertices of a regular simplex: neural collapse.

    $$\frac{K-1}2 \log\Bigl(1 + \frac{d}{(K-1)\epsilon^2}\Bigr) - \frac12 \log\Bigl(1 + \frac d{\epsilon^2}\Bigr)$$

    Derived here. Below even the orthogonal frame, `orthogonal_rate_reduction` at rank one: rate reduction does not
    prefer collapse.

    Raises:
        ValueError: fewer than two classes, coordinates below K - 1, a distortion at or below zero.

    >>> round(float(simplex_rate_reduction(4, 32, 0.5)), 6)
    3.234971
    """
    k, d = whole("classes", classes, least=2), whole("coordinates", coordinates, least=1)
    if d < k - 1:
        raise ValueError(f"a simplex of {k} vertices needs {k - 1} coordinates, not {d}")
    distortion = plain_number("distortion", distortion, above=FINEST)
    snr = jnp.asarray(d / distortion / distortion)
    return 0.5 * ((k - 1) * jnp.log1p(snr / (k - 1)) - jnp.log1p(snr))
