r"""How far the output of a random network with one hidden layer is from Gaussian, exactly, at every width.

$f = n^{-1/2} \sum_{i \le n} v_i\, \phi(h_i)$ with independent $h_i \sim \mathcal N(0, q)$ and independent symmetric
$v_i$.
"""

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, within
from theory.kernels.arguments import one_of
from theory.kernels.gaps import root
from theory.networks import pointwise

# E v^4 / (E v^2)^2 of the readout weights.
READOUTS = {"gaussian": 3.0, "uniform": 9 / 5, "rademacher": 1.0}
REACH = 13.0
PANELS = 16
FARTHEST = 60.0  # standard deviations, where the density is 0 and its polynomial still a number


@closed_form
def excess_kurtosis(
    activation: str | Callable,
    q: Float[ArrayLike, "*batch"],
    width: Float[ArrayLike, "*batch"],
    readout: str = "gaussian",
    bias_share: Float[ArrayLike, "*batch"] = 0.0,
) -> Float[Array, "*batch"]:
    r"""Excess kurtosis of the output over random networks, exact at every width (Antognini 2019; derived here).

    $\kappa = \frac{(1-s)^2}{n} \Bigl[ \frac{\mathbb E v^4}{(\mathbb E v^2)^2}
    \frac{\mathbb E \phi^4}{(\mathbb E \phi^2)^2} - 3 \Bigr]$ with s the share of a Gaussian output bias in the
    variance: fourth cumulants of independent summands add, and a Gaussian has none. Leading order of the density:
    $\mathcal N(0, S)\,[1 + \tfrac{\kappa}{24} He_4(f/\sqrt S)]$. Moments of the activation by quadrature, kinks at zero
    included.

    Args:
        activation: a name or a JAX function.
        q: second moment of the pre-activations.
        width: n.
        readout: distribution of the $v_i$.
        bias_share: s, between 0 and 1.

    Raises:
        ValueError: a width below 1, a second moment below zero, a share outside [0, 1], an unknown name.

    >>> round(excess_kurtosis("relu", 1.0, 16.0).item(), 10)  # 15 / n
    0.9375
    """
    one_of("readout", readout, tuple(READOUTS))
    n, q, s = finite("width", width), finite("q", q), finite("bias_share", bias_share)
    n = within("width", n, n >= 1, "widths at or above 1")
    q = within("q", q, q >= 0, "second moments at or above zero").astype(n.dtype)
    s = within("bias_share", s, (s >= 0) & (s <= 1), "shares in [0, 1]").astype(n.dtype)
    square, fourth = _moments(pointwise(activation), q)
    usable = (square > 0) & jnp.isfinite(fourth)
    square = within("the activation's second moment", square, usable, "numbers above zero whose square is one, too")
    return (1 - s) ** 2 * (READOUTS[readout] * fourth / square**2 - 3) / n


@closed_form
def edgeworth_density(
    f: Float[ArrayLike, "*batch"], variance: Float[ArrayLike, "*batch"], kurtosis: Float[ArrayLike, "*batch"]
) -> Float[Array, "*batch"]:
    r"""Density to first order in the excess kurtosis, $\mathcal N(0, S)\,[1 + \tfrac{\kappa}{24} He_4(f/\sqrt S)]$.

    The error is of order $n^{-2}$ for symmetric f; where $\kappa$ is not small it may be negative in the tails.

    Raises:
        ValueError: a variance at or below zero.

    >>> round(edgeworth_density(0.0, 1.0, 0.0).item(), 6)
    0.398942
    """
    f, S, kappa = finite("f", f), finite("variance", variance), finite("kurtosis", kurtosis)
    S = within("variance", S, S > 0, "variances above zero").astype(f.dtype)
    x = jnp.clip(f / jnp.sqrt(S), -FARTHEST, FARTHEST)
    fourth = x**4 - 6 * x**2 + 3
    return jnp.exp(-(x**2) / 2) / jnp.sqrt(2 * jnp.pi * S) * (1 + kappa.astype(f.dtype) / 24 * fourth)


def _moments(phi: Callable, q: Float[Array, "..."]) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """E phi^2 and E phi^4 at second moment q, both sides of zero apart."""
    x, w = np.polynomial.legendre.leggauss(24)
    z = REACH * (np.arange(PANELS)[:, None] + (1 + x) / 2).ravel() / PANELS
    weight = np.tile(w, PANELS) * REACH / PANELS / 2 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    nodes, weights = (jnp.asarray(np.concatenate(p), q.dtype) for p in ([z, -z], [weight, weight]))
    shape = (1,) * q.ndim + (-1,)
    squares = phi(root(q)[..., None] * nodes.reshape(shape)) ** 2
    weights = weights.reshape(shape)
    return (weights * squares).sum(-1), (weights * squares**2).sum(-1)
