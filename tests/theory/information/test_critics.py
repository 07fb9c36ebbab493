"""Clipped and leave-one-out bounds, and the variance of the best critic, by direct sums and Hermite series."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial.hermite_e import hermegauss
from numpy.testing import assert_allclose

from theory.information.variational import donsker_varadhan, infonce, leave_one_out, nwj_variance, smile


@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 5, 16]), st.floats(0.01, 3), st.floats(0.1, 5))
def test_by_direct_sums(seed: int, n: int, scale: float, clip: float) -> None:
    t = scale * np.random.default_rng(seed).standard_normal((n, n))
    others = ~np.eye(n, dtype=bool)
    clipped = np.clip(np.exp(t[others]), np.exp(-clip), np.exp(clip)).mean()
    assert_allclose(smile(t, clip), np.trace(t) / n - np.log(clipped), atol=1e-12)
    assert_allclose(smile(t, 1e3), donsker_varadhan(t), atol=1e-12)
    each = [t[i, i] - np.log(np.exp(t[i][others[i]]).mean()) for i in range(n)]
    assert_allclose(leave_one_out(t), np.mean(each), atol=1e-12)
    assert_allclose(leave_one_out(1e3 * t + 1e4), np.mean([1e3 * t[i, i] - _log_mean(1e3 * t[i][others[i]])
                                                           for i in range(n)]), atol=1e-8)  # fmt: skip


def _log_mean(v: np.ndarray) -> float:
    return float(v.max() + np.log(np.exp(v - v.max()).mean()))


def test_leave_one_out_and_infonce_enclose_the_information() -> None:
    """Two equal inputs in three: Z tells which of two groups, log 3 - (2/3) log 2, with exact scores of a noisy Z."""
    rng = np.random.default_rng(1)
    means = np.array([0.0, 0.0, 6.0])
    z = means + rng.standard_normal((20_000, 3))
    scores = -((z[:, :, None] - means) ** 2) / 2  # row: z of input i, column: input j
    exact = np.log(3) - 2 / 3 * np.log(2)
    lower, upper = (np.mean([float(f(t)) for t in scores[:200]]) for f in (infonce, leave_one_out))
    assert lower <= exact + 0.05 and upper >= exact


@pytest.mark.parametrize(("rho", "d", "n"), [(0.3, 1, 2), (0.6, 2, 3), (-0.8, 1, 7)])
def test_variance_by_quadrature(rho: float, d: int, n: int) -> None:
    """Each covariance of the terms from a Gaussian quadrature in two independent variables, or four."""
    x, w = hermegauss(100)
    w = w / w.sum()
    u, v = np.meshgrid(x, x, indexing="ij")
    free, spread = np.outer(w, w), 1 - rho**2
    log_ratio = -0.5 * np.log(spread) - (rho**2 * (u**2 + v**2) - 2 * rho * u * v) / (2 * spread)
    y = rho * u + spread**0.5 * v  # jointly distributed with u
    log_joint = -0.5 * np.log(spread) - (rho**2 * (u**2 + y**2) - 2 * rho * u * y) / (2 * spread)
    own = d * ((free * log_joint**2).sum() - (free * log_joint).sum() ** 2)
    square = (free * np.exp(2 * log_ratio)).sum() ** d - 1
    # mirrored ratios w(x1, y2) w(x2, y1), given the pair (x1, y1): kernel of independent x2, y2 on both sides
    kernel = np.exp(log_ratio)
    across = kernel @ (free * kernel) @ kernel  # E over independent (x2, y2) of w(x1, y2) w(x2, y2) w(x2, y1)
    mirrored = (free * kernel * across).sum() ** d - 1
    assert_allclose(nwj_variance(rho, float(n), float(d)), own / n + (square + mirrored) / (n * (n - 1)), rtol=1e-5)


def test_limits_and_refusals() -> None:
    assert nwj_variance(0.0, 5.0, 3.0) == 0 == nwj_variance(0.7, 5.0, 0.0)
    assert_allclose(nwj_variance(1e-8, 2.0), 1e-16, rtol=1e-6)
    for call, sentence in (
        (lambda: nwj_variance(1.0, 2.0), "between -1 and 1"),
        (lambda: nwj_variance(0.5, 1.0), "batches of two"),
        (lambda: nwj_variance(0.5, 2.0, -1.0), "at or above zero"),
        (lambda: smile(np.zeros((2, 2)), 0.0), "clip = 0 is outside the allowed numbers above zero"),
        (lambda: leave_one_out(np.zeros((1, 1))), "at least two"),
    ):
        with pytest.raises(ValueError, match=sentence):
            call()
