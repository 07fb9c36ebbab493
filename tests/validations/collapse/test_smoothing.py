"""Measured filter factors against the closed form, and the map of the bound against a count by hand."""

import jax
import numpy as np
from numpy.testing import assert_allclose

from theory.collapse.smoothing import filter_factor
from validations.collapse.claims.smoothing import BoundMap
from validations.collapse.smoothing import MAP, left, simulate_map
from validations.core.theory import call

SMALL = BoundMap(replicates=2, lengths=(6, 12), dimensions=3, spreads=(0.3, 1.0))


def test_left_is_the_filter_factor_of_the_softmax() -> None:
    logits = np.random.default_rng(0).standard_normal((9, 9))
    assert_allclose(left(logits), filter_factor(jax.nn.softmax(logits, 1)), rtol=1e-9)


def test_shapes_and_independent_rows_first() -> None:
    factors = simulate_map(SMALL, jax.random.split(jax.random.key(0), 2)).data["factors"]
    assert factors.shape == (2, 4, 2)
    assert np.all(factors[..., 1] > factors[..., 0])
    assert len(np.unique(factors)) == factors.size


def test_map_by_hand() -> None:
    """64 tokens, spread 1: the law 2 sqrt(1.718/64) = 0.328 is above the bound of 0.245; at 0.3 it is below."""
    cell = {"lengths": (64,), "dimensions": 64, "spreads": (0.3, 1.0), "s": np.array([0.3, 1.0])}
    assert_allclose(call(MAP.predict, cell)[0], [0, 1])
    seen = call(MAP.observe, {**cell, "factors": np.array([[[0.2, 0.2], [0.3, 0.3]]])})
    assert seen.tolist() == [[[False, False], [True, True]]]


def test_predictions_differ_from_the_bound_by_a_quarter() -> None:
    """As the claim says of its settings."""
    for change in ({}, {"lengths": (128, 192, 256)}):
        c = BoundMap(replicates=16, **change)
        base = {"dimensions": c.dimensions, "spreads": c.spreads, "lengths": c.lengths}
        widened = [call(MAP.observe, {**base, "factors": f}) for f in _laws(c)]
        assert np.array_equal(widened[0], widened[1])


def _laws(config: BoundMap) -> list[np.ndarray]:
    from theory.collapse.smoothing import head_filter_factor, random_filter_factor

    s = np.asarray(config.spreads)
    laws = [np.asarray(random_filter_factor(m, s)) for m in config.lengths]
    laws += [np.asarray(head_filter_factor(m, config.dimensions, s)) for m in config.lengths]
    return [np.array(laws) * 1.25, np.array(laws) / 1.25]
