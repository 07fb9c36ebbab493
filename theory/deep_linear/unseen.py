r"""Generalization on the unseen: what a diagonal linear network does with a coordinate that never varied.

A linear Boolean target $b^* + \sum_i c_i x_i$ is learned from the half cube $x_k = 1$ by
$f(x) = b + \sum_i \theta_i x_i$, $\theta_i = \prod_{l=1}^L w_i^{(l)}$, from $b = 0$ and all weights equal to
$\alpha > 0$. The data cannot tell b from $\theta_k$; of all interpolators the one of minimal degree puts everything
into b (Abbe, Bengio, Lotfi and Rizk 2023, arXiv 2301.13105). Gradient flow does so up to a leak: both have the same
error signal, $\dot\theta_k = L\,\theta_k^{2-2/L}\,\dot b$, whence everything here (derived here).
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.bisection import boundary
from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import finite, whole, within

BISECTIONS = 100


@closed_form
def bias_along_leak(theta: Float[ArrayLike, "..."], start: Float[ArrayLike, "..."], depth: int) -> Float[Array, "..."]:
    r"""The bias b when the frozen coordinate's weight has come from $\alpha^L$ to $\theta$.

    $b = \int_{\alpha^L}^{\theta} \frac{dx}{L\,x^{2-2/L}}$: $\theta - \alpha$ for one layer,
    $\frac12\ln(\theta/\alpha^2)$ for two, $(\alpha^{2-L} - \theta^{(2-L)/L})/(L-2)$ for more. No loss enters, as long
    as it depends on b and $\theta_k$ by their sum alone.

    Args:
        theta: $\theta_k$, above zero if there are two layers or more.
        start: $\alpha$, above zero.
        depth: L.

    Raises:
        ValueError: a start at or below zero, or a weight that the layers cannot reach.

    >>> round(float(bias_along_leak(0.04, 0.1, 2)), 6)
    0.693147
    """
    layers = whole("depth", depth, least=1)
    theta, alpha = together(theta=theta, start=start)
    alpha = within("start", alpha, alpha > 0, "starts above zero")
    if layers == 1:
        return theta - alpha
    theta = within("theta", theta, theta > 0, "weights above zero", "equal positive layers never change sign")
    return _bias(jnp.log(theta) - layers * jnp.log(alpha), alpha, layers)


@closed_form
def leaked_weight(
    coefficient: Float[ArrayLike, "..."], start: Float[ArrayLike, "..."], depth: int
) -> Float[Array, "..."]:
    r"""The weight $\theta_k$ that the frozen coordinate keeps at the end: the root of $b(\theta) + \theta = b^* + c_k$.

    One layer leaks half, $(b^* + c_k + \alpha)/2$, however small the start. Two leak $\alpha^2 e^{2(b^* + c_k)}$ and L
    of them $\alpha^L$, both to leading order in $\alpha$: small starts learn the interpolator of minimal degree.
    With two layers or more the weight stays positive whatever the coefficient: equal layers cannot change its sign.

    Args:
        coefficient: $b^* + c_k$, the value of the target's frozen part; any sign.
        start: $\alpha$, above zero.
        depth: L.

    Raises:
        ValueError: a start at or below zero.

    >>> [round(float(leaked_weight(0.6, a, 2)), 6) for a in (0.5, 0.1)]
    [0.384612, 0.031193]
    """
    layers = whole("depth", depth, least=1)
    c, alpha = together(coefficient=coefficient, start=start)
    alpha = within("start", alpha, alpha > 0, "starts above zero")
    if layers == 1:
        return (c + alpha) / 2
    first = alpha**layers
    rising = jnp.log(jnp.where(c > first, c, first)) - layers * jnp.log(alpha)
    falling = _position(jnp.minimum(c - first, 0.0), alpha, layers)

    def below(x: Array) -> Array:
        return _bias(x, alpha, layers) + first * jnp.exp(x) < c

    return first * jnp.exp(boundary(below, falling, jnp.maximum(rising, 0.0), BISECTIONS))


@closed_form
def unseen_error(coefficient: Float[ArrayLike, "..."], theta: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""Mean squared error on the unseen half cube, $4 (c_k - \theta_k)^2$, once the seen half is fitted.

    There $x_k = -1$ and $f - f^* = 2(c_k - \theta_k)$ for every input; the distance from the interpolator of
    minimal degree is $-2\theta_k$. Exact.

    Args:
        coefficient: $c_k$.
        theta: the weight $\theta_k$ that was learned, as by `leaked_weight`.

    >>> round(float(unseen_error(0.6, 0.1)), 6)
    1.0
    """
    c, theta = together(coefficient=coefficient, theta=theta)
    return 4 * (c - theta) ** 2


@closed_form
def min_degree_interpolator(coefficients: Float[ArrayLike, "..."], frozen: int) -> Float[Array, "..."]:
    r"""The interpolator of minimal degree profile of a Boolean function that is known where $x_k = 1$.

    Every monomial $x_k \prod_{i \in T} x_i$ becomes $\prod_{i \in T} x_i$ (Abbe et al. 2023): the same function on the
    seen half, of the least degree that one can have there.

    Args:
        coefficients: Fourier coefficients as an array of d axes of length 2; index 1 on axis i where $x_i$ is in the
            monomial.
        frozen: the axis k.

    Returns:
        Coefficients of the same shape, zero where $x_k$ takes part.

    Raises:
        ValueError: axes not all of length 2, or no such axis.

    >>> min_degree_interpolator(jnp.array([[0.0, 1.0], [2.0, 3.0]]), 1).tolist()
    [[1.0, 0.0], [5.0, 0.0]]
    """
    table = finite("coefficients", coefficients)
    if not table.ndim or set(table.shape) != {2}:
        raise ValueError(f"coefficients have shape {table.shape}; each of d axes must have length 2")
    axis = whole("frozen", frozen, least=0)
    if axis >= table.ndim:
        raise ValueError(f"frozen = {axis} is above the last axis, {table.ndim - 1}")
    merged = jnp.sum(table, axis=axis, keepdims=True)
    return jnp.concatenate([merged, jnp.zeros_like(merged)], axis=axis)


def _bias(y: Array, alpha: Array, layers: int) -> Array:
    """b at log(theta / alpha^L) = y."""
    if layers == 2:
        return y / 2
    return -(alpha ** (2 - layers)) * jnp.expm1(-y * ((layers - 2) / layers)) / (layers - 2)


def _position(bias: Array, alpha: Array, layers: int) -> Array:
    """The inverse of `_bias` for a bias at or below zero."""
    if layers == 2:
        return 2 * bias
    return -jnp.log1p(-bias * (layers - 2) * alpha ** (layers - 2)) * (layers / (layers - 2))
