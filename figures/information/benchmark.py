"""The estimators side by side: error and spread on every task, and how often each doubts itself."""

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from figures.core.canvas import finish, panels
from figures.core.style import QUIET
from validations.core.result import Result
from validations.information.claims.estimators import FAMILIES, TASKS, Estimators
from validations.information.estimators import truths

RIGHT, DOUBTED, SILENT = "#CDE8DC", "#DDDDDD", "#F3C4B2"


def draw_benchmark(result: Result) -> tuple[Figure, dict[str, np.ndarray]]:
    """A table: green is right, gray is wrong and flagged, red is wrong and trusted."""
    data = benchmark_data(result)
    figure, (axes,) = panels((0.36 * len(TASKS) + 0.5,))
    families = [str(name) for name in data["families"]]
    for t, f in np.ndindex(len(TASKS), len(families)):
        paint_cell(axes, t, f, *(float(data[name][t, f]) for name in ("error", "spread", "wrong", "flagged")))
    axes.set(
        xlim=(0, len(families)), ylim=(len(TASKS), 0), xlabel="mean error ± spread in nats, share of values flagged"
    )
    axes.set_xticks(np.arange(len(families)) + 0.5, families, fontsize=8 if len(families) < 9 else 7)
    names = [f"{name}, {truth:.2f}" for name, truth in zip(TASKS, data["truth"], strict=True)]
    axes.set_yticks(np.arange(len(TASKS)) + 0.5, names, fontsize=8)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.grid(visible=False)
    return finish(figure, result, keys()), data


def benchmark_data(result: Result) -> dict[str, np.ndarray]:
    """By task and family: mean and spread of the error, shares of wrong and of flagged values."""
    assert result.record is not None  # what is drawn was measured
    settings = result.record.configuration
    assert isinstance(settings, Estimators)
    error = np.asarray(result.record.data["found"]) - truths()[None, :, None]
    wrong = np.where(np.isnan(error), np.nan, np.abs(error) > settings.wrong)
    ran = ~np.isnan(error).all(axis=(0, 1))
    return {
        "families": np.array(FAMILIES)[ran],
        "truth": truths(),
        "error": error.mean(axis=0)[:, ran],
        "spread": error.std(axis=0, ddof=1)[:, ran],
        "wrong": wrong.mean(axis=0)[:, ran],
        "flagged": np.asarray(result.record.data["flags"]).mean(axis=0)[:, ran],
    }


def paint_cell(axes: Axes, t: int, f: int, error: float, spread: float, wrong: float, flagged: float) -> None:
    if np.isnan(error):
        axes.text(f + 0.5, t + 0.5, "no vectors", ha="center", va="center", fontsize=7, color=QUIET)
        return
    color = RIGHT if wrong < 0.5 else DOUBTED if flagged >= 0.5 else SILENT
    axes.add_patch(Rectangle((f + 0.02, t + 0.04), 0.96, 0.92, color=color, linewidth=0))
    axes.text(f + 0.5, t + 0.33, f"{error:+.2f} ± {spread:.2f}", ha="center", va="center", fontsize=7)
    axes.text(f + 0.5, t + 0.72, f"{100 * flagged:.0f} % flagged", ha="center", va="center", fontsize=6, color=QUIET)


def keys() -> list[Artist]:
    named = ((RIGHT, "mostly right"), (DOUBTED, "mostly wrong, and flagged"), (SILENT, "mostly wrong, and trusted"))
    return [Patch(color=color, label=label) for color, label in named]
