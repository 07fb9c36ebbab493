"""Frames of low rank: their spectra and margins, losses by scanning, thresholds, nothing lower among random logits."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.collapse import cross_entropy
from theory.collapse import low_rank as closed
from theory.collapse.strategies import penalties

FRAMES = {
    "simplex": closed.simplex_logits,
    "orthoplex": closed.orthoplex_logits,
    "polygon": closed.polygon_logits,
}


@pytest.mark.parametrize("K", [4, 6, 10])
@pytest.mark.parametrize("name", FRAMES)
def test_frames_have_unit_margin_and_their_rank(name: str, K: int) -> None:
    C = np.asarray(FRAMES[name](K))
    off = C + np.where(np.eye(K) == 1, -np.inf, 0)
    assert_allclose(np.diag(C) - off.max(0), 1, rtol=1e-12)
    assert_allclose(C.sum(0), 0, atol=1e-10)
    rank = {"simplex": K - 1, "orthoplex": K // 2, "polygon": 2}[name]
    values = np.linalg.svd(C, compute_uv=False)
    assert_allclose(values[:rank], values[0], rtol=1e-12)
    assert_allclose(values[rank:], 0, atol=1e-9)


def scanned(C: np.ndarray, n: float, lam: np.ndarray, lam_h: float) -> float:
    """The least loss on a fine grid of scales, everything written out."""
    factors = [*lam, lam_h]
    M = len(lam)
    price = (M + 1) / 2 * np.prod(factors) ** (1 / (M + 1))
    values = np.linalg.svd(np.kron(C, np.ones((1, int(n)))), compute_uv=False)
    values = values[values > 1e-9]
    t = np.linspace(0, 40, 40001)
    apart = C - np.diag(C)[None]
    fit = np.mean([np.log(np.exp(t[:, None] * a).sum(1)) for a in apart.T], 0)
    return float(np.min(fit + price * np.sum((t[:, None] * values) ** (2 / (M + 1)), 1)))


@pytest.mark.parametrize("M", [1, 2, 3, 6])
@pytest.mark.parametrize("name", FRAMES)
def test_loss_by_scanning(name: str, M: int) -> None:
    C, lam = np.asarray(FRAMES[name](6)), np.geomspace(1e-3, 6e-3, M)
    assert_allclose(closed.frame_loss(C, 3.0, lam, 2e-3), scanned(C, 3, lam, 2e-3), rtol=1e-6)


@pytest.mark.parametrize("M", [1, 2, 4])
def test_the_two_frames_known_in_closed_form(M: int) -> None:
    for lam in (1e-6, 1e-3, 2.0):
        args = (6, 3.0, np.full(M, lam), lam)
        assert_allclose(
            closed.frame_loss(closed.simplex_logits(6), *args[1:]), cross_entropy.deep_simplex_loss(*args), rtol=1e-12
        )
        assert_allclose(
            closed.frame_loss(closed.orthoplex_logits(6), *args[1:]), cross_entropy.deep_pair_loss(*args), rtol=1e-12
        )


def test_scale_of_the_logits_does_not_matter() -> None:
    C = np.asarray(closed.polygon_logits(5))
    args = (2.0, np.array([2e-3, 1e-3]), 3e-3)
    assert_allclose(closed.frame_loss(7 * C, *args), closed.frame_loss(C, *args), rtol=1e-12)


def test_square_is_orthoplex_and_polygon() -> None:
    cyclic = np.asarray(closed.polygon_logits(4))
    order = [0, 2, 1, 3]
    assert_allclose(cyclic[np.ix_(order, order)], closed.orthoplex_logits(4), atol=1e-12)


def test_cost_gives_the_published_thresholds_of_depth() -> None:
    """Garrod and Keating, Theorem 1: K >= 4 and M >= 3, K >= 6 and M = 2; elsewhere the pairs do not win."""
    wins = {
        (K, M): float(closed.margin_cost(closed.orthoplex_logits(K), M))
        < float(closed.margin_cost(closed.simplex_logits(K), M)) - 1e-9
        for K in (4, 6, 8, 20)
        for M in (1, 2, 3, 7)
    }
    assert all(won == ((M >= 3) or (M == 2 and K >= 6)) for (K, M), won in wins.items())
    assert_allclose(closed.margin_cost(closed.polygon_logits(6), 5), 2 * 6 ** (1 / 3), rtol=1e-12)


def test_cost_orders_the_losses_of_vanishing_penalties() -> None:
    """The depth from which the polygon wins is that of the cost, five for six classes, once penalties are tiny."""
    for M, rank in ((1, 5), (2, 3), (4, 3), (5, 2), (9, 2)):
        costs = {r: float(closed.margin_cost(form(6), M)) for r, form in zip((5, 3, 2), FRAMES.values())}
        assert min(costs, key=costs.get) == rank
        assert closed.lowest_frame(6, 2.0, np.full(M, 1e-12), 1e-12)[0] == rank


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 3, 5]), penalties(1e-5, 1e-2))
def test_no_random_logits_are_lower(seed: int, M: int, lam: float) -> None:
    """Gram matrices of six random directions in any dimension, and of disturbed frames."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rng.integers(1, 7), 6))
    frame = np.asarray(list(FRAMES.values())[rng.integers(3)](6))
    least = closed.lowest_frame(6, 2.0, np.full(M, lam), lam)[1]
    for C in (X.T @ X, frame + 0.1 * rng.standard_normal((6, 6))):
        assert float(closed.frame_loss(C, 2.0, np.full(M, lam), lam)) >= least - 1e-12


def test_heavy_penalties_leave_nothing() -> None:
    assert closed.lowest_frame(6, 2.0, np.full(3, 5.0), 5.0) == (0, pytest.approx(np.log(6)))


BAD = {
    "odd": (lambda: closed.orthoplex_logits(5), "classes = 5 is odd"),
    "line": (lambda: closed.polygon_logits(2), "classes = 2 is below"),
    "one": (lambda: closed.simplex_logits(1), "classes = 1 is below"),
    "square": (lambda: closed.frame_loss(np.ones((1, 1)), 1.0, np.ones(1), 1.0), "must be a square matrix"),
    "margin": (lambda: closed.margin_cost(-np.eye(3), 2), "every class must have its own logit largest"),
    "size": (lambda: closed.frame_loss(np.eye(3), 0.0, np.ones(1), 1.0), "samples_per_class = 0"),
    "penalty": (lambda: closed.frame_loss(np.eye(3), 1.0, np.zeros(1), 1.0), "layer_penalties = 0"),
    "few": (lambda: closed.lowest_frame(3, 1.0, np.ones(1), 1.0), "classes = 3 is below"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_a_sentence(case: str) -> None:
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()


def test_traced_bad_penalty_gives_nan() -> None:
    assert np.isnan(jax.jit(lambda lam: closed.frame_loss(np.eye(3), 2.0, lam, 0.1))(np.array([-0.1])))
