"""The data of each kind's drawing, computed here a second way."""

import numpy as np
import pytest

from figures.core import draw
from figures.core.curve import MANY, POINTS
from validations.core.judge.identity import C


def test_number_shows_the_mean_its_interval_and_every_replicate(examples):
    result = examples["number"]()
    data, measured = draw(result).data, result.evidence.measured
    assert float(data["measured"]) == pytest.approx(measured.mean())
    assert float(data["lower"]) < float(data["measured"]) < float(data["upper"])
    assert (float(data["lower"]) - 1, float(data["upper"]) - 1) == pytest.approx(result.judgment.interval)
    np.testing.assert_array_equal(data["replicates"], measured)
    assert (float(data["predicted"]), float(data["rival: twice as much"])) == (1.0, 2.0)


def test_a_conditional_number_shows_paired_differences(examples):
    result = examples["paired_number"]()
    data, paired = draw(result).data, result.evidence.measured - result.evidence.predicted
    assert bool(data["difference"])
    np.testing.assert_allclose(data["replicates"], paired)
    assert float(data["measured"]) == pytest.approx(paired.mean())
    assert (float(data["lower"]), float(data["upper"])) == pytest.approx(result.judgment.interval)
    assert float(data["upper"] - data["lower"]) < 0.1 * np.ptp(result.evidence.measured)
    assert float(data["rival: no correction"]) == pytest.approx(0.05)


def test_a_margin_too_fine_for_absolute_values_turns_the_axis_into_differences(judged, axes):
    result = judged(
        "mean",
        1e6 + 1e-4 * np.random.default_rng(0).standard_normal(64),
        1e6,
        {"near": 1e6 + 0.01},
        1e-3,
        axes("offset"),
    )
    data = draw(result).data
    assert bool(data["difference"])
    assert abs(float(data["measured"])) < 1e-3


def test_entries_keep_their_rows(examples):
    result = examples["entries"]()
    data = draw(result).data
    np.testing.assert_allclose(data["predicted"], [1.0, 2.0, 3.5, 6.0])
    np.testing.assert_allclose(data["measured"], result.evidence.measured.mean(axis=0))
    np.testing.assert_allclose(data["residual"], (data["measured"] - data["predicted"]) / 0.2)
    labels = [label.get_text() for label in draw(result).figure.axes[0].get_yticklabels()]
    assert labels == ["mean", "second moment", "third moment", "edge"]


def test_curve_shows_whole_theory_thinned_points_and_residuals_in_margins(examples):
    result = examples["curve"]()
    data, measured = draw(result).data, result.evidence.measured
    np.testing.assert_array_equal(data["predicted"][0], result.evidence.predicted)
    at = np.searchsorted(data["x"][0], data["measured_x"][0])
    assert len(at) <= POINTS + 1
    np.testing.assert_allclose(data["measured"][0], measured.mean(axis=0)[at])
    np.testing.assert_allclose(data["residual"][0], (measured.mean(axis=0) - result.evidence.predicted) / 0.05)
    assert result.judgment.where[0] in at, "the point that decided is among those shown"
    np.testing.assert_allclose(data["residual_upper"][0], (result.judgment.upper - result.evidence.predicted) / 0.05)


def test_conditional_curves_put_the_interval_of_the_difference_on_the_mean_prediction(examples):
    result = examples["family"]()
    data, evidence = draw(result).data, result.evidence
    paired = evidence.measured - evidence.predicted
    np.testing.assert_allclose(data["predicted"], evidence.predicted.mean(axis=0))
    np.testing.assert_allclose(data["residual"], paired.mean(axis=0) / 0.05, atol=1e-12)
    worst = result.judgment.where
    ends = data["residual_lower"][worst] * 0.05, data["residual_upper"][worst] * 0.05
    assert ends == pytest.approx(result.judgment.interval)
    np.testing.assert_allclose(data["rival: rate as if inputs were white"], 1.2 * evidence.predicted.mean(axis=0))


