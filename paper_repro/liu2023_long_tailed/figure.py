"""Cosines of class means under cross-entropy with large and small classes, by the strength of two regularizers."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.liu2023_long_tailed.config import Settings
from theory.collapse.cross_entropy import merging_penalty
from validations.collapse.cross_entropy import entropy
from validations.collapse.search import descend
from validations.collapse.squared_error import averaging, chained, labels_of, random_factors, ridge
from validations.core.programs import quickly_compiled

KINDS = ("large", "small", "between")


def run(config: Settings, store: object = None) -> dict[str, np.ndarray]:
    cosines, within = _searched(config)
    simplex = -1 / (len(config.counts) - 1)
    kinds = dict(zip(KINDS, np.moveaxis(cosines, -1, 0), strict=True))
    return {
        "cosines.strengths": np.asarray(config.strengths),
        **{f"cosines.{name}": values for name, values in kinds.items()},
        "cosines.simplex": np.array(simplex),
        "cosines.threshold": np.asarray(merging_penalty(float(min(config.counts)), float(sum(config.counts)))),
        "small_unregularized": kinds["small"][:, 0],
        "small_regularized": kinds["small"][:, -1],
        "largest_deviation": np.max(np.abs(cosines[:, -1] - simplex), axis=-1),
        "cosines.within": within,
    }


def _searched(config: Settings) -> tuple[np.ndarray, np.ndarray]:
    """Cosines of centered class means (replicates, strengths, kinds), and NC1 as a quotient."""
    K, labels, mean = len(config.counts), labels_of(config.counts), averaging(config.counts)
    spread = jax.nn.one_hot(labels, K, dtype=float).T

    def cosines_of(means: Float[Array, "d K"]) -> Float[Array, "K K"]:
        away = means - jnp.mean(means, 1, keepdims=True)
        square = jnp.sum(away**2, 0) + 1e-12
        return away.T @ away / jnp.sqrt(square[:, None] * square[None])

    def loss(factors: tuple[Array, Array], strength: Array) -> Array:
        features = factors[0]
        means = features @ mean
        inside = jnp.sum((features - means @ spread) ** 2) / len(labels)
        others = jnp.where(jnp.eye(K, dtype=bool), -jnp.inf, config.sharpness * cosines_of(means))
        angles = jnp.mean(jax.nn.logsumexp(others, 1)) / config.sharpness
        return (
            entropy(chained(factors), labels)
            + ridge(factors, config.penalty, config.penalty)
            + strength * (inside + angles)
        )

    def one(key: PRNGKeyArray, strength: Array) -> tuple[Array, Array]:
        start = random_factors(key, K, len(labels), config.width, 1)
        features = descend(lambda f: loss(f, strength), start, 400, tolerance=1e-7).params[0]
        means = features @ mean
        c, n = cosines_of(means), config.large
        inside = jnp.sum((features - means @ spread) ** 2) / jnp.sum((means @ spread) ** 2)
        large, small = ((jnp.sum(b) - len(b)) / (len(b) * (len(b) - 1)) for b in (c[:n, :n], c[n:, n:]))
        return jnp.stack([large, small, jnp.mean(c[:n, n:])]), inside

    def replicate(key: PRNGKeyArray) -> tuple[Array, Array]:
        strengths = jnp.asarray(config.strengths)
        return jax.vmap(one)(jax.random.split(key, len(strengths)), strengths)

    keys = jax.random.split(jax.random.key(config.seed), config.replicates)
    cosines, inside = quickly_compiled(jax.vmap(replicate))(keys)
    return np.asarray(cosines), np.asarray(inside)


def draw(data: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    with styled():
        figure = Figure(figsize=(5.8, 3.6), layout="constrained")
        axes = figure.subplots()
        names = ("two large classes", "two small classes", "large and small")
        for name, label, color in zip(KINDS, names, series_colors(3), strict=True):
            values = data[f"cosines.{name}"]
            axes.plot(data["cosines.strengths"], values.T, color=color, linewidth=0.5, alpha=0.5)
            axes.plot(data["cosines.strengths"], np.median(values, 0), "o-", color=color, markersize=4, label=label)
        axes.axhline(float(data["cosines.simplex"]), color=THEORY, linewidth=1, label="simplex")
        axes.set_xscale("symlog", linthresh=float(np.min(data["cosines.strengths"][1:])))
        axes.set(xlabel="strength of both regularizers", ylabel="cosine of class means")
        axes.legend(fontsize=8)
        return {"cosines": figure}
