r"""The balanced flow of a mode at any depth from three on, solved in the coordinate that straightens it.

With $q = 1 - 2/D$ the mode obeys $\dot u = D u^{1+q}(s - u)$, $u > 0$. Its singular points are 0, s and infinity, and
beside each one coordinate turns it into a straight line ($b = 1 - q$, $R_c(x) = \int_0^1 \frac{r^c}{1 - xr}\,dr$):

- far from s, $w = s/u$: $w^{1+q} R_q(w)$ grows like $D |s|^{1+q} t$;
- beside zero, $v = u/s$: $v^{-q}/q - v^b/b - v^{1+b} R_b(v)$ falls like $D |s|^{1+q} t$;
- beside s, $y = s/u - 1$: $\ln y + \int_0^y \frac{(1+x)^q - 1}{x}\,dx$ falls like $D s^{1+q} t$.

A mode rises from "beside zero" to "beside s"; it falls from "far" to "beside s" if s > 0, to "beside zero" if s < 0.
Every coordinate is taken relative to its start, so that nothing overflows, underflows or cancels on a long plateau.

Derived here. Infinite depth is q = 1 with t standing for D t.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from theory.core.blocks import in_blocks
from theory.deep_linear.straightened import (
    FAR,
    NEAR,
    ZERO,
    far_inverse,
    near_inverse,
    near_logarithm,
    stieltjes,
    stieltjes_terms,
    zero_curves,
)

NOT_SMALL = 0.25  # b from which on (x^b - 1)/b may be written as it stands: four times the rounding of x^b


class Phases(NamedTuple):
    """Where a mode enters each phase (as u and in the phase's own coordinate), how fast its clock runs, when it leaves.

    A phase that the mode never enters has a harmless start and lasts no time.
    """

    far: Float[Array, "..."]  # w = s/u at the start
    far_rate: Float[Array, "..."]
    far_time: Float[Array, "..."]
    zero: Float[Array, "..."]  # v = u/s at the start
    zero_start: Float[Array, "..."]  # u at the start
    zero_rate: Float[Array, "..."]
    zero_time: Float[Array, "..."]
    near: Float[Array, "..."]  # y = s/u - 1 at the start
    near_limit: Float[Array, "..."]  # s
    near_rate: Float[Array, "..."]


def phases(s: Float[Array, "..."], u0: Float[Array, "..."], depth: float, q: float) -> Phases:
    """The phases of the mode that starts at u0 > 0; `depth` is the factor D of the time."""
    huge = jnp.finfo(u0.dtype).max / 16
    ratio = jnp.clip(s / u0, -huge, huge)
    is_far = (ratio >= FAR[0]) & (ratio <= FAR[1])
    is_zero = (ratio < 1 / ZERO[0]) | (ratio > 1 / ZERO[1])
    far = jnp.where(is_far, ratio, 0.0)
    far_rate = depth * jnp.where(is_far, u0, 1.0) ** (1 + q)
    far_time = jnp.where(s == 0, jnp.inf, jnp.where(is_far, far_clock(far_exit(far), far, q) / far_rate, 0.0))

    via_zero = is_zero | (ratio < 0)
    zero = jnp.where(is_zero, 1 / jnp.where(is_zero, ratio, 1.0), jnp.where(ratio < 0, ZERO[0], ZERO[1]))
    zero_start = jnp.where(is_zero, u0, jnp.where(ratio < 0, -s, 1.0))
    zero_rate = depth * jnp.where(via_zero, s, 1.0) * zero_start**q
    leaves = zero_clock(zero_exit(zero), zero, q) / zero_rate
    zero_time = jnp.where(ratio > 1 / ZERO[1], leaves, jnp.where(ratio < 0, jnp.inf, 0.0))

    from_elsewhere = jnp.where(ratio > 1, NEAR[1], NEAR[0])
    near = jnp.where(is_far | is_zero, from_elsewhere, ratio - 1)
    near_limit = jnp.where(ratio > 0, s, 1.0)
    near_rate = depth * near_limit ** (1 + q)
    return Phases(far, far_rate, far_time, zero, zero_start, zero_rate, zero_time, near, near_limit, near_rate)


def far_exit(w: Float[Array, "..."]) -> Float[Array, "..."]:
    """ln(u0/u) where the mode leaves; practically never if s is zero."""
    least = float(jnp.finfo(w.dtype).tiny) ** 0.4  # neither its square nor that's inverse leaves the normal numbers
    return jnp.log(jnp.where(w < 0, FAR[0] / jnp.minimum(w, -least), FAR[1] / jnp.maximum(w, least)))


def far_clock(x: Float[Array, "..."], w: Float[Array, "..."], q: float) -> Float[Array, "..."]:
    """D u0^(1+q) t at which ln(u0/u) = x, from w = s/u0."""
    return jnp.exp((1 + q) * x) * stieltjes(w * jnp.exp(x), q) - stieltjes(w, q)


def far_flow(clock: Float[Array, "..."], w: Float[Array, "..."], q: float) -> Float[Array, "..."]:
    """u0/u at that time."""
    start = stieltjes(w, q)
    grown = ((1 + q) * start) ** (1 / (1 + q)) * (1 + clock / start) ** (1 / (1 + q))
    return grown * far_inverse(w * grown, q)


def zero_exit(v: Float[Array, "..."]) -> Float[Array, "..."]:
    """ln(u0/u) at the edge of the phase: where a rising mode leaves, or where a falling one would have entered."""
    return jnp.log(v / jnp.where(v > 0, ZERO[1], ZERO[0]))


def zero_clock(x: Float[Array, "..."], v: Float[Array, "..."], q: float) -> Float[Array, "..."]:
    """D s u0^q t at which ln(u0/u) = x, from v = u0/s."""
    b = 1 - q
    return _zero_clock(jnp.exp(q * x), jnp.exp(-x), jnp.expm1(-b * x) / b if b else -x, v, q)


def _zero_clock(grown: Array, part: Array, between: Array, v: Array, q: float) -> Array:
    """The same from (u0/u)^q, u/u0 and ((u0/u)^-b - 1)/b."""
    b, v_now = 1 - q, v * part
    tail = v_now * v_now * stieltjes_terms(v_now, b) * grown - v * v * stieltjes_terms(v, b)
    return tail - (grown - 1) / q + v * between


def zero_flow(clock: Float[Array, "..."], v: Float[Array, "..."], q: float) -> Float[Array, "..."]:
    """u/u0 at that time: a Taylor step of fourth order along the flow, from a guess good to five digits."""
    grown = jax.lax.stop_gradient(_guess(clock, v, q))
    part, between = _from_grown(grown, q)
    late = clock - _zero_clock(grown, part, between, v, q)
    m, n = 1 / grown, v * part / grown
    k = m - n  # -dx/dclock, and in turn its derivatives
    k1 = k * (q * k - n)
    k2 = k1 * (2 * q * k - n) - (1 + q) * k * k * n
    step = late * (k + late * (k1 / 2 + late * k2 / 6))
    return part * (1 + step * (1 + step * (0.5 + step / 6)))


def _from_grown(grown: Float[Array, "..."], q: float) -> tuple[Array, Array]:
    """u/u0 and ((u0/u)^-b - 1)/b from (u0/u)^q, by products alone where the exponents allow."""
    b, power = 1 - q, 1 / q
    part = grown ** -round(power) if abs(power - round(power)) < 1e-12 else jnp.exp(-jnp.log(grown) / q)
    if b > NOT_SMALL:
        return part, (part * grown - 1) / b
    x = jnp.log(grown) / q
    return part, jnp.expm1(-b * x) / b if b else -x


def _guess(clock: Float[Array, "..."], v: Float[Array, "..."], q: float) -> Float[Array, "..."]:
    """(u0/u)^q: from the edge of the phase on, all rising modes run along one curve and all falling ones along one."""
    edge = zero_exit(v)
    scale = jnp.exp(q * edge)
    ahead = (zero_clock(edge, v, q) - clock) / scale
    rising, falling = zero_curves(q)
    risen = rising(ahead)
    return scale * jax.lax.cond(jnp.any(v < 0), lambda: jnp.where(v > 0, risen, falling(ahead)), lambda: risen)


def near_clock(y: Float[Array, "..."], y0: Float[Array, "..."], q: float) -> Float[Array, "..."]:
    """D s^(1+q) t at which s/u - 1 = y."""
    return jnp.log(y0 / y) + near_logarithm(y0, q) - near_logarithm(y, q)


def near_flow(clock: Float[Array, "..."], y0: Float[Array, "..."], q: float) -> Float[Array, "..."]:
    """The part of s/u0 - 1 = y0 that is left at that time."""
    decayed = jnp.exp(near_logarithm(y0, q)) * jnp.exp(-clock)
    return decayed * near_inverse(y0 * decayed, q)


@partial(jax.custom_jvp, nondiff_argnums=(3, 4))
@partial(jax.jit, static_argnums=(3, 4))
def strength(
    t: Float[Array, "..."], s: Float[Array, "..."], u0: Float[Array, "..."], depth: float, q: float
) -> Float[Array, "..."]:
    """u at time t, for u0 > 0."""
    return in_blocks(lambda t, s, u0: _curve(t, s, u0, depth, q)[0], t, s, u0)


@strength.defjvp
def _strength_jvp(
    depth: float, q: float, primals: tuple[Array, Array, Array], tangents: tuple[Array, Array, Array]
) -> tuple[Array, Array]:
    """The flow's own derivatives, one factor each; that by s from the scaling of u, or, far from s, directly."""
    (t, s, u0), (t_dot, s_dot, u0_dot) = primals, tangents
    u, unlearned = _curve(t, s, u0, depth, q)
    velocity = depth * u ** (1 + q) * (s - u0) * unlearned
    along_u0 = jnp.where(unlearned == 0, 0.0, (u / u0) ** (1 + q) * unlearned)
    far = (s >= FAR[0] * u) & (s <= FAR[1] * jnp.minimum(u, u0))
    scaled = (u + (1 + q) * t * velocity - u0 * along_u0) / jnp.where(far, 1.0, s)
    along_s = jnp.where(far, _far_along_s(jnp.where(far, s, 0.0), u0, u, q), scaled)
    return u, velocity * t_dot + along_s * s_dot + along_u0 * u0_dot


def _far_along_s(s: Array, u0: Array, u: Array, q: float) -> Array:
    """du/ds at fixed time, from the derivative of `far_clock`."""

    def slope(w: Array) -> Array:
        return jax.jvp(lambda w: stieltjes(w, q), (w,), (jnp.ones_like(w),))[1]

    return (1 - s / u) * (slope(s / u) - (u / u0) ** (2 + q) * slope(s / u0))


def _curve(t: Array, s: Array, u0: Array, depth: float, q: float) -> tuple[Array, Array]:
    """u and (s - u)/(s - u0) at time t."""
    p = phases(s, u0, depth, q)
    t_zero = jnp.maximum(t - p.far_time, 0.0)
    t_near = jnp.maximum(t_zero - jnp.where(p.zero_time < jnp.inf, p.zero_time, 0.0), 0.0)
    beside_zero = p.zero_start * zero_flow(p.zero_rate * jnp.minimum(t_zero, p.zero_time), p.zero, q)
    left = near_flow(p.near_rate * t_near, p.near, q)
    near = p.near_limit / (1 + p.near * left)
    is_near = t_zero >= p.zero_time
    later = jnp.where(is_near, near, beside_zero)

    def with_far() -> Float[Array, "..."]:
        far = u0 / far_flow(p.far_rate * jnp.minimum(t, p.far_time), p.far, q)
        return jnp.where(t < p.far_time, far, later)

    u = jax.lax.cond(jnp.any(p.far_time > 0), with_far, lambda: later)
    gap = jnp.where(s == u0, 1.0, s - u0)
    since_near = jnp.where(s / u0 - 1 == p.near, u / u0, u * p.near / gap)
    return u, jnp.where(is_near & (t >= p.far_time), since_near * left, (s - u) / gap)


def duration(
    u: Float[Array, "..."], s: Float[Array, "..."], u0: Float[Array, "..."], depth: float, q: float
) -> Float[Array, "..."]:
    """The time from u0 > 0 to a u > 0 that lies on the way."""
    p = phases(s, u0, depth, q)
    x = jnp.where(p.far_time > 0, jnp.minimum(jnp.log(u0 / u), far_exit(p.far)), 0.0)
    far = far_clock(x, p.far, q) / p.far_rate
    x = jnp.log(p.zero_start / u)
    x = jnp.where(p.zero > 0, jnp.clip(x, jnp.minimum(zero_exit(p.zero), 0.0), 0.0), jnp.maximum(x, 0.0))
    zero = jnp.where(p.zero_time > 0, zero_clock(x, p.zero, q) / p.zero_rate, 0.0)
    y = jnp.where(p.near > 0, jnp.minimum(s / u - 1, p.near), jnp.maximum(s / u - 1, p.near))
    near = near_clock(jnp.where(y == 0, 1.0, y), jnp.where(y == 0, 1.0, p.near), q)
    return far + zero + jnp.where(y == 0, jnp.inf, near) / p.near_rate
