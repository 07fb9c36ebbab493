r"""Gain and criticality of wide random nonlinear networks: the variance map and the end-to-end Jacobian.

$h_{l+1} = W_{l+1}\,\phi(h_l) + b_{l+1}$ with independent entries of variance $g^2/N$ and biases of variance
$\sigma_b^2$. At large width the entries of $h_l$ are Gaussian with variance $q_l$, and
$q_{l+1} = g^2\,\mathbb E\,\phi(\sqrt{q_l}\,z)^2 + \sigma_b^2$ (Saxe, McClelland and Ganguli, arXiv 1312.6120, section
on nonlinear networks; Poole et al., arXiv 1606.05340). The linear network is $\phi(h) = h$.
"""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from theory.core.bisection import boundary
from theory.core.closed_form import closed_form
from theory.core.domain import finite, one_number, whole, within

Activation = Callable[[Array], Array]

# Trapezoid in s = log|z|, spectrally accurate for functions analytic on each half-line whatever their scale: a steep
# tanh, a step and a kink at 0 included. Cut at weights of 1e-18 on the left, exp(-600) on the right.
_STEP = 0.1
_Z = np.exp(np.arange(-41.0, 3.6, _STEP))
_WEIGHTS = _STEP * _Z * np.exp(-0.5 * _Z**2) / np.sqrt(2 * np.pi)


@closed_form
def variance_map(
    q: Float[ArrayLike, "*batch"],
    gain: Float[ArrayLike, ""],
    activation: Activation = jnp.tanh,
    bias: Float[ArrayLike, ""] = 0.0,
) -> Float[Array, "*batch"]:
    r"""Variance of the next layer, $g^2\,\mathbb E\,\phi(\sqrt q\,z)^2 + \sigma_b^2$, z standard Gaussian.

    Args:
        q: variances of this layer, at or above zero.
        gain: g, at or above zero.
        activation: elementwise $\phi$, analytic apart from 0.
        bias: the biases' variance $\sigma_b^2$.

    Raises:
        ValueError: a negative variance or gain.

    >>> round(variance_map(jnp.array(1.0), 2.0, jax.nn.relu).item(), 12)
    2.0
    """
    q, g, b = _arguments("q", q, gain, bias)
    return _advance(q, g, b, _elementwise(activation))


@closed_form
def susceptibility(
    q: Float[ArrayLike, "*batch"], gain: Float[ArrayLike, ""], activation: Activation = jnp.tanh
) -> Float[Array, "*batch"]:
    r"""$\chi = g^2\,\mathbb E\,\phi'(\sqrt q\,z)^2$: mean squared singular value of one layer's Jacobian.

    Below 1 perturbations and gradients shrink, above 1 they grow (Poole et al. 2016).

    >>> susceptibility(jnp.array(0.0), 1.5).item()
    2.25
    """
    q, g, _ = _arguments("q", q, gain)
    return _chi(q, g, _elementwise(activation))


@closed_form
def variance_trajectory(
    q0: Float[ArrayLike, "*batch"],
    gain: Float[ArrayLike, ""],
    depth: int,
    activation: Activation = jnp.tanh,
    bias: Float[ArrayLike, ""] = 0.0,
) -> Float[Array, " layers *batch"]:
    """Variances $q_0, q_1, ..., q_D$ of the layers of a wide random network.

    >>> variance_trajectory(jnp.array(1.0), 0.5, 2, lambda h: h).round(12).tolist()
    [1.0, 0.25, 0.0625]
    """
    start, g, b = _arguments("q0", q0, gain, bias)
    return _variances(start, g, b, _elementwise(activation), whole("depth", depth, least=0))


@closed_form
def jacobian_mean_square(
    q0: Float[ArrayLike, "*batch"],
    gain: Float[ArrayLike, ""],
    depth: int,
    activation: Activation = jnp.tanh,
    bias: Float[ArrayLike, ""] = 0.0,
) -> Float[Array, "*batch"]:
    r"""Mean squared singular value of the end-to-end Jacobian $\partial h_D/\partial h_0$ at large width.

    $\mathbb E\,\mathrm{tr}(JJ^\top)/N = \prod_{l<D} g^2\,\mathbb E\,\phi'(\sqrt{q_l}\,z)^2$; at the fixed point of
    the variance map $\chi^D$ (Poole et al. 2016). A linear network has $g^{2D}$ at every width.

    >>> round(jacobian_mean_square(jnp.array(0.3), 0.5, 3, lambda h: h).item(), 12)
    0.015625
    """
    return jacobian_mean_squares(q0, gain, depth, activation, bias)[-1]


@closed_form
def jacobian_mean_squares(
    q0: Float[ArrayLike, "*batch"],
    gain: Float[ArrayLike, ""],
    depth: int,
    activation: Activation = jnp.tanh,
    bias: Float[ArrayLike, ""] = 0.0,
) -> Float[Array, " depth *batch"]:
    r"""`jacobian_mean_square` at every depth from 1 to D.

    At the critical gain of tanh it falls like 1/D: a power, where below it falls and above it grows exponentially.

    >>> jacobian_mean_squares(jnp.array(0.3), 0.5, 3, lambda h: h).round(12).tolist()
    [0.25, 0.0625, 0.015625]
    """
    start, g, b = _arguments("q0", q0, gain, bias)
    variances = _variances(start, g, b, _elementwise(activation), whole("depth", depth, least=1) - 1)
    return jnp.cumprod(_chi(variances, g, activation), axis=0)


