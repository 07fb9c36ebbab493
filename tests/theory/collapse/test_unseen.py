"""The leaning simplex against a search by SciPy over all vectors, stationarity of its angles, and its limits."""

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize

from theory.collapse import unseen as closed
from theory.collapse.frames import normalized_softmax_floor


def searched(K: int, m: int, s: float, tries: int = 3) -> tuple[np.ndarray, float]:
    rng = np.random.default_rng(0)

    def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
        X = x.reshape(2 * K + m, -1)
        size = np.linalg.norm(X, axis=1, keepdims=True)
        U = X / size
        Z = s * U[:K] @ U[K:].T
        P = np.exp(Z - Z.max(1, keepdims=True))
        P /= P.sum(1, keepdims=True)
        value = -np.mean(np.log(np.diag(P)))
        G = s / K * (P - np.eye(K, K + m))
        pull = np.vstack([G @ U[K:], G.T @ U[:K]])
        return value, ((pull - np.sum(pull * U, 1, keepdims=True) * U) / size).ravel()

    options = {"maxiter": 5000, "ftol": 1e-16, "gtol": 1e-10}
    ends = [
        optimize.minimize(
            loss, rng.standard_normal((2 * K + m) * (K + 1)), jac=True, method="L-BFGS-B", options=options
        )
        for _ in range(tries)
    ]
    best = min(ends, key=lambda end: end.fun)
    X = best.x.reshape(2 * K + m, -1)
    return X / np.linalg.norm(X, axis=1, keepdims=True), best.fun


@pytest.mark.parametrize(("K", "m", "s"), [(4, 3, 4.0), (3, 1, 1.0), (5, 20, 6.0), (4, 3, 0.3), (2, 2, 2.0)])
def test_nothing_lies_lower(K: int, m: int, s: float) -> None:
    lean = closed.unseen_lean(K, m, s)
    U, least = searched(K, m, s)
    assert_allclose(lean.loss, least, rtol=1e-8)
    off = ~np.eye(K, dtype=bool)
    for cosine, gram in ((lean.features, U[:K] @ U[:K].T), (lean.rows, U[K : 2 * K] @ U[K : 2 * K].T)):
        assert_allclose(gram[off], cosine, atol=1e-4)
    assert_allclose(U[:K] @ U[2 * K :].T, lean.away, atol=1e-4)
    assert_allclose(U[2 * K :] @ U[2 * K :].T, 1, atol=1e-4)


def test_no_unseen_classes() -> None:
    lean = closed.unseen_lean(5, 0, 3.0)
    assert_allclose([lean.features, lean.rows, lean.away], [-0.25, -0.25, 0.0], atol=1e-9)
    assert_allclose(lean.loss, normalized_softmax_floor(5, 3.0), rtol=1e-12)


def test_one_sample_of_many_rows() -> None:
    """The loss at the cosines, from vectors that are built here; and many rows push all features together."""
    lean = closed.unseen_lean(4, 3, 4.0)
    sine, cosine = -float(lean.away), np.sqrt(1 - float(lean.away) ** 2)
    tilt = np.sqrt((float(lean.rows) + 1 / 3) / (4 / 3))
    simplex = (np.eye(4) - 0.25) / np.sqrt(0.75)
    h = np.hstack([cosine * simplex, np.full((4, 1), sine)])
    w = np.hstack([np.sqrt(1 - tilt**2) * simplex, np.full((4, 1), tilt)])
    rows = np.vstack([w, np.tile([0, 0, 0, 0, -1.0], (3, 1))])
    Z = 4.0 * h @ rows.T
    assert_allclose(np.mean(np.log(np.exp(Z).sum(1)) - np.diag(Z)), lean.loss, rtol=1e-12)
    assert closed.unseen_lean(4, 10**6, 4.0).away < closed.unseen_lean(4, 10, 4.0).away < lean.away


BAD = {
    "one class": (lambda: closed.unseen_lean(1, 1, 1.0), "^classes = 1 is below"),
    "fewer than none": (lambda: closed.unseen_lean(3, -1, 1.0), "^unseen = -1 is below"),
    "no scale": (lambda: closed.unseen_lean(3, 1, 0.0), "^scale = 0 is outside"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_a_sentence(case: str) -> None:
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()


def test_traced_bad_input_gives_nan() -> None:
    assert np.isnan(jax.jit(lambda s: closed.unseen_lean(3, 1, s).features)(-1.0))
