r"""Large Gram matrices, in tiles: the time of a matrix product, the memory of the result, the digits of the recursion.

Where a kernel depends on an angle alone (`theory.kernels.angles`) a tile is one matrix product and one polynomial;
elsewhere it goes through the layers. A product in the inputs' precision leaves too few digits of $1 - c$ at small
angles: a pair for which the rounding would show in the kernel is computed from the difference of its rows, and a tile
with many of them by a product in 64 bits. The polynomial of a large matrix goes through a compiled loop where numba
is installed (extra `compiled`), several tiles at a time, each whole by one thread; else through XLA.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import whole
from theory.kernels import blocks
from theory.kernels.angles import KERNELS, angular_series, clenshaw, fast_angle
from theory.kernels.arguments import described, one_of
from theory.kernels.dense import factors, kernels_at_gap, nngp_at_gap
from theory.kernels.duals import dual_of
from theory.kernels.gaps import arcsine_over_root
from theory.kernels.inputs import TOLD_APART, directions, rows
from theory.kernels.piecewise import TwoSlopes
from theory.networks import Activation, Network

TILE = 384  # rows; small enough for a core to keep, and rows of a tile do not meet in its cache
TILE_IN_LAYERS = 256  # where every layer makes arrays of its own
STEP = 64  # of a tile's shape
PAIRS = 1024  # repaired at a time
FAR = 1e-3 - 1  # cosines below are repaired, too
LEAST = 2**21  # entries, from which on a compiled loop is worth its import where numba is installed
LONGEST = 33  # series that it is compiled for
MANY = 1 / 128  # of a tile's pairs; more of them are cheaper by a product in 64 bits
ROUNDINGS = {"float32": (2e-8, 2.0), "float64": (0.0, 256.0)}  # of a series, and of a kernel those of a cosine may make


@closed_form
def gram(
    network: Network,
    x1: Float[ArrayLike, "..."],
    x2: Float[ArrayLike, "..."] | None = None,
    kernel: str = "ntk",
    tile: int | None = None,
) -> Float[np.ndarray, "n m"]:
    r"""The matrix of `theory.kernels.dense.kernels`, on the host: fast, exact at near-duplicates, symmetric to the bit.

    Takes the memory of the result, of a few tiles and of the inputs' directions; of a symmetric matrix half is
    computed. float32 inputs give float32 results, to about $3 \times 10^{-7}$ of the larger of the kernel and a fifth
    of its diagonal at depths to 50; float64 ones to $10^{-13}$.

    Args:
        network: `theory.networks.Network`.
        x1, x2: inputs, one a row; x2 = x1 if left out.
        kernel: "ntk" or "nngp".
        tile: rows of a tile.

    Raises:
        ValueError: inputs of another rank or width, an empty set, NaN or infinity, another kernel.
        TypeError: traced inputs, for which `kernels` is meant.

    >>> from theory.networks import perceptron
    >>> network = perceptron((2, 8, 1), parametrization="ntk", sigma_w=2**0.5)
    >>> gram(network, np.eye(2)).round(6).tolist()
    [[2.0, 0.31831], [0.31831, 2.0]]
    """
    described(network, Network)
    one_of("kernel", kernel, KERNELS)
    tile = None if tile is None else whole("tile", tile, least=1)
    if isinstance(x1, jax.core.Tracer) or isinstance(x2, jax.core.Tracer):
        raise TypeError("gram works on the host, on arrays that have values; under jit, vmap or grad call `kernels`")
    first = _inputs("x1", x1, network)
    second = first if x2 is None else _inputs("x2", x2, network, first.unit.dtype)
    way = _way(network, first, second, kernel)
    return _assembled(way, first, second, tile or way.tile)


@dataclass(frozen=True)
class _Inputs:
    """Rows over their norms, in the inputs' precision and on demand in 64 bits, and root mean squares."""

    x: Float[np.ndarray, "n d"]
    unit: Float[np.ndarray, "n d"]
    size: Float[np.ndarray, " n"]

    def wide(self, chosen: Any) -> Float[np.ndarray, "some d"]:
        x = self.x[chosen].astype(np.float64)
        largest = np.abs(x).max(1, keepdims=True)
        x /= np.where(largest > 0, largest, 1.0)
        norm = np.sqrt((x**2).sum(1, keepdims=True))
        return x / np.where(norm > 0, norm, 1.0)


@dataclass(frozen=True)
class _Way:
    """How a tile of cosines becomes a tile of the kernel, what stands on the diagonal, how near to 1 cosines are
    repaired."""

    values: Callable[[np.ndarray, bool, np.ndarray, np.ndarray], Any]
    diagonal: Callable[[np.ndarray], np.ndarray]
    near: float
    tile: int
    loop: Callable[[np.ndarray, bool, np.ndarray, np.ndarray], np.ndarray] | None = None


