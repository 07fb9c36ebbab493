"""Mixed features under a fixed simplex, and rectified features, against searches and in high precision."""

import jax
import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from theory.collapse import mixup
from theory.collapse import rectified_features as rectified
from theory.collapse.strategies import class_counts, penalties


def best_feature(K: int, y: np.ndarray, lam_h: float, m: float) -> np.ndarray:
    """Logits of the best feature of K dimensions under a simplex of rows of length m."""
    W = m * np.sqrt(K / (K - 1)) * (np.eye(K) - 1 / K)

    def objective(h: np.ndarray) -> tuple[float, np.ndarray]:
        z = W @ h
        return -(y @ log_softmax(z)) + lam_h / 2 * h @ h, W.T @ (softmax(z) - y) + lam_h * h

    return W @ minimize(objective, np.zeros(K), jac=True, method="L-BFGS-B", options={"ftol": 1e-16, "gtol": 1e-11}).x


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8, 1.0])
def test_mixed_features_by_search(share: float) -> None:
    K, lam_h, m = 5, 0.03, 1.4
    z = best_feature(K, share * np.eye(K)[1] + (1 - share) * np.eye(K)[3], lam_h, m)
    mu = float(mixup.head_ridge(K, lam_h, m))
    assert_allclose(z[[0, 2, 4]], z[0], atol=1e-6)
    assert_allclose([z[1] - z[0], z[3] - z[0]], mixup.mixed_margins(K, share, mu), atol=1e-6)


@given(st.sampled_from([3, 10]), st.floats(0, 1), penalties(1e-8, 1e2))
def test_mixed_margins_solve_their_equations(K: int, share: float, mu: float) -> None:
    u, v = (float(x) for x in mixup.mixed_margins(K, share, mu))
    top = max(u, v, 0.0)
    D = np.exp(u - top) + np.exp(v - top) + (K - 2) * np.exp(-top)
    for x, target in ((u, share), (v, 1 - share)):
        assert abs(mu * x + (np.exp(x - top) - np.exp(-top)) / D - target) < 1e-12
    assert_allclose(mixup.mixed_margins(K, 1 - share, mu), [v, u], atol=1e-6 * (1 + top))


@given(st.integers(2, 12), penalties(1e-12, 1e3))
def test_pure_margin_in_high_precision(K: int, mu: float) -> None:
    with mp.workdps(30):
        exact = mp.findroot(
            lambda t: mp.log(mu) + mp.log(t) + mp.log(mp.exp(t) + K - 1) - mp.log(K),
            (mp.mpf(10) ** -8 * min(1, 1 / mu), min(1 / mp.mpf(mu), mp.log(1 + K / mp.mpf(mu))) + 1),
            solver="anderson",
            tol=1e-30,
            maxsteps=300,
            verify=False,
        )
    assert_allclose(mixup.pure_margin(K, mu), float(exact), rtol=1e-9)


def test_a_share_of_one_is_a_pure_label() -> None:
    for K, mu in ((3, 1e-3), (10, 0.2)):
        u, v = mixup.mixed_margins(K, 1.0, mu)
        assert_allclose([u, v], [mixup.pure_margin(K, mu), 0], atol=1e-9)


def test_difference_of_margins_without_ridge() -> None:
    u, v = mixup.mixed_margins(6, 0.7, 1e-13)
    assert_allclose(u - v, np.log(0.7 / 0.3), atol=1e-9)


def searched(n: np.ndarray, lam_w: float, lam_h: float, starts: int = 6) -> tuple[float, np.ndarray]:
    """Least loss over W and H >= 0, one column a class, by bounded L-BFGS."""
    K, rng, runs = len(n), np.random.default_rng(3), []

    def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
        w, h = x.reshape(2, K, K)
        z = w @ h
        slope = n * (softmax(z, 0) - np.eye(K)) / n.sum()
        value = (
            -(n * np.diag(log_softmax(z, 0))).sum() / n.sum() + (lam_w * (w**2).sum() + lam_h * (n * h**2).sum()) / 2
        )
        return value, np.concatenate([(slope @ h.T + lam_w * w).ravel(), (w.T @ slope + lam_h * n * h).ravel()])

    bounds = [(None, None)] * K**2 + [(0, None)] * K**2
    options = {"maxiter": 3000, "maxfun": 6000, "ftol": 1e-16, "gtol": 1e-10}
    for _ in range(starts):
        start = np.concatenate([rng.standard_normal(K**2), abs(rng.standard_normal(K**2))])
        runs.append(minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options))
    best = min(runs, key=lambda r: r.fun)
    return best.fun, best.x.reshape(2, K, K)[1]


@pytest.mark.parametrize("scale", [0.05, 0.5])
def test_rectified_features_by_search(scale: float) -> None:
    n = np.array([12.0, 6.0, 3.0])
    lam_w, lam_h = scale * 0.1, scale * 0.04
    loss, means = searched(n, lam_w, lam_h)
    assert_allclose(loss, rectified.rectified_loss(n, lam_w, lam_h), rtol=1e-9)
    gram = means.T @ means
    assert_allclose(gram, np.diag(rectified.rectified_lengths(n, lam_w, lam_h)), atol=2e-4)


def test_rectified_class_is_gone_at_its_threshold() -> None:
    n = np.array([12.0, 6.0, 3.0])
    edge = np.sqrt(3 * 2 / 3) / 21
    for factor, alive in ((0.99, True), (1.01, False)):
        assert (float(rectified.rectified_lengths(n, factor * edge, factor * edge)[2]) > 0) == alive
    lam = 0.98 * edge
    assert searched(n, lam, lam)[0] < float(rectified.rectified_loss(n, lam, lam)) * (1 + 1e-9)


@given(class_counts(), penalties(1e-10, 1e-3), penalties(1e-10, 1e-3))
def test_rectified_margin_is_stationary(n: tuple[int, ...], lam_w: float, lam_h: float) -> None:
    counts = np.array(n, float)
    t = np.asarray(rectified.rectified_margins(counts, lam_w, lam_h))
    lost = 3 * np.exp(-t) / (1 + 3 * np.exp(-t))
    price = np.sqrt(lam_w * lam_h * counts * 0.75) * counts.sum() / counts
    assert_allclose(np.where(t > 0, lost, 0), np.where(t > 0, price, 0), rtol=1e-8)
    assert (t[price > 0.75] == 0).all()


BAD = {
    "two": (lambda: mixup.mixed_margins(2, 0.5, 0.1), "no other logit"),
    "share": (lambda: mixup.mixed_margins(3, 1.5, 0.1), "share = 1.5"),
    "ridge": (lambda: mixup.pure_margin(3, 0.0), "ridge = 0"),
    "length": (lambda: mixup.head_ridge(3, 0.1, -1.0), "row_length = -1"),
    "count": (lambda: rectified.rectified_loss(np.array([1.0, 0.0]), 0.1, 0.1), "counts = 0"),
    "one class": (lambda: rectified.rectified_loss(np.array([1.0]), 0.1, 0.1), "at least two class sizes"),
    "penalty": (lambda: rectified.rectified_margins(np.ones(3), 0.1, 0.0), "feature_penalty = 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_a_sentence(case: str) -> None:
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()


def test_traced_bad_input_gives_nan() -> None:
    assert np.isnan(jax.jit(lambda mu: mixup.pure_margin(3, mu))(-1.0))
    assert np.isnan(jax.jit(lambda lam: rectified.rectified_loss(np.ones(3), lam, 0.1))(-1.0))
