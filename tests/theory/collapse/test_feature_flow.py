"""Flows of unconstrained features against integration of all features, and identities at stationary points."""

from collections.abc import Callable
from functools import cache

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp
from scipy.optimize import minimize

from theory.collapse import feature_flow as closed
from theory.collapse import path_parts
from theory.collapse.moments import class_moments
from theory.collapse.strategies import collapsed_features, penalties

COUNTS = np.array([9.0, 4.0, 2.0])
N = 15
HOT = np.repeat(np.eye(3), [9, 4, 2], axis=1)
scatter_rates = jax.jit(closed.scatter_rates, static_argnames="centered")
ridge_classifier = jax.jit(closed.ridge_classifier)


@pytest.mark.parametrize("lam", [0.0, 0.03, 0.12])
def test_strengths_and_deviations_along_the_flow(lam: float) -> None:
    """All features integrated from an aligned start with small deviations; the last penalty starves the last class."""
    d, start, noise, rng = 5, 0.02, 1e-7, np.random.default_rng(0)
    q = np.linalg.qr(rng.standard_normal((d, d)))[0]
    v = HOT / np.sqrt(COUNTS)[:, None]
    away = rng.standard_normal((d, N))
    away -= away @ v.T @ v
    w0, h0 = np.sqrt(start) * q[:, :3].T, np.sqrt(start) * q[:, :3] @ v + noise * away
    t = np.array([10.0, 40.0])

    def velocity(_: float, x: np.ndarray) -> np.ndarray:
        w, h = x[: 3 * d].reshape(3, d), x[3 * d :].reshape(d, N)
        residual = (w @ h - HOT) / N
        return -np.concatenate([(residual @ h.T + lam * w).ravel(), (w.T @ residual + lam * h).ravel()])

    end = solve_ivp(velocity, (0, 40), np.concatenate([w0.ravel(), h0.ravel()]), "DOP853", t, rtol=1e-11, atol=1e-14).y
    for i, time in enumerate(t):
        w, h = end[: 3 * d, i].reshape(3, d), end[3 * d :, i].reshape(d, N)
        strength = np.diag(w @ h @ v.T)
        assert_allclose(strength, closed.class_strength(time, COUNTS, float(N), lam, start), rtol=1e-7)
        inside = q.T @ (h - h @ v.T @ v)
        left = inside[:3] / (noise * (q.T @ away)[:3])
        expected = np.asarray(closed.deviation_decay(time, COUNTS, float(N), lam, start))
        assert_allclose(left, np.repeat(expected[:, None], N, 1), rtol=1e-4)
        assert_allclose(inside[3:], np.exp(-lam * time) * noise * (q.T @ away)[3:], rtol=1e-4)


def test_late_deviations_forget_the_penalty() -> None:
    t = np.array([300.0, 310.0])
    left = [np.asarray(closed.deviation_decay(t, 9.0, 15.0, lam, 0.1)) for lam in (0.0, 0.05, 0.15)]
    rates = [np.log(a / b) for a, b in left]
    assert_allclose(rates, 10 * 3 / 15, rtol=1e-9)


@pytest.mark.parametrize("centered", [False, True])
@given(st.integers(0, 1000), penalties(1e-3, 1.0))
def test_scatter_rates_by_differences(centered: bool, seed: int, lam: float) -> None:
    h, step = np.random.default_rng(seed).standard_normal((4, N)), 1e-5

    def best(h: np.ndarray) -> np.ndarray:
        return HOT @ h.T @ np.linalg.inv(h @ h.T + N * lam * np.eye(4))

    def scatters(h: np.ndarray) -> np.ndarray:
        means = h @ HOT.T / COUNTS @ HOT
        origin = h.mean(1, keepdims=True) if centered else 0.0
        return np.array([((h - means) ** 2).sum(), ((means - origin) ** 2).sum()])

    move = -best(h).T @ (best(h) @ h - HOT) / N
    slopes = (scatters(h + step * move) - scatters(h - step * move)) / (2 * step)
    rates = np.asarray(scatter_rates(h, HOT, lam, centered=centered))
    assert_allclose(rates, slopes, rtol=1e-6, atol=1e-9)
    assert rates[0] <= 0 and (centered or rates[1] > 0)
    assert_allclose(ridge_classifier(h, HOT, lam), best(h), rtol=1e-9)


@given(st.integers(0, 1000), penalties(1e-3, 1.0), st.floats(-10, 10))
def test_equal_classes_spread_about_their_mean(seed: int, lam: float, away: float) -> None:
    """Theorem 3.1 of Tirer, Huang and Niles-Weed, and the form in which the second rate is plainly not negative."""
    hot, K, n = np.repeat(np.eye(3), 5, axis=1), 3, 5
    h = np.random.default_rng(seed).standard_normal((4, N)) + away
    means = h @ hot.T / n
    B = (h - means @ hot) @ (h - means @ hot).T + N * lam * np.eye(4)
    M, P = n * means.T @ np.linalg.solve(B, means), np.eye(K) - 1 / K
    inverse = np.linalg.inv(np.eye(K) + M)
    gained = 2 * n / N * np.trace(P @ M @ inverse @ inverse)
    rates = np.asarray(scatter_rates(h, hot, lam, centered=True))
    assert_allclose(rates[1], gained, rtol=1e-6, atol=1e-12)
    assert rates[0] < 0 < rates[1]


def test_unequal_classes_can_draw_together_about_their_mean() -> None:
    """Three samples against one: centered, the quotient rises, while about the origin it falls."""
    h, hot = np.array([[3.0, 4.0, 5.0, 6.0]]), np.repeat(np.eye(2), [3, 1], axis=1)
    means = h @ hot.T / [3, 1] @ hot
    within = ((h - means) ** 2).sum()
    for centered, sign in ((False, -1), (True, 1)):
        between = ((means - centered * h.mean()) ** 2).sum()
        lost, gained = (float(r) for r in closed.scatter_rates(h, hot, 0.25, centered=centered))
        assert np.sign(lost / within - gained / between) == sign


