r"""Two noisy views of the same content, Gaussian: what they share, what encoders trained on agreement keep.

$V_1 = AS + N_1$, $V_2 = BS + N_2$ with Gaussian content S and independent noise; in canonical coordinates each mode of
either view has squared correlation $\rho$ with the content, and $\rho$ with the other view. This is the linear case of
the multi-view assumption of self-supervised learning (Shwartz-Ziv and LeCun 2024, arXiv 2304.09355).
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, real, whole, within


@closed_form
def content_information(rho: Float[ArrayLike, "*modes"]) -> Float[Array, "*modes"]:
    r"""$I(V_1;S) = -\frac12\log(1 - \rho)$ nats of each mode: what one view tells about the content.

    The correlation of view and content is $\sqrt\rho$, half-way between none and that of a second view; derived here.

    Args:
        rho: canonical correlations of the views, in [0, 1).

    Raises:
        ValueError: a correlation outside [0, 1).

    >>> round(float(content_information(0.75)), 6)
    0.693147
    """
    return -0.5 * jnp.log1p(-_agreement(rho))


@closed_form
def unshared_content(rho: Float[ArrayLike, "*modes"]) -> Float[Array, "*modes"]:
    r"""$I(V_1;S|V_2) = \frac12\log(1 + \rho)$ nats of each mode: content that one view tells and the other does not.

    The epsilon of the multi-view assumption: `content_information` less $I(V_1;V_2) = -\frac12\log(1 - \rho^2)$, since
    the views are independent given the content. Never above $\frac12\log 2$ a mode, however much a view tells; derived
    here.

    Raises:
        ValueError: a correlation outside [0, 1).

    >>> round(float(unshared_content(0.75)), 6)
    0.279808
    """
    return 0.5 * jnp.log1p(_agreement(rho))


@closed_form
def contrastive_optimum(rho: Float[ArrayLike, " modes"], units: int) -> Float[Array, "3"]:
    r"""The least spectral contrastive loss of linear encoders, and $I(T;S)$, $I(T;V_2)$ in nats of such an encoder.

    The loss $-2\,\mathbb E\,f(V_1)\cdot f(V_2) + \mathbb E\,(f(V_1)\cdot f(V_2'))^2$, $V_2'$ independent, of views of
    one law is $|F - M|^2 - |M|^2$ with M of eigenvalues $\rho$ (HaoChen et al. 2021, arXiv 2106.04156): k units keep
    the k most shared modes, whatever their variance,

    $$\mathcal L = -\sum_{i \le k} \rho_i^2,\quad I(T;S) = -\frac12 \sum_{i \le k} \log(1 - \rho_i),\quad
      I(T;V_2) = -\frac12 \sum_{i \le k} \log(1 - \rho_i^2).$$

    Derived here for the linear case; the encoder is without noise.

    Args:
        rho: canonical correlations of the views, in any order.
        units: k, of the encoder; those beyond the number of modes find nothing.

    Raises:
        ValueError: no vector of correlations in [0, 1), fewer units than one.

    >>> contrastive_optimum(jnp.array([0.5, 0.75]), 1).round(4).tolist()
    [-0.5625, 0.6931, 0.4133]
    """
    rho, k = _agreement(rho), whole("units", units, least=1)
    if rho.ndim != 1 or not rho.size:
        raise ValueError(f"rho has shape {rho.shape}; give one correlation for each mode in a vector")
    kept = -jnp.sort(-rho)[:k]
    return jnp.stack([-jnp.sum(kept**2), -0.5 * jnp.sum(jnp.log1p(-kept)), -0.5 * jnp.sum(jnp.log1p(-(kept**2)))])


@closed_form
def bottleneck_content(beta: Float[ArrayLike, "*batch"], rho: Float[ArrayLike, "..."]) -> Float[Array, "*batch"]:
    r"""$I(T;S)$ in nats of the encoder of $V_1$ that minimizes $I(T;V_1) - \beta I(T;V_2)$.

    $$-\frac12 \sum_{\beta\rho_i^2 > 1} \log\Bigl(1 - \frac{\beta\rho_i^2 - 1}{\rho_i(\beta - 1)}\Bigr)$$

    from the optimal encoder of :cite:t:`chechik2005`, whose modes have signal over noise
    $(\beta\rho^2 - 1)/(1 - \rho^2)$; derived here. The other view stands for the content: what is kept about the
    content lies between $I(T;V_2)$ and $I(T;V_1)$ of `theory.information.gaussian_bottleneck`.

    Args:
        beta: trade-off, above zero.
        rho: canonical correlations of the views.

    Raises:
        ValueError: no vector of correlations in [0, 1), beta at or below zero.

    >>> round(float(bottleneck_content(4.0, jnp.array([0.75]))), 6)
    0.405465
    """
    rho, beta = _agreement(rho), finite("beta", beta)
    if rho.ndim != 1 or not rho.size:
        raise ValueError(f"rho has shape {rho.shape}; give one correlation for each mode in a vector")
    b = within("beta", beta, beta > 0, "values above zero")[..., None]
    r = rho.reshape((1,) * beta.ndim + (-1,))
    active = b * r**2 > 1
    safe = jnp.where(active, r * (b - 1), 1.0)
    lost = jnp.where(active, (1 - r) * (1 + b * r) / safe, 1.0)  # 1 - (beta rho^2 - 1)/(rho (beta - 1)), uncancelled
    return -0.5 * jnp.sum(jnp.log(lost), axis=-1) + 0.0


def _agreement(rho: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    rho = real("rho", rho)
    return within("rho", rho, (rho >= 0) & (rho < 1), "correlations in [0, 1)", "flip the sign of one view's mode")