def _inputs(name: str, x: ArrayLike, network: Network, dtype: Any = None) -> _Inputs:
    checked = rows(name, x, network.inputs)
    checked = checked if dtype is None else checked.astype(dtype)
    size, unit = directions(checked)
    kept = x if type(x) is np.ndarray and x.dtype == checked.dtype else np.asarray(checked)  # no copy of the user's
    return _Inputs(kept, np.asarray(unit), np.asarray(size))


def _way(network: Network, first: _Inputs, second: _Inputs, kernel: str) -> _Way:
    dtype = first.unit.dtype
    precision, allowed = ROUNDINGS[dtype.name]
    homogeneous = _homogeneous(network)
    sizes = np.concatenate([first.size, second.size])
    alike = bool(sizes.min() > 0 and np.ptp(sizes) <= 4 * np.finfo(dtype).eps * sizes.max())
    size = 1.0 if homogeneous else float(np.median(sizes)) if alike else 0.0
    series = angular_series(network, size, kernel, precision) if size else None
    if series is None:
        through = partial(_through_layers, network, kernel)
        return _Way(through, partial(_of_layers, network, kernel), 0.2, TILE_IN_LAYERS)
    of_angles = partial(_from_series, series.astype(dtype), homogeneous)
    diagonal = partial(_of_no_angle, of_angles, homogeneous)
    loop = None
    if len(first.size) * len(second.size) >= LEAST and len(series) <= LONGEST and blocks.available():
        loop = partial(_looped, tuple(series[::-1].astype(dtype)), homogeneous)
    return _Way(of_angles, diagonal, _repaired_below(series, allowed), TILE, loop)


def _looped(
    series: tuple, homogeneous: bool, cosine: np.ndarray, lacking: bool, size1: np.ndarray, size2: np.ndarray
) -> np.ndarray:
    """A tile at less than half the time of XLA's."""
    from theory.kernels.compiled_angles import angular_tile

    dtype, out = cosine.dtype, np.empty_like(cosine)
    arc = tuple(dtype.type(c) for c in arcsine_over_root(7 if dtype == np.float32 else 21))
    if not homogeneous:
        size1, size2 = np.ones_like(size1), np.ones_like(size2)
    angular_tile(cosine, lacking, arc, series, size1, size2, out)
    return out


def _homogeneous(network: Network) -> bool:
    """Whether the kernels of scaled inputs are scaled kernels."""
    slopes = all(isinstance(dual_of(x), TwoSlopes) for x in network.layers if isinstance(x, Activation))
    return slopes and not any(f.bias or f.bias_step for f in factors(network))


def _repaired_below(series: Float[np.ndarray, " terms"], allowed: float) -> float:
    """The gap from which on a rounding of the cosine moves the kernel by no more than `allowed` roundings of it."""
    theta = np.linspace(np.pi / 2, np.arccos(1 - TOLD_APART), 512)
    x = 2 * theta / np.pi - 1
    value = np.polynomial.chebyshev.chebval(x, series)
    slope = np.polynomial.chebyshev.chebval(x, np.polynomial.chebyshev.chebder(series)) * 2 / np.pi
    at_zero = np.polynomial.chebyshev.chebval(-1.0, series)
    tender = np.abs(slope) / np.sin(theta) > allowed * np.maximum(np.abs(value), 0.2 * abs(at_zero))
    return float(1 - np.cos(theta[tender].max())) if tender.any() else TOLD_APART


def _assembled(way: _Way, first: _Inputs, second: _Inputs, tile: int) -> Float[np.ndarray, "n m"]:
    out = np.empty((len(first.size), len(second.size)), first.unit.dtype)
    symmetric = first is second
    diagonal = way.diagonal(first.size) if symmetric else first.size

    def fill(i: slice, j: slice) -> None:
        values = _of_tile(way, *_cosines(first, second, i, j, way.near), first.size[i], second.size[j])
        if symmetric and i == j:
            values = np.where(_below(len(values)), values.T, values)
            np.fill_diagonal(values, diagonal[i])
        out[i, j] = values
        if symmetric and i != j:
            out[j, i] = values.T

    every = product(_pieces(len(first.size), tile), _pieces(len(second.size), tile))
    tiles = [(i, j) for i, j in every if not symmetric or i.start <= j.start]
    if way.loop is None:  # XLA has threads of its own
        for i, j in tiles:
            fill(i, j)
        return out
    with ThreadPoolExecutor(blocks.threads()) as pool:
        list(pool.map(fill, *zip(*tiles)))
    return out


@lru_cache(maxsize=4)
def _below(size: int) -> np.ndarray:
    return np.tri(size, k=-1, dtype=bool)


def _pieces(count: int, tile: int) -> Iterator[slice]:
    return (slice(start, min(start + tile, count)) for start in range(0, count, tile))


