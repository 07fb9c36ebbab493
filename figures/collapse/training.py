"""How networks on digits collapse: within-class variance and angles of the class means at every recorded step."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.core.canvas import finish, panels
from figures.core.style import THEORY, series_colors
from validations.collapse.claims.training import TrainedDigits
from validations.core.result import Result


def draw_training(result: Result) -> tuple[Figure, dict[str, np.ndarray]]:
    """Every replicate thin, medians thick; black is the frame of unconstrained features; a dot where errors end."""
    data, names = training_data(result), ("balanced", "long-tailed", "long-tailed, ordinary weight decay")
    figure, (left, right) = panels((3.4,), (1.0, 1.0), sharex=False)
    for i, color in enumerate(series_colors(3)):
        paint(left, data["steps"], data["spreads"][:, i], color)
        paint(right, data["steps"], data["cosines"][:, i], color)
        left.plot(data["last_error"][i], data["spread_there"][i], "o", color=color, markersize=7)
    right.axhline(0, color=THEORY, linewidth=1.2)
    right.axhline(float(data["simplex"]), color=THEORY, linewidth=1, linestyle=":")
    left.set(xscale="log", yscale="log", xlabel="step", ylabel="variance within over between classes")
    right.set(xscale="symlog", xlabel="step", ylabel="mean cosine of two class means")
    right.set_xlim(0, data["steps"][-1])
    keys = [Line2D([], [], color=c, linewidth=2.5, label=n) for c, n in zip(series_colors(3), names, strict=True)]
    keys += [
        Line2D([], [], color="#555555", marker="o", linestyle="", label="last error gone"),
        Line2D([], [], color=THEORY, label="unconstrained features"),
        Line2D([], [], color=THEORY, linestyle=":", label="simplex"),
    ]
    return finish(figure, result, keys), data


def training_data(result: Result) -> dict[str, np.ndarray]:
    """Curves (replicates, runs, steps), and the median of where errors end, run by run."""
    assert result.record is not None  # what is drawn was measured
    stored, settings = result.record.data, result.record.configuration
    assert isinstance(settings, TrainedDigits)
    last = np.median(stored["last_error"], 0)
    steps = np.asarray(stored["recorded"][0])
    middle = np.median(stored["spreads"], 0)
    return {
        "steps": steps,
        "spreads": np.asarray(stored["spreads"]),
        "cosines": np.asarray(stored["cosines"]),
        "last_error": last,
        "spread_there": np.array([np.interp(at, steps, curve) for at, curve in zip(last, middle, strict=True)]),
        "simplex": np.array(-1 / (len(settings.tail) - 1)),
    }


def paint(axes: Axes, steps: np.ndarray, curves: np.ndarray, color: str | tuple[float, ...]) -> None:
    axes.plot(steps, curves.T, color=color, linewidth=0.5, alpha=0.35)
    axes.plot(steps, np.median(curves, 0), color=color, linewidth=2.2)
