"""Replicates drawn in rows, as several small reproductions do."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from figures.core.style import MEASURED, QUIET, styled


def rows(data: Mapping[str, np.ndarray], labels: Mapping[str, str], x_label: str, at: float = 0.0) -> Figure:
    """One row of replicates for each key, with its mean, and a line at the value that decides."""
    with styled():
        figure = Figure(figsize=(5.4, 1.2 + 0.7 * len(labels)), layout="constrained")
        axes = figure.subplots()
        for row, key in enumerate(labels):
            values = np.ravel(data[key])
            offsets = row + 0.25 * np.linspace(-1, 1, len(values))
            axes.plot(values, offsets, ".", color=MEASURED, alpha=0.5, markersize=4)
            axes.plot([values.mean()], [row], "|", color=MEASURED, markersize=22, markeredgewidth=2)
        axes.axvline(at, color=QUIET, linewidth=1, linestyle=":")
        axes.set_yticks(range(len(labels)), list(labels.values()))
        axes.set(xlabel=x_label, ylim=(-0.6, len(labels) - 0.4))
    return figure
