"""The schema of `expected.json`, the comparison with ours, and every paper's folder."""

import ast
import json
import re

import numpy as np
import pytest

from paper_repro.comparison import compare
from paper_repro.expected import PaperError, parse, read
from paper_repro.registry import Paper, find_paper, load_papers

PRINTED = {
    "id": "ratio", "where": "Sec. 3, p. 9", "what": "learning time, deep over shallow", "value": 1.3,
    "origin": "text", "kind": "mean", "rounding": 0.05, "tolerance": 0.2, "why": "a third of the way to the rival",
}  # fmt: skip


def content(**changes):
    number = {k: v for k, v in (PRINTED | changes).items() if v is not None}
    return {
        "schema": 1,
        "paper": "saxe2014",
        "title": "Exact solutions",
        "figures": {"time": "Fig. 5"},
        "numbers": [number],
    }


def published(**changes):
    return parse(content(**changes)).numbers[0]


def replicates(mean, scatter, count=16):
    """An exact sample mean and standard deviation."""
    draws = np.linspace(-1, 1, count)
    return mean + scatter * (draws - draws.mean()) / draws.std(ddof=1)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"origin": None}, "origin is missing; say where it comes from: text, table, derived, digitised"),
        ({"origin": "memory"}, "origin 'memory' must be one of"),
        ({"why": None}, "why is missing"),
        ({"why": " "}, "why must be a sentence"),
        ({"tolerance": None}, "tolerance is missing; say which difference would matter"),
        ({"tolerance": 0}, "tolerance 0 can never be met"),
        ({"tolerance": -0.1}, "tolerance -0.1 must be a number at or above 0"),
        ({"rounding": None}, "give `rounding`"),
        ({"origin": "digitised"}, "needs its reading error"),
        ({"kind": "exponent"}, "kind 'exponent' must be one of"),
        ({"kind": "ordering"}, "side '' must be"),
        ({"side": "above"}, "side 'above' must be"),
        ({"runs": 0}, "runs 0 must be"),
        ({"runs": 1, "standard_error": 0.1}, "not both"),
        ({"value": "1.3"}, "value '1.3' must be a finite number"),
        ({"value": True}, "value True must be a finite number"),
        ({"toleranse": 0.1}, "unknown field 'toleranse'; did you mean 'tolerance'?"),
        ({"figure": "tme"}, "figure 'tme' is not among ['time']"),
        ({"scales": ["huge"]}, "scales ['huge'] must be some of"),
        ({"expected": "contradicts"}, "needs a `note`"),
        ({"id": None}, "an object with an id"),
    ],
)
def test_a_number_that_does_not_say_how_it_was_made_is_rejected(changes, complaint):
    with pytest.raises(PaperError, match=re.escape(complaint)):
        published(**changes)


def test_a_file_of_another_form_is_rejected_with_its_name(tmp_path):
    path = tmp_path / "expected.json"
    for text, complaint in [
        ('{"schema": 2}', '"schema": 1'),
        ('{"schema": 1, "paper": "x"}', "figures, numbers, title missing"),
        ("{", "cannot be read as JSON"),
        ('{"schema": 1, "value": NaN}', "NaN is not a JSON number"),
    ]:
        path.write_text(text)
        with pytest.raises(PaperError, match=re.escape(complaint)) as caught:
            read(path)
        assert str(path) in str(caught.value)
    with pytest.raises(PaperError, match="cannot be read"):
        read(tmp_path / "absent.json")


def test_ids_are_unique():
    twice = content()
    twice["numbers"] *= 2
    with pytest.raises(PaperError, match="share the id 'ratio'"):
        parse(twice)


@pytest.mark.parametrize(
    ("mean", "verdict"),
    [(1.3, "agrees"), (1.42, "agrees"), (1.48, "undecided"), (1.58, "contradicts"), (1.02, "contradicts")],
)
def test_rounding_widens_the_interval_of_replicates(mean, verdict):
    item = compare(published(), {"ratio": replicates(mean, 0.02)}, "smoke")
    # By hand: t_{0.99, 15} = 2.6025, widened by 1.695 for skewness, times 0.02 / 4, plus half a unit of the last digit.
    np.testing.assert_allclose(item.interval, [mean - 0.07206, mean + 0.07206], atol=1e-5)
    assert item.verdict == verdict
    assert item.as_expected == (verdict == "agrees")


