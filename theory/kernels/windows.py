"""Means over sliding windows of positions: the part of convolution that is not a weight."""

from collections.abc import Iterable, Sequence

import jax.numpy as jnp

from theory.kernels.gaps import ratio, root
from theory.kernels.pairs import Pairs, Values, carried
from theory.kernels.positions import Layout
from theory.networks.window import Window


def windowed(pairs: Pairs, window: Window, layout: Layout) -> Pairs:
    r"""The mean over windows that slide along both images together.

    $K'(p, p') = \frac1k \sum_o K(p + o, p' + o)$ with zeros beyond the edges: weights at different places of the window
    are independent. The gap is that of a sum of independent terms, free of cancellation (`pairs.gap_of_sum`).
    """
    both = (0, 1) if layout.full else (0,)
    one, other = (0,), (1,) if layout.full else (0,)
    a, b = root(pairs.q1), root(pairs.q2)
    q1, q2 = means(pairs.q1, window, layout, one), means(pairs.q2, window, layout, other)
    size1, size2 = root(q1), root(q2)
    u = ratio(_patches(a, window, layout, one), size1[None])
    v = ratio(_patches(b, window, layout, other), size2[None])
    apart = sum_of((u[k] - v[k]) ** 2 for k in range(window.volume))  # XLA does not vectorize a short `sum`
    near = ratio(means(a * b * pairs.gap, window, layout, both), size1 * size2)
    gap = jnp.where((q1 > 0) & (q2 > 0), apart / (2 * window.volume) + near, 0.0)
    ntk = carried(lambda ntk: means(ntk, window, layout, both), pairs.ntk)
    return Pairs(q1, q2, jnp.clip(gap, 0.0, 2.0), ntk)


def means(values: Values, window: Window, layout: Layout, sides: Sequence[int]) -> Values:
    """The mean over every window, axis by axis, sliding along the given sides together."""
    values = edged(values, window, layout, sides)
    for i, size in enumerate(window.sizes):
        total = sum_of(_along(values, window, layout, sides, i, offset) for offset in range(size))
        values = total / size
    return values


def sum_of(parts: Iterable[Values]) -> Values:
    """The sum of one array or more, without a zero to start from."""
    first, *rest = parts
    return sum(rest, first)


def edged(values: Values, window: Window, layout: Layout, sides: Sequence[int]) -> Values:
    """With what stands beyond the edges put on."""
    for side in sides:
        values = window.padded(values, layout.block(side))
    return values


def _along(values: Values, window: Window, layout: Layout, sides: Sequence[int], i: int, offset: int) -> Values:
    for side in sides:
        values = window.at(values, offset, layout.block(side) + i, i)
    return values


def _patches(values: Values, window: Window, layout: Layout, sides: Sequence[int]) -> Values:
    """What stands at every place of every window, the places on a new first axis."""
    values = edged(values, window, layout, sides)
    parts = []
    for offset in window.offsets():
        part = values
        for i, o in enumerate(offset):
            part = _along(part, window, layout, sides, i, o)
        parts.append(part)
    return jnp.stack(parts)
