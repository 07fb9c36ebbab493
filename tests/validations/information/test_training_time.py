"""Networks of every depth in one program are the described networks; when a loss first falls below a value."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from theory.information.twelve_bit import twelve_bit_inputs, twelve_bit_labels
from theory.networks.network import perceptron
from validations.information import training_time
from validations.information.claims.training_time import ConfigurationError, HiddenLayers


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_layers_beyond_the_depth_are_passed_by(depth: int) -> None:
    first, middle, last, biases, offset = training_time.started(jax.random.key(0), 3, 4)
    biases, offset = biases + 0.1 * jnp.arange(4)[:, None], offset + 0.3
    net = perceptron((12, *[3] * depth, 1), activation="tanh", sigma_b=1.0)
    own = net.from_weights([first, *middle[: depth - 1], last[None]], [*biases[:depth], offset[None]])
    chosen = np.arange(3, 4096, 131)
    inputs, labels = 2.0 * twelve_bit_inputs()[chosen] - 1, twelve_bit_labels()[chosen]
    score = np.asarray(net.apply(own, inputs.astype(np.float32)))[:, 0]
    expected = np.mean(np.logaddexp(0, -(2 * labels - 1) * score))
    examples = jnp.asarray((depth << 13) + 2 * chosen + labels)
    assert_allclose(training_time.cross_entropy((first, middle, last, biases, offset), examples), expected, rtol=1e-5)


def test_first_below() -> None:
    losses = np.array([[0.7, 0.1, 0.3, 0.1], [0.7, 0.6, 0.5, 0.4]])
    assert training_time.first_below(losses, np.array([1, 2, 4, 8]), 0.2).tolist() == [2, 8]


def test_depths_increase() -> None:
    for wrong in ((5, 1), (2,), (1, 1), (1, 101)):
        with pytest.raises(ConfigurationError, match="increasing"):
            HiddenLayers(replicates=8, depths=wrong)
