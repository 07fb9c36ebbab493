"""An inequality: each value against its bound, and how much of the bound the values use."""

from collections.abc import Mapping

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from figures.core.canvas import finish, panels, scaled
from figures.core.marks import RIVAL, rival_keys, rivals_of, theory_key
from figures.core.reading import judged
from figures.core.style import MEASURED, RIVALS, THEORY, rival_look
from figures.core.words import formula, number, wrapped
from validations.core.result import Result

FEW, BINS = 8, 40  # least and most bins, with three cases in each between
NEARBY = 0.2  # a rival this close to the limit, relative, is always shown
SLIM = 0.01  # half the width, relative, of the one bin of equal values
WIDE = 30.0  # spread of the bounds from which on axes are logarithmic


def draw_bound(result: Result) -> tuple[Figure, dict[str, np.ndarray]]:
    """Values against bounds with the forbidden side shaded, and the histogram of what stays or is missing."""
    data, label = bound_data(result), formula(judged(result)[2].y_label)
    upper = result.claim.options.get("side", "upper") == "upper"
    constant = np.unique(data["bound"]).size == 1
    if constant and np.ptp(data["measured"]) <= SLIM * np.abs(data["measured"]).max():  # a histogram would be one bar
        figure, (line,) = panels((1.6,))
        paint_line(line, data, upper)
        line.set_xlabel(label)
        return finish(figure, result, legend(data, upper)), data
    if constant:
        figure, (right,) = panels((3.0,))
    else:
        figure, (left, right) = panels((3.4,), (1.25, 1.0), sharex=False)
        paint_values(left, data, upper)
        left.set_xlabel("bound")
        left.set_ylabel(formula(wrapped(judged(result)[2].y_label, 36, 2)))
    paint_slack(right, data)
    right.set_xlabel(f"{label}, {_measure(data)}" if constant else f"the same, {_measure(data)}")
    right.set_ylabel("cases")
    return finish(figure, result, legend(data, upper)), data


def bound_data(result: Result) -> dict[str, np.ndarray]:
    """Exactly what is drawn: values over bounds where those are positive, else values minus bounds."""
    evidence, _, _ = judged(result)
    measured = np.ravel(evidence.measured).astype(float)
    bound = np.broadcast_to(np.ravel(evidence.predicted), measured.shape).astype(float)
    rivals = {RIVAL + n: np.broadcast_to(np.ravel(r), measured.shape).astype(float) for n, r in evidence.rivals.items()}
    relative = bool(np.all(bound > 0))
    used = measured / bound if relative else measured - bound
    counts, edges = _counted(used[np.isfinite(used)])
    order = np.argsort(bound)
    return {
        "relative": np.array(relative),
        "bound": bound,
        "measured": measured,
        "counts": counts,
        "edges": edges,
        "limit": np.array(1.0 if relative else 0.0),
        "sorted_bound": bound[order],
        **{name: values[order] for name, values in rivals.items()},
        **{f"level of {name}": np.median(v / bound if relative else v - bound) for name, v in rivals.items()},
    }


def _counted(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A histogram, in logarithmic bins where the values spread far, in one bin where they differ by rounding only."""
    bins = int(np.clip(values.size // 3, FEW, BINS))
    if values.size > 1 and values.min() > 0 and values.max() > WIDE * values.min():
        return np.histogram(values, bins=np.geomspace(values.min(), values.max(), bins + 1))
    if values.size > 1 and np.ptp(values) > BINS**2 * np.spacing(np.abs(values).max()):
        return np.histogram(values, bins=bins)
    middle = float(values.mean()) if values.size else 0.0
    half = SLIM * (abs(middle) or 1.0)
    return np.histogram(values, bins=[middle - half, middle + half])


def paint_values(axes: Axes, data: Mapping[str, np.ndarray], upper: bool) -> None:
    bound, measured = data["bound"], data["measured"]
    axes.plot(
        bound, measured, "o", color=MEASURED, markersize=3, alpha=0.5, markeredgewidth=0, rasterized=bound.size > 2000
    )
    ends = data["sorted_bound"][[0, -1]]
    low, high = (float(end) for end in ends)
    wide = low > 0 and high > WIDE * low
    along = np.geomspace(low, high, 200) if wide else ends  # a curve where one axis alone is logarithmic
    axes.plot(along, along, color=THEORY)
    for k, name in enumerate(rivals_of(data)):
        axes.plot(data["sorted_bound"], data[name], zorder=1.5, **rival_look(k))
    scaled(axes, "x", "log" if wide else "linear", bound)
    scaled(axes, "y", "log" if wide and np.nanmin(measured) > 0 else "linear", measured)
    low, high = axes.get_ylim()
    axes.fill_between(along, along, high if upper else low, color=RIVALS[0], alpha=0.1, linewidth=0, zorder=0)
    axes.set_ylim(low, high)


def paint_line(axes: Axes, data: Mapping[str, np.ndarray], upper: bool) -> None:
    """Values on their own axis beside the bound, the forbidden side shaded, rivals dashed."""
    bound, measured = float(data["bound"][0]), data["measured"]
    rivals = [float(np.median(data[name])) for name in rivals_of(data)]
    axes.axvline(bound, color=THEORY)
    for k, level in enumerate(rivals):
        axes.axvline(level, **rival_look(k))
    axes.plot(measured, np.linspace(-0.5, 0.5, measured.size), "o", color=MEASURED, markersize=5, alpha=0.6)
    shown = np.array([bound, *rivals, *measured[np.isfinite(measured)]])
    room = 0.25 * (np.ptp(shown) or abs(bound) or 1.0)
    low, high = shown.min() - room, shown.max() + room
    axes.axvspan(bound if upper else low, high if upper else bound, color=RIVALS[0], alpha=0.1, linewidth=0, zorder=0)
    axes.set(xlim=(low, high), ylim=(-1, 1), yticks=[])


def paint_slack(axes: Axes, data: Mapping[str, np.ndarray]) -> None:
    low, high = data["edges"][[0, -1]]
    scaled(axes, "x", "log" if low > 0 and high > WIDE * low else "linear", data["edges"])
    axes.stairs(data["counts"], data["edges"], fill=True, color=MEASURED, alpha=0.55)
    limit = float(data["limit"])
    axes.axvline(limit, color=THEORY)
    reach = max(2 * (high - low) + abs(limit - low), NEARBY * abs(limit))
    for k, name in enumerate(rivals_of(data)):
        level = float(data[f"level of {name}"])
        if abs(level - limit) < reach and (level > 0 or axes.get_xscale() == "linear"):
            axes.axvline(level, **rival_look(k))
    if data["counts"].max(initial=0) > WIDE * max(1, np.median(data["counts"])):
        axes.set_yscale("log")
    else:
        axes.yaxis.set_major_locator(MaxNLocator("auto", integer=True))


def legend(data: Mapping[str, np.ndarray], upper: bool) -> list[Artist]:
    def said(name: str) -> str:
        level = number(float(data[f"level of {name}"]))
        return f"{name} ({level} of the bound)" if bool(data["relative"]) else f"{name} (bound plus {level})"

    return [
        theory_key("upper bound" if upper else "lower bound"),
        Line2D(
            [],
            [],
            color=MEASURED,
            marker="o",
            linestyle="",
            alpha=0.6,
            label=f"measured, {data['measured'].size} cases",
        ),
        *rival_keys(data, said),
    ]


def _measure(data: Mapping[str, np.ndarray]) -> str:
    return "over its bound" if bool(data["relative"]) else "minus its bound"
