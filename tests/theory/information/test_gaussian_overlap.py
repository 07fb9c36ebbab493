"""The divergence of Gaussian laws by quadrature, and information of Gaussian vectors by canonical correlations."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.information.cauchy_schwarz import gaussian_cauchy_schwarz
from theory.information.gaussian import canonical_correlations
from theory.information.gaussian_overlap import gaussian_divergence, gaussian_vector_cauchy_schwarz
from theory.information.strategies import seeds

LINE = (np.zeros(1), np.eye(1))


def laws(d: int, seed: int) -> tuple[np.ndarray, ...]:
    """Means and covariances of two laws, of condition numbers up to some hundreds."""
    rng = np.random.default_rng(seed)
    roots = rng.standard_normal((2, d, d))
    p, q = (r @ r.T + 0.1 * np.eye(d) for r in roots)
    return rng.standard_normal(d), p, rng.standard_normal(d), q


def by_grid(law: tuple[np.ndarray, ...]) -> float:
    """The three integrals of the definition as sums over a grid, which for analytic densities converge at once."""
    d = len(law[0])
    axes = np.meshgrid(*[np.linspace(-30, 30, 1501 if d == 2 else 40_001)] * d)
    points = np.stack([a.ravel() for a in axes])

    def density(mean: np.ndarray, sigma: np.ndarray) -> np.ndarray:
        away = points - mean[:, None]
        weights = np.exp(-0.5 * np.sum(away * np.linalg.solve(sigma, away), axis=0))
        return weights / weights.sum()

    p, q = density(law[0], law[1]), density(law[2], law[3])
    return float(np.log(p @ p) + np.log(q @ q) - 2 * np.log(p @ q))


@pytest.mark.parametrize(("d", "seed"), [(1, 0), (1, 1), (2, 2), (2, 3)])
def test_divergence_by_quadrature(d: int, seed: int) -> None:
    assert_allclose(gaussian_divergence(*laws(d, seed)), by_grid(laws(d, seed)), rtol=1e-9)


@given(st.sampled_from((1, 2, 5)), seeds())
def test_divergence_properties(d: int, seed: int) -> None:
    """Symmetric, not negative, zero for equal laws, blind to affine maps, additive over independent coordinates."""
    m, p, n, q = laws(d, seed)
    value = gaussian_divergence(m, p, n, q)
    assert value > 0 and gaussian_divergence(m, p, m, p) == 0
    assert_allclose(gaussian_divergence(n, q, m, p), value, rtol=1e-9)
    rng = np.random.default_rng(seed)
    a, b = np.linalg.qr(rng.standard_normal((d, d)))[0] * rng.uniform(0.5, 2, d), rng.standard_normal(d)
    assert_allclose(gaussian_divergence(a @ m + b, a @ p @ a.T, a @ n + b, a @ q @ a.T), value, rtol=1e-8)
    twice = [np.concatenate([m, m]), np.kron(np.eye(2), p), np.concatenate([n, n]), np.kron(np.eye(2), q)]
    assert_allclose(gaussian_divergence(*twice), 2 * value, rtol=1e-9)


@pytest.mark.parametrize("variance", [1 + 2.0**-30, 1.5, 2.9, 3.1, 100.0, 1e30, 1e-30, 1e300])
def test_divergence_on_a_line_in_many_digits(variance: float) -> None:
    """Near one log-determinants cancel, far from it the contrast is one; both sides of where the form changes."""
    with mpmath.workdps(60):
        v = mpmath.mpf(variance)
        exact = float(mpmath.log((1 + v) / 2) - mpmath.log(v) / 2)
    assert_allclose(gaussian_divergence(*LINE, np.zeros(1), np.array([[variance]])), exact, rtol=1e-12)


def test_divergence_extremes() -> None:
    assert_allclose(gaussian_divergence(*LINE, np.array([1e-100]), np.eye(1)), 0.5e-200, rtol=1e-12)
    assert gaussian_divergence(*LINE, np.array([1e200]), np.eye(1)) == np.inf
    far = np.array([1.7e308])
    assert gaussian_divergence(far, np.eye(1), -far, np.eye(1)) == np.inf
    wide = np.diag([1e-300, 1.0, 1e300])
    assert_allclose(gaussian_divergence(np.zeros(3), wide, np.zeros(3), 4 * wide), 3 * np.log(5 / 4), rtol=1e-12)


@given(st.sampled_from(((2, 1), (5, 2), (5, 4))), seeds())
def test_information_by_canonical_correlations(shape: tuple[int, int], seed: int) -> None:
    d, split = shape
    sigma = laws(d, seed)[1]
    pairs = gaussian_cauchy_schwarz(canonical_correlations(sigma, split)).sum()
    assert_allclose(gaussian_vector_cauchy_schwarz(sigma, split), pairs, rtol=1e-8)


@pytest.mark.parametrize("rho", [1e-9, -0.3, 0.8, 0.999])
def test_information_of_two_variables(rho: float) -> None:
    sigma = np.array([[4.0, 2 * rho * 5], [2 * rho * 5, 25.0]])
    assert_allclose(gaussian_vector_cauchy_schwarz(sigma, 1), gaussian_cauchy_schwarz(rho), rtol=1e-11)


def test_information_of_independent_parts() -> None:
    assert gaussian_vector_cauchy_schwarz(np.diag([1.0, 2.0, 3.0]), 2) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros(1), -np.eye(1), *LINE), "sigma_p must be finite, symmetric and positive definite"),
        ((*LINE, np.zeros(1), np.full((1, 1), np.nan)), "sigma_q must be finite, symmetric"),
        ((*LINE, np.zeros(1), np.ones((1, 2))), r"sigma_q has shape \(1, 2\) but must be square"),
        ((np.zeros(2), np.array([[1.0, 0.5], [0.4, 1.0]]), *LINE), "sigma_p must be finite, symmetric"),
        ((np.zeros(2), np.ones((2, 2)), *LINE), "positive definite"),
        ((np.zeros(2), np.eye(2), *LINE), "covariances of 2 and 1 coordinates"),
        ((np.zeros(2), np.eye(1), *LINE), r"mean_p has shape \(2,\) but must hold one number for each of 1"),
        ((np.array([np.inf]), np.eye(1), *LINE), "mean_p must be finite"),
    ],
)
def test_divergence_of_bad_laws(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        gaussian_divergence(*arguments)


def test_information_of_bad_covariances() -> None:
    with pytest.raises(ValueError, match="split = 2 must leave"):
        gaussian_vector_cauchy_schwarz(np.eye(2), 2)
    with pytest.raises(ValueError, match="positive definite"):
        gaussian_vector_cauchy_schwarz(np.ones((2, 2)), 1)
