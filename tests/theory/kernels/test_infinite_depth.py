"""Limits of depth against published duals, 60 digits, brute-force layers and Gaussian quadrature."""

import math

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.kernels.infinite_depth import (
    MAJORITY,
    NEAREST,
    SINGULAR,
    activation_of,
    limit_of_depth,
    singular_exponent,
    singular_limit,
    weights_for_exponent,
)
from theory.kernels.limit_classifiers import hilbert_vote, majority_vote, nearest_neighbor, weighted_vote

CUBIC = (0.0, 0.5, 0.0, 0.5)


def slope(weights: tuple[float, ...], t: float = 1.0) -> float:
    return sum(j * c * t ** (j - 1) for j, c in enumerate(weights) if j)


def test_kinds() -> None:
    assert limit_of_depth(1 / math.pi, 0.5) == MAJORITY  # ReLU
    assert limit_of_depth(0.0, 0.0) == NEAREST
    assert limit_of_depth(0.0, 0.9) == SINGULAR
    assert limit_of_depth(1e-9, 0.0) == MAJORITY


def test_exponents_of_other_activations() -> None:
    """erf: k = asin(2t/3)/asin(2/3). sin(sqrt(c) x): k = sinh(ct)/sinh(c), published as tuned to 2, 4 and 8."""
    erf = [2 / 3 / np.arcsin(2 / 3), 2 / 3 / np.sqrt(1 - 4 / 9) / np.arcsin(2 / 3)]
    assert abs(float(singular_exponent(*erf)) - 0.8882) < 1e-4
    for c, alpha in ((1.0, 1.1856), (2.676, 1.99996), (6.13539, 4.0), (13.8258, 8.0)):
        assert abs(float(singular_exponent(c / np.sinh(c), c / np.tanh(c))) - alpha) < 5e-5


def test_published_duals() -> None:
    exact = {2: CUBIC, 4: (0, 1 / 4, 1 / 2, 1 / 4), 8: (0, 1 / 16, 7 / 8, 1 / 16)}
    for alpha, weights in exact.items():
        assert_allclose(weights_for_exponent(alpha), weights, atol=1e-14)
    assert_allclose(weights_for_exponent(1, 4), (0, 0.5, 0, 0, 0, 0, 0, 0.5), atol=1e-14)


@given(st.floats(0.05, 20.0), st.floats(2.0, 6.0))
def test_every_exponent_has_an_activation(alpha: float, b: float) -> None:
    weights = weights_for_exponent(alpha, b)
    assert min(weights) >= 0 and weights[0] == 0
    assert abs(sum(weights) - 1) < 1e-12 and abs(slope(weights) - b) < 1e-9
    assert abs(float(singular_exponent(weights[1], b)) - alpha) < 1e-9 * (1 + alpha)
    assert limit_of_depth(0.0, weights[1]) == SINGULAR


def test_activation_has_the_dual() -> None:
    """E phi(u) phi(v) by a Gauss-Hermite grid, exact for polynomials."""
    weights = (0.1, 0.2, 0.0, 0.4, 0.3)
    phi = activation_of(weights)
    z, w = np.polynomial.hermite_e.hermegauss(12)
    weight = np.outer(w, w) / (2 * np.pi)
    for t in (-0.7, 0.0, 0.3, 1.0):
        v = t * z[:, None] + math.sqrt(1 - t * t) * z[None, :]
        mean = (weight * np.asarray(phi(jnp.asarray(z)))[:, None] * np.asarray(phi(jnp.asarray(v)))).sum()
        assert abs(mean - sum(c * t**j for j, c in enumerate(weights))) < 1e-12


def exact_limit(gap: float, weights: tuple[float, ...]) -> mp.mpf:
    with mp.workdps(60):
        weights = [mp.mpf(str(c)) for c in weights]  # decimals, whose sum is 1 to all digits
        t, layers = 1 - mp.mpf(gap), 0
        while abs(t) > mp.mpf(10) ** -45 and layers < 4000:
            t, layers = sum(c * t**j for j, c in enumerate(weights)), layers + 1
        return t / weights[1] ** layers


@pytest.mark.parametrize("weights", [CUBIC, (0.0, 0.25, 0.5, 0.25), (0.0, 0.9, 0.1), (0.0, 0.001, 0.0, 0.999)])
def test_singular_limit_against_sixty_digits(weights: tuple[float, ...]) -> None:
    """Near-duplicates, right angles, obtuse angles, antipodes."""
    gaps = [1e-12, 1e-3, 0.4, 0.999, 1.0, 1.3, 1.9]
    values = np.asarray(singular_limit(jnp.array(gaps), weights))
    for gap, value in zip(gaps, values, strict=True):
        exact = exact_limit(gap, weights)
        assert abs(value - float(exact)) <= 2e-11 * abs(float(exact))
    assert singular_limit(0.0, weights) == math.inf


def test_singular_limit_is_what_layers_leave() -> None:
    """S_L/c^L and, with its error of order 1/L removed by two depths, T_L/(L c^L)."""
    t0 = 0.6
    s, tangent, seen = t0, t0, {}
    for layer in range(1, 161):
        s, tangent = (s + s**3) / 2, (s + s**3) / 2 + tangent * (0.5 + 1.5 * s**2)
        seen[layer] = (s / 0.5**layer, tangent / 0.5**layer / layer)
    limit = float(singular_limit(1 - t0, CUBIC))
    assert abs(seen[60][0] - limit) < 1e-14 * 60
    assert abs(2 * seen[160][1] - seen[80][1] - limit) < 1e-12


