r"""Variational bounds on information from the scores of a critic, and how much they fluctuate at the best critic.

Scores are a matrix: entry (i, j) rates x_i with y_j; the diagonal holds the pairs that belong together.
"""

import jax.numpy as jnp
from jax.scipy.special import logsumexp
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import finite, plain_number, within


@closed_form
def infonce(scores: Float[ArrayLike, "..."]) -> Float[Array, ""]:
    r"""The contrastive estimate $\langle T_{ii} - \log \frac1N \sum_j e^{T_{ij}} \rangle$ in nats; at most log N.

    Its mean is a lower bound of the information for every critic; it cannot exceed log N whatever the information
    is :cite:p:`oord2018`.

    Raises:
        ValueError: scores that are not square or not finite.

    >>> round(float(infonce(1000.0 * jnp.eye(4))), 6) == round(float(jnp.log(4.0)), 6)
    True
    """
    t = _square(scores)
    return jnp.mean(jnp.diagonal(t) - logsumexp(t, axis=1)) + jnp.log(jnp.asarray(len(t), t.dtype))


@closed_form
def nwj(scores: Float[ArrayLike, "..."]) -> Float[Array, ""]:
    r"""$1 + \langle T_{ii} \rangle - \langle e^{T_{ij}} \rangle_{i \ne j}$ in nats :cite:p:`nguyen2010`.

    Best at $T = \log p(x, y)/p(x)p(y)$ and then unbiased, with a variance that grows as $e^{2I}$ (`ratio_variance`).

    Raises:
        ValueError: scores that are not square or not finite.

    >>> float(nwj(jnp.zeros((3, 3))))
    0.0
    """
    t = _square(scores)
    return 1 + jnp.mean(jnp.diagonal(t)) - jnp.exp(_log_mean_others(t))


@closed_form
def donsker_varadhan(scores: Float[ArrayLike, "..."]) -> Float[Array, ""]:
    r"""$\langle T_{ii} \rangle - \log \langle e^{T_{ij}} \rangle_{i \ne j}$ in nats, the bound that MINE trains on.

    At least the `nwj` value of the same scores; no bound in finite samples, since the logarithm's mean is low
    :cite:p:`belghazi2018`.

    Raises:
        ValueError: scores that are not square or not finite.

    >>> float(donsker_varadhan(jnp.full((3, 3), 7.0)))
    0.0
    """
    t = _square(scores)
    return jnp.mean(jnp.diagonal(t)) - _log_mean_others(t)


@closed_form
def smile(scores: Float[ArrayLike, "..."], clip: float = 5.0) -> Float[Array, ""]:
    r"""The `donsker_varadhan` value with $e^{T_{ij}}$ of other pairs clipped to $[e^{-\tau}, e^{\tau}]$, in nats.

    Less variance, and a bias without sign: no bound, in any number of samples :cite:p:`song2020`.

    Args:
        clip: tau, above zero.

    Raises:
        ValueError: scores that are not square or not finite, a clip at or below zero.

    >>> round(float(smile(10.0 * jnp.eye(3) - 5.0, 1.0)), 6)
    6.0
    """
    t = _square(scores)
    clip = plain_number("clip", clip, above=0)
    return jnp.mean(jnp.diagonal(t)) - _log_mean_others(jnp.clip(t, -clip, clip))


@closed_form
def leave_one_out(scores: Float[ArrayLike, "..."]) -> Float[Array, ""]:
    r"""$\langle T_{ii} - \log \frac{1}{N-1} \sum_{j \ne i} e^{T_{ij}} \rangle$: InfoNCE without the pair itself.

    With the true $T_{ij} = \log p(z_i | x_j)$ its mean is at least I(Z;X), as that of `infonce` is at most that
    :cite:p:`poole2019`; for other critics it bounds nothing.

    Raises:
        ValueError: scores that are not square or not finite.

    >>> round(float(leave_one_out(jnp.eye(2))), 6)
    1.0
    """
    t = _square(scores)
    n = len(t)
    others = logsumexp(jnp.where(jnp.eye(n, dtype=bool), -jnp.inf, t), axis=1)
    return jnp.mean(jnp.diagonal(t) - others) + jnp.log(jnp.asarray(n - 1, t.dtype))


