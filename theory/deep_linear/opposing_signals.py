r"""Opposing signals in a two-layer linear network: a large feature that the labels do not need sharpens its minimum.

$f(x) = c\,(b_s \cdot x_s + b_o x_o)$ learns $y = \beta \cdot x_s$ from white $x_s$ and one large feature $x_o$ of
variance A, uncorrelated with the labels because it comes as often with either (Rosenfeld and Risteski 2023, arXiv
2311.04163, study such a model; the forms here are derived here for the loss
$\tfrac12 |c\,b_s - \beta|^2 + \tfrac A2 (c\,b_o)^2$). Gradient flow first gets rid of $b_o$ at the expense of c, so
that the sharpness, about $A c^2$, falls; then it learns $\beta$ by raising c, and the sharpness climbs past its start.
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within


@closed_form
def final_scale(
    scale: Float[ArrayLike, "..."], weights: Float[ArrayLike, "..."], task: Float[ArrayLike, "..."]
) -> Float[Array, "..."]:
    r"""Where gradient flow leaves the outer weight: $c_\infty^2 = \tfrac12\bigl(C + \sqrt{C^2 + 4|\beta|^2}\bigr)$.

    $C = c_0^2 - |b_0|^2$ is conserved, of the first layer both parts, and at the minimum $c\,b_s = \beta$, $b_o = 0$.

    Args:
        scale: $c_0$, of either sign.
        weights: $|b_0|$, the length of the whole first layer, large feature included.
        task: $|\beta|$, above zero.

    Returns:
        $c_\infty^2$; $|\beta|$ from a balanced start, never below the smaller of it and the start's.

    Raises:
        ValueError: a negative length, or a task at or below zero.

    >>> float(final_scale(0.3, 0.3, 2.0)), round(float(final_scale(1.0, 0.5, 1.0)), 6)
    (2.0, 1.443)
    """
    c, b, beta = together(scale=scale, weights=weights, task=task)
    b = within("weights", b, b >= 0, "lengths at or above zero")
    beta = within("task", beta, beta > 0, "lengths above zero")
    conserved = (jnp.abs(c) - b) * (jnp.abs(c) + b)
    root = jnp.hypot(conserved, 2 * beta)
    # the sum cancels where the first layer is the larger
    return jnp.where(conserved >= 0, (conserved + root) / 2, 2 * beta**2 / (root - conserved))


@closed_form
def final_sharpness(
    scale: Float[ArrayLike, "..."],
    weights: Float[ArrayLike, "..."],
    task: Float[ArrayLike, "..."],
    variance: Float[ArrayLike, "..."],
) -> Float[Array, "..."]:
    r"""The largest Hessian eigenvalue where gradient flow ends.

    $\max(A c_\infty^2,\; c_\infty^2 + |\beta|^2/c_\infty^2)$, of the large feature or of the task. From a balanced
    start $\max(A, 2)\,|\beta|$. Descent with step $\eta$ can stay there only if this is below $2/\eta$.

    Args:
        scale, weights, task: as of `final_scale`, with its errors.
        variance: A, above zero.

    Raises:
        ValueError: a variance at or below zero.

    >>> float(final_sharpness(0.3, 0.3, 2.0, 50.0)), float(final_sharpness(0.3, 0.3, 2.0, 1.0))
    (100.0, 4.0)
    """
    c, b, beta, a = together(scale=scale, weights=weights, task=task, variance=variance)
    a = within("variance", a, a > 0, "variances above zero")
    square = final_scale(c, b, beta)
    return jnp.maximum(a * square, square + beta**2 / square)


@closed_form
def unlearning(
    scale: Float[ArrayLike, "..."],
    weight: Float[ArrayLike, "..."],
    variance: Float[ArrayLike, "..."],
    t: Float[ArrayLike, "..."],
) -> Float[Array, "..."]:
    r"""The outer weight while the network gets rid of the large feature: $c(t)^2$ of the flow without a task.

    $b_o(t)^2 = k / \bigl((1 + k/b_o^2)\,e^{2Akt} - 1\bigr)$ with $k = c^2 - b_o^2 = c(t)^2 - b_o(t)^2$ conserved: c
    falls to $\sqrt k$, or with k < 0 to zero. With a task this holds up to O(1/A), for times of that order.

    Args:
        scale: c at the start, of either sign.
        weight: $b_o$ at the start, of either sign.
        variance: A, above zero.
        t: time, at or after zero.

    Raises:
        ValueError: a variance at or below zero, or a negative time.

    >>> round(float(unlearning(1.0, 0.6, 100.0, 1.0)), 6), round(float(unlearning(1.0, 1.0, 100.0, 0.01)), 6)
    (0.64, 0.333333)
    """
    c, b, a, t = together(scale=scale, weight=weight, variance=variance, t=t)
    a = within("variance", a, a > 0, "variances above zero")
    t = within("t", t, t >= 0, "times at or after zero")
    conserved = (jnp.abs(c) - jnp.abs(b)) * (jnp.abs(c) + jnp.abs(b))
    smaller, apart = jnp.minimum(c**2, b**2), jnp.abs(conserved)
    # the smaller square s decays as s k e^{-r} / (k + s (1 - e^{-r})), r = 2 A k t, k the larger square less it
    rate = 2 * a * apart * t
    slow = rate < 1e-8
    spent = jnp.where(slow, 2 * a * t, -jnp.expm1(-rate) / jnp.where(slow, 1.0, apart))
    return smaller * jnp.exp(-rate) / (1 + smaller * spent) + jnp.maximum(conserved, 0.0)
