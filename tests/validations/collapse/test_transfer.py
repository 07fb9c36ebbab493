"""Errors over all draws of shots, counted otherwise; V of crosses; settings that are refused."""

from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose

from validations.collapse import transfer
from validations.collapse.claims.transfer import FewShots
from validations.core.errors import ConfigurationError


@pytest.mark.parametrize(("shots", "dimensions"), [(1, 1), (3, 1), (2, 2), (1, 4)])
def test_errors_by_going_through_all_draws(shots: int, dimensions: int) -> None:
    rng = np.random.default_rng(shots + dimensions)
    pair = transfer.classes_of(rng, dimensions, 0.6)
    wrong = []
    for own, other in ((0, 1), (1, 0)):
        for h in pair[own]:
            for mine in product(pair[own], repeat=shots):
                near = np.sum((np.mean(mine, 0) - h) ** 2)
                far = [np.sum((np.mean(draw, 0) - h) ** 2) for draw in product(pair[other], repeat=shots)]
                wrong.append(np.mean(np.array(far) <= near * (1 + 1e-12)))
    assert_allclose(transfer.error_of(pair, shots), np.mean(wrong), rtol=1e-12)
    assert 0 < np.mean(wrong) < 1


def test_variance_of_crosses() -> None:
    """Points at the distance s of their mean, which is one away from the other: (s^2 + t^2)/2."""
    pair = transfer.classes_of(np.random.default_rng(0), 3, 0.5)
    t = np.linalg.norm(pair[1] - pair[1].mean(0), axis=1)
    assert_allclose(t, t[0])
    assert_allclose(transfer.variance_of(pair), (0.25 + t[0] ** 2) / 2, rtol=1e-12)


@pytest.mark.parametrize("cases", [((0, 1),), ((1, 0),), ((7, 2),)])
def test_impossible_settings_are_refused(cases: tuple) -> None:
    with pytest.raises(ConfigurationError, match="must be pairs"):
        FewShots(replicates=8, cases=cases)
