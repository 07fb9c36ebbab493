r"""Length and curvature of a curve of inputs as a wide random network bends it (Poole et al. 2016, arXiv 1606.05340).

A curve $x(t)$ of inputs on a sphere is described per feature: size $q = |x|^2/d$, metric $g = |\dot x|^2/d$, and the
squared curvature times the number of features, $\kappa^2 = d\,(|\ddot x|^2 |\dot x|^2 - (\dot x \cdot \ddot x)^2)/
|\dot x|^6$, free of the parametrization; a circle of radius $\sqrt{d q}$ has $\kappa^2 = 1/q$. A dense layer of weight
$w = \sigma_w^2$ and bias b takes (q, g, kappa^2) to $(wq + b,\ wg,\ \kappa^2/w)$, an activation to $(\mathbb E\phi^2,\
\mathbb E\phi'^2\,g,\ \kappa^2/\mathbb E\phi'^2 + 3\,\mathbb E\phi''^2/(\mathbb E\phi'^2)^2)$ with means over
$\mathcal N(0, q)$: derivatives of the kernel $K(s, t)$ along the curve at s = t, where $\partial_s K = 0$.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within
from theory.kernels.arguments import described
from theory.kernels.dense import factors
from theory.kernels.gaps import root
from theory.networks import Activation, Network, pointwise

REACH, PANELS, NODES = 13.0, 32, 24


class Curve(NamedTuple):
    """Size, metric and squared curvature per feature, layers of the network first."""

    size: Float[Array, "..."]
    metric: Float[Array, "..."]
    curvature_square: Float[Array, "..."]


@closed_form
def curve_through_layers(
    network: Network,
    size: Float[ArrayLike, "*batch"] | float,
    metric: Float[ArrayLike, "*batch"] | float,
    curvature_square: Float[ArrayLike, "*batch"] | float,
) -> Curve:
    r"""The image of a curve of inputs after every dense layer, at infinite width.

    With $\chi_1 = \sigma_w^2\,\mathbb E\phi'^2$ and $\chi_2 = \sigma_w^2\,\mathbb E\phi''^2$ a whole layer gives $g' =
    \chi_1 g$ and $\kappa'^2 = \kappa^2/\chi_1 + 3\chi_2/\chi_1^2$ (Poole et al. 2016, from memory; derived here as in
    the module's text). Moments by quadrature, to about 12 digits for sizes up to 25.

    Args:
        network: activations twice differentiable; biases allowed.
        size, metric, curvature_square: of the inputs' curve, per feature (see the module).

    Returns:
        A `Curve` whose arrays lead with the dense layers, as `network.preactivations` does.

    Raises:
        ValueError: a size, metric or curvature below zero; an activation with a kink, whose curve has corners.

    >>> from theory.networks import perceptron
    >>> curve = curve_through_layers(perceptron((2, 8, 1), activation="sin", parametrization="ntk"), 1.0, 1.0, 1.0)
    >>> curve.metric.round(6).tolist()  # 1, E cos^2 = (1 + e^-2)/2
    [1.0, 0.567668]
    """
    described(network, Network)
    q, g, k = together(size=size, metric=metric, curvature_square=curvature_square)
    q, g, k = (within(n, v, v >= 0, "values at or above 0") for n, v in zip(Curve._fields, (q, g, k), strict=True))
    dense, rows = iter(factors(network)), []
    for layer in network.layers:
        if isinstance(layer, Activation):
            second, slope, bend = _moments(_smooth(layer), q)
            q, g, k = second, slope * g, k / slope + 3 * bend / slope**2
        else:
            step = next(dense)
            q, g, k = step.weight * q + step.bias, step.weight * g, k / step.weight
            rows.append(jnp.broadcast_arrays(q, g, k))
    return Curve(*(jnp.stack(column) for column in zip(*rows, strict=True)))


@closed_form
def stationary_curvature(
    stretch: Float[ArrayLike, "*batch"] | float, bend: Float[ArrayLike, "*batch"] | float
) -> Float[Array, "*batch"]:
    r"""The squared curvature per feature that depth leaves, $\kappa^2 = 3\chi_2/(\chi_1(\chi_1 - 1))$; else infinite.

    Where $\chi_1 > 1$ (chaos) layers stretch a curve as $\chi_1^{l/2}$ at a constant curvature: the curve fills space.
    Where $\chi_1 \le 1$ it shrinks and its curvature grows without bound.

    Args:
        stretch: $\chi_1 > 0$.
        bend: $\chi_2 \ge 0$.

    >>> stationary_curvature(2.0, 1.0).item(), stationary_curvature(0.5, 1.0).item()
    (1.5, inf)
    """
    one, two = together(stretch=stretch, bend=bend)
    one = within("stretch", one, one > 0, "values above 0")
    two = within("bend", two, two >= 0, "values at or above 0")
    grows = one > 1
    return jnp.where(grows, 3 * two / (one * jnp.where(grows, one - 1, 1.0)), jnp.inf)


def _moments(phi: Callable, q: Float[Array, "*batch"]) -> tuple[Float[Array, "*batch"], ...]:
    """E phi^2, E phi'^2 and E phi''^2 over N(0, q)."""
    first = _derivative(phi)
    x, w = np.polynomial.legendre.leggauss(NODES)
    z = (REACH * (2 * (np.arange(PANELS)[:, None] + (1 + x) / 2) / PANELS - 1)).ravel()
    weight = np.tile(w, PANELS) * REACH / PANELS * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    shape = (1,) * q.ndim + (-1,)
    points = (root(q) + 0 * q)[..., None] * jnp.asarray(z, q.dtype).reshape(shape)
    weights = jnp.asarray(weight, q.dtype).reshape(shape)
    return tuple((weights * f(points) ** 2).sum(-1) for f in (phi, first, _derivative(first)))


def _derivative(f: Callable) -> Callable:
    return lambda x: jax.jvp(f, (x,), (jnp.ones_like(x),))[1]


def _smooth(layer: Activation) -> Callable:
    """The activation, whose slope has no jump at zero."""
    phi = pointwise(layer.name)
    with jax.ensure_compile_time_eval():
        sides = _derivative(phi)(jnp.array([-1e-6, 1e-6]))
        jump = float(abs(sides[1] - sides[0]))
    if jump > 1e-3:
        raise ValueError(
            f"activation {layer.name!r} has a kink at zero: it puts corners into a curve, whose curvature is infinite"
        )
    return phi
