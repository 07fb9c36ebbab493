"""The closed form of a perceptron's Hessian against differentiation, and against the operators' matrix."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree
from numpy.testing import assert_allclose

from theory.hessian.operators import hessian_operator, matrix
from theory.hessian.perceptron_hessian import perceptron_hessian

RNG = np.random.default_rng(0)


def square(output: jax.Array, target: jax.Array) -> jax.Array:
    return 0.5 * jnp.sum((output - target) ** 2)


def cross_entropy(output: jax.Array, target: jax.Array) -> jax.Array:
    return -jax.nn.log_softmax(output)[target]


def quartic(output: jax.Array, target: jax.Array) -> jax.Array:
    return jnp.sum((output - target) ** 4) + output[0] * output[-1]


def network(widths: tuple[int, ...], examples: int = 5) -> tuple[list[jax.Array], list[jax.Array], jax.Array]:
    weights = [jnp.asarray(RNG.standard_normal((m, n))) for n, m in zip(widths, widths[1:], strict=False)]
    return (
        weights,
        [jnp.asarray(RNG.standard_normal(m)) for m in widths[1:]],
        RNG.standard_normal((examples, widths[0])),
    )


@pytest.mark.parametrize(
    ("widths", "biased", "activation", "loss"),
    [
        ((3, 2), True, jnp.tanh, quartic),
        ((3, 4, 2), False, jnp.sin, cross_entropy),
        ((2, 3, 4, 1), False, jax.nn.gelu, square),
        ((2, 3, 1, 2, 3), True, jnp.tanh, quartic),
    ],
)
def test_by_differentiation(widths: tuple[int, ...], biased: bool, activation, loss) -> None:
    weights, biases, x = network(widths)
    biases = biases if biased else None
    labels = np.arange(5) % widths[-1] if loss is cross_entropy else RNG.standard_normal((5, widths[-1]))
    params = list(zip(weights, biases, strict=True)) if biased else weights

    def mean_loss(params: list) -> jax.Array:
        h = jnp.asarray(x)
        for i, layer in enumerate(params):
            h = h @ layer[0].T + layer[1][None] if biased else h @ layer.T
            h = activation(h) if i < len(params) - 1 else h
        return jnp.mean(jax.vmap(loss)(h, jnp.asarray(labels)))

    told = matrix(hessian_operator(mean_loss, params))
    found = perceptron_hessian(weights, biases, activation, x, labels, loss)
    assert found.shape == (ravel_pytree(params)[0].size,) * 2
    assert_allclose(found, told, rtol=1e-11, atol=1e-12 * float(jnp.abs(told).max()))
    assert_allclose(found, found.T, atol=1e-13 * float(jnp.abs(told).max()))


def test_traces_and_keeps_single_precision() -> None:
    weights, _, x = network((3, 4, 2))
    single = [w.astype(jnp.float32) for w in weights]
    found = jax.jit(
        lambda ws: perceptron_hessian(ws, None, jnp.tanh, x.astype(np.float32), jnp.zeros(5, int), cross_entropy)
    )(single)
    assert found.dtype == jnp.float32
    assert_allclose(found, perceptron_hessian(weights, None, jnp.tanh, x, np.zeros(5, int), cross_entropy), atol=1e-5)


def test_bad_input() -> None:
    weights, biases, x = network((3, 4, 2))
    labels = np.zeros((5, 2))
    with pytest.raises(
        ValueError, match=r"weights of shapes \[\(2, 4\), \(4, 3\)\] do not chain on inputs of shape \(5, 3\)"
    ):
        perceptron_hessian(weights[::-1], None, jnp.tanh, x, labels, square)
    with pytest.raises(ValueError, match=r"weights of shapes \[\] do not chain on inputs of shape"):
        perceptron_hessian([], None, jnp.tanh, x, labels, square)
    with pytest.raises(ValueError, match=r"biases of shapes \[\(2,\), \(4,\)\] do not fit layers of \[4, 2\] outputs"):
        perceptron_hessian(weights, biases[::-1], jnp.tanh, x, labels, square)
    with pytest.raises(ValueError, match=r"targets of shape \(5, 2\) must hold one row for each of 4 examples"):
        perceptron_hessian(weights, None, jnp.tanh, x[:4], labels, square)
    with pytest.raises(ValueError, match="W_1 = nan is outside the allowed finite numbers"):
        perceptron_hessian([jnp.full((4, 3), jnp.nan), weights[1]], None, jnp.tanh, x, labels, square)
    with pytest.raises(ValueError, match=r"the loss returned \(2,\) where a scalar is needed"):
        perceptron_hessian(weights, None, jnp.tanh, x, labels, lambda output, target: output)
