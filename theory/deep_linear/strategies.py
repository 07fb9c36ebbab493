"""Hypothesis strategies for theorems on modes of deep linear networks (extra `property`).

    from hypothesis import given
    from theory.deep_linear.strategies import balanced_modes

    @given(balanced_modes())
    def test_learned_monotonically(mode): ...

Numbers are drawn log-uniformly, so that extremes of both ends come up. Shapes come from a short list: each costs a
compile.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

SHAPES = ((), (3,), (4, 1), (4, 3))


class BalancedMode(NamedTuple):
    """A mode of strength u0 at t = 0 that learns s with `depth` equally strong layers."""

    s: float
    u0: float
    depth: int | float


class UnbalancedMode(NamedTuple):
    """A two-layer mode that learns s from the weights a0 and b0."""

    s: float
    a0: float
    b0: float


def magnitudes(least: float = 1e-6, most: float = 1e6) -> st.SearchStrategy[float]:
    """Positive numbers, uniform in their logarithm."""
    return st.floats(math.log10(least), math.log10(most)).map(lambda x: min(max(10.0**x, least), most))


def signed(sizes: st.SearchStrategy[float]) -> st.SearchStrategy[float]:
    """Numbers of either sign."""
    return st.builds(lambda size, side: side * size, sizes, st.sampled_from((1.0, -1.0)))


def mode_strengths(
    least: float = 1e-3, most: float = 1e3, negative: bool = True, zero: bool = True
) -> st.SearchStrategy[float]:
    """Singular values s of a task, by default of either sign and sometimes zero."""
    sizes = magnitudes(least, most)
    values = signed(sizes) if negative else sizes
    return st.one_of(values, st.just(0.0)) if zero else values


def starts(least: float = 1e-12, most: float = 1e3, negative: bool = True) -> st.SearchStrategy[float]:
    """Initial strengths u0, never zero; pass `least=1e-300` for the longest plateaus that double precision holds."""
    sizes = magnitudes(least, most)
    return signed(sizes) if negative else sizes


def depths(least: int = 1, most: int = 7, infinite: bool = True) -> st.SearchStrategy[int | float]:
    """Numbers of weight matrices; few, because each depth is compiled once."""
    finite = st.integers(least, most)
    return st.one_of(finite, st.just(math.inf)) if infinite else finite


def times(most: float = 1e6) -> st.SearchStrategy[float]:
    """Times from zero on, zero included."""
    return st.one_of(st.just(0.0), magnitudes(min(1e-6, most), most))


def steps(least: float = 1e-4, most: float = 1.0) -> st.SearchStrategy[float]:
    """Step sizes."""
    return magnitudes(least, most)


def shapes() -> st.SearchStrategy[tuple[int, ...]]:
    """Shapes of arrays of modes, which broadcast against each other."""
    return st.sampled_from(SHAPES)


@st.composite
def balanced_modes(
    draw: Callable, learned: bool = False, depth: st.SearchStrategy[int | float] | None = None, closest: float = 1e-14
) -> BalancedMode:
    """Balanced modes with tiny starts, starts beside s or beyond it, starts on the wrong side.

    Args:
        learned: only modes that rise from u0 towards an s of the same sign.
        depth: strategy for the depth; by default 2 to 7 or infinite.
        closest: smallest relative distance of a start from s.
    """
    d = draw(depths(2) if depth is None else depth)
    s = draw(mode_strengths(negative=not learned, zero=not learned))
    size = abs(s) or 1.0
    tiny = magnitudes(1e-12, 0.5).map(lambda x: x * size)
    near = magnitudes(closest, 0.5).map(lambda x: (1 - x) * size)
    beyond = magnitudes(closest, 1e4).map(lambda x: (1 + x) * size)
    u0 = draw(st.one_of(tiny, near) if learned else signed(st.one_of(tiny, near, beyond)))
    return BalancedMode(s, u0, d)


@st.composite
def unbalanced_modes(draw: Callable) -> UnbalancedMode:
    """Two-layer modes from any weights: balanced, nearly balanced, one layer at zero, or far out of balance."""
    a0 = draw(signed(magnitudes(1e-4, 1e2)))
    nearly = st.floats(0.999999, 1.000001)
    ratio = draw(st.one_of(st.sampled_from((0.0, 1.0, -1.0)), signed(magnitudes(1e-6, 1.0)), nearly))
    a0, b0 = draw(st.permutations((a0, a0 * ratio)))
    return UnbalancedMode(draw(mode_strengths(1e-2, 1e2)), a0, b0)


def chains(length: int = 3) -> st.SearchStrategy[list[float]]:
    """Weights of a chain, of either sign and of very different sizes, some of them equal."""
    weight = st.one_of(signed(magnitudes(1e-3, 3.0)), st.sampled_from((0.5, -0.5)))
    return st.lists(weight, min_size=length, max_size=length)


@st.composite
def degree_spectra(draw: Callable, degrees: int, steepest: float = 1e-3) -> np.ndarray:
    """Eigenvalues of that many degrees, falling by factors down to `steepest`."""
    ratios = [draw(magnitudes(steepest, 1.0)) for _ in range(degrees - 1)]
    return draw(magnitudes(1e-2, 1e2)) * np.cumprod([1.0, *ratios])


def seen_cubes(coordinates: int) -> st.SearchStrategy[np.ndarray]:
    """Which points of a cube were seen, as an array of axes of length 2; at least one."""
    points = st.lists(st.booleans(), min_size=2**coordinates, max_size=2**coordinates).filter(any)
    return points.map(lambda seen: np.array(seen).reshape((2,) * coordinates))


def slope_pairs(least: float = 1e-3, most: float = 1e3) -> st.SearchStrategy[tuple[float, float]]:
    """Slopes of a function of one direction on its two sides, of any signs: even, odd, one-sided, or anything."""
    slope = st.builds(lambda size, sign: size * sign, magnitudes(least, most), st.sampled_from((-1.0, 1.0)))
    related = st.builds(lambda p, ratio: (p, ratio * p), slope, st.sampled_from((1.0, -1.0, 0.0)))
    return related | st.tuples(slope, slope)


def noisy_networks() -> st.SearchStrategy[tuple[tuple[np.ndarray, ...], float]]:
    """Layers of a linear network and the standard deviation of the noise behind each."""

    def of(widths, entries, sigma):  # noqa: ANN001, ANN202 (a checker that samples sequences disturbs Hypothesis)
        shapes = list(zip(widths[1:], widths[:-1], strict=True))
        cuts = np.cumsum([a * b for a, b in shapes])
        parts = np.split(np.array(entries)[: cuts[-1]], cuts[:-1])
        return tuple(part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)), sigma

    widths = st.sampled_from(((3, 2), (2, 3, 2), (3, 3, 3)))
    entries = st.lists(signed(magnitudes(1e-2, 3.0)), min_size=18, max_size=18)
    return st.builds(of, widths, entries, magnitudes(1e-2, 1e2))
