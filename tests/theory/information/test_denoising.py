"""Denoisers of mixtures of subspaces: Bayes' rule by sampling, Tweedie's formula, regression, gradients of the rate."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.scipy.stats import multivariate_normal
from mpmath import mp
from numpy.testing import assert_allclose
from scipy.optimize import minimize_scalar

from theory.information.compression_step import compression_gradient
from theory.information.denoising import compression_error, filter_errors, subspace_denoiser, two_subspace_error
from theory.information.strategies import log_uniform, seeds

V = np.array([2.0, 0.5])


def drawn(n: int, subspaces: int, noise: float, v: np.ndarray = V) -> tuple[np.ndarray, np.ndarray]:
    """Clean and noisy tokens in columns."""
    rng = np.random.default_rng(n)
    clean = np.zeros((subspaces, len(v), n))
    chosen = rng.permutation(np.arange(n) % subspaces)
    clean[chosen, :, np.arange(n)] = rng.standard_normal((n, len(v))) * v**0.5
    clean = clean.reshape(-1, n)
    return clean, clean + noise * rng.standard_normal(clean.shape)


@pytest.mark.parametrize(("subspaces", "noise"), [(1, 0.5), (2, 0.3), (3, 1.5)])
def test_tweedie(subspaces: int, noise: float) -> None:
    """z + sigma^2 grad log p(z) by automatic differentiation of the mixture's density."""
    d = subspaces * len(V)
    covariances = [
        noise**2 * np.eye(d) + np.diag(np.concatenate([V if i == k else 0 * V for i in range(subspaces)]))
        for k in range(subspaces)
    ]

    def log_density(z: jax.Array) -> jax.Array:
        return jax.nn.logsumexp(jnp.stack([multivariate_normal.logpdf(z, jnp.zeros(d), c) for c in covariances]))

    gradient = jax.jit(jax.grad(log_density))
    z = drawn(12, subspaces, noise)[1]
    step = noise**2 * np.stack([gradient(jnp.asarray(one)) for one in z.T], axis=1)
    assert_allclose(subspace_denoiser(z, V, subspaces, noise), z + step, rtol=1e-9, atol=1e-12)


def test_denoiser_by_sampling() -> None:
    """Among many tokens with noisy versions near a given one, the mean of the clean versions; errors in their order."""
    clean, noisy = drawn(400_000, 2, 0.7, np.array([2.0]))
    at = np.array([[1.2], [0.6]])
    near = np.abs(noisy - at).max(axis=0) < 0.06
    spread = clean[:, near].std(axis=1) / near.sum() ** 0.5
    found = np.asarray(subspace_denoiser(at, np.array([2.0]), 2, 0.7))[:, 0]
    assert (np.abs(clean[:, near].mean(axis=1) - found) < 4.5 * spread + 0.003).all()
    error = ((np.asarray(subspace_denoiser(noisy, np.array([2.0]), 2, 0.7)) - clean) ** 2).sum(axis=0).mean()
    least, common = filter_errors(np.array([2.0]), 2, 0.7)
    assert least < error < common


def test_far_apart_subspaces_are_told_apart() -> None:
    """At variances far above the noise the error is that of who knows the subspace; gates do not overflow."""
    v = np.full(3, 1e8)
    clean, noisy = drawn(4000, 2, 1.0, v)
    error = ((np.asarray(subspace_denoiser(noisy, v, 2, 1.0)) - clean) ** 2).sum(axis=0)
    assert abs(error.mean() - float(filter_errors(v, 2, 1.0)[0])) < 4.5 * error.std() / 4000**0.5
    huge = np.array([[1e150], [0.0]])
    assert_allclose(subspace_denoiser(huge, np.array([1e300]), 2, 1.0), huge)
    assert_allclose(subspace_denoiser(np.eye(2), np.array([1.0]), 2, 1e-200), np.eye(2))


@pytest.mark.parametrize(("p", "noise"), [(1, 1.0), (2, 0.4), (3, 1.5)])
def test_least_error_by_sampling(p: int, noise: float) -> None:
    v, n = np.full(p, 1.7), 100_000
    clean, noisy = drawn(n, 2, noise, v)
    errors = ((np.asarray(subspace_denoiser(noisy, v, 2, noise)) - clean) ** 2).sum(axis=0)
    assert abs(errors.mean() - two_subspace_error(1.7, p, noise)) < 4.5 * errors.std() / n**0.5


def test_least_error_by_mpmath() -> None:
    """Two degrees of freedom, whose chi-square variables are exponential."""
    v, s = 1.3, 0.8
    with mp.workdps(20):

        def explained(q: mp.mpf, r: mp.mpf) -> mp.mpf:
            gate = 1 / (1 + mp.exp(-(v / s**2 * q - v / (v + s**2) * r) / 2))
            return (gate**2 * (v + s**2) * q + (1 - gate) ** 2 * s**2 * r) * mp.exp(-(q + r) / 2) / 4

        total = mp.quad(explained, [0, 2, 10, 80], [0, 2, 10, 80], maxdegree=4)
        assert_allclose(two_subspace_error(v, 2, s), float(2 * v - (v / (v + s**2)) ** 2 * total), rtol=1e-7)


