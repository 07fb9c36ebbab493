r"""Mixed-up features under a fixed simplex classifier: where the best features of two mixed classes lie.

Classifier rows are a simplex of K rows of length m and stay fixed; the feature h of a sample with label
$y = \lambda e_i + (1-\lambda) e_j$ minimizes $\mathrm{CE}(Wh, y) + \frac{\lambda_H}2|h|^2$. Logits z = Wh of the best
feature sum to zero and solve $\mu z = y - \mathrm{softmax}(z)$ with $\mu = \lambda_H (K-1)/(K m^2)$, and
$|h|^2 = \frac{K-1}{Km^2}|z|^2$ (setting of Fisher et al. 2024, 2402.06171; equations derived here).
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from theory.collapse.domain import positive
from theory.core.bisection import boundary
from theory.core.closed_form import closed_form
from theory.core.domain import finite, whole, within

STEPS = 80
HALVINGS = 2.0 ** -np.arange(10)


@closed_form
def head_ridge(
    classes: int, feature_penalty: Float[ArrayLike, "*batch"], row_length: Float[ArrayLike, ""] = 1.0
) -> Float[Array, "*batch"]:
    r"""$\mu = \lambda_H (K-1)/(K m^2)$: the ridge that the features' penalty puts on the logits.

    Raises:
        ValueError: fewer than two classes, penalties or lengths at or below zero.

    >>> round(head_ridge(4, 0.02, 1.3).item(), 9)
    0.00887574
    """
    K, lam, m = whole("classes", classes, least=2), positive("feature_penalty", feature_penalty), row_length
    return lam * (K - 1) / (K * positive("row_length", m).astype(lam.dtype) ** 2)


@closed_form
def pure_margin(classes: int, ridge: Float[ArrayLike, "*batch"]) -> Float[Array, "*batch"]:
    r"""Own logit minus every other for a pure label: the root of $\mu t = K/(e^t + K - 1)$.

    Two samples of one class mix to this too, whatever $\lambda$: such features do not spread. The class's size plays no
    role either: under a fixed simplex unequal classes collapse to it all the same.

    Raises:
        ValueError: fewer than two classes, ridges at or below zero.

    >>> round(pure_margin(4, head_ridge(4, 0.02, 1.3)).item(), 6)
    4.562104
    """
    K, mu = whole("classes", classes, least=2), positive("ridge", ridge)

    def low(t: Array) -> Array:  # exp(-t) on both sides, which never overflows
        return jnp.log(mu) + jnp.log(t) + t + jnp.log1p((K - 1) * jnp.exp(-t)) < jnp.log(K)

    high = jnp.minimum(1 / mu, jnp.log1p(K / mu) + 1.0) + 1e-12
    t = boundary(low, jnp.zeros_like(mu), high)
    return jnp.where(jnp.isnan(mu), mu, t)


@closed_form
def mixed_margins(
    classes: int, share: Float[ArrayLike, "*batch"], ridge: Float[ArrayLike, "*batch"]
) -> Float[Array, " 2 *batch"]:
    r"""Logits of the two mixed classes minus every other, $u = z_i - z_o$ and $v = z_j - z_o$.

    $\mu u + (e^u - 1)/D = \lambda$ and $\mu v + (e^v - 1)/D = 1 - \lambda$ with $D = e^u + e^v + K - 2$, by Newton's
    method on the convex objective. Both are large at once: mixed features leave the segment between the classes' own
    and form a channel, symmetric about $\lambda = 1/2$; as the ridge vanishes $u - v$ tends to
    $\log(\lambda/(1-\lambda))$. Of their sum the ridge alone decides: its relative error is of order $10^{-16}/\mu$.

    Args:
        classes: K, at least three, so that there are others.
        share: $\lambda$ in [0, 1].

    Raises:
        ValueError: fewer than three classes, shares outside [0, 1], ridges at or below zero.

    >>> [round(x.item(), 6) for x in mixed_margins(4, 0.8, head_ridge(4, 0.02, 1.3))]
    [3.980508, 2.577993]
    """
    K = whole("classes", classes, least=3, fix="with two classes there is no other logit to compare with")
    lam, mu = finite("share", share), positive("ridge", ridge)
    lam = within("share", lam, (lam >= 0) & (lam <= 1), "shares from 0 to 1")
    lam, mu = jnp.broadcast_arrays(lam.astype(mu.dtype), mu)
    found = _searches(K, lam.reshape(-1), mu.reshape(-1))
    return found.T.reshape(2, *lam.shape)


@partial(jax.jit, static_argnums=0)
def _searches(K: int, share: Array, mu: Array) -> Array:
    return jax.vmap(lambda one, ridge: _newton(K, one, ridge))(share, mu)


def _newton(K: int, share: Array, mu: Array) -> Array:
    def value(x: Array) -> Array:
        rest = -jnp.sum(x) / K
        square = jnp.sum((x + rest) ** 2) + (K - 2) * rest**2
        others = jnp.log(K - 2.0).astype(x.dtype)
        fit = jax.nn.logsumexp(jnp.stack([x[0], x[1], others])) - share * x[0] - (1 - share) * x[1]
        return fit + mu / 2 * square

    def step(_: Array, x: Array) -> Array:
        slope, curve = jax.grad(value)(x), jax.hessian(value)(x)
        move = jnp.linalg.solve(curve, slope)
        trials = x[None] - jnp.asarray(HALVINGS, x.dtype)[:, None] * move[None]
        values = jax.vmap(value)(trials)
        best = jnp.argmin(jnp.where(jnp.isfinite(values), values, jnp.inf))
        # the last steps are too small to be told apart by the value: they are Newton's own
        return jnp.where(jnp.max(jnp.abs(move)) < 1e-6, trials[0], trials[best])

    return jax.lax.fori_loop(0, STEPS, step, jnp.stack([share, 1 - share]))
