"""Colors, dashes and the style sheet, applied to a block and never to the process."""

from contextlib import AbstractContextManager
from typing import Any

from matplotlib import colormaps, style

Look = dict[str, Any]  # keyword arguments of a Matplotlib artist

SHEET = "figures.core.limitlab"

SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
THEORY = "#222222"
MEASURED = "#0072B2"
MARGIN = "#009E73"
QUIET = "#777777"
RIVALS = ("#D55E00", "#A0527D", "#8A6A00", "#555555")
DASHES = ((0, (5, 2)), (0, (2, 1.5)), (0, (7, 2, 1.5, 2)), (0, (1, 1.5)), (0, (9, 1.5, 1.5, 1.5, 1.5, 1.5)))
VERDICTS = {"supported": "#00694D", "refuted": "#A83A00", "inconclusive": "#555555"}
SIGNS = {"supported": "✓", "refuted": "✗", "inconclusive": "?"}


def styled() -> AbstractContextManager[None]:
    """The laboratory's style within a block, whatever the user's own settings are; afterwards they are back."""
    return style.context(["default", SHEET])


def series_colors(count: int) -> list[str | tuple[float, float, float, float]]:
    """One color a series: told apart by name up to six, ordered by lightness beyond."""
    if count <= len(SERIES):
        return list(SERIES[:count])
    ramp = colormaps["viridis"]
    return [ramp(0.92 * i / (count - 1)) for i in range(count)]


def rival_look(index: int) -> Look:
    """How the rival of this index is drawn: thin and dashed, its own dash and color."""
    return {"linewidth": 1.1, "linestyle": DASHES[index % len(DASHES)], "color": RIVALS[index % len(RIVALS)]}
