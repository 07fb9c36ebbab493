"""Free directions by each of the three degeneracies."""

from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.figure import Figure

from paper_repro.bushnaq2024_degeneracy.config import Settings
from paper_repro.measuring import measured
from paper_repro.spreads import rows
from theory.hessian.degeneracy import free_directions
from validations.core.store import Store
from validations.hessian.claims.degeneracy import UNITS, RepeatedUnits


def run(config: Settings, store: Store | None = None, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Free directions of one kind each, less those without it, and the worst error of the count."""
    settings = RepeatedUnits(replicates=config.replicates, first=(3, 6, 3), second=(6, 3, 3))
    data = measured(UNITS, settings, config.seed, store)
    free = settings.width**2 - data["blocks"]
    pairs = zip(settings.first, settings.second, strict=True)
    told = [free_directions(settings.width, settings.width, *pair) for pair in pairs]
    units = settings.together[0]
    every = units * (settings.inputs + settings.outputs)
    together = every - data["groups"][:, 0] - units
    found = {"activations": free[:, 0], "gradients": free[:, 1], "together": together}
    means = {name: np.mean(values) for name, values in found.items()}
    spreads = {f"{name}.error": np.ptp(values) for name, values in found.items()}  # zero: ranks do not vary
    return {**means, **spreads, "count": np.max(np.abs(free - told)), "count.error": np.array(0.0)}


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """One row for each degeneracy."""
    labels = {"together": "ReLUs that fire together", "gradients": "dependent gradients", "activations": "activations"}
    return {"free": rows(data, labels, "free directions beyond one scaling a unit")}
