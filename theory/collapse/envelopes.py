r"""Least losses of the frames of deep heads under cross-entropy, for a hundred thousand penalties at once.

Along a frame of unit margin, logits $tC$ of K balanced classes cost $\ell(t) + q\,c\,t^p$ with $p = 2/(M+1)$. Only
$q = \frac{M+1}2(\lambda_H\prod_m\lambda_m)^{1/(M+1)}\,n^{p/2}$ differs from cell to cell. Every $(ct^p, \ell)$ is a
line in q: the least of all lines is read off the lower hull of these points, made once, and polished by Newton steps.
`low_rank` and `cross_entropy` scan thousands of t for every cell instead.
"""

import math
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

POINTS, SMALLEST, LARGEST = 8192, 1e-6, 1e3  # of t, where the margin is one
NEWTON = 4


@cache
def frame(name: str, classes: int, depth: int) -> tuple[np.ndarray, np.ndarray, float]:
    r"""Distances of the own logit to the others and how many there are, and $c = \sum_i\sigma_i^p$, at t = 1."""
    K, p = classes, 2 / (depth + 1)
    if name == "simplex":
        return np.array([1.0]), np.array([K - 1.0]), K - 1.0
    if name == "pairs":
        return np.array([1.0, 2.0]), np.array([K - 2.0, 1.0]), K / 2 * 2**p
    angles = 2 * math.pi * np.arange(1, K) / K
    narrow = 1 - math.cos(2 * math.pi / K)
    return (1 - np.cos(angles)) / narrow, np.ones(K - 1), 2 * (K / (2 * narrow)) ** p


@partial(jax.jit, static_argnums=(0, 1, 2))
def least_losses(name: str, classes: int, depth: int, price: Float[Array, " cells"]) -> Float[Array, " cells"]:
    """Of the frame at these q; log K where nothing is cheaper, NaN where q is."""
    d, many, c = frame(name, classes, depth)
    p, edges, knots = 2 / (depth + 1), *_hull(name, classes, depth)

    def value(u: Array, q: Array) -> Array:
        others = jnp.sum(many * jnp.exp(-d * jnp.exp(u)))
        return jnp.log1p(others) + q * c * jnp.exp(p * u)

    def gap(u: Array, log_q: Array) -> Array:
        """Logarithm of the data's pull over the penalty's."""
        far = -d * jnp.exp(u)
        pull = jax.nn.logsumexp(far, b=many * d) - jnp.log1p(jnp.sum(many * jnp.exp(far)))
        return pull + (1 - p) * u - math.log(c * p) - log_q

    def one(q: Array) -> Array:
        at = jnp.asarray(knots, q.dtype)[jnp.searchsorted(jnp.asarray(edges, q.dtype), -q)]
        u, step = at, 2 * math.log(LARGEST / SMALLEST) / POINTS
        for _ in range(NEWTON):
            excess, slope = jax.jvp(lambda u: gap(u, jnp.log(q)), (u,), (jnp.ones_like(u),))
            u = jnp.clip(u - jnp.where(slope < 0, excess / slope, 0.0), at - step, at + step)
        least = jnp.minimum(jnp.minimum(value(u, q), value(at, q)), math.log(classes))
        return jnp.where(jnp.isnan(q), q, least)

    return jax.vmap(one)(price)


@cache
def _hull(name: str, classes: int, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """Slopes between the corners of the lower hull of (c t^p, loss), rising, and log t at the corners."""
    d, many, c = frame(name, classes, depth)
    u = np.linspace(math.log(SMALLEST), math.log(LARGEST), POINTS)
    x = c * np.exp(2 / (depth + 1) * u)
    far = -d[:, None] * np.exp(u)[None]
    y = np.log1p(np.exp(far).T @ many)
    corners: list[int] = []
    for i in range(POINTS):
        while len(corners) > 1:
            a, b = corners[-2:]
            if (y[b] - y[a]) * (x[i] - x[a]) < (y[i] - y[a]) * (x[b] - x[a]):
                break
            corners.pop()
        corners.append(i)
    return np.diff(y[corners]) / np.diff(x[corners]), u[corners]
