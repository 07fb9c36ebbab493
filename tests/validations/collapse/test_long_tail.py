"""What the regularized long tail is made of: the regularizer and the kinds of pairs by loops, refused settings."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import logsumexp

from theory.collapse.frames import simplex
from validations.collapse.claims.long_tail import LongTail
from validations.collapse.long_tail import SIMPLEX, by_kind, cosines_of, regularizer
from validations.core.errors import ConfigurationError
from validations.core.theory import call

COUNTS = (5, 3, 2, 2)


def test_regularizer_by_loops() -> None:
    h, labels = np.random.default_rng(0).standard_normal((6, 12)), np.repeat(range(4), COUNTS)
    means = np.stack([h[:, labels == k].mean(1) for k in range(4)])
    inside = np.sum([np.sum((h[:, i] - means[k]) ** 2) / COUNTS[k] for i, k in enumerate(labels)])
    away = means - means.mean(0)
    cos = [[u @ v / np.linalg.norm(u) / np.linalg.norm(v) for v in away] for u in away]
    soft = [-logsumexp([-7 * np.arccos(cos[k][j]) for j in range(4) if j != k]) / 7 for k in range(4)]
    value, slope = regularizer(h[..., None], COUNTS, 7.0)
    assert_allclose(value, [inside - np.mean(soft)], rtol=1e-10)
    move = 1e-5 * np.random.default_rng(1).standard_normal(h.shape)
    up, down = (regularizer((h + sign * move)[..., None], COUNTS, 7.0)[0] for sign in (1, -1))
    assert_allclose(up - down, [2 * np.sum(slope[..., 0] * move)], rtol=1e-7)
    assert_allclose(cosines_of(h[..., None], COUNTS)[..., 0], cos, rtol=1e-10)


def test_a_collapsed_simplex_has_the_least_regularizer() -> None:
    """No smallest angle is larger, by Rankin's bound; any features found lie above."""
    rng = np.random.default_rng(1)
    collapsed = np.repeat(np.asarray(simplex(4, 6)), COUNTS, 0).T
    least = np.log(3) / 40 - np.arccos(-1 / 3)
    assert_allclose(regularizer(collapsed[..., None], COUNTS, 40.0)[0], [least], rtol=1e-10)
    for size in (0.01, 0.1, 1.0, 10.0):
        assert regularizer((collapsed + size * rng.standard_normal((6, 12)))[..., None], COUNTS, 40.0)[0] > least


def test_kinds_of_pairs() -> None:
    cosines = np.array([[1, 0.2, 0.5, 0.6], [0.2, 1, 0.7, 0.8], [0.5, 0.7, 1, -0.3], [0.6, 0.8, -0.3, 1]])
    assert_allclose(by_kind(cosines, 2), [0.2, -0.3, 0.65])


def test_merged_small_classes_by_hand() -> None:
    """Three vertices, one of them twice: (3, -1, -2)/4, (-1, 3, -2)/4 and (-1, -1, 2)/4 about their mean."""
    settings = {"counts": COUNTS, "large": 2, "penalties": (0.1, 0.2)}
    merged = call(SIMPLEX.rivals["merged small classes"], settings)
    assert_allclose(merged, np.repeat([[-1 / 7], [1.0], [-6 / 84**0.5]], 2, 1), rtol=1e-10)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"large": 3}, "must list at least two small classes after the 3 large ones"),
        ({"width": 2}, "width = 2 holds no simplex of 4 classes"),
        ({"penalties": (0.0,)}, "penalties"),
        ({"counts": (8, 8, 2, 0)}, "counts"),
    ],
)
def test_impossible_settings_are_refused(change: dict, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        LongTail(replicates=8, **change)
