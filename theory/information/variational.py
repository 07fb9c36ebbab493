r"""Variational bounds on information from the scores of a critic, and how much they fluctuate at the best critic.

Scores are a matrix: entry (i, j) rates x_i with y_j; the diagonal holds the pairs that belong together.
"""

import jax.numpy as jnp
from jax.scipy.special import logsumexp
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import finite, within


@closed_form
def infonce(scores: Float[ArrayLike, "n n"]) -> Float[Array, ""]:
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
def nwj(scores: Float[ArrayLike, "n n"]) -> Float[Array, ""]:
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
def donsker_varadhan(scores: Float[ArrayLike, "n n"]) -> Float[Array, ""]:
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


def _square(scores: Float[ArrayLike, "n n"]) -> Array:
    t = finite("scores", scores)
    if len(t) < 2:
        raise ValueError("scores of a single pair have nothing to contrast; give at least two")
    return t


def _log_mean_others(t: Array) -> Array:
    n = len(t)
    others = jnp.where(jnp.eye(n, dtype=bool), -jnp.inf, t)
    return logsumexp(others) - jnp.log(jnp.asarray(n * (n - 1), t.dtype))
