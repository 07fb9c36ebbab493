"""Fisher statistics of wide networks: order parameters by hand and by mpmath, moments of the dual matrix, samples."""

import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.hessian.dual import dual_fisher, perceptron_dual
from theory.hessian.fisher import (
    FisherOrder,
    critical_step,
    fisher_largest,
    fisher_mean,
    fisher_order,
    fisher_second_moment,
)
from theory.networks.activations import pointwise


def test_linear_networks_by_hand() -> None:
    """q1: 1 + 0.1, 1.2; q2: 0.1, 0.2; t = 1: kappa1 = (1 + 1.1 + 1.2)/2, kappa2 = (0 + 0.1 + 0.2)/2."""
    order = fisher_order("linear", 1.0, 0.1**0.5)
    assert_allclose(order, (1.65, 0.15, 2.0), rtol=1e-12)
    wide = fisher_order("linear", 2.0, 0.0, (0.5, 2.0))  # one hidden layer: t = (4, 1), h = (1, 4), alpha = 1
    assert_allclose(wide, ((0.5 * 4 + 2.0 * 4) / 1.0, 0.0, 1.0), rtol=1e-12, atol=1e-15)


def test_relu_by_hand() -> None:
    """One hidden layer: q1 = 2 + b, q2 = b; the arc-cosine kernel at that angle, 1/2 and its slope backwards."""
    bias, weight = 0.3, 2.0
    angle = np.arccos(bias / (weight + bias))
    h2 = (weight + bias) * (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)
    t2 = weight * (np.pi - angle) / (2 * np.pi)
    order = fisher_order("relu", weight**0.5, bias**0.5, (1.0, 1.0))
    assert_allclose(order, (weight / 2 + (weight + bias) / 2, 0 * t2 + h2, 1.0), rtol=1e-12)


def test_tanh_against_mpmath() -> None:
    """One hidden layer, expectations by double quadrature with 20 digits."""
    with mp.workdps(20):
        q1, q2 = mp.mpf("3.64"), mp.mpf("0.64")
        root = mp.sqrt(q1)
        weight = lambda *z: mp.exp(-sum(x * x for x in z) / 2) / mp.sqrt(2 * mp.pi) ** len(z)
        square = mp.quad(lambda z: weight(z) * mp.tanh(root * z) ** 2, mp.linspace(-9, 9, 7))
        slope = mp.quad(lambda z: weight(z) * mp.sech(root * z) ** 4, mp.linspace(-9, 9, 7))
    order = fisher_order("tanh", 3**0.5, 0.8, (1.0, 1.0))
    assert_allclose(order.kappa1, float(3 * slope + square), rtol=1e-10)
    draws = np.random.default_rng(0).standard_normal((3, 400_000))
    shared = float(q2) ** 0.5 * draws[0]
    products = np.tanh(shared + 3**0.5 * draws[1]) * np.tanh(shared + 3**0.5 * draws[2])
    assert abs(order.kappa2 - products.mean()) < 4.5 * products.std() / 400_000**0.5


@given(st.floats(0.01, 2), st.floats(0.001, 2), st.integers(2, 200), st.integers(1, 5))
def test_moments_of_the_dual_matrix(kappa1: float, share: float, samples: int, outputs: int) -> None:
    """The matrix itself: alpha M/N (kappa1 on, kappa2 off the diagonal), one copy an output."""
    order, m = FisherOrder(kappa1, kappa1 * share, 1.7), 50.0
    dual = order.alpha * m / samples * (order.kappa2 + (order.kappa1 - order.kappa2) * np.eye(samples))
    values, parameters = np.linalg.eigvalsh(dual), order.alpha * m**2
    assert_allclose(fisher_mean(order, m, outputs), outputs * values.sum() / parameters, rtol=1e-9)
    second = outputs * (values**2).sum() / parameters
    assert_allclose(fisher_second_moment(order, float(samples), outputs), second, rtol=1e-9)
    top = np.ones(samples) @ dual @ np.ones(samples) / samples
    assert_allclose(fisher_largest(order, m, float(samples)), top, rtol=1e-9)
    assert_allclose(critical_step(order, m, float(samples)) * top, 2, rtol=1e-9)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sin", "linear"])
def test_sampled_network(activation: str) -> None:
    """Width 600, 40 inputs, three layers: within 10 %, twice the fluctuation of one network."""
    rng, m, n = np.random.default_rng(1), 600, 40
    gain, bias = 1.2, 0.5
    shapes = ((m, m), (m, m), (1, m))
    weights = [gain * rng.standard_normal(s) / m**0.5 for s in shapes]
    biases = [bias * rng.standard_normal(s[0]) for s in shapes]
    dual = np.asarray(perceptron_dual(weights, biases, pointwise(activation), rng.standard_normal((n, m))))
    order = fisher_order(activation, gain, bias)
    assert abs(np.linalg.eigvalsh(dual)[-1] / float(fisher_largest(order, float(m), float(n))) - 1) < 0.1
    assert abs(np.trace(dual) / (2 * m**2 + m) / float(fisher_mean(order, float(m))) - 1) < 0.1


def test_perceptron_dual_is_the_dual_fisher() -> None:
    rng = np.random.default_rng(2)
    shapes = ((4, 3), (5, 4), (1, 5))
    params = [(jnp.asarray(rng.standard_normal(s)), jnp.asarray(rng.standard_normal(s[0]))) for s in shapes]
    x = jnp.asarray(rng.standard_normal((6, 3)))

    def scores(params: list) -> jnp.ndarray:
        h = x
        for w, b in params[:-1]:
            h = jnp.tanh(h @ w.T + b[None])
        return h @ params[-1][0].T + params[-1][1][None]

    direct = perceptron_dual([w for w, _ in params], [b for _, b in params], jnp.tanh, x)
    assert_allclose(direct, dual_fisher(scores, params), atol=1e-12)


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="activation = 'rellu' must be one of relu, linear, tanh, sin"):
        fisher_order("rellu", 1.0, 0.0)
    with pytest.raises(ValueError, match=r"sigma_b = -1 is outside the allowed gains from 0 to 1e\+06"):
        fisher_order("tanh", 1.0, -1.0)
    with pytest.raises(ValueError, match="the number of layers = 1 is below the least allowed, 2"):
        fisher_order("tanh", 1.0, 0.0, (1.0,))
    with pytest.raises(ValueError, match="shape = 0 is outside the allowed widths above zero"):
        fisher_order("tanh", 1.0, 0.0, (1.0, 0.0))
    order = fisher_order("linear", 1.0, 0.0)
    with pytest.raises(ValueError, match="width = 0.5 is outside the allowed widths at or above 1"):
        fisher_mean(order, 0.5)
    with pytest.raises(ValueError, match="samples = 0 is outside the allowed samples at or above 1"):
        fisher_largest(order, 10.0, 0.0)
