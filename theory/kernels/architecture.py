r"""Kernels of infinitely wide architectures: convolution, pooling, residual sums, normalization, attention.

Every layer takes the covariance K and the tangent kernel $\Theta$ of its inputs, between positions p of an input x and
p' of x', to those of its outputs (Novak et al. 1810.05148; Arora et al. 1904.11955; Yang 1910.12478):

| layer | K' | $\Theta'$ |
|---|---|---|
| dense | $w K + b$ | $w \Theta + \lambda_w K + \lambda_b$ |
| convolution | the same of $\frac1k \sum_o K(p + o, p' + o)$ | and of $\frac1k \sum_o \Theta(p + o, p' + o)$ |
| activation | $\mathbb E f(u) f(v)$ | $\Theta\, \mathbb E f'(u) f'(v)$ |
| flatten | mean over p = p' | mean over p = p' |
| pooling | mean over p and p' of the windows | the same |
| normalization | $K / \sqrt{K(x, x) K(x', x')}$ | $\Theta / \sqrt{K(x, x) K(x', x')}$ |
| residual | sum over the branches | sum over the branches |
| attention | $\zeta K \zeta'^T$, then two dense layers | the same |

The numbers of an affine layer are those of `theory.kernels.dense`. Only pairs of equal positions are formed where
nothing needs the others: flattening never does.
"""

from functools import partial
from math import isqrt, prod

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.kernels import blocks, dense
from theory.kernels.arguments import described
from theory.kernels.dense import Gains, Kernels
from theory.kernels.inputs import directions, examples, gaps, resolved
from theory.kernels.pairs import Pairs, covariance
from theory.kernels.plan import Step, plan
from theory.kernels.positions import Images, Layout
from theory.kernels.recursion import needs, walk
from theory.kernels.windows import sum_of
from theory.networks import Architecture, Network

TILE = 2**20  # pairs of positions in flight: a few megabytes for each array that a layer needs
UNROLLED = 8  # channels of inputs; sums of few terms are faster written out
Values = Array | np.ndarray  # of tiles, which are cut on the host
Given = tuple[Values, Values]
Found = tuple[Array, Array | None]  # covariance and tangent kernel, None where that is not asked for


@closed_form
def kernels(
    network: Architecture | Network,
    x1: Float[ArrayLike, "..."],
    x2: Float[ArrayLike, "..."] | None = None,
    gains: Gains | None = None,
) -> Kernels:
    r"""NNGP and NTK of an architecture between the examples of x1 and of x2, or of x1 with itself.

    The kernels of one output as the numbers of channels grow; different outputs are independent at the start and share
    the NTK. Pairs of images are computed in tiles of bounded memory, each pair once where x2 is left out. Gaps
    $1 - c$ travel through all layers but pooling and attention, so that near-duplicates keep their digits.

    Args:
        network: its outputs have no positions left: the last that has any is followed by `Flatten` or `GlobalPool`.
        x1, x2: inputs, examples on the first axis.
        gains: in place of the network's, for derivatives in them: one for all affine layers or one each, of a residual
            sum those of the branch first, of attention values before outputs. Then in one piece, without tiles.

    Raises:
        ValueError: inputs of another shape, an empty set, NaN or infinity; gains of another number; outputs with
            positions; a nonlinearity or a normalization of what is not Gaussian at infinite width; a sum of two
            branches that are not independent.

    >>> from theory.networks import Activation, Architecture, Conv, Dense, GlobalPool
    >>> layers = (Conv(512, (3,), sigma_w=2**0.5), Activation("relu"), GlobalPool(), Dense(1))
    >>> K, Theta = kernels(Architecture((4, 1), layers), jnp.array([[[1.0], [0.0], [0.0], [0.0]]]))
    >>> K.round(6).tolist(), Theta.round(6).tolist()
    ([[0.05493]], [[0.096596]])
    """
    if isinstance(network, Network):
        return dense.kernels(network, x1, x2, gains)
    return _with_tangents(_between(network, x1, x2, gains, tangents=True))


@closed_form
def nngp(
    network: Architecture | Network,
    x1: Float[ArrayLike, "..."],
    x2: Float[ArrayLike, "..."] | None = None,
    gains: Gains | None = None,
) -> Float[Array, "n m"]:
    """The first of `kernels` alone, without the work of the second; arguments and errors as there.

    >>> from theory.networks import Architecture, Conv, Dense, Flatten
    >>> nngp(Architecture((2, 1), (Conv(8, (1,)), Flatten(), Dense(1))), jnp.ones((1, 2, 1))).tolist()
    [[1.0]]
    """
    if isinstance(network, Network):
        return dense.nngp(network, x1, x2, gains)
    return _between(network, x1, x2, gains, tangents=False)[0]


