"""Chains of unequal weights against integrated weights and the closed forms they contain."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from theory.deep_linear.chain import chain_mode, chain_time
from theory.deep_linear.depth import deep_mode
from theory.deep_linear.modes import unbalanced_mode
from theory.deep_linear.strategies import chains, magnitudes, mode_strengths, times

curve = jax.jit(chain_mode)
time_of = jax.jit(chain_time)


def integrated(t: np.ndarray, s: float, weights: np.ndarray) -> np.ndarray:
    def flow(_: float, w: np.ndarray) -> list[float]:
        return [(s - w.prod()) * np.delete(w, k).prod() for k in range(w.size)]

    return solve_ivp(flow, (0, t[-1]), weights, t_eval=t, method="DOP853", rtol=1e-13, atol=1e-15).y.prod(axis=0)


CASES = [
    (2.0, [0.1, -0.5, 1.0]),  # crosses zero
    (2.0, [1e-3, 1e-3, 0.7]),  # two smallest weights alike
    (2.0, [0.3, -0.3, 0.7]),  # alike and on the wrong side: it decays to the saddle
    (-1.0, [0.4, 0.9, 1.2]),
    (0.0, [0.4, 0.9, -1.2]),
    (0.5, [2.0, 1.0, 1.5]),  # overshoot
    (0.5, [0.0, 1.0, 1.5]),
]


@pytest.mark.parametrize(("s", "weights"), CASES)
def test_against_integrated_weights(s: float, weights: list[float]) -> None:
    t, w = np.array([0.2, 1.0, 5.0]), np.array(weights)
    expected = integrated(t, s, w)
    size = max(abs(s), abs(w.prod()))
    assert_allclose([curve(x, s, w) for x in t], expected, rtol=0, atol=1e-11 * size)
    assert_allclose(curve(2 * t[1], s, w, 2.0), expected[1], rtol=0, atol=1e-11 * size)
    if abs(expected[0] - s) > 1e-3 and w.all():
        assert_allclose(time_of(expected[0], s, w), t[0], rtol=1e-9)
        assert_allclose(time_of(expected[0], s, w, 3.0), 3 * t[0], rtol=1e-9)


def test_it_contains_the_closed_forms() -> None:
    equal = jax.jit(deep_mode, static_argnums=3)
    for t in (0.0, 0.3, 9.0, 1e6):
        for s in (1.0, -1.0, 0.3):
            assert_allclose(curve(t, s, np.array([2.0, -0.2])), unbalanced_mode(t, s, 2.0, -0.2), atol=1e-12)
            assert_allclose(curve(t, s, np.full(3, 0.2)), equal(t, s, 0.008, 3), atol=1e-12)
            assert_allclose(curve(t, s, np.array([0.2])), s - (s - 0.2) * math.exp(-t), atol=1e-12)
    for t in (10.0, 499.0, 700.0):
        assert_allclose(curve(t, 1.0, np.full(3, 1e-3)), equal(t, 1.0, 1e-9, 3), rtol=1e-8)


@settings(max_examples=40)
@given(chains(), mode_strengths(1e-1, 1e1), times(5.0), times(5.0))
def test_weights_move_by_their_conserved_gaps(weights: list[float], s: float, first: float, second: float) -> None:
    """A flow: the weights at the first time follow from u alone, and from there it goes on."""
    w = np.array(weights)
    u = float(curve(first, s, w))
    smallest = np.abs(w).argmin()
    gaps = w**2 - w[smallest] ** 2
    assume((np.delete(gaps, smallest) > 0.01 * gaps.max()).all())  # else the sign of a root decides
    roots = np.roots([1.0, gaps.sum(), np.delete(gaps, smallest).prod(), -(u**2)])  # of prod(z^2 + gap) = u^2
    z = math.sqrt(max(r.real for r in roots if abs(r.imag) < 1e-9 * abs(r)))
    later = np.sign(w) * np.sqrt(z**2 + gaps)
    later[smallest] = math.copysign(z, u * np.prod(np.sign(np.delete(w, smallest))))
    size = max(abs(s), abs(w.prod()))
    condition = 1 + (first + second) * np.abs(w).max() ** 4 + (first + second) * abs(s) ** (4 / 3)
    error = abs(float(curve(second, s, later)) - float(curve(first + second, s, w)))
    assert error <= 1e-9 * size * condition


@settings(max_examples=40)
@given(chains(), mode_strengths(1e-1, 1e1), magnitudes(1e-2, 3.0))
def test_time_inverts_the_curve(weights: list[float], s: float, t: float) -> None:
    w = np.array(weights)
    u, u0 = float(curve(t, s, w)), float(w.prod())
    assume(abs(u - u0) > 1e-6 * abs(u0) and abs(s - u) > 1e-6 * abs(s) and abs(u) > 1e-6 * min(abs(s), abs(u0)))
    kernel = sum((u / x) ** 2 for x in np.sqrt(w**2 - (w**2).min() + 1e-300)) if u else 1.0
    assume(math.isfinite(kernel))
    found = float(time_of(u, s, w))
    speed = abs(float(curve(t * (1 + 1e-5), s, w)) - u) / (1e-5 * t)
    assume(speed > 0)
    assert abs(found - t) <= 1e-7 * t + 1e-11 * (abs(s) + abs(u) + abs(u0)) / speed


GRADED = [
    (1.0, 0.5, [1e-6, 1.4e-6, 1.0]),
    (1.0, 0.5, [-1e-6, 2e-6, 1.0]),  # crosses zero beside the saddle
    (2.0, 1.0, [1e-10, 1.5e-10, 1.0]),
    (-1.0, -0.5, [1e-8, 1e-4, 1e-2, 1.0]),
    (3.0, 2.0, [100.0, 1e-9, -2e-9]),
    (1.0, 0.5, [1e-5, 2e-5, 4e-5, 3.0]),
    (1.0, 5.0, [-30.0, 31.0, -29.0]),  # falls from far above
]


@pytest.mark.parametrize(("s", "u", "weights"), GRADED)
def test_times_of_graded_weights_by_quadrature_in_high_precision(s: float, u: float, weights: list[float]) -> None:
    """Weights many orders of magnitude apart: the branch points crowd one end of the way."""
    w = np.array(weights)
    expected = time_by_quadrature(s, u, weights)
    assert_allclose(time_of(u, s, w), expected, rtol=1e-13)
    start = float(np.prod(w))
    condition = 1 + expected * sum((s - u) * u / v**2 for v in np.sqrt(smallest_size(u, w) ** 2 + gaps_of(w)))
    assert_allclose(curve(expected, s, w), u, rtol=0, atol=1e-13 * max(abs(s), abs(start)) * abs(condition))


def gaps_of(weights: np.ndarray) -> np.ndarray:
    return weights**2 - (weights**2).min()


def smallest_size(u: float, weights: np.ndarray) -> float:
    """The size of the smallest weight where the product has the size of u, by halving in its logarithm."""
    low, high = -60.0, 10.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if np.sqrt(np.exp(2 * middle) + gaps_of(weights)).prod() < abs(u) else (low, middle)
    return math.exp(low)


def time_by_quadrature(s: float, u: float, weights: list[float]) -> float:
    """dz/(Q (s - z Q)) for the weight z of smallest size, decade after decade, with 30 digits."""
    with mpmath.workdps(30):
        sizes = sorted(mpmath.mpf(abs(w)) for w in weights)
        gaps = [a**2 - sizes[0] ** 2 for a in sizes[1:]]
        side, goal = (-1 if s < 0 else 1), mpmath.mpf(abs(s))
        others = lambda z: mpmath.fprod(mpmath.sqrt(z**2 + g) for g in gaps)
        start = side * int(np.prod(np.sign(weights))) * sizes[0]
        size = mpmath.findroot(
            lambda x: mpmath.log(mpmath.exp(x) * others(mpmath.exp(x)) / abs(u)), (-60, 10), "anderson"
        )
        end = mpmath.exp(size) * (1 if side * u > 0 else -1)
        decades = [sign * mpmath.mpf(10) ** k for k in range(-14, 3) for sign in (-1, 1)] + [mpmath.mpf(0)]
        way = [start, *sorted((x for x in decades if min(start, end) < x < max(start, end)), reverse=end < start), end]
        return float(mpmath.quad(lambda z: 1 / (others(z) * (goal - z * others(z))), way))


def test_a_plateau_too_long_for_its_clock_stays_on_the_curve() -> None:
    """Three tiny weights: t is known to no better than the plateau, and no rounding may carry u beyond its ends."""
    w = np.array([1e-50, 2e-50, 3e-50, 1.0])
    u = np.array([float(curve(t, 1.0, w)) for t in np.logspace(48, 51, 13)])
    assert (u >= w.prod()).all() and (u <= 1 + 1e-12).all()
    assert u[0] < 1e-90 and u[-1] > 1 - 1e-12


def test_derivatives() -> None:
    at, h = (0.7, 2.0, jnp.array([0.1, -0.5, 1.0])), 1e-6
    by_t, by_s, by_w = jax.jit(jax.grad(chain_mode, argnums=(0, 1, 2)))(*at)
    t, s, w = at
    assert_allclose(by_t, (curve(t + h, s, w) - curve(t - h, s, w)) / (2 * h), rtol=1e-6)
    assert_allclose(by_s, (curve(t, s + h, w) - curve(t, s - h, w)) / (2 * h), rtol=1e-6)
    for k in range(3):
        step = h * jnp.eye(3)[k]
        assert_allclose(by_w[k], (curve(t, s, w + step) - curve(t, s, w - step)) / (2 * h), rtol=1e-6)


def test_shapes_and_types() -> None:
    weights = np.full((4, 1, 3), 0.3)
    assert jax.eval_shape(chain_mode, np.linspace(0, 1, 3), 2.0, weights).shape == (4, 3)
    single = chain_mode(np.float32(1.0), 2.0, np.array([0.1, -0.5, 1.0], np.float32))
    assert single.dtype == np.float32
    assert_allclose(single, float(curve(1.0, 2.0, np.array([0.1, -0.5, 1.0]))), rtol=1e-4)
    for t, s, w in ((-1.0, 2.0, 0.3), (math.nan, 2.0, 0.3), (1.0, math.nan, 0.3), (1.0, 2.0, math.nan)):
        assert np.isnan(curve(t, s, np.array([0.3, w, 0.3])))
    assert np.isnan(time_of(3.0, 2.0, weights[0, 0]))


OUTSIDE = "is outside the allowed"
W = np.array([0.1, 0.5, 1.0])
BAD_INPUT: list[tuple[Callable[[], object], str]] = [
    (lambda: chain_mode(-1.0, 2.0, W), f"t = -1 {OUTSIDE} times at or after zero"),
    (lambda: chain_mode(1.0, 2.0, W, 0.0), f"tau = 0 {OUTSIDE} values above zero"),
    (lambda: chain_mode(1.0, 2.0, W * np.nan), f"weights = nan {OUTSIDE} finite numbers"),
    (lambda: chain_mode(1.0, 2.0, 0.3), "weights must have the chain's weights along their last axis"),
    (lambda: chain_mode(np.zeros(4), 2.0, np.ones((2, 3))), r"the shapes t \(4,\), s \(\), tau \(\), weights \(2,\)"),
    (lambda: chain_time(2.5, 2.0, W), f"u = 2.5 {OUTSIDE} products that this chain ever has"),
    (lambda: chain_time(2.0, 2.0, W), f"u = 2 {OUTSIDE} products that this chain ever has"),
    (lambda: chain_time(0.01, 2.0, W), f"u = 0.01 {OUTSIDE} products that this chain ever has"),
]


@pytest.mark.parametrize(("call", "message"), BAD_INPUT)
def test_bad_input(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        call()
