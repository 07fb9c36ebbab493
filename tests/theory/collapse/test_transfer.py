"""The bound on errors of the nearest class mean against counted errors, normal tails, and the case that attains it."""

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


BAD = {
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
