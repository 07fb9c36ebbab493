"""Finite architectures against loops over positions; shapes, starts and messages."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from theory.networks import (
    Activation,
    Architecture,
    Attention,
    AveragePool,
    Conv,
    Dense,
    Flatten,
    GlobalPool,
    LayerNorm,
    Residual,
    perceptron,
)

X = np.random.default_rng(0).standard_normal((2, 5, 4, 3))


def edges(n: int, k: int, s: int, padding: str) -> tuple[int, int]:
    """Number of windows, and how many positions the first begins before the input."""
    if padding == "valid":
        return (n - k) // s + 1, 0
    count = -(-n // s)
    return count, max((count - 1) * s + k - n, 0) // 2


def by_loops(x: np.ndarray, weight: np.ndarray, strides: tuple[int, int], padding: str) -> np.ndarray:
    """Convolution entry by entry."""
    out, kh, kw, _ = weight.shape
    (rows, up), (columns, left) = (
        edges(n, k, s, padding) for n, k, s in zip(x.shape[1:3], (kh, kw), strides, strict=True)
    )
    y = np.zeros((len(x), rows, columns, out))
    for i in range(rows):
        for j in range(columns):
            for a in range(kh):
                for b in range(kw):
                    p, q = i * strides[0] + a - up, j * strides[1] + b - left
                    if padding == "circular":
                        p, q = p % x.shape[1], q % x.shape[2]
                    if 0 <= p < x.shape[1] and 0 <= q < x.shape[2]:
                        y[:, i, j] += x[:, p, q] @ weight[:, a, b].T
    return y


@pytest.mark.parametrize("padding", ["same", "valid", "circular"])
@pytest.mark.parametrize("strides", [(1, 1), (2, 3)])
def test_convolution_and_pooling_by_loops(padding: str, strides: tuple[int, int]) -> None:
    conv = Conv(7, (3, 2), strides, padding, sigma_w=1.3, sigma_b=0.5)
    network = Architecture(X.shape[1:], (conv,), "ntk")
    ((weight, bias),) = params = network.init(jax.random.key(0))
    expected = 1.3 / (3 * 2 * 3) ** 0.5 * by_loops(X, np.asarray(weight), strides, padding) + 0.5 * np.asarray(bias)
    assert_allclose(network.apply(params, X), expected, rtol=1e-12, atol=1e-13)
    assert network.outputs == expected.shape[1:]
    pool = Architecture(X.shape[1:], (AveragePool((3, 2), strides, padding),))
    means = by_loops(X, np.eye(3)[:, None, None, :] * np.ones((1, 3, 2, 1)) / 6, strides, padding)
    assert_allclose(pool.apply(pool.init(jax.random.key(0)), X), means, rtol=1e-12, atol=1e-14)


def test_sequences_are_images_of_height_one() -> None:
    flat, tall = Architecture((4, 3), (Conv(5, (3,)),)), Architecture((1, 4, 3), (Conv(5, (1, 3)),))
    ((weight, _),) = params = flat.init(jax.random.key(3))
    lifted = ((params[0]._replace(weight=weight[:, None])),)
    assert_allclose(flat.apply(params, X[:, 0]), tall.apply(lifted, X[:, :1])[:, 0], rtol=1e-13, atol=1e-15)


def test_layers_without_parameters() -> None:
    layers = {"norm": LayerNorm(), "pool": GlobalPool(), "flat": Flatten()}
    out = {name: Architecture(X.shape[1:], (layer,)).apply(((),), X) for name, layer in layers.items()}
    centered = X - X.mean(-1, keepdims=True)
    assert_allclose(out["norm"], centered / centered.std(-1, keepdims=True), rtol=1e-12)
    assert_allclose(out["pool"], X.mean((1, 2)), rtol=1e-12, atol=1e-15)
    assert np.array_equal(out["flat"], X.reshape(2, -1))
    constant = Architecture((2, 3), (LayerNorm(),)).apply(((),), np.ones((1, 2, 3)))
    assert np.array_equal(constant, np.zeros((1, 2, 3)))


def test_attention_written_out() -> None:
    network = Architecture((5, 3), (Attention(4, 6, sharpness=1.4, sigma_v=0.9, sigma_w=1.2, sigma_b=0.3),))
    ((keys, values, outputs),) = params = network.init(jax.random.key(1))
    x = X[0].reshape(-1, 3)[:5]
    k = x @ np.asarray(keys.weight).T / 3**0.5
    scores = np.exp(1.4 * k @ k.T / 6)
    v = 0.9 * x @ np.asarray(values.weight).T / 3**0.5
    mixed = scores / scores.sum(1, keepdims=True) @ v
    expected = 1.2 * mixed @ np.asarray(outputs.weight).T / 6**0.5 + 0.3 * np.asarray(outputs.bias)
    assert_allclose(network.apply(params, x[None])[0], expected, rtol=1e-12)


def test_residual_sums() -> None:
    branch, short = (Activation("relu"), Dense(4)), (Dense(4),)
    network = Architecture((3,), (Residual(branch, short), Residual((Dense(4),))))
    params = network.init(jax.random.key(2))
    x = X[0, 0]
    first = Architecture((3,), branch).apply(params[0][0], x) + Architecture((3,), short).apply(params[0][1], x)
    assert_allclose(
        network.apply(params, x), first + Architecture((4,), (Dense(4),)).apply(params[1][0], first), rtol=1e-12
    )


@pytest.mark.parametrize("name", ["ntk", "standard"])
def test_a_perceptron_is_a_special_case(name: str) -> None:
    network = perceptron((3, 6, 2), parametrization=name, sigma_w=1.3, sigma_b=0.2)
    same = Architecture((3,), network.layers, name)
    params = network.init(jax.random.key(0))
    assert_allclose(same.apply((params[0], (), params[1]), X[0, 0]), network.apply(params, X[0, 0]), rtol=1e-13)
    assert same.parameters == sum(p.size for p in jax.tree.leaves(params))


def test_both_parametrizations_start_from_the_same_law() -> None:
    layers = (Conv(64, (3, 3), sigma_w=1.5, sigma_b=0.7),)
    for name in ("ntk", "standard"):
        network = Architecture(X.shape[1:], layers, name)
        out = jax.vmap(lambda k, n=network: n.apply(n.init(k), X))(jax.random.split(jax.random.key(0), 200))
        edge = (X[:, :2, :2] ** 2).sum((1, 2, 3)) / 27 * 1.5**2 + 0.49
        assert_allclose((out[:, :, 0, 0] ** 2).mean((0, 2)), edge, rtol=0.06)


@pytest.mark.parametrize(
    ("describe", "message"),
    [
        (lambda: Architecture((5, 4, 3), (Conv(2, (3,)),)), "layer 1, Conv: a window of sizes"),
        (
            lambda: Architecture((5, 4, 3), (Dense(2), Conv(2, (6, 2), padding="valid"))),
            "layer 2, Conv: .* does not fit",
        ),
        (lambda: Architecture((3,), (Flatten(),)), "layer 1, Flatten: Flatten needs inputs with positions"),
        (lambda: Architecture((3,), (Attention(2, 2),)), "Attention needs inputs with positions"),
        (lambda: Architecture((3,), (Residual((Dense(4),)),)), r"layer 1, Residual: .* shapes \(4,\) and \(3,\)"),
        (lambda: Architecture((3,), (Dense(4),), "mup"), "parametrization = 'mup' tells the first and the last"),
        (lambda: Architecture((2, 3, 4, 5), ()), "one to three axes"),
        (lambda: Conv(2, (3, 3), padding="SAME"), "padding = 'SAME' must be one of same, valid, circular"),
        (lambda: Conv(2, (3, 3, 3)), "both take one or two numbers"),
        (lambda: Conv(0, (3,)), "width = 0 is below"),
        (lambda: Conv(2, (0,)), "sizes of a window = 0 is below"),
        (lambda: Conv(2, (3,), sigma_w=-1.0), "sigma_w = -1.0 must be a finite number"),
        (lambda: Architecture((3,), (Dense(1),)).apply(((),), np.ones((2, 4))), "inputs of shape"),
        (lambda: Architecture((3,), (Dense(1),)).apply((), np.ones((2, 3))), "parameters of 0 layers"),
    ],
)
def test_bad_descriptions(describe, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        describe()


def test_under_jit_as_a_static_argument() -> None:
    network = Architecture((5, 4, 3), (Conv(2, (3, 3)), GlobalPool()))
    params = network.init(jax.random.key(0), jnp.float32)
    assert params[0].weight.dtype == jnp.float32
    run = jax.jit(lambda n, p, x: n.apply(p, x), static_argnums=0)
    assert run(network, params, jnp.asarray(X, jnp.float32)).shape == (2, 2)
