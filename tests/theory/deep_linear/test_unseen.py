"""The leak against an integration of the flow, high precision, its powers, and interpolators by brute force."""

import itertools

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from theory.deep_linear.strategies import magnitudes
from theory.deep_linear.unseen import bias_along_leak, leaked_weight, min_degree_interpolator, unseen_error


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
@pytest.mark.parametrize(("c", "alpha"), [(0.6, 0.5), (0.6, 0.05), (-1.0, 0.3), (2.0, 0.9)])
def test_leak_by_integrating_every_weight(depth, c, alpha):
    """Separate layers, not assumed equal, on the squared error of the frozen part."""

    def flow(_, state):
        b, w = state[0], state[1:]
        error = b + np.prod(w) - c
        others = np.array([np.prod(np.delete(w, i)) for i in range(depth)])
        return -error * np.concatenate([[1.0], others])

    end = solve_ivp(flow, (0, 60), np.r_[0.0, np.full(depth, alpha)], rtol=1e-11, atol=1e-14, method="LSODA").y[:, -1]
    theta = np.prod(end[1:])
    assert_allclose(leaked_weight(c, alpha, depth), theta, rtol=1e-7)
    assert_allclose(bias_along_leak(theta, alpha, depth), end[0], rtol=1e-6, atol=1e-9)


@given(st.floats(-3, 3), magnitudes(1e-4, 2.0), st.integers(2, 6))
def test_leak_solves_its_equation(c, alpha, depth):
    theta = float(leaked_weight(c, alpha, depth))
    assert theta > 0
    with mp.workdps(40):
        a, x, n = mp.mpf(alpha), mp.mpf(theta), depth
        bias = lambda x: mp.log(x / a**2) / 2 if n == 2 else (a ** (2 - n) - x ** (mp.mpf(2 - n) / n)) / (n - 2)
        slope = 1 / (n * x ** (2 - mp.mpf(2) / n)) + 1
        assert abs((bias(x) + x - c) / slope) < 1e-12 * x


@pytest.mark.parametrize(("depth", "power"), [(2, 2), (3, 3), (5, 5)])
def test_small_starts_leak_a_power(depth, power):
    small = np.array([1e-3, 1e-4])
    leak = np.asarray(leaked_weight(0.6, small, depth))
    assert_allclose(np.log10(leak[0] / leak[1]), power, rtol=2e-3)
    if depth == 2:
        assert_allclose(leak[1], 1e-8 * np.exp(1.2), rtol=1e-6)


def test_published_setting_by_hand():
    """One layer leaks half; the numbers of two and three layers at c = 0.6, to all digits known."""
    assert_allclose(leaked_weight(0.6, 0.01, 1), 0.305)
    assert_allclose(leaked_weight(0.6, np.array([0.5, 0.1, 0.01]), 2), [0.384612, 0.0311932, 3.31791e-4], rtol=3e-6)
    assert_allclose(leaked_weight(0.6, np.array([0.5, 0.1]), 3), [0.230637, 0.00120351], rtol=3e-6)


def values(table: np.ndarray, points: np.ndarray) -> np.ndarray:
    masks = np.array(list(itertools.product((0, 1), repeat=table.ndim)))
    monomials = np.prod(np.where(masks[None] == 1, points[:, None, :], 1.0), axis=2)
    return monomials @ table.ravel()


@given(st.integers(0, 2**32 - 1), st.integers(0, 3))
def test_interpolator_of_minimal_degree(seed, frozen):
    """Equal on the seen half; any other interpolator differs from it by a multiple of x_k - 1, of higher degree."""
    rng = np.random.default_rng(seed)
    table = rng.standard_normal((2,) * 4)
    found = np.asarray(min_degree_interpolator(table, frozen))
    cube = np.array(list(itertools.product((-1, 1), repeat=4)))
    seen = cube[cube[:, frozen] == 1]
    assert_allclose(values(found, seen), values(table, seen), atol=1e-12)
    degree = np.indices((2,) * 4).sum(0)
    other = found + rng.standard_normal() * (table - found)
    weights = [[(t[degree == k] ** 2).sum() for k in range(4, -1, -1)] for t in (found, other)]
    differing = [a - b for a, b in zip(*weights, strict=True) if abs(a - b) > 1e-12]
    assert not differing or differing[0] < 0


def test_errors_on_the_unseen_half():
    theta, c, b = 0.1, np.array([0.6, -0.4]), 0.5
    unseen = np.array([[-1, -1], [-1, 1]])
    gap = (b + unseen @ np.array([theta, c[1]])) - unseen @ c
    assert_allclose(unseen_error(0.6, 0.1), np.mean(gap**2))


def test_bad_input_and_transformations():
    with pytest.raises(ValueError, match="start = 0 is outside the allowed starts above zero"):
        leaked_weight(0.5, 0.0, 2)
    with pytest.raises(ValueError, match="equal positive layers never change sign"):
        bias_along_leak(-0.1, 0.1, 3)
    with pytest.raises(ValueError, match="depth = 0 is below"):
        leaked_weight(0.5, 0.1, 0)
    with pytest.raises(ValueError, match=r"shape \(3,\); each of d axes must have length 2"):
        min_degree_interpolator(np.ones(3), 0)
    with pytest.raises(ValueError, match="frozen = 2 is above the last axis, 1"):
        min_degree_interpolator(np.ones((2, 2)), 2)
    assert bool(jnp.isnan(jax.jit(lambda a: leaked_weight(0.5, a, 2))(-1.0)))
