r"""Bounds of the generalization gap by information, where everything is known: the mean of n Gaussian examples.

$Z_i \sim \mathcal N(\mu, I_d)$, $W = \frac1n \sum_i Z_i + \tau N$ with N standard normal, loss $|Z - W|^2$; the gap is
the mean loss of a new example less that of an old one (Xu and Raginsky 2017, arXiv 1705.07809; Bu, Zou and Veeravalli
2019, arXiv 1901.04609).
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, Num
from scipy.special import lambertw

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within
from theory.information.arguments import host_array

NEAR = 1e-5  # information over d below which the bound's root is taken from its series


@closed_form
def example_information(
    examples: Num[ArrayLike, "..."], coordinates: Num[ArrayLike, "..."], noise: Float[ArrayLike, "..."] = 0.0
) -> Float[Array, "..."]:
    r"""$I(Z_i; W) = -\frac d2 \log\bigl(1 - \frac{1}{n(1 + n\tau^2)}\bigr)$ in nats, of one example.

    Finite without noise, where $I(S; W)$ of all examples is not :cite:p:`bu2019`; the form with noise derived here.

    Args:
        examples: n, above one unless there is noise.
        coordinates: d.
        noise: tau, at or above zero.

    Raises:
        ValueError: fewer than one example or coordinate, a negative noise.

    >>> round(float(example_information(20, 5)), 6)
    0.128233
    """
    n, d, t = _sizes(examples, coordinates, noise)
    return -d / 2 * jnp.log1p(-1 / (n * (1 + n * t**2)))


@closed_form
def sample_information(
    examples: Num[ArrayLike, "..."], coordinates: Num[ArrayLike, "..."], noise: Float[ArrayLike, "..."] = 0.0
) -> Float[Array, "..."]:
    r"""$I(S; W) = \frac d2 \log\bigl(1 + \frac{1}{n\tau^2}\bigr)$ in nats, of all examples; infinite without noise.

    At least n times `example_information`, since examples are independent :cite:p:`bu2019`.

    Raises:
        ValueError: as `example_information`.

    >>> float(sample_information(20, 5))
    inf
    """
    n, d, t = _sizes(examples, coordinates, noise)
    return d / 2 * jnp.log1p(1 / (n * t**2))


@closed_form
def mean_gap(examples: Num[ArrayLike, "..."], coordinates: Num[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""The gap of the squared loss, $2d/n$, whatever the noise.

    >>> float(mean_gap(20, 5))
    0.5
    """
    n, d, _ = _sizes(examples, coordinates, 0.0)
    return 2 * d / n


@closed_form
def square_loss_bound(
    information: Float[ArrayLike, "..."], coordinates: Num[ArrayLike, "..."], spread: Float[ArrayLike, "..."]
) -> Float[Array, "..."]:
    r"""The largest gap of the squared loss with this information between example and algorithm; on the host.

    $$d s\,(1 - u), \qquad u - 1 - \log u = 2I/d, \quad u \in (0, 1]$$

    where each coordinate of $Z - W$ is $\mathcal N(0, s)$ for a new Z: Donsker and Varadhan's inequality at its best
    multiple of the loss, with the law of chi square in place of a sub-Gaussian bound, of which
    $\le 2 s \sqrt{d I}$ is the weaker form :cite:p:`bu2019`; derived here. The mean over examples of the bound at
    `example_information` is at most the bound at `sample_information` over n, as the bound is concave.

    Args:
        information: I in nats, at or above zero; infinity allowed.
        coordinates: d.
        spread: s, above zero.

    Raises:
        ValueError: negative information, fewer than one coordinate, a spread at or below zero.

    >>> round(float(square_loss_bound(example_information(2, 1), 1, 1.5)), 6)
    1.152059
    """
    given = {"information": information, "coordinates": coordinates, "spread": spread}
    i, d, s = np.broadcast_arrays(*(host_array(name, value) for name, value in given.items()))
    i, d, s = (
        np.asarray(within(name, v, inside, allowed))
        for name, v, inside, allowed in (
            ("information", i, i >= 0, "information at or above zero"),
            ("coordinates", d, d >= 1, "numbers of coordinates from 1"),
            ("spread", s, (s > 0) & np.isfinite(s), "spreads above zero"),
        )
    )
    excess = 2 * i / d
    root = np.sqrt(2 * np.minimum(excess, NEAR))
    series = root - root**2 / 3 + root**3 / 36
    exact = 1 + lambertw(-np.exp(-1 - excess)).real
    return jnp.asarray(d * s * np.where(excess < NEAR, series, exact))


def _sizes(
    examples: Num[ArrayLike, "..."], coordinates: Num[ArrayLike, "..."], noise: Float[ArrayLike, "..."]
) -> tuple[Array, ...]:
    n, d, t = together(examples=examples, coordinates=coordinates, noise=noise)
    n = within("examples", n, n >= 1, "numbers of examples from 1")
    d = within("coordinates", d, d >= 1, "numbers of coordinates from 1")
    return n, d, within("noise", t, t >= 0, "standard deviations at or above zero")
