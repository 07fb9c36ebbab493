r"""What a hidden layer knows and the output does not: two layers of rectified units on a function of one direction.

Inputs are white Gaussian and the target is $y = p\,(\beta^\top x)_+ + q\,(-\beta^\top x)_+$. Two balanced layers from a
small start learn it with hidden units along $\beta$ and $-\beta$ only, whose squared norms add up to $|p||\beta|$ and
$|q||\beta|$. The linear feature $\beta^\top x$ then cancels in the output where the two slopes are alike, and is whole
in the hidden layer: with a nonlinearity lower layers learn features that upper layers lack (Xue et al. 2024, arXiv
2403.11391, whose own theorem was not at hand; this model and its numbers are derived here). Linear layers cannot do
that: balanced ones carry the root of a feature's weight below the last layer, so what is absent above is absent below.
"""

import math

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within


@closed_form
def hidden_feature(
    up: Float[ArrayLike, "..."], down: Float[ArrayLike, "..."], length: Float[ArrayLike, "..."] = 1.0
) -> Float[Array, "..."]:
    r"""Weight of the linear feature in the hidden layer, $|\mathbb E\,h x^\top|_F = \tfrac12\sqrt{(|p| + |q|)|\beta|}$.

    $h = (W_1 x)_+$. It is the one singular value of that matrix; by Stein's lemma $\mathbb E\,(w^\top x)_+ x = w/2$.

    Args:
        up: p, the slope where $\beta^\top x > 0$; any sign.
        down: q, the slope where $\beta^\top x < 0$.
        length: $|\beta|$, at or above zero.

    Raises:
        ValueError: a negative length.

    >>> [round(hidden_feature(*slopes).item(), 4) for slopes in ((1.0, 1.0), (1.5, 0.5))]
    [0.7071, 0.7071]
    """
    p, q, size = _checked(up, down, length)
    return 0.5 * jnp.sqrt((jnp.abs(p) + jnp.abs(q)) * size)


@closed_form
def output_feature(
    up: Float[ArrayLike, "..."], down: Float[ArrayLike, "..."], length: Float[ArrayLike, "..."] = 1.0
) -> Float[Array, "..."]:
    r"""Weight of the linear feature in the output, $|\mathbb E\,f x| = \tfrac12 |p - q|\,|\beta|$; 0 for an even one.

    Arguments and errors as in `hidden_feature`.

    >>> [output_feature(*slopes).item() for slopes in ((1.0, 1.0), (1.5, 0.5))]
    [0.0, 0.5]
    """
    p, q, size = _checked(up, down, length)
    return 0.5 * jnp.abs(p - q) * size


@closed_form
def output_probe(up: Float[ArrayLike, "..."], down: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""Share of the variance of $\beta^\top x$ that a linear probe reads from the output.

    $$R^2 = \frac{(p - q)^2/4}{\tfrac12 (p^2 + q^2) - (p + q)^2/2\pi}$$

    1 only for a linear target (q = -p), $\pi/(2(\pi - 1))$ for one rectified unit. A probe of the hidden layer reads
    all of it as long as neither slope is zero: $(u)_+ - (-u)_+ = u$. An output that is constant has no probe: 0.

    Args:
        up: p.
        down: q.

    >>> [round(output_probe(*slopes).item(), 4) for slopes in ((1.0, 1.0), (1.0, 0.0), (1.0, -1.0))]
    [0.0, 0.7335, 1.0]
    """
    p, q = together(up=up, down=down)
    largest = jnp.maximum(jnp.abs(p), jnp.abs(q))
    unit = jnp.where(largest > 0, largest, 1.0)  # squares of the slopes may overflow
    p, q = p / unit, q / unit
    # (p^2 + q^2)/2 = (p - q)^2/4 + (p + q)^2/4, so that nothing cancels
    odd, even = (p - q) ** 2 / 4, (p + q) ** 2 * (0.25 - 0.5 / math.pi)
    return odd / jnp.where(largest > 0, odd + even, 1.0)


def _checked(
    up: Float[ArrayLike, "..."], down: Float[ArrayLike, "..."], length: Float[ArrayLike, "..."]
) -> tuple[Array, Array, Array]:
    p, q, size = together(up=up, down=down, length=length)
    return p, q, within("length", size, size >= 0, "lengths at or above zero")
