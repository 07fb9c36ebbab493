"""Head sizes against constructions of known rank, divergences minimized here, and perturbed logits."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize

from theory.collapse import head_rank as closed
from theory.collapse.strategies import attention


def softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max(1, keepdims=True))
    return weights / weights.sum(1, keepdims=True)


def divergence(A: np.ndarray, B: np.ndarray) -> float:
    return float(np.sum(A * np.log(A / B)))


def fitted(A: np.ndarray, size: int, tries: int = 3) -> float:
    """The least divergence by quasi-Newton descent from SciPy."""
    n, rng = len(A), np.random.default_rng(0)

    def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
        Q, K = x.reshape(2, n, size)
        B = softmax(Q @ K.T)
        return divergence(A, B), np.concatenate([((B - A) @ K).ravel(), ((B - A).T @ Q).ravel()])

    ends = [optimize.minimize(loss, rng.standard_normal(2 * n * size), jac=True, tol=1e-13).fun for _ in range(tries)]
    return min(ends)


@given(attention(4, (1, 2, 3)))
def test_sizes_of_known_logits(drawn: tuple) -> None:
    """Queries and keys of each size, and the same matrix with one token's row made common to all."""
    A, rank = drawn
    assert closed.least_head_size(A) == rank
    assert_allclose(closed.head_misfit(A, rank), 0, atol=1e-20)
    head = closed.best_head(A, rank)
    assert_allclose(softmax(np.asarray(head.queries @ head.keys.T)), A, rtol=1e-9)
    assert_allclose(np.asarray(head.keys).sum(0), 0, atol=1e-9)
    assert closed.least_head_size(np.tile(A[:1], (4, 1))) == 1
    assert closed.least_head_size(np.full((4, 4), 0.25)) == 0


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 2.0))
def test_bound_on_the_divergence(seed: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    A = softmax(spread * rng.standard_normal((5, 5)))
    for size in (1, 2, 3, 4, 6):
        head = closed.best_head(A, size)
        Q, K = np.asarray(head.queries), np.asarray(head.keys)
        assert Q.shape == K.shape == (5, size)
        left = float(closed.head_misfit(A, size))
        logits = np.log(A) - np.log(A).mean(1, keepdims=True)
        assert_allclose(np.sum((logits - Q @ K.T) ** 2), left, atol=1e-12)
        assert -1e-14 <= divergence(A, softmax(Q @ K.T)) <= left / 4 + 1e-14


def test_no_head_comes_closer() -> None:
    """Squared error of centered logits, searched for with queries, keys and a constant in every row."""
    rng = np.random.default_rng(2)
    A = softmax(rng.standard_normal((4, 4)))

    def error(x: np.ndarray) -> float:
        Q, K, c = x[:4, None], x[None, 4:8], x[8:, None]
        return float(np.sum((np.log(A) - Q @ K - c) ** 2))

    found = min(optimize.minimize(error, rng.standard_normal(12), tol=1e-12).fun for _ in range(4))
    assert_allclose(found, closed.head_misfit(A, 1), rtol=1e-6)


def test_fitted_divergences() -> None:
    rng = np.random.default_rng(4)
    logits = rng.standard_normal((4, 4))
    assert fitted(softmax(logits), 3) < 1e-9 < 1e-4 < fitted(softmax(logits), 2)
    A = softmax(1e-2 * logits)
    for size in (1, 2):
        assert_allclose(8 * fitted(A, size), closed.head_misfit(A, size), rtol=0.05)


def test_hard_attention_needs_two_dimensions() -> None:
    """The head itself, on a circle, for a map that is no permutation."""
    n, beta, wanted = 7, 40.0, np.array([3, 3, 0, 6, 1, 5, 2])
    circle = np.stack([np.cos(2 * np.pi * np.arange(n) / n), np.sin(2 * np.pi * np.arange(n) / n)], 1)
    A = softmax(beta * circle[wanted] @ circle.T)
    assert_allclose(A[np.arange(n), wanted], closed.hard_head_mass(n, beta), rtol=1e-12)
    assert closed.least_head_size(softmax(2.0 * circle[wanted] @ circle.T)) == 2
    assert_allclose(closed.hard_head_mass(9, np.array([0.0, 1e9])), [1 / 9, 1.0])
    assert closed.hard_head_mass(1, 0.0) == 1


def test_extremes() -> None:
    assert closed.least_head_size(softmax(np.array([[0.0, 600.0], [600.0, 0.0]]))) == 1
    assert closed.least_head_size(np.ones((1, 1))) == 0
    assert closed.best_head(np.ones((1, 1)), 2).queries.shape == (1, 2)
    assert jax.jit(closed.least_head_size)(np.array([[0.5, 0.6], [0.5, 0.5]])) == -1
    assert np.isnan(jax.jit(lambda A: closed.head_misfit(A, 1))(np.array([[0.5, 0.6], [0.5, 0.5]])))


BAD = {
    "hard": (lambda: closed.least_head_size(np.eye(3)), "^mixing = 0 is outside the allowed positive numbers; hard"),
    "rows": (lambda: closed.head_misfit(np.ones((2, 2)), 1), "^sum of a row = 2"),
    "no size": (lambda: closed.best_head(np.full((2, 2), 0.5), 0), "^size = 0 is below"),
    "a length of zero": (lambda: closed.hard_head_mass(0, 1.0), "^length = 0 is below"),
    "soft": (lambda: closed.hard_head_mass(3, -1.0), "^sharpness = -1 is outside"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_a_sentence(case: str) -> None:
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()