@given(st.floats(1e-9, 1.99), st.floats(0.3, 6.0))
def test_koenigs_equation(gap: float, alpha: float) -> None:
    weights = weights_for_exponent(alpha)
    separation = sum(sum(weights[i + 1 :]) * (1 - gap) ** i for i in range(len(weights) - 1))
    here, after = np.asarray(singular_limit(jnp.array([gap, gap * separation]), weights))
    assert abs(after - weights[1] * here) < 1e-7 * abs(here) + 1e-12


@pytest.mark.parametrize(("alpha", "b", "swing"), [(2.0, 2.0, 1e-7), (2.0, 9.0, 0.1976), (1.0, 16.0, 0.1675)])
def test_log_periodic_singularity(alpha: float, b: float, swing: float) -> None:
    """Along gaps that fall by k'(1) the slope is the exponent; between them R swings, the more the larger k'(1)."""
    weights = weights_for_exponent(alpha, b)
    near = 1e-7 * b ** np.r_[np.linspace(0, 1, 60), 2.0, 3.0]
    psi = np.asarray(singular_limit(jnp.asarray(near), weights))
    assert_allclose(-2 * np.diff(np.log(psi[[0, 59, 60, 61]])) / np.log(b), alpha, rtol=1e-4 * b)
    factor = psi[:60] * near[:60] ** (alpha / 2)
    assert abs(factor.max() / factor.min() - 1 - swing) < 1e-3


def test_classifiers_by_hand() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((9, 3)), np.array([1.0, -1, 1, 1, -1, -1, 1, 1, -1])
    new = np.concatenate([rng.standard_normal((5, 3)), x[4:5]])
    x, new = x / np.linalg.norm(x, axis=1)[:, None], new / np.linalg.norm(new, axis=1)[:, None]
    distance = np.linalg.norm(new[:, None] - x[None], axis=2)
    gap = jnp.asarray(np.where(distance < 1e-12, 0.0, distance**2 / 2))
    assert_allclose(nearest_neighbor(gap, y), y[distance.argmin(1)])
    with np.errstate(divide="ignore"):
        votes = [np.sign(sum(y[i] / distance[j, i] ** 2.5 for i in range(9))) for j in range(5)]
    assert_allclose(hilbert_vote(gap, y, 2.5), [*votes, y[4]])
    assert_allclose(weighted_vote(singular_limit(gap, CUBIC), y)[5], y[4])
    assert majority_vote(y, 3).tolist() == [1.0] * 3
    assert majority_vote(jnp.array([1.0, -1.0])).tolist() == [0.0]
    assert_allclose(hilbert_vote(gap[:5], y, 200.0), nearest_neighbor(gap[:5], y))
    assert_allclose(hilbert_vote(gap[:5], y, 0.0), majority_vote(y, 5))


def test_transformations_and_single_precision() -> None:
    gap = jnp.array([0.01, 0.5, 1.2])
    limit = lambda gap: singular_limit(gap, CUBIC)
    assert_allclose(jax.jit(limit)(gap), limit(gap), rtol=1e-13)
    assert_allclose(jax.vmap(limit)(gap), limit(gap), rtol=1e-13)
    step = 1e-6
    assert_allclose(jax.jacfwd(limit)(0.5), (limit(0.5 + step) - limit(0.5 - step)) / (2 * step), rtol=1e-8)
    assert limit(gap.astype(jnp.float32)).dtype == jnp.float32
    assert_allclose(jax.grad(limit)(0.5), jax.jacfwd(limit)(0.5), rtol=1e-12)
    assert jnp.isnan(jax.jit(limit)(-0.1)) and jnp.isnan(jax.jit(singular_exponent)(1.5, 2.0))


def test_bad_input() -> None:
    with pytest.raises(ValueError, match=r"at_zero = 1.2 is outside the allowed \[0, 1\]"):
        limit_of_depth(1.2, 0.0)
    with pytest.raises(ValueError, match=r"at_zero \+ slope_at_zero = 1.1 is above"):
        limit_of_depth(0.6, 0.5)
    with pytest.raises(ValueError, match="slope_at_zero = 1 is a linear activation"):
        limit_of_depth(0, 1)
    with pytest.raises(ValueError, match="slope_at_one = 0.9 is outside the allowed slopes above 1"):
        singular_exponent(0.5, 0.9)
    with pytest.raises(ValueError, match="exponent = 0 is outside"):
        weights_for_exponent(0)
    with pytest.raises(ValueError, match="slope_at_one = 1.5 is outside"):
        weights_for_exponent(2, 1.5)
    with pytest.raises(ValueError, match="must be two or more numbers at or above 0 that sum to 1"):
        activation_of((0.5, 0.6))
    with pytest.raises(ValueError, match="leave no singular kernel: c_0 must be 0"):
        singular_limit(0.5, (0.1, 0.4, 0.5))
    with pytest.raises(ValueError, match=r"gap = 2.1 is outside the allowed gaps in \[0, 2\]"):
        singular_limit(2.1, CUBIC)
    with pytest.raises(ValueError, match="labels = 2 is outside the allowed labels -1 and 1"):
        majority_vote(jnp.array([1.0, 2.0]))
    with pytest.raises(ValueError, match="gap = -0.1 is outside the allowed gaps at or above 0"):
        nearest_neighbor(jnp.array([[-0.1]]), jnp.array([1.0]))