def test_many_series_are_drawn_whole_but_detailed_only_where_it_matters(examples):
    result = examples["many"]()
    data = draw(result).data
    assert data["predicted"].shape[0] == 30 > MANY
    assert set(data["detailed"]) == {0, 29, result.judgment.where[0]}
    assert data["residual"].shape[0] == len(data["detailed"])
    paired = result.evidence.measured - result.evidence.predicted
    assert (data["envelope_lower"] <= paired.mean(axis=0).min(axis=0) / 0.05).all()
    assert (data["envelope_upper"] >= paired.mean(axis=0).max(axis=0) / 0.05).all()


def test_rate_lines_have_the_slopes_that_they_claim(examples):
    result = examples["rate"]()
    data = draw(result).data
    logs = np.log(data["sizes"])
    for name, slope in (("predicted", -1.0), ("rival: fluctuation", -0.5), ("rival: second order", -2.0)):
        assert np.polyfit(logs, np.log(data[name]), 1)[0] == pytest.approx(slope)
        assert np.log(data[name]).mean() == pytest.approx(np.log(data["measured"]).mean()), (
            "all pass through the middle"
        )
    steps = [np.log2(b / a) for a, b in zip(data["measured"], data["measured"][1:], strict=False)]
    np.testing.assert_allclose(data["local_slopes"], steps)
    np.testing.assert_allclose(data["measured"], result.evidence.measured.mean(axis=0))
    assert data["fitted"][0] == pytest.approx(result.judgment.estimate - 1)


def test_bound_shows_every_case_and_the_share_of_the_bound_used(examples):
    result = examples["bound"]()
    data = draw(result).data
    ratio = result.evidence.measured / result.evidence.predicted
    assert data["counts"].sum() == ratio.size
    assert (data["edges"][0], data["edges"][-1]) == pytest.approx((ratio.min(), ratio.max()))
    assert float(data["level of rival: constant 10 % smaller"]) == pytest.approx(0.9)
    assert (np.diff(data["sorted_bound"]) >= 0).all()
    assert len(draw(result).figure.axes) == 2
    assert len(draw(examples["level"]()).figure.axes) == 1, "one bound for all cases needs no scatter"


def test_bounds_of_either_sign_are_compared_by_difference(judged, axes):
    draws = np.random.default_rng(1).standard_normal(50)
    result = judged(
        "bound", draws + 1 + draws**2, draws, {"moved": draws + 5}, 0.1, axes("v"), options={"side": "lower"}
    )
    data = draw(result).data
    assert not bool(data["relative"])
    assert data["edges"][0] == pytest.approx((1 + draws**2).min())
    assert float(data["level of rival: moved"]) == pytest.approx(5)


def test_threshold_shows_every_bracket(examples):
    result = examples["threshold"]()
    data = draw(result).data
    np.testing.assert_array_equal(np.stack([data["below"], data["above"]], axis=1), result.evidence.measured)
    assert (float(data["lower"]) - 1, float(data["upper"]) - 1) == pytest.approx(result.judgment.interval)
    assert float(data["rival: without shift"]) == pytest.approx(0.9)


def test_conditional_thresholds_show_differences(examples):
    result = examples["paired_threshold"]()
    data = draw(result).data
    np.testing.assert_allclose(data["below"], result.evidence.measured[:, 0] - result.evidence.predicted)
    assert float(data["predicted"]) == 0
    assert float(data["rival: factor two"]) == pytest.approx(np.median(result.evidence.predicted))


def test_ordering_shows_sorted_differences(examples):
    result = examples["ordering"]()
    data = draw(result).data
    np.testing.assert_array_equal(data["differences"], np.sort(result.evidence.measured))
    assert float(data["median"]) == pytest.approx(np.median(result.evidence.measured))
    assert float(data["margin"]) == pytest.approx(0.1)
    said = [t.get_text() for t in draw(result).figure.legends[0].get_texts()]
    assert f"differences, {np.sum(result.evidence.measured > 0.1)} of 20 beyond the margin" in said


