r"""Over-smoothing: how fast averaging over a graph's neighbors wipes out what tells its nodes apart.

Features X, one node a row, pass layers $\mathrm{ReLU}(\hat A X W)$, $\hat A = \tilde D^{-1/2}\tilde A\tilde D^{-1/2}$
and $\tilde A = A + I$ with its degrees $\tilde D$. Top eigenvector of $\hat A$ is $v \propto \tilde D^{1/2}1$: features
on the smooth subspace $\{v\,w^\top\}$ tell nodes apart by their degree alone. Each layer brings features nearer to it,
the twin of what attention does along a text (`theory.collapse.smoothing`), where A has the attention's weights.
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, whole, within


@closed_form
def normalized_adjacency(adjacency: Float[ArrayLike, "n n"], loops: bool = True) -> Float[Array, "n n"]:
    r"""$\hat A = \tilde D^{-1/2}\tilde A\tilde D^{-1/2}$, with a loop added to every node or not.

    Args:
        adjacency: symmetric, weights at or above zero.
        loops: add one of weight one to every node (Kipf and Welling 2017).

    Raises:
        ValueError: a matrix that is not square or symmetric, weights below zero, a node without any edge.

    >>> normalized_adjacency(jnp.ones((2, 2)) - jnp.eye(2)).round(6).tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """
    A, degree = _graph(adjacency, loops)
    root = jnp.sqrt(degree)
    return A / (root[:, None] * root[None, :])


@closed_form
def oversmoothing_factor(adjacency: Float[ArrayLike, "n n"], loops: bool = True) -> Float[Array, ""]:
    r"""$\lambda = |\hat A - vv^\top|_2$: the second largest eigenvalue of $\hat A$ in size.

    For layers of largest singular value s and any number of channels
    $d(\mathrm{ReLU}(\hat AXW)) \le s\lambda\, d(X)$ with d the distance to the smooth subspace (Oono and Suzuki
    2020): differences die exponentially in the depth if $s\lambda < 1$. One if the graph is not connected or,
    without loops, bipartite. For a regular graph it is `theory.collapse.smoothing.filter_factor` of $\hat A$.

    Raises:
        ValueError: as `normalized_adjacency`.

    >>> round(oversmoothing_factor(jnp.ones((4, 4)) - jnp.eye(4), loops=False).item(), 6)
    0.333333
    """
    A, degree = _graph(adjacency, loops)
    root = jnp.sqrt(degree)
    hat = A / (root[:, None] * root[None, :])
    top = jnp.sqrt(degree / jnp.sum(degree))
    return jnp.max(jnp.abs(jnp.linalg.eigvalsh(hat - top[:, None] * top[None, :])))


@closed_form
def smooth_distance(
    features: Float[ArrayLike, "n c"], adjacency: Float[ArrayLike, "n n"], loops: bool = True
) -> Float[Array, ""]:
    r"""$d(X) = |(I - vv^\top)X|_F$: how far features are from telling nodes apart by their degrees alone.

    Raises:
        ValueError: as `normalized_adjacency`, or features of another number of nodes.

    >>> round(smooth_distance(jnp.array([[1.0], [3.0]]), jnp.array([[0.0, 1.0], [1.0, 0.0]])).item(), 6)
    1.414214
    """
    X, (_, degree) = finite("features", features), _graph(adjacency, loops)
    if X.ndim != 2 or len(X) != len(degree):
        raise ValueError(f"features of shape {X.shape} must have one row for each of the {len(degree)} nodes")
    top = jnp.sqrt(degree / jnp.sum(degree))
    return jnp.linalg.norm(X - top[:, None] * (top @ X)[None])


@closed_form
def random_oversmoothing_factor(degree: int, loops: bool = True) -> Float[Array, ""]:
    r"""$(1 + 2\sqrt{r-1})/(r+1)$, or $2\sqrt{r-1}/r$ without loops: $\lambda$ of large random r-regular graphs.

    No large r-regular graph smooths less slowly than that (Alon and Boppana), and random ones reach it (Friedman 2008).
    Like $2/\sqrt r$ for many neighbors, the law of attention over r tokens.

    Raises:
        ValueError: a degree below three, for which random graphs fall apart or are cycles.

    >>> round(random_oversmoothing_factor(3).item(), 6), round(random_oversmoothing_factor(3, loops=False).item(), 6)
    (0.957107, 0.942809)
    """
    r = float(whole("degree", degree, least=3, fix="cycles are not smoothed in the limit"))
    edge = 2 * jnp.sqrt(jnp.asarray(r - 1, jnp.result_type(float)))
    return (1 + edge) / (r + 1) if loops else edge / r


def _graph(adjacency: Float[ArrayLike, "n n"], loops: bool) -> tuple[Array, Array]:
    """The adjacency, with loops if wanted, and its degrees."""
    A = finite("adjacency", adjacency)
    if A.ndim != 2 or A.shape[0] != A.shape[1] or not len(A):
        raise ValueError(f"adjacency has shape {A.shape} but must be a square matrix; vmap over others")
    A = within("adjacency", A, A >= 0, "weights at or above zero")
    apart = jnp.max(jnp.abs(A - A.T))
    apart = within("asymmetry of adjacency", apart, apart == 0, "symmetric matrices", "edges without direction")
    A = A + apart + (jnp.eye(len(A), dtype=A.dtype) if loops else 0.0)
    degree = jnp.sum(A, 1)
    return A, within("degree", degree, degree > 0, "positive numbers", "every node needs an edge, or a loop")
