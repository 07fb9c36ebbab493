"""Variational bounds, tasks and coding rates against quadrature, direct sums and determinants."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import t as student

from theory.information.coding_rate import (
    coding_rate,
    orthogonal_rate_reduction,
    rate_reduction,
    simplex_rate_reduction,
)
from theory.information.tasks import additive_noise_information, student_information
from theory.information.variational import club, donsker_varadhan, infonce, nwj, ratio_variance


@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 5, 16]), st.floats(0.01, 300))
def test_bounds_by_direct_sums_and_in_their_order(seed: int, n: int, scale: float) -> None:
    t = scale * np.random.default_rng(seed).standard_normal((n, n))
    assert infonce(t) <= np.log(n) + 1e-12
    assert nwj(t) <= donsker_varadhan(t) + 1e-9 * (1 + abs(float(donsker_varadhan(t))))
    if scale < 3:
        others = np.exp(t[~np.eye(n, dtype=bool)]).mean()
        assert_allclose(nwj(t), 1 + np.trace(t) / n - others, rtol=1e-10, atol=1e-12)
        assert_allclose(donsker_varadhan(t), np.trace(t) / n - np.log(others), atol=1e-12)
        each = [t[i, i] - np.log(np.exp(t[i]).mean()) for i in range(n)]
        assert_allclose(infonce(t), np.mean(each), atol=1e-12)
    assert_allclose(infonce(t + 1e3), infonce(t), atol=1e-9)


def test_variance_and_upper_bound_by_quadrature() -> None:
    """Both integrals over two standard normal variables on a grid; powers of one pair for more."""
    rho, grid = 0.45, np.linspace(-10, 10, 801)
    u, v = np.meshgrid(grid, grid)
    log_ratio = -0.5 * np.log(1 - rho**2) - (rho**2 * (u**2 + v**2) - 2 * rho * u * v) / (2 * (1 - rho**2))
    free = np.exp(-(u**2 + v**2) / 2) / (2 * np.pi) * (grid[1] - grid[0]) ** 2
    variance = (free * np.exp(2 * log_ratio)).sum() - 1
    assert_allclose(ratio_variance(rho), variance, rtol=1e-10)
    assert_allclose(ratio_variance(rho, 3.0), (1 + variance) ** 3 - 1, rtol=1e-10)
    conditional = -((v - rho * u) ** 2) / (2 * (1 - rho**2))
    upper = (free * (np.exp(log_ratio) - 1) * conditional).sum()
    assert_allclose(club(rho, 2.0), 2 * upper, rtol=1e-10)
    assert_allclose([club(0.3, 2.0), ratio_variance(0.3, 2.0)], [0.197802, 0.207584], atol=1e-6)
    assert_allclose(ratio_variance(1e-9), 1e-18, rtol=1e-9)
    for f in (club, ratio_variance):
        with pytest.raises(ValueError, match="between -1 and 1"):
            f(1.0)
        with pytest.raises(ValueError, match="at or above zero"):
            f(0.5, -1.0)
    with pytest.raises(ValueError, match="at least two"):
        infonce(jnp.zeros((1, 1)))


@pytest.mark.parametrize("reach", [0.03, 0.5, 0.8, 4.0])
def test_additive_noise_by_quadrature(reach: float) -> None:
    """H(Y) from its trapezoidal density, less the noise's log 2 eps."""
    density = lambda y: max(min(1, y + reach) - max(0, y - reach), 0) / (2 * reach)
    entropy = lambda y: -density(y) * np.log(density(y)) if density(y) > 0 else 0.0
    corners = sorted({-reach, reach, 1 - reach, 1 + reach})
    total = sum(quad(entropy, a, b, epsabs=1e-12)[0] for a, b in zip(corners, corners[1:]))
    assert_allclose(additive_noise_information(reach), total - np.log(2 * reach), atol=1e-9)


def test_student_information() -> None:
    """Published values; by sampling the log density ratio at 3 degrees of freedom; nothing at infinitely many."""
    published = {
        (1, 1, 1): 0.224171,
        (2, 2, 1): 0.431946,
        (2, 2, 2): 0.193147,
        (3, 3, 3): 0.178712,
        (5, 5, 2): 0.448151,
    }
    for (dx, dy, nu), value in published.items():
        assert abs(float(student_information(dx, dy, nu)) - value) < 1e-6
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 200_000)) / np.sqrt(rng.chisquare(3, 200_000) / 3)
    joint = -np.log(2 * np.pi) - 2.5 * np.log1p((x**2 + y**2) / 3)
    ratio = joint - student.logpdf(x, 3) - student.logpdf(y, 3)
    assert abs(ratio.mean() - float(student_information(1, 1, 3))) < 4.5 * ratio.std() / len(x) ** 0.5
    assert abs(float(student_information(2, 3, 1e7))) < 1e-6
    for call, match in (
        (lambda: student_information(0, 1, 1.0), "from 1"),
        (lambda: student_information(1, 1, 0.0), "above zero"),
        (lambda: additive_noise_information(0.0), "above zero"),
    ):
        with pytest.raises(ValueError, match=match):
            call()


def test_rates_by_determinants() -> None:
    z = np.random.default_rng(1).standard_normal((3, 4, 5))
    logdet = lambda m: 0.5 * np.linalg.slogdet(np.eye(4) + 4 / (m.shape[1] * 0.09) * m @ m.T)[1]
    assert_allclose(coding_rate(z[0], 0.3), logdet(z[0]), rtol=1e-12)
    whole = logdet(np.concatenate(list(z), axis=1))
    assert_allclose(rate_reduction(z, 0.3), whole - sum(logdet(c) for c in z) / 3, rtol=1e-12)


@pytest.mark.parametrize(("k", "d", "r"), [(2, 6, 3), (3, 7, 2), (4, 8, 1)])
def test_orthogonal_classes_from_features(k: int, d: int, r: int) -> None:
    frame = np.linalg.qr(np.random.default_rng(2).standard_normal((d, d)))[0]
    z = np.stack([frame[:, i * r : (i + 1) * r] for i in range(k)])  # n_j = r features of unit norm
    assert_allclose(rate_reduction(z, 0.5), orthogonal_rate_reduction(k, d, r, 0.5), rtol=1e-12)


def test_simplex_from_features_and_order_of_frames() -> None:
    """Collapsed features by hand; the simplex below the orthogonal frame below larger ranks."""
    k, d = 4, 32
    vertices = np.linalg.cholesky(np.eye(k) * k / (k - 1) - np.ones((k, k)) / (k - 1) + 1e-14 * np.eye(k))
    z = np.zeros((k, d, 3))
    z[:, :k] = vertices[:, :, None]
    assert_allclose(rate_reduction(z, 0.5), simplex_rate_reduction(k, d, 0.5), rtol=1e-6)
    ladder = [float(orthogonal_rate_reduction(k, d, r, 0.5)) for r in (1, 2, 4, 8)]
    assert_allclose(ladder, [4.563109, 7.158466, 10.584781, 14.418153], atol=1e-6)
    assert float(simplex_rate_reduction(k, d, 0.5)) < ladder[0]
    for call, match in (
        (lambda: orthogonal_rate_reduction(4, 7, 2, 0.5), "do not fit"),
        (lambda: simplex_rate_reduction(4, 2, 0.5), "needs 3"),
        (lambda: coding_rate(z[0], 0.0), "above zero"),
    ):
        with pytest.raises(ValueError, match=match):
            call()
