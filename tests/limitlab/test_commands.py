"""Commands on a user's own file of claims, from measurement to figure: outputs, contracts, exit codes."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from limitlab.command_line import main
from limitlab.commands import show
from validations.core import laboratory

MINE = str(Path(__file__).parent / "mine.py")
RESULT = {
    "id", "verdict", "expected", "as_expected", "power", "resolution", "rivals", "estimate", "interval", "margin",
    "where", "replicates", "seconds", "record", "stale", "error",
}  # fmt: skip


def test_validate_json_is_the_contract_and_nothing_else_is_on_stdout(lab):
    code, out, err = lab("validate", MINE, "--scale", "smoke", "--json")
    said = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert (code, set(said), said["schema"], said["scale"], said["seed"]) == (
        3,
        {"schema", "scale", "seed", "results"},
        1,
        "smoke",
        0,
    )
    assert all(set(result) == RESULT for result in said["results"])
    verdicts = {r["id"].removeprefix("mine/"): (r["verdict"], r["as_expected"]) for r in said["results"]}
    assert verdicts == {
        "good": ("supported", True),
        "wrong": ("refuted", False),
        "noise": ("inconclusive", False),
        "raises": (None, False),
        "erratum": ("refuted", True),
    }
    good = next(r for r in said["results"] if r["id"] == "mine/good")
    assert good["rivals"] == [{"name": "heavier", "excluded": True, "distance": pytest.approx(12.0)}]
    assert (good["margin"], good["where"], good["replicates"], good["power"]) == (0.05, "pieces = 3", 16, 1.0)
    assert (Path(good["record"]) / "record.json").is_file()
    assert "the scale is broken" in next(r for r in said["results"] if r["id"] == "mine/raises")["error"]


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        (["GOOD"], 0),
        (["GOOD", "ERRATUM"], 0),
        (["GOOD", "WRONG", "NOISE"], 1),
        (["GOOD", "NOISE"], 2),
        (["WRONG", "RAISES"], 3),
    ],
)
def test_exit_code_of_a_run(only, tmp_path, claims, expected):
    argv = ["validate", only(*claims), "--scale", "smoke", "--quiet", "--results", str(tmp_path / "results")]
    assert main(argv) == expected


def test_a_claim_whose_code_is_missing_does_not_stop_the_others(only, tmp_path, capsys):
    argv = ["validate", only("MISSING", "GOOD"), "--scale", "smoke", "--json", "--results", str(tmp_path / "results")]
    assert main(argv) == 3
    results = {r["id"]: r for r in json.loads(capsys.readouterr().out)["results"]}
    assert results["mine/good"]["verdict"] == "supported"
    assert "the code 'no.such.module:theory' of a claim cannot be found" in results["mine/missing"]["error"]


def test_the_table_has_a_row_a_claim_and_says_why(lab):
    _, out, err = lab("validate", MINE, "--scale", "smoke")
    lines = out.splitlines()
    assert re.fullmatch(r"claim +verdict +as expected +measured - predicted +margin +rivals out .*", lines[0])
    starts = [line.index("margin") for line in lines[:1]]
    assert next(line for line in lines if line.startswith("mine/good"))[starts[0] :].startswith("0.05")
    assert "    expected supported; wholly outside the margin" in out
    assert re.search(r"\n    expected supported; .*about \d+ replicates would decide", out)
    assert "\n    raised: experiment mine/broken raised ZeroDivisionError" in out
    assert "2 of 5 claims as expected, 1 inconclusive, 1 not as expected, 1 raised" in out
    assert "\x1b" not in out + err
    assert "one page of everything stored: limitlab report --results" in err
    assert re.search(
        r"to go on at the scale of minutes: limitlab validate --results \S+ \S+mine.py --scale standard\n", err
    )


def test_quiet_prints_only_surprises(lab):
    _, out, err = lab("validate", MINE, "--scale", "smoke", "--quiet")
    assert err == ""
    assert "mine/good" not in out
    assert "mine/wrong" in out


def test_claims_named_beside_their_file_are_those_run(lab):
    _, out, _ = lab("validate", MINE, "mine/good", "--scale", "smoke", "--json")
    assert [r["id"] for r in json.loads(out)["results"]] == ["mine/good"]


def test_options_may_stand_before_the_command_or_among_the_names(results, capsys):
    assert main(["--json", "--results", str(results), "validate", MINE, "--scale", "smoke", "mine/good"]) == 0
    assert json.loads(capsys.readouterr().out)["scale"] == "smoke"


def test_an_override_makes_another_record_and_an_unknown_one_names_the_nearest(lab):
    code, out, _ = lab("validate", MINE, "mine/good", "--scale", "smoke", "--override", "weight=2", "--json")
    (result,) = json.loads(out)["results"]
    assert (code, result["verdict"]) == (0, "supported")
    code, out, err = lab("validate", MINE, "mine/good", "--scale", "smoke", "--override", "wieght=2")
    assert (code, out) == (3, "")
    assert "there is no setting 'wieght' to override; did you mean 'weight'?" in err


def test_a_missing_scale_is_an_error_for_a_claim_and_a_note_for_a_file(lab):
    code, out, err = lab("validate", MINE, "mine/noise")
    assert (code, out) == (3, "")
    assert err == "limitlab: mine/noise has no scale standard; it runs at smoke\n"
    code, out, err = lab("validate", MINE, "--json")
    assert [r["id"] for r in json.loads(out)["results"]] == ["mine/good", "mine/wrong", "mine/erratum"]
    assert "not run, for want of a standard scale: mine/noise, mine/raises" in err
    code, out, err = lab("validate", MINE, "mine/good", "mine/noise", "--quiet")
    assert (code, out, err) == (0, "", "limitlab: not run, for want of a standard scale: mine/noise\n")


@pytest.mark.parametrize("more", [[], ["--seeds", "2"], ["--measure-cost"]])
def test_a_scale_that_no_claim_has_is_an_error_before_any_estimate(lab, more):
    told = "limitlab: no claim of these has the scale paper; they run at smoke, standard\n"
    assert lab("validate", MINE, "--scale", "paper", *more) == (3, "", told)
    told = "limitlab: mine/good has no scale paper; it runs at smoke, standard\n"
    assert lab("validate", MINE, "mine/good", "--scale", "paper", *more) == (3, "", told)


def test_other_seeds_are_counted_by_claim(lab):
    code, out, _ = lab("validate", MINE, "mine/good", "mine/wrong", "--scale", "smoke", "--seeds", "3")
    assert code == 1
    assert re.search(r"mine/good +supported +3/3\n", out)
    assert re.search(r"mine/wrong +supported +0/3 +3 refuted \(seeds 1, 2, 3\)\n", out)
    code, out, _ = lab("validate", MINE, "mine/good", "--scale", "smoke", "--seeds", "2", "--seed", "1", "--json")
    said = json.loads(out)
    assert (code, said["seeds"], said["counts"]) == (0, [2, 3], [{"id": "mine/good", "as_expected": 2, "of": 2}])


def test_cost_is_printed_as_it_is_declared(lab):
    code, out, _ = lab("validate", MINE, "mine/good", "--scale", "smoke", "--measure-cost")
    assert code == 0
    assert re.fullmatch(r"mine/weighing: cost=Cost\(seconds=[\d.e-]+, bytes=24\)\n", out)  # three float64


def test_list_tells_the_last_verdict_and_its_age(lab):
    code, out, _ = lab("list", MINE)
    assert code == 0
    assert re.search(r"mine/good +mean +supported, just now +saxe2014 +A pile", out)
    assert re.search(r"mine/raises +mean +never run", out)
    _, out, _ = lab("list", MINE, "--json")
    claims = {c["id"]: c for c in json.loads(out)}
    assert set(claims["mine/good"]) == {
        "id", "theme", "kind", "title", "papers", "expected", "corrected_by", "scales", "rivals", "last",
    }  # fmt: skip
    assert claims["mine/good"]["scales"] == ["smoke", "standard"]
    last = claims["mine/good"]["last"]
    assert set(last) == {"verdict", "as_expected", "seed", "created", "stale"}
    assert (last["verdict"], last["as_expected"], last["stale"]) == ("supported", True, False)
    assert claims["mine/raises"]["last"] is None
    assert claims["mine/erratum"]["corrected_by"] == "mine/good"
    assert lab("list", "mine/good", MINE, "--quiet")[1] == "mine/good\n"


@pytest.mark.parametrize("stored", [True, False])
def test_show_predicts_at_a_sample_point_and_keeps_nothing(lab, tmp_path, capsys, stored):
    if stored:
        _, out, _ = lab("show", MINE, "mine/good")
    else:
        assert main(["show", MINE, "mine/good", "--results", str(tmp_path / "none")]) == 0
        out = capsys.readouterr().out
        assert not (tmp_path / "none").exists()
    assert re.search(r"reading = (\d) at pieces = \1 \(margin 0.05\) for count = \[1, 2, 3\], weight = 1\n", out)
    assert "- heavier (near), 12 margins away: pieces attract each other" in out
    assert "- pieces weigh the same" in out
    assert "Saxe, McClelland and Ganguli (2014)" in out


@pytest.mark.parametrize(
    ("kind", "measured", "predicted", "where", "there"),
    [
        ("mean", (16, 2, 3), np.arange(6.0).reshape(2, 3), (1, 2), 5.0),
        ("mean", (16, 2), np.arange(32.0).reshape(16, 2), (1,), 1.0),
        ("mean", (16,), np.float64(7.0), (), 7.0),
        ("identity", (24, 5), np.arange(120.0).reshape(24, 5), (3, 4), 19.0),
        ("bound", (128,), np.float64(0.5), (111,), 0.5),
        ("rate", (16, 6), np.float64(-2.0), (), -2.0),
        ("threshold", (16, 2), np.full(16, 0.3), (), 0.3),
    ],
)
def test_the_sample_point_of_every_shape(kind, measured, predicted, where, there):
    evidence = SimpleNamespace(measured=np.zeros(measured), predicted=predicted)
    judgment = SimpleNamespace(where=where, margin=0.1)
    axes, claim = SimpleNamespace(y_label="error"), SimpleNamespace(kind=kind)
    result = SimpleNamespace(
        evidence=evidence,
        judgment=judgment,
        axes=axes,
        claim=claim,
        scale="smoke",
        where="",
        inputs={"many": np.ones(9)},
    )
    sample = show.sample_point(result)
    assert (sample["prediction"], sample["inputs"]) == (there, {})
    assert sample["label"] == ("exponent of error" if kind == "rate" else "error")


def test_show_takes_a_record_of_other_settings_where_there_is_no_other(only, tmp_path, capsys):
    more = ["--results", str(tmp_path / "results")]
    assert main(["validate", only("GOOD"), "--scale", "smoke", "--override", "weight=2", "--quiet", *more]) == 0
    assert main(["show", only("GOOD"), *more]) == 0
    assert "weight = 2\n" in capsys.readouterr().out


def test_show_says_why_there_is_no_sample(lab):
    code, out, _ = lab("show", MINE, "mine/raises")
    assert code == 0
    assert "none: experiment mine/broken raised ZeroDivisionError" in out


def test_cite_prints_each_entry_once(lab):
    code, out, _ = lab("cite", MINE, "saxe2014")
    assert code == 0
    assert out.startswith("@inproceedings{saxe2014,")
    assert out.count("@") == 1


def test_figure_draws_the_stored_record_in_the_formats_asked_for(lab):
    code, out, _ = lab("figure", MINE, "mine/good", "--format", "svg,pdf", "--scale", "smoke", "--seed", "0")
    assert code == 0
    assert [Path(line).suffix for line in out.splitlines()] == [".svg", ".pdf"]
    assert all(Path(line).stat().st_size > 1000 for line in out.splitlines())
    code, out, err = lab("figure", MINE, "mine/good", "--scale", "paper")
    assert (code, out) == (3, "")
    assert "at scale paper; run `limitlab validate" in err
    assert "at seed 99; run" in lab("figure", MINE, "mine/good", "--seed", "99")[2]


def test_figure_judges_no_other_record_than_it_draws(only, tmp_path, monkeypatch, capsys):
    mine, at = only("GOOD"), ["--results", str(tmp_path / "r")]
    assert main(["validate", mine, "--scale", "smoke", "--seeds", "3", "--quiet", *at]) == 0
    judged, judge = [], laboratory.evidence_for
    monkeypatch.setattr(laboratory, "evidence_for", lambda *a: judged.append(a[2].seed) or judge(*a))
    assert main(["figure", mine, "mine/good", "--seed", "1", *at]) == main(["figure", mine, "mine/good", *at]) == 0
    assert judged == [1, 3]  # of seeds one to three, the last is the newest
    assert len(capsys.readouterr().out.splitlines()) >= 4


def test_report_is_one_page_and_says_where(lab, results):
    code, out, err = lab("report", MINE, "mine/noise")
    assert err == ""
    assert (code, out) == (0, f"{results / 'report.html'}\n")
    page = (results / "report.html").read_text()
    assert "mine/noise" in page
    assert "mine/wrong" not in page


def test_validate_writes_the_report_when_asked(lab, results):
    code, out, _ = lab("validate", MINE, "mine/good", "--scale", "smoke", "--report")
    assert code == 0
    assert out.endswith(f"The report, with every figure (open it in a browser): {results / 'report.html'}\n")
    page = (results / "report.html").read_text()
    # mine/wrong reads the experiment of mine/good and was not asked for
    assert "mine/good" in page and "mine/wrong" in page and "mine/noise" in page and "could not be drawn" not in page
    code, out, _ = lab("validate", MINE, "mine/good", "--scale", "smoke", "--report", "--json")
    assert json.loads(out)["report"] == str(results / "report.html")


@pytest.mark.parametrize("other", [["--seeds", "2"], ["--measure-cost"]])
def test_a_report_of_many_seeds_or_of_costs_is_refused(lab, other):
    code, _, err = lab("validate", MINE, "mine/good", "--report", *other)
    assert code == 3
    assert f"does not go with {other[0]}; leave one of them out" in err


def test_doctor_finds_this_machine_fit(lab):
    code, out, _ = lab("doctor", "--json")
    findings = {f["what"]: f for f in json.loads(out)}
    assert {"precision", "device", "threads", "cache", "results", "names", "hypothesis", "distributed"} <= set(findings)
    assert code == (3 if any(f["state"] == "trouble" for f in findings.values()) else 0)
    assert findings["precision"] == {"what": "precision", "state": "ok", "found": "64 bits in commands and workers"}
