"""Compiled loops over pairs of images, in the processor's cache. Needs numba, extra `compiled`.

A block has a row for each position of one image. Its columns are the positions of one other image or, where `lean`,
many other images at that same position. One more row and column, and what is left over of roots, are zeros that stand
for what is beyond the edges. Constants have the blocks' type, for numba widens a product with a Python number; sums
of few terms are written out, for only inner loops are vectorized.
"""

import math
from collections.abc import Callable
from inspect import unwrap

import numpy as np
from numba import njit

WINDOW, AFFINE, SLOPES, NORMAL = range(4)
WHICH = ("all", "upper", "own")  # pairs of two sets, of one without those below the diagonal, of images with themselves
NEAR = 1e-3  # gaps below, and what others lack to 2, are recomputed from differences
LANES = 128  # images of a lean block


def loops(*fastmath: str) -> Callable[[Callable], Callable]:
    """Compile a function of loops, with these liberties in rounding."""
    made = njit(nogil=True, cache=True, fastmath=set(fastmath), error_model="numpy")
    return lambda function: made(unwrap(function))  # tests wrap every function of this package to check shapes


_compiled = loops("contract")
_summing = loops("contract", "reassoc", "nsz")


@_compiled
def images(
    which, lean, patches, other, roots, other_roots, plan, numbers, windows, arc, excess, one, two, first, every
):
    """Every so many-th image of one set, from the first, with images of the other.

    Args:
        which: number of one of `WHICH`.
        lean: whether the end is a flattening, and not a pooling over all positions.
        patches: directions of patches, (images, entries, positions); entries in threes, where lean in sixes, and
            positions in twos, the rest zero.
        other: the same of the other set, some images together, (groups, entries, images * positions), or where lean
            (positions, entries, images).
        roots: of second moments before every step and after the last, (images, steps + 1, positions and a zero).
        other_roots: the same of the other set, but where lean (steps + 1, positions and a zero, images).
        plan: of every step the kind, positions before and after, number of its window.
        numbers: constants of every step.
        windows: `theory.kernels.blocks.Windows`.
        arc: polynomial of the angle, the highest power first.
        excess: series of sine - angle cosine, likewise.
        one: takes the covariance, or where lean the gap.
        two: takes the tangent kernel; None where that is not asked for, and the loops are compiled without it.
    """
    height, last = roots.shape[2], len(plan)
    width = LANES if lean else height
    gap, ntk, spare = _zeros(height, width, one), _zeros(height, width, two), _zeros(height, width, one)
    padded, beside = _zeros(height, max(width, windows[3].shape[1]), one), _zeros(height, width, one)
    line, stride = np.zeros(padded.shape[1], one.dtype), patches.shape[2]
    together = max(other.shape[2] // stride, 1)
    cosines = _zeros(stride, LANES if lean else other.shape[2], one)
    for i in range(first, len(patches), every):
        start, end = i if which else 0, i + 1 if which == 2 else one.shape[1]
        for j in range(start, end, LANES if lean else 1):
            rows = plan[0, 1]
            columns = min(LANES, end - j) if lean else rows
            if lean:
                _lean_cosines(patches[i], other, rows, j, columns, cosines)
            elif j == start or j % together == 0:
                _cosines(patches[i], other[j // together], cosines)
            offset = 0 if lean else j % together * stride
            _gaps(lean, patches[i], other, rows, columns, j, together, cosines, offset, gap, ntk)
            for t in range(last):
                a = roots[i, t]
                _put_beside(other_roots, lean, t, rows, columns, j, beside)
                if plan[t, 0] == AFFINE:
                    _affine(a, beside, lean, rows, columns, numbers[t], gap, ntk)
                elif plan[t, 0] == SLOPES:
                    _slopes(rows, columns, numbers[t], arc, excess, gap, ntk)
                elif plan[t, 0] == NORMAL:
                    if two is not None:
                        _normal(a, beside, lean, rows, columns, ntk)
                else:
                    _covariances(a, beside, lean, rows, columns, gap, spare)
                    before, rows = rows, plan[t, 2]
                    columns = columns if lean else rows
                    places = _places(windows, plan[t, 3])
                    _moved(spare, lean, before, rows, columns, places, padded, line)
                    if two is not None:
                        _moved(ntk, lean, before, rows, columns, places, padded, line)
                    _put_beside(other_roots, lean, t + 1, rows, columns, j, beside)
                    after = roots[i, t + 1]
                    _windowed(a, after, beside, other_roots, lean, t, rows, columns, j, places, gap, spare)
                    gap, spare = spare, gap
            if lean:
                _put_beside(other_roots, lean, last, rows, columns, j, beside)
                _flattened(roots[i, last], beside, rows, columns, gap, line, one[i, j : j + columns])
                if two is not None:
                    _mean(rows, columns, ntk, two[i, j : j + columns])
            else:
                one[i, j] = _pooled(roots[i, last], other_roots[j, last], rows, gap)
                if two is not None:
                    two[i, j] = _pooled_tangent(rows, ntk)


@_compiled
def _zeros(height, width, like):
    if like is None:
        return None
    return np.zeros((height, width), like.dtype)


@_compiled
def _row(block, p):
    if block is None:
        return None
    return block[p]


@_compiled
def _places(windows, number):
    volume, reach = windows[0][number, 0], windows[0][number, 1]
    return volume, reach, windows[1][number], windows[2][number], windows[3][number], windows[4][number]


@_compiled
def _put_beside(other_roots, lean, t, rows, columns, j, beside):
    """Roots of the other side: on the first row, or where lean on the row of each position."""
    for p in range(rows if lean else 1):
        given = other_roots[t, p, j : j + columns] if lean else other_roots[j, t, :columns]
        for q in range(columns):
            beside[p, q] = given[q]


@_compiled
def _cosines(u, v, out):
    """Products of directions, two rows and three terms at a time."""
    columns = v.shape[1]
    for p in range(0, u.shape[1], 2):
        for d in range(0, len(u), 3):
            a, b, c = u[d, p], u[d + 1, p], u[d + 2, p]
            e, f, g = u[d, p + 1], u[d + 1, p + 1], u[d + 2, p + 1]
            if d == 0:
                for q in range(columns):
                    out[p, q] = a * v[d, q] + b * v[d + 1, q] + c * v[d + 2, q]
                    out[p + 1, q] = e * v[d, q] + f * v[d + 1, q] + g * v[d + 2, q]
            else:
                for q in range(columns):
                    out[p, q] += a * v[d, q] + b * v[d + 1, q] + c * v[d + 2, q]
                    out[p + 1, q] += e * v[d, q] + f * v[d + 1, q] + g * v[d + 2, q]


@_compiled
def _lean_cosines(u, other, rows, j, columns, out):
    """Those of equal positions, six terms at a time."""
    for p in range(rows):
        row, v = out[p, :columns], other[p]
        for q in range(columns):
            row[q] = u.dtype.type(0)
        for k in range(0, len(u), 6):
            a, b, c, d, e, f = u[k, p], u[k + 1, p], u[k + 2, p], u[k + 3, p], u[k + 4, p], u[k + 5, p]
            x, y, z = v[k, j : j + columns], v[k + 1, j : j + columns], v[k + 2, j : j + columns]
            r, s, t = v[k + 3, j : j + columns], v[k + 4, j : j + columns], v[k + 5, j : j + columns]
            for q in range(columns):
                row[q] += a * x[q] + b * y[q] + c * z[q] + d * r[q] + e * s[q] + f * t[q]


@_compiled
def _gaps(lean, u, other, rows, columns, j, together, cosines, offset, gap, ntk):
    """Gaps between patches of inputs; near-duplicates and antipodes from the difference or the sum of directions."""
    zero, one, two, limit = u.dtype.type(0), u.dtype.type(1), u.dtype.type(2), u.dtype.type(1 - NEAR)
    for p in range(rows):
        row, near = cosines[p, offset : offset + columns], 0
        for q in range(columns):
            gap[p, q] = one - row[q]
            near += 1 if abs(row[q]) > limit else 0
        if ntk is not None:
            for q in range(columns):
                ntk[p, q] = zero
        if near:
            for q in range(columns):
                if abs(row[q]) > limit:
                    sign, half = one if row[q] > zero else -one, zero
                    for d in range(len(u)):
                        v = other[p, d, j + q] if lean else other[j // together, d, offset + q]
                        half += (u[d, p] - sign * v) * (u[d, p] - sign * v)
                    half /= two
                    gap[p, q] = half if row[q] > zero else two - half


@_compiled
def _covariances(a, beside, lean, rows, columns, gap, out):
    one = gap.dtype.type(1)
    for p in range(rows):
        x, r = a[p], p if lean else 0
        for q in range(columns):
            out[p, q] = x * beside[r, q] * (one - gap[p, q])


@_compiled
def _moved(block, lean, before, rows, columns, places, padded, line):
    """In place, means over windows that slide along both images together."""
    volume, reach, sources, shifts, origins, starts = places
    reach = columns if lean else reach
    share, zero = block.dtype.type(1 / volume), block.dtype.type(0)
    for p in range(before):
        row, edged = block[p], padded[p]
        if lean:
            for f in range(columns):
                edged[f] = row[f]
        else:
            for f in range(len(origins)):
                edged[f] = row[origins[f]]
    sums = line[:reach]
    for p in range(rows):
        row = block[p]
        for f in range(reach):
            sums[f] = zero
        for k in range(volume):
            shift = 0 if lean else shifts[k]
            given = padded[sources[k, p], shift : shift + reach]
            for f in range(reach):
                sums[f] += given[f]
        if lean:
            for q in range(columns):
                row[q] = sums[q] * share
        else:
            for q in range(columns):
                row[q] = sums[starts[q]] * share


@_compiled
def _windowed(a, after, beside, other_roots, lean, t, rows, columns, j, places, gap, means):
    """In place, gaps from means of covariances; those near 0 or 2 as in `theory.kernels.windows.windowed`."""
    zero, one, two, limit = gap.dtype.type(0), gap.dtype.type(1), gap.dtype.type(2), gap.dtype.type(NEAR)
    for p in range(rows):
        x, r, near = after[p], p if lean else 0, 0
        for q in range(columns):
            size = x * beside[r, q]
            new = one - means[p, q] / size if size > zero else zero
            near += 1 if min(new, two - new) < limit else 0
            means[p, q] = min(max(new, zero), two)
        if near:
            for q in range(columns):
                y = beside[r, q]
                if x * y > zero and min(means[p, q], two - means[p, q]) < limit:
                    means[p, q] = _parted(a, x, y, other_roots, lean, t, p, q, j, places, gap)


@_compiled
def _parted(a, x, y, other_roots, lean, t, p, q, j, places, gap):
    volume, sources = places[0], places[2]
    zero, half, two, out = gap.dtype.type(0), gap.dtype.type(0.5), gap.dtype.type(2), gap.dtype.type(0)
    for k in range(volume):
        r, c = sources[k, p], q if lean else sources[k, q]
        u, v = a[r] / x, (other_roots[t, r, j + q] if lean else other_roots[j, t, c]) / y
        out += half * (u - v) * (u - v) + u * v * gap[r, c]
    return min(max(out / gap.dtype.type(volume), zero), two)


@_compiled
def _affine(a, beside, lean, rows, columns, numbers, gap, ntk):
    """A dense layer; where it has a bias, the gap as in `theory.kernels.gaps.affine`."""
    weight, bias, weight_step, bias_step = numbers[0], numbers[1], numbers[2], numbers[3]
    zero, one, two = gap.dtype.type(0), gap.dtype.type(1), gap.dtype.type(2)
    for p in range(rows):
        x, r = a[p], p if lean else 0
        if ntk is not None:
            step = weight_step * x
            for q in range(columns):
                ntk[p, q] = weight * ntk[p, q] + step * beside[r, q] * (one - gap[p, q]) + bias_step
        if bias > zero:
            size = math.sqrt(weight * x * x + bias)
            for q in range(columns):
                y = beside[r, q]
                whole, product = size * math.sqrt(weight * y * y + bias), weight * x * y
                spread = weight * bias * (x - y) * (x - y) / (whole + product + bias)
                gap[p, q] = min(max((product * gap[p, q] + spread) / whole, zero), two)


@_compiled
def _slopes(rows, columns, numbers, arc, excess, gap, ntk):
    """The arc-cosine kernels of `theory.kernels.piecewise` by the polynomials of `theory.kernels.gaps`."""
    zero, half, one, two = gap.dtype.type(0), gap.dtype.type(0.5), gap.dtype.type(1), gap.dtype.type(2)
    pi, mean, kink, relative = gap.dtype.type(math.pi), numbers[0], numbers[1], numbers[2]
    for p in range(rows):
        row, other = gap[p], _row(ntk, p)
        for q in range(columns):
            delta = row[q]
            far = delta > one
            square = half * (two - delta if far else delta)
            series = arc[0]
            for c in arc[1:]:
                series = series * square + c
            theta = two * math.sqrt(square) * series
            theta = pi - theta if far else theta
            power = theta * theta
            near = excess[0]
            for c in excess[1:]:
                near = near * power + c
            large = math.sqrt(delta * (two - delta)) - theta * (one - delta)
            new = delta - relative * (theta * power * near if theta < half else large)
            row[q] = min(max(new, zero), two)
            if ntk is not None:
                other[q] *= mean - kink * theta


@_compiled
def _normal(a, beside, lean, rows, columns, ntk):
    zero = ntk.dtype.type(0)
    for p in range(rows):
        x, r = a[p], p if lean else 0
        for q in range(columns):
            size = x * beside[r, q]
            ntk[p, q] = ntk[p, q] / size if size > zero else zero


@_summing
def _pooled(a, b, columns, gap):
    """The covariance's mean over all pairs of positions."""
    one, covariance = gap.dtype.type(1), gap.dtype.type(0)
    for p in range(columns):
        part = gap.dtype.type(0)
        for q in range(columns):
            part += b[q] * (one - gap[p, q])
        covariance += a[p] * part
    return covariance / gap.dtype.type(columns * columns)


@_summing
def _pooled_tangent(columns, ntk):
    total = ntk.dtype.type(0)
    for p in range(columns):
        part = ntk.dtype.type(0)
        for q in range(columns):
            part += ntk[p, q]
        total += part
    return total / ntk.dtype.type(columns * columns)


@_compiled
def _mean(rows, columns, ntk, out):
    """Over equal positions."""
    share = ntk.dtype.type(1 / rows)
    for q in range(columns):
        out[q] = ntk.dtype.type(0)
    for p in range(rows):
        for q in range(columns):
            out[q] += share * ntk[p, q]


@_compiled
def _flattened(a, beside, rows, columns, gap, squares, out):
    """The gap of a sum of independent terms, as in `theory.kernels.pairs.gap_of_sum`."""
    zero, half, one, two = gap.dtype.type(0), gap.dtype.type(0.5), gap.dtype.type(1), gap.dtype.type(2)
    square = zero
    for q in range(columns):
        squares[q] = out[q] = zero
    for p in range(rows):
        square += a[p] * a[p]
        for q in range(columns):
            squares[q] += beside[p, q] * beside[p, q]
    for q in range(columns):
        squares[q] = one / math.sqrt(squares[q]) if squares[q] > zero else zero
    size = one / math.sqrt(square) if square > zero else zero
    for p in range(rows):
        x = a[p] * size
        for q in range(columns):
            y = beside[p, q] * squares[q]
            out[q] += half * (x - y) * (x - y) + x * y * gap[p, q]
    for q in range(columns):
        out[q] = min(max(out[q], zero), two) if squares[q] * size > zero else zero
