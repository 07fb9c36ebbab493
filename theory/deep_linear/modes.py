r"""Exact learning curves of one mode of a two-layer linear network.

A mode has the weights a (into the hidden layer) and b (out of it), learns the singular value s of the input-output
correlation, and has the strength u = ab. With white inputs and $L = \frac12 (s - ab)^2$,

$$\tau \dot a = b\,(s - ab), \qquad \tau \dot b = a\,(s - ab),$$

so that $c = a^2 - b^2$ is conserved and $\tau \dot u = \sqrt{c^2 + 4u^2}\,(s - u)$
(Saxe, McClelland and Ganguli, arXiv 1312.6120).
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within

LATEST = 1e4  # in units of the inverse rate


@closed_form
def balanced_mode(
    t: Float[ArrayLike, "..."],
    s: Float[ArrayLike, "..."],
    u0: Float[ArrayLike, "..."],
    tau: Float[ArrayLike, "..."] = 1.0,
) -> Float[Array, "..."]:
    r"""Strength of a mode whose layers start equally strong, $|a| = |b|$: a sigmoid in time.

    $$\tau \dot u = 2|u|\,(s - u), \qquad u(t) = \frac{s}{1 + (s/u_0 - 1)\,e^{-2st/\tau}} \quad (u_0 > 0)$$

    :cite:p:`saxe2014`. A start $u_0 < 0$ (a = -b) is the mirror image, $(u, s) \mapsto (-u, -s)$. A balanced mode
    never crosses zero: if s has the other sign it decays to the saddle u = 0, and at s = 0 like
    $u_0/(1 + 2|u_0|t/\tau)$.

    Args:
        t: times at or after zero.
        s: singular values of the task, any sign. All arguments broadcast; for a grid give modes and times their own
            axes.
        u0: strengths at t = 0, any sign; |s/u0| and |u0| within the range of normal numbers.
        tau: time constant, the inverse of the learning rate.

    Returns:
        u(t), to a few units of rounding for every s t; it is not differentiable in u0 at u0 = 0.

    Raises:
        ValueError: a time before zero, tau at or below zero, NaN or infinity, shapes that do not broadcast.

    >>> balanced_mode(jnp.array([0.0, 1.0, 4.0]), 2.0, 0.01).round(2).tolist()
    [0.01, 0.43, 2.0]
    """
    t, s, u0, tau = together(t=t, s=s, u0=u0, tau=tau)
    return _balanced(_times(t) / _scale("tau", tau), s, u0)


@closed_form
def mode_time(
    u: Float[ArrayLike, "..."],
    s: Float[ArrayLike, "..."],
    u0: Float[ArrayLike, "..."],
    tau: Float[ArrayLike, "..."] = 1.0,
) -> Float[Array, "..."]:
    r"""Time that a balanced mode takes from the strength u0 to the strength u: the inverse of `balanced_mode`.

    $$t = \frac{\tau}{2s} \ln\frac{u\,(s - u_0)}{u_0\,(s - u)}$$

    :cite:p:`saxe2014`.

    Args:
        u: strengths on the way: between u0 and s if both have one sign, else between u0 and 0.
        s: singular values of the task, any sign.
        u0: strengths at t = 0, any sign but not zero.
        tau: time constant.

    Returns:
        Times; infinite at u = s.

    Raises:
        ValueError: a strength that the mode never has, tau at or below zero, NaN or infinity, shapes that do not
            broadcast.

    >>> round(float(mode_time(1.0, 2.0, 0.01)), 4)
    1.3233
    """
    u, s, u0, tau = together(u=u, s=s, u0=u0, tau=tau)
    u = on_the_way(u, s, u0)
    return _scale("tau", tau) * _balanced_time(u, s, u0)


@closed_form
def unbalanced_mode(
    t: Float[ArrayLike, "..."],
    s: Float[ArrayLike, "..."],
    a0: Float[ArrayLike, "..."],
    b0: Float[ArrayLike, "..."],
    tau: Float[ArrayLike, "..."] = 1.0,
) -> Float[Array, "..."]:
    r"""Strength u = ab of a mode from any start, balanced or not, through zero if it starts on the wrong side.

    Along the hyperbola of constant $c = a^2 - b^2$ the flow is a hyperbolic rotation,
    $a = a_0 \cosh\lambda + b_0 \sinh\lambda$, $b = b_0 \cosh\lambda + a_0 \sinh\lambda$, by the angle

    $$\tanh\lambda(t) = \frac{2(s - u_0)\tanh(Rt/2\tau)}{R + (a_0^2 + b_0^2)\tanh(Rt/2\tau)},
    \qquad R = \sqrt{c^2 + 4s^2}.$$

    Derived here; it inverts the time of :cite:t:`saxe2014`, supplementary material, part A, and has no special case at
    c = 0, s = 0 or $u_0 = s$. In coordinates along the hyperbola, $a = \sqrt c \cosh(\theta/2)$ and
    $b = \sqrt c \sinh(\theta/2)$ for c > 0, the flow reads $\tau\dot\theta = 2s - c \sinh\theta$ and
    $\lambda = (\theta - \theta_0)/2$.

    Args:
        t: times at or after zero.
        s: singular values of the task, any sign.
        a0: weights into the hidden layer at t = 0, any sign.
        b0: weights out of the hidden layer at t = 0, any sign.
        tau: time constant, the inverse of the learning rate.

    Returns:
        u(t). A sign change of u is resolved to rounding errors of the larger of |s| and |u0|.

    Raises:
        ValueError: a time before zero, tau at or below zero, NaN or infinity, shapes that do not broadcast.

    >>> [round(u, 2) for u in unbalanced_mode(jnp.array([0.0, 0.5, 4.0]), 2.0, 1.0, -0.1).tolist()]
    [-0.1, 0.94, 2.0]
    """
    t, s, a0, b0, tau = together(t=t, s=s, a0=a0, b0=b0, tau=tau)
    return _unbalanced(_times(t) / _scale("tau", tau), s, a0, b0)


@closed_form
def decayed_mode(
    t: Float[ArrayLike, "..."],
    s: Float[ArrayLike, "..."],
    u0: Float[ArrayLike, "..."],
    weight_decay: Float[ArrayLike, "..."],
    tau: Float[ArrayLike, "..."] = 1.0,
) -> Float[Array, "..."]:
    r"""Strength of a balanced mode under the penalty $\frac\gamma2 (a^2 + b^2)$: the sigmoid with s lowered by gamma.

    $$\tau \dot u = 2u\,\bigl((s - \gamma) - u\bigr) \quad (u > 0)$$

    Derived here. A mode with $\gamma \ge s$ dies. A start below zero is the mirror image, $(u, s) \mapsto (-u, -s)$.

    Args:
        t: times at or after zero.
        s: singular values of the task, any sign.
        u0: strengths at t = 0, any sign.
        weight_decay: gamma, at or above zero.
        tau: time constant.

    Raises:
        ValueError: a time or a decay below zero, tau at or below zero, NaN or infinity, shapes that do not broadcast.

    >>> decayed_mode(jnp.array([0.0, 1.0, 100.0]), 2.0, 0.5, 0.75).round(3).tolist()
    [0.5, 1.113, 1.25]
    """
    t, s, u0, gamma, tau = together(t=t, s=s, u0=u0, weight_decay=weight_decay, tau=tau)
    gamma = within("weight_decay", gamma, gamma >= 0, "decays at or above zero")
    toward = jnp.where(u0 < 0, -1, 1).astype(s.dtype)
    return _balanced(_times(t) / _scale("tau", tau), toward * (toward * s - gamma), u0)


@closed_form
def imbalance_decay(
    t: Float[ArrayLike, "..."],
    c0: Float[ArrayLike, "..."],
    weight_decay: Float[ArrayLike, "..."],
    tau: Float[ArrayLike, "..."] = 1.0,
) -> Float[Array, "..."]:
    r"""Imbalance $c = a^2 - b^2$ under weight decay: $c(t) = c_0\,e^{-2\gamma t/\tau}$, whatever the loss.

    Without decay (gamma = 0) it is conserved :cite:p:`saxe2014`; with it, derived here. Holds for each entry of
    $W_2^\top W_2 - W_1 W_1^\top$ too.

    Raises:
        ValueError: a time or a decay below zero, tau at or below zero, NaN or infinity, shapes that do not broadcast.

    >>> round(float(imbalance_decay(2.0, 3.0, 0.25)), 4)
    1.1036
    """
    t, c0, gamma, tau = together(t=t, c0=c0, weight_decay=weight_decay, tau=tau)
    gamma = within("weight_decay", gamma, gamma >= 0, "decays at or above zero")
    return c0 * jnp.exp(-2 * gamma * _times(t) / _scale("tau", tau))


@closed_form
def lazy_mode(
    t: Float[ArrayLike, "..."],
    s: Float[ArrayLike, "..."],
    u0: Float[ArrayLike, "..."],
    c: Float[ArrayLike, "..."],
    tau: Float[ArrayLike, "..."] = 1.0,
) -> Float[Array, "..."]:
    r"""Strength in the lazy limit $|c| \gg |s|, |u_0|$, the kernel at rest: $u = s + (u_0 - s)\,e^{-|c|t/\tau}$.

    Derived here, from $\tau\dot u = \sqrt{c^2 + 4u^2}(s - u)$ at fixed square root; the relative error of the rate is
    $2u^2/c^2$ (see `lazy_kernel_change`).

    Raises:
        ValueError: a time before zero, tau at or below zero, NaN or infinity, shapes that do not broadcast.

    >>> round(float(lazy_mode(0.1, 1.0, 0.0, 20.0)), 4)
    0.8647
    """
    t, s, u0, c, tau = together(t=t, s=s, u0=u0, c=c, tau=tau)
    gone = -jnp.expm1(-jnp.abs(c) * _times(t) / _scale("tau", tau))
    return u0 + (s - u0) * gone


@closed_form
def ntk_mode(u: Float[ArrayLike, "..."], c: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""Neural tangent kernel of a mode, $a^2 + b^2 = \sqrt{c^2 + 4u^2}$: its rate of learning at the strength u.

    Derived here. With u from `unbalanced_mode` it is the kernel's whole history.

    Args:
        u: strengths ab.
        c: conserved imbalances $a^2 - b^2$.

    Raises:
        ValueError: NaN or infinity, shapes that do not broadcast.

    >>> float(ntk_mode(2.0, 3.0))
    5.0
    """
    u, c = together(u=u, c=c)
    return _hypot(c, 2 * u)


