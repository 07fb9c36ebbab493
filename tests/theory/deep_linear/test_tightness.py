"""Interval bounds against brute force over the box's corners, moments by quadrature, sampling, and sign patterns."""

import itertools
import math

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import integrate, stats

from theory.deep_linear.matrix_strategies import layers
from theory.deep_linear.tightness import (
    embedding_optimal_radius,
    embedding_propagated_radius,
    expected_relu_tightness,
    expected_tightness,
    hidden_factor,
    optimal_radius,
    propagated_radius,
    relu_hidden_factor,
    tightness,
)

RADII = jax.jit(lambda ws, r: (optimal_radius(ws, r), propagated_radius(ws, r), tightness(ws, r)))


@given(layers(), st.floats(1e-3, 1e3))
def test_radii_by_the_corners_of_the_box(weights, size):
    """The optimal half-width is reached at a corner; the propagated one is interval arithmetic, layer by layer."""
    inputs = weights[0].shape[1]
    radius = size * (1 + np.arange(inputs) / 3)
    best, bound, share = (np.asarray(a) for a in RADII(weights, jnp.asarray(radius)))
    corners = np.array(list(itertools.product((-1, 1), repeat=inputs))).T * radius[:, None]
    low, high, images = -radius, radius, corners
    for w in map(np.asarray, weights):
        up, down = np.maximum(w, 0), np.minimum(w, 0)
        low, high, images = up @ low + down @ high, up @ high + down @ low, w @ images
    assert_allclose(bound, (high - low) / 2, rtol=1e-12)
    assert_allclose(best, images.max(1), rtol=1e-9, atol=1e-12 * bound.max())
    assert (best <= bound * (1 + 1e-12)).all()
    assert ((share >= 0) & (share <= 1 + 1e-12)).all()


@given(layers((2, 3, 3)), st.integers(0, 2**32 - 1))
def test_matched_signs_are_exact_and_a_negative_rectangle_is_not(weights, seed):
    rng = np.random.default_rng(seed)
    signs = [rng.choice((-1.0, 1.0), n) for n in (2, 3, 3)]
    matched = tuple(
        jnp.abs(w) * np.outer(above, below) for w, below, above in zip(weights, signs, signs[1:], strict=False)
    )
    radius = jnp.asarray(rng.uniform(0.1, 1.0, 2))
    assert_allclose(RADII(matched, radius)[2], 1.0, rtol=1e-12)
    first, second = rng.uniform(0.1, 1, (2, 2)) * rng.choice((-1, 1), (2, 2)), rng.uniform(0.1, 1, (2, 2))
    product = second @ first
    if np.prod(product) < 0:
        assert (np.asarray(tightness([first, second], jnp.ones(2))) < 1 - 1e-12).any()


@pytest.mark.parametrize("width", [1.0, 1.5, 2.0, 7.0, 64.0, 341.0, 1e4, 1e12])
def test_hidden_factor_in_high_precision(width):
    with mp.workdps(40):
        d = mp.mpf(width)
        exact = mp.sqrt(mp.pi) * mp.exp(mp.loggamma((d + 1) / 2) - mp.loggamma(d / 2)) / d
    assert_allclose(hidden_factor(width), float(exact), rtol=2e-14)
    assert_allclose(hidden_factor(jnp.asarray(width, jnp.float32)), float(exact), rtol=2e-6)


def test_hidden_factor_by_the_moments_of_its_definition():
    """E|v.w| by quadrature over |v|, which is chi distributed, against the sum of E|v_i w_i| = 2 d/pi."""
    for d in (2, 5, 30):
        length = integrate.quad(lambda r, d=d: r * stats.chi.pdf(r, d), 0, np.inf, epsabs=1e-12)[0]
        assert_allclose(hidden_factor(float(d)), length * math.sqrt(2 / math.pi) / (2 * d / math.pi), rtol=1e-9)


@pytest.mark.parametrize("width", [1, 2, 5, 40])
def test_relu_factor_is_the_linear_one_of_a_random_number_of_units(width):
    k = np.arange(1, width + 1)
    chi = [integrate.quad(lambda r, n=n: r * stats.chi.pdf(r, n), 0, np.inf)[0] for n in k]
    mean = stats.binom.pmf(k, width, 0.5) @ chi
    assert_allclose(relu_hidden_factor(width), mean * math.sqrt(2 / math.pi) / (width / math.pi), rtol=1e-7)


def test_relu_factor_tends_to_the_root_of_two():
    gaps = [float(relu_hidden_factor(d) / hidden_factor(float(d))) / math.sqrt(2) - 1 for d in (100, 200, 3000)]
    assert_allclose(gaps[0] / gaps[1], 2, rtol=0.02)
    assert_allclose(gaps, [-0.375 / d for d in (100, 200, 3000)], rtol=0.03)  # Var K = d/4 less twice the step's 1/4d


