"""Ensembles of trained wide networks beside their Gaussian process, and how far networks leave their linearization."""

from collections.abc import Mapping
from contextlib import nullcontext
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.lee2019_linear_models.config import Settings
from theory.kernels.dense import kernels
from theory.kernels.gradient_flow import TrainTest, ntk_ensemble
from validations.core.runner import Job, measure
from validations.core.store import Store
from validations.kernels.claims.drifts import DRIFTS, Drifts
from validations.kernels.claims.training import ENSEMBLES, Ensembles
from validations.kernels.ensembles import circle, network, targets


def run(config: Settings, store: Store | None = None) -> dict[str, np.ndarray]:
    with nullcontext(store.root) if store is not None else TemporaryDirectory() as root:
        place = store if store is not None else Store(root)
        drawn = {**_process(config, place), **_linear(config, place)}
    return {key: np.asarray(value) for key, value in drawn.items()}


def _process(config: Settings, store: Store) -> dict[str, np.ndarray]:
    """Coefficients of the measured mean and variance in the predicted ones, over all times and test inputs."""
    settings = Ensembles(replicates=config.ensembles, width=config.width)
    outputs = np.asarray(measure(Job(ENSEMBLES, settings, config.seed), store=store).data["outputs"])
    mean, variance = _predicted(settings)
    ours_mean, ours_variance = outputs.mean(1), outputs.var(1, ddof=1)
    return {
        "process.turns": np.asarray(settings.test),
        "process.times": np.asarray(settings.times),
        "process.mean": mean,
        "process.deviation": np.sqrt(variance),
        "process.ours": ours_mean.mean(0),
        "process.spread": np.sqrt(ours_variance.mean(0)),
        "mean_coefficient": (ours_mean * mean).sum((1, 2)) / (mean**2).sum(),
        "variance_coefficient": (ours_variance * variance).sum((1, 2)) / (variance**2).sum(),
    }


def _predicted(settings: Ensembles) -> tuple[np.ndarray, np.ndarray]:
    x = np.concatenate([circle(settings.train), circle(settings.test)])
    n = len(settings.train)
    grams = kernels(network(settings.sigma_w, settings.sigma_b), x)
    nngp, ntk = (TrainTest(gram[:n, :n], gram[n:, :n], gram[n:, n:]) for gram in grams)
    process = ntk_ensemble(np.asarray(settings.times), ntk, nngp, targets(settings.train))
    return np.asarray(process.mean[..., 0]), np.diagonal(np.asarray(process.covariance), axis1=1, axis2=2)


def _linear(config: Settings, store: Store) -> dict[str, np.ndarray]:
    settings = Drifts(replicates=config.networks)
    data = measure(Job(DRIFTS, settings, config.seed), store=store).data
    widths = np.asarray(settings.widths, float)
    decades = np.log(widths[-1] / widths[0])
    return {
        "linear.widths": widths,
        **{f"linear.{name}": np.asarray(data[name]) for name in ("left_smooth", "moved_smooth", "moved_kinked")},
        "distance_at_512": np.asarray(data["left_smooth"])[:, settings.widths.index(512)],
        "fall_of_distance": np.log(data["left_smooth"][:, -1] / data["left_smooth"][:, 0]) / decades,
        "fall_of_drift": np.log(data["moved_smooth"][:, -1] / data["moved_smooth"][:, 0]) / decades,
        "fall_of_drift_relu": np.log(data["moved_kinked"][:, -1] / data["moved_kinked"][:, 0]) / decades,
    }


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        return {"process": _draw_process(data), "linear": _draw_linear(data)}


def _draw_process(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    turns = data["process.turns"]
    for i, (time, color) in enumerate(zip(data["process.times"], series_colors(3), strict=True)):
        shifted = turns + 0.012 * (i - 1)
        for at, mean, deviation in zip(shifted, data["process.mean"][i], data["process.deviation"][i], strict=True):
            axes.plot([at, at], [mean - deviation, mean + deviation], color=THEORY, linewidth=6, alpha=0.25)
        axes.errorbar(
            shifted, data["process.ours"][i], data["process.spread"][i], fmt="o", color=color, label=f"t = {time:g}"
        )
    axes.plot([], [], color=THEORY, linewidth=6, alpha=0.25, label="Gaussian process")
    axes.set(xlabel="place of the test input on the circle, in turns", ylabel="output, one deviation")
    axes.legend()
    return figure


def _draw_linear(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    widths = data["linear.widths"]
    names = {
        "left_smooth": "distance from linear training, tanh",
        "moved_smooth": "drift of the kernel, tanh",
        "moved_kinked": "drift of the kernel, ReLU",
    }
    for (name, label), color in zip(names.items(), series_colors(3), strict=True):
        ours = data[f"linear.{name}"]
        error = ours.std(0, ddof=1) / len(ours) ** 0.5
        axes.errorbar(widths, ours.mean(0), error, fmt="o", color=color, markersize=4, label=label)
    first = data["linear.moved_kinked"].mean(0)[0]
    axes.plot(widths, first * (widths / widths[0]) ** -0.5, color=THEORY, label="the bound's power, -1/2")
    axes.set(xlabel="width", ylabel="relative change, distance", xscale="log", yscale="log")
    axes.legend(fontsize="small")
    return figure
