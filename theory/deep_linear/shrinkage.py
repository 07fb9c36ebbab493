r"""What penalties make of singular values: decay of the factors, decay of the product, and dropout of ranks.

For $L = \tfrac12 |\Sigma - W|_F^2$, singular values s of $\Sigma$, and W a product of D layers. Two layers with weight
decay are nuclear norm regularization (Srebro, Rennie and Jaakkola 2004), deeper ones the Schatten quasi-norm 2/D.
"""

from collections.abc import Sequence

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import finite, one_matrix, whole, within


@closed_form
def soft_shrinkage(s: Float[ArrayLike, "*modes"], weight_decay: Float[ArrayLike, "*decays"]) -> Float[Array, "*both"]:
    r"""Singular values that minimize $L + \tfrac\gamma2 (|W_1|_F^2 + |W_2|_F^2)$: $\max(s - \gamma, 0)$.

    Raises:
        ValueError: a singular value or a decay below zero.

    >>> soft_shrinkage(jnp.array([3.0, 0.5]), 1.0).tolist()
    [2.0, 0.0]
    """
    s, gamma = _arguments(s, weight_decay)
    return jnp.maximum(s - gamma, 0.0)


@closed_form
def ridge_shrinkage(s: Float[ArrayLike, "*modes"], weight_decay: Float[ArrayLike, "*decays"]) -> Float[Array, "*both"]:
    r"""Singular values that minimize $L + \tfrac\gamma2 |W|_F^2$, decay of the product: $s/(1 + \gamma)$, none lost.

    Raises:
        ValueError: a singular value or a decay below zero.

    >>> ridge_shrinkage(jnp.array([3.0, 0.5]), 1.0).tolist()
    [1.5, 0.25]
    """
    s, gamma = _arguments(s, weight_decay)
    return s / (1 + gamma)


@closed_form
def shrinkage_threshold(weight_decay: Float[ArrayLike, "*decays"], depth: int) -> Float[Array, "*decays"]:
    r"""The strength below which $L + \tfrac\gamma2 \sum_l |W_l|_F^2$ has no minimum other than zero.

    $u + \gamma u^{2/D - 1} = s$ has solutions for $s \ge s_c = \frac{2(D-1)}{D-2}\, u_c$ with
    $u_c = (\gamma (1 - 2/D))^{D/(2D-2)}$; $s_c = \gamma$ for D = 2 (derived here). For D > 2 zero stays a local minimum
    at every strength.

    Raises:
        ValueError: a decay below zero, a depth below 2.

    >>> shrinkage_threshold(0.5, 2).item()
    0.5
    """
    d = whole("depth", depth, least=2)
    _, gamma = _arguments(1.0, weight_decay)
    if d == 2:
        return gamma
    return 2 * (d - 1) / (d - 2) * (gamma * (1 - 2 / d)) ** (d / (2 * d - 2))


@closed_form
def ordered_products(matrix: Float[ArrayLike, "outputs inputs"], rank: int) -> Float[Array, "rank outputs inputs"]:
    r"""The unique rank-one terms $w_2^{(k)} w_1^{(k)\top}$ that minimize the loss under dropout of ranks.

    $\sum_{k \le r} p_k\, \tfrac12 |\Sigma - \sum_{j \le k} w_2^{(j)} w_1^{(j)\top}|_F^2$ with all $p_k > 0$ is least at
    $s_k u_k v_k^\top$, one by one, where singular values differ; without dropout only the sum is determined (Rippel,
    Gelbart and Adams 2014, arXiv 1402.0915; by Eckart and Young every summand is at its least there).

    Args:
        matrix: Sigma.
        rank: r, at most the smaller side.

    Raises:
        ValueError: a rank above the smaller side.

    >>> ordered_products(jnp.diag(jnp.array([1.0, 3.0])), 2)[0].round(6).tolist()
    [[0.0, 0.0], [0.0, 3.0]]
    """
    sigma, r = one_matrix("matrix", matrix), whole("rank", rank, least=1)
    if r > min(sigma.shape):
        raise ValueError(f"rank = {r} is more than the {min(sigma.shape)} singular values; ask for at most all of them")
    u, s, vt = jnp.linalg.svd(sigma, full_matrices=False)
    return jnp.einsum("ok,k,ki->koi", u[:, :r], s[:r], vt[:r])


@closed_form
def ordered_least_loss(
    s: Float[ArrayLike, " modes"], probabilities: Sequence[float] | Float[ArrayLike, " ranks"]
) -> Float[Array, ""]:
    r"""The least loss under dropout of ranks, $\tfrac12 \sum_k p_k \sum_{j > k} s_j^2$, s in falling order.

    Raises:
        ValueError: a probability at or below zero, or more ranks than singular values.

    >>> ordered_least_loss(jnp.array([2.0, 1.0]), [0.5, 0.5]).item()
    0.25
    """
    s, p = finite("s", s), finite("probabilities", jnp.asarray(probabilities, float))
    if s.ndim != 1 or p.ndim != 1 or not s.size or not p.size:
        raise ValueError(f"s has shape {s.shape} and probabilities {p.shape}; give two vectors of one number at least")
    falling = jnp.append(s[:-1] >= s[1:], True) & (s >= 0)
    s = within("s", s, falling, "singular values at or above zero in falling order", "sort them")
    p = within("probabilities", p, p > 0, "shares above zero: a rank that never occurs orders nothing")
    if p.size > s.size:
        raise ValueError(f"{p.size} ranks were given for {s.size} singular values")
    tails = jnp.append(jnp.cumsum((s**2)[:0:-1])[::-1], 0.0)[: p.size]  # from the smallest on: nothing cancels
    return 0.5 * (p.astype(s.dtype) * tails).sum()


def _arguments(s: Float[ArrayLike, "..."], weight_decay: Float[ArrayLike, "..."]) -> tuple[Array, Array]:
    s, gamma = together(s=s, weight_decay=weight_decay)
    return (
        within("s", s, s >= 0, "singular values at or above zero"),
        within("weight_decay", gamma, gamma >= 0, "decays at or above zero"),
    )
