"""Cosines of class means under cross-entropy with large and small classes, by the strength of two regularizers."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray
from matplotlib.figure import Figure

from figures.core.style import THEORY, series_colors, styled
from paper_repro.liu2023_long_tailed.config import Settings
from theory.collapse.cross_entropy import merging_penalty
from validations.collapse.cross_entropy import entropy
from validations.collapse.long_tail import by_kind, cosines_of, regularizer_of
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
    counts, labels = config.counts, labels_of(config.counts)
    regularizer, cosines_at = regularizer_of(counts, config.sharpness), cosines_of(counts)
    mean, spread = averaging(counts), jax.nn.one_hot(labels, len(counts), dtype=float).T

    def loss(factors: tuple[Array, Array], strength: Array) -> Array:
        fit = entropy(chained(factors), labels) + ridge(factors, config.penalty, config.penalty)
        return fit + strength * regularizer(factors[0])

    def one(key: PRNGKeyArray, strength: Array) -> tuple[Array, Array]:
        start = random_factors(key, len(counts), len(labels), config.width, 1)
        features = descend(lambda f: loss(f, strength), start, 400, tolerance=1e-7).params[0]
        means = features @ mean
        inside = jnp.sum((features - means @ spread) ** 2) / jnp.sum((means @ spread) ** 2)
        return by_kind(cosines_at(features), config.large), inside

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
