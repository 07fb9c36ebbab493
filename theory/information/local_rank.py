r"""Local rank: how many directions of the input a layer still tells apart, and what that says of information.

The local rank of a layer is the mean over inputs of the rank of its Jacobian (Patel and Shwartz-Ziv 2024, arXiv
2410.07687). With noise of variance $\sigma^2$ added to the layer it is what information about the input gains for every
factor e by which $\sigma$ falls.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float
from scipy.stats import binom

from theory.core.closed_form import closed_form
from theory.core.domain import finite, one_matrix, one_number, whole, within
from theory.deep_linear.arguments import counts


@closed_form
def rectified_local_rank(inputs: int, widths: tuple[int, ...]) -> float:
    r"""Mean rank of the Jacobian of a random rectified network, from its inputs to the activity of its last layer.

    $$\sum_{r=1}^{d} \prod_l \Pr\bigl(\mathrm{Bin}(n_l, \tfrac12) \ge r\bigr)$$

    exactly at every width, for Gaussian weights without biases: given what a layer receives, its units are active
    independently with probability 1/2, unless all before them are silent, and given who is active the weights between
    active units have a density, so that the rank is the least of the numbers of active units and of inputs. Derived
    here. Below half the least width, which it approaches for wide layers, by a share of order $n^{-1/2}$ where layers
    are equally wide.

    Args:
        inputs: d.
        widths: $n_l$ of the layers.

    Raises:
        ValueError: no layer, a width or number of inputs below one.

    >>> rectified_local_rank(1, (2, 2))
    0.5625
    """
    ranks = np.arange(1, whole("inputs", inputs, least=1) + 1)
    layers = counts("widths", widths, 1)
    return float(np.prod([binom.sf(ranks - 1, n, 0.5) for n in layers], axis=0).sum())


@closed_form
def noisy_rank(
    weights: Float[ArrayLike, "..."], sigma_xx: Float[ArrayLike, "..."], noise: Float[ArrayLike, "..."]
) -> Float[Array, ""]:
    r"""$-\frac{d\, I(T;X)}{d \log \sigma} = \sum_i \frac{s_i^2}{s_i^2 + \sigma^2}$ for $T = WX + \sigma Z$, X Gaussian.

    $s_i$ are the singular values of $W \Sigma_{xx}^{1/2}$: a rank that counts what stands out of the noise, and the
    rank of W where the noise vanishes; derived here from `theory.information.linear_layers`.

    Raises:
        ValueError: noise at or below zero, a covariance that is not positive definite, shapes that do not fit.

    >>> round(float(noisy_rank(jnp.diag(jnp.array([1.0, 0.0])), jnp.eye(2), 1.0)), 6)
    0.5
    """
    w, sigma = one_matrix("weights", weights), one_matrix("sigma_xx", sigma_xx)
    if sigma.shape != (w.shape[1],) * 2:
        raise ValueError(f"weights of shape {w.shape} and sigma_xx of shape {sigma.shape} do not fit together")
    noise = one_number("noise", noise).astype(w.dtype)
    noise = within("noise", noise, noise > 0, "standard deviations above zero")
    root = jnp.linalg.cholesky(sigma)
    ok = jnp.broadcast_to(jnp.all(jnp.isfinite(root)), root.shape)
    root = within("sigma_xx", root, ok, "positive definite covariances", "add a ridge or drop directions")
    s = jnp.linalg.svd(w @ root, compute_uv=False)
    return jnp.sum((s / jnp.hypot(s, noise)) ** 2)


@closed_form
def bottleneck_rank(beta: Float[ArrayLike, "*batch"], rho: Float[ArrayLike, "..."]) -> Float[Array, "*batch"]:
    r"""Noisy rank $\sum_{\beta\rho_i^2 > 1} \frac{\beta - \rho_i^{-2}}{\beta - 1}$ of the optimal Gaussian bottleneck.

    Each direction enters at its critical beta from zero, continuously, and counts as one only where beta is large; the
    rank of the encoder's matrix, the number of terms, jumps. Derived here from the encoder of :cite:t:`chechik2005`,
    whose modes have signal over noise $(\beta\rho^2 - 1)/(1 - \rho^2)$.

    Args:
        beta: trade-off, above zero.
        rho: canonical correlations, strictly between -1 and 1.

    Raises:
        ValueError: beta at or below zero, no vector of correlations strictly between -1 and 1.

    >>> [round(float(bottleneck_rank(b, jnp.array([0.9, 0.6, 0.3]))), 4) for b in (1.2, 5.0, 1e9)]
    [0.0, 1.4969, 3.0]
    """
    beta, r = finite("beta", beta), finite("rho", rho)
    if r.ndim != 1 or not r.size:
        raise ValueError(f"rho has shape {r.shape}; give one correlation for each mode in a vector")
    b = within("beta", beta, beta > 0, "values above zero")[..., None]
    r = within("rho", r, jnp.abs(r) < 1, "correlations strictly between -1 and 1")
    square = (r**2).reshape((1,) * beta.ndim + (-1,))
    active = b * square > 1
    return jnp.sum(jnp.where(active, (b - 1 / jnp.where(active, square, 1.0)) / jnp.where(active, b - 1, 1.0), 0.0), -1)
