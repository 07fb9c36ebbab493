r"""What an aligned group of ReLU neurons learns of its class: from the plateau to the tail of the loss, in one formula.

Balanced neurons that all point along the one input x of their class, which n examples share, give the output
$z = |x| \sum_j |w_j|^2$, and under the exponential loss $n e^{-z}$, summed over examples, the flow is
$\dot z = 2 n |x|\,z\,e^{-z}$ (derived here; Min, Mallada and Vidal 2023, arXiv 2307.12851, bound the loss by O(1/t)).
"""

from functools import partial

import jax
import jax.numpy as jnp
from jax.scipy.special import expi
from jaxtyping import Array, ArrayLike, Float

from theory.core.bisection import boundary
from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within

EULER_GAMMA = 0.5772156649015329
EXCESS_AT_ONE = 1.33  # Ei(z) - gamma - ln z is at most 1.318 for z <= 1
LARGEST = {8: 700.0, 4: 80.0}  # outputs whose exponential integral the type still holds


@closed_form
def aligned_output(
    start: Float[ArrayLike, "..."],
    examples: Float[ArrayLike, "..."],
    length: Float[ArrayLike, "..."],
    t: Float[ArrayLike, "..."],
) -> Float[Array, "..."]:
    r"""The output z on the class: $\mathrm{Ei}(z(t)) = \mathrm{Ei}(z(0)) + 2 n |x|\,t$.

    At first $z = z(0)\,e^{2n|x|t}$, so that the loss leaves its plateau at $t \approx \ln(1/z(0)) / (2n|x|)$; at last
    $e^{z}/z \approx 2n|x|\,t$, and the loss falls as $1/(2|x|\,t \ln t)$: by a logarithm faster than 1/t.

    Args:
        start: z(0), above zero.
        examples: n, how many examples share the input.
        length: $|x|$, above zero.
        t: time, at or after zero.

    Returns:
        z(t), infinite where its exponential overflows.

    Raises:
        ValueError: a start, number or length at or below zero, or a negative time.

    >>> aligned_output(1e-6, 1.0, 1.0, jnp.array([5.0, 10.0])).round(2).tolist()
    [0.02, 2.43]
    """
    z, n, x, t = together(start=start, examples=examples, length=length, t=t)
    z = within("start", z, z > 0, "outputs above zero", "zero is a saddle of the flow")
    n = within("examples", n, n > 0, "numbers above zero")
    x = within("length", x, x > 0, "lengths above zero")
    t = within("t", t, t >= 0, "times at or after zero")
    most = LARGEST[z.dtype.itemsize]
    inside = z < most
    reached = _inverse(_integral(jnp.where(inside, z, 1.0)) + 2 * n * x * t, most)
    # a small start that has hardly moved keeps all its digits
    moved = jnp.where(inside, jnp.where(t == 0, z, reached), z)
    return jnp.where(moved < most, moved, jnp.where(t == 0, z, jnp.inf))


@closed_form
def aligned_loss(
    start: Float[ArrayLike, "..."],
    examples: Float[ArrayLike, "..."],
    length: Float[ArrayLike, "..."],
    t: Float[ArrayLike, "..."],
) -> Float[Array, "..."]:
    r"""The exponential loss $n e^{-z(t)}$ of the class, z by `aligned_output`, whose arguments and errors it has.

    >>> round(float(aligned_loss(1e-6, 1.0, 1.0, 1e6) * 1e8), 4)
    3.082
    """
    z, n, x, t = together(start=start, examples=examples, length=length, t=t)
    return n * jnp.exp(-aligned_output(z, n, x, t))


def _integral(z: Array) -> Array:
    """Ei(z), by its series where cancellation would cost digits of a small z's logarithm."""
    return jnp.where(z < 1e-3, EULER_GAMMA + jnp.log(z) + z * (1 + z / 4 + z * z / 18), expi(jnp.maximum(z, 1e-3)))


@partial(jax.jit, static_argnums=1)
def _inverse(target: Array, most: float) -> Array:
    """The z > 0 with Ei(z) = target, by halving in ln z and one step of Newton's, which carries derivatives."""
    low = jnp.minimum(target - EULER_GAMMA - EXCESS_AT_ONE, 0.0)
    high = jnp.minimum(target - EULER_GAMMA, jnp.log(most) + 0.0 * target)
    low, high = jnp.minimum(low, high), high

    y = boundary(lambda y: _integral(jnp.exp(y)) < target, low, high)
    z = jnp.exp(y)
    return jnp.exp(y + (target - _integral(z)) * jnp.exp(-z))
