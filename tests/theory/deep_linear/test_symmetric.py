"""The symmetric flow against its integrated factor, closed modes, the two-layer flow and its theorems."""

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from theory.deep_linear.matrix_strategies import symmetric_targets
from theory.deep_linear.modes import balanced_mode
from theory.deep_linear.riccati import two_layer_trajectory
from theory.deep_linear.symmetric import symmetric_limit, symmetric_path

TIMES = np.array([0.0, 0.05, 0.7, 3.0])
PATH = jax.jit(symmetric_path)


def integrated(factor: np.ndarray, target: np.ndarray, times: np.ndarray) -> np.ndarray:
    shape = factor.shape
    velocity = lambda _, y: ((target - (u := y.reshape(shape)) @ u.T) @ u).ravel()
    run = solve_ivp(velocity, (0, times[-1]), factor.ravel(), method="DOP853", t_eval=times, rtol=1e-12, atol=1e-15)
    return np.array([(u := y.reshape(shape)) @ u.T for y in run.y.T])


@settings(max_examples=25, deadline=None)
@given(symmetric_targets(4), st.sampled_from([2, 6]), st.floats(-3.0, 0.0), st.integers(0, 99))
def test_against_the_integrated_factor(target: np.ndarray, width: int, exponent: float, seed: int) -> None:
    """Any signs and ranks of the target, narrow and wide factors, small and large starts."""
    factor = 10.0**exponent * np.random.default_rng(seed).standard_normal((4, width))
    exact = integrated(factor, np.asarray(target), TIMES)
    assert_allclose(PATH(TIMES, factor, target), exact, atol=1e-9 * max(1.0, np.abs(exact).max()))


@settings(max_examples=25, deadline=None)
@given(symmetric_targets(4), st.integers(0, 99))
def test_positive_semigroup_and_rotations(target: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    factor = 0.3 * rng.standard_normal((4, 6))
    path = np.asarray(PATH(TIMES, factor, target))
    assert np.linalg.eigvalsh(path).min() > -1e-13 * np.abs(path).max()
    root = np.linalg.cholesky(path[2] + 1e-14 * np.eye(4))
    after = np.array([0.0, 0.1, TIMES[3] - TIMES[2], 9.0])
    assert_allclose(PATH(after, np.pad(root, ((0, 0), (0, 2))), target)[2], path[3], atol=1e-6 * np.abs(path).max())
    turn, hidden = (np.linalg.qr(rng.standard_normal((n, n)))[0] for n in (4, 6))
    turned = PATH(TIMES, turn @ factor @ hidden, turn @ np.asarray(target) @ turn.T)
    assert_allclose(turned, turn @ path @ turn.T, atol=1e-9 * np.abs(path).max())


@settings(max_examples=30, deadline=None)
@given(st.floats(-2.0, 2.0), st.floats(-4.0, 0.5))
def test_aligned_modes_are_sigmoids(s: float, exponent: float) -> None:
    """Each of its own strength and start; one without signal decays as p / (1 + 2 p t)."""
    start, strengths = 10.0 ** np.array([exponent, exponent / 2]), np.array([s, 0.0, -s, 1.0])
    path = PATH(TIMES, np.pad(np.diag(start), ((0, 2), (0, 0))), np.diag(strengths))
    for mode in range(2):
        assert_allclose(path[:, mode, mode], balanced_mode(TIMES, strengths[mode], start[mode] ** 2), rtol=1e-9)
    assert_allclose(path[:, 1, 1], start[1] ** 2 / (1 + 2 * start[1] ** 2 * TIMES), rtol=1e-9)


def test_two_equal_layers_are_one_symmetric_factor() -> None:
    """The start W1 = U', W2 = U stays symmetric: the same product, in the same time."""
    rng = np.random.default_rng(0)
    factor, target = 0.2 * rng.standard_normal((4, 2)), rng.standard_normal((4, 4))
    target = target + target.T
    both = two_layer_trajectory(TIMES, [factor.T, factor], target)
    assert_allclose(PATH(TIMES, factor, target), both, atol=1e-13)


def test_late_times_end_at_the_limit() -> None:
    rng = np.random.default_rng(1)
    turn = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    target = (turn * [6.0, 1.0, 0.2, -3.0]) @ turn.T
    for width in (2, 6):
        path = PATH(np.array([1e9, 0.0, 1e6, 1e12]), 1e-4 * rng.standard_normal((4, width)), target)
        kept = (turn * [6.0, 1.0, 0.2 * (width > 2), 0.0]) @ turn.T
        assert_allclose(symmetric_limit(target, width), kept, atol=1e-14)
        assert_allclose(path[0], kept, atol=1e-13)


def test_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    u, t = jnp.eye(2), jnp.array([1.0])
    with pytest.raises(ValueError, match="= 2 is outside the allowed asymmetries within rounding; factorize it by two"):
        symmetric_path(t, u, jnp.array([[0.0, 2.0], [0.0, 0.0]]))
    with pytest.raises(ValueError, match=r"target has shape \(3, 3\) but the factor has 2 rows"):
        symmetric_path(t, u, jnp.eye(3))
    with pytest.raises(ValueError, match="times = -1 is outside"):
        symmetric_path(-t, u, u)
    with pytest.raises(ValueError, match="width = 0 is below the least allowed"):
        symmetric_limit(u, 0)
