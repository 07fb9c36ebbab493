"""What travels through the layers of an infinitely wide network for every pair of inputs, and how layers change it."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from theory.kernels import gaps
from theory.kernels.duals import dual_of
from theory.kernels.gaps import ratio, root
from theory.networks import Activation

Values = Float[Array, "..."]


class Factors(NamedTuple):
    r"""What a dense layer does: K' = weight K + bias, Theta' = weight Theta + weight_step K + bias_step."""

    weight: float
    bias: float
    weight_step: float
    bias_step: float


class Pairs(NamedTuple):
    """Second moments of the one and of the other side, one minus their correlation, tangent kernel.

    Everything broadcasts: the moments have length one where they do not depend on an axis of the pairs. The tangent
    kernel is None where only the covariance is asked for; no layer then does any of its work.
    """

    q1: Values
    q2: Values
    gap: Values
    ntk: Values | None

    @property
    def nngp(self) -> Values:
        return root(self.q1) * root(self.q2) * (1 - self.gap)

    @staticmethod
    def of(q1: Values, q2: Values, nngp: Values, ntk: Values | None) -> "Pairs":
        """From a covariance, whose digits of near-duplicates are already lost: a gap of rounding alone is none."""
        size = root(q1) * root(q2)
        gap = jnp.where(size > 0, 1 - ratio(nngp, size), 0.0)
        rounding = 8 * jnp.finfo(gap.dtype).eps
        return Pairs(q1, q2, jnp.clip(jnp.where(gap < rounding, 0.0, gap), 0.0, 2.0), ntk)


@jax.jit
def covariance(pairs: Pairs) -> Values:
    """`Pairs.nngp` as one program."""
    return pairs.nngp


def carried(change: Callable[[Values], Values], ntk: Values | None) -> Values | None:
    """The tangent kernel after a change, None where none is asked for."""
    return None if ntk is None else change(ntk)


def not_gaussian(layer: object) -> ValueError:
    """What to raise for a nonlinearity of what is no Gaussian process."""
    name = type(layer).__name__
    return ValueError(f"{name} has a kernel only after a dense or convolutional layer; put one before it")


def affine(step: Factors, pairs: Pairs, shifted: bool) -> Pairs:
    """After a dense layer, which has biases if `shifted`."""
    ntk = carried(lambda ntk: step.weight * ntk + step.weight_step * pairs.nngp + step.bias_step, pairs.ntk)
    if not shifted:  # correlations stay: an antipode is not rounded away from 2
        return Pairs(step.weight * pairs.q1, step.weight * pairs.q2, pairs.gap, ntk)
    weight, bias = (jnp.asarray(v, pairs.gap.dtype) for v in step[:2])
    return Pairs(*gaps.affine(pairs.q1, pairs.q2, pairs.gap, weight, bias), ntk)


def activated(step: Activation, pairs: Pairs) -> Pairs:
    """After a pointwise nonlinearity."""
    dual, (q1, q2, gap, ntk) = dual_of(step), pairs
    ntk = carried(lambda ntk: ntk * dual.slope(q1, q2, gap), ntk)
    return Pairs(dual.moment(q1), dual.moment(q2), dual.gap(q1, q2, gap), ntk)


def normalized(pairs: Pairs) -> Pairs:
    """After normalization over channels: every second moment is one, or zero where it was; correlations stay."""
    size = root(pairs.q1) * root(pairs.q2)
    q1, q2 = (jnp.where(q > 0, 1.0, 0.0).astype(q.dtype) for q in (pairs.q1, pairs.q2))
    return Pairs(q1, q2, pairs.gap, carried(lambda ntk: ratio(ntk, size), pairs.ntk))


def added(one: Pairs, other: Pairs) -> Pairs:
    """The sum of two independent branches."""
    q1, q2, gap = (jnp.stack(jnp.broadcast_arrays(a, b)) for a, b in zip(one[:3], other[:3]))
    ntk = None if one.ntk is None or other.ntk is None else one.ntk + other.ntk
    return Pairs(one.q1 + other.q1, one.q2 + other.q2, gap_of_sum(q1, q2, gap, 0), ntk)


def gap_of_sum(q1: Values, q2: Values, gap: Values, axes: int | tuple[int, ...]) -> Values:
    r"""The gap of $\sum_k u_k$ and $\sum_k v_k$, terms independent of each other, free of cancellation.

    With $A_k = \sqrt{q_{1k} / \sum q_1}$ and $B_k$ likewise, $1 - \sum_k A_k B_k (1 - \delta_k) =
    \sum_k \tfrac12 (A_k - B_k)^2 + A_k B_k \delta_k$, since the squares of either sum to one.
    """
    total1, total2 = (q.sum(axes, keepdims=True) for q in (q1, q2))
    a, b = root(ratio(q1, total1)), root(ratio(q2, total2))
    out = jnp.where((total1 > 0) & (total2 > 0), (a - b) ** 2 / 2 + a * b * gap, 0.0)
    return jnp.clip(out.sum(axes), 0.0, 2.0)
