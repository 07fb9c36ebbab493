"""Streamed numerical rank against singular values of all features at once; weights, tiny values, bad input."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.collapse.class_roots import class_roots, merged_roots, rank_of_roots
from theory.collapse.metrics import numerical_rank

RNG = np.random.default_rng(8)
LABELS = np.repeat(np.arange(4), (9, 5, 3, 2))
FEATURES = RNG.standard_normal((19, 6)) @ np.diag([3.0, 2.0, 1.0, 0.3, 0.1, 0.02])


def by_hand(features: np.ndarray, labels: np.ndarray) -> float:
    own = [features[labels == k] for k in range(4)]
    return float(np.mean([np.linalg.norm(h, "nuc") / np.linalg.norm(h) for h in own]))


@pytest.mark.parametrize("cuts", [(), (1,), (4, 9), (2, 3, 5, 11, 18)])
def test_streams_of_any_cut(cuts: tuple[int, ...]) -> None:
    """Batches shorter than the dimensions, and without some of the classes."""
    order = RNG.permutation(19)
    batches = zip(np.split(FEATURES[order], cuts), np.split(LABELS[order], cuts))
    first, *others = [class_roots(h, y, classes=4) for h, y in batches]
    for other in others:
        first = merged_roots(first, other)
    assert_allclose(rank_of_roots(first), by_hand(FEATURES, LABELS), rtol=1e-13)
    assert_allclose(rank_of_roots(first), numerical_rank(FEATURES, LABELS, 4), rtol=1e-13)
    second = [FEATURES[k == LABELS].T @ FEATURES[k == LABELS] for k in range(4)]
    assert_allclose(np.swapaxes(first, 1, 2) @ first, second, atol=1e-13 * np.max(second))


@given(st.integers(0, 2**32 - 1))
def test_weights_are_repetitions(seed: int) -> None:
    times = np.random.default_rng(seed).integers(1, 4, 19)
    repeated = by_hand(np.repeat(FEATURES, times, 0), np.repeat(LABELS, times))
    weighted = class_roots(FEATURES, LABELS, classes=4, weights=times.astype(float))
    assert_allclose(rank_of_roots(weighted), repeated, rtol=1e-12)
    assert_allclose(numerical_rank(FEATURES, LABELS, 4, weights=times.astype(float)), repeated, rtol=1e-12)
    assert_allclose(
        numerical_rank(FEATURES, LABELS, 4, weights=np.full(19, 0.3)), by_hand(FEATURES, LABELS), rtol=1e-12
    )


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100.0))
def test_rank_ignores_rotation_scale_and_order_of_batches(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    turn, order = np.linalg.qr(rng.standard_normal((6, 6)))[0], rng.permutation(19)
    moved, named = scale * (FEATURES @ turn)[order], LABELS[order]
    a, b = (class_roots(moved[s], named[s], classes=4) for s in (slice(0, 10), slice(10, 19)))
    assert_allclose(rank_of_roots(merged_roots(b, a)), rank_of_roots(merged_roots(a, b)), rtol=1e-12)
    assert_allclose(rank_of_roots(merged_roots(a, b)), by_hand(FEATURES, LABELS), rtol=1e-11)


def test_singular_values_below_the_root_of_rounding_survive() -> None:
    """Nearly collapsed classes: sums of second moments would know such values to 1e-8 of the largest alone."""
    h = np.outer(np.arange(1.0, 21.0), np.ones(5)) + 1e-11 * RNG.standard_normal((20, 5))
    y = np.zeros(20, int)
    roots = merged_roots(class_roots(h[:7], y[:7], classes=1), class_roots(h[7:], y[7:], classes=1))
    values = np.linalg.svd(h, compute_uv=False)
    assert_allclose(np.linalg.svd(roots[0], compute_uv=False)[1:], values[1:], rtol=1e-3)
    assert abs(float(rank_of_roots(roots)) - 1 - values[1:].sum() / values[0]) < 1e-14


BAD = {
    "no samples": (lambda: rank_of_roots(class_roots(FEATURES, LABELS, classes=5)), "^norm of a class = 0"),
    "labels": (lambda: class_roots(FEATURES, LABELS, classes=3), "^label 3 is outside 0 to 2"),
    "weights": (lambda: class_roots(FEATURES, LABELS, 4, weights=-np.ones(19)), "^weights = -1 is outside"),
    "infinite": (lambda: class_roots(np.full((19, 6), np.inf), LABELS, 4), "^features = inf"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_a_sentence(case: str) -> None:
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()


def test_traced_bad_input_gives_nan() -> None:
    assert np.isnan(jax.jit(rank_of_roots)(np.zeros((4, 6, 6))))
