"""Deep linear heads under cross-entropy: losses of descent against two frames, ranks by width, thresholds of depth."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from figures.core.style import THEORY, series_colors, styled
from paper_repro.garrod2025_low_rank.config import Settings
from theory.collapse.low_rank import frame_loss, margin_cost, orthoplex_logits, polygon_logits, simplex_logits
from theory.core.random_matrices import gaussian
from validations.collapse.cross_entropy import entropy
from validations.collapse.low_rank import rank
from validations.collapse.squared_error import chained, labels_of
from validations.core.optimizers import Momentum
from validations.core.programs import quickly_compiled
from validations.core.training import log_spaced, train

FRAMES = {"simplex": simplex_logits, "pairs of classes": orthoplex_logits}
DEPTHS, CLASSES = (1, 2, 3, 4, 6, 8), (4, 6, 8, 10, 12, 14, 16)


def run(config: Settings, store: object = None) -> dict[str, np.ndarray]:
    at = log_spaced(config.steps, 60)
    curves, ranks = zip(*[_descended(config, width, at) for width in config.widths], strict=True)
    penalties = np.full(config.layers, config.penalty)
    frames = [
        float(frame_loss(form(config.classes), float(config.per_class), penalties, config.penalty))
        for form in FRAMES.values()
    ]
    narrow, wide = np.array(ranks[0], float), np.array(ranks[-1], float)
    gains = _gains()
    return {
        "losses.steps": at,
        "losses.curves": np.stack(curves),
        "losses.ranks": np.stack(ranks),
        "losses.frames": np.array(frames),
        "widths.widths": np.asarray(config.widths),
        "widths.ranks": np.stack(ranks),
        "depths.gains": gains,
        "pairs_below_simplex": np.array(frames[1] - frames[0]),
        "pairs_below_simplex.error": np.array(1e-12),
        "descent_below_simplex": np.asarray(curves[0])[:, -1] - frames[0],
        "rank_wide_over_narrow": wide - narrow,
        "rank_at_small_width": narrow,
        "rank_of_pairs": _rank(orthoplex_logits(config.classes)),
        "rank_of_pairs.error": np.array(0.0),
        "least_rank": _rank(polygon_logits(config.classes)),
        "least_rank.error": np.array(0.0),
        **{f"classes_for_{M}_layers": _first(gains, M) for M in (2, 3)},
        **{f"classes_for_{M}_layers.error": np.array(0.0) for M in (2, 3)},
    }


def _descended(config: Settings, width: int, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Losses at the recorded steps, and ranks of the logits at the end, of all replicates of one width."""
    labels = labels_of((config.per_class,) * config.classes)

    def loss(factors: tuple[Array, ...], _: None) -> Float[Array, ""]:
        return entropy(chained(factors), labels) + config.penalty / 2 * sum(jnp.sum(w**2) for w in factors)

    def start(key: PRNGKeyArray) -> tuple[Array, ...]:
        shapes = [(width, len(labels)), *[(width, width)] * (config.layers - 1), (config.classes, width)]
        keys = jax.random.split(key, len(shapes))
        return tuple(gaussian(k, *s, config.start * width**-0.5) for k, s in zip(keys, shapes, strict=True))

    keys = jax.random.split(jax.random.fold_in(jax.random.key(config.seed), width), config.replicates)
    starts = quickly_compiled(jax.vmap(start), optimized=False)(keys)
    found = train(loss, starts, method=Momentum(config.rate, 0.9), steps=config.steps, at=at, replicates=True)
    return np.asarray(found.values), rank(np.asarray(jax.vmap(chained)(found.params)))


def _gains() -> np.ndarray:
    """Price of a margin of the simplex over that of the pairs, depths by classes; above one the pairs win."""
    costs = quickly_compiled(lambda logits: jnp.stack([margin_cost(logits, M) for M in DEPTHS]), optimized=False)
    simplex, pairs = (np.stack([costs(form(K)) for K in CLASSES], axis=1) for form in FRAMES.values())
    return simplex / pairs


def _first(gains: np.ndarray, layers: int) -> np.ndarray:
    return np.array(float(min(K for K, gain in zip(CLASSES, gains[DEPTHS.index(layers)], strict=True) if gain > 1)))


def _rank(logits: Float[Array, "K K"]) -> np.ndarray:
    return rank(np.asarray(logits)[None])[0]


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        return {"losses": _draw_losses(data), "widths": _draw_widths(data), "depths": _draw_depths(data)}


def _draw_losses(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.8, 3.6), layout="constrained")
    axes = figure.subplots()
    colors = series_colors(len(data["widths.widths"]))
    for width, curves, color in zip(data["widths.widths"], data["losses.curves"], colors, strict=True):
        axes.plot(data["losses.steps"], curves.T, color=color, linewidth=0.8)
        axes.plot([], [], color=color, label=f"descent, width {width}")
    for name, frame, style in zip(FRAMES, data["losses.frames"], ("-", "--"), strict=True):
        axes.axhline(frame, color=THEORY, linestyle=style, linewidth=1.2, label=f"least loss of {name}")
    low, high = np.min(data["losses.curves"]), 3 * data["losses.frames"][0]
    axes.set(xscale="log", yscale="log", xlabel="step", ylabel="loss", xlim=(100, data["losses.steps"][-1]))
    axes.set_ylim(0.9 * min(low, *data["losses.frames"]), high)
    axes.legend(fontsize=8)
    return figure


def _draw_widths(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    axes.boxplot(list(data["widths.ranks"].astype(float)), tick_labels=[str(w) for w in data["widths.widths"]])
    axes.set(xlabel="width", ylabel="rank of the logits after descent")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def _draw_depths(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    for M, gains, color in zip(DEPTHS, data["depths.gains"], series_colors(len(DEPTHS)), strict=True):
        axes.plot(CLASSES, gains, "o-", color=color, markersize=4, label=f"{M} layer{'s' * (M > 1)}")
    axes.axhline(1, color=THEORY, linewidth=1)
    axes.set(xlabel="classes", ylabel="price of a margin, simplex over pairs")
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure
