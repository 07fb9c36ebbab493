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
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import finite, within
from theory.kernels.arguments import described, of_type
from theory.kernels.inputs import directions, gaps, resolved, rows
from theory.kernels.pairs import Factors, Pairs, activated, affine, covariance, not_gaussian
from theory.networks import Activation, Dense, Network
from theory.networks.parametrization import parametrization

UNROLLED = 4  # equal layers; more of them become a loop


class Kernels(NamedTuple):
    """Covariance of an output between inputs at the start, and neural tangent kernel."""

    nngp: Float[Array, "..."]
    ntk: Float[Array, "..."]


class Gains(NamedTuple):
    r"""Gains in place of a description's own, one for all dense layers or one each; kernels differentiate in them.

    Attributes:
        sigma_w: $\sigma_w$.
        sigma_b: $\sigma_b$ of the layers that have biases; None leaves the description's.
    """

    sigma_w: Float[ArrayLike, "..."]
    sigma_b: Float[ArrayLike, "..."] | None = None


@closed_form
def kernels(
    network: Network,
    x1: Float[ArrayLike, "..."],
    x2: Float[ArrayLike, "..."] | None = None,
    gains: Gains | None = None,
) -> Kernels:
    r"""NNGP and NTK of the network between the rows of x1 and of x2, or of x1 with itself.

    The kernels of one output; different outputs are independent at the start and share the NTK. Gaps $1 - c$ are
    carried through the layers (`theory.kernels.gaps`), so that near-duplicates keep their digits in float32 too, and
    the diagonal is exact. Large Gram matrices are faster by `theory.kernels.gram.gram`.

    Args:
        network: `theory.networks.Network`; hidden widths matter only where the parametrization says so.
        x1, x2: inputs, one a row.
        gains: in place of the network's, for derivatives in them. Where the derivative has no value because an angle
            opens like $|\sigma_b|$ (inputs of one direction and different size, $\sigma_b = 0$), it is that of the
            two sides' mean, 0.

    Raises:
        ValueError: inputs of another rank or width, an empty set, NaN or infinity; gains of another number; an
            activation of what is not Gaussian, first or after another, or one whose second moment is infinite.

    >>> from theory.networks import perceptron
    >>> network = perceptron((2, 512, 1), parametrization="ntk", sigma_w=2**0.5)
    >>> K, Theta = kernels(network, jnp.eye(2))
    >>> K.round(6).tolist()
    [[1.0, 0.31831], [0.31831, 1.0]]
    >>> Theta.round(6).tolist()
    [[2.0, 0.31831], [0.31831, 2.0]]
    """
    return _with_tangents(_through(network, *_all_pairs(network, x1, x2), gains))


@closed_form
def nngp(
    network: Network,
    x1: Float[ArrayLike, "..."],
    x2: Float[ArrayLike, "..."] | None = None,
    gains: Gains | None = None,
) -> Float[Array, "n m"]:
    """The first of `kernels` alone, without the work of the second; arguments and errors as there.

    >>> from theory.networks import perceptron
    >>> nngp(perceptron((2, 512, 1), parametrization="ntk", sigma_w=2**0.5), jnp.eye(2)).round(6).tolist()
    [[1.0, 0.31831], [0.31831, 1.0]]
    """
    return covariance(_through(network, *_all_pairs(network, x1, x2), gains, tangents=False))


@closed_form
def diagonal(network: Network, x: Float[ArrayLike, "..."], gains: Gains | None = None) -> Kernels:
    r"""The diagonals of `kernels` alone, $K(x, x)$ and $\Theta(x, x)$, in linear time.

    Raises:
        ValueError: inputs of another rank or width, an empty set, NaN or infinity.

    >>> from theory.networks import perceptron
    >>> diagonal(perceptron((2, 8, 1), parametrization="ntk", sigma_w=2**0.5), jnp.eye(2)).ntk.round(6).tolist()
    [2.0, 2.0]
    """
    return _with_tangents(_through(network, *_same_inputs(network, x), gains))


@closed_form
def nngp_diagonal(network: Network, x: Float[ArrayLike, "..."], gains: Gains | None = None) -> Float[Array, " n"]:
    """The first of `diagonal` alone, the second moment of an output; errors as there.

    >>> from theory.networks import perceptron
    >>> nngp_diagonal(perceptron((2, 8, 1), parametrization="ntk", sigma_w=2**0.5), jnp.eye(2)).round(6).tolist()
    [1.0, 1.0]
    """
    return covariance(_through(network, *_same_inputs(network, x), gains, tangents=False))


