r"""Descent on a balanced mode of two layers as a cubic map: where it converges, cycles and diverges.

With $a = b$ and the loss $\tfrac12 (s - ab)^2$ a step of size eta is $a \mapsto a\,(1 + \eta(s - a^2))$, and with
$x = \sqrt\eta\,a$, $c = \eta s$ the one-parameter family $x \mapsto x\,(1 + c - x^2)$. The five phases of this map
(monotone, oscillating, periodic, chaotic, divergent) are those of Chen, Balasubramanian, Ghosal and Agrawalla (2023,
arXiv 2310.01687); its cycle of two is that which Chen and Bruna (2022, arXiv 2206.04172) see beyond the edge of
stability. The closed forms are derived here. A tubal or symmetric factorization has the same map for each of its modes.
"""

import math
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within


class CubicThresholds(NamedTuple):
    """Where the map changes, as values of step times strength, $\\eta s$.

    Attributes:
        monotone: 1/2, up to which it approaches the minimum from one side.
        converges: 1, up to which it converges, from almost every bounded start.
        cycles: sqrt(5) - 1, up to which it ends in a cycle of two.
        bounded: 2, beyond which almost every start diverges.
    """

    monotone: float
    converges: float
    cycles: float
    bounded: float


@closed_form
def cubic_thresholds() -> CubicThresholds:
    r"""The thresholds of $a \mapsto a\,(1 + \eta(s - a^2))$ in $\eta s$.

    The slope at the minimum is $1 - 2\eta s$, zero at 1/2 and -1 at 1, where the third derivative still attracts. The
    cycle of two has the slope $9 - 2(1 + \eta s)^2$, which reaches -1 at $\sqrt 5 - 1$. The largest value between the
    two unstable points $x^2 = 2 + c$ of the other cycle, $\tfrac{2}{3}(1+c)\sqrt{(1+c)/3}$, reaches them at 2; there
    the map is three times the angle, $2\cos\theta \mapsto -2\cos 3\theta$.

    >>> [round(t, 6) for t in cubic_thresholds()]
    [0.5, 1.0, 1.236068, 2.0]
    """
    return CubicThresholds(0.5, 1.0, math.sqrt(5) - 1, 2.0)


@closed_form
def two_cycle(s: Float[ArrayLike, "*batch"], step: Float[ArrayLike, "*batch2"]) -> Float[Array, "2 ..."]:
    r"""The strengths $u = a^2$ that descent visits in turn, larger first: $\frac{c + 1 \pm \sqrt{(c-1)(c+3)}}{2\eta}$.

    Their sum is $s + 1/\eta$ and their product $1/\eta^2$; both are s at $\eta s = 1$. Attracting up to
    $\eta s = \sqrt 5 - 1$.

    Args:
        s: strength, above zero.
        step: eta; $\eta s$ from 1 to 2.

    Raises:
        ValueError: a strength or a step at or below zero, $\eta s$ outside 1 to 2, shapes that do not broadcast.

    >>> two_cycle(1.0, 1.2).round(6).tolist()
    [1.298548, 0.534785]
    """
    strength, eta, c = _product(s, step, 1.0)
    root = jnp.sqrt((c - 1) * (c + 3))
    larger = (c + 1 + root) / 2
    return jnp.stack([larger / eta, 1 / (larger * eta)])  # the product is 1; the difference would cancel


@closed_form
def two_cycle_slope(s: Float[ArrayLike, "*batch"], step: Float[ArrayLike, "*batch2"]) -> Float[Array, "..."]:
    r"""The slope of two steps on the cycle of two, $9 - 2(1 + \eta s)^2$: it attracts while that lies within -1 and 1.

    Raises:
        ValueError: as `two_cycle`.

    >>> round(two_cycle_slope(2.0, 0.6).item(), 6)
    -0.68
    """
    _, _, c = _product(s, step, 1.0)
    return 9 - 2 * (1 + c) ** 2


@closed_form
def two_cycle_loss(s: Float[ArrayLike, "*batch"], step: Float[ArrayLike, "*batch2"]) -> Float[Array, "..."]:
    r"""The mean over the cycle of two of the loss $\tfrac12 (s - u)^2$: $\frac{(\eta s)^2 - 1}{4 \eta^2}$.

    Raises:
        ValueError: as `two_cycle`.

    >>> round(two_cycle_loss(1.0, 1.2).item(), 6)
    0.076389
    """
    _, eta, c = _product(s, step, 1.0)
    return (c - 1) * (c + 1) / (4 * eta**2)


@closed_form
def largest_start(s: Float[ArrayLike, "*batch"], step: Float[ArrayLike, "*batch2"]) -> Float[Array, "..."]:
    r"""The weight $\sqrt{s + 2/\eta}$ beyond which every start diverges, and up to which none does if $\eta s \le 2$.

    On it descent jumps between both signs for ever.

    Raises:
        ValueError: a strength or a step at or below zero, $\eta s$ above 2, shapes that do not broadcast.

    >>> largest_start(2.0, 1.0).item()
    2.0
    """
    strength, eta, _ = _product(s, step, 0.0)
    return jnp.sqrt(strength + 2 / eta)


def _product(
    s: Float[ArrayLike, "*batch"], step: Float[ArrayLike, "*batch2"], least: float
) -> tuple[Array, Array, Array]:
    strength, eta = together(s=s, step=step)
    strength = within("s", strength, strength > 0, "strengths above zero")
    eta = within("step", eta, eta > 0, "steps above zero", "descent moves forward")
    c, slack = strength * eta, 8 * jnp.finfo(strength.dtype).eps
    allowed = f"products of step and strength from {least:g} to 2"
    c = within("step * s", c, (c >= least - slack) & (c <= 2 + slack), allowed)
    return strength, eta, jnp.maximum(c, least)
