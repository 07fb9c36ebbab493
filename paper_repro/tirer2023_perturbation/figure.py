"""Within-class variability under the best classifier, and of features kept near given ones, by penalty."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.measuring import measured
from paper_repro.tirer2023_perturbation.config import Settings
from theory.collapse.near_collapse import kept_share, settled_length, settled_strength
from theory.collapse.squared_error import class_lengths
from validations.collapse.claims.best_classifier import EQUAL, Following
from validations.collapse.claims.near_collapse import KEPT, Kept
from validations.core.store import Store


def run(config: Settings, store: Store | None = None) -> dict[str, np.ndarray]:
    following = Following(replicates=config.replicates, counts=config.counts, points=config.points)
    flow = measured(EQUAL, following, config.seed, store)
    settings = Kept(replicates=config.replicates, proximities=config.proximities)
    kept = measured(KEPT, settings, config.seed, store)
    return {
        "flow.times": np.arange(config.points + 1.0),
        "flow.best": flow["centered_best"],
        "flow.learned": flow["centered_learned"],
        "kept.proximities": np.asarray(config.proximities),
        "kept.shares": kept["shares"],
        "kept.theory": _variability(settings),
        "kept.layer": _variability(settings, layer=config.factor),
        "kept.features": _variability(settings, features=config.factor),
        "fall_along_the_path": flow["centered_best"][:, -1] - flow["centered_best"][:, 0],
        "steepest_rise": np.max(np.diff(flow["centered_best"], axis=1), axis=1),
        "largest_share": np.max(kept["shares"], axis=(1, 2)),
        "lost_around_collapse": config.firm * (1 - _least_share(config, store)),
    }


def _least_share(config: Settings, store: Store | None) -> np.ndarray:
    """What is left of deviations along class means, the given features being a minimizer of the same objective."""
    plain = Kept(replicates=config.replicates, counts=config.counts, proximities=(config.firm,))
    sizes = np.asarray(config.counts, float)
    squares = np.asarray(class_lengths(sizes, np.array([plain.layer_penalty]), plain.feature_penalty))
    kept = measured(KEPT, replace(plain, length=float(np.sqrt(squares[0]))), config.seed, store)
    return np.mean(kept["shares"][:, :-1, 0], axis=1)


def _variability(settings: Kept, layer: float = 1.0, features: float = 1.0) -> np.ndarray:
    """Within over between, relative to the given features: deviations are isotropic, K directions hold the means."""
    n, N = np.asarray(settings.counts, float)[:, None], float(sum(settings.counts))
    beta, lam_h = np.asarray(settings.proximities)[None], features * settings.feature_penalty
    model = n, N, layer * settings.layer_penalty, lam_h, beta, settings.length
    along = np.asarray(kept_share(settled_strength(*model), N, lam_h, beta))
    across = np.asarray(kept_share(0 * beta, N, lam_h, beta)) ** 2 * (settings.width - len(n))
    within = (np.sum(along**2, 0) + across[0]) / settings.width
    between = np.sum(n * np.asarray(settled_length(*model)) ** 2, 0) / (N * settings.length**2)
    return within / between


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        return {"flow": _draw_flow(data), "kept": _draw_kept(data)}


def _draw_flow(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.8, 3.6), layout="constrained")
    axes = figure.subplots()
    names = {"best": "best classifier throughout", "learned": "classifier that starts against the labels"}
    for (name, label), color in zip(names.items(), series_colors(2), strict=True):
        curves = data[f"flow.{name}"]
        axes.plot(data["flow.times"], (curves - curves[:, :1]).T, color=color, linewidth=0.6)
        axes.plot([], [], color=color, label=label)
    axes.set(xlabel="time", ylabel="log NC1, change since the start")
    axes.legend(fontsize=8)
    return figure


def _draw_kept(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(8.4, 3.4), layout="constrained")
    shares, penalties = figure.subplots(1, 2)
    beta, mean = data["kept.proximities"], data["kept.shares"].mean(0)
    names = [*(f"along class {k + 1}" for k in range(len(mean) - 1)), "across all means"]
    for row, name, color in zip(mean, names, series_colors(len(mean)), strict=True):
        shares.semilogx(beta, row, "o-", color=color, markersize=4, label=name)
    shares.set(xlabel="proximity", ylabel="share of the deviations left")
    shares.legend(fontsize=8)
    lines = {"theory": "as it is", "layer": "layer's penalty doubled", "features": "features' penalty doubled"}
    for (name, label), color in zip(lines.items(), (THEORY, *series_colors(2)), strict=True):
        penalties.loglog(beta, data[f"kept.{name}"], color=color, label=label)
    penalties.set(xlabel="proximity", ylabel="NC1 over that of the given features")
    penalties.legend(fontsize=8)
    return figure
