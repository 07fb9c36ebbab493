r"""The semicircle law: eigenvalues of a Wigner matrix.

For a symmetric N x N matrix with independent centered entries of variance $\sigma^2/N$ above the diagonal the
eigenvalues follow, as $N \to \infty$, the law of density $\sqrt{4\sigma^2 - x^2}/(2\pi\sigma^2)$ (Wigner 1958).
"""

import math

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import whole, within


@closed_form
def density(x: Float[ArrayLike, "*batch"], sigma: Float[ArrayLike, "*batch2"] = 1.0) -> Float[Array, "..."]:
    """Density of the semicircle of radius 2 sigma; 0 outside.

    Raises:
        ValueError: a sigma that is not above zero.

    >>> round(float(density(0.0)), 6)  # 1 / pi
    0.31831
    """
    x, s = _arguments(x, sigma)
    inside = jnp.maximum((2 * s - x) * (2 * s + x), 0.0)
    return jnp.sqrt(inside) / (2 * jnp.pi * s**2)


@closed_form
def distribution(x: Float[ArrayLike, "*batch"], sigma: Float[ArrayLike, "*batch2"] = 1.0) -> Float[Array, "..."]:
    r"""Share of eigenvalues at or below x: $\tfrac12 + (u\sqrt{1-u^2} + \arcsin u)/\pi$ with $u = x/2\sigma$.

    >>> float(distribution(0.0)), float(distribution(3.0))
    (0.5, 1.0)
    """
    x, s = _arguments(x, sigma)
    u = jnp.clip(x / (2 * s), -1, 1)
    return 0.5 + (u * jnp.sqrt((1 - u) * (1 + u)) + jnp.arcsin(u)) / jnp.pi


@closed_form
def moment(order: int, sigma: Float[ArrayLike, "*batch"] = 1.0) -> Float[Array, "*batch"]:
    r"""The moment $\sigma^{2k} C_k$ of order 2k, with the Catalan number $C_k$; odd moments vanish.

    >>> float(moment(4)), float(moment(3))
    (2.0, 0.0)
    """
    m = whole("order", order, least=0)
    (s,) = together(sigma=sigma)
    catalan = 0.0 if m % 2 else math.comb(m, m // 2) / (m // 2 + 1)
    return catalan * s**m


def _arguments(
    x: Float[ArrayLike, "*batch"], sigma: Float[ArrayLike, "*batch2"]
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    x, s = together(x=x, sigma=sigma)
    return x, within("sigma", s, s > 0, "deviations above zero")
