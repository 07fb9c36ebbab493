"""Networks with a noisy layer on five clusters: their generalization gap beside the information of that layer."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp
from jaxtyping import Array, Float, PRNGKeyArray
from matplotlib.figure import Figure
from scipy.stats import spearmanr

from figures.core.style import QUIET, series_colors, styled
from paper_repro.kawaguchi2023_sweep.config import Settings
from validations.core.programs import quickly_compiled

Params = list[list[tuple[Array, Array]]]
MEASURES = ("I(X;Z|Y)", "I(X;Z)", "parameters", "norms")
SIDE = 10.0  # half of that of the square of the centers
FEWEST = 4  # networks that a rank correlation is taken over
LEARNED = 0.85  # share of training samples that a network gets right, to be looked at
SINGLE = jnp.float32  # as networks are trained
DRAWS = 8  # of the noise, in a loss


def run(config: Settings, store: object = None) -> dict[str, np.ndarray]:
    models = np.array(list(product(config.widths, config.decays, range(config.starts))), np.float32)
    keys = jax.random.split(jax.random.key(config.seed, impl="threefry2x32"), config.replicates)
    over_models = lambda key, models: jax.vmap(lambda model: trained(config, key, model))(models)
    sweep = quickly_compiled(jax.vmap(over_models, in_axes=(0, None)))
    found = {name: np.asarray(values) for name, values in sweep(keys, models).items()}
    found["parameters"] = np.broadcast_to(_counts(config, models[:, 0]), found["gap"].shape)
    found["gap"] = np.where(found["learned"], found["gap"], np.nan)
    ranks = {name: _ranked(found["gap"], found[name]) for name in MEASURES}
    of_decay = [models[:, 1] == np.float32(decay) for decay in config.decays]
    alike = [_ranked(found["gap"][:, chosen], found[MEASURES[0]][:, chosen]) for chosen in of_decay]
    return {
        "sweep.gap": found["gap"],
        "sweep.decays": models[:, 1],
        **{f"sweep.{name}": found[name] for name in MEASURES},
        "ranks.values": np.stack([*ranks.values(), np.mean(alike, axis=0)]),
        "correlates": ranks["I(X;Z|Y)"],
    }


def _ranked(gap: np.ndarray, measure: np.ndarray) -> np.ndarray:
    """Rank correlation over the networks of each data set that have learned; zero where few have, or all are alike."""
    return np.array([_rank(g[np.isfinite(g)], m[np.isfinite(g)]) for g, m in zip(gap, measure, strict=True)])


def _rank(gap: np.ndarray, measure: np.ndarray) -> float:
    some = len(gap) >= FEWEST and np.ptp(measure) > 0
    return float(spearmanr(gap, measure).statistic) if some else 0.0


def _counts(config: Settings, widths: np.ndarray) -> np.ndarray:
    """Weights and biases of both towers and the classifier."""
    w, half = widths, widths // 2
    tower = 3 * w + w * (w + 1) + half * (w + 1) + half * (half + 1)
    return 2 * tower + config.classes * (half + 1)


def trained(config: Settings, key: PRNGKeyArray, model: Array) -> dict[str, Array]:
    """One network of this width, decay and start: its gap in loss, its errors, norms and information."""
    for_data, for_start, for_noise = jax.random.split(key, 3)
    x, y = clusters(config, for_data)
    n = config.classes * config.train
    width, decay, start = model
    masks = [jnp.arange(max(config.widths) // part) < width // part for part in (1, 1, 2, 2)]
    params = started(config, jax.random.fold_in(for_start, start.astype(int) + 100 * width.astype(int)), masks)

    def step(carry: tuple[Params, Params], key: PRNGKeyArray) -> tuple[tuple[Params, Params], None]:
        params, speed = carry
        slope = jax.grad(loss)(params, masks, x[:n], y[:n], key[None])
        speed = jax.tree.map(lambda v, g, p: config.momentum * v + g + decay * p, speed, slope, params)
        return (jax.tree.map(lambda p, v: p - config.rate * v, params, speed), speed), None

    speed = jax.tree.map(jnp.zeros_like, params)
    params = jax.lax.scan(step, (params, speed), jax.random.split(for_noise, config.steps))[0][0]
    draws = jax.random.split(for_data, DRAWS)
    losses = [loss(params, masks, x[part], y[part], draws) for part in (slice(n), slice(n, None))]
    within, across = information(params, masks, x[n : 3 * n], y[n : 3 * n], for_noise)  # inputs not trained on
    return {
        "gap": losses[1] - losses[0],
        "learned": jnp.mean(outputs(params, masks, x[:n], for_noise).argmax(axis=1) == y[:n]) > LEARNED,
        "norms": sum(jnp.linalg.norm(w) for tower in params for w, _ in tower),
        "I(X;Z|Y)": within,
        "I(X;Z)": across,
    }


def clusters(config: Settings, key: PRNGKeyArray) -> tuple[Float[Array, "n 2"], Array]:
    """Training samples first, equally many of each class."""
    for_centers, for_samples = jax.random.split(key)
    centers = jax.random.uniform(for_centers, (config.classes, 2), SINGLE, -SIDE, SIDE)
    y = jnp.tile(jnp.arange(config.classes), config.train + config.test)
    return centers[y] + config.spread * jax.random.normal(for_samples, (len(y), 2), SINGLE), y


def started(config: Settings, key: PRNGKeyArray, masks: list[Array]) -> Params:
    """Towers of means and of spreads, and the classifier; uniform within the root of the inverse fan-in."""
    units = [(2, jnp.ones(2, SINGLE)), *((len(m), m.astype(SINGLE)) for m in masks)]
    sizes = [(*units[i], *units[i + 1]) for i in range(4)]
    last = (*units[-1], config.classes, jnp.ones(config.classes, SINGLE))
    params = []
    for t, layers in enumerate((sizes, sizes, [last])):
        tower = []
        for i, (fan_in, used, fan_out, kept) in enumerate(layers):
            bound = jnp.sum(used) ** -0.5
            k = jax.random.fold_in(key, 10 * t + i)
            weights = bound * jax.random.uniform(k, (fan_out, fan_in + 1), SINGLE, -1.0)
            tower.append((weights[:, :-1] * jnp.outer(kept, used), weights[:, -1] * kept))
        params.append(tower)
    return params


def layer(params: Params, masks: list[Array], x: Float[Array, "n 2"]) -> tuple[Array, Array]:
    """Mean and standard deviation of Z; units that are masked have mean zero and no influence."""
    means, spreads = (_tower(tower, x) for tower in params[:2])
    return means, jnp.where(masks[-1], jax.nn.softplus(spreads), 1.0)


def _tower(weights: list[tuple[Array, Array]], x: Array) -> Array:
    for i, (w, b) in enumerate(weights):
        x = (jax.nn.relu(x) if i else x) @ w.T + b
    return x


def outputs(params: Params, masks: list[Array], x: Float[Array, "n 2"], key: PRNGKeyArray) -> Float[Array, "n k"]:
    means, spreads = layer(params, masks, x)
    return _tower(params[2], means + spreads * jax.random.normal(key, means.shape, SINGLE))


def loss(params: Params, masks: list[Array], x: Array, y: Array, keys: PRNGKeyArray) -> Array:
    """Cross-entropy, a mean over draws of the noise."""
    logs = jax.vmap(lambda key: jax.nn.log_softmax(outputs(params, masks, x, key)))(keys)
    return -jnp.mean(jnp.take_along_axis(logs, y[None, :, None], axis=2))


def information(params: Params, masks: list[Array], x: Array, y: Array, key: PRNGKeyArray) -> tuple[Array, Array]:
    """I(X;Z|Y) and I(X;Z) in nats over these inputs, one draw of Z from each: a mixture of as many Gaussians."""
    means, spreads = layer(params, masks, x)
    z = means + spreads * jax.random.normal(key, means.shape, SINGLE)
    density = lambda a: -0.5 * jnp.sum(((a - means) / spreads) ** 2 + 2 * jnp.log(spreads), axis=1)
    logs = jax.vmap(density)(z)
    same = jnp.where(y[:, None] == y[None], 0.0, -jnp.inf)
    own = jnp.diagonal(logs)
    shares = (logsumexp(logs + m, axis=1) - jnp.log(jnp.sum(jnp.exp(m), axis=1)) for m in (same, 0.0 * logs))
    within, across = (jnp.mean(own - share) for share in shares)
    return within, across


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        return {"sweep": _draw_sweep(data), "ranks": _draw_ranks(data)}


def _draw_sweep(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    decays = sorted(set(data["sweep.decays"]))
    for axes, name in zip(figure.subplots(1, 2, sharey=True), MEASURES[:2], strict=True):
        for decay, color in zip(decays, series_colors(len(decays)), strict=True):
            chosen = data["sweep.decays"] == decay
            x, gap = data[f"sweep.{name}"][:, chosen], data["sweep.gap"][:, chosen]
            axes.plot(x.ravel(), gap.ravel(), ".", color=color, markersize=4, label=f"decay {decay:g}")
        axes.set(xlabel=f"{name} in nats")
    figure.axes[0].set_ylabel("test loss less training loss")
    figure.axes[0].legend(fontsize=7)
    return figure


def _draw_ranks(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.0), layout="constrained")
    axes = figure.subplots()
    axes.axhline(0, color=QUIET, linewidth=1, linestyle=":")
    values: Any = data["ranks.values"]
    names = (*MEASURES, "I(X;Z|Y),\nequal decay")
    for i, color in enumerate(series_colors(len(names))):
        axes.plot(np.full(len(values[i]), i), values[i], ".", color=color, alpha=0.5)
        half = 2.6 * values[i].std(ddof=1) / len(values[i]) ** 0.5
        axes.errorbar(i + 0.15, values[i].mean(), half, fmt="o", color=color)
    axes.set_xticks(range(len(names)), names)
    axes.set(ylabel="rank correlation with the gap", ylim=(-1, 1))
    return figure
