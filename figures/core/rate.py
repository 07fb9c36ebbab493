"""A power law: errors against sizes on logarithmic axes, and the slope from each size to the next."""

from collections.abc import Mapping

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.core.canvas import MOST_NAMED, finish, named, panels, scaled
from figures.core.marks import intervals, margin_band, measured_key, rival_keys, rivals_of, theory_key
from figures.core.reading import averaged, judged, whole
from figures.core.style import MEASURED, THEORY, rival_look
from figures.core.words import formula, number
from validations.core.judge.interval import mean_interval
from validations.core.result import Result


def draw_rate(result: Result) -> tuple[Figure, dict[str, np.ndarray]]:
    """Mean errors with the predicted slope and the rivals' through one common point; local slopes below."""
    data, axes = rate_data(result), judged(result)[2]
    figure, (above, below) = panels((3.0, 1.7))
    paint_errors(above, data)
    paint_slopes(below, data)
    scaled(above, "x", "log", data["sizes"])
    scaled(above, "y", "log", data["measured"])
    above.set_ylabel(formula(axes.y_label))
    below.set_xlabel(formula(axes.x_label or axes.x or "size"))
    below.set_ylabel("local slope")
    named(below, data["sizes"][:: -(-data["sizes"].size // MOST_NAMED)])
    return finish(figure, result, legend(data)), data


def rate_data(result: Result) -> dict[str, np.ndarray]:
    """Exactly what is drawn. Lines of slope p pass through the mean of the logarithms of all points."""
    evidence, judgment, _ = judged(result)
    sizes = np.asarray(evidence.extras["sizes"], dtype=float)
    center, lower, upper = mean_interval(evidence.measured[whole(evidence)])
    slope = float(averaged(evidence.predicted, evidence))
    rivals = {f"rival: {name}": float(averaged(rival, evidence)) for name, rival in evidence.rivals.items()}
    return {
        "sizes": sizes,
        "measured": center,
        "lower": lower,
        "upper": upper,
        "slope": np.array(slope),
        "predicted": power_law(sizes, center, slope),
        "between": np.sqrt(sizes[1:] * sizes[:-1]),
        "local_slopes": local_slopes(sizes, center),
        "fitted": slope + np.array([judgment.estimate, *judgment.interval]),
        "margin": np.array(judgment.margin),
        **{name: power_law(sizes, center, value) for name, value in rivals.items()},
        **{f"slope of {name}": np.array(value) for name, value in rivals.items()},
    }


def power_law(sizes: np.ndarray, errors: np.ndarray, slope: float) -> np.ndarray:
    """The power law of this slope through the middle of the positive points, evaluated at the sizes."""
    used = np.isfinite(errors) & (errors > 0)
    if not used.any():
        return np.full(sizes.shape, np.nan)
    middle = np.mean(np.log(errors[used]) - slope * np.log(sizes[used]))
    return np.exp(middle + slope * np.log(sizes))


def local_slopes(sizes: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """The exponent between neighboring sizes; NaN where an error is not positive."""
    logs = np.log(np.where(errors > 0, errors, np.nan))
    return np.diff(logs) / np.diff(np.log(sizes))


def paint_errors(axes: Axes, data: Mapping[str, np.ndarray]) -> None:
    axes.plot(data["sizes"], data["predicted"], color=THEORY, zorder=2)
    for k, name in enumerate(rivals_of(data)):
        axes.plot(data["sizes"], data[name], zorder=1, **rival_look(k))
    intervals(axes, data["sizes"], data["measured"], data["lower"], data["upper"])


def paint_slopes(axes: Axes, data: Mapping[str, np.ndarray]) -> None:
    slope, margin = float(data["slope"]), float(data["margin"])
    margin_band(axes, slope - margin, slope + margin, across="y")
    axes.axhline(slope, color=THEORY, zorder=2)
    for k, name in enumerate(rivals_of(data)):
        axes.axhline(float(data[f"slope of {name}"]), zorder=1, **rival_look(k))
    axes.plot(data["between"], data["local_slopes"], "o", color=MEASURED, markerfacecolor="white", zorder=3)
    fitted, low, high = data["fitted"]
    axes.plot(data["sizes"][[0, -1]], [fitted, fitted], color=MEASURED, linewidth=1.2)
    axes.fill_between(data["sizes"][[0, -1]], low, high, color=MEASURED, alpha=0.2, linewidth=0)


def legend(data: Mapping[str, np.ndarray]) -> list[Artist]:
    fitted, low, high = (number(v) for v in data["fitted"])
    return [
        theory_key(f"theory: slope {number(float(data['slope']))}"),
        measured_key(),
        measured_key(f"fitted: {fitted} in [{low}, {high}]", marker="", linestyle="-", linewidth=1.2),
        *rival_keys(data, lambda name: f"{name}: slope {number(float(data[f'slope of {name}']))}"),
    ]