def test_a_single_run_is_compared_with_the_prediction_interval_of_one_replicate():
    ours = {"ratio": replicates(1.3, 0.05)}
    exact = compare(published(rounding=0), ours, "smoke")
    single = compare(published(rounding=0, runs=1), ours, "smoke")
    many = compare(published(rounding=0, runs=10**9), ours, "smoke")
    widths = [i.interval[1] - i.interval[0] for i in (exact, single, many)]
    # Ours alone: 2.6025 * 1.695 * 0.05 / 4; one run: t_{0.99, 15} = 2.6025 standard deviations in quadrature.
    np.testing.assert_allclose(widths, 2 * np.array([0.05514, 0.14132, 0.05514]), rtol=2e-4)
    assert [exact.verdict, single.verdict] == ["agrees", "agrees"]
    assert compare(published(rounding=0, runs=1), {"ratio": replicates(1.3, 0.1)}, "smoke").verdict == "undecided"


def test_the_published_standard_error_adds_in_quadrature():
    ours = {"ratio": np.array(1.3), "ratio.error": np.array(0.03)}
    item = compare(published(rounding=0, standard_error=0.04 / 2.3263479), ours, "smoke")
    np.testing.assert_allclose(item.interval, [1.25, 1.35])
    many = compare(published(rounding=0, standard_error=0.1), {"ratio": replicates(1.3, 1e-9, count=10**4)}, "smoke")
    np.testing.assert_allclose(many.interval[1] - 1.3, 0.1 * 2.3267, rtol=1e-3)  # 10^4 replicates: almost normal


def test_a_reading_error_can_leave_a_digitised_number_undecided():
    ours = {"ratio": np.array(1.4), "ratio.error": np.array(0.0)}
    assert compare(published(origin="digitised", rounding=None, reading=0.02), ours, "smoke").verdict == "agrees"
    assert compare(published(origin="digitised", rounding=None, reading=0.15), ours, "smoke").verdict == "undecided"


def test_an_exponent_comes_with_its_interval_and_under_another_key():
    ours = {"fit": np.array(-0.5), "fit.interval": np.array([-0.56, -0.45])}
    item = compare(published(kind="rate", value=-0.5, ours="fit", tolerance=0.15), ours, "smoke")
    np.testing.assert_allclose(item.interval, [-0.61, -0.40])
    assert item.verdict == "agrees"


@pytest.mark.parametrize(
    ("side", "mean", "verdict"),
    [
        ("above", 0.5, "agrees"),
        ("above", -0.5, "contradicts"),
        ("above", 0.0, "undecided"),
        ("below", -0.5, "agrees"),
        ("below", 0.5, "contradicts"),
    ],
)
def test_an_ordering_must_lie_on_the_published_side(side, mean, verdict):
    number = published(kind="ordering", side=side, value=0, rounding=0, tolerance=0)
    assert compare(number, {"ratio": replicates(mean, 0.2)}, "smoke").verdict == verdict


def test_too_few_or_diverged_replicates_never_decide():
    assert compare(published(), {"ratio": replicates(1.3, 0.001, count=7)}, "smoke").verdict == "undecided"
    diverged = replicates(1.3, 0.001)
    diverged[3] = np.nan
    item = compare(published(), {"ratio": diverged}, "smoke")
    assert (item.verdict, item.ours, item.reason) == ("undecided", None, "1 of 16 replicates are not finite")


@pytest.mark.parametrize(
    ("data", "changes", "complaint"),
    [
        ({}, {}, "`run` returned no 'ratio'"),
        ({"ratio": np.array(1.3)}, {}, "a scalar of unknown error"),
        ({"ratio": np.full(16, 1.3)}, {}, "16 identical replicates"),
        ({"ratio": np.ones((4, 4))}, {}, "one number a replicate"),
        ({"ratio": np.array(1.3), "ratio.error": 0.1}, {"runs": 1}, "as replicates (R,)"),
        ({"ratio": np.array(1.3), "ratio.interval": np.array([1.4, 1.5])}, {}, "outside its own interval"),
    ],
)
def test_ours_must_say_how_well_it_is_known(data, changes, complaint):
    with pytest.raises(PaperError, match=re.escape(complaint)):
        compare(published(**changes), data, "smoke")


