"""Sampled kernels against the networks they average, and against the infinite network."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from theory.kernels.dense import kernels
from theory.kernels.empirical import empirical_ntk
from theory.kernels.monte_carlo import sampled_kernels
from theory.networks import Activation, Architecture, Conv, Dense, GlobalPool, perceptron

X = np.random.default_rng(0).standard_normal((3, 4))


def test_mean_and_error_are_those_of_the_networks_drawn() -> None:
    network = perceptron((4, 5, 2), activation="erf", parametrization="standard", sigma_w=1.2, sigma_b=0.3)
    key = jax.random.key(3)
    sampled = sampled_kernels(network, key, X, X[:2], networks=6)
    drawn = [network.init(k) for k in jax.random.split(key, 6)]
    tangent = np.stack([np.asarray(empirical_ntk(network, p, X, X[:2])) for p in drawn])
    outputs = np.stack([np.asarray(network.apply(p, X)) for p in drawn])
    covariance = np.einsum("rno,rmo->rnm", outputs, outputs[:, :2]) / 2
    for values, mean, error in zip((covariance, tangent), sampled.mean, sampled.error, strict=True):
        assert_allclose(mean, values.mean(0), rtol=1e-10)
        assert_allclose(error, values.std(0, ddof=1) / 6**0.5, rtol=1e-8)


def test_anything_with_init_and_apply_has_the_general_tangent_kernel() -> None:
    network = perceptron((4, 6, 2), parametrization="ntk")

    class Plain:
        init, apply = staticmethod(network.init), staticmethod(network.apply)

    ours, plain = (sampled_kernels(n, jax.random.key(0), X, networks=4) for n in (network, Plain()))
    assert_allclose(plain.mean.ntk, ours.mean.ntk, rtol=1e-10)
    assert_allclose(plain.error.nngp, ours.error.nngp, rtol=1e-10)


def test_errors_tell_how_far_means_are_from_the_infinite_network() -> None:
    """Of a bias-free network with linear readout the mean covariance is exact at one hidden layer of any width."""
    network = perceptron((4, 8, 1), activation="erf", parametrization="ntk", sigma_w=1.3)
    sampled = sampled_kernels(network, jax.random.key(1), X, networks=4000)
    for mean, error, exact in zip(sampled.mean, sampled.error, kernels(network, X), strict=True):
        score = np.abs(np.asarray(mean - exact)) / np.asarray(error)
        assert (score < 4.5).all()
        assert (np.asarray(error) < 0.1 * np.abs(exact).max()).all()


def test_convolutions() -> None:
    network = Architecture((3, 1), (Conv(4, (2,)), Activation("relu"), GlobalPool(), Dense(2)))
    sampled = sampled_kernels(network, jax.random.key(0), np.ones((2, 3, 1)), networks=3)
    assert sampled.mean.ntk.shape == sampled.error.nngp.shape == (2, 2)


def test_bad_input() -> None:
    network = perceptron((4, 3, 1))
    with pytest.raises(ValueError, match="networks = 1 is below the least allowed, 2; one alone has no standard error"):
        sampled_kernels(network, jax.random.key(0), X, networks=1)
    with pytest.raises(ValueError, match="x1 has shape .*, but the network takes"):
        sampled_kernels(network, jax.random.key(0), jnp.ones((2, 3)), networks=2)
