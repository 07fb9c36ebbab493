r"""Exact learning curves of one balanced mode of a linear network of any depth, infinity included.

With all D layers equally strong, $|a_l| = |u|^{1/D}$, white inputs and $L = \frac12 (s - \prod_l a_l)^2$,

$$\tau \dot u = D\,|u|^{2 - 2/D}\,(s - u)$$

(Saxe, McClelland and Ganguli, arXiv 1312.6120; Arora, Cohen and Hazan, arXiv 1802.06509). D counts weight matrices:
the paper's $N_l$ counts layers of neurons, $N_l = D + 1$. At infinite depth the learning rate shrinks like 1/D, and
every time here is the limit of D t: `t` stands for D t wherever `depth` is `math.inf`.

A mode with $u_0 < 0$, an odd number of negative layers, is the mirror image $(u, s) \mapsto (-u, -s)$. From two layers
on, a balanced mode never crosses zero: one that starts on the wrong side decays to the saddle, and one that starts at
zero stays.
"""

import math
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import whole, within
from theory.deep_linear import balanced_flow
from theory.deep_linear.modes import _balanced, _balanced_time, _scale, _times, on_the_way


@closed_form
def deep_mode(
    t: Float[ArrayLike, "..."],
    s: Float[ArrayLike, "..."],
    u0: Float[ArrayLike, "..."],
    depth: int | float,
    tau: Float[ArrayLike, "..."] = 1.0,
) -> Float[Array, "..."]:
    r"""Strength of a balanced mode of a linear network of D layers, the solution of

    $$\tau \dot u = D\,|u|^{2 - 2/D}\,(s - u).$$

    :cite:p:`saxe2014`, who solve two layers and infinitely many. In general (derived here) only the time is elementary
    in u; its inverse is one universal curve for each depth, evaluated at a fixed cost (see `balanced_flow`).

    Args:
        t: times at or after zero; at infinite depth the product D t.
        s: singular values of the task, any sign. All arguments broadcast; for a grid give modes and times their own
            axes.
        u0: strengths at t = 0, any sign. u0, s and their powers up to 2 - 2/D must be normal numbers.
        depth: number of weight matrices, a whole number from 1 on or `math.inf`. Each depth is compiled once.
        tau: time constant, the inverse of the learning rate.

    Returns:
        u(t), to some ten units of rounding times its condition number (forty from a start like 1e-300).

    Raises:
        ValueError: a time before zero, depth below 1, tau at or below zero, NaN or infinity, shapes that do not
            broadcast.
        TypeError: a depth that is neither whole nor infinite.

    >>> deep_mode(jnp.array([0.0, 1.0, 4.0]), 2.0, 0.05, 3).round(3).tolist()
    [0.05, 0.992, 2.0]
    >>> deep_mode(jnp.array([0.0, 12.0]), 2.0, 0.05, math.inf).round(3).tolist()
    [0.05, 1.99]
    """
    t, s, u0, tau = together(t=t, s=s, u0=u0, tau=tau)
    d = layers(depth)
    u = _deep(_times(t) / _scale("tau", tau), s, u0, d)
    allowed = "numbers: a power of s or u0 is none"
    return within("u", u, jnp.isfinite(u), allowed, "divide both by a factor k and multiply t by k^(2 - 2/D)")


@closed_form
def deep_mode_time(
    u: Float[ArrayLike, "..."],
    s: Float[ArrayLike, "..."],
    u0: Float[ArrayLike, "..."],
    depth: int | float,
    tau: Float[ArrayLike, "..."] = 1.0,
) -> Float[Array, "..."]:
    r"""Time that a balanced mode of D layers takes from the strength u0 to the strength u: the inverse of `deep_mode`.

    $$t = \tau \int_{u_0}^{u} \frac{dx}{D\,|x|^{2 - 2/D}\,(s - x)}$$

    :cite:p:`saxe2014` for two layers (see `mode_time`) and infinitely many, where
    $D t = \tau\bigl[\frac{1}{s^2}\ln\frac{u(s - u_0)}{u_0(s - u)} + \frac{1}{s u_0} - \frac{1}{s u}\bigr]$; in
    general, derived here.

    Args:
        u: strengths on the way: between u0 and s if both have one sign, else (from depth 2 on) between u0 and 0.
        s: singular values of the task, any sign.
        u0: strengths at t = 0, any sign; not zero from depth 2 on.
        depth: number of weight matrices, a whole number from 1 on or `math.inf`.
        tau: time constant.

    Returns:
        Times (D t at infinite depth); infinite at u = s.

    Raises:
        ValueError: a strength that the mode never has, depth below 1, tau at or below zero, NaN or infinity, shapes
            that do not broadcast.
        TypeError: a depth that is neither whole nor infinite.

    >>> round(float(deep_mode_time(1.9, 2.0, 0.05, 1000)) * 1000, 5)
    11.34632
    >>> round(float(deep_mode_time(1.9, 2.0, 0.05, math.inf)), 5)
    11.38884
    """
    u, s, u0, tau = together(u=u, s=s, u0=u0, tau=tau)
    d = layers(depth)
    if d == 1:
        inside = jnp.sign(u - u0) * jnp.sign(s - u) >= 0
        u = jnp.broadcast_to(u, inside.shape)
        u = within("u", u, inside, "strengths that this mode ever has", "take one between u0 and s")
    else:
        u = on_the_way(u, s, u0)
    return _scale("tau", tau) * _deep_time(u, s, u0, d)