def sampled(widths: tuple[int, ...], draws: int, seed: int, relu: bool) -> tuple[np.ndarray, np.ndarray]:
    """True and propagated sizes of one entry; with other variances in every layer."""
    rng = np.random.default_rng(seed)
    signed, absolute, x = np.eye(widths[0]), np.eye(widths[0]), rng.standard_normal((draws, widths[0], 1))
    for i, (n, m) in enumerate(zip(widths, widths[1:], strict=False)):
        w = (i + 0.5) * rng.standard_normal((draws, m, n))
        x = w @ x
        on = (x > 0) if relu and i < len(widths) - 2 else np.ones_like(x)
        x, signed, absolute = on * x, on * (w @ signed), on * (np.abs(w) @ absolute)
    return np.abs(signed).mean((1, 2)), absolute.mean((1, 2))


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("widths", [(3, 5, 2), (2, 3, 7, 4), (1, 2, 3, 2, 1)])
def test_ratio_of_expectations_by_sampling(widths, relu):
    best, bound = sampled(widths, 20_000, seed=sum(widths), relu=relu)
    closed = float((expected_relu_tightness if relu else expected_tightness)(widths[1:-1]))
    gap = best - closed * bound
    assert abs(gap.mean()) < 4.5 * gap.std() / len(gap) ** 0.5


def test_expected_tightness_exactly():
    assert float(expected_tightness(())) == float(expected_relu_tightness(())) == 1
    assert_allclose(expected_tightness((2, 5)), math.pi / 4 * 8 / 15, rtol=1e-13)
    assert_allclose(expected_relu_tightness((2,)), (0.5 * 1 + 0.25 * 2 * math.pi / 4), rtol=1e-13)


@pytest.mark.parametrize(("inputs", "rank"), [(3, 1), (6, 2), (8, 7), (5, 5)])
def test_embedding_radii_by_sampling(inputs, rank):
    rng = np.random.default_rng(inputs)
    u = np.linalg.qr(rng.standard_normal((20_000, inputs, rank)))[0]
    bound = (np.abs(u) @ np.abs(np.swapaxes(u, 1, 2))).sum(2).mean(1)
    best = np.abs(u @ np.swapaxes(u, 1, 2)).sum(2).mean(1)
    for sample, closed in ((bound, embedding_propagated_radius), (best, embedding_optimal_radius)):
        assert abs(sample.mean() - float(closed(inputs, rank))) < 4.5 * sample.std() / 20_000**0.5 + 1e-12


@pytest.mark.parametrize(("inputs", "rank"), [(100, 30), (10**4, 10**4 - 1), (10**6, 5), (10**7, 5 * 10**6)])
def test_embedding_in_many_dimensions_keeps_its_digits(inputs, rank):
    """The law of the diagonal entry in 40 digits."""
    with mp.workdps(40):
        d, a, b = mp.mpf(inputs), mp.mpf(rank) / 2, mp.mpf(inputs - rank) / 2
        half = mp.mpf(1) / 2
        log_spread = sum(mp.loggamma(x + half) - mp.loggamma(x) for x in (a, b)) - mp.log(d / 2)
        step = mp.loggamma(d / 2) - mp.loggamma((d - 1) / 2)
        expected = rank / d + (d - 1) * mp.exp(log_spread - step) / mp.sqrt(mp.pi)
    assert_allclose(float(embedding_optimal_radius(inputs, rank)), float(expected), rtol=1e-13)


def test_embedding_limits():
    """Rank one is exact; a full basis propagates to the identity; large d gives the published orders."""
    for d in (2, 9, 400):
        assert_allclose(embedding_propagated_radius(d, 1), embedding_optimal_radius(d, 1), rtol=1e-12)
    assert float(embedding_optimal_radius(7, 7)) == 1
    assert_allclose(embedding_propagated_radius(10**7, 30), 60 / math.pi, rtol=1e-6)
    assert_allclose(embedding_optimal_radius(10**7, 400), math.sqrt(800 / math.pi), rtol=1e-3)
    assert abs(float(embedding_propagated_radius(1, 1)) - 1) < 1e-15


def test_bad_input():
    with pytest.raises(ValueError, match="width = 0 is outside the allowed widths at or above 1"):
        hidden_factor(0.0)
    with pytest.raises(ValueError, match=r"hidden\[1\] = 0 is below the least allowed, 1"):
        expected_tightness((3, 0))
    with pytest.raises(ValueError, match="rank = 4 is above inputs = 3"):
        embedding_optimal_radius(3, 4)
    with pytest.raises(ValueError, match=r"radius = -1 is outside the allowed half-widths at or above zero"):
        tightness([jnp.ones((2, 2))], jnp.array([1.0, -1.0]))
    with pytest.raises(ValueError, match=r"radius has shape \(3,\) but the first layer takes 2 inputs"):
        tightness([jnp.ones((2, 2))], jnp.ones(3))
    assert bool(jnp.isnan(jax.jit(hidden_factor)(0.5)))
    assert np.isfinite(float(jax.grad(hidden_factor)(3.0)))
