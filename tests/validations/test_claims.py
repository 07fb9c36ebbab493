"""Every claim of every theme, measured at smoke scale: the expected verdict, every rival excluded, nothing circular."""

from pathlib import Path

import pytest

from theory.core.closed_form import withheld
from validations.core.claim import KINDS, Claim
from validations.core.laboratory import job_for, theory_of, validate_all
from validations.core.registry import load_registry
from validations.core.store import Store

REGISTRY = load_registry()
CLAIMS = REGISTRY.select([])
EXPERIMENTS = sorted({c.experiment.id for c in CLAIMS})


@pytest.mark.usefixtures("forget_programs")
@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_expected_verdicts_at_smoke_scale(experiment: str, tmp_path: Path) -> None:
    claims = [c for c in CLAIMS if c.experiment.id == experiment]
    for result in validate_all(REGISTRY, claims, store=Store(tmp_path), scale="smoke"):
        assert result.as_expected, result.sentence
        assert result.judgment is not None and result.judgment.power == 1, result.sentence


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.id)
def test_every_prediction_raises_while_it_is_measured(claim: Claim) -> None:
    theory = theory_of(REGISTRY, claim)
    with withheld(*job_for(REGISTRY, claim, "smoke", 0).withheld):
        for function in (theory.predict, *theory.rests_on):
            with pytest.raises(RuntimeError, match="being measured"):
                function()


def test_every_kind_occurs() -> None:
    assert {c.kind for c in CLAIMS} == set(KINDS)
