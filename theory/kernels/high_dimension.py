"""Spectra of dot-product kernels between as many examples as dimensions."""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within


@closed_form
def smallest_gram_eigenvalue(
    at_one: Float[ArrayLike, ""] | float,
    at_zero: Float[ArrayLike, ""] | float,
    slope_at_zero: Float[ArrayLike, ""] | float,
    ratio: Float[ArrayLike, "*batch"] | float,
) -> Float[Array, "*batch"]:
    r"""The smallest eigenvalue of the matrix $\kappa(\langle x_i, x_j\rangle)$ as n and d grow with $n/d \to c < 1$.

    $\lambda_{\min} \to \kappa(1) - \kappa(0) - \kappa'(0) + \kappa'(0)(1 - \sqrt c)^2$ for inputs that are independent
    and uniform on the unit sphere of d dimensions, $\kappa$ positive definite and three times differentiable at 0: the
    matrix is asymptotically a constant on the diagonal, a matrix of rank one, and $\kappa'(0) X X^\top$, whose edge is
    Marchenko and Pastur's (by the linearization of El Karoui 2010, arXiv 1001.0492). The part of the kernel above
    first order keeps the matrix well conditioned. Missing are terms of order $n^{-2/3}$ and $1/d$.

    Args:
        at_one, at_zero: $\kappa(1)$, $\kappa(0)$.
        slope_at_zero: $\kappa'(0) \ge 0$.
        ratio: $c = n/d$ in [0, 1).

    Raises:
        ValueError: a ratio outside [0, 1), a negative slope, or $\kappa(1)$ below $\kappa(0) + \kappa'(0)$.

    >>> round(smallest_gram_eigenvalue(2.0, 1 / jnp.pi, 1.0, 0.25).item(), 4)  # NTK of one hidden ReLU layer
    0.9317
    """
    one, zero, slope, c = together(at_one=at_one, at_zero=at_zero, slope_at_zero=slope_at_zero, ratio=ratio)
    slope = within("slope_at_zero", slope, slope >= 0, "slopes at or above 0", "the kernel is not positive definite")
    c = within("ratio", c, (c >= 0) & (c < 1), "ratios n/d in [0, 1)", "beyond, the linear part has a null space")
    one = within("at_one", one, one >= zero + slope, "values at or above kappa(0) + kappa'(0)")
    return one - zero - slope + slope * (1 - jnp.sqrt(c)) ** 2
