r"""What the layers of a linear classifier keep of one training example (He and Goldfeld 2024, arXiv 2404.03176).

The mean classifier $W = \frac1n \sum_i Z_i$ of $Z_i = Y_i X_i \sim \mathcal N(\mu, \sigma^2 I)$ knows a little of
each of them: given W, an example is $\mathcal N(W, \sigma^2(1 - 1/n) I)$. Seen through linear layers, whose product A
has rank r, the two laws differ by amounts that bound the generalization gap and that change from layer to layer.
Everything is Gaussian and exact; the forms here are derived here.
"""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, Num

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import finite, within


@closed_form
def memorized_information(rank: Num[ArrayLike, "..."], examples: Num[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""Mutual information in nats of the classifier and the representation of one of its examples.

    $I(W; A Z_i) = \mathbb E_W\,\mathrm{KL}\bigl(P_{AZ|W} \,\|\, P_{AZ}\bigr) = \tfrac r2 \ln\frac{n}{n-1}$: only the
    rank of the layers so far counts, so it cannot grow with depth. The correlation of an example with the mean is
    $1/\sqrt n$ in every direction.

    Args:
        rank: r of the product of the layers, at or above 0.
        examples: n, above 1.

    Raises:
        ValueError: a negative rank, or a single example, which the classifier repeats.

    >>> round(float(memorized_information(3, 10)), 6)
    0.158041
    """
    r, n = together(rank=rank, examples=examples)
    r = within("rank", r, r >= 0, "ranks at or above zero")
    n = _several(n)
    return -r / 2 * jnp.log1p(-1 / n)


@closed_form
def memorized_transport(
    squared_norm: Float[ArrayLike, "..."], sigma: Float[ArrayLike, "..."], examples: Num[ArrayLike, "..."]
) -> Float[Array, "..."]:
    r"""Expected squared Wasserstein distance of an example's representation given the classifier from that without.

    $\mathbb E_W\,W_2^2(P_{AZ|W}, P_{AZ}) = 2\sigma^2\,|A|_F^2\,\bigl(1 - \sqrt{1 - 1/n}\bigr)$: the centers lie
    $|A(W - \mu)|$ apart, $\sigma^2|A|_F^2/n$ in the mean square, the covariances differ by a factor $1 - 1/n$.
    Unlike the information it may rise again where layers amplify, so that the least may lie at an interior layer.

    Args:
        squared_norm: $|A|_F^2$ of the product of the layers, at or above zero.
        sigma: standard deviation of an example in every direction, at or above zero.
        examples: n, above 1.

    Raises:
        ValueError: a negative norm or deviation, or a single example.

    >>> round(float(memorized_transport(1.0, 1.0, 10)), 6)
    0.102633
    """
    size, sigma, n = together(squared_norm=squared_norm, sigma=sigma, examples=examples)
    size = within("squared_norm", size, size >= 0, "squared norms at or above zero")
    sigma = within("sigma", sigma, sigma >= 0, "standard deviations at or above zero")
    n = _several(n)
    return 2 * sigma**2 * size / (n * (1 + jnp.sqrt(1 - 1 / n)))  # without the cancellation of 1 - sqrt(1 - 1/n)


@closed_form
def dropout_contraction(drop: Float[ArrayLike, "..."], units: Num[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""How much of any information survives dropout of d units: at most the share $1 - p^d$.

    Each unit is erased with probability p, on its own; with probability $p^d$ nothing is left. Equality for total
    variation and for inputs known from any one unit (strong data processing of the erasure channel).

    Args:
        drop: p in [0, 1].
        units: d, at or above 1.

    Raises:
        ValueError: a probability outside [0, 1] or fewer than one unit.

    >>> round(float(dropout_contraction(0.5, 3)), 6)
    0.875
    """
    p, d = together(drop=drop, units=units)
    p = within("drop", p, (p >= 0) & (p <= 1), "probabilities in [0, 1]")
    d = within("units", d, d >= 1, "numbers of units at or above 1")
    return jnp.where(p > 0, -jnp.expm1(d * jnp.log(jnp.where(p > 0, p, 1.0))), 1.0)


@closed_form
def noise_contraction(diameter: Float[ArrayLike, "..."], sigma: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""How much of the total variation of two inputs survives Gaussian noise: $\mathrm{erf}(R/(2\sqrt2\,\sigma))$.

    R is the diameter of the set of noiseless outputs ($2\sqrt d$ for d tanh units, $\sqrt d$ for sigmoids): the
    farthest two outputs are told apart best (Polyanskiy and Wu 2016, arXiv 1405.3629). Relative entropy contracts as
    much or more.

    Args:
        diameter: R, at or above zero.
        sigma: standard deviation of the noise, above zero.

    Raises:
        ValueError: a negative diameter, or no noise.

    >>> round(float(noise_contraction(2.0, 1.0)), 6)
    0.682689
    """
    r, sigma = together(diameter=diameter, sigma=sigma)
    r = within("diameter", r, r >= 0, "diameters at or above zero")
    sigma = within("sigma", sigma, sigma > 0, "standard deviations above zero")
    return jax.scipy.special.erf(r / (2 * math.sqrt(2) * sigma))


def _several(n: Float[Array, "..."]) -> Float[Array, "..."]:
    return within("examples", finite("examples", n), n > 1, "numbers of examples above 1")