def test_identity_counts_units_of_rounding(examples):
    result = examples["identity"]()
    data, evidence = draw(result).data, result.evidence
    units = np.abs(evidence.measured - evidence.predicted) / evidence.extras["tolerance"]
    np.testing.assert_allclose(np.sort(units.max(axis=1)), data["measured"])
    assert float(data["allowed"]) == C
    assert (data["rival: factor two"] > 1e15).all()
    assert data["rival: one term fewer"].min() == pytest.approx(1e-9 / 2.2e-16, rel=1e-5)


def test_values_far_from_a_loose_bound_get_logarithmic_bins(judged, axes):
    values = np.exp(3 * np.abs(np.random.default_rng(3).standard_normal(200)))
    drawing = draw(judged("bound", values, 1.0, {"larger": 1.5}, 0.1, axes("v"), options={"side": "lower"}))
    np.testing.assert_allclose(np.diff(np.log(drawing.data["edges"])), np.log(values.max() / values.min()) / 40)
    assert drawing.data["counts"].sum() == 200
    assert drawing.figure.axes[0].get_xscale() == "log"


def test_few_cases_get_few_bins_and_whole_counts(judged, axes):
    values = 1.2 + 0.1 * np.random.default_rng(3).standard_normal(32)
    drawing = draw(judged("bound", values, 1.0, {"larger": 1.1}, 0.1, axes("v"), options={"side": "lower"}))
    assert len(drawing.data["counts"]) == 10 and drawing.data["counts"].sum() == 32
    assert all(float(tick).is_integer() for tick in drawing.figure.axes[0].get_yticks())


def test_sizes_are_named_one_by_one_unless_they_are_huge(examples, rejudged):
    def ticks(result):
        drawing = draw(result)
        drawing.render("svg")
        return [label.get_text() for label in drawing.figure.axes[1].get_xticklabels()]

    result = examples["rate"]()
    assert ticks(result) == ["8", "16", "32", "64", "128", "256", "512"]
    huge = ticks(rejudged(result, extras={"sizes": 1e5 * result.evidence.extras["sizes"]}))
    assert any("10^{6}" in label for label in huge)


def test_curves_that_do_not_differ_are_seen_beside_their_rivals(judged, axes):
    """Differences far below the margin are not magnified until they look like a failure."""
    x, noise = np.array([1.0, 2.0, 4.0]), 1e-6 * np.random.default_rng(0).standard_normal((32, 3))
    result = judged(
        "mean", 3.0 + noise, np.full(3, 3.0), {"near": np.full(3, 2.7)}, 0.05, axes("size", x="x"), {"x": x}
    )
    above = draw(result).figure.axes[0]
    low, high = above.get_ylim()
    assert low < 2.7 and high > 3.0 and high - low > 6 * 0.05
    assert not above.yaxis.get_offset_text().get_text()


def test_whole_numbers_have_no_ticks_between_them(judged, axes):
    depth, noise = np.arange(2.0, 5.0), 0.01 * np.random.default_rng(1).standard_normal((32, 3))
    result = judged("mean", depth + noise, depth, {"more": depth + 1}, 0.1, axes("u", x="depth"), {"depth": depth})
    figure = draw(result).figure
    figure.canvas.draw()
    ticks = np.array(figure.axes[1].get_xticks())
    np.testing.assert_array_equal(ticks, ticks.round())


def test_replicates_share_the_axis_of_what_decides_where_both_are_readable(examples, judged, axes):
    result = examples["phenomenon"]()
    above, below = draw(result).figure.axes[:2]
    assert above.get_xlim() == below.get_xlim()
    values = result.evidence.measured
    assert below.get_xlim()[0] <= values.min() and values.max() <= below.get_xlim()[1]
    narrow = judged("mean", 1 + 1e-6 * np.arange(32.0), 1.0, {"more": 1.3}, 0.05, axes("small"))
    above, below = draw(narrow).figure.axes[:2]
    assert np.ptp(below.get_xlim()) < 1e-3 * np.ptp(above.get_xlim())
