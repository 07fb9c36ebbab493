"""Kernels of convolutional networks by loops that numba compiles, where it is installed: extra `compiled`.

XLA writes every array of pairs of positions to memory and reads it again; a loop over pairs of images keeps theirs in
the processor's cache and is tens of times faster. It knows convolutions, dense layers, activations of two slopes and
normalization, up to the first pooling over all positions or flattening; what follows, and any other network, goes
through `theory.kernels.recursion`. Numba and not C, for it needs no compiler where it is installed; optional, for its
200 MB and since it supports a new Python months late.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from importlib.util import find_spec
from math import factorial, prod
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from theory.kernels.duals import dual_of
from theory.kernels.gaps import arcsine_over_root
from theory.kernels.pairs import Factors, Pairs
from theory.kernels.piecewise import TwoSlopes
from theory.kernels.plan import Convolved, Step
from theory.networks import Activation, Flatten, GlobalPool, LayerNorm
from theory.networks.window import Window

LEAST = 2**18  # pairs of positions; for fewer XLA is as fast
COLUMNS = 256  # of products at a time: few of the images' positions make short loops
WINDOW, AFFINE, SLOPES, NORMAL = range(4)


_of_covariances = jax.jit(Pairs.of)


class Windows(NamedTuple):
    """Every window as tables, each filled up to the longest.

    Attributes:
        extents: number of places, and how many positions of a line with edges on it one place runs over.
        sources: which position stands at a place, (windows, places, positions).
        shifts: where on the line a place begins.
        origins: which position stands on the line.
        starts: where on the line the window of a position begins.
    """

    extents: Int[np.ndarray, "windows 2"]
    sources: Int[np.ndarray, "windows places positions"]
    shifts: Int[np.ndarray, "windows places"]
    origins: Int[np.ndarray, "windows line"]
    starts: Int[np.ndarray, "windows positions"]


class Program(NamedTuple):
    """What the loops do up to the end of positions, and the steps that follow."""

    lean: bool
    plan: tuple[tuple[int, int, int, int], ...]
    numbers: tuple[tuple[float, ...], ...]
    windows: tuple[tuple[Window, tuple[int, ...]], ...]
    positions: tuple[int, ...]
    rest: tuple[Step, ...]


def available() -> bool:
    """Whether numba is installed."""
    return find_spec("numba") is not None


def worth_it(made: Program, images: int, others: int) -> bool:
    """Whether loops are faster than what is compiled anew for every process, and can be had."""
    positions = prod(made.positions) ** (1 if made.lean else 2)
    return images * others * positions >= LEAST and available()


@cache
def program(steps: tuple[Step, ...], inputs: tuple[int, ...]) -> Program | None:
    """What the loops do for images of so many positions; None where they do not know a step."""
    if not steps or not isinstance(steps[0], Convolved):
        return None
    plan: list[tuple[int, int, int, int]] = []
    numbers: list[tuple[float, ...]] = []
    windows: list[tuple[Window, tuple[int, ...]]] = []
    positions = inputs
    for t, step in enumerate(steps):
        if isinstance(step, GlobalPool | Flatten):
            lean = isinstance(step, Flatten)
            return Program(lean, tuple(plan), tuple(numbers), tuple(windows), positions, tuple(steps[t + 1 :]))
        before = prod(positions)
        if isinstance(step, Convolved):
            window, positions = (step.window, positions), step.window.positions(positions)
            if windows:
                plan.append((WINDOW, before, prod(positions), len(windows)))
                numbers.append((0.0,) * 4)
            windows.append(window)
            step, before = step.factors, prod(positions)
        kind = _kind(step)
        if kind is None:
            return None
        plan.append((kind[0], before, before, 0))
        numbers.append(kind[1])
    return None


def _kind(step: Step) -> tuple[int, tuple[float, ...]] | None:
    if isinstance(step, Factors):
        return AFFINE, tuple(step)
    if isinstance(step, LayerNorm):
        return NORMAL, (0.0,) * 4
    dual = dual_of(step) if isinstance(step, Activation) else None
    if isinstance(dual, TwoSlopes) and dual.mean_square_slope:
        mean, kink = dual.mean_square_slope, dual.kink
        return SLOPES, (mean, kink, kink / mean, 0.0)
    return None


@cache
def places(window: Window, positions: tuple[int, ...]) -> tuple[Int[np.ndarray, "..."], ...]:
    """Sources, shifts, origins and starts of a window (see `Windows`); -1 stands for what is beyond the edges."""
    numbered = jnp.arange(1, prod(positions) + 1).reshape(positions)
    edged = np.asarray(window.padded(numbered, 0))
    origins = edged.ravel() - 1
    axes = (s * np.arange(n) for s, n in zip(window.strides, window.positions(positions), strict=True))
    starts = np.ravel_multi_index(np.meshgrid(*axes, indexing="ij"), edged.shape).ravel()
    shifts = np.ravel_multi_index(np.transpose(window.offsets()), edged.shape)
    return origins[starts + shifts[:, None]], shifts, origins, starts


@cache
def _tables(windows: tuple[tuple[Window, tuple[int, ...]], ...], beyond: int) -> tuple[np.ndarray, ...]:
    found = [places(*window) for window in windows]
    extents = np.array([(len(shifts), starts.max() + 1) for _, shifts, _, starts in found], np.int64)
    columns = []
    for column, kind in zip(zip(*found), (np.int64, np.int64, np.uint64, np.uint64), strict=True):
        shape = np.max([v.shape for v in column], 0)
        whole = np.full((len(found), *shape), beyond, np.int64)
        for out, v in zip(whole, column, strict=True):
            out[tuple(slice(n) for n in v.shape)] = np.where(v < 0, beyond, v)
        columns.append(whole.astype(kind))
    return (extents, *columns)


class Prepared(NamedTuple):
    """Images as the loops take them: directions of patches and roots of second moments, for either side of pairs."""

    patches: Float[np.ndarray, "images entries positions"]
    other: Float[np.ndarray, "..."]
    roots: Float[np.ndarray, "images steps positions"]
    other_roots: Float[np.ndarray, "..."]


def prepared(made: Program, size: Float[np.ndarray, "..."], unit: Float[np.ndarray, "..."]) -> Prepared:
    """From root mean squares over channels (*positions, images) and directions (channels, *positions, images)."""
    images, channels = size.shape[-1], len(unit)
    source = places(*made.windows[0])[0]
    a = _edged(size.reshape(-1, images).T)
    u = _edged(np.moveaxis(unit.reshape(channels, -1, images), -1, 0)) * a[:, None]
    q = (a.astype(np.float64)[:, source] ** 2).mean(1)
    norm = np.sqrt(len(source) * q).astype(a.dtype)[:, None, None]
    vectors = np.divide(u[:, :, source], norm, where=norm > 0, out=np.zeros((1,), a.dtype) * u[:, :, source])
    vectors = vectors.reshape(images, -1, vectors.shape[-1])
    entries, positions = vectors.shape[1:]
    patches = np.zeros((images, _filled(entries, 6 if made.lean else 3), _filled(positions, 2)), a.dtype)
    patches[:, :entries, :positions] = vectors
    roots = _roots(made, q, a.dtype)
    if made.lean:
        other, other_roots = (np.ascontiguousarray(v.T) for v in (patches, roots.swapaxes(1, 2)))
        return Prepared(patches, other, roots, other_roots)
    together = max(COLUMNS // patches.shape[2], 1)
    grouped = np.zeros((_filled(images, together), *patches.shape[1:]), a.dtype)
    grouped[:images] = patches
    grouped = grouped.reshape(-1, together, *patches.shape[1:]).swapaxes(1, 2)
    return Prepared(patches, np.ascontiguousarray(grouped).reshape(*grouped.shape[:2], -1), roots, roots)


def _filled(count: int, of: int) -> int:
    """The next multiple."""
    return -(-count // of) * of


def _edged(values: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """With a zero at the end, where -1 points to."""
    return np.concatenate([values, np.zeros_like(values[..., :1])], -1)


def _roots(made: Program, q: Float[np.ndarray, "images positions"], dtype: Any) -> Float[np.ndarray, "..."]:
    width = max(max(before, after) for _, before, after, _ in made.plan) + 1
    out = np.zeros((len(q), len(made.plan) + 1, width), dtype)
    out[:, 0, : q.shape[1]] = np.sqrt(q)
    for t, ((kind, _, _, window), numbers) in enumerate(zip(made.plan, made.numbers, strict=True), start=1):
        if kind == AFFINE:
            q = numbers[0] * q + numbers[1]
        elif kind == SLOPES:
            q = numbers[0] * q
        elif kind == NORMAL:
            q = np.where(q > 0, 1.0, 0.0)
        else:
            q = _edged(q)[:, places(*made.windows[window])[0]].mean(1)
        out[:, t, : q.shape[1]] = np.sqrt(q)
    return out


def pairs(made: Program, first: Prepared, second: Prepared, tangents: bool = True) -> Pairs:
    """What the loops find at the end of positions, for all pairs of two sets, or of one on and above the diagonal."""
    one, two = _run(made, first, second, "upper" if first is second else "all", tangents)
    if made.lean:
        q1, q2 = ((v.roots[:, -1, : prod(made.positions)] ** 2).mean(1) for v in (first, second))
    elif first is second:
        q1 = q2 = one.diagonal()
    else:
        q1, q2 = (_run(made, v, v, "own", False)[0].diagonal() for v in (first, second))
    found = (q1[:, None], q2[None, :], one, two)
    return Pairs(*jax.tree.map(jnp.asarray, found)) if made.lean else _of_covariances(*found)


def _run(
    made: Program, first: Prepared, second: Prepared, which: str, tangents: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    from theory.kernels import compiled

    dtype = first.patches.dtype
    one = np.zeros((len(first.patches), len(second.patches)), dtype)
    two = np.zeros_like(one) if tangents else None
    arc, excess = _series(dtype.name)
    width = first.roots.shape[2]
    work = partial(
        compiled.images,
        compiled.WHICH.index(which), made.lean, first.patches, second.other, first.roots, second.other_roots,
        np.array(made.plan, np.int64), np.array(made.numbers, dtype), _tables(made.windows, width - 1), arc, excess,
        one, two,
    )  # fmt: skip
    count = min(threads(), len(first.patches))
    if count == 1:
        work(0, 1)
    else:
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(work, range(count), [count] * count))
    return one, two


def threads() -> int:
    """As many as the processor has for us, and no more than linear algebra is told to take."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(int(given), there) if given.isdigit() and int(given) else there


@cache
def _series(dtype: str) -> tuple[tuple, tuple]:
    """Coefficients of the angle and of sine - angle cosine below half a radian, the highest power first."""
    degree, terms = (8, 5) if dtype == "float32" else (21, 9)
    excess = ((-1) ** (k + 1) * 2 * k / factorial(2 * k + 1) for k in range(terms, 0, -1))
    kind = np.dtype(dtype).type
    return tuple(kind(c) for c in arcsine_over_root(degree)), tuple(kind(c) for c in excess)
