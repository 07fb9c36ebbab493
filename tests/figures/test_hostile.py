"""Drawings of what nobody hopes for: missing, endless, crowded, badly named."""

from dataclasses import replace

import numpy as np
import pytest

from figures.core import Drawing, draw, styled
from figures.core.words import formula, plain, wrapped
from validations.core.errors import ConfigurationError


def laid_out(drawing: Drawing) -> None:
    """Lay the figure out and draw all of it, onto nothing."""
    with styled():
        drawing.figure.draw_without_rendering()


NAMES = ["number", "entries", "curve", "family", "rate", "bound", "threshold", "ordering", "identity", "phenomenon"]


@pytest.mark.parametrize("name", NAMES)
def test_replicates_that_diverged_are_counted_and_the_rest_is_drawn(name, examples, rejudged):
    result = examples[name]()
    measured = result.evidence.measured.copy()
    measured[3] = np.nan
    measured[5] = np.nan if name == "threshold" else np.inf  # a bracket may be open
    drawing = draw(rejudged(result, measured=measured))
    laid_out(drawing)
    assert "2 not finite" in drawing.figure.texts[1].get_text().replace("\n", " ")
    if name in ("number", "curve"):
        kept = np.delete(measured, [3, 5], axis=0).mean(axis=0)
        shown = drawing.data["measured"]
        at = np.searchsorted(drawing.data["x"][0], drawing.data["measured_x"][0]) if name == "curve" else ()
        np.testing.assert_allclose(np.ravel(shown), np.ravel(kept[at] if name == "curve" else kept))


@pytest.mark.parametrize("name", NAMES)
def test_a_single_replicate_has_no_interval_but_is_drawn(name, examples, rejudged):
    result = examples[name]()
    e = result.evidence
    cut = lambda a: a[:1] if a.ndim == e.measured.ndim and len(a) == len(e.measured) else a  # noqa: E731
    drawing = draw(
        rejudged(
            result,
            measured=e.measured[:1],
            predicted=cut(e.predicted),
            rivals={n: cut(r) for n, r in e.rivals.items()},
            extras={n: cut(x) for n, x in e.extras.items()},
        )
    )
    laid_out(drawing)


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("number", 1e150),
        ("entries", 1e-150),
        ("curve", 1e150),
        ("curve", 1e-150),
        ("threshold", 1e-150),
        ("bound", 1e150),
    ],
)
def test_any_magnitude(name, scale, examples, rejudged):
    result = examples[name]()
    e = result.evidence
    scaled = rejudged(
        result,
        measured=e.measured * scale,
        predicted=e.predicted * scale,
        margin=e.margin * scale,
        rivals={n: r * scale for n, r in e.rivals.items()},
    )
    drawing = draw(scaled)
    laid_out(drawing)
    if name == "curve":
        np.testing.assert_allclose(drawing.data["predicted"], draw(result).data["predicted"] * scale)


def test_negative_values_on_a_logarithmic_axis_turn_it_linear_around_zero(examples, rejudged):
    result = examples["curve"]()
    result = replace(result, axes=replace(result.axes, y_scale="log", x_scale="log"))
    drawing = draw(rejudged(result, measured=result.evidence.measured - 1.0))
    laid_out(drawing)
    assert drawing.figure.axes[0].get_yscale() == "symlog"
    assert drawing.figure.axes[0].get_xscale() == "symlog", "time zero has no logarithm either"
    positive = replace(result, inputs={"t": result.inputs["t"] + 1})
    assert draw(positive).figure.axes[0].get_xscale() == "log"


def test_errors_that_are_not_positive_have_no_local_slope(examples, rejudged):
    result = examples["rate"]()
    measured = result.evidence.measured.copy()
    measured[:, 3] *= -1
    data = draw(rejudged(result, measured=measured)).data
    assert np.isnan(data["local_slopes"][2:4]).all()
    assert np.isfinite(data["local_slopes"][[0, 1, 4, 5]]).all()
    assert np.isfinite(data["predicted"]).all()


