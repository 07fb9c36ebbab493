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
