"""Linear autoencoders against quadrature, descent, probabilistic components and grids of the noise."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize, stats

from theory.collapse import posterior as closed
from theory.collapse.strategies import eigenvalues

VALUES = np.array([5.0, 2.0, 0.8, 0.3])
LOSSES = jax.jit(jax.vmap(closed.least_negative_bound, (None, None, 0, None)), static_argnums=1)
LEARNED = jax.jit(closed.learned_noise, static_argnums=1)


def bound_of_modes(values: np.ndarray, strengths: np.ndarray, noise: float, beta: float) -> float:
    """The loss with principal directions of these strengths and the best encoder for each, mode by mode."""

    def encoder(lam: float, w: float) -> float:
        def loss(x: np.ndarray) -> float:
            v, log_d = x
            square = lam * (1 - w * v) ** 2 + w**2 * np.exp(log_d)
            divergence = (v**2 * lam + np.exp(log_d) - 1 - log_d) / 2
            return square / (2 * noise) + beta * divergence

        return optimize.minimize(loss, [0.1, 0.0], method="BFGS", options={"gtol": 1e-10}).fun

    padded = np.concatenate([strengths, np.zeros(len(values) - len(strengths))])
    modes = sum(encoder(lam, w**0.5) for lam, w in zip(values, padded, strict=True))
    return len(values) * np.log(2 * np.pi * noise) / 2 + modes


@pytest.mark.parametrize(("noise", "beta"), [(0.25, 1.0), (0.5, 2.0), (0.1, 25.0), (1.0, 10.0)])
def test_optimum_of_each_direction(noise: float, beta: float) -> None:
    """Strengths found by a grid search whose encoders are found by descent."""
    strengths = np.asarray(closed.decoder_strengths(VALUES, 2, noise, beta))
    least = bound_of_modes(VALUES, strengths, noise, beta)
    assert_allclose(least, closed.least_negative_bound(VALUES, 2, noise, beta), rtol=1e-9)
    for move in ([0.05, 0.0], [0.0, 0.05], [-0.05, 0.0], [0.0, -0.05]):
        moved = np.maximum(strengths + np.array(move), 0.0)
        assert bound_of_modes(VALUES, moved, noise, beta) >= least - 1e-9


def test_bound_at_beta_one_is_the_likelihood_of_probabilistic_components() -> None:
    rng = np.random.default_rng(3)
    x = rng.standard_normal((40, 4)) @ rng.standard_normal((4, 4))
    values, vectors = np.linalg.eigh(np.cov(x.T, ddof=0))
    noise = 0.7 * values[-2]
    strengths = np.asarray(closed.decoder_strengths(values, 2, noise))
    loading = vectors[:, ::-1][:, :2] * np.sqrt(strengths)
    likelihood = stats.multivariate_normal(x.mean(0), loading @ loading.T + noise * np.eye(4)).logpdf(x).mean()
    assert_allclose(-likelihood, closed.least_negative_bound(values, 2, noise), rtol=1e-10)


def test_rate_is_a_divergence_by_quadrature() -> None:
    """One latent: KL of its posterior from the prior, averaged over Gaussian data, integrated numerically."""
    lam, s = 3.0, 1.2
    v = np.sqrt(lam - s) / lam
    d = float(closed.posterior_variances(np.array([lam]), 1, s)[0])

    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    weights /= weights.sum()
    x = lam**0.5 * nodes
    p, prior = stats.norm((v * x)[:, None], d**0.5), stats.norm
    z = (v * x)[:, None] + d**0.5 * nodes
    mean = weights @ (p.logpdf(z) - prior.logpdf(z)) @ weights
    assert_allclose(mean, closed.latent_rates(np.array([lam]), 1, s)[0], rtol=1e-6)


@given(eigenvalues(), st.floats(0.05, 5.0), st.floats(0.2, 5.0), st.integers(1, 6))
def test_only_the_distortion_enters(values: np.ndarray, noise: float, beta: float, k: int) -> None:
    for f in (closed.decoder_strengths, closed.posterior_variances, closed.latent_rates):
        assert_allclose(f(values, k, noise, beta), f(values, k, noise * beta), rtol=1e-12, atol=1e-15)
    rates = np.asarray(closed.latent_rates(values, k, noise, beta))
    D = np.asarray(closed.posterior_variances(values, k, noise, beta))
    assert_allclose(rates, -np.log(D) / 2, atol=1e-12)
    assert ((rates > 0) == (np.asarray(closed.decoder_strengths(values, k, noise, beta)) > 0)).all()
    top = np.sort(values)[::-1][:k]
    used = top > noise * beta * (1 + 1e-12)
    assert (used == (np.asarray(closed.collapse_noise(top, beta)) > noise * (1 + 1e-12))).all()
    assert (rates[: len(top)][used] > 0).all()


@given(eigenvalues(), st.floats(0.3, 8.0), st.integers(1, 3))
def test_learned_noise_is_the_best(values: np.ndarray, beta: float, k: int) -> None:
    """Against a grid of the noise, and a stationary point between."""
    noise = float(closed.learned_noise(values, k, beta))
    grid = noise * np.concatenate([np.geomspace(1e-3, 1e3, 61), [0.999, 1.001]])
    losses = LOSSES(values, k, grid, beta)
    assert min(losses) >= float(closed.least_negative_bound(values, k, noise, beta)) - 1e-10


@given(eigenvalues())
def test_collapse_under_learned_noise(values: np.ndarray) -> None:
    """On both sides of each threshold, by the noise that is learned there."""
    betas = np.asarray(closed.learned_collapse_betas(values))
    top = np.sort(values)[::-1]
    assert (np.diff(betas) <= 1e-12).all() and (betas >= 1 - 1e-12).all()
    assert_allclose(betas[0], top[0] / top.mean())
    for i in range(3):
        for k in (i + 1, 3):
            for factor, used in ((0.999, True), (1.001, False)):
                beta = factor * betas[i]
                assert (top[i] > beta * float(LEARNED(values, k, beta))) == used


def test_no_collapse_at_beta_one() -> None:
    noise = closed.learned_noise(VALUES, 2)
    assert_allclose(noise, VALUES[2:].mean())
    assert (closed.latent_rates(VALUES, 2, noise) > 0).all()


def test_limits() -> None:
    assert_allclose(closed.latent_rates(VALUES, 2, 1e-300)[0], np.log(5e300) / 2)
    assert (closed.latent_rates(VALUES, 6, 1e300) == 0).all()
    assert_allclose(closed.posterior_variances(VALUES, 6, 0.01), [0.002, 0.005, 0.0125, 1 / 30, 1, 1])
    assert_allclose(closed.learned_collapse_betas(np.array([2.0, 0.0])), [2.0, 1.0])
    assert_allclose(closed.learned_collapse_betas(1e-300 * VALUES), closed.learned_collapse_betas(VALUES))
    assert_allclose(closed.learned_noise(np.array([2.0, 0.0]), 1, 2.5), 1.0)  # nothing left, but dear latents
    slope = jax.grad(lambda lam: closed.learned_noise(lam, 2, 1.0))(jnp.asarray(VALUES))
    assert_allclose(slope, [0, 0, 0.5, 0.5])


BAD = {
    "a variance below zero": (
        lambda: closed.latent_rates(np.array([1.0, -1.0]), 1, 1.0),
        "^eigenvalues = -1 is outside",
    ),
    "no variances": (
        lambda: closed.latent_rates(np.zeros(0), 1, 1.0),
        "^eigenvalues have shape .0,. but must be a vector",
    ),
    "no latent": (lambda: closed.latent_rates(VALUES, 0, 1.0), "^latents = 0 is below"),
    "no noise": (lambda: closed.least_negative_bound(VALUES, 1, 0.0), "^noise = 0 is outside"),
    "no beta": (lambda: closed.collapse_noise(VALUES, 0.0), "^beta = 0 is outside"),
    "noiseless data": (lambda: closed.learned_noise(np.array([1.0, 0.0]), 1), "^learned noise = 0 is outside"),
    "constant data": (lambda: closed.learned_collapse_betas(np.zeros(2)), "^largest eigenvalue = 0 is outside"),
    "unknown data": (lambda: closed.learned_collapse_betas(np.array([np.nan, 0.0])), "^eigenvalues = nan is outside"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_a_sentence(case: str) -> None:
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()


def test_traced_bad_input_gives_nan() -> None:
    assert np.isnan(jax.jit(lambda v: closed.learned_noise(v, 1))(np.array([1.0, 0.0])))
    assert np.isnan(jax.jit(lambda v: closed.learned_collapse_betas(v))(np.zeros(2))).all()
    assert np.isnan(jax.jit(lambda s: closed.least_negative_bound(VALUES, 1, s))(-1.0))
    assert np.isnan(jax.jit(lambda v: closed.latent_rates(v, 1, 1.0))(np.array([-1.0, 2.0]))).all()
