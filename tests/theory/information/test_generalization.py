"""Information bounds of the mean of Gaussian examples against covariances, root searches and sampling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import brentq, minimize_scalar

from theory.information.generalization import (
    example_information,
    mean_gap,
    sample_information,
    square_loss_bound,
)
from theory.information.strategies import log_uniform


@given(st.integers(2, 12), log_uniform(0.05, 10.0))
def test_information_by_covariances(n: int, noise: float) -> None:
    """Determinants of the joint covariance of all examples and the mean, one coordinate."""
    joint = np.eye(n + 1)
    joint[:n, n] = joint[n, :n] = 1 / n
    joint[n, n] = 1 / n + noise**2
    one = joint[np.ix_([0, n], [0, n])]
    assert_allclose(example_information(n, 3, noise), -1.5 * np.log(np.linalg.det(one) / joint[n, n]), rtol=1e-9)
    assert_allclose(sample_information(n, 3, noise), -1.5 * np.log(np.linalg.det(joint) / joint[n, n]), rtol=1e-8)


@given(st.integers(2, 1000), log_uniform(1e-3, 10.0), st.integers(1, 50))
def test_order_of_the_bounds(n: int, noise: float, d: int) -> None:
    """The gap, the bound of one example, the bound of all, the sub-Gaussian form."""
    spread = 1 + 1 / n + noise**2
    one, every = example_information(n, d, noise), sample_information(n, d, noise)
    assert n * one <= every * (1 + 1e-9)
    bounds = [float(square_loss_bound(i, d, spread)) for i in (one, every / n)]
    assert mean_gap(n, d) <= bounds[0] * (1 + 1e-9) <= bounds[1] * (1 + 2e-9)
    assert bounds[0] <= 2 * spread * np.sqrt(d * one) * (1 + 1e-9)


@given(log_uniform(1e-12, 30.0), st.integers(1, 5), log_uniform(0.1, 10.0))
def test_bound_by_root_and_by_minimum(information: float, d: int, spread: float) -> None:
    bound = float(square_loss_bound(information, d, spread))
    lacking = lambda logit: -np.expm1(logit) + logit + 2 * information / d  # of log u
    log_u = brentq(lacking, -2 * information / d - 1 - 2 * (2 * information / d) ** 0.5, -1e-9)
    assert_allclose(bound, -d * spread * np.expm1(log_u), rtol=1e-5)

    def chernoff(log_multiple: float) -> float:
        a = np.exp(log_multiple)
        return (information + a * d * spread - d / 2 * np.log1p(2 * a * spread)) / a

    if information > 1e-4:
        assert_allclose(bound, minimize_scalar(chernoff, bounds=(-12, 40), method="bounded").fun, rtol=1e-4)


def test_gap_by_sampling() -> None:
    rng = np.random.default_rng(0)
    z, fresh, noise = rng.standard_normal((50_000, 3, 2)), rng.standard_normal((50_000, 2)), 0.5
    w = z.mean(axis=1) + noise * rng.standard_normal((50_000, 2))
    gaps = ((fresh - w) ** 2).sum(1) - ((z[:, 0] - w) ** 2).sum(1)
    assert abs(gaps.mean() - mean_gap(3, 2)) < 4 * gaps.std() / 50_000**0.5


def test_limits_and_refusals() -> None:
    assert np.isinf(example_information(1, 2)) and np.isinf(sample_information(5, 2))
    assert_allclose(square_loss_bound(np.inf, 3, 2.0), 6.0)
    assert square_loss_bound(0.0, 3, 2.0) == 0
    small = np.array([0.99e-5, 1.01e-5]) / 2  # either side of the series
    slopes = np.asarray(square_loss_bound(small, 1, 1.0)) / np.sqrt(small)
    assert_allclose(slopes[0], slopes[1], rtol=1e-4)
    for call, sentence in (
        (lambda: example_information(0, 2), "examples = 0 is outside"),
        (lambda: mean_gap(2, 0), "coordinates = 0 is outside"),
        (lambda: sample_information(2, 2, -1.0), "noise = -1 is outside"),
        (lambda: square_loss_bound(-1.0, 2, 1.0), "information = -1 is outside"),
        (lambda: square_loss_bound(1.0, 2, 0.0), "spread = 0 is outside"),
    ):
        with pytest.raises(ValueError, match=sentence):
            call()
