"""One neuron and whole networks: who loses binned information, and what of it is lost with noise too."""

from collections.abc import Mapping
from contextlib import nullcontext
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from figures.core.style import series_colors, styled
from paper_repro.saxe2018_compression.config import Settings
from theory.information.binned_neuron import binned_relu, binned_tanh
from validations.core.runner import Job, measure
from validations.core.store import Store
from validations.information.claims.plane import ACTIVATIONS, PLANES
from validations.information.plane import growth_of, loss_of

POINTS = 60


def run(config: Settings, store: Store | None = None) -> dict[str, np.ndarray]:
    with nullcontext(store.root) if store is not None else TemporaryDirectory() as root:
        place = store if store is not None else Store(root)
        drawn = {**_neurons(config), **_planes(config, place)}
    return {key: np.asarray(value) for key, value in drawn.items()}


def _neurons(config: Settings) -> dict[str, Any]:
    weights = np.geomspace(*config.weights, POINTS)
    tanh, rectified = np.asarray(binned_tanh(weights)), np.asarray(binned_relu(weights))
    return {
        "neurons.weights": weights,
        "neurons.tanh": tanh,
        "neurons.relu": rectified,
        "tanh_neuron_loses": tanh.max() - tanh[-1],
        "tanh_neuron_loses.error": 1e-12,
        "rectified_neuron_gains": np.diff(rectified).min(),
        "rectified_neuron_gains.error": 1e-12,
    }


def _planes(config: Settings, store: Store) -> dict[str, Any]:
    data = measure(Job(PLANES, config.planes, config.seed), store=store).data
    wrong = np.asarray(data["errors"])[:, ACTIVATIONS.index("relu"), -1]
    return {
        "planes.steps": config.planes.at,
        **{f"planes.{name}": np.asarray(data[name])[:, :, :, -1, 0] for name in ("binned", "exact")},
        "tanh_loses": loss_of(data["binned"], "tanh"),
        "rectified_gains": growth_of(data["binned"], "relu"),
        "rectified_errs_less": 0.1 - np.median(wrong),
        "rectified_errs_less.error": float(np.median(np.abs(wrong - np.median(wrong)))),
    }


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        return {"neurons": _draw_neurons(data), "planes": _draw_planes(data)}


def _draw_neurons(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.2), layout="constrained")
    axes = figure.subplots()
    for unit, color in zip(ACTIVATIONS, series_colors(2), strict=True):
        axes.plot(data["neurons.weights"], data[f"neurons.{unit}"], color=color, label=unit)
    axes.set(xlabel="weight", ylabel="binned information (nats)", xscale="log")
    axes.legend()
    return figure


def _draw_planes(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    for i, (axes, unit) in enumerate(zip(figure.subplots(1, 2, sharey=True), ACTIVATIONS, strict=True)):
        for name, color in zip(("binned", "exact"), series_colors(2), strict=True):
            curves = data[f"planes.{name}"][:, i]
            label = "in bins" if name == "binned" else "exact, with noise"
            axes.plot(data["planes.steps"], np.median(curves, axis=0), color=color, label=label)
            axes.fill_between(data["planes.steps"], *np.quantile(curves, (0.16, 0.84), axis=0), color=color, alpha=0.2)
        axes.set(xlabel="step", xscale="log", title=unit)
    figure.axes[0].set_ylabel("I(X;T) of the last hidden layer (nats)")
    figure.axes[0].legend()
    return figure
