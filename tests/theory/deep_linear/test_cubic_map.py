"""The cubic map against iteration, bisection, polynomial roots and the angle that it triples."""

import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.deep_linear.cubic_map import (
    cubic_thresholds,
    largest_start,
    two_cycle,
    two_cycle_loss,
    two_cycle_slope,
)
from theory.deep_linear.steps import balanced_step, stable_step
from theory.deep_linear.strategies import magnitudes

PRODUCTS = st.floats(1.0, 2.0)


def after(a: np.ndarray, s: float, step: np.ndarray, steps: int) -> np.ndarray:
    for _ in range(steps):
        a = np.clip(a * (1 + step * (s - a**2)), -1e9, 1e9)
    return a


@given(magnitudes(1e-6, 1e6), PRODUCTS)
def test_the_cycle_closes_after_two_steps(s: float, c: float) -> None:
    step = c / s
    high, low = two_cycle(s, step)
    assert_allclose(balanced_step(high, s, step, 2), low, rtol=1e-8)
    assert_allclose(balanced_step(low, s, step, 2), high, rtol=1e-8)
    assert_allclose(high * low * step**2, 1.0, rtol=1e-13)
    assert_allclose(two_cycle_loss(s, step), ((s - high) ** 2 + (s - low) ** 2) / 4, rtol=1e-9, atol=1e-13 * s**2)


@given(magnitudes(1e-3, 1e3), PRODUCTS)
def test_slope_of_two_steps_by_the_chain_rule(s: float, c: float) -> None:
    step = c / s
    slopes = 1 + step * (s - 3 * np.asarray(two_cycle(s, step)))
    assert_allclose(two_cycle_slope(s, step), slopes.prod(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("c", [1.1, 1.6, 2.0])
def test_the_cycle_is_a_root_of_the_map_taken_twice(c: float) -> None:
    x = np.polynomial.Polynomial([0, 1])
    once = x * (1 + c - x**2)
    roots = (once(once) - x).roots()
    squares = roots[np.abs(roots.imag) < 1e-6].real ** 2
    for strength in two_cycle(1.0, c):
        assert np.abs(squares - c * float(strength)).min() < 1e-6


def test_thresholds_by_iteration() -> None:
    """On either side of each: from one side, converged, in a cycle of two, bounded."""
    edges, starts = cubic_thresholds(), np.linspace(0.31, 0.97, 12)
    below, beyond = (after(starts, 1.0, np.full(12, edges.converges + d), 4000) for d in (-0.01, 0.01))
    assert_allclose(np.abs(below), 1.0, atol=1e-6)
    assert np.abs(np.abs(beyond) - 1).min() > 0.04
    twice = lambda c: after((a := after(starts, 1.0, np.full(12, c), 4000)), 1.0, c, 2) - a
    assert np.abs(twice(edges.cycles - 0.01)).max() < 1e-6
    assert np.abs(twice(edges.cycles + 0.01)).min() > 0.01
    assert np.abs(after(starts, 1.0, edges.bounded - 1e-9, 4000)).max() < 2.0
    assert np.abs(after(starts, 1.0, edges.bounded + 0.02, 4000)).min() == 1e9
    near = np.array([0.999])
    assert after(near, 1.0, np.array([edges.monotone - 0.01]), 1) < 1 < after(near, 1.0, edges.monotone + 0.01, 1)


def test_converges_is_two_over_the_least_sharpness() -> None:
    assert_allclose(stable_step(3.0, 2) * 3.0, cubic_thresholds().converges)
    assert_allclose(two_cycle_slope(1.0, 1.0), 1.0)
    assert_allclose(two_cycle_slope(1.0, cubic_thresholds().cycles), -1.0)


@given(st.floats(-3.14, 3.14))
def test_at_the_last_threshold_angles_are_tripled(theta: float) -> None:
    x = 2 * np.cos(theta)
    assert_allclose(x * (1 + 2.0 - x**2), -2 * np.cos(3 * theta), atol=1e-12)


@given(magnitudes(1e-3, 1e3), st.floats(0.01, 2.0), st.floats(0.0, 0.999))
def test_starts_within_stay_and_beyond_leave(s: float, c: float, part: float) -> None:
    step = c / s
    edge = float(largest_start(s, step))
    assert_allclose(after(np.array([edge]), s, step, 1), -edge, rtol=1e-9)
    assert np.abs(after(np.array([part * edge]), s, step, 50)).max() <= edge * (1 + 1e-9)
    assert np.abs(after(np.array([1.01 * edge]), s, step, 3000)).max() > 1e3 * edge


def test_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(ValueError, match=r"step \* s = 0.5 is outside the allowed products of step and"):
        two_cycle(1.0, 0.5)
    with pytest.raises(ValueError, match=r"step \* s = 3 is outside"):
        largest_start(1.0, 3.0)
    with pytest.raises(ValueError, match="s = -1 is outside the allowed strengths above zero"):
        two_cycle_loss(jnp.array(-1.0), 1.0)
