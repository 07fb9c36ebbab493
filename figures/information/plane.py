"""The information plane through training: exact with noise beside bins, and what every estimator says by step."""

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from figures.core.canvas import finish, panels
from figures.core.style import QUIET, THEORY, series_colors
from validations.core.result import Result
from validations.information.claims.digit_plane import DigitPlanes
from validations.information.claims.plane import ACTIVATIONS, LABEL_ENTROPY, Planes
from validations.information.digit_plane import label_entropy

LINES = ("exact", "binned", "nearest", "gaussian")
NAMES = {"exact": "exact, with noise", "nearest": "nearest neighbors", "gaussian": "as if Gaussian"}
BAND = (0.16, 0.84)  # of the seeds


def draw_plane(result: Result) -> tuple[Figure, dict[str, np.ndarray]]:
    """Rows: units; left and middle: medians over seeds by layer, a dot where training ends; right: the last layer."""
    data = plane_data(result)
    figure, axes = panels((2.5, 2.5), (1.0, 1.0, 1.1), sharex=False)
    layers = series_colors(len(data["layers"]))
    for row, unit in enumerate(ACTIVATIONS):
        left, middle, right = axes[3 * row : 3 * row + 3]
        for panel, name in ((left, "exact"), (middle, "binned")):
            paint_plane(panel, data[f"{name} {unit}"], float(data["H(Y)"]), layers)
            panel.set_title(f"{unit}: {NAMES.get(name, 'binned, without noise')}", fontsize=9)
        left.set_ylabel("I(T;Y) in nats")
        paint_steps(right, data, unit)
        right.set_title(f"{unit}: hidden layer {data['layers'][-1]}", fontsize=9)
        right.set_ylabel("I(X;T) in nats")
    for panel, label in zip(axes[3:], ("I(X;T) in nats", "I(X;T) in nats", "step"), strict=True):
        panel.set_xlabel(label)
    return finish(figure, result, keys(data, layers)), data


def plane_data(result: Result) -> dict[str, np.ndarray]:
    """Of every estimator and kind of unit an array (seeds, steps, layers, the two informations)."""
    assert result.record is not None  # what is drawn was measured
    stored, settings = result.record.data, result.record.configuration
    assert isinstance(settings, Planes | DigitPlanes)
    found = {
        f"{name} {unit}": np.asarray(stored[name])[:, i]
        for name in (*LINES, "lower", "upper")
        if name in stored
        for i, unit in enumerate(ACTIVATIONS)
    }
    about = LABEL_ENTROPY if isinstance(settings, Planes) else label_entropy()
    return {"steps": np.array(settings.at), "layers": np.array(settings.layers), "H(Y)": np.array(about), **found}


def paint_plane(axes: Axes, plane: np.ndarray, entropy: float, colors: Sequence) -> None:
    """The bottleneck curve of a label that the input determines, and the layers' medians under it."""
    right = 1.05 * float(plane[..., 0].max())
    axes.plot([0, entropy, right], [0, entropy, entropy], color=THEORY, linewidth=1, linestyle=":")
    for i, color in enumerate(colors):
        x, y = np.median(plane[:, :, i], axis=0).T
        axes.plot(*plane[:, -1, i].T, ".", color=color, markersize=3, alpha=0.4, markeredgewidth=0)
        axes.plot(x, y, color=color, linewidth=1.2, marker=".", markersize=3)
        axes.plot(x[-1], y[-1], "o", color=color, markersize=6)
    axes.set(xlim=(0, right), ylim=(0, 1.12 * entropy))


def paint_steps(axes: Axes, data: dict[str, np.ndarray], unit: str) -> None:
    steps = data["steps"]
    low, high = (np.median(data[f"{name} {unit}"][:, :, -1, 0], axis=0) for name in ("lower", "upper"))
    axes.fill_between(steps, low, high, color=QUIET, alpha=0.18, linewidth=0)
    for name, color in zip(LINES, (THEORY, *series_colors(3)), strict=True):
        if f"{name} {unit}" not in data:
            continue
        curves = data[f"{name} {unit}"][:, :, -1, 0]
        axes.plot(steps, np.median(curves, axis=0), color=color, linewidth=1.5)
        axes.fill_between(steps, *np.quantile(curves, BAND, axis=0), color=color, alpha=0.2, linewidth=0)
    axes.set(xscale="log", ylim=(0, None))


def keys(data: dict[str, np.ndarray], colors: Sequence) -> list[Artist]:
    of_layers = [
        Line2D([], [], color=c, marker="o", markersize=5, label=f"hidden layer {n}")
        for n, c in zip(data["layers"], colors, strict=True)
    ]
    of_lines = [
        Line2D([], [], color=c, label=f"right: {NAMES.get(n, n)}")
        for n, c in zip(LINES, (THEORY, *series_colors(3)), strict=True)
        if f"{n} {ACTIVATIONS[0]}" in data
    ]
    curve = Line2D([], [], color=THEORY, linestyle=":", label="bottleneck curve")
    return [*of_layers, curve, *of_lines, Patch(color=QUIET, alpha=0.18, label="right: pairwise bounds")]
