"""Lengths and angles of class means at any depth and bias, against searches and the closed forms of special cases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.collapse import one_layer, ridged_bias, squared_error
from theory.collapse.class_means import mean_products
from theory.collapse.strategies import class_counts, penalties

from .searched import searched

UNEQUAL, EQUAL, LAM_H = np.array([6.0, 4.0, 2.0]), np.full(3, 4.0), 2e-3
DEPTHS = {"one": [3e-3], "two": [6e-3, 2e-3], "three": [4e-3, 8e-3, 5e-3]}


@pytest.mark.parametrize(("counts", "bias"), [(UNEQUAL, np.inf), (UNEQUAL, 0.0), (EQUAL, 0.0), (EQUAL, 0.4)])
@pytest.mark.parametrize("depth", DEPTHS)
def test_means_of_the_best_search(counts: np.ndarray, bias: float, depth: str) -> None:
    lam = DEPTHS[depth]
    means = searched("squared", counts, lam, LAM_H, bias, starts=8).means
    assert_allclose(mean_products(counts, np.array(lam), LAM_H, bias), means.T @ means, atol=2e-5)


@pytest.mark.parametrize(("bias", "width"), [(np.inf, 2), (np.inf, 1), (0.0, 1)])
def test_means_through_a_bottleneck(bias: float, width: int) -> None:
    lam = DEPTHS["two"]
    means = searched("squared", UNEQUAL, lam, LAM_H, bias, width, starts=10).means
    assert_allclose(mean_products(UNEQUAL, np.array(lam), LAM_H, bias, width), means.T @ means, atol=2e-5)


@settings(max_examples=15)
@given(class_counts(), penalties(1e-5, 0.3), penalties(1e-5, 0.3), st.integers(1, 5))
def test_without_bias_lengths_are_those_of_classes(n: tuple, lam: float, lam_h: float, depth: int) -> None:
    counts, layers = np.array(n, float), np.full(depth, lam)
    gram = mean_products(counts, layers, lam_h)
    assert_allclose(np.diag(gram), squared_error.class_lengths(counts, layers, lam_h), rtol=1e-9, atol=1e-14)
    assert np.all(gram == np.diag(np.diag(gram)))


@settings(max_examples=15)
@given(class_counts(), penalties(1e-4, 0.3), st.integers(1, 5))
def test_with_a_free_bias_features_have_mean_zero(n: tuple, lam: float, depth: int) -> None:
    counts = np.array(n, float)
    gram = mean_products(counts, np.full(depth, lam), lam, 0.0)
    assert_allclose(counts @ gram @ counts, 0, atol=1e-12 * counts.sum() ** 2 * max(gram.max(), 1e-300))
    assert np.linalg.eigvalsh(gram)[0] >= -1e-12 * max(gram.max(), 1e-300)


@pytest.mark.parametrize("bias", [0.0, 0.02, 0.4, np.inf])
def test_one_layer_of_any_bias(bias: float) -> None:
    lam = 4e-3
    logits = one_layer.minimum("squared", EQUAL, lam, bias).logits
    assert_allclose(mean_products(EQUAL, np.array([lam]), lam, bias), one_layer.mean_gram(logits, EQUAL), atol=1e-7)
    if 0 < bias < np.inf:
        gram = mean_products(EQUAL, np.array([lam]), lam, bias)
        assert_allclose(gram[0, 1] / gram[0, 0], ridged_bias.mean_cosine(3, 4.0, lam, bias), rtol=1e-9)


def test_unequal_classes_of_one_layer_and_a_free_bias() -> None:
    expected = one_layer.mean_gram(one_layer.minimum("squared", UNEQUAL, 4e-3, 0.0).logits, UNEQUAL)
    assert_allclose(mean_products(UNEQUAL, np.array([4e-3]), 4e-3, 0.0), expected, atol=1e-7)


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_limits_of_the_biases_penalty(depth: int) -> None:
    lam = np.full(depth, 3e-3)
    for end, near in ((0.0, 1e-9), (np.inf, 1e9)):
        assert_allclose(mean_products(EQUAL, lam, LAM_H, near), mean_products(EQUAL, lam, LAM_H, end), atol=1e-7)


BAD = {
    "bias on unequal classes": (lambda: mean_products(UNEQUAL, [1e-3], 1e-3, 0.5), "^a penalized bias on unequal"),
    "bias below zero": (lambda: mean_products(EQUAL, [1e-3], 1e-3, -0.5), "^bias_penalty = -0.5 is outside"),
    "many biases": (lambda: mean_products(EQUAL, [1e-3], 1e-3, [0.5, 1.0]), r"^bias_penalty has shape \(2,\)"),
    "no penalty": (lambda: mean_products(EQUAL, [0.0], 1e-3), "^layer_penalties = 0 is outside"),
    "no width": (lambda: mean_products(UNEQUAL, [1e-3], 1e-3, width=0), "nothing passes a bottleneck of zero"),
    "equal modes": (lambda: mean_products(EQUAL, [1e-3], 1e-3, width=2), "^width = 2 cuts through equal modes"),
    "one class": (lambda: mean_products([3.0], [1e-3], 1e-3), "at least two class sizes"),
    "an empty class": (lambda: mean_products([3.0, 0.0], [1e-3], 1e-3), "^counts = 0 is outside"),
}


@pytest.mark.parametrize("case", BAD)
def test_refused_in_a_sentence(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import jaxtyping

    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()
