r"""The limit of vanishing ridge under cross-entropy, and how slowly it comes: one over the logarithm of the penalty.

As $\lambda = \sqrt{\lambda_W\lambda_H} \to 0$ the logits diverge in one direction, $Z/|Z| \to (I - J/K)/\sqrt{K-1}$
with a column a class, for any class sizes: simplex-encoded labels (SELI; Thrampoulidis, Kini, Vakilian and Behnia
2022). The factors are those of $(I - J/K)D^{1/2}$: classifier and means are a simplex for balanced classes only.
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.collapse.domain import pair, positive, sizes
from theory.core.closed_form import closed_form


@closed_form
def ridgeless_classifier(counts: Float[ArrayLike, " K"]) -> Float[Array, "K K"]:
    r"""Cosines of the classifier rows in the limit: $WW^\top \propto \bigl((I-J/K)D(I-J/K)\bigr)^{1/2}$.

    Two sizes, half of the classes each (STEP), with ratio R and $\nu = \sqrt{(R+1)/2}$: cosines
    $(\nu - 2\sqrt R)/(\sqrt R(K-2) + \nu)$ among large and $(\nu - 2)/(K - 2 + \nu)$ among small classes.

    Raises:
        ValueError: fewer than two classes, or sizes at or below zero.

    >>> c = ridgeless_classifier(jnp.repeat(jnp.array([10.0, 1.0]), 5))
    >>> round(c[0, 1].item(), 6), round(c[8, 9].item(), 6)
    (-0.143953, 0.033369)
    """
    u, s, _ = _factors(counts)
    return _cosines((u * s[None]) @ u.T)


@closed_form
def ridgeless_means(counts: Float[ArrayLike, " K"]) -> Float[Array, "K K"]:
    r"""Cosines of the class means in the limit, with the class sizes D:

    $$\bar H^\top\bar H \propto D^{-1/2}\bigl(D^{1/2}(I-J/K)D^{1/2}\bigr)^{1/2}D^{-1/2}.$$

    >>> round(ridgeless_means(jnp.ones(4))[0, 1].item(), 6)  # balanced: a simplex
    -0.333333
    """
    _, s, right = _factors(counts)
    return _cosines((right.T * s[None]) @ right)


@closed_form
def margin_offsets(classes: tuple[int, int], counts: Float[ArrayLike, " 2"]) -> Float[Array, " 2"]:
    r"""Two class sizes: how far margins within blocks stay behind $\log(1/\lambda)$, $\alpha = \log(1/\lambda) - c$.

    $k_A$ classes of $n_A$ samples, $k_B$ of $n_B$, K and N in all. Stationarity on the limiting direction gives

    $$c_A = \log\Bigl[\frac{N}{k_A}\Bigl(\frac{1}{\sqrt{n_A}} - \frac{k_B}{\sqrt{K(n_A k_B + n_B k_A)}}\Bigr)\Bigr]$$

    and $c_B$ with A and B exchanged (derived here). Hence $\alpha_B/\alpha_A = 1 - (c_B - c_A)/\log(1/\lambda)$ to
    first order: the symmetric limit is approached logarithmically, and no comparison at one penalty sees it. The
    offsets themselves are reached to order $1/\log(1/\lambda)$.

    Raises:
        ValueError: fewer than two classes in a block (it has no margin within), or sizes at or below zero.

    >>> c = margin_offsets((5, 5), jnp.array([10.0, 1.0]))
    >>> round((c[1] - c[0]).item(), 6)
    2.032982
    """
    (k, m), n = pair(classes, least=(2, 2)), positive("counts", counts)
    if n.shape != (2,):
        raise ValueError(f"counts of shape {n.shape} must be a pair, the sizes of large and of small classes")
    big, small, N = n[0], n[1], k * n[0] + m * n[1]
    between = jnp.sqrt((k + m) * (big * m + small * k))
    major = _gap(big, m, between) * N / k
    minor = _gap(small, k, between) * N / m
    return jnp.log(jnp.stack([major, minor]))


def _gap(n: Array, other: int, between: Array) -> Array:
    """1/sqrt(n) - other/between, without cancellation where the other block's sizes are far larger."""
    return (between**2 - other**2 * n) / (jnp.sqrt(n) * between * (between + other * jnp.sqrt(n)))


def _factors(counts: Float[ArrayLike, " K"]) -> tuple[Array, Array, Array]:
    n = sizes(counts)
    target = (jnp.eye(len(n), dtype=n.dtype) - 1 / len(n)) * jnp.sqrt(n)[None, :]
    u, s, right = jnp.linalg.svd(target)
    return u, s.at[-1].set(0.0), right / jnp.sqrt(n)[None, :]


def _cosines(gram: Array) -> Array:
    length = jnp.sqrt(jnp.diag(gram))
    return gram / (length[:, None] * length[None, :])
