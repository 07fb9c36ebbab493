"""Learning of frequencies against matrix exponentials, dense eigenvalues, aliased series and each other."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.linalg import expm
from scipy.special import iv

from theory.kernels.relu_sphere import relu_ntk_eigenvalues
from theory.kernels.spectral_bias import grid_eigenvalues, learning_time, missed_share
from theory.kernels.spectrum_strategies import taylor_coefficients


def ntk(t):
    angle = jnp.arccos(jnp.clip(t, -1, 1))
    return (jnp.sin(angle) + 2 * t * (jnp.pi - angle)) / jnp.pi


def matrix(kernel, n: int) -> np.ndarray:
    angles = 2 * np.pi * np.arange(n) / n
    return np.asarray(kernel(jnp.asarray(np.cos(angles[:, None] - angles))))


@pytest.mark.parametrize("n", [1, 2, 7, 12])
def test_eigenvalues_of_the_matrix(n: int) -> None:
    """All but frequency 0 and n/2 come twice."""
    ours = np.asarray(grid_eigenvalues(ntk, n))
    twice = [v for k, v in enumerate(ours) for _ in range(1 if k in (0, n / 2) else 2)]
    assert_allclose(np.sort(twice), np.linalg.eigvalsh(matrix(ntk, n)) / n, atol=1e-14)


def test_a_fine_grid_takes_no_matrix() -> None:
    """Of 2^17 points it would fill 64 gigabytes; the integral over the circle is a Bessel function."""
    ours = np.asarray(grid_eigenvalues(jnp.exp, 2**17))
    assert_allclose(ours, iv(np.arange(len(ours)), 1.0), atol=1e-15)


def test_what_the_grid_cannot_tell_apart() -> None:
    """The sum over frequencies that look alike; odd ones above one have none to borrow from on an even grid."""
    n, top = 10, 40000
    circle = np.asarray(relu_ntk_eigenvalues(np.arange(top), 2))
    ours = np.asarray(grid_eigenvalues(ntk, n))
    for k in range(n // 2 + 1):
        alike = circle[k::n].sum() + circle[n - k :: n].sum()
        expected = circle[0] + 2 * circle[n::n].sum() if k == 0 else alike
        assert_allclose(ours[k], expected, atol=3e-6)
    assert abs(ours[3]) < 1e-15


def test_against_the_flow_of_a_matrix() -> None:
    n, t = 12, 3.7
    left = expm(-matrix(ntk, n) * t / n)
    for k in range(7):
        wave = np.cos(2 * np.pi * k * np.arange(n) / n)
        assert_allclose(left @ wave, float(missed_share(t, abs(grid_eigenvalues(ntk, n)[k]))) * wave, atol=1e-13)


@given(taylor_coefficients(), st.integers(1, 9))
def test_trace_and_positivity(coefficients: list[float], n: int) -> None:
    kernel = lambda t: jnp.polyval(jnp.asarray(coefficients[::-1]), t)
    ours = np.asarray(grid_eigenvalues(kernel, n))
    times = [1 if k in (0, n / 2) else 2 for k in range(len(ours))]
    assert_allclose(ours @ times, 1.0, rtol=1e-12)
    assert ours.min() > -1e-15


@given(st.floats(1e-6, 1e3), st.floats(1e-9, 1.0), st.floats(0.01, 100.0))
def test_times_and_shares_undo_each_other(rate: float, share: float, factor: float) -> None:
    wait = float(learning_time(rate, share))
    assert_allclose(missed_share(wait, rate), share, rtol=1e-12)
    assert_allclose(learning_time(factor * rate, share), wait / factor, rtol=1e-12)


def test_limits_transformations_and_bad_input() -> None:
    assert learning_time(0.0, 0.5) == jnp.inf and learning_time(0.0, 1.0) == 0.0
    assert missed_share(5.0, 0.0) == 1.0
    rates = jnp.array([0.1, 0.5])
    f = lambda r: learning_time(r, 0.2)
    assert_allclose(jax.jit(jax.vmap(f))(rates), f(rates), rtol=1e-14)
    assert f(jnp.array(0.5, jnp.float32)).dtype == jnp.float32
    assert jnp.isnan(jax.jit(f)(-1.0))
    with pytest.raises(ValueError, match=r"missed = 0 is outside the allowed shares in \(0, 1\]"):
        learning_time(0.5, 0.0)
    with pytest.raises(ValueError, match="times = -1 is outside the allowed times at or after zero"):
        missed_share(-1.0, 0.5)
    with pytest.raises(ValueError, match="kernel = inf is outside|kernel = nan is outside"):
        grid_eigenvalues(lambda t: 1 / (1 - t), 4)
