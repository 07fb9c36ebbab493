"""The information plane of tanh networks, and training time by the number of hidden layers."""

from collections.abc import Mapping
from contextlib import nullcontext
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.shwartz2017_information_plane.config import Settings
from validations.core.runner import Job, measure
from validations.core.store import Store
from validations.core.training import log_spaced
from validations.information.claims.plane import LABEL_ENTROPY, PLANES
from validations.information.claims.training_time import DEPTHS
from validations.information.plane import below_curve


def run(config: Settings, store: Store | None = None) -> dict[str, np.ndarray]:
    with nullcontext(store.root) if store is not None else TemporaryDirectory() as root:
        place = store if store is not None else Store(root)
        drawn = {**_planes(config, place), **_layers(config, place)}
    return {key: np.asarray(value) for key, value in drawn.items()}


def _planes(config: Settings, store: Store) -> dict[str, Any]:
    data = measure(Job(PLANES, config.planes, config.seed), store=store).data
    binned, exact = (np.asarray(data[name])[:, 0] for name in ("binned", "exact"))
    most = np.asarray(config.planes.at)[binned[:, :, -1, 0].argmax(axis=1)]
    return {
        "plane.binned": binned,
        "plane.exact": exact,
        "plane.layers": config.planes.layers,
        "mostly_compression": 0.5 - most / config.planes.steps,
        "distance_from_bound": below_curve(data["exact"], "tanh"),
    }


def _layers(config: Settings, store: Store) -> dict[str, Any]:
    data = measure(Job(DEPTHS, config.layers, config.seed), store=store).data
    learned = np.asarray(data["learned"])
    return {
        "layers.losses": data["losses"],
        "layers.steps": log_spaced(config.layers.steps, config.layers.points)[1:],
        "layers.depths": config.layers.depths,
        "layers_save_steps": np.log(learned[:, 0] / learned[:, -1]),
    }


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        return {"plane": _draw_plane(data), "layers": _draw_layers(data)}


def _draw_plane(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    colors = series_colors(len(data["plane.layers"]))
    for axes, name in zip(figure.subplots(1, 2, sharey=True), ("binned", "exact"), strict=True):
        points = np.median(data[f"plane.{name}"], axis=0)
        most = 1.05 * float(points[..., 0].max())
        axes.plot([0, LABEL_ENTROPY, most], [0, *[LABEL_ENTROPY] * 2], ":", color=THEORY, label="bottleneck bound")
        for i, color in enumerate(colors):
            axes.plot(*points[:, i].T, ".-", color=color, label=f"hidden layer {data['plane.layers'][i]}")
            axes.plot(*points[-1, i], "o", color=color)
        axes.set(xlabel="I(X;T) in nats", title="in bins" if name == "binned" else "exact, with noise")
    figure.axes[0].set_ylabel("I(T;Y) in nats")
    figure.axes[0].legend(loc="lower right")
    return figure


def _draw_layers(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.2), layout="constrained")
    axes = figure.subplots()
    for i, (depth, color) in enumerate(zip(data["layers.depths"], series_colors(len(data["layers.depths"])))):
        losses = data["layers.losses"][:, i]
        axes.plot(data["layers.steps"], np.median(losses, axis=0), color=color, label=f"hidden layers: {depth}")
        axes.fill_between(data["layers.steps"], *np.quantile(losses, (0.16, 0.84), axis=0), color=color, alpha=0.2)
    axes.set(xlabel="step", ylabel="training loss (nats)", xscale="log", ylim=(0, None))
    axes.legend()
    return figure
