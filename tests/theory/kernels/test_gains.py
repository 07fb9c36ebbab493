"""Derivatives of kernels in the gains: against other descriptions, differences, homogeneity; at singular angles."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.kernels.dense import Gains, diagonal, kernels, kernels_at_gap
from theory.kernels.strategies import inputs
from theory.networks import Dense, Network, perceptron

# a duplicate, an antipode, a zero, one direction at another size, a near-duplicate
X = np.random.default_rng(0).standard_normal((7, 4))
X[1], X[2], X[3], X[4], X[5] = X[0], -X[0], 0.0, 2 * X[0], X[0] + 1e-9


def with_gains(network: Network, sigma_w: float, sigma_b: float) -> Network:
    layers = (
        replace(x, sigma_w=sigma_w, sigma_b=None if x.sigma_b is None else sigma_b) if isinstance(x, Dense) else x
        for x in network.layers
    )
    return replace(network, layers=tuple(layers))


@pytest.mark.parametrize("parametrization", ["ntk", "mup"])
@pytest.mark.parametrize("sigma_b", [None, 0.0, 0.4])
def test_gains_given_are_gains_described(parametrization: str, sigma_b: float | None) -> None:
    network = perceptron((4, 6, 5, 1), activation="erf", parametrization=parametrization, sigma_w=1.1, sigma_b=sigma_b)
    for ours, theirs in zip(kernels(network, X, gains=Gains(1.7, 0.6)), kernels(with_gains(network, 1.7, 0.6), X)):
        assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13)
    for ours, theirs in zip(kernels(network, X, gains=Gains(1.1)), kernels(network, X)):
        assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("activation", "hidden"), [("relu", 1), ("relu", 6), ("erf", 2), ("gelu", 1)])
def test_derivatives_against_differences_at_singular_points(activation: str, hidden: int) -> None:
    network = perceptron((4, *[8] * hidden, 1), activation=activation, parametrization="ntk", sigma_b=0.1)

    def both(gains: Gains) -> jax.Array:
        return jnp.stack(kernels(network, X, gains=gains))

    slope = jax.jacfwd(lambda w, b: both(Gains(w, b)), (0, 1))(1.3, 0.4)
    back = jax.grad(lambda w, b: both(Gains(w, b)).sum(), (0, 1))(1.3, 0.4)
    h = 1e-5
    numeric = ((both(Gains(1.3 + h, 0.4)) - both(Gains(1.3 - h, 0.4))) / (2 * h),)
    numeric += ((both(Gains(1.3, 0.4 + h)) - both(Gains(1.3, 0.4 - h))) / (2 * h),)
    for ours, reverse, exact in zip(slope, back, numeric):
        assert_allclose(ours, exact, rtol=2e-6, atol=2e-7 * float(jnp.abs(exact).max()))
        assert_allclose(ours.sum(), reverse, rtol=1e-10)


def test_layer_by_layer() -> None:
    """Each layer's gain multiplies the kernel of a network without biases: one logarithmic derivative of 2 a layer."""
    network = perceptron((4, 8, 8, 1), parametrization="ntk")
    w = jnp.array([0.7, 1.4, 1.1])
    for kernel in ("nngp", "ntk"):
        value, slope = jax.jvp(
            lambda s, kernel=kernel: getattr(kernels(network, X, gains=Gains(s * w)), kernel), (1.0,), (1.0,)
        )
        assert_allclose(slope, 6 * value, rtol=1e-12, atol=1e-14)


def test_where_the_angle_opens_on_either_side_the_derivative_is_the_mean_of_both() -> None:
    network = perceptron((4, 8, 1), parametrization="ntk", sigma_b=0.0)
    x = X[np.array([0, 4])]
    slope = jax.grad(lambda b: kernels(network, x, gains=Gains(1.0, b)).ntk[0, 1])
    assert slope(0.0) == 0
    assert float(slope(1e-6)) == pytest.approx(-float(slope(-1e-6)), rel=1e-9)


@settings(max_examples=10)
@given(inputs(), st.floats(0.3, 2.0), st.floats(0.0, 1.0))
def test_derivatives_are_finite_and_those_of_the_diagonal(x: np.ndarray, w: float, b: float) -> None:
    network = perceptron((5, 8, 8, 1), parametrization="ntk", sigma_b=0.1)
    slopes = jax.jacfwd(lambda w, b: kernels(network, x, gains=Gains(w, b)).ntk, (0, 1))(w, b)
    alone = jax.jacfwd(lambda w, b: diagonal(network, x, Gains(w, b)).ntk, (0, 1))(w, b)
    for full, short in zip(slopes, alone):
        assert np.isfinite(np.asarray(full)).all()
        assert_allclose(jnp.diagonal(full), short, rtol=1e-10, atol=1e-12)


def test_gains_at_a_gap_share_a_program() -> None:
    network = perceptron((4, 8, 1), parametrization="ntk")
    by_gap = jax.vmap(lambda w: kernels_at_gap(network, 1.0, 1.0, jnp.array(0.5), Gains(w)).nngp)(jnp.array([1.0, 2.0]))
    assert_allclose(by_gap[1], 16 * by_gap[0], rtol=1e-12)


def test_bad_gains() -> None:
    network = perceptron((4, 8, 1))
    with pytest.raises(ValueError, match="give one gain, or one for each of 2 layers"):
        kernels(network, X, gains=Gains(jnp.ones(3)))
    with pytest.raises(ValueError, match="sigma_w = nan is outside the allowed finite numbers"):
        kernels(network, X, gains=Gains(float("nan")))
