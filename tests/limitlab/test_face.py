"""The Python calls, on a user's own file of claims."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import limitlab
from validations.core.errors import ConfigurationError, MeasurementError, StoreError

MINE = Path(__file__).parent / "mine.py"


@pytest.fixture(scope="module")
def options(tmp_path_factory):
    return {"scale": "smoke", "files": [MINE], "results": tmp_path_factory.mktemp("results")}


def test_a_verdict_prints_as_a_sentence_and_draws_itself(options):
    verdict = limitlab.validate("mine/good", **options)
    assert repr(verdict) == str(verdict) == verdict.sentence
    assert verdict.sentence.startswith("mine/good: supported: measured minus predicted")
    assert (str(verdict.verdict), verdict.as_expected, verdict.judgment.replicates) == ("supported", True, 16)
    shown = verdict._repr_html_()
    assert shown.startswith("<p>mine/good: supported")
    assert "<svg" in shown
    assert "<?xml" not in shown
    np.testing.assert_array_equal(verdict.draw().data["predicted"], [[1.0, 2.0, 3.0]])


def test_overrides_replace_settings_of_the_scale(options):
    assert limitlab.validate("mine/good", overrides={"weight": 2.0}, **options).inputs["weight"] == 2.0


def test_an_erratum_is_as_expected_beside_its_correction(options):
    verdict = limitlab.validate("mine/erratum", **options)
    assert (str(verdict.verdict), verdict.as_expected, str(verdict.correction.verdict)) == (
        "refuted",
        True,
        "supported",
    )


def test_an_experiment_or_a_claim_that_raises_is_a_value_error(options, tmp_path):
    with pytest.raises(MeasurementError, match="experiment mine/broken raised ZeroDivisionError"):
        limitlab.validate("mine/raises", **options)
    text = MINE.read_text()
    unfinished = tmp_path / "unfinished.py"
    unfinished.write_text(text[: text.rindex("CLAIMS = ")] + "CLAIMS = (MISSING,)\n")
    with pytest.raises(ConfigurationError, match="mine/missing could not be judged: the code 'no.such.module:theory'"):
        limitlab.validate("mine/missing", **{**options, "files": [unfinished]})


def test_a_seed_may_be_an_integer_of_numpys(options):
    ours, numpys = (limitlab.validate("mine/good", seed=seed, **options) for seed in (1, np.int64(1)))
    assert (type(numpys.seed), numpys.record.path) == (int, ours.record.path)


@pytest.mark.parametrize(
    ("claim", "changes", "complaint"),
    [
        ("mine/god", {}, "there is no claim, theme or file 'mine/god'; did you mean 'mine/good'?"),
        ("mine", {}, "'mine' names 5 claims; give one, as in 'mine/good'"),
        ("mine/good", {"scale": "smok"}, "there is no scale 'smok'; did you mean 'smoke'?"),
        ("mine/noise", {"scale": "paper"}, "mine/noise has no scale 'paper'; it runs at smoke"),
        ("mine/good", {"seed": -1}, "seed = -1 must be a whole number from 0 to 2147483647"),
        ("mine/good", {"seed": True}, "seed = True must be a whole number"),
        ("mine/good", {"seed": 0.5}, "seed = 0.5 must be a whole number"),
        ("mine/good", {"overrides": {"wieght": 1}}, "there is no setting 'wieght' to override; did you mean 'weight'?"),
        ("mine/good", {"overrides": [1]}, "overrides = [1] must be a mapping, as in {'replicates': 32}"),
        ("mine/good", {"workers": 0}, "--workers 0 must be at least 1"),
    ],
)
def test_what_does_not_exist_is_a_value_error_of_one_sentence(options, claim, changes, complaint):
    with pytest.raises(ValueError, match=re.escape(complaint)):
        limitlab.validate(claim, **{**options, **changes})


def test_one_file_needs_no_list_and_an_id_is_text(options):
    (file,) = options["files"]
    assert limitlab.validate("mine/good", **{**options, "files": str(file)}).as_expected
    with pytest.raises(TypeError, match="the claim 5 must be named by its id"):
        limitlab.validate(5, **options)


@pytest.mark.parametrize("below", ["", "results"])
def test_a_results_folder_that_cannot_be_written_is_a_value_error(options, tmp_path, below):
    (tmp_path / "file").touch()
    for call in (limitlab.validate, lambda claim, **more: limitlab.check([1.0, 2.0, 3.0], claim, **more)):
        with pytest.raises(StoreError, match="file is a file, not a folder; name a folder with --results"):
            call("mine/good", **{**options, "results": tmp_path / "file" / below})


def test_a_formula_of_ones_own_is_judged_beside_ours_and_the_rivals(options):
    found = limitlab.check(lambda count, weight: 1.1 * count * weight, against="mine/good", **options)
    assert [str(j.verdict) for j in (found.yours, found.ours, found.rivals["heavier"])] == [
        "refuted",
        "supported",
        "refuted",
    ]
    np.testing.assert_allclose(found.yours.estimate, -0.3, atol=0.03)
    assert repr(found) == str(found)
    assert re.search(r"yours +refuted .*\n +ours +supported .*\n +rival: heavier +refuted", repr(found))
    assert found._repr_html_().startswith("<pre>against mine/good")


def test_values_instead_of_a_formula_are_judged_too(options):
    assert str(limitlab.check([1.0, 2.0, 3.0], "mine/good", **options).yours.verdict) == "supported"


@pytest.mark.parametrize(
    ("formula", "complaint"),
    [
        (lambda cuont: cuont, "asks for 'cuont', which is not among"),
        (np.ones(4), "returns shape (4,), which does not fit (16, 3)"),
        (1.0 + 5.0j, "returns complex128 where real numbers are judged"),
        (lambda: None, "returns NoneType where real numbers are judged"),
        (lambda: "a", "returns str where real numbers are judged"),
    ],
)
def test_a_formula_that_does_not_fit_is_a_value_error(options, formula, complaint):
    with pytest.raises(ValueError, match=re.escape(complaint)):
        limitlab.check(formula, "mine/good", **options)


def test_an_unknown_name_lists_what_there_is():
    with pytest.raises(AttributeError, match="no attribute 'validat'; it has .*validate"):
        limitlab.validat  # noqa: B018
    assert limitlab.theory.__name__ == "theory"


def test_a_process_in_32_bits_gets_the_same_verdict_and_stays_in_32_bits(options, tmp_path):
    code = (
        "import jax, limitlab; before = jax.config.values.copy()\n"
        f"verdict = limitlab.validate('mine/good', scale='smoke', files=[{str(MINE)!r}], results={str(tmp_path)!r})\n"
        "assert jax.config.values == before and not jax.config.jax_enable_x64\n"
        "print(verdict.judgment.estimate)"
    )
    bare = {k: v for k, v in os.environ.items() if not k.startswith("JAX_ENABLE")}
    environment = {**bare, "PYTHONPATH": str(MINE.parents[2])}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    here = limitlab.validate("mine/good", **options).judgment.estimate
    np.testing.assert_allclose(float(done.stdout), here, rtol=1e-12)
