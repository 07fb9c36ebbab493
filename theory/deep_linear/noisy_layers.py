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
from theory.core.domain import one_matrix, one_number, within
from theory.deep_linear.arguments import counts
from theory.deep_linear.layers import chain


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
        ValueError: a probability outside [0, 1], a width below 1, or no layer.

    >>> dropout_share(0.5, (3, 1)).tolist()
    [0.875, 0.4375]
    """
    p = _probability(drop)
    d = jnp.asarray(counts("widths", widths, fewest=1), p.dtype)
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

    >>> dropconnect_share(0.5, (2, 2, 1)).round(6).tolist()
    [0.9375, 0.609375]
    """
    p, d = _probability(drop), counts("widths", widths, fewest=2)
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
    matrices = [one_matrix(f"W_{i}", w) for i, w in enumerate(chain(layers), start=1)]
    s = one_number("sigma", sigma).astype(matrices[0].dtype)
    s = within("sigma", s, s > 0, "standard deviations above zero")
    product, root, shares = jnp.eye(matrices[0].shape[1], dtype=s.dtype), None, []
    for w in matrices:
        product, fresh = w @ product, jnp.eye(len(w), dtype=s.dtype)
        # noise, in units of sigma, of a root, which keeps the digits that the covariance itself loses where a layer is
        # of low rank
        root = fresh if root is None else jnp.linalg.qr(jnp.concatenate([fresh, (w @ root).T]), mode="r").T
        strongest = jnp.linalg.norm(solve_triangular(root, product, lower=True), ord=2)
        shares.append(1 / (1 + (s / strongest) ** 2))  # x/(1 + x) of x = (strongest/s)^2, which may overflow
    return jnp.stack(shares)


def _probability(drop: Float[ArrayLike, ""]) -> Float[Array, ""]:
    p = one_number("drop", drop)
    return within("drop", p, (p >= 0) & (p <= 1), "probabilities in [0, 1]")
