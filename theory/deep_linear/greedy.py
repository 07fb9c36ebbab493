r"""Greedy pre-training: what layers trained one by one as autoencoders keep of the inputs, and when a task likes that.

Each layer is the encoder of a linear autoencoder of the codes below. Its codes span the leading principal components
of the inputs (Baldi and Hornik 1989), at equal strength from small or balanced starts, so that a stack of them is a
projection on as many as its narrowest layer holds, turned by an orthogonal matrix. Saxe, McClelland and Ganguli (arXiv
1312.6120) name the condition under which this start is as good for the task as modes of its own: the right singular
vectors of $\Sigma_{yx}$ are eigenvectors of $\Sigma_{xx}$, which is `theory.deep_linear.correlated_inputs.coupling`
equal to zero. What is lost where they are not, or where a narrow layer keeps large components of little use, is derived
here. Losses are $\tfrac12\,\mathbb E|y - Wx|^2$, counted from the least of all linear maps.
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import one_matrix, whole, within
from theory.deep_linear.end_to_end import covariance


@closed_form
def autoencoder_limit(sigma_xx: Float[ArrayLike, "d d"], width: int) -> Float[Array, "d d"]:
    r"""Where a linear autoencoder of this width ends: the projection on the leading principal components.

    The decoder times the encoder, from almost every start (Baldi and Hornik 1989). Where the last eigenvalue kept
    equals the first one left out, it is one of many.

    Raises:
        ValueError: a covariance that is not symmetric and positive, a width outside 1 to d.

    >>> autoencoder_limit(jnp.diag(jnp.array([1.0, 3.0])), 1).tolist()
    [[0.0, 0.0], [0.0, 1.0]]
    """
    xx = one_matrix("sigma_xx", sigma_xx)
    xx = covariance(xx, xx.shape[1])
    _, vectors = jnp.linalg.eigh(xx)
    kept = vectors[:, -_width(width, xx.shape[0]) :]
    return kept @ kept.T


@closed_form
def greedy_loss(sigma_yx: Float[ArrayLike, "k d"], sigma_xx: Float[ArrayLike, "d d"], width: int) -> Float[Array, ""]:
    r"""The loss that a last layer cannot mend: $\tfrac12 \sum_{i > h} |\Sigma_{yx} q_i|^2/\lambda_i$.

    $\lambda_i, q_i$ are the principal components of the inputs, largest first, of which h are kept.

    Args:
        sigma_yx: input-output correlation.
        sigma_xx: input covariance, of full rank.
        width: h, the narrowest of the layers.

    Raises:
        ValueError: a covariance that is not symmetric and positive or is singular, a width outside 1 to d.

    >>> greedy_loss(jnp.array([[1.0, 2.0]]), jnp.diag(jnp.array([4.0, 1.0])), 1).item()
    2.0
    """
    shares, _ = _explained(sigma_yx, sigma_xx)
    return 0.5 * jnp.sum(shares[_width(width, shares.size) :])


@closed_form
def narrow_loss(sigma_yx: Float[ArrayLike, "k d"], sigma_xx: Float[ArrayLike, "d d"], width: int) -> Float[Array, ""]:
    r"""The least loss of any linear network of this narrowest width: $\tfrac12 \sum_{i>h} \sigma_i^2$.

    $\sigma_i$ are the singular values of $\Sigma_{yx}\Sigma_{xx}^{-1/2}$ (reduced-rank regression). Never above
    `greedy_loss`, and equal to it if and only if the leading h right singular vectors of that matrix span the leading h
    principal components.

    Raises:
        ValueError: as `greedy_loss`.

    >>> narrow_loss(jnp.array([[1.0, 2.0]]), jnp.diag(jnp.array([4.0, 1.0])), 1).item()
    0.0
    """
    _, white = _explained(sigma_yx, sigma_xx)
    values = jnp.linalg.svd(white, compute_uv=False)
    return 0.5 * jnp.sum(values[_width(width, white.shape[1]) :] ** 2)


def _explained(
    sigma_yx: Float[ArrayLike, "k d"], sigma_xx: Float[ArrayLike, "d d"]
) -> tuple[Float[Array, " d"], Float[Array, "k d"]]:
    """What each principal component explains, largest component first, and the correlation with whitened components."""
    yx = one_matrix("sigma_yx", sigma_yx)
    xx = covariance(sigma_xx, yx.shape[1])
    values, vectors = jnp.linalg.eigh(xx)
    least = values.shape[0] * jnp.finfo(values.dtype).eps * values[-1]
    allowed = "eigenvalues of a covariance of full rank"
    values = within("sigma_xx", values, values > least, allowed, "leave out directions in which inputs do not vary")
    white = (yx @ vectors[:, ::-1]) / jnp.sqrt(values[::-1])[None, :]
    return jnp.sum(white**2, axis=0), white


def _width(width: int, inputs: int) -> int:
    kept = whole("width", width, least=1)
    if kept > inputs:
        raise ValueError(f"width = {kept} exceeds the {inputs} inputs; such a layer keeps everything")
    return kept
