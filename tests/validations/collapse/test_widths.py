"""Widths that are a bottleneck for the minimizer are refused: they used to make claims on wide models look refuted."""

import re
from dataclasses import replace

import pytest

from validations.collapse.claims import (
    bias_opening,
    cross_entropy,
    held_fixed,
    minority,
    squared_error,
    two_sizes,
    vanishing_ridge,
)
from validations.core.claim import Experiment
from validations.core.errors import ConfigurationError

# experiment, classes, the least width that is none
LEAST = {
    "free features": (squared_error.FEATURES, 4, 4),
    "ridged bias": (squared_error.BIAS, 4, 4),
    "opening bias": (bias_opening.OPENING, 3, 3),
    "balanced": (cross_entropy.BALANCED, 4, 3),
    "rectified": (held_fixed.RECTIFIED, 4, 4),
    "vanishing": (minority.ONE_LAYER, 3, 3),
    "merging": (minority.ENTROPY, 4, 3),
    "two sizes": (two_sizes.TWO_SIZES, 5, 4),
    "budget": (two_sizes.BUDGET, 5, 4),
    "vanishing ridge": (vanishing_ridge.VANISHING_RIDGE, 4, 3),
}


@pytest.mark.parametrize("case", LEAST)
def test_bottlenecks_are_refused(case: str) -> None:
    experiment, classes, least = LEAST[case]
    assert isinstance(experiment, Experiment)
    wide = replace(experiment.scales["smoke"], width=least)
    sentence = re.escape(f"width = {least - 1} is a bottleneck for {classes} classes; widen it")
    with pytest.raises(ConfigurationError, match=f"^{sentence}$"):
        replace(wide, width=least - 1)


@pytest.mark.parametrize("classes", [(3,), (3, 1), (2, 2, 2)])
def test_budgets_are_of_two_groups(classes: tuple[int, ...]) -> None:
    with pytest.raises(ConfigurationError, match="must be two groups, of two or more small classes"):
        two_sizes.Budget(replicates=8, classes=classes)
