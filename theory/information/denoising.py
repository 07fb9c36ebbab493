r"""Denoising tokens near orthogonal subspaces: what the best denoiser leaves, the best filter, a step of compression.

$z = U_k a + \sigma w$: a Gaussian code a with variances v along the axes of one of K orthogonal subspaces, which are
equally likely, and white noise in all coordinates. The mixture whose compression white-box attention stands for (Yu et
al. 2023, arXiv 2306.01129).
"""

import jax.numpy as jnp
import numpy as np
from jax.nn import softmax
from jaxtyping import Array, ArrayLike, Float
from scipy.special import expit, gammaln

from theory.core.closed_form import closed_form
from theory.core.domain import finite, one_matrix, one_number, plain_number, whole, within


@closed_form
def subspace_denoiser(
    tokens: Float[ArrayLike, "..."], variances: Float[ArrayLike, "..."], subspaces: int, noise: Float[ArrayLike, ""]
) -> Float[Array, "..."]:
    r"""The posterior mean $\mathbb E[x|z]$ of clean tokens $x = U_k a$, the denoiser of least mean square error.

    $$\sum_k \pi_k(z)\, U_k \operatorname{diag}\Bigl(\frac{v_i}{v_i + \sigma^2}\Bigr) U_k^\top z,\qquad
      \pi_k \propto \exp\Bigl(\frac{1}{2\sigma^2} \sum_i \frac{v_i}{v_i + \sigma^2} (U_k^\top z)_i^2\Bigr)$$

    Wiener's filter of each subspace, gated by a softmax of how much of the token it explains. By Tweedie's formula a
    step $\sigma^2 \nabla \log p(z)$ from z; derived here.

    Args:
        tokens: in the columns, in the coordinates of the subspaces: those of the first one first.
        variances: $v_i$ along the p axes of each subspace, above or at zero.
        subspaces: K, each of dimension p.
        noise: $\sigma$, above zero.

    Raises:
        ValueError: tokens whose coordinates are not K p, negative variances, noise at or below zero.

    >>> subspace_denoiser(jnp.array([[3.0], [0.0]]), jnp.array([1.0]), 2, 1.0).round(4).tolist()
    [[1.357], [0.0]]
    """
    z, v, k = one_matrix("tokens", tokens), _variances(variances), whole("subspaces", subspaces, least=1)
    if len(z) != k * len(v):
        raise ValueError(f"tokens of {len(z)} coordinates do not fit {k} subspaces of {len(v)} axes")
    s = _deviation(noise, v.dtype)
    parts = z.reshape(k, len(v), -1)
    gain = (v / (v + s**2))[None, :, None]
    size = jnp.max(jnp.abs(z), axis=0)
    size = jnp.where(size > 0, size, 1.0)
    explained = jnp.sum(gain * (parts / size[None, None]) ** 2, axis=1)
    behind = explained - jnp.max(explained, axis=0, keepdims=True)
    gate = softmax(behind * jnp.minimum(size / s, 1e150)[None] ** 2 / 2, axis=0)[:, None]
    return (gate * gain * parts).reshape(z.shape)


@closed_form
def filter_errors(variances: Float[ArrayLike, "..."], subspaces: int, noise: Float[ArrayLike, ""]) -> Float[Array, "2"]:
    r"""Mean square errors per token of two filters: who knows its subspace, and the best that is the same for all.

    $$\sum_i \frac{v_i \sigma^2}{v_i + \sigma^2} \qquad\text{and}\qquad
      \sum_i \frac{v_i \sigma^2}{v_i/K + \sigma^2}$$

    The denoiser of least error, `subspace_denoiser`, lies between, and at the first where subspaces are told apart
    without doubt; derived here.

    Raises:
        ValueError: negative variances, noise at or below zero, no subspace.

    >>> filter_errors(jnp.array([1.0]), 3, 1.0).round(4).tolist()
    [0.5, 0.75]
    """
    v, k = _variances(variances), float(whole("subspaces", subspaces, least=1))
    s = _deviation(noise, v.dtype)
    return jnp.stack([jnp.sum(v / (v / s**2 + 1)), jnp.sum(v / (v / k / s**2 + 1))])


