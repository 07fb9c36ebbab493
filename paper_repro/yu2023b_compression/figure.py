"""A gradient step on the coding rate of noisy tokens as a denoiser: the error that is left, by the size of the step."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from matplotlib.figure import Figure

from figures.core.style import QUIET, series_colors, styled
from paper_repro.yu2023b_compression.config import Settings
from theory.information.compression_step import compression_gain
from validations.core.programs import quickly_compiled
from validations.information.claims.compression_step import NoisyTokens
from validations.information.compression_step import beta, drawn, rate


def run(config: Settings, store: object = None) -> dict[str, np.ndarray]:
    laws = [_law(config, noise) for noise in config.noises]
    left = np.stack([_left(config, law) for law in laws])
    gains = [_gains(config, law) for law in laws]
    middle = len(laws) // 2
    wiener = [_error(law, _over_all(law) / (_over_all(law) + law.noise) * np.ones((1, 1))) for law in laws]
    return {
        "denoising.steps": np.asarray(config.steps),
        "denoising.noises": np.asarray(config.noises),
        "denoising.left": left,
        "denoising.exact": np.stack([_error(law, gain) for law, gain in zip(laws, gains, strict=True)]),
        "denoising.wiener": np.array(wiener)[:, 0],
        "step_denoises": 1 - left[middle, :, -1],
        "error_as_predicted": left[middle, :, -1] - _error(laws[middle], gains[middle])[-1],
    }


def _law(config: Settings, noise: float) -> NoisyTokens:
    """Tokens whose distortion is set to their noise."""
    settings = NoisyTokens(replicates=config.replicates, tokens=config.tokens, noise=noise)
    return NoisyTokens(
        replicates=config.replicates,
        tokens=config.tokens,
        noise=noise,
        distortion=(len(settings.variances) * noise) ** 0.5,
    )


def _left(config: Settings, law: NoisyTokens) -> Float[np.ndarray, "replicates steps"]:
    """Squared distance to the clean tokens after a step over that before."""

    def one(key: PRNGKeyArray) -> Array:
        bases, clean, z = drawn(law, key)
        change = -jax.grad(rate, argnums=2)(law, bases, z) / beta(law, z)
        errors = jax.vmap(lambda h: jnp.sum((z + h * change - clean) ** 2))(jnp.asarray(config.steps))
        return errors / jnp.sum((z - clean) ** 2)

    keys = jax.random.split(jax.random.key(config.seed, impl="threefry2x32"), config.replicates)
    return np.asarray(quickly_compiled(jax.vmap(one))(keys))


def _over_all(law: NoisyTokens) -> np.ndarray:
    """Variances of clean directions over the tokens of all subspaces."""
    return np.asarray(law.variances) / law.subspaces


def _gains(config: Settings, law: NoisyTokens) -> Float[np.ndarray, "steps axes"]:
    steps, variances = np.asarray(config.steps)[:, None], (_over_all(law) + law.noise)[None]
    return np.asarray(compression_gain(variances, float(len(law.variances)), law.distortion, steps))


def _error(law: NoisyTokens, gains: Float[np.ndarray, "steps axes"]) -> np.ndarray:
    """What linear gains of the directions leave of the squared error: signal that is lost, and noise that is kept."""
    lost, kept = (1 - gains) ** 2 * _over_all(law), gains**2 * law.noise
    return (lost + kept).mean(axis=1) / law.noise


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        figure = Figure(figsize=(5.4, 3.4), layout="constrained")
        axes = figure.subplots()
        for i, color in enumerate(series_colors(len(data["denoising.noises"]))):
            left = data["denoising.left"][i]
            axes.plot(data["denoising.steps"], data["denoising.exact"][i], color=color, linewidth=1)
            label = f"noise of variance {data['denoising.noises'][i]:.1f}"
            axes.errorbar(data["denoising.steps"], left.mean(0), left.std(0, ddof=1), fmt="o", color=color, label=label)
            axes.plot(1.03, data["denoising.wiener"][i], "_", color=color, markersize=14, markeredgewidth=2)
        axes.plot([], [], "_", color=QUIET, markersize=14, markeredgewidth=2, label="Wiener's filter")
        axes.set(xlabel="size h of the gradient step", ylabel="squared error after over before", ylim=(0, 1.05))
        axes.legend(fontsize=8)
    return {"denoising": figure}
