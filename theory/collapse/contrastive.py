r"""What contrastive learning guarantees on the classes that nobody named, and that collapse makes it exact."""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, within


@closed_form
def collision_probability(shares: Float[ArrayLike, " K"]) -> Float[Array, ""]:
    r"""$\tau = \sum_c \rho_c^2$: how often the negative sample is of the class of the positive pair.

    Raises:
        ValueError: shares below zero or not of sum one.

    >>> round(collision_probability(jnp.array([0.5, 0.25, 0.25])).item(), 6)
    0.375
    """
    rho = finite("shares", shares)
    rho = within("shares", rho, rho >= 0, "numbers at or above zero")
    total = jnp.sum(rho)
    near = jnp.abs(total - 1) <= 1e2 * len(rho) * jnp.finfo(rho.dtype).eps
    within("sum of shares", total, near, "a sum of one", "divide by the sum")
    return jnp.where(near, jnp.sum(rho**2), jnp.nan)


@closed_form
def supervised_bound(
    unsupervised: Float[ArrayLike, "*batch"], collision: Float[ArrayLike, "*batch"]
) -> Float[Array, "*batch"]:
    r"""$L_{\sup}^\mu \le (L_{un} - \tau)/(1 - \tau)$ for losses of value one at zero (Arora et al. 2019).

    $L_{un} = \mathbb E\,\ell\bigl(f(x)^\top (f(x^+) - f(x^-))\bigr)$ with $x, x^+$ independent draws of one class,
    $x^-$ of a class drawn anew; $L_{\sup}^\mu$ the mean loss of telling two different classes apart by their mean
    features, $\mathbb E\,\ell\bigl(f(x)^\top (\mu_{c^+} - \mu_{c^-})\bigr)$; $\ell(v) = \log_2(1 + e^{-v})$ or any
    convex loss with $\ell(0) = 1$. Jensen's inequality on $x^+$ and $x^-$. Equality if and only if (for a strictly
    convex loss) features of a class do not vary along any other feature: collapsed classes attain it.

    Raises:
        ValueError: a collision probability outside [0, 1).

    >>> round(supervised_bound(0.75, 0.5).item(), 6)
    0.5
    """
    loss, tau = finite("unsupervised", unsupervised), finite("collision", collision)
    tau = within("collision", tau, (tau >= 0) & (tau < 1), "probabilities from 0 to below 1", "two classes at least")
    return (loss - tau) / (1 - tau)
