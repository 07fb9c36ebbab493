r"""Global minimizers of unconstrained features under cross-entropy: balanced classes, and frames of deep linear heads.

Features H (d x N) and layers $W_M \cdots W_1$ are trained freely on
$\frac1N\sum_i \mathrm{CE}(W_M\cdots W_1 h_i, y_i) + \sum_m \frac{\lambda_m}2 |W_m|_F^2 + \frac{\lambda_H}2 |H|_F^2$.
The factors of logits Z cost at least $\frac{M+1}2 \bigl(\lambda_H\prod_m\lambda_m\bigr)^{1/(M+1)} \sum_i
\sigma_i(Z)^{2/(M+1)}$, with equality for balanced factors and widths of at least the rank. With n samples in each of K
classes, logits of class columns C have singular values $\sqrt n\,\sigma_i(C)$.
"""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.collapse.domain import layers, positive, single
from theory.core.closed_form import closed_form
from theory.core.domain import whole

GRID = 4096
NEWTON = 12


@closed_form
def factor_penalty(layer_penalties: Float[ArrayLike, " M"], feature_penalty: Float[ArrayLike, ""]) -> Float[Array, ""]:
    r"""$\frac{M+1}{2}\bigl(\lambda_H \prod_m \lambda_m\bigr)^{1/(M+1)}$: the price of $\sum_i \sigma_i^{2/(M+1)}$.

    For M = 1 it is $\lambda_Z = \sqrt{\lambda_W\lambda_H}$, the price of the nuclear norm.

    Raises:
        ValueError: penalties at or below zero.

    >>> round(factor_penalty(jnp.array([4e-3]), 1e-3).item(), 9)
    0.002
    """
    lam, lam_h = layers(layer_penalties), positive("feature_penalty", feature_penalty)
    M = len(lam)
    return (M + 1) / 2 * jnp.exp((jnp.sum(jnp.log(lam)) + jnp.log(lam_h).astype(lam.dtype)) / (M + 1))


@closed_form
def simplex_margin(
    classes: int, samples_per_class: Float[ArrayLike, ""], product_penalty: Float[ArrayLike, "*batch"]
) -> Float[Array, "*batch"]:
    r"""M = 1: the least loss has logits $t\,(I - J/K)$ with $t = \log\bigl(1/(\sqrt n\lambda_Z) - (K-1)\bigr)_{\ge 1}$.

    The margin of every sample's own class over every other; 0 (all vanishes) if $K\sqrt n\,\lambda_Z \ge 1$, the same
    threshold as under squared error. $|w_k|^2 = \sqrt{n\lambda_H/\lambda_W}\,t\,(1 - 1/K)$ and
    $h = \sqrt{\lambda_W/(n\lambda_H)}\,w$; a penalized bias stays 0. No other local minimum (Zhu et al. 2021).

    Raises:
        ValueError: fewer than two classes, sizes or penalties at or below zero.

    >>> round(simplex_margin(4, 10.0, 5e-6**0.5).item(), 6)
    4.930302
    """
    K, root_n = whole("classes", classes, least=2), jnp.sqrt(positive("samples_per_class", samples_per_class))
    lam = positive("product_penalty", product_penalty)
    odds = 1 / (root_n.astype(lam.dtype) * lam) - (K - 1)
    return jnp.where(odds > 1, jnp.log(jnp.where(odds > 1, odds, 1.0)), jnp.where(jnp.isnan(odds), odds, 0.0))


@closed_form
def simplex_loss(
    classes: int, samples_per_class: Float[ArrayLike, ""], product_penalty: Float[ArrayLike, "*batch"]
) -> Float[Array, "*batch"]:
    r"""M = 1: the least value, $\log(1 + (K-1)e^{-t}) + \lambda_Z (K-1)\sqrt n\,t$ at `simplex_margin`.

    >>> round(simplex_loss(4, 10.0, 5e-6**0.5).item(), 8)
    0.12602894
    """
    t = simplex_margin(classes, samples_per_class, product_penalty)
    lam = jnp.asarray(product_penalty, t.dtype)
    price = lam * (classes - 1) * jnp.sqrt(jnp.asarray(samples_per_class, t.dtype))
    return jnp.log1p((classes - 1) * jnp.exp(-t)) + price * t


@closed_form
def merging_penalty(count: Float[ArrayLike, "*batch"], samples: Float[ArrayLike, ""]) -> Float[Array, "*batch"]:
    r"""M = 1, no bias: classes of size $n_B$ become one when $\sqrt{\lambda_W\lambda_H} \ge \sqrt{n_B}/N$.

    Two or more classes of equal size $n_B$ then share one mean and one classifier row: minority collapse under
    cross-entropy, at the number where under squared error a class vanishes. It does not depend on the other classes
    nor on the margins: the gradient of the loss in the directions that tell the $n_B$-classes apart is
    $-\frac{\sqrt{n_B}}{N}(I - J/k_B)$ when they coincide, against a nuclear norm of weight $\lambda_Z$ (derived here
    from the convex form of Hong and Ling 2023; phenomenon by Fang et al. 2021).

    Raises:
        ValueError: sizes at or below zero.

    >>> round(merging_penalty(jnp.array(5.0), 50.0).item(), 7)
    0.0447214
    """
    n = positive("count", count)
    return jnp.sqrt(n) / positive("samples", samples).astype(n.dtype)


