"""ReLU networks on four clusters with flipped labels: fitted after one step, understood later, flips still fitted."""

from collections.abc import Mapping
from contextlib import nullcontext
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.xu2024_xor_clusters.config import Settings
from theory.deep_linear.xor_clusters import first_step_fit
from validations.core.judge.interval import mean_interval
from validations.core.runner import Job, measure
from validations.core.store import Store
from validations.deep_linear.claims.xor_clusters import LATE, LateSteps

SERIES = ("new examples, right label", "training examples, right label", "training examples, flipped label")


def run(config: Settings, store: Store | None = None) -> dict[str, np.ndarray]:
    settings = LateSteps(
        replicates=config.replicates,
        examples=config.examples,
        inputs=config.inputs,
        mean=config.mean,
        width=config.width,
        steps=config.steps,
    )
    with nullcontext(store.root) if store is not None else TemporaryDirectory() as root:
        place = store if store is not None else Store(root)
        shares = np.asarray(measure(Job(LATE, settings, config.seed), store=place).data["shares"])
    fitted = shares[:, :, 1] * (1 - settings.flips) + shares[:, :, 2] * settings.flips
    return {
        "training.shares": shares,
        "training.theory": np.asarray(first_step_fit(config.examples, config.inputs, config.mean)),
        "new_first": shares[:, 0, 0],
        "new_last": shares[:, -1, 0],
        "gained": shares[:, -1, 0] - shares[:, 0, 0],
        # replicates may all fit everything, which leaves them without scatter: their interval stands beside the mean
        **_with_interval("fitted_first", fitted[:, 0]),
        **_with_interval("flipped_last", shares[:, -1, 2]),
    }


def _with_interval(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    mean, low, high = mean_interval(values)
    return {name: mean, f"{name}.interval": np.array([low, high])}


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        figure = Figure(figsize=(5.4, 3.4), layout="constrained")
        axes = figure.subplots()
        shares = data["training.shares"]
        steps = np.arange(1, shares.shape[1] + 1)
        for i, (name, color) in enumerate(zip(SERIES, series_colors(3), strict=True)):
            axes.plot(steps, shares[:, :, i].mean(0), color=color, marker=".", markersize=4, label=name)
            axes.fill_between(
                steps, shares[:, :, i].min(0), shares[:, :, i].max(0), color=color, alpha=0.15, linewidth=0
            )
        axes.plot(
            [1, 1],
            [0.5, float(data["training.theory"])],
            "_",
            color=THEORY,
            markersize=12,
            label="after one step, theory",
        )
        axes.set(xlabel="steps", ylabel="share classified as labeled", xscale="log")
        axes.legend()
        return {"training": figure}
