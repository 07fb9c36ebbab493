"""Collapse metrics of a long stream in one pass, beside the two matrix products that no method can avoid."""

import jax
import jax.numpy as jnp
import numpy as np

from theory.collapse.metrics import class_distance_variance, collapse_index, variability, variability_quotient
from theory.collapse.moments import class_moments, merged
from theory.collapse.squared_error import class_lengths

SAMPLES, WIDTH, CLASSES, BATCH = 200_000, 512, 1_000, 20_000
CELLS = 100_000


def cases() -> list[tuple]:
    """Features of the size of an ImageNet epoch's, a fifth of its length; and a phase diagram of 10^5 cells."""
    rng = np.random.default_rng(0)
    labels = jnp.asarray(rng.permutation(np.arange(SAMPLES) % CLASSES))
    features = jnp.asarray(rng.standard_normal((SAMPLES, WIDTH)))
    batches = [slice(i, i + BATCH) for i in range(0, SAMPLES, BATCH)]
    moments = jax.jit(lambda h, y: class_moments(h, y, CLASSES))
    join, read = jax.jit(merged), jax.jit(metrics)
    product = jax.jit(lambda h, y: (jax.ops.segment_sum(h, y, CLASSES), h.T @ h))

    def ours() -> tuple:
        whole = moments(features[batches[0]], labels[batches[0]])
        for batch in batches[1:]:
            whole = join(whole, moments(features[batch], labels[batch]))
        return read(whole)

    def products() -> tuple:
        parts = [product(features[b], labels[b]) for b in batches]
        return sum(p[0] for p in parts), sum(p[1] for p in parts)

    penalties = jnp.geomspace(1e-5, 1e-1, CELLS)
    counts = jnp.array([100.0, 50.0, 20.0, 5.0])
    diagram = jax.jit(jax.vmap(lambda lam: class_lengths(counts, jnp.stack([lam, lam]), lam)))
    single = jax.jit(jax.vmap(lambda lam: class_lengths(counts, lam[None], lam)))
    name = f"metrics of {SAMPLES:,} x {WIDTH}, {CLASSES:,} classes, streamed"
    return [
        (name, ours, products, "class sums and one covariance product", "at most 3"),
        ("10^5 cells, two layers", lambda: diagram(penalties), lambda: single(penalties), "one layer", "under 10 s"),
    ]


def metrics(moments) -> tuple:  # noqa: ANN001
    return tuple(m(moments) for m in (variability, variability_quotient, class_distance_variance, collapse_index))
