"""How both networks on digits collapse under cross-entropy: within-class variance at every step, run by run."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.collapse.training import paint
from figures.core.canvas import finish, panels
from figures.core.style import series_colors
from validations.collapse.entropy_training import NETWORKS
from validations.collapse.training import RUNS
from validations.core.result import Result


def draw_entropy_training(result: Result) -> tuple[Figure, dict[str, np.ndarray]]:
    """Every replicate thin, medians thick; a dot where errors end."""
    data, colors = entropy_training_data(result), series_colors(len(RUNS))
    figure, both = panels((3.4,), (1.0, 1.0), sharex=False)
    for n, (axes, name) in enumerate(zip(both, NETWORKS, strict=True)):
        for run, color in enumerate(colors):
            paint(axes, data["steps"], data["spreads"][:, n, run], color)
            axes.plot(data["last_error"][n, run], data["spread_there"][n, run], "o", color=color, markersize=7)
        axes.set(
            xscale="log", yscale="log", xlabel=f"step of the {name}", ylabel="variance within over between classes"
        )
    keys = [Line2D([], [], color=c, linewidth=2.5, label=name) for c, name in zip(colors, RUNS, strict=True)]
    keys.append(Line2D([], [], color="#555555", marker="o", linestyle="", label="last error gone"))
    return finish(figure, result, keys), data


def entropy_training_data(result: Result) -> dict[str, np.ndarray]:
    """Curves (replicates, networks, runs, steps), and the median of where errors end."""
    assert result.record is not None  # what is drawn was measured
    stored = result.record.data
    spreads, steps = np.asarray(stored["spreads"]), np.asarray(stored["recorded"][0])
    last, middle = np.median(stored["last_error"], 0), np.median(spreads, 0)
    curves = zip(last.ravel(), middle.reshape(last.size, -1), strict=True)
    there = np.array([np.interp(at, steps, curve) for at, curve in curves]).reshape(last.shape)
    return {"steps": steps, "spreads": spreads, "last_error": last, "spread_there": there}
