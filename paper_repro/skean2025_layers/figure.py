"""Matrix entropy by layer: of features without structure, of collapsing classes, of networks on digits."""

from collections.abc import Mapping

import jax
import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from figures.core.style import QUIET, THEORY, series_colors, styled
from paper_repro.measuring import measured
from paper_repro.skean2025_layers.config import Settings
from validations.core.store import Store
from validations.information.claims.digit_plane import DigitPlanes
from validations.information.claims.matrix_entropy import COLLAPSING, UNSTRUCTURED
from validations.information.digit_plane import CLASSES, images, trained_networks, widths
from validations.information.layers import activity
from validations.information.matrix_entropy import PAGE, entropies


def run(config: Settings, store: Store | None = None) -> dict[str, np.ndarray]:
    random = measured(UNSTRUCTURED, config.tokens, config.seed, store)["entropy"]
    collapsing = measured(COLLAPSING, config.collapsing, config.seed, store)["entropy"]
    exact = PAGE.predict(config.tokens.tokens, config.tokens.dimensions)
    layers = of_layers(config.digits, config.seed)
    return {
        "tokens.numbers": np.asarray(config.tokens.tokens),
        "tokens.entropy": random,
        "tokens.exact": exact,
        "collapse.noises": np.asarray(config.collapsing.noises),
        "collapse.entropy": collapsing[:, 0],
        "collapse.limit": np.log(config.collapsing.classes - 1),
        "layers.entropy": layers,
        "random_tokens": random[:, -1] - exact[-1],
        "collapse_compresses": collapsing[:, 0, -1] - collapsing[:, 0, 0],
        "layers_compress": layers[:, -1, 1] - layers[:, -1, -1],
    }


def of_layers(config: DigitPlanes, seed: int) -> Float[np.ndarray, "replicates looks layers"]:
    """Von Neumann entropy of all images' centered features in each tanh layer, the pixels before them."""
    keys = jax.random.split(jax.random.key(seed, impl="threefry2x32"), config.replicates)
    tanh = np.asarray(trained_networks(config, keys))[: config.replicates]
    pixels = images()[0]
    return np.array(
        [
            [[_entropy(h) for h in (pixels, *activity(widths(config), "tanh", flat, pixels)[0])] for flat in looks]
            for looks in tanh
        ]
    )


def _entropy(features: np.ndarray) -> float:
    return float(entropies(np.asarray(np.linalg.qr(features - features.mean(axis=0), mode="r")), 1.0))


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        return {"nulls": _draw_nulls(data), "layers": _draw_layers(data)}


def _draw_nulls(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(7.2, 3.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    color = series_colors(1)[0]
    for axes, at, name in ((left, "tokens.numbers", "tokens"), (right, "collapse.noises", "collapse")):
        values = data[f"{name}.entropy"]
        axes.errorbar(data[at], values.mean(0), values.std(0, ddof=1), fmt="o", color=color, label="sampled")
    left.plot(data["tokens.numbers"], data["tokens.exact"], color=THEORY, linewidth=1, label="Page's mean")
    right.axhline(float(data["collapse.limit"]), color=QUIET, linestyle=":", label="log(K - 1)")
    left.set(xlabel="random tokens", ylabel="matrix entropy (nats)", ylim=(0, None))
    right.set(xlabel="variance within classes over that of means", xscale="log", ylim=(0, None))
    for axes in (left, right):
        axes.legend()
    return figure


def _draw_layers(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.2), layout="constrained")
    axes = figure.subplots()
    layers = np.arange(data["layers.entropy"].shape[2])
    looks = data["layers.entropy"].swapaxes(0, 1)
    for values, name, color in zip(looks, ("after one step", "trained"), series_colors(2), strict=True):
        axes.errorbar(layers, values.mean(0), values.std(0, ddof=1), marker="o", color=color, label=name)
    axes.axhline(np.log(CLASSES - 1), color=QUIET, linestyle=":", label="collapse of ten classes")
    axes.set(ylabel="matrix entropy (nats)", ylim=(0, None))
    axes.set_xticks(layers, ["pixels", *(f"layer {i}" for i in layers[1:])])
    axes.legend()
    return figure
