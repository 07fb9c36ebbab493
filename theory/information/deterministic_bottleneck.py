r"""The information bottleneck of a label that the input determines: a curve of two straight lines.

There $I(T;Y) \le \min(I(X;T), H(Y))$, attained everywhere: by the label, erased with some probability. No curvature is
left for the Lagrangian $I(X;T) - \beta I(T;Y)$ to find: below $\beta = 1$ its optimum is to keep nothing, above it to
keep the label and no more, and every point between is optimal at $\beta = 1$ alone (Kolchinsky, Tracey and Van Kuyk
2019, arXiv 1808.07593).
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within


@closed_form
def deterministic_bottleneck_curve(
    information: Float[ArrayLike, "..."], entropy: Float[ArrayLike, "..."]
) -> Float[Array, "..."]:
    r"""The most that T can tell about Y at a given $I(X;T)$ in nats, $\min(I(X;T), H(Y))$ :cite:p:`kolchinsky2019`.

    Args:
        information: $I(X;T)$, at or above zero.
        entropy: $H(Y)$ of the label, at or above zero.

    Raises:
        ValueError: a negative or infinite information or entropy.

    >>> deterministic_bottleneck_curve(jnp.array([0.25, 3.0]), 0.5).tolist()
    [0.25, 0.5]
    """
    i, h = together(information=information, entropy=entropy)
    return jnp.minimum(
        *(within(n, v, v >= 0, "nats at or above zero") for n, v in (("information", i), ("entropy", h)))
    )


@closed_form
def squared_bottleneck(beta: Float[ArrayLike, "..."], entropy: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""$I(X;T) = I(T;Y) = \min(1/2\beta, H(Y))$ in nats where $I(T;Y) - \beta I(X;T)^2$ is largest.

    The square bends the objective, so that every point of the curve's rising line is found at one beta, where the
    Lagrangian jumps from its start to its corner :cite:p:`kolchinsky2019`; the point derived here.

    Args:
        beta: trade-off, above zero.
        entropy: $H(Y)$ of the label, at or above zero.

    Raises:
        ValueError: beta at or below zero, a negative or infinite entropy.

    >>> squared_bottleneck(jnp.array([0.25, 2.0]), 0.5).tolist()
    [0.5, 0.25]
    """
    b, h = together(beta=beta, entropy=entropy)
    b = within("beta", b, b > 0, "trade-offs above zero")
    return jnp.minimum(0.5 / b, within("entropy", h, h >= 0, "nats at or above zero"))
