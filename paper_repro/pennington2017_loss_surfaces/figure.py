"""The share of negative eigenvalues of a free sum, and its power close to the critical energy."""

from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.figure import Figure

from figures.core.style import series_colors, styled
from paper_repro.pennington2017_loss_surfaces.config import Settings
from theory.hessian.index import critical_energy, index
from validations.core.store import Store


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
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
    """Share of negative eigenvalues against the energy."""
    with styled():
        figure = Figure(figsize=(5.4, 3.4), layout="constrained")
        axes = figure.subplots()
        curves = zip(data["index.ratios"], data["index.shares"], series_colors(len(data["index.ratios"])), strict=True)
        for ratio, shares, color in curves:
            axes.plot(data["index.energies"], shares, color=color, label=f"phi = {ratio:g}")
        axes.set(xlabel="energy", ylabel="share of negative eigenvalues")
        axes.legend()
    return {"index": figure}