@settings(max_examples=25)
@given(log_uniform(0.05, 20.0), st.integers(1, 6), log_uniform(0.05, 20.0))
def test_least_error_lies_between_the_filters(v: float, p: int, noise: float) -> None:
    knowing, common = np.asarray(filter_errors(np.full(p, v), 2, noise))
    least = two_subspace_error(v, p, noise)
    assert knowing * (1 - 1e-9) <= least <= common * (1 + 1e-9)
    assert least <= two_subspace_error(v, p, 1.1 * noise)


def test_least_error_limits() -> None:
    """Faint noise in many dimensions tells subspaces apart; beneath loud noise one filter is as good for all."""
    knowing, common = np.asarray(filter_errors(np.ones(12), 2, 0.1))
    assert_allclose(two_subspace_error(1.0, 12, 0.1), knowing, rtol=1e-6)
    assert_allclose(two_subspace_error(1.0, 1, 100.0), filter_errors(np.ones(1), 2, 100.0)[1], rtol=1e-7)
    assert common > 1.8 * knowing


def test_common_filter_by_regression() -> None:
    clean, noisy = drawn(200_000, 3, 0.6)
    gains = (clean * noisy).sum(axis=1) / (noisy**2).sum(axis=1)
    errors = ((gains[:, None] * noisy - clean) ** 2).sum(axis=0)
    assert abs(errors.mean() - float(filter_errors(V, 3, 0.6)[1])) < 4.5 * errors.std() / 200_000**0.5


@pytest.mark.parametrize(("distortion", "step"), [(1.4, 1.0), (0.3, 4.0), (5.0, 0.5)])
def test_step_by_the_rates_gradient(distortion: float, step: float) -> None:
    """The step itself on 100,000 tokens; axes of the subspaces are coordinates."""
    k, noise, n = 2, 0.5, 100_000
    clean, noisy = drawn(n, k, noise)
    bases = np.eye(k * len(V)).reshape(k, len(V), -1).swapaxes(1, 2)
    beta = len(V) / n / distortion**2
    after = noisy - step / beta * np.asarray(compression_gradient(noisy, bases, distortion))
    errors = ((after - clean) ** 2).sum(axis=0)
    expected = float(compression_error(V, k, noise, distortion, step))
    assert abs(errors.mean() - expected) < 4.5 * errors.std() / n**0.5 + 0.005 * expected


@settings(max_examples=40)
@given(seeds(), st.integers(1, 5), log_uniform(0.05, 20.0), log_uniform(0.05, 20.0), st.floats(0, 10))
def test_order_of_errors(seed: int, k: int, noise: float, distortion: float, step: float) -> None:
    v = np.random.default_rng(seed).gamma(1.0, size=3)
    knowing, common = np.asarray(filter_errors(v, k, noise))
    assert knowing <= common * (1 + 1e-12) and common <= min(v.sum(), k * 3 * noise**2) * (1 + 1e-12)
    assert compression_error(v, k, noise, distortion, step) >= common * (1 - 1e-12)


def test_limits_of_the_step() -> None:
    """No step leaves the noise; small distortion at the score's step is Wiener's filter; no other step is better."""
    assert_allclose(compression_error(V, 3, 0.4, 1.0, 0.0), 3 * 2 * 0.16, rtol=1e-12)
    e = 1e-5
    score = len(V) * 0.16 / e**2
    assert_allclose(compression_error(V, 3, 0.4, e, score), filter_errors(V, 3, 0.4)[1], rtol=1e-8)
    best = minimize_scalar(
        lambda h: float(compression_error(V, 3, 0.4, e, h * score)), bounds=(0.5, 2), method="bounded"
    )
    assert_allclose(best.x, 1, atol=1e-4)
    assert_allclose(filter_errors(V, 1, 0.4)[0], filter_errors(V, 1, 0.4)[1], rtol=1e-14)


def test_bad_input() -> None:
    for call, sentence in (
        (lambda: subspace_denoiser(np.ones((3, 1)), V, 2, 1.0), "do not fit 2 subspaces of 2 axes"),
        (lambda: subspace_denoiser(np.ones((4, 1)), -V, 2, 1.0), "variances at or above zero"),
        (lambda: two_subspace_error(0.0, 2, 1.0), "variance = 0 is outside"),
        (lambda: two_subspace_error(1.0, 0, 1.0), "dimension = 0 is below"),
        (lambda: filter_errors(V, 0, 1.0), "subspaces = 0 is below"),
        (lambda: filter_errors(np.eye(2), 1, 1.0), "one for each axis"),
        (lambda: filter_errors(V, 1, 0.0), "standard deviations above zero"),
        (lambda: compression_error(V, 1, 1.0, 0.0, 1.0), "distortions above zero"),
    ):
        with pytest.raises(ValueError, match=sentence):
            call()
