"""Features that need more computation: usable to fewer predictors, and learned later."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.fel2024_feature_complexity.config import Settings
from paper_repro.measuring import measured
from validations.core.store import Store
from validations.core.training import log_spaced
from validations.information.claims.usable import POLYNOMIALS
from validations.information.usable import BY_DEGREE, WAYS

FEATURES = ("linear", "quadratic")
HALF, LOOKS = 0.5, 80


def run(config: Settings, store: Store | None = None) -> dict[str, np.ndarray]:
    law = config.polynomials
    found = measured(POLYNOMIALS, law, config.seed, store)["found"]
    steps, learned = trained(config)
    half = np.stack([_first(steps, learned[:, :, f]) for f in range(len(FEATURES))], axis=1)
    return {
        "usable.found": found[:, :2],
        "usable.exact": np.asarray(BY_DEGREE.predict(law.weights, law.noise, law.degrees))[:2],
        "training.steps": steps,
        "training.learned": learned,
        "squares_make_usable": found[:, 1, 0] - found[:, 0, 0],
        "simple_first": np.log(half[:, 1] / half[:, 0]),
    }


def trained(config: Settings) -> tuple[np.ndarray, Float[np.ndarray, "replicates looks features"]]:
    """How much of a linear and of a quadratic feature of equal variance the output holds, all replicates at once."""
    rng, r, n = np.random.default_rng(config.seed), config.polynomials.replicates, config.samples
    x = rng.standard_normal((r, n, config.inputs))
    features = np.stack([x[..., 0], (x[..., 1] ** 2 - 1) / 2**0.5], axis=-1)
    y = features.sum(axis=-1)
    first = rng.standard_normal((r, config.inputs + 1, config.width)) / config.inputs**0.5
    last = rng.standard_normal((r, config.width)) / config.width**0.5
    x = np.concatenate([x, np.ones((r, n, 1))], axis=2)
    looks, found = log_spaced(config.steps, LOOKS), []
    for step in range(config.steps + 1):
        hidden = np.tanh(x @ first)
        output = (hidden @ last[..., None])[..., 0]
        if step in looks:
            found.append((features * output[..., None]).mean(axis=1) / (features**2).mean(axis=1))
        error = (output - y) / n
        back = error[..., None] * last[:, None] * (1 - hidden**2)
        last = last - config.step * (error[:, None] @ hidden)[:, 0]
        first = first - config.step * x.swapaxes(1, 2) @ back
    return np.asarray(looks), np.stack(found, axis=1)


def _first(steps: np.ndarray, learned: Float[np.ndarray, "replicates looks"]) -> np.ndarray:
    """The step from which on half of a feature is learned; the last one where it never is."""
    there = learned >= HALF
    last_below = np.where(there, 0, np.arange(1, len(steps) + 1)).max(axis=1)
    return np.maximum(steps[np.minimum(last_below, len(steps) - 1)], 1).astype(float)


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        return {"usable": _draw_usable(data), "training": _draw_training(data)}


def _draw_usable(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.2), layout="constrained")
    axes = figure.subplots()
    degrees = np.arange(1, data["usable.exact"].shape[1] + 1)
    for i, color in enumerate(series_colors(2)):
        found = data["usable.found"][:, i]
        axes.plot(degrees, data["usable.exact"][i], color=color, linewidth=1)
        axes.errorbar(degrees, found.mean(0), found.std(0, ddof=1), fmt="o", color=color, label=WAYS[i])
    axes.plot([], [], color=THEORY, linewidth=1, label="exact")
    axes.set(xlabel="degree of the predictor", ylabel="usable information (nats)", xticks=degrees)
    axes.legend()
    return figure


def _draw_training(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.2), layout="constrained")
    axes = figure.subplots()
    for i, color in enumerate(series_colors(2)):
        learned = data["training.learned"][:, :, i]
        axes.plot(data["training.steps"] + 1, learned.mean(0), color=color, label=f"{FEATURES[i]} feature")
        axes.fill_between(data["training.steps"] + 1, learned.min(0), learned.max(0), color=color, alpha=0.2)
    axes.set(xlabel="step", ylabel="share in the output", xscale="log")
    axes.legend()
    return figure
