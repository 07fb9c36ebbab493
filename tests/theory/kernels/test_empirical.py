"""The layerwise tangent kernel against the Jacobian, for every parametrization, with biases and several outputs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from theory.kernels.empirical import empirical_ntk, tangent_kernel_of
from theory.networks import Activation, Dense, Network, Parameters, perceptron

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
        assert_allclose(tangent_kernel_of(network.apply, params, X, other), layerwise, rtol=1e-12, atol=1e-14)


def test_outputs_of_any_rank_and_parameters_of_any_tree() -> None:
    def images(params: dict, x: jax.Array) -> jax.Array:
        return params["shift"] + params["gain"] * x

    x = jnp.arange(12.0).reshape(3, 2, 2)
    by_hand = 1 + jnp.einsum("nij,mij->nm", x, x) / 4
    params = {"gain": jnp.array(0.3), "shift": jnp.array(1.0)}
    assert_allclose(tangent_kernel_of(images, params, x), by_hand, rtol=1e-14)


def test_bad_input() -> None:
    network = perceptron((3, 4, 1))
    with pytest.raises(ValueError, match="takes matrices of one row or more and 3 columns"):
        empirical_ntk(network, network.init(jax.random.key(0)), X[:, :2])
