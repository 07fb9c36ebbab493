"""A single number: what decides on top, the replicates below."""

from collections.abc import Mapping

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.core.canvas import finish, panels
from figures.core.marks import (
    intervals,
    margin_band,
    margin_key,
    measured_key,
    rival_keys,
    rivals_of,
    theory_key,
    theory_look,
)
from figures.core.reading import conditional, curves, judged
from figures.core.style import MEASURED, rival_look
from figures.core.words import formula, number
from validations.core.result import Result

RELATIVE = 1e-6  # margins finer than this share of the prediction are lost on an axis of absolute values
NARROW = 0.2  # of the other panel's width, below which a panel keeps an axis of its own
FAR = 12  # margins from the prediction beyond which a rival is named instead of drawn


def draw_number(result: Result, theory: str = "theory") -> tuple[Figure, dict[str, np.ndarray]]:
    """The mean with its interval against the prediction, its margin and the rivals; each replicate below.

    The axis shows measured minus predicted where each replicate has its own prediction, or the margin is fine.
    """
    data = number_data(result)
    figure, (above, below) = panels((1.5, 1.5), sharex=False)
    paint_decision(above, data, theory)
    paint_replicates(below, data, theory)
    share_view(above, below, data["replicates"])
    difference = ", measured minus predicted" if bool(data["difference"]) else ""
    below.set_xlabel(formula(judged(result)[2].y_label) + difference)
    return finish(figure, result, legend(data, theory)), data


def number_data(result: Result) -> dict[str, np.ndarray]:
    """Exactly what is drawn, and whether that is differences from the prediction."""
    c, (evidence, _, _) = curves(result), judged(result)
    predicted, margin = c.predicted[0, 0], c.margin[0, 0]
    difference = conditional(evidence) or margin < RELATIVE * abs(predicted)
    origin = predicted if difference else 0.0
    return {
        "difference": np.array(difference),
        "predicted": np.array(predicted - origin),
        "margin": np.array(margin),
        "measured": np.array(c.measured[0, 0] - origin),
        "lower": np.array(predicted - origin + c.low[0, 0]),
        "upper": np.array(predicted - origin + c.high[0, 0]),
        "replicates": np.ravel(evidence.measured - (evidence.predicted if conditional(evidence) else origin)),
        **{f"rival: {name}": np.array(values[0, 0] - origin) for name, values in c.rivals.items()},
    }


def paint_decision(axes: Axes, data: Mapping[str, np.ndarray], theory: str) -> None:
    predicted, margin = float(data["predicted"]), float(data["margin"])
    margin_band(axes, predicted - margin, predicted + margin)
    axes.axvline(predicted, **theory_look(theory))
    intervals(axes, data["measured"], 0, data["lower"], data["upper"], along="x", markersize=7, capsize=4)
    for k, name in enumerate(rivals_of(data)):
        if not far(data, name):
            axes.axvline(float(data[name]), **rival_look(k))
    axes.set_xlim(*view(data))
    _no_height(axes, -1, 1, "mean")


def paint_replicates(axes: Axes, data: Mapping[str, np.ndarray], theory: str) -> None:
    values = data["replicates"][np.isfinite(data["replicates"])]
    spread = 0.2 + 0.6 * ((np.arange(values.size) * 0.6180339887) % 1)  # the golden ratio keeps neighbors apart
    axes.plot(
        values,
        spread,
        "o",
        color=MEASURED,
        alpha=0.45,
        markersize=3.5,
        markeredgewidth=0,
        rasterized=values.size > 2000,
    )
    axes.axvline(float(data["predicted"]), **theory_look(theory))
    _no_height(axes, 0, 1, "each\nreplicate")


def share_view(above: Axes, below: Axes, replicates: np.ndarray) -> None:
    """One axis for both panels, unless the replicates would be a dot on it or leave no room for what decides."""
    values = replicates[np.isfinite(replicates)]
    low, high = above.get_xlim()
    if not values.size or not NARROW * (high - low) < np.ptp(values) < (high - low) / NARROW:
        return
    pad = 0.03 * np.ptp([low, high, values.min(), values.max()])
    limits = min(low, values.min() - pad), max(high, values.max() + pad)
    for axes in (above, below):
        axes.set_xlim(*limits)
    above.tick_params(labelbottom=False)


def view(data: Mapping[str, np.ndarray]) -> tuple[float, float]:
    """Limits around all that decides: margin, interval and the rivals that are not far."""
    predicted, margin = float(data["predicted"]), float(data["margin"])
    near = [float(data[name]) for name in rivals_of(data) if not far(data, name)]
    marks = np.array(
        [predicted - 1.6 * margin, predicted + 1.6 * margin, data["measured"], data["lower"], data["upper"], *near]
    )
    marks = marks[np.isfinite(marks)]
    pad = 0.06 * np.ptp(marks) or 0.1 * abs(predicted) or 1.0
    return marks.min() - pad, marks.max() + pad


def far(data: Mapping[str, np.ndarray], name: str) -> bool:
    """Whether drawing this rival would leave no room for what decides."""
    reach = FAR * np.nanmax([data["margin"], abs(data["measured"] - data["predicted"])])
    return not abs(float(data[name] - data["predicted"])) <= reach


def away(data: Mapping[str, np.ndarray], name: str) -> str:
    """The rival's name, with where it lies if that is off the axis."""
    return name + f" (off the axis, at {number(float(data[name]))})" * far(data, name)


def legend(data: Mapping[str, np.ndarray], theory: str) -> list[Artist]:
    margin = margin_key("margin" if theory else "too small to matter")
    return [theory_key(theory), margin, measured_key(), *rival_keys(data, lambda name: away(data, name))]


def _no_height(axes: Axes, low: float, high: float, label: str) -> None:
    axes.set_yticks([])
    axes.set_ylim(low, high)
    axes.set_ylabel(label, rotation=0, ha="right", va="center")
    axes.grid(axis="y", visible=False)