@closed_form
def diagonal(network: Architecture | Network, x: Float[ArrayLike, "..."], gains: Gains | None = None) -> Kernels:
    r"""The diagonals of `kernels` alone, $K(x, x)$ and $\Theta(x, x)$, in linear time.

    Raises:
        ValueError: as `kernels`.

    >>> from theory.networks import Architecture, Conv, Dense, Flatten
    >>> diagonal(Architecture((2, 1), (Conv(8, (1,)), Flatten(), Dense(1))), jnp.ones((1, 2, 1))).ntk.tolist()
    [2.0]
    """
    if isinstance(network, Network):
        return dense.diagonal(network, x, gains)
    return _with_tangents(_of_each(network, x, gains, tangents=True))


@closed_form
def nngp_diagonal(
    network: Architecture | Network, x: Float[ArrayLike, "..."], gains: Gains | None = None
) -> Float[Array, " n"]:
    """The first of `diagonal` alone, the second moment of an output; errors as there.

    >>> from theory.networks import Architecture, Conv, Dense, Flatten
    >>> nngp_diagonal(Architecture((2, 1), (Conv(8, (1,)), Flatten(), Dense(1))), jnp.ones((1, 2, 1))).tolist()
    [1.0]
    """
    if isinstance(network, Network):
        return dense.nngp_diagonal(network, x, gains)
    return _of_each(network, x, gains, tangents=False)[0]


def _between(network: Architecture, x1: ArrayLike, x2: ArrayLike | None, gains: Gains | None, tangents: bool) -> Found:
    """All pairs of two sets of inputs, or of one."""
    described(network, Network, Architecture)
    first = _inputs("x1", x1, network)
    steps = plan(network, gains, first[0].dtype)
    second = first if x2 is None else _inputs("x2", x2, network)
    if len(network.inputs) == 1:
        return _of_vectors(steps, first, second, x2 is None, tangents)
    if gains is not None:
        return _of_images(steps, tangents, *first, *second)
    made = None if _traced(first) or _traced(second) else blocks.program(steps, network.inputs[:-1])
    if made is not None and blocks.worth_it(made, first[0].shape[-1], second[0].shape[-1]):
        return _looped(made, first, None if x2 is None else second, tangents)
    return _tiled(steps, first, second, _tile(steps, network), x2 is None, tangents)


def _of_each(network: Architecture, x: ArrayLike, gains: Gains | None, tangents: bool) -> Found:
    """Every input with itself."""
    described(network, Network, Architecture)
    given = _inputs("x", x, network)
    steps = plan(network, gains, given[0].dtype)
    if len(network.inputs) == 1:
        return _walked(steps, dense.alone(given[0]), tangents)
    count = max(_tile(steps, network) ** 2, 1)
    parts = (
        [given]
        if _traced(given) or gains is not None
        else [tuple(v[i : i + count] for v in given) for i in range(0, len(given[0]), count)]
    )
    rows = [_of_same_images(steps, tangents, *part) for part in parts]
    return jax.tree.map(lambda *column: jnp.concatenate(column), *rows)


def _inputs(name: str, x: ArrayLike, network: Architecture) -> Given:
    """The root mean square over channels (*positions, n) and directions (channels, *positions, n)."""
    x = examples(name, x, network.inputs)
    size, unit = directions(x if x.ndim == 2 else _flat(x))
    return _images_last(size, unit, x.shape)


_flat = jax.jit(lambda x: x.reshape(-1, x.shape[-1]))


@partial(jax.jit, static_argnums=2)
def _images_last(size: Array, unit: Array, shape: tuple[int, ...]) -> Given:
    return jnp.moveaxis(size.reshape(shape[:-1]), 0, -1), jnp.moveaxis(unit.reshape(shape), (-1, 0), (0, -1))


def _of_vectors(steps: tuple[Step, ...], first: tuple, second: tuple, same: bool, tangents: bool) -> Found:
    (size1, unit1), (size2, unit2) = first, second
    between = gaps(unit1.T, unit2.T.astype(unit1.dtype))
    return _walked(steps, dense.matched(size1, size2.astype(size1.dtype), between, same), tangents)


def _walked(steps: tuple[Step, ...], given: tuple[Array, Array, Array], tangents: bool) -> Found:
    return _rest(steps, Pairs(*given, jnp.zeros_like(given[2]) if tangents else None))


def _rest(steps: tuple[Step, ...], pairs: Pairs) -> Found:
    """Through layers without positions."""
    return _found(walk(steps, Images(pairs), Layout(0, False), False)[0])


def _found(images: Images) -> Found:
    return resolved(covariance(images.cross)), images.cross.ntk


def _with_tangents(found: Found) -> Kernels:
    covariance, tangent = found
    assert tangent is not None
    return Kernels(covariance, tangent)


