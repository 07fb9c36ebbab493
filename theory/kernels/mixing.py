r"""Linear maps between positions: pooling and attention.

Positions of an image are correlated and stay so under a map M: $K' = M_1 K M_2^T$ for all pairs of positions, within
one image too, which gives the second moments. Near-duplicates lose here the digits that $1 - c$ kept.
"""

import math
from collections.abc import Callable
from typing import TypeAlias

import jax
import jax.numpy as jnp

from theory.kernels.pairs import Pairs, Values, carried
from theory.kernels.positions import Images, Layout, same_positions
from theory.kernels.windows import means
from theory.networks.window import Window

# Mixes the positions of one side of pairs: of the first image at side 0, of the second at 1. Told are which of all
# images stand on that side, and on which of the batch axes.
Mix: TypeAlias = Callable[[Values, int, slice, int], Values]


def pooled(images: Images, window: Window, layout: Layout) -> Images:
    """Averages over windows of positions."""

    def mix(values: Values, side: int, which: slice, axis: int) -> Values:
        return means(values, window, layout, (side,))

    return mixed(images, mix, layout.axes)


def attended(images: Images, sharpness: float, layout: Layout) -> Images:
    r"""Softmax attention with linear scaling, scores $\beta K(p, q)$ (Hron et al. 2006.10540)."""
    assert images.own is not None
    weights = jax.nn.softmax(sharpness * _square(images.own.nngp, layout.axes), axis=1)

    def mix(values: Values, side: int, which: slice, axis: int) -> Values:
        square, zeta = _square(values, layout.axes), weights[:, :, which]
        letters = "ij"[: square.ndim - 2]
        terms = ("pq", f"qr{letters}", "pr") if side == 0 else ("rq", f"pq{letters}", "pr")
        own = letters[axis if len(letters) == 2 else 0]
        return jnp.einsum(f"{terms[0]}{own},{terms[1]}->{terms[2]}{letters}", zeta, square).reshape(values.shape)

    return mixed(images, mix, layout.axes)


def _square(values: Values, axes: int) -> Values:
    """All positions of each image on one axis."""
    count = math.prod(values.shape[:axes])
    return values.reshape(count, count, *values.shape[2 * axes :])


def pooled_over_all(images: Images, layout: Layout) -> Images:
    """The average over all positions."""
    axes = tuple(range(2 * layout.axes))
    assert images.own is not None
    own = images.own.nngp.mean(axes)
    (first, axis1), (second, axis2) = _sides(images, layout.axes)
    images_axes = images.cross.gap.ndim - 2 * layout.axes
    q1, q2 = _on_axis(own[first], images_axes, axis1), _on_axis(own[second], images_axes, axis2)
    ntk = carried(lambda ntk: ntk.mean(axes), images.cross.ntk)
    return Images(Pairs.of(q1, q2, images.cross.nngp.mean(axes), ntk))


def mixed(images: Images, mix: Mix, axes: int) -> Images:
    """Pairs after a map of the positions of every image."""
    assert images.own is not None
    every = slice(None), 0
    first, second = _sides(images, axes)
    own, own_ntk = _of_both(lambda v: mix(mix(v, 0, *every), 1, *every), images.own)
    cross, cross_ntk = _of_both(lambda v: mix(mix(v, 0, *first), 1, *second), images.cross)
    q = same_positions(own, axes)
    q1, q2 = _moments(q, 0, axes, *first, cross.ndim), _moments(q, 1, axes, *second, cross.ndim)
    own1, own2 = (_moments(q, side, axes, *every, own.ndim) for side in (0, 1))
    return Images(Pairs.of(q1, q2, cross, cross_ntk), Pairs.of(own1, own2, own, own_ntk))


def _of_both(change: Callable[[Values], Values], pairs: Pairs) -> tuple[Values, Values | None]:
    """Covariance and tangent kernel after a map."""
    return change(pairs.nngp), carried(change, pairs.ntk)


def _moments(q: Values, side: int, axes: int, which: slice, axis: int, rank: int) -> Values:
    """Second moments of some of the images where they stand among pairs of that rank."""
    some = q[..., which]
    ones = (1,) * axes
    positions = (*some.shape[:-1], *ones) if side == 0 else (*ones, *some.shape[:-1])
    return _on_axis(some.reshape(*positions, some.shape[-1]), rank - 2 * axes, axis)


def _sides(images: Images, axes: int) -> tuple[tuple[slice, int], tuple[slice, int]]:
    """Of the images that stand on either side: which of all they are, and on which axis of images they lie."""
    counts = images.cross.gap.shape[2 * axes :]
    if len(counts) == 1:
        return (slice(None), 0), (slice(None), 0)
    return (slice(0, counts[0]), 0), (slice(counts[0], None), 1)


def _on_axis(values: Values, of: int, axis: int) -> Values:
    """Values whose last axis runs over images, put where that axis is among one or two of pairs."""
    if of == 1:
        return values
    return values[..., :, None] if axis == 0 else values[..., None, :]
