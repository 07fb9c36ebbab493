r"""How far class means and classifier are from the collapsed geometry: lengths, angles, frames, duality (NC2, NC3).

Functions take vectors as rows: class means **already centered** by `metrics.centered_means` or `recentered`, or
classifier rows. Centering changes verdicts: an orthogonal frame is no simplex, its centered copy is one.
"""

import math

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.collapse.convention import Convention
from theory.collapse.convention import convention as named
from theory.collapse.domain import squarable
from theory.collapse.metrics import DEFAULT, directions, square_distances
from theory.core.closed_form import closed_form
from theory.core.domain import finite, whole, within

ROUNDING = 100  # of the logarithm of a distance near one, in units of the spacing of numbers


@closed_form
def recentered(vectors: Float[ArrayLike, "K d"]) -> Float[Array, "K d"]:
    """The rows minus their mean row.

    >>> recentered(jnp.array([[1.0], [3.0]])).tolist()
    [[-1.0], [1.0]]
    """
    v = squarable("vectors", vectors)
    return v - jnp.mean(v, 0)[None]


@closed_form
def length_variation(vectors: Float[ArrayLike, "K d"], ddof: int | str | Convention = 0) -> Float[Array, ""]:
    r"""NC2, equal lengths: standard deviation of $|v_k|$ over their mean. ddof 1 is torch's default, 0 NumPy's.

    A convention, or the name of one, stands for its ddof.

    Raises:
        ValueError: all vectors zero, or fewer vectors than ddof + 1.

    >>> v = jnp.array([[1.0, 0.0], [0.0, 3.0]])
    >>> length_variation(v).item(), round(length_variation(v, "papyan2020").item(), 6)
    (0.5, 0.707107)
    """
    lengths = jnp.linalg.norm(_several(vectors), axis=1)
    mean = jnp.mean(lengths)
    mean = within("mean length", mean, mean > 0, "lengths above zero", "all vectors are zero")
    return _spread(lengths, ddof) / mean


