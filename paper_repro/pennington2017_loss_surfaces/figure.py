"""The share of negative eigenvalues of a free sum, its power close to the critical energy, and random targets."""

from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.figure import Figure

from figures.core.style import MEASURED, QUIET, series_colors, styled
from paper_repro.measuring import measured
from paper_repro.pennington2017_loss_surfaces.config import Settings
from theory.hessian.index import critical_energy, index
from validations.core.store import Store
from validations.hessian.claims.memorization import TARGETS, Memorization


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Measure what the figures show; all of them unless `only` names some."""
    found: dict[str, np.ndarray] = {}
    if only is None or "index" in only:
        found |= exponents(config)
    if only is None or "memorization" in only:
        settings = Memorization(replicates=config.replicates, width=config.width)
        energy = measured(TARGETS, settings, config.seed, store)["energy"]
        found |= {"memorization.ratios": np.asarray(settings.ratios), "memorization.energy": energy}
        found |= dict(zip(("tenth", "quarter", "half"), energy.T, strict=True))
    return found


def exponents(config: Settings) -> dict[str, np.ndarray]:
    """Exponents at two distances from the threshold, extrapolated, and the curves that are drawn."""
    ratios, near = np.asarray(config.ratios), np.asarray(config.nearest)
    critical = np.asarray(critical_energy(ratios))
    shares = np.asarray(index(critical[:, None] * (1 + near), ratios[:, None]))
    slopes = np.diff(np.log(shares), axis=1) / np.diff(np.log(near))
    limit = 2 * slopes[:, 0] - slopes[:, 1]  # the next order is linear in the distance
    energies = np.linspace(0, 1, 60)[1:]
    return {
        "exponent": np.mean(limit),
        "exponent.error": np.max(np.abs(limit - slopes[:, 0])) + np.ptp(limit),
        "index.energies": energies,
        "index.ratios": ratios,
        "index.shares": np.asarray(index(energies[None, :], ratios[:, None])),
    }


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """The figures whose measurements are there."""
    figures = {}
    if "index.ratios" in data:
        figures["index"] = _shares(data)
    if "memorization.ratios" in data:
        figures["memorization"] = _left(data)
    return figures


def _shares(data: Mapping[str, np.ndarray]) -> Figure:
    """Share of negative eigenvalues against the energy."""
    with styled():
        figure = Figure(figsize=(5.4, 3.4), layout="constrained")
        axes = figure.subplots()
        curves = zip(data["index.ratios"], data["index.shares"], series_colors(len(data["index.ratios"])), strict=True)
        for ratio, shares, color in curves:
            axes.plot(data["index.energies"], shares, color=color, label=f"phi = {ratio:g}")
        axes.set(xlabel="energy", ylabel="share of negative eigenvalues")
        axes.legend()
    return figure


def _left(data: Mapping[str, np.ndarray]) -> Figure:
    """Energies of all networks, the reported curve and that of linear regression."""
    phi = np.linspace(0, 0.6, 60)
    with styled():
        figure = Figure(figsize=(5.4, 3.4), layout="constrained")
        axes = figure.subplots()
        energy = data["memorization.energy"]
        ratios = np.broadcast_to(data["memorization.ratios"], energy.shape)
        axes.plot(ratios.ravel(), energy.ravel(), ".", color=MEASURED, alpha=0.5)
        axes.plot(phi, 0.5 * (1 - phi) ** 2, color=QUIET, label="reported")
        axes.plot(phi, 0.5 * (1 - phi), color=QUIET, linestyle=":", label="linear regression")
        axes.set(xlabel="parameters over targets", ylabel="energy left")
        axes.legend()
    return figure
