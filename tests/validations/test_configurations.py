"""Settings of every experiment: what cannot be measured is refused in one sentence, before anything runs."""

from dataclasses import fields

import pytest

from validations.core.claim import Configuration, ConfigurationError
from validations.core.registry import load_registry

CLAIMS = load_registry().select([])
EXPERIMENTS = {c.experiment.id: c.experiment for c in CLAIMS}
WRONG: tuple[object, ...] = (
    -1,
    0,
    -1.5,
    float("nan"),
    float("inf"),
    "a",
    None,
    [],
    [0],
    [-1],
    [1],
    ["a"],
    True,
    {},
    10**30,
)
NEVER: tuple[object, ...] = (float("nan"), float("inf"), None, [], {})


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_wrong_settings(experiment: str) -> None:
    configuration = EXPERIMENTS[experiment].scales["smoke"]
    tried = [(f.name, wrong, refusal(configuration, f.name, wrong)) for f in fields(configuration) for wrong in WRONG]
    assert [(name, said) for name, _, said in tried if "\n" in said or len(said) > 300] == []
    assert [(name, wrong) for name, wrong, said in tried if not said and any(wrong is never for never in NEVER)] == []


def refusal(configuration: Configuration, name: str, value: object) -> str:
    """What is said to the setting; nothing if it is taken. Any other error than the one meant for users is raised."""
    try:
        configuration.with_overrides({name: value})
    except ConfigurationError as error:
        return str(error)
    return ""