def _of_tile(way: _Way, cosine: np.ndarray, lacking: bool, size1: np.ndarray, size2: np.ndarray) -> np.ndarray:
    """The kernel of a tile, computed at one of few shapes, for each is a program."""
    if way.loop is not None:
        return way.loop(cosine, lacking, size1, size2)
    rows_more, columns_more = (-n % STEP for n in cosine.shape)
    if rows_more or columns_more:
        whole = np.zeros((len(cosine) + rows_more, cosine.shape[1] + columns_more), cosine.dtype)
        whole[: len(cosine), : cosine.shape[1]] = cosine
        cosine = whole
    values = way.values(cosine, lacking, np.pad(size1, (0, rows_more)), np.pad(size2, (0, columns_more)))
    return np.asarray(values)[: len(size1), : len(size2)]


def _cosines(first: _Inputs, second: _Inputs, i: slice, j: slice, near: float) -> tuple[Float[np.ndarray, "a b"], bool]:
    """Cosines of a tile; or, and then True, what their size lacks to 1, with their sign, repaired where needed."""
    own = first is second and i == j
    u = first.unit[i]
    cosine = u @ (u.T if own else second.unit[j].T)
    if own:
        np.fill_diagonal(cosine, 0.0)  # never to be repaired
    if cosine.max() <= 1 - near and cosine.min() >= FAR:
        return cosine, False
    lack = np.copysign(1 - np.abs(cosine), cosine)
    _repair(lack, cosine, first, second, i, j, near)
    return lack, True


def _repair(
    lack: np.ndarray, cosine: np.ndarray, first: _Inputs, second: _Inputs, i: slice, j: slice, near: float
) -> None:
    wrong = (cosine > 1 - near) | (cosine < FAR)
    if lack.dtype == np.float32 and np.count_nonzero(wrong) > MANY * lack.size:
        u = first.wide(i)
        wide = u @ (u if first is second and i == j else second.wide(j)).T
        lack[:] = np.copysign(1 - np.abs(wide), wide)
        wrong &= np.abs(wide) > 1 - 1e-6
    above, below = np.nonzero(wrong)
    for start in range(0, len(above), PAIRS):
        a, b = above[start : start + PAIRS], below[start : start + PAIRS]
        sign = np.copysign(1.0, cosine[a, b])
        u, v = first.wide(i.start + a), second.wide(j.start + b)
        lack[a, b] = np.copysign(((u - sign[:, None] * v) ** 2).sum(1) / 2, sign)


def _of_no_angle(of_angles: Callable, homogeneous: bool, size: np.ndarray) -> np.ndarray:
    one = np.ones(STEP, size.dtype)
    value = np.asarray(of_angles(np.zeros((STEP, STEP), size.dtype), True, one, one))[0, 0]
    return value * (size * size) if homogeneous else np.full_like(size, value)


def _of_layers(network: Network, kernel: str, size: np.ndarray) -> np.ndarray:
    q = size.astype(np.float64) ** 2
    with jax.enable_x64(True):
        return np.asarray(_at_gap(network, kernel, q, q, np.zeros_like(q))).astype(size.dtype)


def _at_gap(network: Network, kernel: str, q1: np.ndarray, q2: np.ndarray, gap: np.ndarray) -> Array:
    """Of the kernel that is asked for the work alone."""
    if kernel == "nngp":
        return nngp_at_gap(network, q1, q2, gap)
    return kernels_at_gap(network, q1, q2, gap).ntk


def _from_series(
    series: Float[np.ndarray, " terms"],
    homogeneous: bool,
    cosine: np.ndarray,
    lacking: bool,
    size1: np.ndarray,
    size2: np.ndarray,
) -> Array:
    with jax.enable_x64(True):
        if homogeneous:
            return _scaled_series(lacking, series, cosine, size1, size2)
        return _series(lacking, series, cosine)


@partial(jax.jit, static_argnums=0)
def _series(lacking: bool, series: Float[Array, " terms"], cosine: Float[Array, "a b"]) -> Float[Array, "a b"]:
    lack = cosine if lacking else jnp.copysign(1 - jnp.abs(cosine), cosine)
    return clenshaw(fast_angle(lack) * jnp.asarray(2 / jnp.pi, lack.dtype) - 1, series)


@partial(jax.jit, static_argnums=0)
def _scaled_series(lacking: bool, series: Array, cosine: Array, size1: Array, size2: Array) -> Array:
    return _series(lacking, series, cosine) * (size1[:, None] * size2[None, :])


def _through_layers(
    network: Network, kernel: str, cosine: np.ndarray, lacking: bool, size1: np.ndarray, size2: np.ndarray
) -> Array:
    wide = cosine.astype(np.float64)
    gap = np.where(np.signbit(wide), 2 + wide, wide) if lacking else 1 - wide
    q1, q2 = (np.broadcast_to(v.astype(np.float64) ** 2, gap.shape) for v in (size1[:, None], size2[None, :]))
    with jax.enable_x64(True):
        return _at_gap(network, kernel, q1, q2, gap)
