"""The largest or smallest eigenpairs of an operator, with a residual for each, on the host."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.sparse.linalg import LinearOperator, eigsh

from theory.core.domain import whole
from theory.hessian.operators import Operator, checked_operator, matrix

DENSE_BELOW = 200


class Eigenpairs(NamedTuple):
    """Eigenvalues, largest first, with eigenvectors in columns.

    `residuals` are |A v - lambda v|: some eigenvalue of a symmetric A lies within it of each lambda.
    """

    values: Float[Array, " count"]
    vectors: Float[Array, "size count"]
    residuals: Float[Array, " count"]


def top_eigenpairs(operator: Operator, count: int, tolerance: float = 1e-8, smallest: bool = False) -> Eigenpairs:
    """The `count` largest (or smallest) eigenvalues, by ARPACK's restarted Lanczos; small operators densely.

    Restarts keep the whole invariant subspace, so that a multiple eigenvalue comes with all its vectors.

    Args:
        count: at most the number of parameters.
        tolerance: relative, of the eigenvalues.
        smallest: from the lower end instead, still largest first.

    Raises:
        ValueError: more eigenpairs than parameters, or none.

    >>> from theory.hessian.operators import hessian_operator
    >>> operator = hessian_operator(lambda w: 0.5 * jnp.sum(jnp.array([1.0, 3.0, 2.0]) * w**2), jnp.zeros(3))
    >>> top_eigenpairs(operator, 2).values.tolist()
    [3.0, 2.0]
    """
    k, size = whole("count", count, least=1), checked_operator(operator).size
    if k > size:
        raise ValueError(f"{k} eigenpairs were asked of {size} parameters; ask for at most {size}")
    if size < DENSE_BELOW or 2 * k + 1 >= size:
        values, vectors = np.linalg.eigh(np.asarray(matrix(operator)))
        chosen = slice(None, k) if smallest else slice(size - k, None)
        values, vectors = values[chosen], vectors[:, chosen]
    else:
        values, vectors = _by_arpack(operator, k, tolerance, smallest)
    order = np.argsort(values)[::-1]
    ordered, columns = jnp.asarray(values[order]), jnp.asarray(vectors[:, order])
    images = jax.jit(lambda vs: jax.lax.map(operator.product, vs))(columns.T).T
    return Eigenpairs(ordered, columns, jnp.linalg.norm(images - columns * ordered[None, :], axis=0))


def _by_arpack(operator: Operator, count: int, tolerance: float, smallest: bool) -> tuple[np.ndarray, np.ndarray]:
    dtype = np.dtype(operator.dtype)
    product = jax.jit(operator.product)
    host = LinearOperator(
        (operator.size, operator.size), matvec=lambda v: np.asarray(product(v.ravel().astype(dtype))), dtype=dtype
    )
    start = np.random.default_rng(0).standard_normal(operator.size).astype(dtype)
    return eigsh(host, k=count, which="SA" if smallest else "LA", tol=tolerance, v0=start)
