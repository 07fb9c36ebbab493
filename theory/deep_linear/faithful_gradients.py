r"""Faithful gradients: how unequal the singular values of a deep nonlinear network's Jacobian are.

$J = \prod_l W_{l+1}\,\mathrm{diag}\,\phi'(h_l)$ of a wide random network, layers orthogonal or Gaussian times a gain g.
Factors of large random matrices in general position are free, and the relative variance of squared singular values of a
product of free factors is the sum of theirs (Voiculescu's S-transform to second order; Pennington, Schoenholz and
Ganguli 2017, arXiv 1711.04735, at the fixed point of the variance). A Gaussian layer has the relative variance 1, an
orthogonal one none, the slopes of a layer what the variance of its inputs makes of them. At the edge of chaos the
variance falls like 1/l, so that with orthogonal layers the sum converges: gradients arrive with the same shape at any
depth, the observation of Saxe, McClelland and Ganguli (arXiv 1312.6120). The form along the way is derived here.
"""

from functools import lru_cache

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import whole, within
from theory.deep_linear.gain import Activation, susceptibility, variance_map, variance_trajectory


@closed_form
def slope_spread(q: Float[ArrayLike, "*batch"], activation: Activation = jnp.tanh) -> Float[Array, "*batch"]:
    r"""Relative variance of the squared slopes of a layer, $\mathbb E\,\phi'^4 / (\mathbb E\,\phi'^2)^2 - 1$.

    Expectations over inputs of variance q. Zero for a linear layer, 1 for ReLU, for tanh $8 q^2$ at small q.

    Raises:
        ValueError: a negative variance.

    >>> round(slope_spread(jnp.array(0.5), jax.nn.relu).item(), 6)
    1.0
    """
    mean, at_zero = susceptibility(q, 1.0, activation), _slope_at_zero(activation)
    # about the squared slope at 0, so that nothing cancels at small q
    variance = variance_map(q, 1.0, _excess(activation)) - (mean - at_zero.astype(mean.dtype)) ** 2
    fix = "every slope vanishes there, as that of a kink does at variance zero"
    return variance / within("mean squared slope", mean, mean > 0, "values above zero", fix) ** 2


@closed_form
def jacobian_spread(
    q0: Float[ArrayLike, "*batch"],
    gain: Float[ArrayLike, ""],
    depth: int,
    activation: Activation = jnp.tanh,
    bias: Float[ArrayLike, ""] = 0.0,
    orthogonal: bool = True,
) -> Float[Array, "*batch"]:
    r"""Relative variance of the squared singular values of $\partial h_D/\partial h_0$ at large width.

    $\frac{\mathbb E\,\mathrm{tr}(JJ^\top)^2/N}{(\mathbb E\,\mathrm{tr}\,JJ^\top/N)^2} - 1
    = \sum_{l<D} \Bigl[\frac{\mathbb E\,\phi'(\sqrt{q_l} z)^4}{(\mathbb E\,\phi'(\sqrt{q_l} z)^2)^2} - 1\Bigr]$,
    and D more with Gaussian layers. For a linear network 0 and D.

    Args:
        q0: variance of the first layer's inputs $h_0$.
        gain: g; entries of $W_l$ have variance $g^2/N$.
        depth: D, at least 1.
        activation: elementwise $\phi$, analytic apart from 0.
        bias: variance of the biases.
        orthogonal: whether layers are orthogonal times g; else Gaussian.

    Raises:
        ValueError: a negative variance or gain, a depth below 1.

    >>> round(jacobian_spread(jnp.array(0.3), 1.0, 4, lambda h: h, orthogonal=False).item(), 9)
    4.0
    """
    return jacobian_spreads(q0, gain, depth, activation, bias, orthogonal)[-1]


@closed_form
def jacobian_spreads(
    q0: Float[ArrayLike, "*batch"],
    gain: Float[ArrayLike, ""],
    depth: int,
    activation: Activation = jnp.tanh,
    bias: Float[ArrayLike, ""] = 0.0,
    orthogonal: bool = True,
) -> Float[Array, " depth *batch"]:
    """`jacobian_spread` at every depth from 1 to D.

    Raises:
        ValueError: as `jacobian_spread`.

    >>> spreads = jacobian_spreads(jnp.array(0.3), 1.0, 3, lambda h: h, orthogonal=False)
    >>> [round(spread, 9) for spread in spreads.tolist()]
    [1.0, 2.0, 3.0]
    """
    d = whole("depth", depth, least=1)
    variances = variance_trajectory(q0, gain, d - 1, activation, bias)
    layers = slope_spread(variances, activation)
    return jnp.cumsum(layers if orthogonal else layers + 1, axis=0)


def _slope_at_zero(activation: Activation) -> Float[Array, ""]:
    """The squared slope at 0."""
    return jax.jvp(activation, (jnp.zeros(()),), (jnp.ones(()),))[1] ** 2


@lru_cache(maxsize=64)
def _excess(activation: Activation) -> Activation:
    """The squared slope less that at 0; the same object for the same activation, since programs are compiled by it."""

    def excess(h: Array) -> Array:
        slope = jax.jvp(activation, (h,), (jnp.ones_like(h),))[1]
        return slope**2 - _slope_at_zero(activation).astype(h.dtype)

    return excess
