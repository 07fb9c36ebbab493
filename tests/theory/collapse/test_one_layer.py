"""Certified minima against searches of all factors, the closed forms that they contain, and their own dual."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import log_softmax, softmax, xlogy

from theory.collapse import blocks, cross_entropy, ridged_bias, squared_error
from theory.collapse.one_layer import directions, lower_bound, mean_gram, minimum, row_gram
from theory.collapse.strategies import class_counts, penalties

from .searched import searched

STEPPED = np.array([5.0, 12.0, 3.0])
TWICE = np.array([2.0, 9.0, 2.0, 4.0, 9.0])
LOSSES = ("entropy", "squared")
BIASES = (np.inf, 0.3, 0.0)
TIGHT = 1e-10  # of a gap, over the loss
quick = settings(max_examples=20)


def objective(loss: str, Z: np.ndarray, b: np.ndarray, n: np.ndarray, lam: float, ridge: float) -> float:
    out = Z + b[:, None]
    fits = -np.diag(log_softmax(out, 0)) if loss == "entropy" else ((out - np.eye(len(n))) ** 2).sum(0) / 2
    held = 0.0 if np.isinf(ridge) else ridge / 2 * b @ b
    return n @ fits / n.sum() + lam * np.linalg.svd(Z @ np.diag(n**0.5))[1].sum() + held


def edge(n: np.ndarray) -> float:
    return np.sqrt(n.max()) / n.sum()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("ridge", BIASES)
@pytest.mark.parametrize(("n", "share"), [(STEPPED, 0.1), (STEPPED, 0.6), (TWICE, 0.3)])
def test_searches_of_all_factors_end_here(loss: str, ridge: float, n: np.ndarray, share: float) -> None:
    """Loss, logits and both Gram matrices, with unequal penalties of layer and features."""
    lam = share * edge(n)
    found = minimum(loss, n, lam, ridge)
    assert found.gap < TIGHT * found.loss
    assert_allclose(found.loss, objective(loss, found.logits, found.bias, n, lam, ridge), rtol=1e-12)
    seen = searched(loss, n, [4 * lam], lam / 4, 1e-13 if ridge == 0 else ridge, starts=2)
    assert_allclose(seen.loss, found.loss, rtol=1e-9)
    assert_allclose(seen.logits, found.logits, atol=3e-4)
    assert_allclose(seen.layers[0] @ seen.layers[0].T, row_gram(found.logits, n) / 4, atol=3e-4)
    assert_allclose(seen.means.T @ seen.means, 4 * mean_gram(found.logits, n), atol=1e-3)


@quick
@given(class_counts(), penalties(1e-4, 0.3), st.sampled_from(LOSSES), st.sampled_from(BIASES), st.integers(0, 99))
def test_nothing_is_below_any_lower_bound(n: tuple, lam: float, loss: str, ridge: float, seed: int) -> None:
    """Of random logits: below the least loss, which is below the loss of those logits."""
    counts, rng = np.array(n, float), np.random.default_rng(seed)
    found = minimum(loss, counts, lam, ridge)
    Z = rng.standard_normal((4, 4)) * 10 ** rng.uniform(-2, 1.5) + rng.uniform(0, 3) * np.eye(4)
    b = rng.standard_normal(4) * np.isfinite(ridge)
    assert found.gap < TIGHT * found.loss
    assert lower_bound(loss, Z, counts, lam, ridge) <= found.loss * (1 + 1e-12)
    assert objective(loss, Z, b, counts, lam, ridge) >= found.loss * (1 - 1e-12)
    near = found.logits + 1e-3 * rng.standard_normal((4, 4))
    assert lower_bound(loss, near, counts, lam, ridge) <= found.loss * (1 + 1e-12)


@quick
@given(class_counts(), penalties(1e-5, 0.3), st.sampled_from(LOSSES), st.sampled_from(BIASES))
def test_symmetries(n: tuple, lam: float, loss: str, ridge: float) -> None:
    """The order of classes, and c times the samples under penalties divided by root c."""
    counts, order = np.array(n, float), np.array([2, 0, 3, 1])
    found, moved = minimum(loss, counts, lam, ridge), minimum(loss, counts[order], lam, ridge)
    scaled = minimum(loss, 9 * counts, lam / 3, ridge)
    assert_allclose([moved.loss, scaled.loss], found.loss, rtol=1e-11)
    assert_allclose(moved.logits, found.logits[np.ix_(order, order)], atol=1e-5)
    assert_allclose(np.ptp(moved.bias), np.ptp(found.bias), atol=1e-5)


@settings(max_examples=8)
@given(class_counts(), penalties(1e-4, 0.3), st.sampled_from(LOSSES))
def test_limits_of_the_biases_penalty(n: tuple, lam: float, loss: str) -> None:
    counts = np.array(n, float)
    none, free = minimum(loss, counts, lam).loss, minimum(loss, counts, lam, 0.0).loss
    ridged = [minimum(loss, counts, lam, ridge).loss for ridge in (1e-9, 0.1, 1.0, 1e9)]
    assert_allclose([ridged[0], ridged[-1]], [free, none], rtol=1e-6, atol=1e-7)
    assert (np.diff([free, *ridged, none]) > -1e-12).all()


@quick
@given(st.sampled_from([(2, 2), (1, 3)]), st.floats(1.0, 50.0), penalties(1e-6, 0.2))
def test_two_sizes(classes: tuple[int, int], ratio: float, lam: float) -> None:
    counts = np.array([2 * ratio, 2.0])
    found = minimum("entropy", np.repeat(counts, classes), lam)
    assert_allclose(found.loss, blocks.block_loss(classes, counts, lam), rtol=1e-10)


@quick
@given(class_counts(), penalties(1e-6, 0.3), st.sampled_from([np.inf, 0.0]))
def test_squared_error_modes(n: tuple, lam: float, ridge: float) -> None:
    counts = np.array(n, float)
    modes = squared_error.free_bias_strengths(counts) if ridge == 0 else counts
    least = squared_error.least_loss(modes, counts.sum(), np.array([lam]), lam)
    assert_allclose(minimum("squared", counts, lam, ridge).loss, least, rtol=1e-9)


@quick
@given(st.floats(1.0, 30.0), penalties(1e-5, 0.2), penalties(1e-3, 1e2))
def test_balanced_classes(n: float, lam: float, ridge: float) -> None:
    """A simplex at any bias under cross-entropy; the ridged modes under squared error."""
    margin = float(cross_entropy.simplex_margin(5, n, lam))
    simplex = np.log1p(4 * np.exp(-margin)) + 4 * lam * n**0.5 * margin
    for bias in (np.inf, ridge, 0.0):
        found = minimum("entropy", np.full(5, n), lam, bias)
        assert_allclose(found.loss, simplex, rtol=1e-10)
        assert_allclose(found.logits, margin * (np.eye(5) - 0.2), atol=1e-6)
    least = ridged_bias.ridged_least_loss(5, n, np.array([lam]), lam, ridge)
    assert_allclose(minimum("squared", np.full(5, n), lam, ridge).loss, least, rtol=1e-9)


@pytest.mark.parametrize("ridge", BIASES)
def test_probabilities_have_the_largest_entropy(ridge: float) -> None:
    """The dual by another way: of random points that it allows, none beats what the minimizer says."""
    n, rng = STEPPED, np.random.default_rng(3)
    N, lam = n.sum(), 0.5 * edge(n)
    found = minimum("entropy", n, lam, ridge)
    P = softmax(found.logits + found.bias[:, None], 0)

    def dual(Q: np.ndarray) -> float:
        drift = (Q - np.eye(3)) @ n / N
        held = drift @ drift / (2 * ridge) if 0 < ridge < np.inf else 0.0
        return -n @ xlogy(Q, Q).sum(0) / N - held

    assert_allclose(dual(P), found.loss, rtol=1e-10)
    assert_allclose(np.linalg.norm((P - np.eye(3)) * n**0.5, 2), N * lam, rtol=1e-8)
    for size in 10.0 ** rng.uniform(-6, 0, 200):
        move = rng.standard_normal((3, 3))
        move -= move.mean(0)
        if ridge == 0:
            move -= np.outer(move @ n, n) / (n @ n)
        Q = P + size * move
        reach = np.linalg.norm((Q - np.eye(3)) * n**0.5, 2)
        Q = np.eye(3) + min(1.0, N * lam / reach) * (Q - np.eye(3))
        assert (Q < 0).any() or dual(Q) <= found.loss * (1 + 1e-12)


def test_thresholds_of_three_sizes() -> None:
    """Twins merge at their own root over N, the last direction ends with everything at `silence_penalty`."""
    for factor, apart in ((0.99, True), (1.01, False)):
        Z = minimum("entropy", TWICE, factor * np.sqrt(2.0) / TWICE.sum(), 0.7).logits
        assert (np.abs(Z[:, 0] - Z[:, 2]).max() > 1e-3) == apart
        last = factor * float(blocks.silence_penalty(TWICE))
        assert (directions(minimum("entropy", TWICE, last).logits, TWICE) > 0) == apart


@pytest.mark.parametrize("ridge", BIASES)
def test_a_width_of_its_directions_is_wide(ridge: float) -> None:
    """A bottleneck as wide as the minimizer's rank reaches the same loss, one narrower does not."""
    n, lam = np.array([20.0, 10.0, 5.0, 4.0]), 0.055
    found = minimum("entropy", n, lam, ridge)
    rank = directions(found.logits, n)
    assert rank == 2
    bias = 1e-13 if ridge == 0 else ridge
    losses = [searched("entropy", n, [lam], lam, bias, width=w, starts=8).loss for w in (rank - 1, rank)]
    assert_allclose(losses[1], found.loss, rtol=1e-9)
    assert losses[0] > found.loss + 1e-3


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("ridge", BIASES)
def test_extremes(loss: str, ridge: float) -> None:
    """Penalties of nearly nothing, classes a million times apart, and penalties that leave nothing."""
    for n, lam in ((STEPPED, 1e-9), (np.array([1e6, 30.0, 1.0]), 1e-5), (STEPPED, 1e3)):
        found = minimum(loss, n, lam, ridge)
        assert found.gap < 1e-7 * found.loss
        assert np.isfinite(found.logits).all()
    nothing = minimum(loss, STEPPED, 1e3, ridge)
    assert np.abs(nothing.logits).max() < 1e-12
    p = softmax(nothing.bias)
    drift = (p if loss == "entropy" else nothing.bias) - STEPPED / 20
    assert_allclose(drift if ridge == 0 else 0.0, 0.0, atol=1e-9)


BAD = {
    "loss": (lambda: minimum("hinge", STEPPED, 0.1), "loss = 'hinge'"),
    "empty class": (lambda: minimum("entropy", np.array([1.0, 0.0]), 0.1), "counts = 0"),
    "one class": (lambda: minimum("entropy", np.ones(1), 0.1), "at least two class sizes"),
    "penalty": (lambda: minimum("entropy", STEPPED, 0.0), "product_penalty = 0"),
    "bias": (lambda: minimum("entropy", STEPPED, 0.1, -1.0), "bias_penalty = -1"),
    "biases": (lambda: minimum("entropy", STEPPED, 0.1, np.ones(2)), "must be one number"),
    "logits": (lambda: lower_bound("squared", np.eye(2), STEPPED, 0.1), "2 classes|3 classes"),
    "nan": (lambda: directions(np.full((3, 3), np.nan), STEPPED), "logits"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_a_sentence(case: str) -> None:
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()