def test_proximal_model_at_its_minimum() -> None:
    d, lam_w, lam_h, beta, rng = 4, 0.05, 0.02, 0.7, np.random.default_rng(1)
    given_features = rng.standard_normal((d, N))

    def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
        w, h = x[: 3 * d].reshape(3, d), x[3 * d :].reshape(d, N)
        away, moved = w @ h - HOT, h - given_features
        value = ((away**2).sum() + beta * (moved**2).sum()) / (2 * N) + (
            lam_w * (w**2).sum() + lam_h * (h**2).sum()
        ) / 2
        slopes = away @ h.T / N + lam_w * w, (w.T @ away + beta * moved) / N + lam_h * h
        return value, np.concatenate([s.ravel() for s in slopes])

    options = {"ftol": 1e-16, "gtol": 1e-11, "maxiter": 5000, "maxfun": 10000}
    x = minimize(objective, rng.standard_normal(3 * d + d * N), jac=True, method="L-BFGS-B", options=options).x
    w, h = x[: 3 * d].reshape(3, d), x[3 * d :].reshape(d, N)
    project = np.eye(N) - HOT.T / COUNTS @ HOT
    expected = closed.proximal_deviations(w, given_features @ project, lam_h, beta)
    assert_allclose(h @ project, expected, atol=1e-6)


@cache
def compiled(classes: int) -> tuple[Callable, Callable]:
    """Loss in parts and head of least squares, from samples and their labels."""
    parts = jax.jit(lambda w, b, h, y, gamma: path_parts.loss_parts(w, b, class_moments(h, y, classes), gamma))
    return parts, jax.jit(lambda h, y, gamma: path_parts.least_squares_head(class_moments(h, y, classes), gamma))


@given(collapsed_features(noise=st.floats(0, 2.0)), penalties(1e-4, 1.0), st.integers(0, 100))
def test_loss_in_three_parts(sample, gamma: float, seed: int) -> None:  # noqa: ANN001
    """Their sum is the loss of any head; the head of least squares has no third part and no better neighbor."""
    K, h, rng = sample.classes, sample.features, np.random.default_rng(seed)
    hot, (loss_parts, least_squares_head) = np.eye(K)[sample.labels], compiled(K)

    def loss(w: np.ndarray, b: np.ndarray) -> float:
        return ((h @ w.T + b - hot) ** 2).sum() / (2 * len(h)) + gamma / 2 * ((w**2).sum() + (b**2).sum())

    w, b = rng.standard_normal((K, h.shape[1])), rng.standard_normal(K)
    parts = loss_parts(w, b, h, sample.labels, gamma)
    assert_allclose(sum(float(p) for p in parts), loss(w, b), rtol=1e-9)
    assert min(float(p) for p in parts) > -1e-12
    best = [np.asarray(x) for x in least_squares_head(h, sample.labels, gamma)]
    own = loss_parts(*best, h, sample.labels, gamma)
    assert abs(float(own.perpendicular)) < 1e-12
    assert_allclose(float(own.variability + own.frame), loss(*best), rtol=1e-8)
    assert loss(*best) <= loss(best[0] + 1e-3 * w, best[1] + 1e-3 * b) + 1e-12


def test_published_head_of_balanced_classes() -> None:
    """Han, Papyan and Donoho (2022): W = (1/C)(M - mu/(1+g))^T (S_T + g/(1+g) mu mu^T + g I)^-1."""
    rng, C, d, g = np.random.default_rng(2), 3, 4, 0.2
    h, y = rng.standard_normal((12, d)) + 1, np.repeat(np.arange(C), 4)
    moments = class_moments(h, y, C)
    mu, M = h.mean(0), np.stack([h[y == k].mean(0) for k in range(C)], 1)
    total = np.cov(h.T, bias=True)
    w = (M - mu[:, None] / (1 + g)).T @ np.linalg.inv(total + g / (1 + g) * np.outer(mu, mu) + g * np.eye(d)) / C
    found = path_parts.least_squares_head(moments, g)
    assert_allclose(found[0], w, rtol=1e-9)
    assert_allclose(found[1], (1 / C - w @ mu) / (1 + g), rtol=1e-9)


BAD = {
    "start": (lambda: closed.class_strength(1.0, 4.0, 10.0, 0.1, 0.0), "start = 0"),
    "count": (lambda: closed.class_strength(1.0, 0.0, 10.0, 0.1, 0.1), "count = 0"),
    "penalty": (lambda: closed.deviation_decay(1.0, 4.0, 10.0, -0.1, 0.1), "penalty = -0.1"),
    "time": (lambda: closed.class_strength(-1.0, 4.0, 10.0, 0.1, 0.1), "t = -1"),
    "ridge": (lambda: closed.scatter_rates(np.ones((2, N)), HOT, 0.0), "layer_penalty = 0"),
    "labels": (lambda: closed.ridge_classifier(np.ones((2, 3)), HOT, 0.1), "must be equally many"),
    "beta": (lambda: closed.proximal_deviations(np.eye(2), np.eye(2), 0.1, 0.0), "proximity = 0"),
    "decay": (lambda: path_parts.least_squares_head(class_moments(np.eye(2), np.arange(2), 2), 0.0), "decay = 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_a_sentence(case: str) -> None:
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()


def test_traced_bad_input_gives_nan() -> None:
    assert np.isnan(jax.jit(lambda u: closed.class_strength(1.0, 4.0, 10.0, 0.1, u))(-1.0))
