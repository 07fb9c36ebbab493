"""Collapse metrics of a long stream in one pass, beside the two matrix products that no method can avoid."""

import jax
import jax.numpy as jnp
import numpy as np

from theory.collapse import geometry
from theory.collapse.convention import Convention
from theory.collapse.metrics import (
    centered_means,
    class_distance_variance,
    collapse_index,
    variability,
    variability_quotient,
)
from theory.collapse.moments import class_moments, merged
from theory.collapse.phases import phase
from theory.collapse.squared_error import class_lengths

HELD, PASSES, WIDTH, CLASSES, BATCH = 200_000, 5, 512, 1_000, 20_000
CELLS = 100_000


def cases() -> list[tuple]:
    """Features of the size of an ImageNet epoch's, a fifth of them held and read five times; phase diagrams."""
    rng = np.random.default_rng(0)
    labels = jnp.asarray(rng.permutation(np.arange(HELD) % CLASSES))
    features = jnp.asarray(rng.standard_normal((HELD, WIDTH)))
    batches = [slice(i, i + BATCH) for i in range(0, HELD, BATCH)] * PASSES
    moments = jax.jit(lambda h, y: class_moments(h, y, CLASSES))
    join, read = jax.jit(merged), jax.jit(metrics)
    product = jax.jit(lambda h, y: (jax.ops.segment_sum(h, y, CLASSES), h.T @ h))

    def ours() -> tuple:
        whole = moments(features[batches[0]], labels[batches[0]])
        for batch in batches[1:]:
            whole = join(whole, moments(features[batch], labels[batch]))
        return read(whole)

    def products() -> tuple:
        whole = product(features[batches[0]], labels[batches[0]])
        for batch in batches[1:]:
            whole = jax.tree.map(jnp.add, whole, product(features[batch], labels[batch]))
        return whole

    small, penalties = np.linspace(1, 100, 250), np.geomspace(1e-5, 1, CELLS // 250)
    counts = np.stack([np.full(250, 100.0)] * 2 + [small] * 2)[:, :, None]

    def diagram(loss: str, layers: int, bias: float) -> jax.Array:
        return phase(loss, counts, np.broadcast_to(penalties, (layers, 1, len(penalties))), penalties[None], bias)

    def deep(loss: str) -> jax.Array:
        equal = np.broadcast_to(small[:, None], (6, 250, 1))
        return phase(loss, equal, np.broadcast_to(penalties, (3, 1, len(penalties))), penalties[None])

    lengths = jax.jit(jax.vmap(lambda n, lam: class_lengths(n, lam[None], lam)))
    flat = jnp.asarray(np.repeat(counts[..., 0].T, len(penalties), 0)), jnp.asarray(np.tile(penalties, 250))
    name = f"metrics of {HELD * PASSES:,} x {WIDTH}, {CLASSES:,} classes, streamed"
    return [
        (name, ours, products, "class sums and one covariance product", "at most 3"),
        (
            "phases of 10^5 cells, squared error, two layers, free bias",
            lambda: diagram("squared", 2, 0.0),
            lambda: lengths(*flat),
            "class lengths of one layer alone",
            "under 10 s",
        ),
        (
            "phases of 10^5 cells, cross-entropy, penalized bias",
            lambda: diagram("entropy", 1, 0.3),
            lambda: diagram("squared", 1, 0.3),
            "squared error",
            "under 10 s",
        ),
        (
            "phases of 10^5 cells, cross-entropy, three layers, six classes",
            lambda: deep("entropy"),
            lambda: deep("squared"),
            "squared error",
            "under 10 s",
        ),
    ]


def metrics(moments) -> tuple:  # noqa: ANN001
    """Of one pass. NC4 needs a second one, the numerical rank a matrix for each class."""
    means = centered_means(moments, Convention())
    inside = (variability, variability_quotient, class_distance_variance, collapse_index)
    frame = (
        geometry.length_variation,
        geometry.angle_variation,
        geometry.maximal_angle_gap,
        geometry.simplex_gap,
        geometry.orthogonal_gap,
        geometry.uniformity,
    )
    return *(m(moments) for m in inside), *(m(means) for m in frame)
