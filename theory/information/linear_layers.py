r"""Noisy linear layers and the information plane of deep linear networks from their exact learning curves."""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import one_matrix, one_number, whole, within
from theory.deep_linear.depth import deep_mode


@closed_form
def linear_layer_information(
    weights: Float[ArrayLike, "..."], sigma_xx: Float[ArrayLike, "..."], noise: Float[ArrayLike, "..."]
) -> Float[Array, ""]:
    r"""$I(T;X) = \frac12 \log\det(1 + W \Sigma_{xx} W^\top/\sigma^2)$ in nats for $T = WX + \sigma Z$, X Gaussian.

    From the singular values of $W L$, $\Sigma_{xx} = L L^\top$, by log1p: exact for noise far above and below the
    signal :cite:p:`cover2006`.

    Raises:
        ValueError: noise at or below zero, a covariance that is not positive definite, entries that are not finite.

    >>> round(float(linear_layer_information(jnp.array([[2.0]]), jnp.array([[3.0]]), 1.0)), 6)
    1.282475
    """
    w, root, noise = _channel(weights, sigma_xx, noise)
    return 0.5 * jnp.sum(jnp.log1p((jnp.linalg.svd(w @ root, compute_uv=False) / noise) ** 2))


@closed_form
def linear_layer_label_information(
    weights: Float[ArrayLike, "..."],
    sigma_xx: Float[ArrayLike, "..."],
    teacher: Float[ArrayLike, "..."],
    noise: Float[ArrayLike, "..."],
    label_noise: Float[ArrayLike, "..."],
) -> Float[Array, ""]:
    r"""$I(T;Y)$ in nats for $T = WX + \sigma Z$, $Y = AX + s Z'$, X Gaussian: sum of $-\frac12\log(1 - \rho_i^2)$.

    The canonical correlations are the singular values of $\Sigma_T^{-1/2} W \Sigma_{xx} A^\top \Sigma_Y^{-1/2}$.

    Raises:
        ValueError: as `linear_layer_information`.

    >>> one = jnp.array([[1.0]])
    >>> round(float(linear_layer_label_information(one, one, one, 1.0, 1.0)), 6)  # rho = 1/2
    0.143841
    """
    w, root, noise = _channel(weights, sigma_xx, noise)
    a, _, s = _channel(teacher, sigma_xx, label_noise)
    (u, p, v), (b, q, c) = (jnp.linalg.svd(m @ root, full_matrices=False) for m in (w, a))
    del u, b
    rho = (p / jnp.hypot(p, noise))[:, None] * (v @ c.T) * (q / jnp.hypot(q, s))[None, :]
    return -0.5 * jnp.sum(jnp.log1p(-(jnp.linalg.svd(rho, compute_uv=False) ** 2)))


def _channel(
    weights: Float[ArrayLike, "..."], sigma_xx: Float[ArrayLike, "..."], noise: Float[ArrayLike, "..."]
) -> tuple[Array, Array, Array]:
    w, sigma = one_matrix("weights", weights), one_matrix("sigma_xx", sigma_xx)
    if sigma.shape != (w.shape[1],) * 2:
        raise ValueError(f"weights of shape {w.shape} and sigma_xx of shape {sigma.shape} do not fit together")
    noise = one_number("noise", noise).astype(w.dtype)
    noise = within("noise", noise, (noise > 0) & jnp.isfinite(noise), "standard deviations above zero")
    root = jnp.linalg.cholesky(sigma)
    ok = jnp.broadcast_to(jnp.all(jnp.isfinite(root)), root.shape)
    return w, within("sigma_xx", root, ok, "positive definite covariances", "add a ridge or drop directions"), noise


@closed_form
def deep_linear_plane(
    t: Float[ArrayLike, "..."],
    s: Float[ArrayLike, "..."],
    u0: Float[ArrayLike, "..."],
    noise: float,
    label_noise: float,
    depth: int = 2,
    layer: int = 1,
) -> Float[Array, "2 ..."]:
    r"""What one mode adds to $I(T_l;X)$ and $I(T_l;Y)$ at time t of balanced deep linear learning.

    Gradient flow, white Gaussian inputs, $T_l = W_l \cdots W_1 X + \sigma Z$ and $Y = A X + s_y Z'$, A with singular
    values s. Balanced
    layers share the strength u(t) of the end-to-end mode (`theory.deep_linear.depth.deep_mode`) in equal parts, so that
    with $g = |u|^{2l/D}$

    $$I(T_l;X) = \sum \tfrac12 \log(1 + g/\sigma^2), \qquad
      I(T_l;Y) = -\sum \tfrac12 \log\Bigl(1 - \frac{g}{g + \sigma^2}\frac{s^2}{s^2 + s_y^2}\Bigr)$$

    over the modes; derived here from :cite:t:`saxe2014`. Both move with g: a mode that starts below its target never
    compresses, one that starts above it compresses while it learns, without any saturation.

    Args:
        t: times at or after zero.
        s: strengths of the task's modes; all arguments broadcast.
        u0: strengths of the network's modes at t = 0.
        noise: sigma, above zero.
        label_noise: s_y, above zero.
        depth: number D of layers of weights, 2 or more.
        layer: l from 1 to D.

    Returns:
        I(T;X) and I(T;Y) of each mode, to be summed over the axis of modes.

    Raises:
        ValueError: a layer outside 1 to D, noise at or below zero, and what `deep_mode` raises.

    >>> deep_linear_plane(jnp.array([0.0, 10.0]), 1.0, 1e-6, 0.1, 0.1)[0].round(3).tolist()
    [0.0, 2.307]
    """
    whole("depth", depth, least=2)
    if not 1 <= whole("layer", layer, least=1) <= depth:
        raise ValueError(f"layer = {layer} must lie between 1 and the depth {depth}")
    t, s, u0 = together(t=t, s=s, u0=u0)
    sigma, label = (
        within(name, v.astype(s.dtype), v > 0, "standard deviations above zero")
        for name, v in ((name, one_number(name, v)) for name, v in (("noise", noise), ("label_noise", label_noise)))
    )
    g = (jnp.abs(deep_mode(t, s, u0, depth=depth)) ** (layer / depth) / sigma) ** 2
    return 0.5 * jnp.stack([jnp.log1p(g), jnp.log1p(g / (1 + (1 + g) * (label / s) ** 2))])
