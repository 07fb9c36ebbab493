"""Layers of a deep linear network: $W_l$ of shape $(n_l, n_{l-1})$, ordered from the input, $f(x) = W_D \\cdots W_1 x$.

Every function accepts common leading axes (replicates) on all layers.
"""

from collections.abc import Sequence
from functools import reduce
from itertools import accumulate
from typing import TypeAlias

from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form, reject_silent_rounding
from theory.core.domain import finite

Layers: TypeAlias = Sequence[Float[ArrayLike, "... _ _"]]
Matrices: TypeAlias = tuple[Float[Array, "... _ _"], ...]


def chain(weights: Layers, name: str = "W") -> Matrices:
    """The layers as arrays, checked to be finite matrices that can be multiplied in order.

    Raises:
        ValueError: no layer, an array that is no matrix, NaN or infinity, or two neighbors that do not fit.

    >>> import jax.numpy as jnp
    >>> [w.shape for w in chain([jnp.ones((3, 2)), jnp.ones((4, 3))])]
    [(3, 2), (4, 3)]
    """
    if not isinstance(weights, Sequence):
        raise TypeError(f"{name} is of type {type(weights).__name__}; give the layers as a list or tuple of matrices")
    for weight in weights:
        reject_silent_rounding(weight)
    matrices = tuple(finite(f"{name}_{i}", w) for i, w in enumerate(weights, start=1))
    if not matrices:
        raise ValueError("a network of 0 layers was given; at least 1 is needed")
    for i, matrix in enumerate(matrices, start=1):
        if matrix.ndim < 2 or 0 in matrix.shape[-2:] or matrix.shape[:-2] != matrices[0].shape[:-2]:
            raise ValueError(
                f"{name}_{i} has shape {matrix.shape}; each must be a matrix (n_l, n_(l-1)) after the same leading axes"
            )
    for i, (below, above) in enumerate(zip(matrices, matrices[1:]), start=1):
        if above.shape[-1] != below.shape[-2]:
            raise ValueError(
                f"{name}_{i + 1} takes {above.shape[-1]} inputs but {name}_{i} gives {below.shape[-2]} outputs; "
                "order the layers from the input, each of shape (n_l, n_(l-1))"
            )
    return matrices


def gradients_like(weights: Matrices, gradients: Layers) -> Matrices:
    """The gradients as arrays, checked to have the shapes of the layers."""
    arrays = chain(gradients, "G")
    if [g.shape for g in arrays] != [w.shape for w in weights]:
        given, needed = ([m.shape for m in matrices] for matrices in (arrays, weights))
        raise ValueError(f"gradients of shapes {given} do not match layers of shapes {needed}")
    return arrays


@closed_form
def product(weights: Layers) -> Float[Array, "... outputs inputs"]:
    r"""The end-to-end map $W = W_D \cdots W_1$.

    >>> import jax.numpy as jnp
    >>> product([jnp.array([[1.0], [2.0]]), jnp.array([[3.0, 1.0]])]).tolist()
    [[5.0]]
    """
    return reduce(lambda below, above: above @ below, chain(weights))


@closed_form
def layer_gradients(weights: Layers, gradient: Float[ArrayLike, "... outputs inputs"]) -> Matrices:
    r"""Gradients of a loss of the end-to-end map with respect to each layer, by the chain rule.

    $G_l = (W_D \cdots W_{l+1})^\top\, \nabla L(W)\, (W_{l-1} \cdots W_1)^\top$.

    Args:
        weights: the layers.
        gradient: $\nabla L(W)$ at $W = W_D \cdots W_1$.

    >>> import jax.numpy as jnp
    >>> grads = layer_gradients([jnp.array([[2.0]]), jnp.array([[3.0]])], jnp.array([[1.0]]))
    >>> [g.item() for g in grads]
    [3.0, 2.0]
    """
    matrices = chain(weights)
    gradient = finite("gradient", gradient)
    expected = (*matrices[0].shape[:-2], matrices[-1].shape[-2], matrices[0].shape[-1])
    if gradient.shape != expected:
        raise ValueError(f"a gradient of shape {gradient.shape} does not match the end-to-end map of shape {expected}")
    below = list(accumulate(matrices[:-1], lambda before, w: w @ before))
    grads = []
    for w, before in zip(reversed(matrices[1:]), reversed(below)):
        grads.append(gradient @ before.mT)
        gradient = w.mT @ gradient
    return gradient, *reversed(grads)