@closed_form
def deep_simplex_loss(
    classes: int,
    samples_per_class: Float[ArrayLike, ""],
    layer_penalties: Float[ArrayLike, " M"],
    feature_penalty: Float[ArrayLike, ""],
) -> Float[Array, ""]:
    r"""Least loss among simplex logits $t(I - J/K)$, $\log(1 + (K-1)e^{-t}) + c\,(K-1)(\sqrt n\,t)^{2/(M+1)}$ over t.

    The global minimum for M = 1. For $M \ge 2$ the K - 1 equal singular values are dear: see `deep_pair_loss`.

    Raises:
        ValueError: fewer than two classes, sizes or penalties at or below zero.

    >>> round(deep_simplex_loss(4, 10.0, jnp.array([5e-3, 5e-3, 5e-3]), 1e-3).item(), 7)
    0.0947965
    """
    K, n = whole("classes", classes, least=2), single("samples_per_class", samples_per_class)
    single("feature_penalty", feature_penalty)
    price, M = factor_penalty(layer_penalties, feature_penalty), len(jnp.asarray(layer_penalties))
    return _least(price * (K - 1) * n.astype(price.dtype) ** (1 / (M + 1)), 2 / (M + 1), K - 1, 0)


@closed_form
def deep_pair_loss(
    classes: int,
    samples_per_class: Float[ArrayLike, ""],
    layer_penalties: Float[ArrayLike, " M"],
    feature_penalty: Float[ArrayLike, ""],
) -> Float[Array, ""]:
    r"""Least loss among pair logits, $t\begin{psmallmatrix}1&-1\\-1&1\end{psmallmatrix}$ on K/2 pairs of classes.

    $\log(1 + (K-2)e^{-t} + e^{-2t}) + c\,\frac K2 (2\sqrt n\,t)^{2/(M+1)}$ over t: rank K/2 instead of K - 1. Below
    `deep_simplex_loss` for depth 3 and more at K = 4, and depth 2 and more at even $K \ge 6$, once penalties are
    small: no simplex is then a global minimum (Garrod and Keating 2025, Theorem 1, by this witness; loss derived
    here). It is a witness: for larger K other logits of low rank lie lower still.

    Raises:
        ValueError: an odd number of classes, sizes or penalties at or below zero.

    >>> round(deep_pair_loss(4, 10.0, jnp.array([5e-3, 5e-3, 5e-3]), 1e-3).item(), 7)
    0.0869739
    """
    K, n = whole("classes", classes, least=2), single("samples_per_class", samples_per_class)
    single("feature_penalty", feature_penalty)
    if K % 2:
        raise ValueError(f"classes = {K} is odd, so the classes form no pairs; take an even number")
    price, M = factor_penalty(layer_penalties, feature_penalty), len(jnp.asarray(layer_penalties))
    return _least(price * (K // 2) * (4 * n.astype(price.dtype)) ** (1 / (M + 1)), 2 / (M + 1), K - 2, 1)


def _least(price: Array, power: float, single: int, double: int) -> Array:
    """Least over t >= 0 of log(1 + single e^-t + double e^-2t) + price t^power."""

    def value(t: Array) -> Array:
        return jnp.log1p(single * jnp.exp(-t) + double * jnp.exp(-2 * t)) + price * t**power

    def log_gap(t: Array) -> Array:
        """Logarithm of the data's pull over the penalty's; zero at a stationary point, falling beyond its peak."""
        pull = jnp.log(single + 2 * double * jnp.exp(-t)) - t
        pull = pull - jnp.log1p(single * jnp.exp(-t) + double * jnp.exp(-2 * t))
        return pull - jnp.log(price * power) + (1 - power) * jnp.log(t)

    top = 2 * jnp.maximum(jnp.log((single + 2 * double) / (price * power)), 0.0) + 10
    grid = top * jnp.arange(1, GRID + 1).astype(price.dtype) / GRID
    t = grid[jnp.argmin(value(grid))]
    for _ in range(NEWTON):
        at, slope = jax.jvp(log_gap, (t,), (jnp.ones_like(t),))
        t = jnp.clip(t - at / slope, t - top / GRID, t + top / GRID)
        t = jnp.maximum(t, 0.5 * top / GRID)
    least = jnp.minimum(value(t), math.log(1 + single + double))
    return jnp.where(jnp.isnan(price), jnp.nan, least)
