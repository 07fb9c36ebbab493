r"""Duals of positively homogeneous activations: two slopes (ReLU, leaky ReLU, absolute value), and the step.

$f(x) = a \min(x, 0) + b \max(x, 0) = \tfrac{a+b}2 x + \tfrac{b-a}2 |x|$. With $\theta$ the angle between u and v,
$\mathbb E f(u) f(v) / \sqrt{q_1 q_2} = \tfrac{a^2+b^2}2 \cos\theta + \tfrac{(b-a)^2}{2\pi}(\sin\theta -
\theta\cos\theta)$, the arc-cosine kernel of order one, and $\mathbb E f'(u) f'(v) = \tfrac{a^2+b^2}2 -
\tfrac{(b-a)^2}{2\pi}\theta$, that of order zero (Cho and Saul 2009).
"""

from dataclasses import dataclass
from math import pi

import jax.numpy as jnp
from jaxtyping import Array, Float

from theory.kernels.gaps import angle, ratio, root, sine, sine_excess


@dataclass(frozen=True)
class TwoSlopes:
    """The activation with slope `negative` below zero and `positive` above, with its duals.

    >>> relu = TwoSlopes(0.0, 1.0)
    >>> relu.moment(jnp.array(2.0)).item()
    1.0
    """

    negative: float
    positive: float

    def __call__(self, x: Float[Array, "..."]) -> Float[Array, "..."]:
        return jnp.where(x > 0, self.positive * x, self.negative * x)

    @property
    def mean_square_slope(self) -> float:
        return (self.negative**2 + self.positive**2) / 2

    @property
    def kink(self) -> float:
        return (self.positive - self.negative) ** 2 / (2 * pi)

    def moment(self, q: Float[Array, "..."]) -> Float[Array, "..."]:
        return self.mean_square_slope * q

    def gap(self, q1: Float[Array, "..."], q2: Float[Array, "..."], gap: Float[Array, "..."]) -> Float[Array, "..."]:
        if not self.mean_square_slope:
            return jnp.zeros_like(gap + q1 + q2)
        out = gap - self.kink / self.mean_square_slope * sine_excess(gap)
        return jnp.clip(out, 0.0, 2.0)

    def slope(self, q1: Float[Array, "..."], q2: Float[Array, "..."], gap: Float[Array, "..."]) -> Float[Array, "..."]:
        # At an input of zero every pre-activation sits on the kink; its slope is that of the limit of small inputs.
        return self.mean_square_slope - self.kink * angle(gap)


@dataclass(frozen=True)
class Step:
    r"""$f(x) = 1$ above zero and 0 below: the arc-cosine kernel of order zero, $(\pi - \theta)/(2\pi)$.

    Its derivative dual is the density of the pair at the origin, $1/(2\pi\sqrt{q_1 q_2}\sin\theta)$: infinite on the
    diagonal, and so is the neural tangent kernel.
    """

    def __call__(self, x: Float[Array, "..."]) -> Float[Array, "..."]:
        return jnp.where(x > 0, 1.0, 0.0).astype(x.dtype)

    def moment(self, q: Float[Array, "..."]) -> Float[Array, "..."]:
        return jnp.where(q > 0, 0.5, 0.0).astype(q.dtype)

    def gap(self, q1: Float[Array, "..."], q2: Float[Array, "..."], gap: Float[Array, "..."]) -> Float[Array, "..."]:
        return angle(gap) / pi + 0 * (q1 + q2)

    def slope(self, q1: Float[Array, "..."], q2: Float[Array, "..."], gap: Float[Array, "..."]) -> Float[Array, "..."]:
        density = 2 * pi * root(q1) * root(q2) * sine(gap)
        return jnp.where(density > 0, ratio(jnp.ones_like(density), density), jnp.inf)
