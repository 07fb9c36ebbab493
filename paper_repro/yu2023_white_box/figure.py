"""One step of attention as a step down the gradient of the tokens' coding rate: what it filters, when it compresses."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from matplotlib.figure import Figure

from figures.core.style import QUIET, THEORY, series_colors, styled
from paper_repro.measuring import measured
from paper_repro.yu2023_white_box.config import Settings
from theory.information.compression_step import compression_gain, compression_gradient, subspace_rate
from validations.core.programs import quickly_compiled
from validations.core.store import Store
from validations.information.claims.compression_step import TOKENS
from validations.information.compression_step import FILTER, beta, drawn

COMPARED = 1  # of the scales


def run(config: Settings, store: Store | None = None) -> dict[str, np.ndarray]:
    left = measured(TOKENS, config.tokens, config.seed, store)["left"]
    settings = config.tokens
    exact = FILTER.predict(settings.variances, settings.subspaces, settings.noise, settings.distortion, settings.step)
    keys = jax.random.split(jax.random.key(config.seed, impl="threefry2x32"), settings.replicates)
    steps = _steps(config, keys)
    return {
        "filter.left": left,
        "filter.exact": np.asarray(exact),
        "filter.variances": np.asarray(settings.variances) / settings.subspaces + settings.noise,
        "filter.curve": np.asarray(compression_gain(GRID, float(len(settings.variances)), settings.distortion)),
        "attention.scales": np.asarray(config.scales),
        "attention.left": steps[:, :, :2].swapaxes(0, 1),
        "gain_of_filter": left[:, 2] - np.asarray(exact)[2],
        "gradient_compresses": 1 - steps[:, COMPARED, 0],
        "attention_compresses": 1 - steps[:, COMPARED, 1],
        "attention_follows_gradient": steps[:, COMPARED, 2],
    }


GRID = np.geomspace(0.05, 10, 60)


def _steps(config: Settings, keys: PRNGKeyArray) -> Float[np.ndarray, "replicates scales 3"]:
    """Share of the rate left by the gradient and by attention, and the cosine of their changes beyond shrinking.

    Scaling tokens and distortion alike changes no rate, so that only attention sees the scale.
    """
    settings = config.tokens

    def one(key: PRNGKeyArray) -> Array:
        bases, _, z = drawn(settings, key)
        rate = lambda tokens: subspace_rate(tokens, bases, settings.distortion)
        change = -compression_gradient(z, bases, settings.distortion) / beta(settings, z)

        def at(scale: Array) -> Array:
            moves = change, attention(bases, scale * z) / scale - z
            left = [rate(z + config.step * move) / rate(z) for move in moves]
            a, b = (move - jnp.sum(move * z) / jnp.sum(z * z) * z for move in moves)
            return jnp.stack([*left, jnp.sum(a * b) / jnp.linalg.norm(a) / jnp.linalg.norm(b)])

        return jax.lax.map(at, jnp.asarray(config.scales))

    return np.asarray(quickly_compiled(lambda keys: jax.lax.map(one, keys))(keys))


def attention(bases: Float[Array, "k d p"], z: Float[Array, "d n"]) -> Float[Array, "d n"]:
    """Each token replaced, in each subspace, by the mean of all tokens weighted by the softmax of inner products."""
    parts = jnp.einsum("kdp,dn->kpn", bases, z)
    weights = jax.nn.softmax(jnp.einsum("kpn,kpm->knm", parts, parts), axis=1)
    return jnp.einsum("kdp,kpn,knm->dm", bases, parts, weights)


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        return {"filter": _draw_filter(data), "attention": _draw_attention(data)}


def _draw_filter(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.plot(GRID, data["filter.curve"], color=THEORY, linewidth=1, label="exact")
    left, color = data["filter.left"], series_colors(1)[0]
    axes.errorbar(
        data["filter.variances"], left.mean(0), left.std(0, ddof=1), fmt="o", color=color, label="noisy tokens"
    )
    axes.set(xlabel="variance of a direction over all tokens", ylabel="share left by a step", xscale="log", ylim=(0, 1))
    axes.legend()
    return figure


def _draw_attention(data: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(5.4, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.axhline(1, color=QUIET, linewidth=1, linestyle=":", label="no compression")
    for i, (name, color) in enumerate(zip(("gradient", "attention"), series_colors(2), strict=True)):
        left = data["attention.left"][:, :, i]
        axes.errorbar(
            data["attention.scales"], left.mean(1), left.std(1, ddof=1), marker="o", color=color, label=f"{name} step"
        )
    axes.set(xlabel="scale of the tokens", ylabel="coding rate after over before", ylim=(0, None))
    axes.legend()
    return figure
