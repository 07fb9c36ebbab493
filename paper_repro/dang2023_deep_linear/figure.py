"""Collapse of free features under deep linear heads and squared error, class by class and through training."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.dang2023_deep_linear.config import Settings
from theory.collapse import squared_error as closed
from theory.collapse.geometry import general_orthogonal_gap
from theory.collapse.metrics import variability
from theory.collapse.moments import class_moments
from theory.core.random_matrices import gaussian
from validations.collapse.squared_error import averaging, chained, labels_of, ridge
from validations.core.optimizers import Momentum
from validations.core.programs import quickly_compiled
from validations.core.training import log_spaced, train

METRICS = {"spread": "NC1", "classifier": "NC2, classifier", "means": "NC2, class means", "dual": "NC3"}


def run(config: Settings, store: object = None) -> dict[str, np.ndarray]:
    at = log_spaced(config.steps, config.points)
    found = {M: _descended(config, M, at) for M in config.depths}
    theory = np.stack([_layer_values(config, M) for M in config.depths])
    curves = {f"collapse.{name}": np.stack([seen[name] for seen, _ in found.values()]) for name in METRICS}
    numbers: dict[str, np.ndarray] = {}
    for M, (_, values) in found.items():
        numbers |= {f"largest_{M}": values[:, 0], f"smallest_{M}": values[:, -1]}
    return {
        "collapse.steps": at,
        "collapse.depths": np.asarray(config.depths),
        **curves,
        "lengths.values": np.stack([values for _, values in found.values()]),
        "lengths.theory": theory,
        "lengths.counts": np.asarray(config.counts, float),
        **numbers,
    }


def _descended(config: Settings, depth: int, at: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Metrics at the recorded steps, and the singular values of the first layer at the end, of all replicates."""
    labels, mean, K = labels_of(config.counts), averaging(config.counts), len(config.counts)
    target = jax.nn.one_hot(labels, K, dtype=float).T
    squares = closed.product_strength(*_problem(config, depth))
    lengths = closed.class_lengths(np.array(config.counts, float), *_problem(config, depth)[2:])

    def loss(factors: tuple[Array, ...], _: None) -> Float[Array, ""]:
        fit = jnp.sum((chained(factors) - target) ** 2) / (2 * len(labels))
        return fit + ridge(factors, config.penalty, config.penalty)

    def seen(params: tuple[Array, ...]) -> dict[str, Array]:
        features, *layers = params
        means, product = features @ mean, chained(tuple(layers))
        outputs = product @ means
        wanted = jnp.diag(squares / (squares + len(labels) * config.penalty))
        return {
            "spread": variability(class_moments(features.T, labels, K)),
            "classifier": general_orthogonal_gap(product, squares),
            "means": general_orthogonal_gap(means.T, lengths),
            "dual": jnp.linalg.norm(outputs / jnp.linalg.norm(outputs) - wanted / jnp.linalg.norm(wanted)),
        }

    def start(key: PRNGKeyArray) -> tuple[Array, ...]:
        shapes = [(config.width, len(labels)), *[(config.width,) * 2] * (depth - 1), (K, config.width)]
        keys = jax.random.split(key, len(shapes))
        return tuple(gaussian(k, *s, config.start * config.width**-0.5) for k, s in zip(keys, shapes, strict=True))

    keys = jax.random.split(jax.random.fold_in(jax.random.key(config.seed), depth), config.replicates)
    found = train(
        loss,
        quickly_compiled(jax.vmap(start), optimized=False)(keys),
        method=Momentum(config.rate, 0.9),
        steps=config.steps,
        record=seen,
        at=at,
        replicates=True,
    )
    values = jnp.linalg.svd(found.params[1], compute_uv=False)[:, :K]
    return {name: np.asarray(a) for name, a in found.values.items()}, np.asarray(values)


def _problem(config: Settings, depth: int) -> tuple[np.ndarray, float, np.ndarray, float]:
    n = np.array(config.counts, float)
    return n, float(n.sum()), np.full(depth, config.penalty), config.penalty


def _layer_values(config: Settings, depth: int) -> np.ndarray:
    """Predicted singular values of a layer, class by class; equal penalties make those of all layers equal."""
    n, N, penalties, feature_penalty = _problem(config, depth)
    p = closed.product_strength(n, N, penalties, feature_penalty)
    return np.sqrt(np.asarray(closed.layer_square(p, penalties, 1)))


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        return {"collapse": _draw_collapse(data), "lengths": _draw_lengths(data)}


def _draw_collapse(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(8.4, 5.2), layout="constrained")
    colors = series_colors(len(data["collapse.depths"]))
    for axes, (name, title) in zip(figure.subplots(2, 2).ravel(), METRICS.items(), strict=True):
        for M, curves, color in zip(data["collapse.depths"], data[f"collapse.{name}"], colors, strict=True):
            axes.plot(data["collapse.steps"], np.median(curves, 0), color=color, label=f"depth {M}")
            axes.plot(data["collapse.steps"], curves.T, color=color, linewidth=0.4, alpha=0.4)
        axes.set(xscale="log", yscale="log", xlabel="step", title=title, xlim=(1, data["collapse.steps"][-1]))
    figure.axes[0].legend(fontsize=8)
    return figure


def _draw_lengths(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.4), layout="constrained")
    axes = figure.subplots()
    rows = zip(data["collapse.depths"], data["lengths.values"], data["lengths.theory"], strict=True)
    for color, (M, ours, theory) in zip(series_colors(len(data["lengths.theory"])), rows, strict=True):
        place = np.arange(len(theory))
        axes.plot(place, theory, color=THEORY, linewidth=1)
        axes.errorbar(place, ours.mean(0), ours.std(0, ddof=1), fmt="o", color=color, markersize=5, label=f"depth {M}")
    axes.plot([], [], color=THEORY, linewidth=1, label="closed form")
    names = [f"{n:.0f}" for n in data["lengths.counts"]]
    axes.set(xlabel="samples of the class", ylabel="singular value of the first layer")
    axes.set_xticks(np.arange(len(names)), names)
    axes.legend(fontsize=8)
    return figure
