"""Outputs of ensembles of finite random networks: what the fourth Hermite polynomial adds to a Gaussian."""

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import norm

from figures.core.style import THEORY, series_colors, styled
from paper_repro.antognini2019_finite_size.config import Settings
from theory.kernels.output_distribution import excess_kurtosis
from validations.core.runner import Job, measure
from validations.core.store import Store
from validations.kernels.claims.outputs import DENSITIES, OUTPUTS, OutputDensities, RandomOutputs
from validations.kernels.outputs import READOUTS, described, outputs_of, widths_of

SLOPE = 0.5  # of the density that is drawn, below zero


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Measure what the figures show; all of them unless `only` names some."""
    wanted = lambda name: only is None or name in only
    drawn: dict[str, np.ndarray] = {}
    with nullcontext(store.root) if store is not None else TemporaryDirectory() as root:
        place = store if store is not None else Store(root)
        if wanted("scale"):
            drawn |= _scale(config, place)
        if wanted("density"):
            drawn |= _density(config, place)
    return {key: np.asarray(value) for key, value in drawn.items()}


def _scale(config: Settings, store: Store) -> dict[str, np.ndarray]:
    """The coefficient of the fourth polynomial, from the fourth moment, for three distributions of the readout."""
    rows = []
    for width in config.widths:
        settings = RandomOutputs(replicates=config.replicates, width=width, draws=config.draws)
        rows.append(np.asarray(measure(Job(OUTPUTS, settings, config.seed), store=store).data["kurtosis"]) / 24)
    coefficients = np.stack(rows, axis=1)
    logs = np.log(config.widths)
    slopes = [np.polyfit(logs, np.log(one[:, 0]), 1)[0] for one in coefficients]
    theory = [[float(excess_kurtosis("relu", 1.0, float(n), r)) / 24 for r in READOUTS] for n in config.widths]
    return {
        "scale.widths": np.asarray(config.widths),
        "scale.errors": coefficients,
        "scale.theory": np.array(theory),
        "perturbation_exponent": np.array(slopes),
    }


def _density(config: Settings, store: Store) -> dict[str, np.ndarray]:
    """Exact densities, less the Gaussian and less the Gaussian perturbed."""
    settings = OutputDensities(replicates=config.replicates, narrowest=config.shown, slopes=(SLOPE - 0.3, SLOPE + 0.3))
    record = measure(Job(DENSITIES, settings, config.seed), store=store)
    density, slopes = np.asarray(record.data["density"]), np.asarray(record.start["slope"])
    f, widths = outputs_of(settings.points), widths_of(settings.narrowest, settings.span)
    theory, gaussian = described(f, slopes, widths), norm.pdf(f)
    rest, whole = (np.abs(density - other).sum(-1) for other in (theory, gaussian))
    logs = np.log(widths)
    fitted = [[np.polyfit(logs, np.log(row), 1)[0] for row in part] for part in (rest, whole)]
    return {
        "density.output": f,
        "density.errors": density[:, 0] - gaussian,
        "density.theory": theory[:, 0] - gaussian,
        "rest_less_perturbation": np.subtract(*map(np.array, fitted)),
    }


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """The figures whose measurements are there."""
    drawings = {"scale": _draw_scale, "density": _draw_density}
    with styled():
        return {name: f(data) for name, f in drawings.items() if f"{name}.errors" in data}


def _draw_scale(data: Mapping[str, np.ndarray]) -> Figure:
    figure, axes = _blank("hidden units", "coefficient of $He_4$")
    ours, widths = data["scale.errors"], data["scale.widths"]
    for i, (name, color) in enumerate(zip(READOUTS, series_colors(3), strict=True)):
        axes.plot(widths, data["scale.theory"][:, i], color=color, linewidth=1)
        axes.errorbar(widths, ours[..., i].mean(0), ours[..., i].std(0, ddof=1), fmt="o", color=color, label=name)
    axes.set(xscale="log", yscale="log")
    axes.legend(title="readout weights")
    return figure


def _draw_density(data: Mapping[str, np.ndarray]) -> Figure:
    figure, axes = _blank("output, in standard deviations", "density less the Gaussian's")
    f, color = data["density.output"], series_colors(1)[0]
    for i, (ours, theory) in enumerate(zip(data["density.errors"][:3], data["density.theory"][:3], strict=True)):
        axes.plot(f, ours, color=color, label="exact" if i == 0 else None)
        axes.plot(f, theory, color=THEORY, linewidth=1, label="fourth Hermite polynomial" if i == 0 else None)
    axes.set(xlim=(0, 5))
    axes.legend()
    return figure


def _blank(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    axes.set(xlabel=x, ylabel=y)
    return figure, axes
