r"""Class moments of labeled features: everything that the collapse metrics need, in one pass and little memory.

For K classes in d dimensions: weights, means, the pooled scatter inside the classes and its trace in each class,
$O(d^2 + Kd)$ numbers. Batches are merged exactly (Chan, Golub and LeVeque 1983), so that a stream of any length gives
the moments of the whole to rounding, also far from the origin.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, Int

from theory.collapse.domain import class_labels, sample_weights, squarable
from theory.core.closed_form import closed_form
from theory.core.domain import finite, floating, whole, within


class ClassMoments(NamedTuple):
    r"""Weighted moments of features by class.

    Attributes:
        weight: $n_k$, the number (or total weight) of samples of each class, shape (K,).
        mean: $\mu_k$, shape (K, d).
        scatter: $\sum_i w_i (h_i - \mu_{y_i})(h_i - \mu_{y_i})^\top$, shape (d, d).
        spread: its trace by class, shape (K,).
    """

    weight: Float[Array, " K"]
    mean: Float[Array, "K d"]
    scatter: Float[Array, "d d"]
    spread: Float[Array, " K"]


@closed_form
def class_moments(
    features: Float[ArrayLike, "n d"],
    labels: Int[ArrayLike, " n"],
    classes: int,
    weights: Float[ArrayLike, " n"] | None = None,
) -> ClassMoments:
    r"""Moments of one batch of features; two passes over the batch, no cancellation.

    A class that the batch lacks has weight zero and mean zero, and `merged` ignores it; metrics refuse it.

    Args:
        features: one sample a row.
        labels: class of each sample, 0 to K - 1.
        classes: K, which the labels of one batch need not show.
        weights: importance of each sample; all ones by default.

    Raises:
        ValueError: non-finite features, labels out of range, weights below zero, or other lengths.

    >>> m = class_moments(jnp.array([[0.0], [2.0], [5.0]]), jnp.array([0, 0, 1]), classes=2)
    >>> m.weight.tolist(), m.mean.tolist(), m.scatter.tolist()
    ([2.0, 1.0], [[1.0], [5.0]], [[2.0]])
    """
    K = whole("classes", classes, least=1)
    h = finite("features", features)
    if h.ndim != 2:
        raise ValueError(f"features of shape {h.shape} must be a matrix, one sample a row")
    y = class_labels("labels", labels, len(h), K)
    w = sample_weights(weights, h)
    m = _moments(h, y, w, K)
    fix = "their squares overflow; divide features and weights by a constant"
    return m._replace(spread=within("spread of a class", m.spread, jnp.isfinite(m.spread), "finite numbers", fix))


def _moments(h: Array, y: Array, w: Array, K: int) -> ClassMoments:
    weight = jax.ops.segment_sum(w, y, K)
    share = w / jnp.where(weight > 0, weight, 1.0)[y]
    mean = jax.ops.segment_sum(share[:, None] * h, y, K)
    away = h - mean[y]
    drift = jax.ops.segment_sum(share[:, None] * away, y, K)  # what rounding left in the mean
    away = (away - drift[y]) * jnp.sqrt(w)[:, None]
    return ClassMoments(weight, mean + drift, away.T @ away, jax.ops.segment_sum(jnp.sum(away**2, 1), y, K))


@closed_form
def merged(first: ClassMoments, second: ClassMoments) -> ClassMoments:
    r"""Moments of two batches together.

    $S = S_1 + S_2 + \sum_k \frac{n_{1k} n_{2k}}{n_{1k} + n_{2k}}\delta_k \delta_k^\top$ with $\delta_k$ the difference
    of the class's two means. Associative and commutative to rounding (Chan, Golub and LeVeque 1983).

    Raises:
        ValueError: batches of other classes or dimensions.

    >>> a = class_moments(jnp.array([[0.0]]), jnp.array([0]), classes=1)
    >>> b = class_moments(jnp.array([[2.0]]), jnp.array([0]), classes=1)
    >>> merged(a, b).mean.item(), round(merged(a, b).scatter.item(), 6)
    (1.0, 2.0)
    """
    first, second = _sound(first), _sound(second)
    if first.mean.shape != second.mean.shape:
        raise ValueError(f"moments of shapes {first.mean.shape} and {second.mean.shape} belong to different features")
    weight = first.weight + second.weight
    share = second.weight / jnp.where(weight > 0, weight, 1.0)
    apart = second.mean - first.mean
    apart = jnp.where(((first.weight > 0) & (second.weight > 0))[:, None], apart, 0.0)
    between = first.weight * share
    scaled = jnp.sqrt(between)[:, None] * apart
    mean = jnp.where((first.weight > 0)[:, None], first.mean, second.mean) + share[:, None] * apart
    spread = first.spread + second.spread + jnp.sum(scaled**2, 1)
    return ClassMoments(weight, mean, first.scatter + second.scatter + scaled.T @ scaled, spread)


def checked(moments: ClassMoments, classes: int = 2) -> ClassMoments:
    """The moments, checked to hold at least so many classes, none of them empty.

    >>> checked(class_moments(jnp.eye(2), jnp.arange(2), classes=2)).weight.tolist()
    [1.0, 1.0]
    """
    moments = _sound(moments)
    K = len(moments.weight)
    if classes > K:
        raise ValueError(f"{K} class(es) given, but collapse is a relation of at least {classes}; add classes")
    if not isinstance(moments.weight, jax.core.Tracer) and not (np.asarray(moments.weight) > 0).all():
        empty = int(np.argmin(np.asarray(moments.weight) > 0))
        raise ValueError(f"class {empty} of {K} is empty, so it has no mean; relabel, or merge more batches first")
    weight = jnp.where(moments.weight > 0, moments.weight, jnp.nan)
    return moments._replace(weight=weight)


def _sound(moments: ClassMoments) -> ClassMoments:
    """The moments as arrays of shapes that fit, finite where that can be seen."""
    if not isinstance(moments, ClassMoments):
        raise TypeError(f"moments of type {type(moments).__name__} were given; make them with class_moments")
    m = ClassMoments(*(floating(f"moments.{name}", a) for name, a in zip(moments._fields, moments, strict=True)))
    shapes = tuple(a.shape for a in m)
    K, d = m.mean.shape if m.mean.ndim == 2 else (0, 0)
    if not d or shapes != ((K,), (K, d), (d, d), (K,)):
        raise ValueError(f"moments of shapes {shapes} do not fit together; make them with class_moments")
    if any(isinstance(a, jax.core.Tracer) for a in m):
        return m
    for name, a in zip(m._fields, m, strict=True):
        within(f"moments.{name}", a, np.isfinite(a), "finite numbers", "look for an overflow upstream")
    squarable("moments.mean", m.mean)
    for name in ("weight", "spread"):
        a = getattr(m, name)
        within(f"moments.{name}", a, np.asarray(a) >= 0, "numbers at or above zero")
    return m
