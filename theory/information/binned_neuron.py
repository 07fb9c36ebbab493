r"""One neuron on a Gaussian input, binned: the information that bins report for T = f(wX), exactly.

A saturating neuron loses binned information as its weight grows, a rectifier gains it: the counterexample of
Saxe et al. 2018 to compression by training :cite:p:`saxe2018`.
"""

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr
from jaxtyping import Array, ArrayLike, Float
from scipy import special

from theory.core.closed_form import closed_form
from theory.core.domain import plain_number, real, whole, within
from theory.information.arguments import host_array

MOST_BINS = 10_000_000


@closed_form
def binned_tanh(weight: Float[ArrayLike, "*batch"], bins: int = 30) -> Float[Array, "*batch"]:
    r"""Entropy in nats of $\tanh(wX)$, X standard normal, in equal bins on [-1, 1].

    $p_k = \Phi(\mathrm{artanh}(b_{k+1})/w) - \Phi(\mathrm{artanh}(b_k)/w)$. Rises, peaks near w = 1 and falls to
    $\log 2$ (bins even) as the neuron saturates.

    Args:
        weight: w above zero.
        bins: number of bins.

    Raises:
        ValueError: a weight at or below zero, fewer than one bin.

    >>> binned_tanh(jnp.array([0.1, 2.0, 100.0])).round(3).tolist()
    [1.833, 2.882, 0.798]
    """
    weight = real("weight", weight)
    weight = within("weight", weight, (weight > 0) & jnp.isfinite(weight), "weights above zero")
    bins = whole("bins", bins, least=1)
    if bins > MOST_BINS:
        raise ValueError(f"bins = {bins} are more than {MOST_BINS}; the entropy grows as log(bins)")
    inner = np.arctanh(1 - 2 * np.arange(1, bins // 2 + 1) / bins)
    upper = np.append(np.inf, inner)  # edges above zero, the largest first; those below mirror them
    if bins % 2:
        upper = np.append(upper, 0.0)
    edges = jnp.asarray(upper, weight.dtype).reshape((1,) * weight.ndim + (-1,))
    above = ndtr(-edges / weight[..., None])
    p = jnp.diff(above, axis=-1)
    if bins % 2:  # the middle bin is two of these halves
        middle = 2 * p[..., -1]
        return 2 * _entropy(p[..., :-1]).sum(-1) + _entropy(middle)
    return 2 * _entropy(p).sum(-1)


def _entropy(p: Array) -> Array:
    return -jnp.where(p > 0, p * jnp.log(jnp.where(p > 0, p, 1.0)), 0.0)


@closed_form
def binned_relu(weight: Float[ArrayLike, "*batch"], width: float = 0.07) -> Float[np.ndarray, "*batch"]:
    r"""Entropy in nats of $\max(wX, 0)$, X standard normal, in bins of a fixed width without end; on the host.

    $p_0 = \Phi(\delta/w)$, $p_k = \Phi((k+1)\delta/w) - \Phi(k\delta/w)$. Grows with w, at last as
    $\frac12 \log w$: no compression.

    Raises:
        ValueError: a weight or width at or below zero, or ten million bins and more.

    >>> (binned_relu(np.array([0.1, 1.0, 10.0])) / np.log(2)).round(4).tolist()
    [1.0939, 3.2844, 5.0778]
    """
    weight, width = host_array("weight", weight), plain_number("width", width, above=0)
    if not ((weight > 0).all() and np.isfinite(weight).all()):
        raise ValueError("weights must be finite numbers above zero")
    if weight.size and 39 * weight.max() / width > MOST_BINS:
        raise ValueError(f"a weight of {weight.max():.3g} fills too many bins; the entropy grows as log(w)/2")
    values = [_relu_entropy(width / w) for w in weight.ravel()]
    return np.reshape(values, weight.shape)


def _relu_entropy(step: float) -> float:
    above = special.ndtr(-step * np.arange(1, int(39 / step) + 3))
    p = np.append(-np.diff(above), special.ndtr(step))
    return float(special.entr(p).sum())
