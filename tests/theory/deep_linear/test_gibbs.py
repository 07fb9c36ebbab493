"""The gap against all ordered training sets, against mutual and lautum information, and in its limits."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.deep_linear.gibbs import gibbs_generalization


def case(seed, networks=4, values=3):
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 1, (networks, values)), rng.dirichlet(np.ones(networks)), rng.dirichlet(np.ones(values))


def joint(losses, prior, law, n, beta):
    """Probabilities of ordered training sets and networks, and mean losses on the sets."""
    sets = np.array(list(itertools.product(range(len(law)), repeat=n)))
    empirical = losses[:, sets].mean(2).T
    posterior = prior * np.exp(-beta * empirical)
    posterior /= posterior.sum(1, keepdims=True)
    return np.prod(law[sets], axis=1)[:, None] * posterior, empirical


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.floats(0.01, 30))
def test_gap_by_all_ordered_training_sets(seed, n, beta):
    losses, prior, law = case(seed)
    p, empirical = joint(losses, prior, law, n, beta)
    gap = np.sum(p * ((losses @ law)[None, :] - empirical))
    found = float(gibbs_generalization(losses, prior, law, n, beta))
    assert_allclose(found, gap, rtol=1e-8, atol=1e-11)
    assert found >= -1e-13


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 10))
def test_gap_by_both_informations(seed, beta):
    losses, prior, law = case(seed)
    p, _ = joint(losses, prior, law, 2, beta)
    product = p.sum(1, keepdims=True) * p.sum(0, keepdims=True)
    mutual, lautum = np.sum(p * np.log(p / product)), np.sum(product * np.log(product / p))
    assert_allclose(gibbs_generalization(losses, prior, law, 2, beta), (mutual + lautum) / beta, rtol=1e-7, atol=1e-12)


def test_small_and_useless():
    """High temperature: beta/n times the loss's variance between networks and values. One network learns nothing."""
    losses, prior, law = case(1)
    centered = losses - losses @ law[:, None]
    covariance = (prior[:, None] * centered).T @ (losses - prior @ losses)
    leading = 1e-5 / 3 * float(law @ np.diag(covariance))
    assert_allclose(gibbs_generalization(losses, prior, law, 3, 1e-5), leading, rtol=1e-3)
    assert abs(float(gibbs_generalization(losses[:1], np.ones(1), law, 3, 2.0))) < 1e-14


@pytest.mark.parametrize("beta", [1e-12, 1e-6, 1e-2, 2.0, 60.0, 1e3, 1e6])
@pytest.mark.parametrize("offset", [0.0, 10.0])
def test_two_networks_at_any_temperature(beta, offset):
    """tanh(beta/2)/2, whatever is added to all losses: neither cold nor hot algorithms lose digits."""
    half = np.ones(2) / 2
    gap = gibbs_generalization(offset + np.eye(2), half, half, 1, beta)
    assert_allclose(gap, np.tanh(beta / 2) / 2, rtol=1e-12 + 1e-15 * offset / min(1.0, beta))


@pytest.mark.parametrize("beta", [0.5, 900.0])
def test_networks_that_are_never_drawn(beta):
    """A prior of zero leaves a network out, also one that fits best; one of 1e-300 does so unless it is very cold."""
    losses, prior, law = case(3)
    without = gibbs_generalization(losses, prior, law, 3, beta)
    for least in (0.0, 1e-300):
        more = np.vstack([losses, losses.min(0) - 0.1]), np.r_[prior, least]
        assert_allclose(gibbs_generalization(*more, law, 3, beta), without, rtol=1e-12)
    alone = gibbs_generalization(np.vstack([losses[:1], np.zeros(3)]), np.array([1.0, 1e-300]), law, 3, 1e5)
    assert np.isfinite(alone)


def test_bad_input():
    losses, prior, law = case(0)
    with pytest.raises(ValueError, match="beta = 0 is outside"):
        gibbs_generalization(losses, prior, law, 2, 0.0)
    with pytest.raises(ValueError, match="probabilities that add up to one"):
        gibbs_generalization(losses, 2 * prior, law, 2, 1.0)
    with pytest.raises(ValueError, match="examples = 0 is below"):
        gibbs_generalization(losses, prior, law, 0, 1.0)
    with pytest.raises(ValueError, match="make over a million training sets"):
        gibbs_generalization(np.ones((2, 40)), np.ones(2) / 2, np.ones(40) / 40, 9, 1.0)
