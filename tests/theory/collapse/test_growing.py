"""Growing simplices against Procrustes' problem solved here, concepts against every choice of classes."""

from itertools import combinations

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.collapse import growing as closed
from theory.collapse.frames import simplex


@pytest.mark.parametrize(("K", "m"), [(2, 1), (2, 7), (4, 2), (9, 3), (5, 0)])
def test_distance_after_the_best_rotation(K: int, m: int) -> None:
    def unit(count: int) -> np.ndarray:
        rows = np.eye(count) - 1 / count
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    before, after = np.pad(unit(K), ((0, 0), (0, m))), unit(K + m)[:K]
    left, _, right = np.linalg.svd(before.T @ after)
    moved = np.sum((before @ left @ right - after) ** 2)
    assert_allclose(closed.grown_simplex_distance(K, m), moved, atol=1e-12)
    gram = np.asarray(simplex(K + m))[:K] @ np.asarray(simplex(K + m))[:K].T
    assert_allclose(gram, after @ after.T, atol=1e-12)


def test_few_and_many_added() -> None:
    assert closed.grown_simplex_distance(5, 0) == 0
    assert_allclose(closed.grown_simplex_distance(5, 10**12), 10 * (1 - 0.8**0.5), rtol=1e-9)
    assert_allclose(closed.grown_simplex_distance(10**9, 1), 1 / 10**9, rtol=1e-6)  # 1 - a would have cancelled


@given(st.lists(st.floats(0, 10), min_size=4, max_size=4), st.integers(1, 5))
def test_no_choice_of_classes_leaves_less(weights: list, concepts: int) -> None:
    error = float(closed.concept_error(np.array(weights), concepts))
    lost = max(4 - concepts, 0)
    assert_allclose(error, min(sum(c) for c in combinations(weights, lost)), atol=1e-12)


def test_a_factorization_attains_it_and_none_of_that_rank_does_better() -> None:
    rng = np.random.default_rng(1)
    counts, lengths = np.array([4, 2, 3]), np.array([1.0, 2.5, 0.7])
    labels = np.repeat(np.arange(3), counts)
    H = np.diag(lengths)[:, labels]
    weights = counts * lengths**2
    for r in (1, 2):
        kept = np.argsort(-weights)[:r]
        V = (labels[:, None] == kept[None]).astype(float)
        left = np.sum((H - H @ (V / counts[kept]) @ V.T) ** 2)
        assert_allclose(left, closed.concept_error(weights, r), atol=1e-12)
        assert_allclose(np.sum(np.linalg.svd(H, compute_uv=False)[r:] ** 2), left, atol=1e-12)
        trial = np.abs(rng.standard_normal((2, 9, r)))
        assert np.sum((H - H @ trial[0] @ trial[1].T) ** 2) >= left


BAD = {
    "one class": (lambda: closed.grown_simplex_distance(1, 1), "^classes = 1 is below"),
    "lost classes": (lambda: closed.grown_simplex_distance(3, -1), "^added = -1 is below"),
    "weights": (lambda: closed.concept_error(np.array([1.0, -1.0]), 1), "^weights = -1 is outside"),
    "no classes": (lambda: closed.concept_error(np.zeros(0), 1), "^weights have shape .0,. but"),
    "no concept": (lambda: closed.concept_error(np.ones(2), 0), "^concepts = 0 is below"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_a_sentence(case: str) -> None:
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()


def test_traced_bad_input_gives_nan() -> None:
    assert np.isnan(jax.jit(lambda w: closed.concept_error(w, 1))(np.array([1.0, -1.0])))
