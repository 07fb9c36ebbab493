"""Interval bounds behind random projections, and through deep linear and ReLU networks, at initialization."""

from collections.abc import Mapping
from contextlib import nullcontext
from tempfile import TemporaryDirectory

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.mao2024_interval_bounds.config import Settings
from theory.deep_linear import tightness as closed
from validations.core.runner import Job, measure
from validations.core.store import Store
from validations.deep_linear.claims.tightness import EMBEDDINGS, Embeddings
from validations.deep_linear.tightness import half_widths

# Published, in the order of the depths and of the ranks below: networks' tightness, ReLU and linear; radii, true last.
PUBLISHED_DEPTHS = (2, 3, 5, 7, 9, 11, 13)
PUBLISHED_RATIOS = (1.4447, 2.0351, 4.3716, 8.6105, 15.557, 34.327, 125.36)
PUBLISHED_RANKS = (1, 2, 5, 10, 15, 20, 25, 30)
PUBLISHED_RADII = (
    (0.5484, 1.2397, 3.3249, 6.2516, 9.7803, 12.6921, 15.8348, 19.1724),
    (0.5484, 1.0333, 1.7191, 2.3986, 2.9486, 3.3241, 3.66, 3.8801),
)


def run(config: Settings, store: Store | None = None) -> dict[str, np.ndarray]:
    with nullcontext(store.root) if store is not None else TemporaryDirectory() as root:
        place = store if store is not None else Store(root)
        drawn = {**_embedding(config, place), **_depth(config)}
    return {key: np.asarray(value) for key, value in drawn.items()}


def _embedding(config: Settings, store: Store) -> dict[str, np.ndarray]:
    """One subspace a replicate, as published."""
    settings = Embeddings(replicates=config.replicates, inputs=config.inputs, ranks=config.ranks, draws=1)
    radii = np.asarray(measure(Job(EMBEDDINGS, settings, config.seed), store=store).data["radii"])
    forms = (closed.embedding_propagated_radius, closed.embedding_optimal_radius)
    numbers = {}
    for kind, row in (("propagated", 0), ("true", 1)):
        for k in (10, 20, 30):
            numbers[f"{kind}_{k}"] = radii[:, row, config.ranks.index(k)]
    return {
        "embedding.ranks": np.asarray(config.ranks),
        "embedding.radii": radii,
        "embedding.theory": np.stack([[form(config.inputs, k) for k in config.ranks] for form in forms]),
        **numbers,
    }


def _depth(config: Settings) -> dict[str, Array]:
    """How much tighter the ReLU network is than the linear one with the same weights, as a power of two."""
    deepest = max(config.depths)
    at = np.asarray(config.depths) - 2

    def one(key: PRNGKeyArray) -> Float[Array, " depths"]:
        for_layers, for_centers = jax.random.split(key)
        layers = list(jax.random.normal(for_layers, (deepest, config.width, config.width)) / config.width**0.5)
        linear = half_widths(layers, None)
        centers = jax.random.normal(for_centers, (config.centers, config.width))
        relu = jax.lax.map(lambda center: half_widths(layers, center), centers)
        ratios = jnp.mean(relu[..., 0] / relu[..., 1], axis=0) / (linear[:, 0] / linear[:, 1])
        return jnp.log2(ratios)[at]

    keys = jax.random.split(jax.random.key(config.seed + 1), config.replicates)
    powers = jax.jit(lambda keys: jax.lax.map(one, keys))(keys)
    hidden = [(config.width,) * (d - 1) for d in config.depths]
    theory = [closed.expected_relu_tightness(h) / closed.expected_tightness(h) for h in hidden]
    return {
        "depth.depths": np.asarray(config.depths),
        "depth.powers": powers,
        "depth.theory": np.log2(theory),
        **{f"relu_gain_{d}": powers[:, i] for i, d in enumerate(config.depths)},
    }


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        return {"embedding": _draw_embedding(data), "depth": _draw_depth(data)}


def _draw_embedding(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    rows = zip(("propagated", "true"), series_colors(2), data["embedding.theory"], PUBLISHED_RADII, strict=True)
    for i, (name, color, theory, published) in enumerate(rows):
        ours = data["embedding.radii"][:, i]
        axes.plot(data["embedding.ranks"], theory, color=THEORY, linewidth=1)
        axes.errorbar(
            data["embedding.ranks"], ours.mean(0), ours.std(0, ddof=1), fmt="o", color=color, markersize=4, label=name
        )
        axes.plot(PUBLISHED_RANKS, published, "x", color=color, markersize=7)
    axes.plot([], [], "x", color="#555555", label="published, one run")
    axes.set(xlabel="dimension k of the data, in 100 dimensions", ylabel="half-width of an output")
    axes.legend()
    return figure


def _draw_depth(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    ours, published = data["depth.powers"], np.log2(PUBLISHED_RATIOS)
    spread = ours.std(0, ddof=1)
    axes.plot(data["depth.depths"], data["depth.theory"], color=THEORY, linewidth=1, label="expected ratio")
    axes.errorbar(
        data["depth.depths"], ours.mean(0), spread, fmt="o", color=series_colors(1)[0], markersize=4, label="ours"
    )
    axes.plot(PUBLISHED_DEPTHS, published, "x", color="#555555", markersize=7, label="published, one run")
    axes.annotate("deviates", (13, published[-1]), (-8, 0), textcoords="offset points", ha="right", va="center")
    axes.set(xlabel="layers", ylabel="log2 of tightness, ReLU over linear")
    axes.legend()
    return figure
