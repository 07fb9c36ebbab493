"""Information by determinants of joint laws, transport by general Gaussian distances, contraction by channels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from scipy.linalg import sqrtm

from theory.deep_linear.memorized_information import (
    dropout_contraction,
    memorized_information,
    memorized_transport,
    noise_contraction,
)


@given(st.integers(0, 2**32 - 1), st.integers(2, 50), st.integers(1, 4))
def test_information_by_the_determinants_of_the_joint_law(seed, n, rank):
    """h(AZ) + h(W) - h(AZ, W) of Gaussians, for any map of that rank and any variance."""
    rng = np.random.default_rng(seed)
    a, sigma = rng.standard_normal((rank, 4)), rng.uniform(0.1, 3)
    single, mean = sigma**2 * a @ a.T, sigma**2 * np.eye(4) / n
    joint = np.block([[single, sigma**2 * a / n], [sigma**2 * a.T / n, mean]])
    logdets = [np.linalg.slogdet(m)[1] for m in (single, mean, joint)]
    assert_allclose(memorized_information(rank, n), (logdets[0] + logdets[1] - logdets[2]) / 2, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("n", "sigma"), [(2, 0.5), (7, 1.5)])
def test_transport_by_sampled_classifiers(n, sigma):
    """The general distance of Gaussians, averaged over W from actual examples."""
    rng = np.random.default_rng(n)
    a, mu = rng.standard_normal((3, 5)), rng.standard_normal(5)
    free = sigma**2 * a @ a.T + 1e-14 * np.eye(3)
    given_w = (1 - 1 / n) * free
    cross = sqrtm(sqrtm(free) @ given_w @ sqrtm(free)).real
    spread = np.trace(free + given_w - 2 * cross)
    means = mu + sigma * rng.standard_normal((20_000, n, 5)).mean(1)
    distance = (((means - mu) @ a.T) ** 2).sum(1) + spread
    closed = float(memorized_transport((a**2).sum(), sigma, n))
    assert abs(distance.mean() - closed) < 4.5 * distance.std() / 20_000**0.5
    assert distance.std() / 20_000**0.5 < 0.01 * closed


def test_many_examples_keep_their_digits():
    n = np.array([1e4, 1e12, 1e18])
    assert_allclose(memorized_information(2.0, n), 1 / n, rtol=1e-4)
    assert_allclose(memorized_transport(3.0, 2.0, n), 12 / n, rtol=1e-4)


@given(st.floats(0, 1), st.integers(1, 30))
def test_dropout_by_the_probability_that_something_is_left(p, d):
    assert_allclose(dropout_contraction(p, d), 1 - p**d, atol=1e-12)


def test_dropout_of_a_repeated_bit():
    """A fair bit on d units: the information that survives is exactly the share of it."""
    for p, d in ((0.3, 1), (0.5, 3)):
        masks = np.array(np.meshgrid(*[[0, 1]] * d)).reshape(d, -1)
        chances = np.prod(np.where(masks == 0, p, 1 - p), axis=0)
        left = chances[masks.any(0)].sum() * np.log(2)
        assert_allclose(dropout_contraction(p, d), left / np.log(2))


def test_noise_by_the_overlap_of_two_normal_densities():
    for r, sigma in ((0.5, 1.0), (4.0, 0.7)):
        x = np.linspace(-20, 20, 200_001)
        gap = np.abs(stats.norm.pdf(x, 0, sigma) - stats.norm.pdf(x, r, sigma)).sum() * (x[1] - x[0]) / 2
        assert_allclose(noise_contraction(r, sigma), gap, rtol=1e-6)
    assert float(noise_contraction(0.0, 1.0)) == 0


def test_bad_input():
    with pytest.raises(ValueError, match="examples = 1 is outside the allowed numbers of examples above 1"):
        memorized_information(2, 1)
    with pytest.raises(ValueError, match="squared_norm = -1 is outside"):
        memorized_transport(-1.0, 1.0, 3)
    with pytest.raises(ValueError, match="drop = 1.2 is outside the allowed probabilities"):
        dropout_contraction(1.2, 3)
    with pytest.raises(ValueError, match="sigma = 0 is outside"):
        noise_contraction(1.0, 0.0)
