"""Features near given ones against minimization over all features, roots in high precision, and limits."""

import jax
import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from theory.collapse import near_collapse as closed

COUNTS = np.array([9.0, 4.0, 2.0])
N = 15.0
HOT = np.repeat(np.eye(3), [9, 4, 2], axis=1)


@pytest.mark.parametrize(("lam_w", "lam_h", "beta"), [(0.01, 0.01, 0.05), (0.01, 0.03, 1.0), (0.3, 0.01, 0.4)])
def test_minimum_over_all_features(lam_w: float, lam_h: float, beta: float) -> None:
    """The best classifier put in, features searched from random starts; the last penalty leaves no class by itself."""
    d, rng = 5, np.random.default_rng(0)
    q = np.linalg.qr(rng.standard_normal((d, d)))[0]
    noise = 1e-3 * rng.standard_normal((d, 15))
    noise -= noise @ HOT.T / COUNTS @ HOT
    given_features = q[:, :3] @ HOT + noise

    def classifier(h: np.ndarray) -> np.ndarray:
        return HOT @ h.T @ np.linalg.inv(h @ h.T + N * lam_w * np.eye(d))

    def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
        h = x.reshape(d, 15)
        w, moved = classifier(h), h - given_features
        away = w @ h - HOT
        value = ((away**2).sum() + beta * (moved**2).sum()) / (2 * N)
        slope = (w.T @ away + beta * moved) / N + lam_h * h
        return value + (lam_w * (w**2).sum() + lam_h * (h**2).sum()) / 2, slope.ravel()

    options = {"ftol": 1e-17, "gtol": 1e-12, "maxiter": 5000, "maxfun": 10000}
    starts = [given_features, *(rng.standard_normal((3, d, 15)))]
    runs = [minimize(objective, s.ravel(), jac=True, method="L-BFGS-B", options=options) for s in starts]
    h = min(runs, key=lambda r: r.fun).x.reshape(d, 15)
    means = h @ HOT.T / COUNTS
    where = COUNTS, N, lam_w, lam_h, beta, 1.0
    assert_allclose(q[:, :3].T @ means, np.diag(closed.settled_length(*where)), atol=3e-6)
    strengths = np.linalg.norm(classifier(h), axis=1)
    assert_allclose(strengths, closed.settled_strength(*where), rtol=3e-6)
    left, first = q.T @ (h - means @ HOT), q.T @ noise
    shares = closed.kept_share(np.append(closed.settled_strength(*where), [0, 0]), N, lam_h, beta)
    assert_allclose((left * first).sum(1) / (first**2).sum(1), shares, rtol=3e-4)


@given(*(st.floats(-4, 2) for _ in range(4)), st.floats(0, 4))
def test_length_is_the_root_in_high_precision(w: float, h: float, b: float, m: float, n: float) -> None:
    lam_w, lam_h, beta, given_length, count = (10.0**x for x in (w, h, b, m, n))
    x = float(closed.settled_length(count, 3 * count, lam_w, lam_h, beta, given_length))
    with mp.workdps(40):
        a, c = 3 * mp.mpf(lam_w), 3 * mp.mpf(count) * lam_h + beta
        excess = [
            c * y - beta * mp.mpf(given_length) - a * y / (y**2 + a) ** 2 for y in (x * (1 - 1e-9), x * (1 + 1e-9))
        ]
        assert excess[0] <= 0 <= excess[1]


def test_what_the_objective_says_of_one_class() -> None:
    """Its derivative vanishes at the length, and no length on a grid is better: one stationary point."""
    n, N_, lam_w, lam_h, beta, m = 4.0, 15.0, 0.02, 0.01, 0.05, 0.3

    def value(x: np.ndarray) -> np.ndarray:
        own = lam_w / 2 / (x**2 + N_ * lam_w / n) + n * lam_h / 2 * x**2
        return own + beta * n / (2 * N_) * (x - m) ** 2

    x = float(closed.settled_length(n, N_, lam_w, lam_h, beta, m))
    grid = np.linspace(0, 5, 100001)
    assert_allclose(grid[np.argmin(value(grid))], x, atol=1e-4)
    assert np.sum(np.diff(np.sign(np.diff(value(grid)))) != 0) == 1


def test_limits() -> None:
    held = closed.settled_length(4.0, 15.0, 0.02, 0.01, 1e12, 0.7)
    assert_allclose(held, 0.7, rtol=1e-10)
    assert_allclose(closed.kept_share(3.0, 15.0, 0.01, 1e12), 1.0, rtol=1e-9)
    # without proximity or memory: the length of free features, (sigma/n) sqrt(lam_w/lam_h) with sigma = sqrt(n) - N lam
    free = closed.settled_length(4.0, 15.0, 0.02, 0.01, 1e-12, 1e-3)
    sigma = 2 - 15 * np.sqrt(2e-4)
    assert_allclose(free**2, sigma / 4 * np.sqrt(2), rtol=1e-9)
    dead = closed.settled_length(4.0, 15.0, 0.2, 0.2, 1e-6, 1.0)
    assert dead < 1e-5


@pytest.mark.parametrize(("lam_w", "lam_h"), [(1.2, 0.3), (0.3, 1.2), (0.02, 0.5)])
def test_published_singular_value_around_exact_collapse(lam_w: float, lam_h: float) -> None:
    """Tirer, Huang and Niles-Weed (2023), in their penalties: a collapsed minimizer stays, and deviations along class
    means keep at least 1 - sqrt(lam_h/lam_w)/beta to first order, which is the least singular value of Theorem 4.2."""
    K, n, beta = 3.0, 5.0, np.array([1e2, 1e4, 1e6])
    length = np.sqrt((1 - np.sqrt(lam_w * lam_h)) * np.sqrt(lam_w / lam_h))
    where = n, K * n, lam_w / K, lam_h / (K * n), beta, length
    assert_allclose(closed.settled_length(*where), length, rtol=1e-9)
    share = np.asarray(closed.kept_share(closed.settled_strength(*where), K * n, lam_h / (K * n), beta))
    slope = np.sqrt(lam_h / lam_w)
    assert_allclose((1 - share) * beta, slope / (1 + slope / beta), rtol=1e-6)


@given(st.floats(0.01, 10), st.floats(0.01, 10), st.floats(0.001, 10))
def test_stronger_sight_keeps_less(w: float, more: float, beta: float) -> None:
    shares = np.asarray(closed.kept_share(np.array([0.0, w, w + more]), 15.0, 0.01, beta))
    assert 0 < shares[2] < shares[1] < shares[0] < 1


BAD = {
    "count": (lambda: closed.settled_length(0.0, 15.0, 0.1, 0.1, 0.1, 1.0), "count = 0"),
    "given": (lambda: closed.settled_strength(4.0, 15.0, 0.1, 0.1, 0.1, -1.0), "given = -1"),
    "proximity": (lambda: closed.kept_share(1.0, 15.0, 0.1, 0.0), "proximity = 0"),
    "strength": (lambda: closed.kept_share(-1.0, 15.0, 0.1, 0.1), "strength = -1"),
    "infinite": (lambda: closed.settled_length(4.0, np.inf, 0.1, 0.1, 0.1, 1.0), "samples"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_a_sentence(case: str) -> None:
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()


def test_traced_bad_input_gives_nan() -> None:
    assert np.isnan(jax.jit(lambda m: closed.settled_length(4.0, 15.0, 0.1, 0.1, 0.1, m))(-1.0))