@closed_form
def lazy_kernel_change(s: Float[ArrayLike, "..."], c: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""Relative change of a mode's kernel while it learns s from u = 0: $\sqrt{1 + 4s^2/c^2} - 1$.

    It falls like $2s^2/c^2$ in the imbalance, with slope -2 on logarithmic axes. Derived here.

    Args:
        s: singular values of the task.
        c: imbalances, not zero: a balanced mode at zero never learns.

    Raises:
        ValueError: an imbalance of zero, NaN or infinity, shapes that do not broadcast.

    >>> round(float(lazy_kernel_change(1.0, 10.0)), 6)
    0.019804
    """
    s, c = together(s=s, c=c)
    x = 2 * s / within("c", c, c != 0, "imbalances other than zero", "a balanced mode at zero never learns")
    return x * (x / (1 + _hypot(jnp.ones_like(x), x)))


def on_the_way(u: Float[Array, "..."], s: Float[Array, "..."], u0: Float[Array, "..."]) -> Float[Array, "..."]:
    """The strength, checked to lie on a balanced mode's way from u0 to s or, if that has the other sign, to zero."""
    u0 = within("u0", u0, u0 != 0, "strengths other than zero", "a balanced mode that starts at zero stays there")
    goal = jnp.where(s * jnp.sign(u0) > 0, s, 0.0)
    inside = (jnp.sign(u - u0) * jnp.sign(goal - u) >= 0) & (u != 0)
    fix = "take one between u0 and s, or between u0 and zero if s has the other sign"
    return within("u", jnp.broadcast_to(u, inside.shape), inside, "strengths that this mode ever has", fix)


def _times(t: Float[Array, "..."]) -> Float[Array, "..."]:
    return within("t", t, t >= 0, "times at or after zero", "the flow is solved forward from its start")


def _scale(name: str, value: Float[Array, "..."]) -> Float[Array, "..."]:
    return within(name, value, value > 0, "values above zero", "it is the inverse of a learning rate")


@jax.custom_jvp
@jax.jit
def _balanced(t: Array, s: Array, u0: Array) -> Array:
    return _balanced_curve(t, s, u0)[0]


@_balanced.defjvp
def _balanced_jvp(primals: tuple[Array, Array, Array], tangents: tuple[Array, Array, Array]) -> tuple[Array, Array]:
    """The flow's own derivatives, one factor each: the derivative of the formula overflows at tiny starts."""
    (t, s, u0), (t_dot, s_dot, u0_dot) = primals, tangents
    _, velocity, along_s, along_u0 = _balanced_curve(t, s, u0)
    return _balanced(t, s, u0), velocity * t_dot + along_s * s_dot + along_u0 * u0_dot


def _balanced_curve(t: Array, s: Array, u0: Array) -> list[Array]:
    """u and its derivatives by t, s and u0, with every exponential at most 1.

    All is divided through by u0 first, so that tiny starts neither vanish nor overflow. The derivative by u0 is set to
    0 at u0 = 0, where its two sides differ.
    """
    side = jnp.where(u0 < 0, -1, 1).astype(u0.dtype)
    s, start = side * s, jnp.where(u0 == 0, 1.0, side * u0)
    rising = s >= 0
    t = jnp.minimum(t, jax.lax.stop_gradient(LATEST / jnp.abs(s)))  # later nothing moves, and 2 s t might overflow
    x = 2 * jnp.where(rising, s, -s) * t
    half, grown = jnp.exp(-0.5 * x), 2 * t * mean_decay(x)  # the square of half would underflow before it is negligible
    kept = 1 / (jnp.where(rising, half * (half / start), 1 / start) + grown)
    u = jnp.where(rising, kept, half * (half * kept))
    unlearned = jnp.where(rising, half * (half * (u / start)), kept / start)  # (s - u)/(s - u0)
    bend = 2 * t * kept * mean_decay_slope(x)
    along_s = 2 * t * u * jnp.where(rising, unlearned + bend, 1 - bend)
    along_u0 = (half * jnp.where(rising, u / start, unlearned)) ** 2
    velocity = side * 2 * u * (s - start) * unlearned
    return [jnp.where(u0 == 0, 0.0, f) for f in (side * u, velocity, along_s, along_u0)]


@jax.jit
def _balanced_time(u: Array, s: Array, u0: Array) -> Array:
    """ln(1 + x)/2s with x = s (u - u0)/(u0 (s - u)), in the form that neither cancels nor overflows."""
    side = jnp.sign(u0)
    u, s, u0 = side * u, side * s, side * u0
    gap = jnp.where(s == u, 1.0, s - u)
    step = quotient((u - u0) / u0, gap)
    x = s * step
    falling = jnp.log(quotient(u, -gap) * ((u0 - s) / u0))
    rising = jnp.log(u / u0) + jnp.log(quotient(s - u0, gap))
    logarithm = jnp.where(x < -0.5, falling, jnp.where(x > 1e30, rising, jnp.log1p(jnp.clip(x, -0.5, 1e30))))
    short = jnp.abs(x) < 1e-4
    x = jnp.where(short, x, 0.0)
    series = 0.5 * step * (1 - x * (1 / 2 - x * (1 / 3 - x * (1 / 4 - x / 5))))
    t = jnp.where(short, series, logarithm / (2 * jnp.where(s == 0, 1.0, s)))
    return jnp.where(s != u, t, jnp.where(u0 == s, 0.0, jnp.inf))


@jax.jit
def _unbalanced(t: Array, s: Array, a0: Array, b0: Array) -> Array:
    """e^(2 lambda) = rise/fall, two sums without cancellation once s >= 0, which a change of the sign of b arranges."""
    side = jnp.where(s < 0, -1, 1).astype(s.dtype)
    s, b0 = side * s, side * b0
    plus, minus, u0 = (a0 + b0) ** 2, (a0 - b0) ** 2, a0 * b0
    c = (a0 - b0) * (a0 + b0)
    surplus = c * quotient(c, _hypot(c, 2 * s) + 2 * s)  # R - 2s
    rate = 2 * s + surplus
    # no later time changes a digit, and up to then nothing overflows
    latest = jnp.minimum(LATEST / rate, jnp.finfo(t.dtype).max / 16 / jnp.maximum(1.0, plus + minus))
    t = jnp.minimum(t, jax.lax.stop_gradient(latest))
    decayed, grown = jnp.exp(-rate * t), t * mean_decay(rate * t)  # e^(-Rt) and (1 - e^(-Rt))/R
    rise = 2 - surplus * grown + minus * grown
    fall = 2 * decayed + surplus * grown + plus * grown
    small = jnp.where(u0 >= 0, minus, plus)
    up = jnp.where(u0 >= 0, quotient(u0 * rise, fall), u0 * fall / rise)
    drift = (s - u0) * grown * (quotient(small, fall) + small / rise)
    approach = s + (u0 - s) * quotient(4 * decayed, rise * fall)
    return side * jnp.where(u0 > s, approach, up + drift)


def mean_decay(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """(1 - e^(-x))/x for x >= 0, with derivatives of every order at 0."""
    small = x < 0.5
    near, far = jnp.where(small, x, 0.0), jnp.where(small, 1.0, x)
    series = jnp.ones_like(x)
    for k in range(14, 1, -1):
        series = 1.0 - near / k * series
    return jnp.where(small, series, -jnp.expm1(-far) / far)


def mean_decay_slope(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """(1 - e^(-x) - x e^(-x))/x^2, the derivative of `mean_decay` up to its sign."""
    return -jax.jvp(mean_decay, (x,), (jnp.ones_like(x),))[1]


@jax.custom_jvp
def quotient(x: Float[Array, "..."], y: Float[Array, "..."]) -> Float[Array, "..."]:
    """x/y, and 0 where y is 0, with a derivative that never squares y."""
    return jnp.where(y == 0, 0.0, x / jnp.where(y == 0, 1.0, y))


@quotient.defjvp
def _quotient_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    (x, y), (x_dot, y_dot) = primals, tangents
    value = quotient(x, y)
    return value, quotient(x_dot, y) - value * quotient(y_dot, y)


def _hypot(x: Float[Array, "..."], y: Float[Array, "..."]) -> Float[Array, "..."]:
    """The length of (x, y) without overflow, with a finite derivative at the origin, where it has none."""
    x, y = jnp.where(x < 0, -x, x), jnp.where(y < 0, -y, y)
    large, small = jnp.maximum(x, y), jnp.minimum(x, y)
    ratio = quotient(small, large)
    return large * jnp.sqrt(1 + ratio * ratio)
