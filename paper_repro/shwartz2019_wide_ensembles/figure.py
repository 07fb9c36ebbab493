"""What outputs and parameters of ensembles know about their labels, beside the variational bounds."""

from collections.abc import Mapping
from contextlib import nullcontext
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.shwartz2019_wide_ensembles.config import Settings
from validations.core.runner import Job, measure
from validations.core.store import Store
from validations.information.claims.wide_ensembles import LABELED, Labeled
from validations.information.wide_ensembles import OUTPUT, PARAMETERS, TRAVEL


def run(config: Settings, store: Store | None = None) -> dict[str, np.ndarray]:
    settings = Labeled(replicates=config.replicates, networks=config.networks, width=config.width, models=config.models)
    with nullcontext(store.root) if store is not None else TemporaryDirectory() as root:
        place = store if store is not None else Store(root)
        data = measure(Job(LABELED, settings, config.seed), store=place).data
    data = {key: np.asarray(value) for key, value in data.items()}
    networks = (np.asarray(settings.times), settings.train, settings.test, settings.sigma_w, settings.label_variance)
    linear = (np.asarray(settings.linear_times), settings.train, settings.label_variance)
    # ours, and its rival that takes the bound for the information
    outputs, parameters = OUTPUT.rivals["divergence from the start"], PARAMETERS.rivals["divergence from the start"]
    drawn = {
        "times": settings.times,
        "linear_times": settings.linear_times,
        "outputs": data["outputs"],
        "outputs.theory": OUTPUT.predict(*networks),
        "outputs.bound": outputs(*networks),
        "parameters": data["parameters"],
        "parameters.theory": PARAMETERS.predict(*linear),
        "parameters.bound": parameters(*linear),
        "travel": data["travel"],
        "travel.theory": TRAVEL.predict(*networks),
    }
    result = {key: np.asarray(value) for key, value in drawn.items()}
    return {
        **result,
        "output_bound": (result["outputs.bound"] - result["outputs"]).mean(axis=2).min(axis=1),
        "parameter_bound": (result["parameters.bound"] - result["parameters"]).min(axis=1),
        "parameters_learn_on": np.diff(result["parameters"], axis=1).min(axis=1),
        "travel_on": np.diff(result["travel"], axis=1).min(axis=1),
    }


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        return {"outputs": _draw_outputs(data), "parameters": _draw_parameters(data)}


def _draw_outputs(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    ours = data["outputs"]
    for i, color in enumerate(series_colors(ours.shape[1])):
        axes.plot(data["times"], data["outputs.theory"][i], color=color, label=f"exact, test input {i + 1}")
        axes.plot(data["times"], data["outputs.bound"][i], "--", color=color, label="bound")
        axes.errorbar(data["times"], ours[:, i].mean(0), _error(ours[:, i]), fmt="o", color=color, markersize=4)
    axes.set(xlabel="time of the flow", ylabel="information of an output (nats)", ylim=(0, None))
    axes.legend()
    return figure


def _draw_parameters(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(data["linear_times"], data["parameters.bound"], "--", color=THEORY, linewidth=1, label="bound")
    for axes, at, name in ((left, "linear_times", "parameters"), (right, "times", "travel")):
        axes.plot(data[at], data[f"{name}.theory"], color=THEORY, linewidth=1, label="exact")
        color = series_colors(1)[0]
        axes.errorbar(
            data[at], data[name].mean(0), _error(data[name]), fmt="o", color=color, markersize=4, label="trained"
        )
        axes.set(xlabel="time of the flow", ylim=(0, None))
    left.set(ylabel="information of the parameters (nats)")
    right.set(ylabel="squared distance from the start")
    left.legend()
    return figure


def _error(values: np.ndarray) -> np.ndarray:
    """Standard error over replicates."""
    return values.std(0, ddof=1) / len(values) ** 0.5
