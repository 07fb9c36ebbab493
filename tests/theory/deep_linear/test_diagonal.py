"""Interpolators of diagonal networks against flows, optimality by definition, and the two limits."""

import jax.numpy as jnp
import jaxtyping
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp
from scipy.optimize import linprog

from theory.deep_linear.diagonal import diagonal_interpolator, diagonal_penalty

SEEDS = st.integers(0, 2**31 - 1)


def problem(seed: int, n: int = 5, d: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d)) / d**0.5
    return x, x @ (rng.standard_normal(d) * (np.arange(d) < 3))


def flowed(x: np.ndarray, y: np.ndarray, alpha: np.ndarray, depth: int, until: float) -> np.ndarray:
    d = x.shape[1]

    def velocity(_: float, u: np.ndarray) -> np.ndarray:
        plus, minus = u[:d], u[d:]
        slope = depth * x.T @ (x @ (plus**depth - minus**depth) - y)
        return np.concatenate([-slope * plus ** (depth - 1), slope * minus ** (depth - 1)])

    start = np.concatenate([alpha, alpha])
    u = solve_ivp(velocity, (0, until), start, method="LSODA", rtol=1e-11, atol=1e-14).y[:, -1]
    return u[:d] ** depth - u[d:] ** depth


@pytest.mark.parametrize("depth", [2, 3, 5])
@pytest.mark.parametrize("alpha", [0.1, 0.6, 2.0])
def test_limit_of_the_flow(depth: int, alpha: float) -> None:
    """The flow itself, 24 coordinates of weights; also with a start of its own scale in every coordinate."""
    x, y = problem(depth)
    for scale in (np.full(12, alpha), alpha * np.linspace(0.7, 1.3, 12)):
        found = flowed(x, y, scale, depth, 3e4 / min(alpha, 1.0))
        assert_allclose(x @ found, y, atol=1e-8)
        assert_allclose(diagonal_interpolator(x, y, scale, depth), found, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.floats(-6.0, 3.0), st.sampled_from([2, 3, 4, 7]))
def test_interpolates_and_lies_on_the_mirror_path(seed: int, exponent: float, depth: int) -> None:
    """Any scale from 1e-6 to 1e3: Xw = y, and the inverse of the mirror map takes w into the span of the rows."""
    x, y = problem(seed)
    alpha = 10.0 ** (exponent / (depth - 1))
    w = np.asarray(diagonal_interpolator(x, y, alpha, depth))
    assert_allclose(x @ w, y, rtol=1e-9, atol=1e-11)
    if depth == 2:
        z = np.arcsinh(w / (2 * alpha**2))
        outside = z - np.linalg.pinv(x) @ (x @ z)
        assert np.abs(outside).max() <= 1e-7 * max(1.0, np.abs(z).max())


def test_least_penalty_among_interpolators() -> None:
    """Moves within the interpolators raise Q, to second order as its Hessian 1/sqrt(w^2 + 4 alpha^4) says."""
    x, y = problem(3)
    w = np.asarray(diagonal_interpolator(x, y, 0.4))
    least, kernel = float(diagonal_penalty(w, 0.4).sum()), np.linalg.svd(x)[2][5:]
    for step in np.random.default_rng(0).standard_normal((20, 7)) @ kernel:
        curvature = (step**2 / np.sqrt(w**2 + 4 * 0.4**4)).sum()
        assert_allclose(float(diagonal_penalty(w + 1e-3 * step, 0.4).sum()) - least, 0.5e-6 * curvature, rtol=1e-2)


@pytest.mark.parametrize("depth", [2, 3])
def test_kernel_and_rich_limits(depth: int) -> None:
    """Large starts: least Euclidean norm. Small ones: least sum of absolute values, excess falling all the way."""
    x, y = problem(7)
    assert_allclose(diagonal_interpolator(x, y, 300.0, depth), np.linalg.pinv(x) @ y, rtol=1e-3, atol=1e-5)
    least = linprog(np.ones(24), A_eq=np.c_[x, -x], b_eq=y).fun
    scales = (1e-1, 1e-2, 1e-4, 1e-8) if depth == 2 else (1e-1, 1e-2, 1e-3, 1e-4)
    excess = [float(jnp.abs(diagonal_interpolator(x, y, a, depth)).sum()) / least - 1 for a in scales]
    assert all(a > b for a, b in zip(excess, excess[1:]))
    assert -1e-9 < excess[-1] < 0.02


@pytest.mark.parametrize("z", [1e-12, 1e-9, 1e-3, 1.0, 50.0, 1e8])
def test_penalty_in_many_digits(z: float) -> None:
    with mpmath.workdps(60):
        exact = 2 - mpmath.sqrt(4 + mpmath.mpf(z) ** 2) + z * mpmath.asinh(mpmath.mpf(z) / 2)
        assert_allclose(diagonal_penalty(0.09 * z, 0.3), float(0.09 * exact), rtol=1e-13)
        assert_allclose(diagonal_penalty(-0.09 * z, 0.3), float(0.09 * exact), rtol=1e-13)


def test_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    x, y = problem(0)
    for alpha in (0.0, -1.0):
        with pytest.raises(ValueError, match=f"alpha = {alpha:g} is outside the allowed scales above zero"):
            diagonal_interpolator(x, y, alpha)
    with pytest.raises(ValueError, match="alpha = 0 is outside"):
        diagonal_penalty(1.0, 0.0)
    with pytest.raises(ValueError, match="depth = 1 is below the least allowed, 2"):
        diagonal_interpolator(x, y, 1.0, 1)
    with pytest.raises(ValueError, match=r"5 examples but targets of shape \(4,\)"):
        diagonal_interpolator(x, y[:4], 1.0)
    with pytest.raises(ValueError, match="no w meets these targets"):
        diagonal_interpolator(np.ones((2, 3)), np.array([1.0, 2.0]), 1.0)


@pytest.mark.parametrize(("alpha", "depth"), [(1e-170, 2), (1e160, 2), (1e100, 3)])
def test_scales_beyond_all_numbers_are_named(alpha: float, depth: int) -> None:
    with pytest.raises(ValueError, match="is outside the allowed scales whose powers up to 2 depth - 2 are normal"):
        diagonal_interpolator(*problem(0), alpha, depth)


@pytest.mark.parametrize(("w", "alpha"), [(1e200, 1.0), (1e-140, 1e-3), (3.0, 1e-100), (1e150, 1e80)])
def test_penalty_of_extreme_weights(w: float, alpha: float) -> None:
    """Where the square of w/alpha^2 overflows or vanishes, in 400 digits."""
    with mpmath.workdps(400):
        z = mpmath.mpf(w) / mpmath.mpf(alpha) ** 2
        expected = mpmath.mpf(alpha) ** 2 * (2 - mpmath.sqrt(4 + z**2) + z * mpmath.asinh(z / 2))
    assert_allclose(float(diagonal_penalty(w, alpha)), float(expected), rtol=1e-13)
