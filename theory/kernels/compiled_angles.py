"""The loop behind `theory.kernels.gram`; imported only where numba is installed."""

import math

from theory.kernels.compiled import loops


@loops("contract")
def angular_tile(cosine, lacking, arc, series, size1, size2, out):
    """A kernel of the angle by its series, as `theory.kernels.angles.clenshaw` of `fast_angle`.

    Args:
        cosine: or, if `lacking`, what its size lacks to 1, with its sign.
        arc: polynomial of the angle, the highest power first.
        series: Chebyshev coefficients, the highest first, two or more.
        size1: of rows, multiplied by those of columns.
    """
    half, one, two = cosine.dtype.type(0.5), cosine.dtype.type(1), cosine.dtype.type(2)
    zero, pi, scale = cosine.dtype.type(0), cosine.dtype.type(math.pi), cosine.dtype.type(4 / math.pi)
    for p in range(cosine.shape[0]):
        row, to, size = cosine[p], out[p], size1[p]
        for q in range(cosine.shape[1]):
            lack = abs(row[q]) if lacking else one - abs(row[q])
            square = half * lack
            polynomial = arc[0]
            for c in arc[1:]:
                polynomial = polynomial * square + c
            theta = two * math.sqrt(square) * polynomial
            theta = pi - theta if math.copysign(one, row[q]) < zero else theta
            twice = theta * scale - two
            after, later = series[0], zero
            for c in series[1:-1]:
                after, later = twice * after - later + c, after
            to[q] = (half * twice * after - later + series[-1]) * (size * size2[q])
