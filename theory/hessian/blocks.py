r"""Diagonal blocks of a curvature operator, one for each array of the parameters: what scores of layers are made of.

Every eigenvalue of a block lies between the least and the largest of the whole (Cauchy's interlacing).
"""

from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from theory.hessian.operators import Operator, checked_operator

Tree: TypeAlias = Any


def leaf_blocks(operator: Operator, params: Tree) -> dict[str, Operator]:
    """The diagonal blocks of an operator, by the paths of the arrays in the tree of parameters.

    Each is an operator on the array's own flat vectors, at the cost of a product with the whole.

    Args:
        operator: of the parameters, as from `hessian_operator(loss, params)`.
        params: the tree that it was made with.

    Raises:
        TypeError: no operator.
        ValueError: a tree of another number of parameters, or of other arrays.

    >>> from theory.hessian.operators import hessian_operator, matrix
    >>> params = {"a": jnp.array([1.0, 2.0]), "b": jnp.array(3.0)}
    >>> blocks = leaf_blocks(hessian_operator(lambda p: p["b"] * jnp.sum(p["a"] ** 2), params), params)
    >>> sorted(blocks), matrix(blocks["['a']"]).tolist()
    (["['a']", "['b']"], [[6.0, 0.0], [0.0, 6.0]])
    """
    checked_operator(operator)
    leaves = jax.tree_util.tree_flatten_with_path(params)[0]
    sizes = [jnp.size(leaf) for _, leaf in leaves]
    if sum(sizes) != operator.size:
        raise ValueError(f"the tree holds {sum(sizes)} parameters but the operator has {operator.size}; pass its own")
    own = jax.eval_shape(operator.unravel, jax.ShapeDtypeStruct((operator.size,), operator.dtype))
    if _arrays(own) != _arrays(params):
        raise ValueError("the tree's arrays are not those of the operator in place and shape; pass its own")
    found, start = {}, 0
    for (path, leaf), size in zip(leaves, sizes, strict=True):
        if size:
            found[jax.tree_util.keystr(path)] = _block(operator, start, size, jnp.shape(leaf))
        start += size
    return found


def _arrays(tree: Tree) -> list[tuple[str, tuple[int, ...]]]:
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return [(jax.tree_util.keystr(path), jnp.shape(leaf)) for path, leaf in leaves]


def _block(operator: Operator, start: int, size: int, shape: tuple[int, ...]) -> Operator:
    def product(v: Float[Array, " size"]) -> Float[Array, " size"]:
        whole = jnp.zeros(operator.size, operator.dtype).at[start : start + size].set(v)
        return operator.product(whole)[start : start + size]

    return Operator(product, size, operator.dtype, lambda v: v.reshape(shape), values=operator.values)
