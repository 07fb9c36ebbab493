"""The bound on errors of the nearest class mean against counted errors, normal tails, and the case that attains it."""

from itertools import product

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from theory.collapse import transfer as closed
from theory.collapse.metrics import class_distance_variances
from theory.collapse.moments import class_moments
from theory.collapse.strategies import collapsed_features

VARIANCES = jax.jit(lambda h, y, K: class_distance_variances(class_moments(h, y, K)), static_argnums=2)


@given(collapsed_features(noise=st.floats(0.01, 5.0), balanced=True))
def test_counted_errors(sample) -> None:  # noqa: ANN001
    K = sample.classes
    V = VARIANCES(sample.features, sample.labels, K)
    nearest = np.sum((sample.features[:, None] - sample.means[None]) ** 2, 2).argmin(1)
    assert np.mean(nearest != sample.labels) <= float(closed.center_error_bound(V)) + 1e-12
    assert closed.center_error_bound(V) <= 4 * np.sum(V) / K


@given(st.floats(0.01, 0.99))
def test_two_values_attain_it(share: float) -> None:
    """A share beyond half of the distance one, the rest where the mean is zero."""
    back = -0.5 * share / (1 - share)
    variance = share * 0.25 + (1 - share) * back**2
    V = np.array([[0.0, variance], [variance, 0.0]])
    assert_allclose(closed.center_error_bound(V), share, rtol=1e-12)


def test_isotropic_features() -> None:
    """Normal classes in p dimensions: the tail along one line of unequal variances."""
    for p, widths in ((1, (0.4, 0.1)), (7, (0.2, 0.6))):
        V = (p * widths[0] ** 2 + p * widths[1] ** 2) / 2
        error = np.mean([stats.norm.sf(0.5 / w) for w in widths])
        bound = float(closed.center_error_bound(np.array([[0.0, V], [V, 0.0]]), p))
        assert error <= bound
        assert_allclose(bound, 1 / (1 + 1 / (2 * (widths[0] ** 2 + widths[1] ** 2))), rtol=1e-12)


def test_three_classes_and_the_diagonal() -> None:
    V = np.array([[9.0, 0.1, 0.2], [0.1, 9.0, 0.3], [0.2, 0.3, 9.0]])
    by_hand = 2 / 3 * (0.4 / 1.4 + 0.8 / 1.8 + 1.2 / 2.2)
    assert_allclose(closed.center_error_bound(V), by_hand, rtol=1e-12)
    assert closed.center_error_bound(np.zeros((2, 2))) == 0
    assert_allclose(closed.center_error_bound(np.full((2, 2), 1e300)), 1)


def exact_error(classes: list[np.ndarray], shots: int) -> float:
    """Of the nearest of two estimated means, over every draw of the shots and of the sample; ties are errors."""
    centers = [np.array([np.mean(draw, 0) for draw in product(c, repeat=shots)]) for c in classes]
    wrong = []
    for own, other in ((0, 1), (1, 0)):
        for h in classes[own]:
            mine, theirs = (np.sum((centers[k] - h) ** 2, 1) for k in (own, other))
            wrong.append(np.mean(theirs[:, None] <= mine[None] + 1e-12))
    return float(np.mean(wrong))


def two(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    variance = [np.mean(np.sum((h - h.mean(0)) ** 2, 1)) for h in (first, second)]
    V = sum(variance) / 2 / np.sum((first.mean(0) - second.mean(0)) ** 2)
    return np.array([[0.0, V], [V, 0.0]])


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.floats(0.02, 0.6))
def test_errors_of_every_draw_of_shots(seed: int, shots: int, size: float) -> None:
    """Classes of four points, skewed and of unequal sizes, against all that can be drawn."""
    rng = np.random.default_rng(seed)
    first, second = (
        s * rng.exponential(1.0, (4, 2)) * rng.choice([-1, 1], 2) for s in (size, size * rng.uniform(0, 2))
    )
    second = second + rng.standard_normal(2)
    bound = float(closed.few_shot_error_bound(two(first, second), shots))
    assert exact_error([first, second], shots) <= bound + 1e-12
    assert bound <= 16 * (1 + 1 / shots) * two(first, second)[0, 1] + 1e-12


@pytest.mark.parametrize("size", [0.05, 0.15, 0.3])
def test_isotropic_shots(size: float) -> None:
    """Points of a cross in many dimensions: the bound is a small multiple of 1/n there, errors are below it."""
    p = 40
    cross = size * np.concatenate([np.eye(p), -np.eye(p)])  # variance size^2 / p in every direction
    other = cross + np.eye(p)[0]
    V = two(cross, other)
    bound = float(closed.few_shot_error_bound(V, 1, p))
    assert exact_error([cross, other], 1) <= bound
    assert_allclose(bound, min(1.0, 4 * V[0, 1] * min(4, (p ** (-1 / 3) + 1) ** 3)), rtol=1e-12)


def test_factors_of_shots_and_dimensions() -> None:
    """By hand, between their limits, and never above the published form."""
    V = np.array([[0.0, 1e-3], [1e-3, 0.0]])
    for n, p in ((1, 1), (4, 1), (100, 1), (100, 1000), (8, 27), (10**9, 10**6)):
        factor = float(closed.few_shot_error_bound(V, n, p)) / 4e-3
        assert_allclose(factor, min((1 + n**-0.5) ** 2, (p ** (-1 / 3) + n ** (-1 / 3)) ** 3), rtol=1e-12)
        assert factor <= 4 * (1 / p + 1 / n) + 1e-12
    assert_allclose(closed.few_shot_error_bound(V, 8, 27), 4e-3 * (1 / 3 + 1 / 2) ** 3, rtol=1e-12)
    many = closed.few_shot_error_bound(V, 10**12)
    assert_allclose(many, closed.center_error_bound(V), rtol=5e-3)
    assert closed.few_shot_error_bound(np.full((3, 3), 1e300), 1) == 2  # a sum over pairs says nothing here


BAD = {
    "no shot": (lambda: closed.few_shot_error_bound(np.zeros((2, 2)), 0), "^shots = 0 is below"),
    "few-shot, one class": (lambda: closed.few_shot_error_bound(np.zeros((1, 1)), 1), "^distance_variances have"),
    "one class": (lambda: closed.center_error_bound(np.zeros((1, 1))), "^distance_variances have shape .1, 1. but"),
    "below zero": (lambda: closed.center_error_bound(-np.eye(2)), "^distance_variances = -1 is outside"),
    "no dimension": (lambda: closed.center_error_bound(np.eye(2), 0), "^isotropic = 0 is below"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_a_sentence(case: str) -> None:
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()


def test_traced_bad_input_gives_nan() -> None:
    assert np.isnan(jax.jit(closed.center_error_bound)(-np.eye(2)))
    assert np.isnan(jax.jit(lambda V: closed.few_shot_error_bound(V, 3))(-np.eye(2)))
