r"""The squared-error loss of any head in three parts: variability, the frame, and the distance from the central path.

Loss $\frac12\,\mathbb E\,|Wh + b - y|^2 + \frac\gamma2(|W|^2 + |b|^2)$ over labeled features with one-hot y; for given
features the best head is that of least squares. From class moments alone.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.collapse.domain import positive, squarable
from theory.collapse.metrics import within_covariance
from theory.collapse.moments import ClassMoments, checked
from theory.core.closed_form import closed_form
from theory.core.domain import finite, one_number


class LossParts(NamedTuple):
    """The three parts of the loss; they sum to it, and none is negative.

    Attributes:
        variability: what deviations within classes and the ridge cost the best head (NC1).
        frame: what its outputs for the class means miss (NC2 and NC3).
        perpendicular: what the given head loses to the best one.
    """

    variability: Float[Array, ""]
    frame: Float[Array, ""]
    perpendicular: Float[Array, ""]


@closed_form
def least_squares_head(
    moments: ClassMoments, decay: Float[ArrayLike, ""]
) -> tuple[Float[Array, "K d"], Float[Array, " K"]]:
    r"""The best head: $[W\,b] = \mathbb E\,y\tilde h^\top(\mathbb E\,\tilde h\tilde h^\top + \gamma I)^{-1}$.

    $\tilde h = (h, 1)$. For balanced classes this is the closed form of Han, Papyan and Donoho (2022).

    Raises:
        ValueError: an empty class, or a decay at or below zero.

    >>> m = ClassMoments(jnp.ones(2), jnp.array([[-1.0], [1.0]]), jnp.zeros((1, 1)), jnp.zeros(2))
    >>> [x.ravel().tolist() for x in least_squares_head(m, 1.0)]
    [[-0.25, 0.25], [0.25, 0.25]]
    """
    share, means, second = _extended(moments)
    gamma = _decay(decay)
    head = jnp.linalg.solve(second + gamma * jnp.eye(len(second), dtype=second.dtype), (share[:, None] * means).T).T
    return head[:, :-1], head[:, -1]


@closed_form
def loss_parts(
    classifier: Float[ArrayLike, "K d"],
    bias: Float[ArrayLike, " K"],
    moments: ClassMoments,
    decay: Float[ArrayLike, ""],
) -> LossParts:
    r"""$L = L_{NC1} + L_{NC2/3} + L_\perp$ (Han, Papyan and Donoho 2022, here for any class sizes).

    With the least-squares head $W_*, b_*$ and class shares p:
    $L_{NC1} = \frac12\mathrm{tr}\,W_*(\Sigma_W + \gamma I)W_*^\top + \frac\gamma2|b_*|^2$,
    $L_{NC2/3} = \frac12\sum_k p_k|W_*\mu_k + b_* - e_k|^2$, and $L_\perp$ the quadratic form of the deviation from
    $[W_*\,b_*]$ with $\mathbb E\,\tilde h\tilde h^\top + \gamma I$.

    >>> m = ClassMoments(jnp.ones(2), jnp.array([[-1.0], [1.0]]), jnp.zeros((1, 1)), jnp.zeros(2))
    >>> [round(x.item(), 6) for x in loss_parts(jnp.array([[-0.25], [0.25]]), jnp.full(2, 0.25), m, 1.0)]
    [0.125, 0.125, 0.0]
    """
    share, means, second = _extended(moments)
    gamma, K = _decay(decay), len(share)
    best, offset = least_squares_head(moments, decay)
    inside = jnp.sum((best @ within_covariance(moments)) * best) + gamma * (jnp.sum(best**2) + jnp.sum(offset**2))
    outputs = means[:, :-1] @ best.T + offset[None]
    frame = jnp.sum(share[:, None] * (outputs - jnp.eye(K, dtype=outputs.dtype)) ** 2)
    W, b = squarable("classifier", classifier), finite("bias", bias)
    if W.shape != best.shape or b.shape != offset.shape:
        raise ValueError(
            f"classifier {W.shape} and bias {b.shape} must be {best.shape} and {offset.shape}, as the moments' classes"
        )
    given = jnp.concatenate([W, b[:, None]], 1)
    away = given - jnp.concatenate([best, offset[:, None]], 1)
    perpendicular = jnp.sum((away @ second) * away) + gamma * jnp.sum(away**2)
    return LossParts(0.5 * inside, 0.5 * frame, 0.5 * perpendicular)


def _extended(moments: ClassMoments) -> tuple[Array, Array, Array]:
    """Class shares, class means with a one, and their second moment over samples."""
    m = checked(moments, 1)
    share = m.weight / jnp.sum(m.weight)
    means = jnp.concatenate([m.mean, jnp.ones((len(share), 1), m.mean.dtype)], 1)
    second = (share[:, None] * means).T @ means
    d = m.mean.shape[1]
    return share, means, second.at[:d, :d].add(within_covariance(m))


def _decay(decay: Float[ArrayLike, ""]) -> Array:
    return one_number("decay", positive("decay", decay, "decays above zero, without which the head may not be unique"))
