r"""Cross-entropy on features that cannot be negative, as behind a ReLU: orthogonal means for any class sizes.

Free features $H \ge 0$ and one layer without bias, penalties $\lambda_W, \lambda_H$ as in `cross_entropy`. Means of
different classes are orthogonal and every class has a margin of its own; rows are the means, rescaled and then
centered (Dang et al. 2024, 2401.02058; the formulas below derived here from that structure).
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.collapse.domain import single, sizes
from theory.core.closed_form import closed_form


@closed_form
def rectified_margins(
    counts: Float[ArrayLike, " K"], layer_penalty: Float[ArrayLike, ""], feature_penalty: Float[ArrayLike, ""]
) -> Float[Array, " K"]:
    r"""Own logit minus every other: $t_k = \log\bigl((K-1)(1/\rho_k - 1)\bigr)_{\ge 1}$.

    $\rho_k = N\sqrt{\lambda_W\lambda_H(1 - 1/K)/n_k}$ is the probability that falls on other classes. A class is gone
    if $N\sqrt{\lambda_W\lambda_H} \ge \sqrt{n_k (1 - 1/K)}$: earlier than small classes merge with free signs.

    Raises:
        ValueError: fewer than two classes, sizes or penalties at or below zero.

    >>> [round(t, 6) for t in rectified_margins(jnp.array([20.0, 10.0, 5.0, 5.0]), 5e-3, 1e-3).tolist()]
    [5.137004, 4.783103, 4.426074, 4.426074]
    """
    n, lam_w, lam_h = _inputs(counts, layer_penalty, feature_penalty)
    K = len(n)
    rho = jnp.sum(n) * jnp.sqrt(lam_w) * jnp.sqrt(lam_h) * jnp.sqrt((1 - 1 / K) / n)
    odds = (K - 1) * (1 / rho - 1)
    return jnp.where(odds > 1, jnp.log(jnp.where(odds > 1, odds, 1.0)), jnp.where(jnp.isnan(odds), odds, 0.0))


@closed_form
def rectified_lengths(
    counts: Float[ArrayLike, " K"], layer_penalty: Float[ArrayLike, ""], feature_penalty: Float[ArrayLike, ""]
) -> Float[Array, " K"]:
    r"""Squared lengths of the class means, $|\bar h_k|^2 = t_k\sqrt{\lambda_W(1 - 1/K)/(\lambda_H n_k)}$.

    >>> [round(x, 6) for x in rectified_lengths(jnp.array([20.0, 10.0, 5.0, 5.0]), 5e-3, 1e-3).tolist()]
    [2.224388, 2.92904, 3.833092, 3.833092]
    """
    n, lam_w, lam_h = _inputs(counts, layer_penalty, feature_penalty)
    t = rectified_margins(n, lam_w, lam_h)
    return t * jnp.sqrt(lam_w / lam_h) * jnp.sqrt((1 - 1 / len(n)) / n)


@closed_form
def rectified_loss(
    counts: Float[ArrayLike, " K"], layer_penalty: Float[ArrayLike, ""], feature_penalty: Float[ArrayLike, ""]
) -> Float[Array, ""]:
    r"""The least value, $\sum_k \frac{n_k}N\log(1 + (K-1)e^{-t_k}) + t_k\sqrt{\lambda_W\lambda_H n_k(1 - 1/K)}$.

    >>> round(rectified_loss(jnp.array([20.0, 10.0, 5.0, 5.0]), 5e-3, 1e-3).item(), 8)
    0.135859
    """
    n, lam_w, lam_h = _inputs(counts, layer_penalty, feature_penalty)
    t, K = rectified_margins(n, lam_w, lam_h), len(n)
    price = jnp.sqrt(lam_w) * jnp.sqrt(lam_h) * jnp.sqrt(n * (1 - 1 / K))
    return jnp.sum(n / jnp.sum(n) * jnp.log1p((K - 1) * jnp.exp(-t)) + price * t)


def _inputs(
    counts: Float[ArrayLike, " K"], layer_penalty: Float[ArrayLike, ""], feature_penalty: Float[ArrayLike, ""]
) -> tuple[Array, Array, Array]:
    n = sizes(counts)
    lam_w, lam_h = single("layer_penalty", layer_penalty), single("feature_penalty", feature_penalty)
    return n, lam_w.astype(n.dtype), lam_h.astype(n.dtype)