@closed_form
def correlation_gap(network: Network, x1: Float[ArrayLike, "..."], x2: Float[ArrayLike, "..."]) -> Float[Array, "n m"]:
    r"""One minus the correlation of the outputs, $1 - K(x, x')/\sqrt{K(x, x) K(x', x')}$, with its digits.

    >>> from theory.networks import perceptron
    >>> x = jnp.array([[1.0, 0.0]])
    >>> correlation_gap(perceptron((2, 8, 1)), x, x + jnp.array([[0.0, 1e-9]])).item() > 0
    True
    """
    return _last(network, *_all_pairs(network, x1, x2), tangents=False).gap


@closed_form
def kernels_at_gap(
    network: Network,
    q1: Float[ArrayLike, "*batch"],
    q2: Float[ArrayLike, "*batch"],
    gap: Float[ArrayLike, "*batch"],
    gains: Gains | None = None,
) -> Kernels:
    r"""The kernels of two inputs of mean squares q1, q2 whose cosine is $1 - \delta$.

    Raises:
        ValueError: a mean square below zero, a gap outside [0, 2], NaN or infinity.

    >>> from theory.networks import perceptron
    >>> network = perceptron((2, 8, 1), parametrization="ntk", sigma_w=2**0.5)
    >>> round(kernels_at_gap(network, 1.0, 1.0, 1.0).ntk.item(), 6)  # 2/pi
    0.63662
    """
    return _with_tangents(_through(network, *_checked(q1, q2, gap), gains))


@closed_form
def nngp_at_gap(
    network: Network,
    q1: Float[ArrayLike, "*batch"],
    q2: Float[ArrayLike, "*batch"],
    gap: Float[ArrayLike, "*batch"],
    gains: Gains | None = None,
) -> Float[Array, "*batch"]:
    """The first of `kernels_at_gap` alone, without the work of the second; errors as there.

    >>> from theory.networks import perceptron
    >>> network = perceptron((2, 8, 1), parametrization="ntk", sigma_w=2**0.5)
    >>> round(nngp_at_gap(network, 1.0, 1.0, 1.0).item(), 6)  # 2/pi
    0.63662
    """
    return covariance(_through(network, *_checked(q1, q2, gap), gains, tangents=False))


def _checked(q1: ArrayLike, q2: ArrayLike, gap: ArrayLike) -> tuple[Array, Array, Array]:
    first, second, gap = together(q1=q1, q2=q2, gap=gap)
    gap = within("gap", gap, (gap >= 0) & (gap <= 2), "gaps 1 - c in [0, 2]", "pass one minus the cosine")
    named = (("q1", first), ("q2", second))
    first, second = (within(name, q, q >= 0, "mean squares at or above zero") for name, q in named)
    one, two, gap = jnp.broadcast_arrays(first, second, gap)
    return one, two, gap


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


def _at(network: Network, gains: Gains) -> Float[Array, "layers 4"]:
    """The factors at other gains: those at gains of one times squares, where the parametrization has a gain."""
    of_type("gains", gains, Gains, "Gains(sigma_w, sigma_b)")
    plain = [layer if isinstance(layer, Activation) else of_gain_one(layer) for layer in network.layers]
    unit = jnp.asarray(tuple(_factors(replace(network, layers=tuple(plain)))), jnp.result_type(float))
    w = gain("sigma_w", gains.sigma_w, network.depth) ** 2
    given = [layer.sigma_b or 0.0 for layer in network.dense] if gains.sigma_b is None else gains.sigma_b
    b = gain("sigma_b", given, network.depth) ** 2
    if parametrization(network.parametrization).gains_multiply:
        return unit * jnp.stack([w, b, w, b], 1)
    return unit * jnp.stack([w, b, jnp.ones_like(w), jnp.ones_like(b)], 1)


def of_gain_one(layer: Any) -> Any:
    """The same layer with gains of one, and biases where it has any."""
    return replace(layer, sigma_w=1.0, sigma_b=None if layer.sigma_b is None else 1.0)


def gain(name: str, value: Float[ArrayLike, "..."] | list[float], layers: int) -> Float[Array, " layers"]:
    """One gain for each of so many layers.

    Raises:
        ValueError: NaN or infinity, another number of gains than one or that.
    """
    array = jnp.asarray(value) if isinstance(value, list) else value
    given = finite(name, array).astype(jnp.result_type(float))
    if given.shape not in ((), (layers,)):
        raise ValueError(f"{name} has shape {given.shape}; give one gain, or one for each of {layers} layers")
    return jnp.broadcast_to(given, (layers,))


class _Depth(NamedTuple):
    """What a program is made for: activations, and for a dense layer whether it shifts; whether tangent kernels travel.
    The factors are arguments."""

    steps: tuple[bool | Activation, ...]
    tangents: bool


