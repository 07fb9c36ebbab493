"""Predictions of gradient flow against integration and matrix exponentials; limits, duplicates, bad kernels."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp
from scipy.stats import multivariate_normal

from theory.kernels.dense import kernels
from theory.kernels.gradient_flow import (
    TrainTest,
    flow_mean,
    log_marginal_likelihood,
    nngp_flow,
    ntk_ensemble,
    on_training_set,
)
from theory.kernels.strategies import architectures
from theory.networks import perceptron

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((6, 5)), RNG.standard_normal((6, 2))
NETWORK = perceptron((5, 8, 8, 2), activation="erf", parametrization="ntk", sigma_w=1.5, sigma_b=0.3)


def split(gram: jax.Array, train: int = 4) -> TrainTest:
    return TrainTest(gram[:train, :train], gram[train:, :train], gram[train:, train:])


K, THETA = kernels(NETWORK, jnp.asarray(X))
TRAIN_Y = jnp.asarray(Y[:4])


def integrated(f0: np.ndarray, theta: np.ndarray, y: np.ndarray, t: float, ridge: float = 0.0) -> np.ndarray:
    """Outputs of the linearized network on all six inputs, y known on the first four, integrated in time.

    With a ridge the parameters are pulled back to their start: one coefficient a training example and output.
    """

    def velocity(_: float, a: np.ndarray) -> np.ndarray:
        a = a.reshape(y.shape)
        now = f0[:4] + theta[:4, :4] @ a
        return -((now - y + ridge * a) / y.size).ravel()

    end = solve_ivp(velocity, (0, t), np.zeros(y.size), rtol=1e-11, atol=1e-12).y[:, -1].reshape(y.shape)
    return f0 + theta[:, :4] @ end


@pytest.mark.parametrize("ridge", [0.0, 0.2])
@pytest.mark.parametrize("t", [0.5, 20.0])
def test_mean_and_covariance_against_integration_of_the_flow(t: float, ridge: float) -> None:
    """The flow is linear in the start: integrate it from zero and from each column of a root of K."""
    theta = np.asarray(THETA)
    penalty = ridge * np.trace(theta[:4, :4]) / 4
    prediction = ntk_ensemble(t, split(THETA), split(K), TRAIN_Y, ridge)
    mean = integrated(np.zeros((6, 2)), theta, Y[:4], t, penalty)[4:]
    assert_allclose(prediction.mean, mean, rtol=1e-7, atol=1e-9)
    root = np.linalg.cholesky(np.asarray(K) + 1e-14 * np.eye(6))
    moved = np.stack([integrated(np.stack([c, c], 1), theta, np.zeros((4, 2)), t, penalty)[4:, 0] for c in root.T], 1)
    assert_allclose(prediction.covariance, moved @ moved.T, rtol=1e-6, atol=1e-9)


def test_last_layer_against_its_own_flow() -> None:
    """Training the last layer alone is the ensemble whose tangent kernel is the NNGP."""
    for t in (0.0, 1.0, 50.0, np.inf):
        alone, ensemble = nngp_flow(t, split(K), TRAIN_Y), ntk_ensemble(t, split(K), split(K), TRAIN_Y)
        for one, other in zip(alone, ensemble):
            assert_allclose(one, other, rtol=1e-9, atol=1e-11)


def test_limits() -> None:
    start = ntk_ensemble(0.0, split(THETA), split(K), TRAIN_Y)
    assert float(jnp.abs(start.mean).max()) == 0
    assert_allclose(start.covariance, K[4:, 4:], rtol=1e-14)
    end = ntk_ensemble(np.inf, split(THETA), split(K), TRAIN_Y)
    assert_allclose(end.mean, THETA[4:, :4] @ np.linalg.solve(THETA[:4, :4], Y[:4]), rtol=1e-9)
    posterior = nngp_flow(np.inf, split(K), TRAIN_Y)
    inverse = np.linalg.solve(K[:4, :4], K[:4, 4:])
    assert_allclose(posterior.covariance, K[4:, 4:] - K[4:, :4] @ inverse, rtol=1e-8, atol=1e-12)
    assert_allclose(on_training_set(np.inf, THETA, jnp.asarray(Y)), Y, atol=1e-9)


def test_many_times_at_once() -> None:
    times = jnp.array([0.0, 1.0, 10.0, jnp.inf])
    together = ntk_ensemble(times, split(THETA), split(K), TRAIN_Y)
    assert together.mean.shape == (4, 2, 2) and together.covariance.shape == (4, 2, 2)
    for i, t in enumerate(times):
        assert_allclose(together.covariance[i], ntk_ensemble(t, split(THETA), split(K), TRAIN_Y).covariance, atol=1e-12)


@settings(max_examples=30)
@given(architectures("ntk"), st.floats(-3, 4))
def test_covariances_are_positive_and_that_of_the_last_layer_decreases(network, log_time: float) -> None:
    K, Theta = kernels(network, jnp.asarray(X))
    t, y = 10.0**log_time, jnp.asarray(Y[:4])
    room = 1e-11 * float(jnp.abs(K).max())
    assert np.linalg.eigvalsh(ntk_ensemble(t, split(Theta), split(K), y).covariance)[0] > -room
    earlier, later = (nngp_flow(s, split(K), y).covariance for s in (t, 2 * t))
    assert np.linalg.eigvalsh(later)[0] > -room
    assert np.linalg.eigvalsh(earlier - later)[0] > -room


def test_duplicate_rows_without_ridge_are_averaged() -> None:
    x = jnp.asarray(np.concatenate([X[:3], X[:1], X[4:]]))
    K, Theta = kernels(NETWORK, x)
    prediction = ntk_ensemble(np.inf, split(Theta), split(K), TRAIN_Y)
    assert np.isfinite(np.asarray(prediction.mean)).all()
    fitted = on_training_set(np.inf, Theta[:4, :4], TRAIN_Y)
    assert_allclose(fitted[0], (TRAIN_Y[0] + TRAIN_Y[3]) / 2, rtol=1e-8)


def test_marginal_likelihood_against_the_density() -> None:
    noise = 0.3
    density = multivariate_normal(np.zeros(6), np.asarray(K) + noise * np.eye(6))
    value = log_marginal_likelihood(K, jnp.asarray(Y), noise)
    assert_allclose(value, density.logpdf(Y.T).sum(), rtol=1e-10)
    h = 1e-5
    slope = jax.grad(lambda s: log_marginal_likelihood(K, jnp.asarray(Y), s))(noise)
    ends = [float(log_marginal_likelihood(K, jnp.asarray(Y), noise + s * h)) for s in (-1, 1)]
    assert_allclose(slope, (ends[1] - ends[0]) / (2 * h), rtol=1e-6)


@pytest.mark.parametrize("noise", [0.0, 1e-30, 1e-17])
def test_marginal_likelihood_names_duplicate_rows(noise: float) -> None:
    """Below the rounding of the kernel a factorization would be NaN or noise itself."""
    x = np.concatenate([X[:3], X[1:2], X[4:]])
    twice = kernels(NETWORK, jnp.asarray(x)).nngp
    with pytest.raises(ValueError, match="^noise = .* is outside .*; rows 1 and 3 are duplicates, and duplicate rows"):
        log_marginal_likelihood(twice, jnp.asarray(Y), noise)
    assert jnp.isnan(jax.jit(log_marginal_likelihood)(twice, jnp.asarray(Y), noise))
    density = multivariate_normal(np.zeros(6), np.asarray(twice) + 1e-3 * np.eye(6))
    value = log_marginal_likelihood(twice, jnp.asarray(Y), 1e-3)
    assert_allclose(value, density.logpdf(Y.T).sum(), rtol=1e-9)
    assert jnp.isfinite(log_marginal_likelihood(K, jnp.asarray(Y), 1e-30))  # no duplicates: no noise needed


def test_the_posterior_s_flow_averages_duplicate_rows() -> None:
    x = jnp.asarray(np.concatenate([X[:3], X[:1], X[4:]]))
    twice = kernels(NETWORK, x).nngp
    flowed = nngp_flow(np.inf, split(twice), TRAIN_Y)
    once = TrainTest(twice[:3, :3], twice[4:, :3], twice[4:, 4:])
    averaged = jnp.concatenate([(TRAIN_Y[:1] + TRAIN_Y[3:]) / 2, TRAIN_Y[1:3]])
    for one, other in zip(flowed, nngp_flow(np.inf, once, averaged)):
        assert_allclose(one, other, rtol=1e-7, atol=1e-9)


def _changed(**parts) -> TrainTest:
    return split(K)._replace(**parts)


INDEFINITE = jnp.array([[1.0, 2.0], [2.0, 1.0]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: on_training_set(1.0, INDEFINITE, TRAIN_Y[:2]), "the least eigenvalue = -1 is outside"),
        (lambda: on_training_set(1.0, jnp.array([[1.0, 0.5], [0.0, 1.0]]), TRAIN_Y[:2]), "asymmetry"),
        (lambda: on_training_set(-1.0, THETA, jnp.asarray(Y)), "times = -1 is outside"),
        (lambda: on_training_set(1.0, THETA, TRAIN_Y), "6 training inputs need"),
        (lambda: nngp_flow(1.0, TrainTest(K, K[:2], K), jnp.asarray(Y)), "must be \\(train, train\\)"),
        (lambda: ntk_ensemble(1.0, split(THETA), split(K), TRAIN_Y, -0.1), "ridge = -0.1 is outside"),
        (lambda: log_marginal_likelihood(K, jnp.asarray(Y), 0.0), "noise = 0 is outside.*duplicate rows"),
        (lambda: log_marginal_likelihood(K[0], jnp.asarray(Y), 0.1), "a kernel among n inputs"),
        (lambda: on_training_set(1.0, THETA * np.nan, jnp.asarray(Y)), "nan"),
        (
            lambda: ntk_ensemble(1.0, split(THETA), _changed(train=K[:4, :4] - 9 * jnp.eye(4)), TRAIN_Y),
            "eigenvalues of nngp",
        ),
        (lambda: ntk_ensemble(1.0, split(THETA), _changed(test=K[4:, 3:5]), TRAIN_Y), "asymmetry of nngp.test"),
        (lambda: ntk_ensemble(1.0, split(THETA), _changed(test=-K[4:, 4:]), TRAIN_Y), "a variance of nngp.test = -"),
        (lambda: ntk_ensemble(1.0, split(THETA), _changed(across=9 * K[4:, :4]), TRAIN_Y), "parts of a kernel belong"),
        (lambda: nngp_flow(np.inf, _changed(across=9 * K[4:, :4]), TRAIN_Y), "a variance = -.* is outside"),
        (
            lambda: nngp_flow(1.0, TrainTest(*(jnp.ones((n, 0)) for n in (0, 2)), jnp.eye(2)), TRAIN_Y),
            "give one or more",
        ),
        (lambda: flow_mean(1.0, K[:4, :4], K[:0, :4], TRAIN_Y), "has 4 training and 0 test inputs"),
    ],
)
def test_bad_input(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_variance_below_zero_is_none_under_jit() -> None:
    wrong = jax.jit(lambda across: nngp_flow(np.inf, _changed(across=across), TRAIN_Y).covariance)
    assert np.isfinite(np.asarray(wrong(K[4:, :4]))).all()
    assert np.isnan(np.asarray(wrong(9 * K[4:, :4]))).any()


def test_the_mean_alone_and_its_dual_coefficients() -> None:
    for t in (0.7, 30.0, np.inf):
        whole = ntk_ensemble(t, split(THETA), split(K), TRAIN_Y, 0.1).mean
        assert_allclose(flow_mean(t, THETA[:4, :4], THETA[4:, :4], TRAIN_Y, 0.1), whole, rtol=1e-12)
        coefficients = flow_mean(t, THETA[:4, :4], jnp.eye(4), TRAIN_Y, 0.1)
        assert_allclose(THETA[4:, :4] @ coefficients, whole, rtol=1e-10)
    with pytest.raises(ValueError, match=r"across has shape \(4,\); it must be"):
        flow_mean(1.0, THETA[:4, :4], THETA[4, :4], TRAIN_Y)