@closed_form
def cosines(vectors: Float[ArrayLike, "K d"]) -> Float[Array, "K K"]:
    r"""Cosines of all pairs; the diagonal is 1.

    Raises:
        ValueError: a vector that is zero, as that of a class that has vanished.

    >>> cosines(jnp.array([[2.0, 0.0], [0.0, 1.0]])).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    u = directions(_several(vectors))
    return jnp.clip(u @ u.T, -1.0, 1.0)


@closed_form
def angle_variation(vectors: Float[ArrayLike, "K d"], ddof: int | str | Convention = 0) -> Float[Array, ""]:
    r"""NC2, equal angles: standard deviation of the cosines of all ordered pairs; ddof as in `length_variation`.

    >>> round(angle_variation(jnp.eye(3)).item(), 12)
    0.0
    """
    off = _off_diagonal(cosines(vectors))
    return _spread(off, ddof)


@closed_form
def maximal_angle_gap(vectors: Float[ArrayLike, "K d"]) -> Float[Array, ""]:
    r"""NC2, maximal angles: mean over pairs of $|\cos + 1/(K-1)|$ (Papyan, Han and Donoho 2020).

    >>> maximal_angle_gap(jnp.eye(3)).item()
    0.5
    """
    off = _off_diagonal(cosines(vectors))
    return jnp.mean(jnp.abs(off + 1 / (len(jnp.asarray(vectors)) - 1)))


@closed_form
def simplex_gap(vectors: Float[ArrayLike, "K d"]) -> Float[Array, ""]:
    r"""ETF error: $\bigl| A/|A|_F - (I - J/K)/\sqrt{K-1} \bigr|_F$ for the Gram matrix $A = VV^\top$ (Zhu et al. 2021).

    0 for a simplex of any size and rotation. Uncentered rows may lie far from it where centered rows do not.

    >>> round(simplex_gap(recentered(jnp.eye(4))).item(), 12), round(simplex_gap(jnp.eye(4)).item(), 6)
    (0.0, 0.517638)
    """
    v = _several(vectors)
    return _gram_distance(v, _simplex(len(v), v) / math.sqrt(len(v) - 1))


@closed_form
def orthogonal_gap(vectors: Float[ArrayLike, "K d"]) -> Float[Array, ""]:
    r"""Orthogonal-frame error: $\bigl| A/|A|_F - I/\sqrt K \bigr|_F$; 0 for orthogonal vectors of equal lengths.

    >>> round(orthogonal_gap(2 * jnp.eye(3)).item(), 12)
    0.0
    """
    v = _several(vectors)
    return _gram_distance(v, jnp.eye(len(v), dtype=v.dtype) / math.sqrt(len(v)))


@closed_form
def general_orthogonal_gap(vectors: Float[ArrayLike, "K d"], squares: Float[ArrayLike, " K"]) -> Float[Array, ""]:
    r"""General orthogonal frame: $\bigl| A/|A|_F - \mathrm{diag}(s)/|s| \bigr|_F$ with predicted squared lengths s.

    The geometry of bias-free squared error on imbalanced classes (Dang et al. 2023).

    Raises:
        ValueError: squares below zero or of another number than the vectors, or vectors that are all zero.

    >>> round(general_orthogonal_gap(jnp.diag(jnp.array([1.0, 2.0])), jnp.array([1.0, 4.0])).item(), 12)
    0.0
    """
    v, s = _several(vectors), finite("squares", squares)
    if s.shape != v.shape[:1]:
        raise ValueError(f"squares of shape {s.shape} must hold one for each of the {len(v)} vectors")
    s = within("squares", s, s >= 0, "numbers at or above zero")
    size = jnp.linalg.norm(s)
    size = within("norm of squares", size, size > 0, "norms above zero")
    return _gram_distance(v, jnp.diag(s / size))


@closed_form
def nearest_simplex_distance(vectors: Float[ArrayLike, "K d"]) -> Float[Array, ""]:
    r"""Distance of the normalized vectors to the nearest simplex equiangular tight frame, in closed form.

    $\min_P \bigl| V/|V|_F - (I - J/K) P^\top/\sqrt{K-1} \bigr|_F$ over $P^\top P = I$ is
    $\sqrt{2 - 2\,|(I - J/K) V|_*/(\sqrt{K-1}\,|V|_F)}$: an orthogonal Procrustes problem (Schonemann 1966; derived
    here for the simplex). In $[0, \sqrt 2]$; unlike `simplex_gap` it sees the vectors, not their Gram matrix.

    Raises:
        ValueError: fewer dimensions than K - 1, which hold no such frame, or vectors that are all zero.

    >>> round(nearest_simplex_distance(recentered(jnp.eye(4))).item(), 6)
    0.0
    """
    v = _several(vectors)
    K, d = v.shape
    if d < K - 1:
        raise ValueError(f"{d} dimensions hold no simplex of {K} vectors; at least {K - 1} are needed")
    size = jnp.linalg.norm(v)
    size = within("norm of the vectors", size, size > 0, "norms above zero", "all vectors are zero")
    shape = v / size
    centered = shape - jnp.mean(shape, 0)[None]
    nuclear = jnp.sum(jnp.linalg.svd(centered, compute_uv=False))
    return jnp.sqrt(jnp.maximum(2 - 2 * nuclear / math.sqrt(K - 1), 0.0))


@closed_form
def uniformity(vectors: Float[ArrayLike, "K d"]) -> Float[Array, ""]:
    r"""Generalized NC2: spread of $\log(1/|u_i - u_j|)$ over pairs, for more classes than dimensions.

    Standard deviation over the mean's modulus of the logarithmic energy of normalized vectors (Liu et al. 2023,
    2303.06484; Wu and Papyan 2024 measure variance and mean of it). 0 if and only if all pairs are equally far.

    Raises:
        ValueError: two vectors of the same direction, or logarithms of mean zero, as of pairs that are all one apart.

    >>> uniformity(recentered(jnp.eye(3))).item() < 1e-12
    True
    """
    logs = pair_energies(vectors)
    mean = jnp.abs(jnp.mean(logs))
    known = mean > ROUNDING * jnp.finfo(logs.dtype).eps
    mean = within("mean logarithm of the distances", mean, known, "means above rounding", "read pair_energies instead")
    return jnp.std(logs) / mean


@closed_form
def pair_energies(vectors: Float[ArrayLike, "K d"]) -> Float[Array, " pairs"]:
    r"""$\log(1/|u_i - u_j|)$ of the $K(K-1)/2$ pairs of normalized vectors.

    >>> [round(x, 6) for x in pair_energies(jnp.array([[1.0, 0.0], [-2.0, 0.0]])).tolist()]
    [-0.693147]
    """
    u = directions(_several(vectors))
    i, j = jnp.triu_indices(len(u), 1)
    square = square_distances(u)[i, j]
    square = within("distance of two directions", square, square > 0, "distances above zero")
    return -0.5 * jnp.log(square)


@closed_form
def self_duality(
    classifier: Float[ArrayLike, "K d"],
    centered_means: Float[ArrayLike, "K d"],
    convention: Convention | str = DEFAULT,
) -> Float[Array, ""]:
    r"""NC3: $\bigl| W/|W|_F - M/|M|_F \bigr|_F$, squared where the convention says so (Papyan, Han and Donoho 2020).

    >>> self_duality(jnp.eye(2), 3 * jnp.eye(2), Convention(center_classifier=False)).item() < 1e-30
    True
    """
    rule = named(convention)
    w, m = _both(classifier, centered_means)
    w = w - jnp.mean(w, 0)[None] if rule.center_classifier else w
    square = jnp.sum((w / _size(w) - m / _size(m)) ** 2)
    return square if rule.squared else jnp.sqrt(square)


@closed_form
def duality_gap(
    classifier: Float[ArrayLike, "K d"],
    centered_means: Float[ArrayLike, "K d"],
    convention: Convention | str = DEFAULT,
) -> Float[Array, ""]:
    r"""NC3: $\bigl| WM^\top/|WM^\top|_F - (I - J/K)/\sqrt{K-1} \bigr|_F$ (Zhu et al. 2021).

    >>> round(duality_gap(jnp.eye(3), recentered(jnp.eye(3))).item(), 12)
    0.0
    """
    rule = named(convention)
    w, m = _both(classifier, centered_means)
    product = (w - jnp.mean(w, 0)[None] if rule.center_classifier else w) @ m.T
    target = _simplex(len(w), w) / math.sqrt(len(w) - 1)
    return jnp.linalg.norm(product / _size(product) - target)


@closed_form
def duality_angles(classifier: Float[ArrayLike, "K d"], centered_means: Float[ArrayLike, "K d"]) -> Float[Array, " K"]:
    r"""Cosine between the classifier row and the centered mean of every class; all 1 at collapse.

    Their variance over classes is the uniform duality of Wu and Papyan (2024), which asks that the angles agree, not
    that they vanish: for more classes than dimensions.

    Raises:
        ValueError: a row or a mean that is zero.

    >>> [round(c, 6) for c in duality_angles(jnp.eye(2), jnp.array([[2.0, 0.0], [1.0, 1.0]])).tolist()]
    [1.0, 0.707107]
    """
    w, m = (directions(v) for v in _both(classifier, centered_means))
    return jnp.clip(jnp.sum(w * m, 1), -1.0, 1.0)


@closed_form
def bias_gap(
    classifier: Float[ArrayLike, "K d"], bias: Float[ArrayLike, " K"], mean: Float[ArrayLike, " d"]
) -> Float[Array, ""]:
    r"""NC3, bias: $|W\mu_G + b|$, the logits of the global mean (Zhu et al. 2021).

    >>> bias_gap(jnp.eye(2), jnp.array([-1.0, 3.0]), jnp.array([1.0, 1.0])).item()
    4.0
    """
    w, b, mu = _several(classifier), finite("bias", bias), finite("mean", mean)
    if b.shape != w.shape[:1] or mu.shape != w.shape[1:]:
        raise ValueError(f"bias {b.shape} and mean {mu.shape} must fit the classifier {w.shape}, its rows and columns")
    return jnp.linalg.norm(w @ mu + b)


def _several(vectors: Float[ArrayLike, "K d"]) -> Array:
    v = squarable("vectors", vectors)
    if len(v) < 2:
        raise ValueError(f"{len(v)} vector(s) given, but angles need at least two")
    return v


def _both(classifier: Float[ArrayLike, "K d"], centered_means: Float[ArrayLike, "K d"]) -> tuple[Array, Array]:
    w, m = _several(classifier), _several(centered_means)
    if w.shape != m.shape:
        raise ValueError(f"classifier {w.shape} and means {m.shape} must have one shape, a row for each class")
    return w, m


def _spread(values: Array, ddof: int | str | Convention) -> Array:
    lost = named(ddof).ddof if isinstance(ddof, str | Convention) else whole("ddof", ddof, least=0)
    if lost >= len(values):
        raise ValueError(f"ddof = {lost} leaves nothing of {len(values)} values; take 0 or 1")
    return jnp.std(values, ddof=lost)


def _size(matrix: Array) -> Array:
    size = jnp.linalg.norm(matrix)
    return within("norm of a matrix", size, size > 0, "norms above zero", "it is zero throughout")


def _simplex(K: int, like: Array) -> Array:
    return jnp.eye(K, dtype=like.dtype) - 1 / K


def _gram_distance(v: Array, target: Array) -> Array:
    v = v / _size(v)
    gram = v @ v.T
    return jnp.linalg.norm(gram / jnp.linalg.norm(gram) - target)


def _off_diagonal(square: Array) -> Array:
    K = len(square)
    i, j = jnp.nonzero(~jnp.eye(K, dtype=bool), size=K * (K - 1))
    return square[i, j]
