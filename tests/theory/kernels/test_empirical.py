"""The layerwise tangent kernel against the Jacobian, for every parametrization, with biases and several outputs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from theory.kernels.empirical import empirical_ntk
from theory.kernels.tangent import linearized, tangent_kernel
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
    Network,
    Parameters,
    Residual,
    perceptron,
)

X = jnp.asarray(np.random.default_rng(0).standard_normal((4, 3)))


def by_jacobian(network: Network, params: Parameters, x1: jax.Array, x2: jax.Array) -> jax.Array:
    j1, j2 = (jax.jacobian(lambda p, x=x: network.apply(p, x))(params) for x in (x1, x2))
    total = 0.0
    for rate, a, b in zip(*(jax.tree.leaves(tree) for tree in (network.learning_rates(1.0), j1, j2))):
        total += rate * jnp.einsum("nop,mop->nm", a.reshape(*a.shape[:2], -1), b.reshape(*b.shape[:2], -1))
    return total / network.widths[-1]


@pytest.mark.parametrize("sigma_b", [None, 0.4])
@pytest.mark.parametrize("name", ["standard", "ntk", "mup", "mean_field"])
def test_against_the_jacobian(name: str, sigma_b: float | None) -> None:
    network = perceptron((3, 6, 5, 2), activation="gelu", parametrization=name, sigma_w=1.3, sigma_b=sigma_b)
    params = network.init(jax.random.key(1))
    assert_allclose(empirical_ntk(network, params, X), by_jacobian(network, params, X, X), rtol=1e-12, atol=1e-14)
    across = empirical_ntk(network, params, X, X[:2] + 1)
    assert_allclose(across, by_jacobian(network, params, X, X[:2] + 1), rtol=1e-12, atol=1e-14)


def test_layers_in_any_order() -> None:
    network = Network(
        3, (Activation("sin"), Dense(4, 1.0, 0.1), Dense(5), Activation("tanh"), Activation("abs")), "ntk"
    )
    params = network.init(jax.random.key(2))
    assert_allclose(empirical_ntk(network, params, X), by_jacobian(network, params, X, X), rtol=1e-12, atol=1e-14)


def test_any_function_is_the_layerwise_form_where_steps_are_one() -> None:
    network = perceptron((3, 6, 5, 2), activation="erf", parametrization="ntk", sigma_w=1.3, sigma_b=0.4)
    params = network.init(jax.random.key(3))
    for other in (None, X[:2] + 1):
        layerwise = empirical_ntk(network, params, X, other)
        assert_allclose(tangent_kernel(network.apply, params, X, other), layerwise, rtol=1e-12, atol=1e-14)


def test_outputs_of_any_rank_and_parameters_of_any_tree() -> None:
    def images(params: dict, x: jax.Array) -> jax.Array:
        return params["shift"] + params["gain"] * x

    x = jnp.arange(12.0).reshape(3, 2, 2)
    by_hand = 1 + jnp.einsum("nij,mij->nm", x, x) / 4
    params = {"gain": jnp.array(0.3), "shift": jnp.array(1.0)}
    assert_allclose(tangent_kernel(images, params, x), by_hand, rtol=1e-14)


def test_bad_input() -> None:
    network = perceptron((3, 4, 1))
    with pytest.raises(ValueError, match="takes matrices of one row or more and 3 columns"):
        empirical_ntk(network, network.init(jax.random.key(0)), X[:, :2])


IMAGES = jnp.asarray(np.random.default_rng(1).standard_normal((3, 4, 3, 2)))
CONV, TANH = Conv(5, (3, 2), (2, 1), sigma_w=1.3, sigma_b=0.4), Activation("tanh")
SHAPES = {
    "pooled": (CONV, TANH, Conv(3, (2, 2), padding="circular"), AveragePool((1, 2)), GlobalPool(), Dense(2, 1.2, 0.3)),
    "residual": (CONV, Residual((TANH, Dense(5, 1.0, 0.2)), (Conv(5, (1, 1)),)), LayerNorm(), Flatten(), Dense(2)),
    "attention": (Attention(4, 3, 1.5, sigma_b=0.2), TANH, Flatten(), Dense(3, 1.1, 0.4)),
    "wide window": (Conv(40, (4, 3), padding="valid"), TANH, Flatten(), Dense(2)),
}


@pytest.mark.parametrize(("name", "parametrization"), list(zip(SHAPES, ("ntk", "standard") * 2, strict=True)))
def test_architectures_against_the_jacobian(name: str, parametrization: str) -> None:
    """Both ways to a layer's share occur: gradients for the windows of few inputs, pairs of positions for the wide."""
    network = Architecture(IMAGES.shape[1:], SHAPES[name], parametrization)
    params, x2 = network.init(jax.random.key(3)), IMAGES[:2] + 0.3
    j1, j2 = (jax.tree.leaves(jax.jacobian(lambda p, x=x: network.apply(p, x))(params)) for x in (IMAGES, x2))
    outputs = j1[0].shape[1]
    pairs = [(a.reshape(*a.shape[:2], -1), b.reshape(*b.shape[:2], -1)) for a, b in zip(j1, j2, strict=True)]
    plain = sum(jnp.einsum("nop,mop->nm", a, b) for a, b in pairs) / outputs
    assert_allclose(empirical_ntk(network, params, IMAGES, x2), plain, rtol=1e-12, atol=1e-13)
    assert_allclose(tangent_kernel(network.apply, params, IMAGES, x2), plain, rtol=1e-12, atol=1e-13)
    blocks = sum(jnp.einsum("nop,mqp->nmoq", a, b) for a, b in pairs)
    assert_allclose(tangent_kernel(network.apply, params, IMAGES, x2, trace=False), blocks, rtol=1e-12, atol=1e-13)


def test_a_linearized_network_touches_and_is_linear() -> None:
    network = perceptron((3, 6, 2), activation="tanh", parametrization="ntk", sigma_b=0.3)
    start, to = network.init(jax.random.key(1)), network.init(jax.random.key(2))
    line = linearized(network.apply, start)
    assert_allclose(line(start, X), network.apply(start, X), rtol=1e-14)

    def along(t: float) -> Parameters:
        return jax.tree.map(lambda a, b: a + t * (b - a), start, to)

    step = line(along(1.0), X) - line(start, X)
    assert_allclose(line(along(-7.0), X) - line(start, X), -7 * step, rtol=1e-12, atol=1e-13)
    assert_allclose((network.apply(along(1e-6), X) - network.apply(along(-1e-6), X)) / 2e-6, step, rtol=1e-7, atol=1e-9)
    kernel = tangent_kernel(line, to, X)
    assert_allclose(kernel, empirical_ntk(network, start, X), rtol=1e-12, atol=1e-13)


def test_general_route_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="give one example or more"):
        tangent_kernel(lambda w, x: x @ w, jnp.ones((2, 1)), jnp.ones((0, 2)))
    with pytest.raises(ValueError, match="f puts out shape"):
        tangent_kernel(lambda w, x: (x @ w).sum(), jnp.ones((2, 1)), jnp.ones((3, 2)))
    network = Architecture((4, 3, 2), SHAPES["pooled"])
    params = network.init(jax.random.key(0))
    with pytest.raises(ValueError, match="takes one example or more of shape"):
        empirical_ntk(network, params, IMAGES[0])
