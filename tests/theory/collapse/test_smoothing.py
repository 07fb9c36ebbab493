"""Filter factors against a search over inputs, matrices of known factors, and random matrices drawn here."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp
from numpy.testing import assert_allclose

from theory.collapse import smoothing as closed


@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 5]), st.floats(0.05, 5.0))
def test_no_signal_keeps_more(seed: int, n: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    A = np.exp(spread * rng.standard_normal((n, n)))
    A /= A.sum(1, keepdims=True)
    sigma = float(closed.filter_factor(A))
    J = np.full((n, n), 1 / n)
    for x in (rng.standard_normal((n, 3)), rng.standard_normal((n, 1)) + 10):
        assert (
            np.linalg.norm((np.eye(n) - J) @ A @ x) <= sigma * np.linalg.norm((np.eye(n) - J) @ x) * (1 + 1e-9) + 1e-13
        )
    worst = np.linalg.svd((np.eye(n) - J) @ A)[2][0]
    kept = np.linalg.norm((np.eye(n) - J) @ A @ worst) / max(np.linalg.norm((np.eye(n) - J) @ worst), 1e-300)
    assert_allclose(kept, sigma, rtol=1e-6, atol=1e-9)


def test_known_factors() -> None:
    assert_allclose(closed.filter_factor(np.eye(4)), 1)
    assert_allclose(closed.filter_factor(np.full((4, 4), 0.25)), 0, atol=1e-15)
    hard = np.zeros((4, 4))
    hard[[0, 1, 2, 3], [0, 0, 1, 1]] = 1  # two pairs of tokens, each looking at one: differences grow
    assert_allclose(closed.filter_factor(hard), 2**0.5)
    ring = np.roll(np.eye(6), 1, 0) / 2 + np.roll(np.eye(6), -1, 0) / 2
    assert_allclose(closed.filter_factor(0.5 * np.eye(6) + 0.5 * ring), 0.5 + 0.5 * np.cos(np.pi / 3))


@pytest.mark.parametrize("spread", [0.1, 0.4])
def test_law_of_random_logits(spread: float) -> None:
    rng = np.random.default_rng(5)
    A = np.exp(spread * rng.standard_normal((600, 600)))
    A /= A.sum(1, keepdims=True)
    measured = np.linalg.norm(A - A.mean(0), 2)
    assert_allclose(measured, closed.random_filter_factor(600, spread), rtol=0.02)


def test_small_spreads_and_none() -> None:
    assert closed.random_filter_factor(10, 0.0) == 0
    assert_allclose(closed.random_filter_factor(4, np.array([1e-9, 1.0])), [1e-9, np.sqrt(np.e - 1)], rtol=1e-12)


BAD = {
    "rows": (lambda: closed.filter_factor(2 * np.eye(2)), "sum of a row = 2"),
    "length": (lambda: closed.random_filter_factor(0, 1.0), "length = 0"),
    "spread": (lambda: closed.random_filter_factor(3, -1.0), "spread = -1"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_a_sentence(case: str) -> None:
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()


def test_traced_bad_input_gives_nan() -> None:
    assert np.isnan(jax.jit(lambda s: closed.random_filter_factor(3, s))(-1.0))


@pytest.mark.parametrize(("n", "d"), [(50, 50), (200, 50), (300, 3)])
def test_edge_of_products(n: int, d: int) -> None:
    """The edge from a fixed point for the free product of two Marchenko-Pastur laws: poles of the Stieltjes transform.

    Moments of the d x d product are summed over, whose growth rate is the edge: k-th moment by Lagrange inversion,
    m_k = (1/k) sum_j binom(k, j + 1) binom(2 k, j) c^j.
    """
    from scipy.special import gammaln, logsumexp

    def moment(k: int) -> float:
        j = np.arange(k)
        log = gammaln(k + 1) - gammaln(j + 2) - gammaln(k - j) + gammaln(2 * k + 1) - gammaln(j + 1)
        return float(logsumexp(log - gammaln(2 * k - j + 1) + j * np.log(d / n)) - np.log(k))

    edge = np.exp(moment(20001) - moment(20000)) * (1 + 1.5 / 20000)
    assert_allclose(closed.head_filter_factor(n, d, 0.3), 0.3 * (edge / d) ** 0.5, rtol=1e-4)


def test_small_random_heads() -> None:
    rng, n, d = np.random.default_rng(7), 900, 150
    A = np.exp(0.05 * rng.standard_normal((n, d)) @ rng.standard_normal((d, n)) / d**0.5)
    A /= A.sum(1, keepdims=True)
    assert_allclose(np.linalg.norm(A - A.mean(0), 2), closed.head_filter_factor(n, d, 0.05), rtol=0.03)
    assert_allclose(closed.head_filter_factor(10**9, 4, 0.3), 0.15, rtol=1e-3)
    assert closed.head_filter_factor(3, 2, 0.0) == 0


HEADS = {
    "length": (lambda: closed.head_filter_factor(0, 1, 1.0), "length = 0"),
    "dimensions": (lambda: closed.head_filter_factor(1, 0, 1.0), "dimensions = 0"),
    "spread": (lambda: closed.head_filter_factor(1, 1, -1.0), "spread = -1"),
}


@pytest.mark.parametrize("case", HEADS)
def test_bad_heads_are_refused_in_a_sentence(case: str) -> None:
    function, words = HEADS[case]
    with pytest.raises(ValueError, match=words):
        function()


def test_recalled_bound_by_hand_and_at_its_limits() -> None:
    """Published nowhere that we read: the formula in high precision, its n^(-1/4), and where it must fail."""
    with mp.workdps(30):
        for n, spread in ((2, 0.0), (64, 1.0), (1024, 0.5)):
            e = 2 * mp.sqrt(1 + mp.e ** (-2 * mp.mpf(spread) ** 2)) * mp.sqrt(n - 1) ** 3 + 1
            assert_allclose(closed.recalled_filter_bound(n, spread), float(mp.sqrt(n / e)), rtol=1e-12)
    n = 10**8
    assert_allclose(closed.recalled_filter_bound(n, 30.0), n**-0.25 / 2**0.5, rtol=1e-4)
    assert_allclose(closed.recalled_filter_bound(n, 0.0), n**-0.25 / 8**0.25, rtol=1e-4)
    hard = np.zeros((64, 64))
    hard[np.arange(64), np.arange(64) % 2] = 1  # hard attention, the limit of great spreads
    assert closed.filter_factor(hard) >= 1 > closed.recalled_filter_bound(64, 1e6)


@given(st.integers(2, 10**6), st.floats(0, 5.0), st.floats(0, 5.0))
def test_recalled_bound_rises_with_the_spread_and_never_exceeds_one(n: int, first: float, second: float) -> None:
    low, high = (float(closed.recalled_filter_bound(n, s)) for s in sorted((first, second)))
    assert low <= high * (1 + 1e-12) < 1


@pytest.mark.parametrize(
    ("length", "spread", "sentence"),
    [(1, 1.0, "^length = 1 is below the least"), (8, -1.0, "^spread = -1 is outside"), (8, np.nan, "^spread = nan")],
)
def test_recalled_bound_refuses(length: int, spread: float, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        closed.recalled_filter_bound(length, spread)
