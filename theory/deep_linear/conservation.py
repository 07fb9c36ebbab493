r"""What gradient flow conserves between neighboring linear layers, and its exact drift in discrete time.

For any loss of the end-to-end map $W = W_D \cdots W_1$ the gradients $G_l$ of neighboring layers satisfy
$W_{l+1}^\top G_{l+1} = G_l W_l^\top$: rescaling one layer against the next changes nothing. Everything here follows.
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, one_number, whole, within
from theory.deep_linear.arguments import matrices
from theory.deep_linear.layers import Layers, Matrices, chain, gradients_like


@closed_form
def conserved(weights: Layers) -> Matrices:
    r"""The conserved matrices of gradient flow, $C_l = W_{l+1}^\top W_{l+1} - W_l W_l^\top$, $l = 1, \dots, D-1$.

    Constant under $\dot W_l = -\partial L/\partial W_l$ for every differentiable loss of the end-to-end map (Arora,
    Cohen and Hazan 2018, arXiv 1802.06509; Du, Hu and Lee 2018, arXiv 1806.00900, Theorem 2.2). All zero:
    balanced. Not conserved by momentum, Adam or label noise.

    Returns:
        One symmetric matrix a hidden layer; none for a single layer.

    >>> conserved([jnp.array([[1.0], [2.0]]), jnp.array([[1.0, 1.0]])])[0].tolist()
    [[0.0, -1.0], [-1.0, -3.0]]
    """
    layers = chain(weights)
    return tuple(_representable(_outer(above.mT) - _outer(below)) for below, above in zip(layers, layers[1:]))


@closed_form
def imbalance(weights: Layers) -> Float[Array, "..."]:
    r"""How far the layers are from balanced: $\max_l |C_l|_F / \max_l |W_l|_F^2$, at most $\sqrt 2$.

    0 for balanced layers, a single layer, and layers that are all zero.

    >>> imbalance([jnp.array([[1.0]]), jnp.array([[2.0]])]).item()
    0.75
    """
    layers = chain(weights)
    largest = jnp.stack([jnp.abs(w).max((-2, -1)) for w in layers]).max(0)
    unit = jnp.where(largest > 0, largest, 1.0)[..., None, None]  # squares of the layers may overflow
    layers = tuple(w / unit for w in layers)
    size = jnp.stack([_square(w) for w in layers]).max(0)
    defects = [jnp.sqrt(_square(c)) for c in conserved(layers)] or [jnp.zeros_like(size)]
    return jnp.stack(defects).max(0) / jnp.where(size > 0, size, 1.0)


@closed_form
def conserved_drift(gradients: Layers, step: Float[ArrayLike, ""]) -> Matrices:
    r"""Change of the conserved matrices in one step of gradient descent, exact.

    $C_l(k+1) - C_l(k) = \eta^2 (G_{l+1}^\top G_{l+1} - G_l G_l^\top)$ for $W_l \mapsto W_l - \eta G_l$: the terms of
    first order cancel by $W_{l+1}^\top G_{l+1} = G_l W_l^\top$, for any loss of the end-to-end map (derived
    here). Over a fixed time the drift is therefore of order $\eta$.

    Args:
        gradients: $G_l = \partial L/\partial W_l$ of all layers at the same weights.
        step: $\eta$.

    Raises:
        ValueError: a step below zero.

    >>> conserved_drift([jnp.array([[1.0]]), jnp.array([[3.0]])], 0.5)[0].item()
    2.0
    """
    grads = chain(gradients, "G")
    eta = _step(step).astype(grads[0].dtype)
    pairs = zip(grads, grads[1:])
    return tuple(_representable(_outer(eta * above.mT) - _outer(eta * below)) for below, above in pairs)


@closed_form
def conserved_after_step(
    weights: Layers, gradients: Layers, step: Float[ArrayLike, ""], weight_decay: Float[ArrayLike, ""] = 0.0
) -> Matrices:
    r"""The conserved matrices after one step of gradient descent with weight decay, exact.

    For $W_l \mapsto (1 - \eta\gamma) W_l - \eta G_l$, that is descent on $L + \tfrac\gamma2 \sum_l |W_l|_F^2$:
    $C_l(k+1) = (1 - \eta\gamma)^2\, C_l(k) + \eta^2 (G_{l+1}^\top G_{l+1} - G_l G_l^\top)$ (derived here).

    Args:
        weights: the layers before the step.
        gradients: gradients of L alone, without the penalty.
        step: $\eta$.
        weight_decay: $\gamma$.

    Raises:
        ValueError: a step below zero.

    >>> layer = jnp.array([[1.0]])
    >>> conserved_after_step([layer, 2 * layer], [0 * layer, 0 * layer], 0.5, 1.0)[0].item()
    0.75
    """
    layers = chain(weights)
    drift = conserved_drift(gradients_like(layers, gradients), step)
    shrink = (1 - _step(step) * one_number("weight_decay", weight_decay)).astype(layers[0].dtype)
    return tuple(_representable(shrink**2 * c + d) for c, d in zip(conserved(layers), drift))


@closed_form
def conserved_decay(times: Float[ArrayLike, "*batch"], weight_decay: Float[ArrayLike, ""]) -> Float[Array, "*batch"]:
    r"""The factor $C(t)/C(0) = e^{-2\gamma t}$ of gradient flow with weight decay.

    For $\dot W_l = -\partial L/\partial W_l - \gamma W_l$, any loss of the end-to-end map; time unit
    $\tau = 1$ (derived here from `conserved_after_step`, $\eta \to 0$).

    Raises:
        ValueError: a time or a decay below zero.

    >>> round(conserved_decay(jnp.array(1.0), 0.5).item(), 6)
    0.367879
    """
    t = finite("times", times)
    t = within("times", t, t >= 0, "times at or after zero")
    gamma = finite("weight_decay", weight_decay)
    gamma = within("weight_decay", gamma, gamma >= 0, "decays at or above zero").astype(t.dtype)
    return jnp.exp(-2 * gamma * t)


@closed_form
def scalar_conserved_factor(
    a: Float[ArrayLike, "*batch"],
    b: Float[ArrayLike, "*batch"],
    s: Float[ArrayLike, "*batch"],
    step: Float[ArrayLike, ""],
) -> Float[Array, "*batch"]:
    r"""Ratio of $c = a^2 - b^2$ after and before one step of descent on $\tfrac12 (s - ab)^2$, exact.

    $c(k+1) = c(k)\,(1 - \eta^2 e^2)$ with $e = s - ab$ (derived here): descent balances two scalar layers, flow
    does not.

    Raises:
        ValueError: a step below zero.

    >>> scalar_conserved_factor(jnp.array(2.0), jnp.array(1.0), jnp.array(3.0), 0.5).item()
    0.75
    """
    a, b, s = (finite(n, v) for n, v in (("a", a), ("b", b), ("s", s)))
    shift = _step(step).astype(a.dtype) * (s - a * b)
    return (1 - shift) * (1 + shift)


@closed_form
def drift_bound(
    loss_drop: Float[ArrayLike, "*batch"], step: Float[ArrayLike, ""], smoothness: Float[ArrayLike, ""] | None = None
) -> Float[Array, "*batch"]:
    r"""A bound on the total drift of every conserved matrix by the decrease of the loss.

    $|C_l(K) - C_l(0)|_F \le \eta^2 \sum_{k<K} (|G_{l+1}|_F^2 + |G_l|_F^2) \le 2\eta\,(L_0 - L_K)$ (derived here): the
    first step from `conserved_drift`, the second from the descent lemma
    $L_{k+1} \le L_k - \tfrac\eta2 \sum_l |G_l|_F^2$, which holds where the gradient of the loss as a function of all
    layers is $\beta$-Lipschitz on the segments between iterates and $\eta \le 1/\beta$. With $\beta$ given, the
    sharper constant of the same lemma for any $\eta < 2/\beta$: $\eta\,(L_0 - L_K)/(1 - \eta\beta/2)$. Beyond that
    step the loss may oscillate and the bound is void.

    Args:
        loss_drop: $L_0 - L_K$, at or above zero.
        step: $\eta$.
        smoothness: $\beta$; None means no more than $1/\eta$.

    Raises:
        ValueError: a loss that rose, or a step at or beyond $2/\beta$.

    >>> drift_bound(jnp.array(3.0), 0.125).item()
    0.75
    """
    drop = finite("loss_drop", loss_drop)
    drop = within("loss_drop", drop, drop >= 0, "losses that fell", "the descent lemma needs a smaller step")
    eta = one_number("step", step).astype(drop.dtype)
    beta = 1 / eta if smoothness is None else one_number("smoothness", smoothness).astype(drop.dtype)
    eta = within("step", eta, (eta >= 0) & ((eta * beta < 2) | (eta == 0)), "steps in [0, 2/smoothness)")
    return jnp.where(eta > 0, eta / (1 - jnp.where(eta > 0, eta * beta, 0.0) / 2), eta) * drop


@closed_form
def layer_energy(weights: Layers) -> Float[Array, "..."]:
    r"""The energy that weight decay penalizes, $\sum_l |W_l|_F^2$.

    >>> layer_energy([jnp.array([[1.0], [2.0]]), jnp.array([[3.0, 0.0]])]).item()
    14.0
    """
    return jnp.stack([_square(w) for w in chain(weights)]).sum(0)


@closed_form
def least_layer_energy(matrix: Float[ArrayLike, "... outputs inputs"], depth: int) -> Float[Array, "..."]:
    r"""The least energy of D layers with this product, $D\,|W|_{S_{2/D}}^{2/D} = D \sum_r \sigma_r^{2/D}$.

    $\sum_l |W_l|_F^2 \ge D \sum_r \sigma_r(W_D \cdots W_1)^{2/D}$, with equality for balanced layers. Horn's inequality
    and the arithmetic-geometric mean:
    $\sum_r \sigma_r(W)^{2/D} \le \sum_r \prod_l \sigma_r(W_l)^{2/D} \le \tfrac1D \sum_l \sum_r \sigma_r(W_l)^2$.
    D = 2 is twice the nuclear norm (Srebro, Rennie and Jaakkola 2004): weight decay on the layers is a Schatten
    quasi-norm on the map. Attained only if no hidden width is below the rank.

    >>> round(least_layer_energy(jnp.diag(jnp.array([4.0, 9.0])), 2).item(), 6)
    26.0
    """
    d = whole("depth", depth, least=1)
    sigma = jnp.linalg.svd(matrices("matrix", matrix), compute_uv=False)
    return d * (sigma ** (2 / d)).sum(-1)


def _step(step: Float[ArrayLike, ""]) -> Float[Array, ""]:
    eta = one_number("step", step)
    return within("step", eta, eta >= 0, "steps at or above zero", "descent subtracts the gradient itself")


def _representable(difference: Array) -> Array:
    fix = "squares of the layers overflow: rescale them"
    return within("entry of a conserved matrix", difference, jnp.isfinite(difference), "finite numbers", fix)


def _outer(matrix: Array) -> Array:
    return matrix @ matrix.mT


def _square(matrix: Array) -> Array:
    return (matrix**2).sum((-2, -1))
