r"""Which signs a chain of weights can reach: equal layers are trapped at zero.

On white inputs (the whole cube) every coefficient $\theta = \prod_l w_l$ of a diagonal linear network follows
$\dot w_l = (c - \theta) \prod_{m \ne l} w_m$ by itself. Differences $w_l^2 - w_m^2$ are conserved: $\theta$ changes its
sign where one weight crosses zero, and two of the same size can only arrive there together, after infinite time.
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite


@closed_form
def reached_coefficient(
    coefficient: Float[ArrayLike, "..."], weights: Float[ArrayLike, "... layers"]
) -> Float[Array, "..."]:
    r"""Where gradient flow takes a product of weights that is to learn a coefficient c: to c, or to zero.

    To c if the start has the sign of c, or if one weight is smaller in size than every other: that one crosses zero.
    Else the product stops at the saddle at zero and its error is never mended, however deep the network; so is every
    network of equal layers (derived here). One layer is never trapped. From a product of zero the flow leaves in the
    direction of c if one weight alone is zero, and never if several are.

    Args:
        coefficient: c, any sign.
        weights: the L weights at the start, along the last axis; the other axes broadcast against c.

    Raises:
        ValueError: NaN or infinity, or no weights.

    >>> reached_coefficient(-0.5, jnp.array([[0.1, 0.1], [0.1, 0.2]])).tolist()
    [0.0, -0.5]
    """
    w = finite("weights", weights)
    if w.ndim == 0 or w.shape[-1] == 0:
        raise ValueError(f"weights have shape {w.shape}; give the weights of one layer at least along the last axis")
    c = finite("coefficient", coefficient)
    if w.shape[-1] == 1:
        return c + jnp.zeros(w.shape[:-1])
    size = jnp.sort(jnp.abs(w), axis=-1)
    alone = size[..., 0] < size[..., 1]
    same_side = (jnp.prod(jnp.sign(w), axis=-1) * jnp.sign(c)) > 0
    return jnp.where(alone | same_side, c, 0.0)
