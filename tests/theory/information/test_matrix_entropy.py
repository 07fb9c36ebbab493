"""Entropies of random and of collapsed features: spectra built by hand, sampling, limits and orders."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from numpy.testing import assert_allclose

from theory.information.matrix_entropy import collapsed_entropy, matrix_entropy, page_entropy
from theory.information.strategies import log_uniform


def covariance(classes: int, dimensions: int, noise: float) -> np.ndarray:
    """Of the classes' means, the vertices of a simplex turned anyhow, with noise relative to their own variance."""
    rng = np.random.default_rng(classes)
    vertices = np.eye(classes) - 1 / classes
    turned = vertices @ np.linalg.qr(rng.standard_normal((max(dimensions, classes),) * 2))[0][:classes]
    between = turned.T @ turned  # of eigenvalues one, K - 1 times
    return between + noise * np.eye(len(between))


@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize(("classes", "dimensions", "noise"), [(2, 3, 0.3), (4, 6, 0.0), (5, 5, 2.0), (10, 40, 0.01)])
def test_by_the_spectrum(classes: int, dimensions: int, noise: float, alpha: float) -> None:
    sigma = jnp.asarray(covariance(classes, dimensions, noise))
    found = collapsed_entropy(classes, dimensions, noise, alpha)
    assert_allclose(found, matrix_entropy(sigma, alpha), rtol=1e-7 if noise == 0 and alpha < 1 else 1e-10)


@settings(max_examples=40)
@given(st.integers(2, 12), st.integers(0, 30), log_uniform(1e-9, 1e9), st.sampled_from([0.5, 1.0, 2.0, 4.0]))
def test_between_the_limits(classes: int, more: int, noise: float, alpha: float) -> None:
    """log(K - 1) <= S <= log d; more noise, more entropy; a higher order, less."""
    d = classes - 1 + more
    value = float(collapsed_entropy(classes, d, noise, alpha))
    assert np.log(classes - 1) - 1e-12 <= value <= np.log(d) + 1e-12
    assert collapsed_entropy(classes, d, 2 * noise, alpha) >= value - 1e-12
    assert collapsed_entropy(classes, d, noise, alpha + 0.5) <= value + 1e-12


def test_limits() -> None:
    for alpha in (0.5, 1.0, 2.0):
        assert_allclose(collapsed_entropy(7, 20, 0.0, alpha), np.log(6), rtol=1e-14)
        assert_allclose(collapsed_entropy(7, 20, 1e300, alpha), np.log(20), rtol=1e-14)
    assert_allclose(collapsed_entropy(7, 20, 0.3, 1 + 1e-5), collapsed_entropy(7, 20, 0.3), rtol=1e-5)
    with mp.workdps(40):
        s, k, d = mpf("1e-12"), 3, 50
        p, q = (1 + s) / (k - 1 + d * s), s / (k - 1 + d * s)
        exact = -(k - 1) * p * mp.log(p) - (d - k + 1) * q * mp.log(q)
    assert_allclose(collapsed_entropy(3, 50, 1e-12), float(exact), rtol=1e-14)


@pytest.mark.parametrize(("n", "d"), [(1, 7), (2, 2), (3, 5), (6, 4)])
def test_page_by_sampling(n: int, d: int) -> None:
    """20,000 complex Gaussian matrices, entropy from singular values: within 4.5 standard errors."""
    rng = np.random.default_rng([n, d])
    z = rng.standard_normal((20_000, n, d)) + 1j * rng.standard_normal((20_000, n, d))
    p = np.linalg.svd(z, compute_uv=False) ** 2
    p /= p.sum(axis=1, keepdims=True)
    entropy = -(p * np.log(p)).sum(axis=1)
    assert abs(entropy.mean() - page_entropy(n, d)) <= 4.5 * entropy.std() / 20_000**0.5 + 1e-12


def test_page_limits() -> None:
    assert page_entropy(3, 8) == page_entropy(8, 3)
    assert_allclose(page_entropy(1, 9), 0, atol=1e-14)
    assert_allclose(page_entropy(5, 10**5), np.log(5) - 24 / 1e6, atol=1e-9)


def test_bad_input() -> None:
    for call, sentence in (
        (lambda: collapsed_entropy(1, 4, 0.0), "classes = 1 is below"),
        (lambda: collapsed_entropy(6, 4, 0.0), "needs 5 dimensions"),
        (lambda: collapsed_entropy(3, 4, -0.1), "at or above zero"),
        (lambda: collapsed_entropy(3, 4, 0.1, 0.0), "alpha = 0 is outside"),
        (lambda: page_entropy(0, 3), "n = 0 is below"),
    ):
        with pytest.raises(ValueError, match=sentence):
            call()
