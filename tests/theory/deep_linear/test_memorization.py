"""The threshold against quadrature and minimization, sampled separability, and the bounds around it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import integrate, optimize, stats
from scipy.optimize import linprog

from theory.deep_linear.early_learning import memorization_bound, separable_probability
from theory.deep_linear.memorization import blind_memorization, memorization_threshold
from theory.deep_linear.strategies import magnitudes


@pytest.mark.parametrize(("noise", "spread"), [(0.2, 0.5), (0.4, 0.1), (0.7, 2.0), (0.0, 0.8)])
def test_threshold_by_quadrature(noise, spread):
    def below(t):
        def one(sign):
            law = stats.norm(t * sign, np.sqrt(1 + (t * spread) ** 2))
            return integrate.quad(lambda x: x * x * law.pdf(x), -40 * (1 + t), 0, epsabs=1e-12, limit=200)[0]

        return (1 - noise / 2) * one(1) + noise / 2 * one(-1)

    best = optimize.minimize_scalar(below, bounds=(0, 20), method="bounded", options={"xatol": 1e-9}).fun
    assert_allclose(memorization_threshold(noise, spread), best, rtol=1e-7)


@given(st.floats(0, 1), magnitudes(1e-3, 1e3))
def test_threshold_between_its_bounds(noise, spread):
    """Zero and a half; more noise and wider clusters need more inputs; the published condition is enough."""
    kappa = float(memorization_threshold(noise, spread))
    assert -1e-12 <= kappa <= 0.5 + 1e-12
    assert kappa <= 1 - noise / 2 + 1e-12
    more = memorization_threshold(np.array([min(1.0, noise + 0.1), noise]), np.array([spread, 1.5 * spread]))
    assert (kappa <= np.asarray(more) + 1e-12).all()


def test_limits():
    assert_allclose(memorization_threshold(1.0, np.array([0.01, 1.0, 50.0])), 0.5, atol=1e-12)
    assert_allclose(memorization_threshold(0.3, 1e5), 0.5, atol=1e-4)
    assert float(memorization_threshold(0.0, 0.05)) < 1e-9


@pytest.mark.parametrize(("noise", "spread"), [(0.3, 0.5), (1.0, 0.5)])
def test_separability_changes_at_the_threshold(noise, spread):
    rng, n = np.random.default_rng(0), 120
    kappa = float(memorization_threshold(noise, spread))
    shares = []
    for p in (round(n * (kappa - 0.12)), round(n * (kappa + 0.12))):
        fits = 0
        for _ in range(25):
            x = spread * rng.standard_normal((n, p))
            x[:, 0] += 1
            x *= np.where(rng.random(n) < noise / 2, -1, 1)[:, None]
            fits += linprog(np.zeros(p), A_ub=-x, b_ub=-np.ones(n), bounds=[(None, None)] * p).status == 0
        shares.append(fits / 25)
    assert shares[0] < 0.25 and shares[1] > 0.75


@given(st.integers(2, 200), st.data(), st.floats(0.01, 1.0))
def test_blind_bound_beats_the_published_one(n, data, noise):
    p = data.draw(st.integers(2, n))
    blind = float(blind_memorization(n, p))
    assert blind >= float(memorization_bound(n, p, noise)) - 1e-9
    assert_allclose(blind, stats.binom.cdf(p - 2, n - 1, 0.5), rtol=1e-9, atol=1e-12)
    assert blind <= float(separable_probability(n, p)) + 1e-12


def test_bad_input():
    with pytest.raises(ValueError, match="noise = 1.2 is outside the allowed shares"):
        memorization_threshold(1.2, 1.0)
    with pytest.raises(ValueError, match="spread = 0 is outside the allowed spreads above zero"):
        memorization_threshold(0.5, 0.0)
    with pytest.raises(ValueError, match="the direction of the centers is not used"):
        blind_memorization(5, 1)
