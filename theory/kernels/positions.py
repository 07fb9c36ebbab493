"""Pairs of positions of pairs of images.

Arrays begin with the axes of positions: once for equal positions in both images, or twice, those of the one image
before those of the other, where a layer that mixes positions needs all of them. The axes of images come last, two for
all pairs, one for every image with itself: they are long, and what runs along them is fast. Second moments have length
one along the axes that are not theirs.
"""

import math
from typing import NamedTuple

from theory.kernels.pairs import Pairs, Values, carried, gap_of_sum


class Layout(NamedTuple):
    """Number of axes of positions, and whether they stand in the arrays twice."""

    axes: int
    full: bool

    def block(self, side: int) -> int:
        """The first axis of positions of the first or second image."""
        return self.axes if self.full and side == 1 else 0


class Images(NamedTuple):
    """Pairs of images; where all positions are needed, each image with itself too, those of the second set after those
    of the first: pooling turns covariances within an image into second moments."""

    cross: Pairs
    own: Pairs | None = None


def flattened(pairs: Pairs, layout: Layout) -> Pairs:
    """Channels of all positions in one vector: the mean over equal positions."""
    if layout.full:
        pairs = at_equal_positions(pairs, layout)
    axes = tuple(range(layout.axes))
    ntk = carried(lambda ntk: ntk.mean(axes), pairs.ntk)
    return Pairs(pairs.q1.mean(axes), pairs.q2.mean(axes), gap_of_sum(*pairs[:3], axes), ntk)


def at_equal_positions(pairs: Pairs, layout: Layout) -> Pairs:
    """Without the pairs of unequal positions."""
    ntk = carried(lambda ntk: same_positions(ntk, layout.axes), pairs.ntk)
    q1, q2 = (_moments(q, layout.axes) for q in (pairs.q1, pairs.q2))
    return Pairs(q1, q2, same_positions(pairs.gap, layout.axes), ntk)


def same_positions(values: Values, axes: int) -> Values:
    """The diagonal of the two blocks of so many axes each."""
    positions, images = values.shape[:axes], values.shape[2 * axes :]
    count = math.prod(positions)
    flat = values.reshape(count * count, *images)[:: count + 1]
    return flat.reshape(*positions, *images)


def _moments(q: Values, axes: int) -> Values:
    """Second moments, one of whose blocks of positions has length one, without that block."""
    blocks = q.shape[:axes], q.shape[axes : 2 * axes]
    return q.reshape(*(max(pair) for pair in zip(*blocks, strict=True)), *q.shape[2 * axes :])
