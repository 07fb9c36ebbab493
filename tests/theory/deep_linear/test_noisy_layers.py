"""Shares against enumerated masks and sampled chains, Gaussian contraction against joint covariances and signals."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.deep_linear.memorized_information import dropout_contraction
from theory.deep_linear.noisy_layers import dropconnect_share, dropout_share, gaussian_share
from theory.deep_linear.strategies import noisy_networks


@given(st.floats(0, 1), st.sampled_from(((3,), (2, 5), (4, 1, 3))))
def test_dropout_shares_are_products_of_coefficients(drop, widths):
    expected = np.cumprod([float(dropout_contraction(drop, d)) for d in widths])
    assert_allclose(dropout_share(drop, widths), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("drop", [0.0, 0.3, 0.8, 1.0])
def test_dropped_weights_by_enumerating_masks(drop):
    """Whether any path from the inputs to the outputs is left."""
    widths, alive = (2, 2, 1), np.zeros(2)
    for mask in itertools.product((0, 1), repeat=6):
        chance = np.prod([1 - drop if m else drop for m in mask])
        first, second = np.array(mask[:4]).reshape(2, 2), np.array(mask[4:]).reshape(1, 2)
        speak = first.any(axis=1)
        alive += chance * np.array([speak.any(), (second[:, speak] == 1).any()])
    assert_allclose(dropconnect_share(drop, widths), alive, atol=1e-14)


@given(st.floats(0.01, 0.99), st.sampled_from(((2, 3), (3, 2, 4), (1, 1, 1, 2))))
def test_dropped_weights_are_bounded_by_the_layers(drop, widths):
    shares = np.asarray(dropconnect_share(drop, widths))
    product = np.cumprod([1 - drop ** (a * b) for a, b in itertools.pairwise(widths)])
    assert (shares <= product + 1e-12).all()
    assert_allclose(shares[0], product[0], rtol=1e-9)
    assert (np.diff(shares) <= 1e-12).all()


def joint(layers, sigma):
    """Covariance of the inputs and the last layer from a linear map of all independent sources."""
    sources = layers[0].shape[1] + sum(len(w) for w in layers)
    state = np.eye(layers[0].shape[1], sources)
    inputs, at = state, layers[0].shape[1]
    for w in layers:
        state = w @ state
        state[:, at : at + len(w)] += sigma * np.eye(len(w))
        at += len(w)
    return inputs @ state.T, state @ state.T


@given(noisy_networks())
def test_largest_canonical_correlation(network):
    across, own = joint(*network)
    canonical = np.linalg.svd(across @ np.linalg.inv(np.linalg.cholesky(own)).T, compute_uv=False)
    share = np.asarray(gaussian_share(*network))
    assert_allclose(share[-1], canonical[0] ** 2, rtol=1e-8, atol=1e-12)
    assert (np.diff(share) <= 1e-12).all() and (share >= 0).all() and (share < 1).all()


@given(noisy_networks(), st.floats(1e-3, 0.999), st.integers(0, 2**32 - 1))
def test_no_signal_beats_it_nor_the_layers_product(network, strength, seed):
    layers, sigma = network
    across, own = joint(layers, sigma)
    direction = np.random.default_rng(seed).standard_normal(len(across))
    direction *= np.sqrt(strength) / np.linalg.norm(direction)
    seen = direction @ across @ np.linalg.solve(own, across.T @ direction)
    share = np.asarray(gaussian_share(layers, sigma))
    assert np.log1p(-seen) / np.log1p(-strength) <= share[-1] * (1 + 1e-9)
    inside = []
    covariance = np.eye(layers[0].shape[1])
    for w in layers:
        root = np.linalg.cholesky(covariance)
        inside.append(float(gaussian_share((w @ root,), sigma)[0]))
        covariance = w @ covariance @ w.T + sigma**2 * np.eye(len(w))
    assert share[-1] <= np.prod(inside) * (1 + 1e-9)


def test_one_direction_multiplies():
    """Chains of one unit reach the product of the layers' coefficients."""
    share = np.asarray(gaussian_share((np.array([[2.0]]), np.array([[0.5]])), 1.0))
    assert_allclose(share, [4 / 5, 4 / 5 * (1 - 1 / (0.25 * 5 + 1)) / (4 / 5) * 0.8], rtol=1e-12)


def test_wide_layers_and_nearly_certain_loss():
    """Thousands of units, whose binomial coefficients overflow, and weights almost all dropped."""
    wide = np.asarray(dropconnect_share(0.999, (3000, 2500, 4)))
    assert_allclose(wide[0], -np.expm1(3000 * 2500 * np.log(0.999)), rtol=1e-12)
    speaking = 2500 * -np.expm1(3000 * np.log(0.999))  # nearly that many
    assert_allclose(wide[1], -np.expm1(4 * speaking * np.log(0.999)), rtol=1e-4)
    kept = 1e-9
    rare = np.asarray(dropconnect_share(1 - kept, (3, 2)))
    assert_allclose(rare, -np.expm1(6 * np.log1p(-(1 - (1 - kept)))), rtol=1e-7)  # six weights, nearly never two


@pytest.mark.parametrize("sigma", [1e-10, 1e-3, 1e6])
def test_layers_of_low_rank_under_little_noise(sigma):
    """Covariances that are singular to rounding: rank one through one direction, by scalars."""
    u, v = np.array([1.0, -2.0, 0.5]), np.array([0.3, 0.4])
    share = np.asarray(gaussian_share((np.outer(u, v), np.ones((4, 3)) / 7), sigma))
    first = (u @ u) * (v @ v) / sigma**2
    signal = (np.sum(u) / 7) ** 2 * (v @ v)  # of every output, which share the noise that came before
    behind = 4 * signal / (4 * 3 / 49 * sigma**2 + sigma**2)
    assert_allclose(share, [first / (1 + first), behind / (1 + behind)], rtol=1e-12)


def test_bad_input():
    with pytest.raises(ValueError, match="drop = 1.5 is outside the allowed probabilities"):
        dropout_share(1.5, (2,))
    with pytest.raises(ValueError, match="widths.0. = 0 is below"):
        dropout_share(0.5, (0,))
    with pytest.raises(ValueError, match="has 1 numbers but needs at least 2"):
        dropconnect_share(0.5, (2,))
    with pytest.raises(ValueError, match="a network of 0 layers was given"):
        gaussian_share((), 1.0)
    with pytest.raises(ValueError, match="sigma = 0 is outside"):
        gaussian_share((np.eye(2),), 0.0)
    with pytest.raises(ValueError, match="W_2 takes 3 inputs but W_1 gives 2 outputs"):
        gaussian_share((np.eye(2), np.ones((2, 3))), 1.0)
