r"""Exact learning curves of a chain of D unequal scalar weights: any start, balanced or not, of either sign.

With $L = \frac12 (s - \prod_l a_l)^2$ the differences of squared weights are conserved, so that one number carries the
whole chain. With z the weight of smallest size, signed so that $u = z\,Q(z)$,

$$Q(z) = \prod_{l \ne \min} \sqrt{z^2 + a_l^2 - a_{\min}^2}, \qquad \tau \dot z = Q(z)\,\bigl(s - z\,Q(z)\bigr).$$

Derived here: the time is one integral (hyperelliptic from three weights on), taken by a fixed double exponential rule;
the curve inverts it by bisection and one Newton step. Two weights have the closed form `modes.unbalanced_mode`, equal
ones `depth.deep_mode`. A chain crosses zero only if no other weight is as small as the smallest; otherwise it stops at
the saddle.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from theory.core.bisection import boundary
from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import finite, within

NODES = np.arange(-51, 52) / 12  # beyond them the weights are below 1e-40


class Chain(NamedTuple):
    """A chain mirrored so that s >= 0: its smallest weight, the excess of the others' squares, and its ends.

    Attributes:
        limit: where the product is s.
        end: the limit or, for a chain that cannot cross zero, the saddle.
    """

    start: Float[Array, "..."]
    gaps: Float[Array, "... depth"]
    s: Float[Array, "..."]
    limit: Float[Array, "..."]
    end: Float[Array, "..."]
    side: Float[Array, "..."]


@closed_form
def chain_mode(
    t: Float[ArrayLike, "..."],
    s: Float[ArrayLike, "..."],
    weights: Float[ArrayLike, "..."],
    tau: Float[ArrayLike, "..."] = 1.0,
) -> Float[Array, "..."]:
    r"""Product u of the weights of a chain at time t.

    Args:
        t: times at or after zero.
        s: singular values of the task, any sign.
        weights: the D weights at t = 0 along the last axis; the other axes broadcast against t and s.
        tau: time constant, the inverse of the learning rate.

    Returns:
        u(t), to about 1e-12 of the larger of |s| and |u(0)|, and as if t were off by 1e-14 of itself, which counts at
        the end of a plateau.

    Raises:
        ValueError: a time before zero, tau at or below zero, NaN or infinity, shapes that do not broadcast.

    >>> chain_mode(jnp.array([0.0, 1.0, 4.0]), 2.0, jnp.array([0.1, -0.5, 1.0])).round(2).tolist()
    [-0.05, 1.56, 2.0]
    """
    t, s, tau, weights = _arguments(weights, t=t, s=s, tau=tau)
    t = within("t", t, t >= 0, "times at or after zero", "the flow is solved forward from its start")
    return _mode(t / _positive(tau), s, weights)


@closed_form
def chain_time(
    u: Float[ArrayLike, "..."],
    s: Float[ArrayLike, "..."],
    weights: Float[ArrayLike, "..."],
    tau: Float[ArrayLike, "..."] = 1.0,
) -> Float[Array, "..."]:
    r"""Time at which the product of a chain's weights reaches u: the inverse of `chain_mode`.

    Args:
        u: products strictly between the start and where the chain ends, or the start.
        s: singular values of the task, any sign.
        weights: the D weights at t = 0 along the last axis; the other axes broadcast against u and s.
        tau: time constant.

    Raises:
        ValueError: a product that the chain never has, tau at or below zero, NaN or infinity, shapes that do not
            broadcast.

    >>> round(float(chain_time(1.0, 2.0, jnp.array([0.1, -0.5, 1.0]))), 3)
    0.814
    """
    u, s, tau, weights = _arguments(weights, u=u, s=s, tau=tau)
    inside, time = _time_of(u, s, weights)
    u = jnp.broadcast_to(u, inside.shape)
    within("u", u, inside, "products that this chain ever has", "take one between its start and s")
    return _positive(tau) * jnp.where(inside, time, jnp.nan)


def _arguments(weights: Float[ArrayLike, "..."], **others: Float[ArrayLike, "..."]) -> tuple[Array, ...]:
    weights = finite("weights", weights)
    if weights.ndim == 0 or weights.shape[-1] == 0:
        raise ValueError("weights must have the chain's weights along their last axis; give at least one")
    largest = jnp.abs(weights).max(-1, keepdims=True)
    inside = jnp.broadcast_to(jnp.isfinite(largest ** (2 * weights.shape[-1])), weights.shape)
    weights = within("weights", weights, inside, "sizes whose powers of twice the depth do not overflow")
    *arrays, probe = together(**others, weights=weights[..., 0])
    return *arrays, weights.reshape(probe.shape + weights.shape[-1:]).astype(probe.dtype)


def _positive(tau: Float[Array, "..."]) -> Float[Array, "..."]:
    return within("tau", tau, tau > 0, "values above zero", "it is the inverse of a learning rate")


def _chain(s: Array, weights: Array) -> Chain:
    sizes = jnp.sort(jnp.abs(weights), axis=-1)
    gaps = (sizes[..., 1:] - sizes[..., :1]) * (sizes[..., 1:] + sizes[..., :1])
    side = jnp.where(s < 0, -1, 1).astype(s.dtype)
    start = side * jnp.prod(jnp.where(weights < 0, -1, 1), axis=-1).astype(s.dtype) * sizes[..., 0]
    crosses = (start > 0) | jnp.all(gaps > 0, axis=-1)
    limit = _root(jnp.abs(s), gaps)
    return Chain(start, gaps, jnp.abs(s), limit, jnp.where(crosses, limit, 0.0), side)


def _product(z: Array, gaps: Array) -> Array:
    """Q(z): the other weights, in size."""
    return jnp.prod(_root_of_sum(z[..., None], gaps), axis=-1)


@jax.custom_jvp
def _root_of_sum(z: Array, gap: Array) -> Array:
    return jnp.sqrt(z * z + gap)


@_root_of_sum.defjvp
def _root_of_sum_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    """At z = gap = 0, where it has no derivative, the derivative is set to 0."""
    value = _root_of_sum(*primals)
    safe = jnp.where(value > 0, value, 1.0)
    return value, jnp.where(value > 0, (primals[0] * tangents[0] + 0.5 * tangents[1]) / safe, 0.0)


def _root(u: Array, gaps: Array) -> Array:
    """The z >= 0 with z Q(z) = u >= 0, by bisection in ln z and one Newton step, through which it is differentiated."""
    shape = jnp.broadcast_shapes(u.shape, gaps.shape[:-1])
    floor = 0.5 * float(np.log(jnp.finfo(u.dtype).tiny))
    top = jnp.maximum(jnp.log(jnp.where(u > 0, u, 1.0)) / (gaps.shape[-1] + 1), floor)

    def too_low(log_z: Array) -> Array:
        return jnp.exp(log_z) * _product(jnp.exp(log_z), gaps) <= u

    low, high = jnp.full(shape, floor, u.dtype), jnp.broadcast_to(top, shape)
    z = jax.lax.stop_gradient(jnp.exp(boundary(too_low, low, high)))
    others = _product(z, gaps)
    slope = others * (1 + jnp.sum(z[..., None] ** 2 / (z[..., None] ** 2 + gaps), axis=-1))
    return jnp.where(u > 0, z - (z * others - u) / jax.lax.stop_gradient(slope), 0.0)


def _elapsed(z: Array, chain: Chain) -> Array:
    """The time from the start to z, in pieces between the scales of the gaps and of s, where the integrand bends."""
    if not chain.gaps.shape[-1]:  # one weight
        left, all_of_it = chain.s - z, chain.s - chain.start
        return jnp.where(left == all_of_it, 0.0, jnp.log(all_of_it / jnp.where(left == 0, 1.0, left)))
    low, high = jnp.minimum(chain.start, z), jnp.maximum(chain.start, z)
    excess = _root_of_sum(0.0, chain.gaps[..., 1:] - chain.gaps[..., :1])
    ends = (low[..., None], high[..., None])
    alone = jnp.broadcast_to(-chain.limit, low.shape)[..., None]
    excess = jnp.broadcast_to(excess, low.shape + excess.shape[-1:])
    bends = jnp.concatenate([-excess, excess, alone, jnp.zeros_like(alone)], axis=-1)
    inner = jnp.sort(jnp.clip(bends, *ends), axis=-1)
    points = jnp.concatenate([ends[0], inner, ends[1]], axis=-1)
    passed = jnp.sum(_integral(points[..., :-1], points[..., 1:], chain), axis=-1)
    return jnp.where(z < chain.start, -passed, passed)


def _integral(low: Array, high: Array, chain: Chain) -> Array:
    """The double exponential rule for dz / (Q (s - z Q)) over pieces that do not cross zero, exact to rounding.

    In x = asinh(z / sqrt(g)), g the least gap, every branch point lies as far as pi/2 from the real line, however far
    apart the weights are; beyond all scales x is a logarithm. Points are found from the nearer end, which keeps digits.
    """
    gap = jnp.broadcast_to(chain.gaps[..., :1], low.shape)
    stretch = np.pi * np.sinh(NODES)
    left, right = 1 / (1 + np.exp(-stretch)), 1 / (1 + np.exp(stretch))
    rule = (NODES[1] - NODES[0]) * np.pi * np.cosh(NODES) * left * right
    left, right, rule = (x.astype(low.dtype).reshape((1,) * low.ndim + (-1,)) for x in (left, right, rule))
    side = jnp.where(low + high < 0, -1, 1).astype(low.dtype)[..., None]
    length = _distance(low, high, gap)[..., None]
    gap = gap[..., None]
    nearer = jnp.where(left < right, low[..., None], high[..., None])
    z = side * _moved(nearer, side * length * jnp.where(left < right, left, -right), gap)
    others = _product(z, chain.gaps[..., None, None, 1:])
    rate = others * (chain.s[..., None, None] - z * _root_of_sum(z, gap) * others)
    inverse = jnp.where(rate == 0, 0.0, 1 / jnp.where(rate == 0, 1.0, rate))
    return length[..., 0] * jnp.sum(rule * inverse, axis=-1)


def _distance(low: Array, high: Array, gap: Array) -> Array:
    """asinh(high / sqrt(gap)) - asinh(low / sqrt(gap)) on one side of zero, without cancellation and for a gap of 0."""
    sizes = jnp.abs(low), jnp.abs(high)
    small, large = jnp.minimum(*sizes), jnp.maximum(*sizes)
    root, top = _root_of_sum(small, gap), _root_of_sum(large, gap)
    nonzero = small + root > 0
    grown = (large - small) * (1 + (large + small) / jnp.where(nonzero, root + top, 1.0))
    return jnp.where(nonzero, jnp.log1p(grown / jnp.where(nonzero, small + root, 1.0)), 0.0)


def _moved(z: Array, change: Array, gap: Array) -> Array:
    """|z| after asinh(|z| / sqrt(gap)) has changed by so much."""
    base = (jnp.abs(z) + _root_of_sum(z, gap)) * jnp.exp(change)
    return 0.5 * (base - gap / jnp.where(base > 0, base, 1.0))


@jax.jit
def _mode(t: Array, s: Array, weights: Array) -> Array:
    chain = _chain(s, weights)
    span = chain.end - chain.start
    first = 0.9 * float(np.log(jnp.finfo(t.dtype).tiny))
    last = 0.95 * float(-np.log(jnp.finfo(t.dtype).eps))
    shape = jnp.broadcast_shapes(t.shape, span.shape)

    def at(log_odds: Array) -> Array:
        return chain.start + span * jax.nn.sigmoid(log_odds)

    bounds = jnp.full(shape, first, t.dtype), jnp.full(shape, last, t.dtype)
    log_odds = boundary(lambda x: _elapsed(at(x), chain) <= t, *bounds)
    z = jax.lax.stop_gradient(at(log_odds))
    others = _product(z, chain.gaps)
    late = t - jnp.where(span == 0, t, _elapsed(z, chain))
    done = log_odds > last - 1e-3
    velocity = jax.lax.stop_gradient(others * (chain.s - z * others))
    # the last step mends rounding; where t is not known to the end of a plateau, it must not leave the curve
    least = chain.gaps[..., 0] if chain.gaps.shape[-1] else span**2
    most = 1e-3 * _root_of_sum(z, jax.lax.stop_gradient(least))
    z = jnp.where(done, chain.end, z + jnp.clip(jnp.where(done, 0.0, late) * velocity, -most, most))
    known = jnp.isfinite(t + s + jnp.sum(weights, axis=-1))  # a comparison with NaN would end as a plausible number
    return jnp.where(known, chain.side * z * _product(z, chain.gaps), jnp.nan)


@jax.jit
def _time_of(u: Array, s: Array, weights: Array) -> tuple[Array, Array]:
    chain = _chain(s, weights)
    u = chain.side * u
    z = jnp.where(u < 0, -1, 1).astype(u.dtype) * _root(jnp.abs(u), chain.gaps)
    start = chain.start * _product(chain.start, chain.gaps)
    end = jnp.where(chain.end > 0, chain.s, 0.0)
    inside = (jnp.sign(u - start) * jnp.sign(end - u) > 0) | (u == start)
    return inside, jnp.where(u == start, 0.0, _elapsed(jnp.where(inside, z, chain.start), chain))