def _all_pairs(network: Network, x1: ArrayLike, x2: ArrayLike | None) -> tuple[Array, Array, Array]:
    """Mean squares of either side, and gaps, of the pairs of rows of two sets or of one."""
    described(network, Network)
    first = rows("x1", x1, network.inputs)
    size1, unit1 = directions(first)
    size2, unit2 = (size1, unit1) if x2 is None else directions(rows("x2", x2, network.inputs).astype(first.dtype))
    return matched(size1, size2, gaps(unit1, unit2), x2 is None)


@partial(jax.jit, static_argnums=3)
def matched(size1: Array, size2: Array, between: Array, same: bool) -> tuple[Array, Array, Array]:
    """Mean squares and gaps as they enter the layers; of every row with itself the gap is none."""
    if same:
        between = between * (1 - jnp.eye(len(between), dtype=between.dtype))
    return size1[:, None] ** 2, size2[None, :] ** 2, between


def _same_inputs(network: Network, x: ArrayLike) -> tuple[Array, Array, Array]:
    """The same of every row with itself."""
    described(network, Network)
    size, _ = directions(rows("x", x, network.inputs))
    return alone(size)


@jax.jit
def alone(size: Array) -> tuple[Array, Array, Array]:
    """Mean squares and gaps of inputs with themselves."""
    return size**2, size**2, jnp.zeros_like(size)


def _last(
    network: Network, q1: Array, q2: Array, gap: Array, gains: Gains | None = None, tangents: bool = True
) -> Pairs:
    if gap.dtype != jnp.float32 or any(isinstance(v, jax.core.Tracer) for v in jax.tree.leaves((q1, q2, gap, gains))):
        return _recursion(*_program(network, gap.dtype, gains, tangents), q1, q2, gap)
    with jax.enable_x64(True):  # slopes just below their value at duplicates all round the same way, layer after layer
        wide = (v.astype(jnp.float64) for v in (q1, q2, gap))
        state = _recursion(*_program(network, jnp.float64, gains, tangents), *wide)
        return jax.tree.map(lambda v: v.astype(jnp.float32), state)


def _program(
    network: Network, dtype: DTypeLike, gains: Gains | None, tangents: bool
) -> tuple[_Depth, Float[Array, "layers 4"]]:
    for before, layer in zip((None, *network.layers), network.layers):
        if isinstance(layer, Activation) and not isinstance(before, Dense):
            raise not_gaussian(layer)
    own = tuple(_factors(network))
    given = jnp.asarray(own, dtype) if gains is None else _at(network, gains).astype(dtype)
    shifted = iter([bool(f.bias) if gains is None else d.sigma_b is not None for f, d in zip(own, network.dense)])
    steps = tuple(x if isinstance(x, Activation) else next(shifted) for x in network.layers)
    return _Depth(steps, tangents), given


@partial(jax.jit, static_argnums=0)
def _recursion(depth: _Depth, given: Float[Array, "layers 4"], q1: Array, q2: Array, gap: Array) -> Pairs:
    state = Pairs(q1, q2, gap, jnp.zeros_like(gap) if depth.tangents else None)
    steps, row = depth.steps, 0
    while steps:
        pair, times = steps[:2], _repeats(steps)
        if times > UNROLLED:  # one program for a deep network, in place of one a layer
            block = given[row : row + times]
            state, _ = jax.lax.scan(lambda s, f: (_pair(pair, f, s), None), state, block)  # noqa: B023
            steps, row = steps[2 * times :], row + times
        elif isinstance(steps[0], Activation):
            state, steps = activated(steps[0], state), steps[1:]
        else:
            state, steps, row = affine(Factors(*given[row]), state, steps[0]), steps[1:], row + 1
    return state


def _repeats(steps: tuple[bool | Activation, ...]) -> int:
    """How often the sequence starts with one pair of an activation and a dense layer."""
    pair = steps[:2]
    if len(pair) < 2 or not isinstance(pair[0], Activation) or isinstance(pair[1], Activation):
        return 0
    return next((k for k in range(len(steps) // 2 + 1) if steps[2 * k : 2 * k + 2] != pair), 0)


def _pair(pair: tuple[bool | Activation, ...], step: Float[Array, "4"], state: Pairs) -> Pairs:
    return affine(Factors(*step), activated(pair[0], state), pair[1])  # type: ignore[arg-type]


def _through(network: Network, q1: Array, q2: Array, gap: Array, gains: Gains | None, tangents: bool = True) -> Pairs:
    described(network, Network)
    state = _last(network, q1, q2, gap, gains, tangents)
    return state._replace(q1=resolved(state.q1), q2=resolved(state.q2))


def _with_tangents(pairs: Pairs) -> Kernels:
    assert pairs.ntk is not None
    return Kernels(covariance(pairs), pairs.ntk)
