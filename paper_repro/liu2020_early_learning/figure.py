"""Early learning of two noisily labeled clusters by a linear classifier, and how many inputs memorization needs."""

from collections.abc import Mapping
from contextlib import nullcontext
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.liu2020_early_learning.config import Settings
from theory.deep_linear.early_direction import early_progress, early_time
from theory.deep_linear.memorization import memorization_threshold
from validations.core.runner import Job, measure
from validations.core.store import Store
from validations.deep_linear.claims.early_direction import EARLY, EarlyClusters
from validations.deep_linear.claims.memorization import CLUSTERS, NoisyClusters

REACHED = 0.1  # the product with v at which the paper's early learning ends


def run(config: Settings, store: Store | None = None) -> dict[str, np.ndarray]:
    with nullcontext(store.root) if store is not None else TemporaryDirectory() as root:
        place = store if store is not None else Store(root)
        drawn = {**_early(config, place), **_threshold(config, place)}
    return {key: np.asarray(value) for key, value in drawn.items()}


def _early(config: Settings, store: Store) -> dict[str, Any]:
    settings = EarlyClusters(
        replicates=config.replicates,
        noise=config.noise,
        spread=config.spread,
        step=config.step,
        final_time=config.final_time,
    )
    data = {k: np.asarray(v) for k, v in measure(Job(EARLY, settings, config.seed), store=store).data.items()}
    progress = data["progress"]
    end = np.argmax(progress >= REACHED, axis=1)  # the paper's T
    row = np.arange(len(progress))
    times = settings.step * np.arange(progress.shape[1])
    return {
        "early.times": times,
        "early.progress": progress,
        "early.theory": early_progress(times, config.noise),
        "early.found": data["found"],
        "gradient_cosine": np.array([c[:t].min() for c, t in zip(data["cosine"], end, strict=True)]),
        "accuracy_start": data["found"][:, 0],
        "accuracy_end": data["found"][row, end].min(),  # all alike, usually 1: the worst run, without an interval
        "accuracy_end.error": 0.0,
        "clean_error_falls": data["clean_error"][:, 0] - data["clean_error"][row, end],
        "wrong_error_rises": data["wrong_error"][row, end] - data["wrong_error"][:, 0],
        "end_over_step": settings.step * end / float(early_time(REACHED, config.noise)),
    }


def _threshold(config: Settings, store: Store) -> dict[str, Any]:
    settings = NoisyClusters(
        replicates=config.replicates,
        examples=config.examples,
        noise=config.shares,
        spread=0.1,
    )
    fewest = np.asarray(measure(Job(CLUSTERS, settings, config.seed), store=store).data["inputs"])
    ratios = (fewest - 0.5) / config.examples
    fine = np.linspace(0.02, 1.0, 50)
    return {
        "threshold.shares": config.shares,
        "threshold.ratios": ratios,
        "threshold.fine": fine,
        "threshold.theory": memorization_threshold(fine, settings.spread),
        "enough_inputs": ratios[:, config.shares.index(config.noise)],
    }


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        return {"early": _draw_early(data), "threshold": _draw_threshold(data)}


def _draw_early(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    times, color = data["early.times"], series_colors(1)[0]
    left.plot(times, data["early.progress"].T, color=color, alpha=0.3, linewidth=1)
    left.plot(times, data["early.theory"], color=THEORY, linewidth=1.5, label="theory")
    left.axhline(REACHED, color="#555555", linestyle=":", label="published end of early learning")
    left.set(xlabel="time, steps times their size", ylabel="product with v")
    left.set_ylim(-0.05, 1.7)
    left.legend(fontsize=7, loc="upper left")
    right.plot(times, data["early.found"].T, color=color, alpha=0.3, linewidth=1)
    right.set(xlabel="time, steps times their size", ylabel="mislabeled examples classified right", ylim=(0, 1.05))
    right.set_xlim(0, 2)
    return figure


def _draw_threshold(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    ours = data["threshold.ratios"]
    axes.plot(data["threshold.fine"], data["threshold.theory"], color=THEORY, label="needed")
    axes.plot(
        data["threshold.fine"], 1 - data["threshold.fine"] / 2, "--", color="#555555", label="enough, as published"
    )
    axes.errorbar(
        data["threshold.shares"],
        ours.mean(0),
        ours.std(0, ddof=1),
        fmt="o",
        color=series_colors(1)[0],
        markersize=4,
        label="separable from here on",
    )
    axes.set(xlabel="share of labels replaced by coins", ylabel="inputs per example", ylim=(0, 1.02))
    axes.legend()
    return figure