def _looped(made: blocks.Program, first: Given, second: Given | None, tangents: bool) -> Found:
    """By compiled loops as far as there are positions."""
    one = blocks.prepared(made, *(np.asarray(v) for v in first))
    other = one if second is None else blocks.prepared(made, *(np.asarray(v) for v in second))
    out = _rest(made.rest, blocks.pairs(made, one, other, tangents))
    return _mirrored(out) if second is None else out


@jax.jit
def _mirrored(upper: Found) -> Found:
    return jax.tree.map(lambda v: jnp.triu(v) + jnp.triu(v, 1).T, upper)


def _of_images(
    steps: tuple[Step, ...], tangents: bool, size1: Values, unit1: Values, size2: Values, unit2: Values
) -> Found:
    """All pairs of two sets of images."""
    full, axes = needs(steps, False)[0], size1.ndim - 1
    images = _starts((size1, unit1), (size2, unit2), axes, full, tangents)
    return _found(walk(steps, images, Layout(axes, full), False)[0])


@partial(jax.jit, static_argnums=(2, 3, 4))
def _starts(first: Given, second: Given, axes: int, full: bool, tangents: bool) -> Images:
    """All pairs of inputs of two sets and, if `full`, every input of both with itself."""
    across = tuple(v[..., None] for v in first), tuple(v[..., None, :] for v in second)
    cross = _start(*across, axes, full, tangents)
    every = tuple(jnp.concatenate(v, -1) for v in zip(first, second, strict=True))
    return Images(cross, _start(every, every, axes, True, tangents) if full else None)


def _of_same_images(steps: tuple[Step, ...], tangents: bool, size: Values, unit: Values) -> Found:
    """Every image with itself."""
    full = needs(steps, False)[0]
    own = _start((size, unit), (size, unit), size.ndim - 1, full, tangents)
    return _found(walk(steps, Images(own, own if full else None), Layout(size.ndim - 1, full), False)[0])


@partial(jax.jit, static_argnums=(2, 3, 4))
def _start(one: tuple, other: tuple, axes: int, full: bool, tangents: bool) -> Pairs:
    """Pairs of inputs, which broadcast; with all pairs of positions if `full`."""
    (size1, unit1), (size2, unit2) = one, other
    if full:
        positions, ones = (size1.shape[:axes], size2.shape[:axes]), (1,) * axes
        images1, images2 = size1.shape[axes:], size2.shape[axes:]
        size1, size2 = size1.reshape(*positions[0], *ones, *images1), size2.reshape(*ones, *positions[1], *images2)
        unit1, unit2 = unit1.reshape(-1, *size1.shape), unit2.reshape(-1, *size2.shape)
    near, far = (_half_square(unit1, side * unit2) for side in (1, -1))
    gap = jnp.where(near <= far, near, 2 - far)
    return Pairs(size1**2, size2**2, gap, jnp.zeros_like(gap) if tangents else None)


def _half_square(u: Array, v: Array) -> Array:
    """Half the squared distance along the first axis."""
    if len(u) > UNROLLED:
        return ((u - v) ** 2).sum(0) / 2
    return sum_of((u[c] - v[c]) ** 2 for c in range(len(u))) / 2


def _tile(steps: tuple[Step, ...], network: Architecture) -> int:
    """How many images on either side of a tile."""
    positions = prod(network.inputs[:-1])
    return max(isqrt(TILE // (positions**2 if needs(steps, False)[0] else positions)), 1)


def _traced(given: Given) -> bool:
    return any(isinstance(v, jax.core.Tracer) for v in given)


def _tiled(steps: tuple[Step, ...], first: Given, second: Given, tile: int, same: bool, tangents: bool) -> Found:
    """Tile by tile, those below the diagonal mirrored where both sets are one."""
    if _traced(first) or _traced(second):
        return _of_images(steps, tangents, *first, *second)
    n, m = first[0].shape[-1], second[0].shape[-1]
    tile = min(tile, max(n, m))
    out = [np.empty((n, m), first[1].dtype) for _ in range(1 + tangents)]
    first, second = ((np.asarray(size), np.asarray(unit)) for size, unit in (first, second))
    for i in range(0, n, tile):
        for j in range(i if same else 0, m, tile):
            rows, columns = (np.minimum(np.arange(k, k + tile), size - 1) for k, size in ((i, n), (j, m)))
            part = _of_images(steps, tangents, *(v[..., rows] for v in first), *(v[..., columns] for v in second))
            for whole, block in zip(out, jax.tree.leaves(part), strict=True):
                _put(whole, np.asarray(block)[: n - i, : m - j], i, j, same)
    covariance, *tangent = (jnp.asarray(whole) for whole in out)
    return covariance, tangent[0] if tangents else None


def _put(whole: np.ndarray, block: np.ndarray, i: int, j: int, same: bool) -> None:
    if same and i == j:
        block = np.triu(block) + np.triu(block, 1).T
    whole[i : i + len(block), j : j + block.shape[1]] = block
    if same and i != j:
        whole[j : j + block.shape[1], i : i + len(block)] = block.T