@closed_form
def nwj_variance(
    rho: Float[ArrayLike, "..."], batch: Float[ArrayLike, "..."], pairs: Float[ArrayLike, "..."] = 1.0
) -> Float[Array, "..."]:
    r"""Variance of the `nwj` estimate from n samples of d Gaussian pairs, with the best critic.

    $$\frac{d\rho^2}{n} + \frac{(1 - \rho^2)^{-d} + (1 - \rho^4)^{-d} - 2}{n(n-1)}$$

    exactly. The first term is that of $\log p(x,y)/p(x)p(y)$ itself. Off-diagonal ratios average to one in either
    argument, so that the n(n - 1) of them are uncorrelated but for each with its mirror image, whose covariance is read
    off Mehler's series; derived here. It grows as $e^{2I}$, and as $n^{-2}$, not as $n^{-1}$.

    Args:
        rho: correlation of every pair of coordinates.
        batch: n, two or more.
        pairs: number d of them.

    Raises:
        ValueError: a correlation at or beyond one in size, a batch below two, fewer than zero pairs.

    >>> round(float(nwj_variance(0.3, 3.0, 10.0)), 6)
    0.575446
    """
    rho, n, d = together(rho=rho, batch=batch, pairs=pairs)
    rho = within("rho", rho, jnp.abs(rho) < 1, "correlations strictly between -1 and 1")
    n = within("batch", n, n >= 2, "batches of two or more")
    d = within("pairs", d, d >= 0, "numbers at or above zero")
    ratio, mirrored = (jnp.expm1(-d * jnp.log1p(-(rho**k))) for k in (2, 4))
    return d * rho**2 / n + (ratio + mirrored) / (n * (n - 1))


@closed_form
def ratio_variance(rho: Float[ArrayLike, "..."], pairs: Float[ArrayLike, "..."] = 1.0) -> Float[Array, "..."]:
    r"""Variance of $p(x,y)/p(x)p(y)$ over independent x, y: $(1 - \rho^2)^{-d} - 1 = e^{2I} - 1$ for d Gaussian pairs.

    The chi-square divergence; over N draws the partition term of `nwj` has 1/N of it. Derived here; in general only
    $\ge e^I - 1$ holds, which underrates it for Gaussian variables :cite:p:`song2020`.

    Args:
        rho: correlation of every pair.
        pairs: number d of independent pairs.

    Raises:
        ValueError: a correlation at or beyond one in size, fewer than zero pairs.

    >>> round(float(ratio_variance(0.3, 2.0)), 6)
    0.207584
    """
    rho, d = together(rho=rho, pairs=pairs)
    rho = within("rho", rho, jnp.abs(rho) < 1, "correlations strictly between -1 and 1")
    d = within("pairs", d, d >= 0, "numbers at or above zero")
    return jnp.expm1(-d * jnp.log1p(-(rho**2)))


@closed_form
def club(rho: Float[ArrayLike, "..."], pairs: Float[ArrayLike, "..."] = 1.0) -> Float[Array, "..."]:
    r"""The contrastive upper bound with the true conditional, $d\,\rho^2/(1 - \rho^2) \ge I$, for d Gaussian pairs.

    $\mathbb E_p \log p(y|x) - \mathbb E_{p p} \log p(y|x)$ :cite:p:`cheng2020`; the value derived here. It exceeds the
    information by an unbounded factor as the correlation grows.

    Raises:
        ValueError: a correlation at or beyond one in size, fewer than zero pairs.

    >>> round(float(club(0.3, 2.0)), 6)
    0.197802
    """
    rho, d = together(rho=rho, pairs=pairs)
    rho = within("rho", rho, jnp.abs(rho) < 1, "correlations strictly between -1 and 1")
    return within("pairs", d, d >= 0, "numbers at or above zero") * rho**2 / ((1 - rho) * (1 + rho))


def _square(scores: Float[ArrayLike, "..."]) -> Array:
    t = finite("scores", scores)
    if t.ndim != 2 or t.shape[0] != t.shape[1]:
        raise ValueError(f"scores have shape {t.shape}; rate every x with every y in a square matrix")
    if len(t) < 2:
        raise ValueError("scores of a single pair have nothing to contrast; give at least two")
    return t


def _log_mean_others(t: Array) -> Array:
    n = len(t)
    others = jnp.where(jnp.eye(n, dtype=bool), -jnp.inf, t)
    return logsumexp(others) - jnp.log(jnp.asarray(n * (n - 1), t.dtype))