@closed_form
def variance_fixed_point(
    gain: Float[ArrayLike, "*batch"], activation: Activation = jnp.tanh, bias: Float[ArrayLike, ""] = 0.0
) -> Float[Array, "*batch"]:
    r"""The variance that layers converge to, $q^* = g^2\,\mathbb E\,\phi(\sqrt{q^*} z)^2 + \sigma_b^2$.

    For tanh without biases 0 up to the critical gain 1, then positive; just above, $q^* \approx (g^2-1)/2$
    (Sompolinsky, Crisanti and Sommers 1988 for the recurrent network with the same map).

    Assumes that $\mathbb E\,\phi(\sqrt q\,z)^2/q$ does not increase with q, as for sigmoids; then the stable fixed
    point is unique. Infinity where the variance grows without end.

    Raises:
        ValueError: a negative gain.

    >>> variance_fixed_point(jnp.array([0.9, 2.0])).round(6).tolist()
    [0.0, 2.121474]
    """
    g, _, b = _arguments("gain", gain, 0.0, bias)
    return _fixed_points(g, b, _elementwise(activation))


@closed_form
def critical_gain(activation: Activation = jnp.tanh) -> Float[Array, ""]:
    r"""The gain at which a sigmoid network without biases turns from vanishing to chaotic: $g_c = 1/|\phi'(0)|$.

    For odd $\phi$ whose slope is largest at 0: below $g_c$ the variance tends to 0 and with it $\chi$ to
    $(g/g_c)^2 < 1$; above it $q^* > 0$. tanh: 1 (Saxe, McClelland and Ganguli 2014).

    Raises:
        ValueError: an activation with a value other than 0, or without a slope, at 0.

    >>> critical_gain().item(), critical_gain(lambda h: jnp.tanh(4 * h)).item()
    (1.0, 0.25)
    """
    value, slope = jax.jvp(_elementwise(activation), (jnp.zeros(()),), (jnp.ones(()),))
    within("activation(0)", value, value == 0, "value 0", "subtract it")
    return 1 / jnp.abs(within("activation'(0)", slope, slope != 0, "slopes other than 0"))


def _arguments(
    name: str, value: Float[ArrayLike, "*batch"], gain: Float[ArrayLike, ""], bias: Float[ArrayLike, ""] = 0.0
) -> tuple[Array, Array, Array]:
    """All checked to be finite and not negative, in the dtype of the first."""
    first = _not_negative(name, value)
    g, b = (_not_negative(n, one_number(n, v)).astype(first.dtype) for n, v in (("gain", gain), ("bias", bias)))
    return first, g, b


def _elementwise(activation: Activation) -> Activation:
    if not callable(activation):
        raise TypeError(f"activation = {activation!r} must be a function of arrays, such as jnp.tanh")
    return activation


def _not_negative(name: str, value: Float[ArrayLike, "*batch"]) -> Float[Array, "*batch"]:
    array = finite(name, value)
    return within(name, array, array >= 0, "values at or above zero")


@partial(jax.jit, static_argnames="activation")
def _advance(q: Array, gain: Array, bias: Array, activation: Activation) -> Array:
    return gain**2 * _mean_square(activation, q) + bias


@partial(jax.jit, static_argnames="activation")
def _chi(q: Array, gain: Array, activation: Activation) -> Array:
    slope = lambda h: jax.jvp(activation, (h,), (jnp.ones_like(h),))[1]
    return gain**2 * _mean_square(slope, q)


@partial(jax.jit, static_argnames=("activation", "depth"))
def _variances(start: Array, gain: Array, bias: Array, activation: Activation, depth: int) -> Array:
    step = lambda q, _: (_advance(q, gain, bias, activation),) * 2
    return jnp.concatenate([start[None], jax.lax.scan(step, start, length=depth)[1]])


def _mean_square(function: Activation, q: Array) -> Array:
    """E function(sqrt(q) z)^2; at q = 0 its value, with the derivative of q just above."""
    shape = (1,) * q.ndim + (-1,)
    z, weights = (jnp.asarray(a, q.dtype).reshape(shape) for a in (_Z, _WEIGHTS))
    h = jnp.sqrt(q + jnp.where(q == 0, 1e-30, 0.0))[..., None] * z
    value = (weights * (function(h) ** 2 + function(-h) ** 2)).sum(-1)
    excess = jnp.where(q == 0, value - function(jnp.zeros_like(q)) ** 2, 0.0)
    return value - jax.lax.stop_gradient(excess)


@partial(jax.jit, static_argnames="activation")
def _fixed_points(gain: Array, bias: Array, activation: Activation) -> Array:
    return jnp.vectorize(lambda one: _fixed_point(one, activation, bias))(gain)


def _fixed_point(gain: Array, activation: Activation, bias: Array) -> Array:
    """Bisection in log q on the growth E phi^2 / q, with the derivative of the implicit function."""
    dtype, frozen = gain.dtype, jax.lax.stop_gradient((gain, bias))
    advance = lambda q, g, b: _advance(q, g, b, activation)
    # A margin of rounding, so that exactly at the critical gain nothing grows.
    grows = lambda log_q: advance(jnp.exp(log_q), *frozen) > (1 + 8 * jnp.finfo(dtype).eps) * jnp.exp(log_q)

    ends = jnp.asarray(-69.0, dtype), jnp.asarray(69.0, dtype)
    q = jnp.exp(boundary(grows, *ends))
    slope = jax.jvp(lambda q: advance(q, *frozen), (q,), (jnp.ones_like(q),))[1]
    moved = advance(q, gain, bias) - advance(q, *frozen)
    q = q + moved / jnp.where(slope < 1, 1 - slope, 1.0)
    return jnp.where(grows(ends[0]), jnp.where(grows(ends[1]), jnp.inf, q), 0.0)
