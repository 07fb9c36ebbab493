r"""What a deep linear network with noise in its layers lets through: contraction, layer by layer.

He and Goldfeld (arXiv 2404.03176) multiply contraction coefficients of layers with dropout, DropConnect or Gaussian
noise. For linear networks of generic weights the share that survives is known exactly (derived here): erasures lose
everything or nothing, and Gaussian laws keep squared correlations.
"""

import itertools
import math

import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jax.scipy.special import xlogy
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, whole, within


@closed_form
def dropout_share(drop: Float[ArrayLike, ""], widths: tuple[int, ...]) -> Float[Array, " layers"]:
    r"""The share of the inputs' information after every layer of a linear network with dropout behind each.

    $I(X; T_l) = H(X) \prod_{m \le l} (1 - p^{d_m})$ for finitely many different inputs and generic weights: outputs
    tell inputs apart unless one layer lost all its units. For any other weights it is a bound,
    $I(U; T_l) \le I(U; X) \prod_m (1 - p^{d_m})$: the product of the layers' contraction coefficients.

    Args:
        drop: p in [0, 1].
        widths: units $d_l$ of the layers.

    Returns:
        For every layer.

    Raises:
        ValueError: a probability outside [0, 1], or a width below 1.

    >>> dropout_share(0.5, (3, 1)).tolist()
    [0.875, 0.4375]
    """
    p = within("drop", drop, (jnp.asarray(drop) >= 0) & (jnp.asarray(drop) <= 1), "probabilities in [0, 1]")
    d = jnp.asarray([whole("width", w, least=1) for w in widths], p.dtype)
    return jnp.cumprod(1 - p**d)


@closed_form
def dropconnect_share(drop: Float[ArrayLike, ""], widths: tuple[int, ...]) -> Float[Array, " layers"]:
    r"""The share of the inputs' information after every layer of a linear network whose weights are dropped.

    A unit is silent if all its weights from units that speak are dropped: the number that speak is a Markov chain,
    binomial of $d_l$ units with probability $1 - p^k$ after k. The share is the probability that any does. At most the
    product of the layers' coefficients, $\prod_l (1 - p^{d_l d_{l-1}})$, and equal to it for one layer.

    Args:
        drop: p in [0, 1].
        widths: inputs $d_0$, then units $d_l$ of the layers.

    Returns:
        For every layer behind the inputs.

    Raises:
        ValueError: a probability outside [0, 1], a width below 1, or no layer.

    >>> dropconnect_share(0.5, (2, 2, 1)).tolist()
    [0.9375, 0.609375]
    """
    p = within("drop", drop, (jnp.asarray(drop) >= 0) & (jnp.asarray(drop) <= 1), "probabilities in [0, 1]")
    d = [whole("width", w, least=1) for w in widths]
    if len(d) < 2:
        raise ValueError(f"widths = {tuple(widths)} must hold the inputs and one layer at least")
    speaking, shares = jnp.zeros(d[0] + 1, p.dtype).at[-1].set(1.0), []
    for before, width in itertools.pairwise(d):
        # one unit loses its weights from all that speak with probability p^k; 0^0 is 1
        log_lost = xlogy(jnp.arange(before + 1, dtype=p.dtype), p)[:, None]
        log_kept = jnp.log(-jnp.expm1(jnp.where(log_lost < 0, log_lost, -1.0)))
        many = jnp.arange(width + 1, dtype=p.dtype)[None, :]
        ways = jnp.asarray([math.log(math.comb(width, k)) for k in range(width + 1)], p.dtype)  # of any size
        lost = jnp.where(many < width, (width - many) * log_lost, 0.0)
        law = jnp.exp(ways[None, :] + lost + many * log_kept)
        speaking = speaking @ jnp.where(log_lost < 0, law, (many == 0).astype(p.dtype))
        shares.append(jnp.sum(speaking[1:]))
    return jnp.stack(shares)


@closed_form
def gaussian_share(layers: tuple[Float[ArrayLike, "_ _"], ...], sigma: Float[ArrayLike, ""]) -> Float[Array, " layers"]:
    r"""How much of any information on a white Gaussian input survives linear layers with Gaussian noise behind each.

    $I(U; T_l) \le \rho_l^2\, I(U; X)$ with $\rho_l$ the largest correlation of X and $T_l = W_l T_{l-1} + \sigma z$:
    $\rho^2 = \lambda_{\max}\bigl(A^\top (A A^\top + N)^{-1} A\bigr)$, A the product of the layers and N the noise that
    has come together. Attained in the limit by a weak signal along the best direction; never more than the product of
    the layers' own coefficients.

    Args:
        layers: $W_1, \dots, W_L$.
        sigma: standard deviation of the noise of every layer, above zero.

    Returns:
        $\rho_l^2$ for every layer, falling.

    Raises:
        ValueError: no layers, noise at or below zero, shapes that do not follow one another.

    >>> [round(float(share), 6) for share in gaussian_share((jnp.eye(2), 2 * jnp.eye(2)), 1.0)]  # 1/2, 4/(4 + 5)
    [0.5, 0.444444]
    """
    if not layers:
        raise ValueError("no layers are given; pass at least one matrix")
    s = within("sigma", sigma, jnp.asarray(sigma) > 0, "standard deviations above zero")
    product, root, shares = jnp.eye(jnp.asarray(layers[0]).shape[1], dtype=s.dtype), None, []
    for layer in layers:
        w = finite("layers", layer)
        if w.shape[1] != product.shape[0]:
            raise ValueError(f"a layer of shape {w.shape} follows one of {product.shape[0]} outputs")
        product = w @ product
        # noise of a root, which keeps the digits that the covariance itself loses where a layer is of low rank
        fresh = s * jnp.eye(len(w), dtype=s.dtype)
        root = fresh if root is None else jnp.linalg.qr(jnp.concatenate([fresh, (w @ root).T]), mode="r").T
        power = jnp.linalg.norm(solve_triangular(root, product, lower=True), ord=2) ** 2
        shares.append(power / (1 + power))
    return jnp.stack(shares)
