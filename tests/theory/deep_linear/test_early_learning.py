"""Counts by enumeration and linear programming, the bound by sampling, the regularizer by automatic differentiation."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from scipy.optimize import linprog

from theory.deep_linear.early_learning import early_learning_gradient, memorization_bound, separable_probability


def separable(points: np.ndarray) -> bool:
    """Whether one direction has a positive product with every row."""
    n, p = points.shape
    return linprog(np.zeros(p), A_ub=-points, b_ub=-np.ones(n), bounds=[(None, None)] * p).status == 0


@pytest.mark.parametrize(("n", "p"), [(4, 2), (5, 3), (6, 3), (3, 4)])
def test_separable_labelings_by_enumeration(n, p):
    """All 2^n labelings of one set of points: the count does not depend on the points."""
    points = np.random.default_rng(n).standard_normal((n, p))
    labelings = np.array(list(itertools.product((-1, 1), repeat=n)))
    count = sum(separable(labels[:, None] * points) for labels in labelings)
    assert_allclose(separable_probability(n, p), count / 2**n, rtol=1e-12)


@given(st.integers(1, 400), st.integers(1, 400))
def test_separable_probability_by_exact_sums(n, p):
    exact = sum(math.comb(n - 1, k) for k in range(min(p, n))) / 2 ** (n - 1)
    assert_allclose(separable_probability(n, p), exact, rtol=1e-10)


def test_half_of_the_labelings_at_two_points_a_dimension():
    p = np.array([1.0, 7.0, 1000.0])
    assert_allclose(separable_probability(2 * p, p), 0.5, rtol=1e-9)


@given(st.integers(1, 300), st.integers(1, 300), st.floats(0.05, 1.0))
def test_bound_by_the_binomial_tail(n, p, noise):
    exact = max(0.0, 1 - 2 * stats.binom.cdf(n - p, n, noise / 2))
    assert_allclose(memorization_bound(n, p, noise), exact, rtol=1e-8, atol=1e-11)
    if noise == 1:
        assert float(memorization_bound(n, p, 1.0)) <= float(separable_probability(n, p)) + 1e-12


@pytest.mark.parametrize(("n", "p", "noise"), [(24, 22, 0.4), (24, 20, 0.5), (20, 12, 1.0)])
def test_bound_holds_for_sampled_mixtures(n, p, noise):
    rng, draws = np.random.default_rng(p), 150
    fits = 0
    for _ in range(draws):
        sides = rng.choice((-1, 1), n)
        x = 0.1 * rng.standard_normal((n, p))
        x[:, 0] += sides
        labels = np.where(rng.random(n) < noise, rng.choice((-1, 1), n), sides)
        fits += separable(labels[:, None] * x)
    bound = float(memorization_bound(n, p, noise))
    assert fits / draws > bound - 4 * math.sqrt(bound * (1 - bound) / draws)


@given(st.integers(0, 2**32 - 1), st.floats(-2, 5))
def test_gradient_by_automatic_differentiation(seed, strength):
    rng = np.random.default_rng(seed)
    z, y = jnp.asarray(3 * rng.standard_normal(4)), jnp.eye(4)[rng.integers(4)]
    t = jnp.asarray(rng.dirichlet(np.ones(4)) * rng.uniform(0.1, 0.999))

    def loss(z):
        p = jax.nn.softmax(z)
        return -jnp.sum(y * jnp.log(p)) + strength * jnp.log(1 - p @ t)

    closed = np.asarray(early_learning_gradient(z, y, t, strength))
    assert_allclose(closed, jax.grad(loss)(z), rtol=1e-9, atol=1e-11)
    assert abs(closed.sum()) < 1e-10 * (1 + abs(strength) * 1e3)


def test_bad_input():
    with pytest.raises(ValueError, match="examples = 0 is outside"):
        separable_probability(0, 3)
    with pytest.raises(ValueError, match="noise = 1.5 is outside the allowed shares"):
        memorization_bound(3, 3, 1.5)
    with pytest.raises(ValueError, match="probabilities that add up to at most 1"):
        early_learning_gradient(jnp.zeros(2), jnp.array([1.0, 0.0]), jnp.array([0.9, 0.9]), 1.0)
