"""Duals of any activation by Gauss-Legendre quadrature in polar coordinates, whose sectors end on kinks at zero."""

from collections.abc import Callable
from dataclasses import dataclass
from math import pi

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from theory.kernels.gaps import angle, root
from theory.networks import Activation, pointwise

Values = Float[Array, "..."]
REACH = 9.0  # standard deviations; the Gaussian weight beyond is 3e-18
CHECKS, AT_A_TIME = 500, 20  # points along one variable, which see poles that lie between the radii
AGREED = 0.2  # of the second moment, between its two rules: a jump away from zero costs each less than a tenth
NEGLIGIBLE = 1e-7  # of a second moment, the density of its integrand at the ends of what is integrated


@dataclass(frozen=True)
class Quadrature:
    r"""The duals of an activation, integrated over two Gaussian variables.

    $u = \sqrt{q_1}\, r \cos\varphi$ and $v = \sqrt{q_2}\, r \cos(\varphi - \theta)$ with r Rayleigh and $\varphi$
    uniform. The four sectors between the lines u = 0 and v = 0 are integrated apart, so that a kink or a jump at zero
    costs nothing; one elsewhere costs all but three or four digits. The gap is half the mean squared distance of the
    normalized values, a sum of squares, and keeps its digits for near-duplicates. For tanh, sigmoid and softplus the
    error is below 1e-12 up to q = 2, 1e-7 at q = 25. Of what grows faster than the Gaussian weight decays, or has a
    pole as 1/x has, the second moment is infinite, and NaN here; so is one that two rules do not agree on.

    Attributes:
        activation: a name in `ACTIVATIONS` or a JAX function.
        nodes: along the radius, and half as many in each sector.
    """

    activation: Activation
    nodes: int = 80

    def __call__(self, x: Values) -> Values:
        return pointwise(self.activation.name)(x)

    def moment(self, q: Values) -> Values:
        """The second moment, NaN where it is infinite, not resolved or not all within reach."""
        moment = self._mean(self, q, q, jnp.zeros_like(q), jnp.multiply)
        ends = (self(side * REACH * root(q)) ** 2 for side in (-1, 1))
        beyond = sum(ends) * np.exp(-(REACH**2) / 2)
        agreed = jnp.abs(moment - self._along_a_line(q)) <= AGREED * moment
        return jnp.where((beyond <= NEGLIGIBLE * moment) & agreed, moment, jnp.nan)

    def _along_a_line(self, q: Values) -> Values:
        """The second moment over one variable, by a rule on either side of zero."""
        x, w = np.polynomial.legendre.leggauss(CHECKS // 2)
        x, w = REACH * (1 + x) / 2, REACH / 2 * w
        weights = np.tile(w * np.exp(-(x**2) / 2) / (2 * pi) ** 0.5, 2)
        points = jnp.asarray(np.stack([np.concatenate([-x, x]), weights], 1), q.dtype)
        size = jax.lax.stop_gradient(root(q))

        def part(some: Float[Array, "nodes 2"]) -> Values:
            return jnp.tensordot(some[:, 1], self(some[:, 0].reshape(-1, *[1] * size.ndim) * size[None]) ** 2, 1)

        return jax.lax.map(part, points.reshape(-1, AT_A_TIME, 2)).sum(0)

    def gap(self, q1: Values, q2: Values, gap: Values) -> Values:
        r1, r2 = root(self.moment(q1)), root(self.moment(q2))
        n1, n2 = (jnp.where(r > 0, r, 1.0) for r in (r1, r2))
        distance = self._mean(self, q1, q2, gap, lambda a, b: (a / n1 - b / n2) ** 2)
        return jnp.where((r1 > 0) & (r2 > 0), jnp.clip(distance / 2, 0.0, 2.0), 0.0)

    def slope(self, q1: Values, q2: Values, gap: Values) -> Values:
        def derivative(x: Values) -> Values:
            return jax.jvp(self, (x,), (jnp.ones_like(x),))[1]

        return self._mean(derivative, q1, q2, gap, jnp.multiply)

    def _mean(
        self,
        f: Callable[[Values], Values],
        q1: Values,
        q2: Values,
        gap: Values,
        of: Callable[[Values, Values], Values],
    ) -> Values:
        """The mean of of(f(u), f(v))."""
        r1, r2, theta = root(q1), root(q2), angle(gap)
        x, w = np.polynomial.legendre.leggauss(self.nodes)
        radius = REACH * (1 + x) / 2
        weights = REACH / 2 * w * radius * np.exp(-(radius**2) / 2) / (2 * pi)
        radii = jnp.asarray(np.stack([radius, weights], 1), gap.dtype)
        x, w = np.polynomial.legendre.leggauss(self.nodes // 2)
        nodes = jnp.asarray(np.stack([x, w], 1), gap.dtype)
        # Angles from the sector's edge where u or v vanishes: their sines keep the digits of narrow sectors.
        narrow, wide = (lambda y: theta * (1 + y) / 2), (lambda y: (pi - theta) * (1 + y) / 2)

        def at(xw: Float[Array, "2"]) -> Values:
            a, b = narrow(xw[0]), wide(xw[0])
            u_narrow, v_narrow = jnp.sin(a), -jnp.sin(theta - a)
            u_wide, v_wide = jnp.sin(theta + b), jnp.sin(b)

            def ring(rw: Float[Array, "2"]) -> Values:
                r, weight = rw
                pairs = ((u_narrow, v_narrow, theta), (u_wide, v_wide, pi - theta))
                total = jnp.zeros_like(theta)
                for u, v, span in pairs:
                    there = of(f(r1 * r * u), f(r2 * r * v)) + of(f(-r1 * r * u), f(-r2 * r * v))
                    total = total + there * span / 2
                return weight * total

            return xw[1] * jax.lax.map(ring, radii).sum(0)

        return jax.lax.map(at, nodes).sum(0)
