r"""Coding rates of features and the reduction that classes bring, with its exact optimum.

$R(Z) = \frac12 \log\det\bigl(1 + \frac{d}{n\epsilon^2} ZZ^\top\bigr)$ for n features of d coordinates in columns, and
$\Delta R = R(Z) - \sum_j \frac{n_j}{n} R(Z_j)$ over classes (Yu et al. 2020, arXiv 2006.08558). It is to be maximized
with class norms $|Z_j|_F^2 = n_j$.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, Int

from theory.core.closed_form import closed_form
from theory.core.domain import one_matrix, plain_number, whole, within
from theory.deep_linear.arguments import matrices
from theory.information.arguments import host_integers

FINEST = 1e-150  # distortion, whose square is no smaller than numbers go
SUM = 1e-5  # how far weights may sum from one, the rounding of single precision


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
def rate_reduction(
    features: Float[ArrayLike, "..."], distortion: float, labels: Int[ArrayLike, "..."] | None = None
) -> Float[Array, ""]:
    r"""$\Delta R$ in nats of classes of any sizes :cite:p:`yu2020`.

    Args:
        features: (coordinates, n) with labels; without, (classes, coordinates, features of a class), classes of equal
            size.
        distortion: epsilon.
        labels: whole numbers from 0, one a feature; a number that is not used is no class.

    Raises:
        ValueError: a distortion at or below zero, features that are not finite, labels that are not as many.

    >>> round(float(rate_reduction(jnp.eye(2)[:, :, None], 1.0)), 6)
    0.143841
    >>> round(float(rate_reduction(jnp.eye(3)[:2], 1.0, labels=jnp.array([0, 1, 1]))), 6)
    0.096675
    """
    if labels is not None:
        return _labeled(one_matrix("features", features), distortion, labels)
    z = matrices("features", features)
    if z.ndim != 3 or not len(z):
        raise ValueError(f"features have shape {z.shape}; give (classes, coordinates, features of a class) or labels")
    classes = sum(coding_rate(c, distortion) for c in z) / len(z)
    return coding_rate(jnp.concatenate(list(z), axis=1), distortion) - classes


def _labeled(z: Float[Array, "d n"], distortion: float, labels: Int[ArrayLike, "..."]) -> Float[Array, ""]:
    y = host_integers("labels", labels)
    if y.shape != z.shape[1:]:
        raise ValueError(f"labels have shape {y.shape}, but there must be one for each of the {z.shape[1]} features")
    parts = [np.flatnonzero(y == label) for label in np.unique(y)]
    classes = sum(len(part) / len(y) * coding_rate(z[:, part], distortion) for part in parts)
    return coding_rate(z, distortion) - classes


@closed_form
def soft_rate_reduction(
    features: Float[ArrayLike, "..."], memberships: Float[ArrayLike, "..."], distortion: float
) -> Float[Array, ""]:
    r"""$\Delta R$ in nats where each feature belongs to every class by a weight :cite:p:`yu2020`.

    $$R(Z) - \sum_j \frac{n_j}{2n} \log\det\Bigl(1 + \frac{d}{n_j \epsilon^2} Z \Pi_j Z^\top\Bigr), \qquad
    n_j = \operatorname{tr} \Pi_j$$

    with the weights of class j on the diagonal of $\Pi_j$; `rate_reduction` with labels where they are 0 and 1. Zero
    where all classes weigh every feature alike, and never below zero: $-\log\det$ is convex.

    Args:
        features: one a column.
        memberships: weights at or above zero that sum to one over the classes.
        distortion: epsilon.

    Raises:
        ValueError: a distortion at or below zero, features that are not finite, weights below zero or with other sums.

    >>> round(float(soft_rate_reduction(jnp.eye(2), jnp.eye(2), 1.0)), 6)
    0.143841
    """
    z, w = one_matrix("features", features), one_matrix("memberships", memberships)
    if w.shape[1] != z.shape[1]:
        raise ValueError(
            f"memberships have shape {w.shape}, but there must be a column for each of {z.shape[1]} features"
        )
    w = within("memberships", w, w >= 0, "weights at or above zero")
    total = jnp.sum(w, axis=0)
    within("sum over classes", total, jnp.abs(total - 1) < SUM, "sums of one", "divide each column by its sum")
    rates = [_weighted_rate(z, weights, distortion) for weights in w]
    return coding_rate(z, distortion) - sum(rates)


def _weighted_rate(z: Float[Array, "d n"], weights: Float[Array, " n"], distortion: float) -> Float[Array, ""]:
    """The share of one class, nothing for a class without weight."""
    (d, n), most = z.shape, jnp.max(weights)
    share = weights / jnp.where(most > 0, most, 1.0)  # of the largest: tiny weights leave no trace otherwise
    scaled = z * jnp.sqrt(share / jnp.where(most > 0, jnp.sum(share), 1.0))[None]
    singular = jnp.linalg.svd(scaled, compute_uv=False) / plain_number("distortion", distortion, above=0)
    return 0.5 * jnp.sum(weights) / n * jnp.sum(jnp.log1p(d * singular**2))


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