def test_a_number_of_another_scale_is_shown_but_not_judged():
    item = compare(published(scales=["paper"]), {"ratio": replicates(5.0, 0.1)}, "smoke")
    assert (item.verdict, item.comparable, item.reason) == ("undecided", False, "not comparable at scale smoke")


def test_json_has_exactly_the_contracted_keys_and_null_for_what_is_unknown():
    item = compare(published(), {"ratio": np.full(16, np.nan)}, "smoke")
    assert json.loads(json.dumps(item.to_json(), allow_nan=False)) == {
        "id": "ratio", "where": "Sec. 3, p. 9", "published": 1.3, "ours": None, "interval": None,
        "verdict": "undecided", "origin": "text",
    }  # fmt: skip


def test_an_unknown_paper_names_the_nearest(tmp_path):
    for name in ("saxe2013_deep_linear", "poole2016_chaos", "poole2016_geometry"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "expected.json").write_text("{}")
    papers = load_papers(tmp_path)
    assert find_paper(papers, "saxe2013").id == "saxe2013_deep_linear"
    assert find_paper(papers, "poole2016_chaos").id == "poole2016_chaos"
    with pytest.raises(PaperError, match="did you mean 'saxe2013_deep_linear'"):
        find_paper(papers, "saxe2014")
    with pytest.raises(PaperError, match="may mean poole2016_chaos or poole2016_geometry"):
        find_paper(papers, "poole2016")
    with pytest.raises(PaperError, match="there are none yet"):
        find_paper({}, "saxe2013")


# Every folder there is.

papers = pytest.mark.parametrize("paper", load_papers().values(), ids=lambda p: p.id)


@papers
def test_the_folder_has_its_four_files_and_its_readme_says_what_a_reader_needs(paper: Paper):
    assert {"README.md", "config.py", "figure.py", "expected.json"} <= {p.name for p in paper.folder.iterdir()}
    headings = re.findall(r"^##+ (.+)$", (paper.folder / "README.md").read_text(), re.MULTILINE)
    for wanted in ("What the paper shows", "How ours differs", "Time"):
        assert any(wanted.lower() in h.lower() for h in headings), f"{paper.id}/README.md lacks a section {wanted!r}"
    assert re.fullmatch(r"[a-z]+\d{4}[a-z]?_[a-z0-9_]+", paper.id)


@papers
def test_the_folder_names_its_paper_in_the_bibliography_and_has_numbers(paper: Paper):
    from validations.core.bibliography import entries

    assert paper.expected.paper in entries()
    assert paper.expected.numbers
    assert paper.expected.figures
    assert set(paper.configurations) >= {"smoke"}


@papers
def test_nothing_happens_at_import(paper: Paper):
    allowed = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign
    for name in ("config.py", "figure.py"):
        for node in ast.parse((paper.folder / name).read_text()).body:
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            assert docstring or isinstance(node, allowed), f"{paper.id}/{name}:{node.lineno} runs at import"


@pytest.mark.usefixtures("forget_programs")
@papers
def test_smoke_scale_draws_every_figure_and_compares_every_number_as_expected(paper: Paper, tmp_path):
    from paper_repro.reproduction import reproduce
    from validations.core.store import Store

    done = reproduce(paper, "smoke", Store(tmp_path / "results"))
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["papers"]  # nothing that claims are judged on
    assert [i.published.id for i in done.items] == [n.id for n in paper.expected.numbers]
    assert {path.stem for path in done.files} == set(paper.expected.figures)
    assert all(path.stat().st_size > 1000 for path in done.files)
    surprising = [
        (i.published.id, i.verdict, i.ours, i.interval, i.reason)
        for i in done.items
        if i.comparable and not i.as_expected
    ]
    assert not surprising
    json.dumps([i.to_json() for i in done.items], allow_nan=False)
