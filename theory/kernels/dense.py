r"""Kernels of an infinitely wide perceptron: covariance at the start (NNGP) and neural tangent kernel (NTK).

One layer takes the covariance K and the tangent kernel $\Theta$ of its inputs to

$$K' = w K + b, \qquad \Theta' = w\,\Theta + \lambda_w K + \lambda_b \qquad\text{(dense)}$$
$$K' = \mathbb E f(u) f(v), \qquad \Theta' = \Theta\;\mathbb E f'(u) f'(v) \qquad\text{(activation)}$$

from $K = x \cdot x'/d$, $\Theta = 0$ (Lee et al. 2018; Jacot, Gabriel and Hongler 2018). The parametrization says
what the four numbers are: $w = m^2 s^2 n$ with multiplier m, deviation s and fan-in n, $\lambda_w = \rho\, m^2 n$
with $\rho$ the factor of the step, likewise for the biases. In `ntk` $w = \lambda_w = \sigma_w^2$ and $b = \lambda_b
= \sigma_b^2$; in `standard` $\lambda_w = n$ and $\lambda_b = 1$, so that $\Theta$ is the leading order at the
described widths.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.kernels.duals import dual_of
from theory.kernels.gaps import affine, root
from theory.kernels.inputs import directions, gaps, rows
from theory.networks import Activation, Network


class Kernels(NamedTuple):
    """Covariance of an output between inputs at the start, and neural tangent kernel."""

    nngp: Float[Array, "..."]
    ntk: Float[Array, "..."]


class Factors(NamedTuple):
    r"""What a dense layer does: K' = weight K + bias, Theta' = weight Theta + weight_step K + bias_step."""

    weight: float
    bias: float
    weight_step: float
    bias_step: float


class _State(NamedTuple):
    q1: Float[Array, "..."]
    q2: Float[Array, "..."]
    gap: Float[Array, "..."]
    ntk: Float[Array, "..."]

    @property
    def nngp(self) -> Float[Array, "..."]:
        return root(self.q1) * root(self.q2) * (1 - self.gap)


@closed_form
def kernels(network: Network, x1: Float[ArrayLike, "..."], x2: Float[ArrayLike, "..."] | None = None) -> Kernels:
    r"""NNGP and NTK of the network between the rows of x1 and of x2, or of x1 with itself.

    The kernels of one output; different outputs are independent at the start and share the NTK. Gaps $1 - c$ are
    carried through the layers (`theory.kernels.gaps`), so that near-duplicates keep their digits in float32 too, and
    the diagonal is exact.

    Args:
        network: `theory.networks.Network`; hidden widths matter only where the parametrization says so.
        x1, x2: inputs, one a row.

    Raises:
        ValueError: inputs of another rank or width, an empty set, NaN or infinity.

    >>> from theory.networks import perceptron
    >>> network = perceptron((2, 512, 1), parametrization="ntk", sigma_w=2**0.5)
    >>> K, Theta = kernels(network, jnp.eye(2))
    >>> K.round(6).tolist()
    [[1.0, 0.31831], [0.31831, 1.0]]
    >>> Theta.round(6).tolist()
    [[2.0, 0.31831], [0.31831, 2.0]]
    """
    x1 = rows("x1", x1, network.inputs)
    size1, unit1 = directions(x1)
    size2, unit2 = (size1, unit1) if x2 is None else directions(rows("x2", x2, network.inputs).astype(x1.dtype))
    between = gaps(unit1, unit2)
    if x2 is None:
        between = between * (1 - jnp.eye(len(between), dtype=between.dtype))
    return _through(_without_widths(network), size1[:, None] ** 2, size2[None, :] ** 2, between)


@closed_form
def diagonal(network: Network, x: Float[ArrayLike, "..."]) -> Kernels:
    r"""The diagonals of `kernels` alone, $K(x, x)$ and $\Theta(x, x)$, in linear time.

    Raises:
        ValueError: inputs of another rank or width, an empty set, NaN or infinity.

    >>> from theory.networks import perceptron
    >>> diagonal(perceptron((2, 8, 1), parametrization="ntk", sigma_w=2**0.5), jnp.eye(2)).ntk.round(6).tolist()
    [2.0, 2.0]
    """
    size, _ = directions(rows("x", x, network.inputs))
    return _through(_without_widths(network), size**2, size**2, jnp.zeros_like(size))


@closed_form
def correlation_gap(network: Network, x1: Float[ArrayLike, "..."], x2: Float[ArrayLike, "..."]) -> Float[Array, "n m"]:
    r"""One minus the correlation of the outputs, $1 - K(x, x')/\sqrt{K(x, x) K(x', x')}$, with its digits.

    >>> from theory.networks import perceptron
    >>> x = jnp.array([[1.0, 0.0]])
    >>> correlation_gap(perceptron((2, 8, 1)), x, x + jnp.array([[0.0, 1e-9]])).item() > 0
    True
    """
    size1, unit1 = directions(rows("x1", x1, network.inputs))
    size2, unit2 = directions(rows("x2", x2, network.inputs))
    return _last(_without_widths(network), size1[:, None] ** 2, size2[None, :] ** 2, gaps(unit1, unit2)).gap


def factors(network: Network) -> tuple[Factors, ...]:
    """What each dense layer does to the kernels, from the input.

    >>> from theory.networks import perceptron
    >>> factors(perceptron((3, 16, 1)))[1]
    Factors(weight=1.0, bias=0.0, weight_step=16.0, bias_step=0.0)
    """
    return tuple(_factors(network))


def _factors(network: Network) -> Iterator[Factors]:
    for fan_in, weight, bias in network.scales():
        lead, shift = (0.0, 0.0) if bias is None else (bias.multiplier**2, bias.deviation**2)
        step = 0.0 if bias is None else lead * bias.rate
        scale = weight.multiplier**2 * fan_in
        yield Factors(round_off(scale * weight.deviation**2), lead * shift, round_off(scale * weight.rate), step)


def round_off(x: float) -> float:
    """The float nearest in 15 digits: a gain of sqrt(2) squares to 2 and not to 2.0000000000000004."""
    return float(f"{x:.15g}")


class _Depth(NamedTuple):
    """All that the recursion needs, hashable; networks that differ in width alone share a program."""

    steps: tuple[Factors | Activation, ...]


def _without_widths(network: Network) -> _Depth:
    dense = iter(factors(network))
    return _Depth(tuple(layer if isinstance(layer, Activation) else next(dense) for layer in network.layers))


@partial(jax.jit, static_argnums=0)
def _last(depth: _Depth, q1: Array, q2: Array, gap: Array) -> _State:
    state = _State(q1, q2, gap, jnp.zeros_like(gap))
    for step in depth.steps:
        state = _activated(step, state) if isinstance(step, Activation) else _affine(step, state)
    return state


def _through(depth: _Depth, q1: Array, q2: Array, gap: Array) -> Kernels:
    state = _last(depth, q1, q2, gap)
    return Kernels(state.nngp, state.ntk)


def _affine(step: Factors, state: _State) -> _State:
    ntk = step.weight * state.ntk + step.weight_step * state.nngp + step.bias_step
    if not step.bias:  # correlations stay: an antipode is not rounded away from 2
        return _State(step.weight * state.q1, step.weight * state.q2, state.gap, ntk)
    weight, bias = (jnp.asarray(v, state.gap.dtype) for v in (step.weight, step.bias))
    return _State(*affine(state.q1, state.q2, state.gap, weight, bias), ntk)


def _activated(step: Activation, state: _State) -> _State:
    dual, (q1, q2, gap, ntk) = dual_of(step), state
    return _State(dual.moment(q1), dual.moment(q2), dual.gap(q1, q2, gap), ntk * dual.slope(q1, q2, gap))
