"""Settings of every experiment: what cannot be measured is refused in one sentence, before anything runs."""

from dataclasses import fields

import pytest

from validations.core.claim import ConfigurationError
from validations.core.registry import load_registry

CLAIMS = load_registry().select([])
EXPERIMENTS = {c.experiment.id: c.experiment for c in CLAIMS}
WRONG = (-1, 0, -1.5, float("nan"), float("inf"), "a", None, [], [0], [-1], [1], ["a"], True, {}, 10**30)
NEVER = (float("nan"), float("inf"), None, [], {})


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_wrong_settings(experiment: str) -> None:
    configuration = EXPERIMENTS[experiment].scales["smoke"]
    for name in (f.name for f in fields(configuration)):
        for wrong in WRONG:
            try:
                configuration.with_overrides({name: wrong})
            except ConfigurationError as error:
                assert "\n" not in str(error) and len(str(error)) < 300, error
            else:
                assert not any(wrong is never for never in NEVER), f"{name} = {wrong} is taken"