@closed_form
def half_time(
    s: Float[ArrayLike, "..."], u0: Float[ArrayLike, "..."], depth: int | float, tau: Float[ArrayLike, "..."] = 1.0
) -> Float[Array, "..."]:
    r"""Time at which a balanced mode has learned half of its strength, u = s/2: where its plateau ends.

    Two layers: $\frac{\tau}{2s}\ln\frac{s - u_0}{u_0}$ exactly; see `plateau_time` for its growth at small starts.

    Args:
        s: singular values of the task, not zero.
        u0: strengths at t = 0, between 0 and s/2.
        depth: number of weight matrices, a whole number from 1 on or `math.inf`.
        tau: time constant.

    Raises:
        ValueError: a start that is not between 0 and s/2, and as for `deep_mode_time`.

    >>> round(float(half_time(2.0, 1e-3, 3)), 3)
    4.661
    """
    s, u0, tau = together(s=s, u0=u0, tau=tau)
    d = layers(depth)
    part = u0 * jnp.sign(s)
    inside = (part <= jnp.abs(s) / 2) & ((part > 0) | ((part == 0) & (d == 1))) & (s != 0)
    u0 = jnp.broadcast_to(u0, inside.shape)
    u0 = within("u0", u0, inside, "strengths between zero and s/2", "the plateau is left upward")
    return _scale("tau", tau) * _deep_time(s / 2, s, u0, d)


@closed_form
def plateau_time(
    s: Float[ArrayLike, "..."], u0: Float[ArrayLike, "..."], depth: int | float, tau: Float[ArrayLike, "..."] = 1.0
) -> Float[Array, "..."]:
    r"""Length of the plateau of a balanced mode to leading order in a small start.

    $$t \simeq \frac{\tau\,u_0^{-(1 - 2/D)}}{s\,(D - 2)} \quad (D \ge 3), \qquad
    t \simeq \frac{\tau}{2s}\ln\frac{s}{u_0} \quad (D = 2),$$

    and $D t \simeq \tau/(s u_0)$ at infinite depth. Derived here, from `deep_mode_time`: with two layers the strongest
    mode leaves first and every mode waits a logarithm of its start; with more it waits a power.

    Args:
        s: singular values of the task, not zero.
        u0: strengths at t = 0 on the side of s.
        depth: number of weight matrices, a whole number from 2 on or `math.inf`.
        tau: time constant.

    Raises:
        ValueError: a start of the other sign than s, depth below 2, tau at or below zero, NaN or infinity, shapes that
            do not broadcast.
        TypeError: a depth that is neither whole nor infinite.

    >>> round(float(plateau_time(2.0, 1e-3, 3)), 3)
    5.0
    """
    s, u0, tau = together(s=s, u0=u0, tau=tau)
    d, inside = layers(depth, least=2), s * jnp.sign(u0) > 0
    u0 = jnp.broadcast_to(u0, inside.shape)
    u0 = jnp.abs(within("u0", u0, inside, "strengths on the side of s", "the other side decays to zero"))
    s, tau = jnp.abs(s), _scale("tau", tau)
    if d == 2:
        return tau * (jnp.log(s) - jnp.log(u0)) / (2 * s)
    return tau * u0 ** plateau_exponent(d) / (s * (1 if d == math.inf else d - 2))


@closed_form
def plateau_exponent(depth: int | float) -> float:
    r"""Exponent of the plateau's length in the initial strength, $t_{1/2} \propto u_0^{-(1 - 2/D)}$ as $u_0 \to 0$.

    Zero at D = 2 stands for a logarithm. Derived here, from `plateau_time`.

    Args:
        depth: number of weight matrices, a whole number from 2 on or `math.inf`.

    Raises:
        ValueError: depth below 2: a single layer has no plateau.
        TypeError: a depth that is neither whole nor infinite.

    >>> plateau_exponent(4)
    -0.5
    """
    return 2 / layers(depth, least=2) - 1


def layers(depth: int | float, least: int = 1) -> int | float:
    """The depth, checked to be whole or infinite."""
    if not isinstance(depth, jax.core.Tracer) and depth == math.inf:
        return math.inf
    return whole("depth", depth, least, "give the number of weight matrices, or math.inf")


@partial(jax.jit, static_argnums=3)
def _deep(t: Array, s: Array, u0: Array, depth: int | float) -> Array:
    if depth == 1:
        return s * -jnp.expm1(-t) + u0 * jnp.exp(-t)
    if depth == 2:
        return _balanced(t, s, u0)
    side = jnp.where(u0 < 0, -1, 1).astype(u0.dtype)
    start = jnp.where(u0 == 0, 1.0, side * u0)
    u = side * balanced_flow.strength(t, side * s, start, *_factor_and_power(depth))
    return jnp.where(u0 == 0, u0, u)


@partial(jax.jit, static_argnums=3)
def _deep_time(u: Array, s: Array, u0: Array, depth: int | float) -> Array:
    if depth == 1:
        return jnp.log((s - u0) / (s - u))
    if depth == 2:
        return _balanced_time(u, s, u0)
    side = jnp.sign(u0)
    return balanced_flow.duration(side * u, side * s, side * u0, *_factor_and_power(depth))


def _factor_and_power(depth: int | float) -> tuple[float, float]:
    """The factor D of the time, which infinite depth has absorbed in it, and q = 1 - 2/D."""
    return (1.0 if depth == math.inf else float(depth)), 1 - 2 / depth