@closed_form
def two_subspace_error(variance: float, dimension: int, noise: float) -> float:
    r"""Mean square error per token of `subspace_denoiser` for two subspaces whose axes have one variance; on the host.

    $$\frac{pv\sigma^2}{v + \sigma^2} + \Bigl(\frac{v}{v + \sigma^2}\Bigr)^2
      \mathbb E\Bigl[\pi^2 \bigl((v + \sigma^2)\, q + \sigma^2 q'\bigr)\Bigr],\qquad
      \log\frac{1 - \pi}{\pi} = \frac{vq}{2\sigma^2} - \frac{vq'}{2(v + \sigma^2)}$$

    with q, q' independent chi-square variables of p degrees of freedom, what the token's own subspace and the other
    explain, and $\pi$ the weight of the wrong subspace: the error of who knows the subspace, and what doubt adds. No
    denoiser does better. Summed by the trapezoidal rule in the logarithms of q and q'; derived here.

    Args:
        variance: v, between 1e-100 and 1e100.
        dimension: p of each subspace.
        noise: $\sigma$, within the same.

    Raises:
        ValueError: a variance or noise outside, a dimension below one.

    >>> round(two_subspace_error(1.0, 2, 0.5), 6)
    0.501062
    """
    v, s = (plain_number(name, x, above=1e-100, below=1e100) for name, x in (("variance", variance), ("noise", noise)))
    p = whole("dimension", dimension, least=1)
    logs = np.arange(-70.0, np.log(4 * p + 400), 0.05)
    q = np.exp(logs)
    weight = 0.05 * np.exp(p / 2 * (logs - np.log(2)) - q / 2 - gammaln(p / 2))
    gain = v / (v + s**2)
    wrong = expit((gain * q[None, :] - v / s**2 * q[:, None]) / 2)
    doubt = wrong**2 * ((v + s**2) * q[:, None] + s**2 * q[None, :])
    return float(p * gain * s**2 + gain**2 * (weight @ doubt @ weight))


@closed_form
def compression_error(
    variances: Float[ArrayLike, "..."],
    subspaces: int,
    noise: Float[ArrayLike, ""],
    distortion: Float[ArrayLike, ""],
    step: Float[ArrayLike, ""],
) -> Float[Array, ""]:
    r"""Mean square error per token after one step of compression, $z - \frac h\beta \nabla R_c(z)$, on many tokens.

    $$\sum_i (1 - g_i)^2 v_i + K g_i^2 \sigma^2,\qquad g_i = 1 - \frac{h}{1 + p\,(v_i/K + \sigma^2)/\epsilon^2}$$

    with the gain of `theory.information.compression_step.compression_gain`. The step filters every subspace of every
    token alike, so that its error is at or above that of the best common filter of `filter_errors`; it reaches it
    as $\epsilon \to 0$ at $h = p\sigma^2/\epsilon^2$, where the step is $\sigma^2$ times the score of a Gaussian law
    with the tokens' covariance. Derived here.

    Args:
        variances: $v_i$ along the p axes of each subspace.
        subspaces: K.
        noise: $\sigma$.
        distortion: $\epsilon$, above zero.
        step: h, in units of $1/\beta$; any finite number, for the error is that of the filter.

    Raises:
        ValueError: negative variances, noise or distortion at or below zero, no subspace.

    >>> round(float(compression_error(jnp.array([1.0]), 2, 1.0, 1e-6, 1e12)), 6)
    0.666667
    """
    v, k = _variances(variances), float(whole("subspaces", subspaces, least=1))
    s, h = _deviation(noise, v.dtype), one_number("step", step).astype(v.dtype)
    e = one_number("distortion", distortion).astype(v.dtype)
    e = within("distortion", e, e > 0, "distortions above zero")
    lost = h / (1 + len(v) * (v / k + s**2) / e / e)
    return jnp.sum(lost**2 * v + k * (1 - lost) ** 2 * s**2)


def _variances(values: Float[ArrayLike, "..."]) -> Float[Array, " p"]:
    v = finite("variances", values)
    if v.ndim != 1 or not v.size:
        raise ValueError(f"variances have shape {v.shape}; give one for each axis of a subspace in a vector")
    return within("variances", v, v >= 0, "variances at or above zero")


def _deviation(noise: Float[ArrayLike, ""], dtype) -> Float[Array, ""]:
    s = one_number("noise", noise).astype(dtype)
    return within("noise", s, s > 0, "standard deviations above zero")