def test_a_rival_that_runs_away_flattens_nothing(examples, rejudged):
    result = examples["curve"]()
    wild = rejudged(result, rivals={**result.evidence.rivals, "half the rate": 1e9 * np.ones(61)})
    low, high = draw(wild).figure.axes[0].get_ylim()
    assert -2 < low < high < 4


def test_a_far_rival_of_a_number_is_named_with_its_place(examples):
    said = " ".join(t.get_text().replace("\n", " ") for t in draw(examples["number"]()).figure.legends[0].get_texts())
    assert "rival: twice as much (off the axis, at 2)" in said


def test_brackets_open_to_one_side(examples, rejudged):
    result = examples["threshold"]()
    measured = result.evidence.measured.copy()
    measured[0, 1], measured[1, 0] = np.inf, -np.inf
    drawing = draw(rejudged(result, measured=measured))
    laid_out(drawing)
    assert np.isinf(drawing.data["above"][0])


def test_a_zero_error_everywhere(examples, rejudged):
    result = examples["identity"]()
    laid_out(draw(rejudged(result, measured=result.evidence.predicted)))


def test_deterministic_replicates_show_their_numerical_error(examples, rejudged):
    result = examples["family"]()
    e = result.evidence
    data = draw(rejudged(result, random=False, extras={"error": np.full(e.measured.shape, 0.01)})).data
    paired = e.measured - e.predicted
    np.testing.assert_allclose(data["residual_upper"], (paired + 0.01).max(axis=0) / 0.05)


HOSTILE = [
    "costs $5",
    r"$\frac{1}{2",
    r"$\nothing{x}$",
    "$$",
    r"\$5 and $x$",
    "a\nb",
    "x" * 400,
    "<b>&amp;</b>",
    "100 %",
    "^_{}\\",
    "",
]


@pytest.mark.parametrize("first", [0, 4, 7])
def test_any_text_can_be_a_title_a_label_or_a_name(first, examples):
    result, texts = examples["entries"](), HOSTILE[first : first + 4]
    result = replace(
        result,
        claim=replace(result.claim, title=" ".join(texts)),
        axes=replace(result.axes, y_label=texts[0], series=tuple(texts)),
        scale=texts[1],
    )
    laid_out(draw(result))


def test_titles_are_cut_to_two_lines(examples):
    result = examples["number"]()
    title = draw(replace(result, claim=replace(result.claim, title="word " * 100))).figure.texts[0].get_text()
    assert title.count("\n") == 1
    assert title.endswith("…")


def test_formulas_are_never_broken_across_lines():
    text = wrapped("before " * 3 + "$a + b + c$ after", 26, 5)
    assert "$a + b + c$" in text
    assert formula(text) == text
    assert formula("costs $5") == plain("costs $5") == r"costs \$5"


def test_rivals_of_another_theme_are_no_module_path(examples):
    result = examples["number"]()
    odd = replace(result, claim=replace(result.claim, id="../etc/passwd"))
    assert draw(odd).data.keys() == draw(result).data.keys()


def test_an_abscissa_per_series(judged, axes):
    x = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]])
    measured = x + 0.01 * np.random.default_rng(2).standard_normal((16, 2, 3))
    result = judged("mean", measured, x, {"zero": 0 * x}, 0.1, axes("y", x="x"), {"x": x})
    np.testing.assert_array_equal(draw(result).data["x"], x)


def test_no_judgment_no_figure(examples):
    with pytest.raises(ConfigurationError):
        draw(replace(examples["curve"](), evidence=None))


def test_values_that_differ_by_rounding_share_one_slim_bin(examples, rejudged):
    result = examples["bound"]()
    measured = result.evidence.measured
    equal = np.full_like(measured, 0.5)
    equal.flat[0], ones = np.nextafter(0.5, 1), np.ones_like(measured)
    drawing = draw(
        rejudged(result, measured=equal, predicted=ones, rivals=dict.fromkeys(result.evidence.rivals, 0.9 * ones))
    )
    assert drawing.data["counts"].tolist() == [equal.size]
