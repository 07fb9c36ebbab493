"""Kernels at other gains than the description's: values of that description, derivatives by differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from theory.kernels import dense
from theory.kernels.architecture import diagonal, kernels
from theory.kernels.dense import Gains
from theory.networks import (
    Activation,
    Architecture,
    Attention,
    Conv,
    Dense,
    Flatten,
    Network,
    Residual,
    perceptron,
)

X = np.random.default_rng(0).standard_normal((3, 4, 3, 2))
RELU = Activation("relu")
W, B = np.array([1.1, 0.9, 1.2, 1.3, 0.8, 1.4]), np.array([0.3, 0.2, 0.1, 0.0, 0.4, 0.0])


def network(w: np.ndarray, b: np.ndarray, parametrization: str) -> Architecture:
    """Six affine layers, all but the values of attention and the last with biases."""
    conv = [Conv(8, (2, 2), sigma_w=w[k], sigma_b=b[k]) for k in range(3)]
    attention = Attention(8, 8, 1.2, w[3], w[4], b[4])
    residual = Residual((RELU, conv[1]), (conv[2],))
    return Architecture(
        X.shape[1:], (conv[0], residual, RELU, attention, RELU, Flatten(), Dense(1, w[5])), parametrization
    )


@pytest.mark.parametrize("parametrization", ["ntk", "standard"])
def test_gains_in_place_of_the_descriptions(parametrization: str) -> None:
    plain, wanted = (network(w, b, parametrization) for w, b in ((np.ones(6), np.ones(6)), (W, B)))
    gains = Gains(jnp.asarray(W), jnp.asarray(B))
    for one, other in zip(
        (*kernels(plain, X, None, gains), *diagonal(plain, X, gains)), (*kernels(wanted, X), *diagonal(wanted, X))
    ):
        assert_allclose(one, other, rtol=1e-13)
    for one, other in zip(kernels(wanted, X, X[:2], Gains(1.0)), kernels(network(np.ones(6), B, parametrization), X)):
        assert_allclose(one, other[:, :2], rtol=1e-13)


def test_derivatives_in_gains() -> None:
    layers = (Conv(8, (2, 2), sigma_b=1.0), RELU, Flatten(), Dense(1, 1.0, 1.0))
    described, moves = Architecture(X.shape[1:], layers), 1e-5 * np.random.default_rng(1).standard_normal((2, 2))
    value = lambda w, b: kernels(described, X, None, Gains(w, b)).ntk.sum()
    slope = jax.grad(value, (0, 1))(jnp.asarray(W[:2]), jnp.asarray(B[:2]))
    difference = (value(W[:2] + moves[0], B[:2] + moves[1]) - value(W[:2] - moves[0], B[:2] - moves[1])) / 2
    assert_allclose(slope[0] @ moves[0] + slope[1] @ moves[1], difference, rtol=1e-8)


def test_vectors_and_perceptrons_alike_and_in_float32() -> None:
    layers = perceptron((6, 8, 1), parametrization="ntk", sigma_b=1.0).layers
    x = X.reshape(-1, 6).astype(np.float32)
    gains = Gains([1.2, 0.7], 0.3)
    for one, other in zip(
        kernels(Architecture((6,), layers), x, None, gains), dense.kernels(Network(6, layers, "ntk"), x, None, gains)
    ):
        assert one.dtype == np.float32
        assert_allclose(one, other, rtol=2e-6)


@pytest.mark.parametrize(
    ("gains", "message"),
    [
        (Gains([1.0, 2.0]), r"sigma_w has shape \(2,\); give one gain, or one for each of 6 layers"),
        (Gains(1.0, [1.0]), "sigma_b has shape"),
        (Gains(np.nan), "sigma_w = nan"),
    ],
)
def test_bad_gains(gains: Gains, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kernels(network(W, B, "ntk"), X, None, gains)


@pytest.mark.parametrize("layers", [(RELU, Dense(1)), (Dense(4), RELU, RELU, Dense(1))])
@pytest.mark.parametrize("described", [lambda layers: Network(2, layers, "ntk"), lambda x: Architecture((2,), x)])
def test_activations_of_what_is_not_gaussian_are_refused(described, layers: tuple) -> None:
    with pytest.raises(ValueError, match="Activation has a kernel only after a dense or convolutional layer"):
        kernels(described(layers), np.eye(2))
