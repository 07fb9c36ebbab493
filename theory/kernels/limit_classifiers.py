"""The three classifiers that infinitely wide and deep networks become, for labels -1 and 1."""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, floating, one_number, whole, within

MOST = 2**27  # labels, which fill a gigabyte


@closed_form
def majority_vote(labels: Float[ArrayLike, " n"], count: int = 1) -> Float[Array, " count"]:
    """The label of the larger class, `count` times; 0 where both are equal.

    >>> majority_vote(jnp.array([1.0, -1.0, 1.0]), 2).tolist()
    [1.0, 1.0]
    """
    labels = _signs(labels)
    return jnp.full(whole("count", count, least=0, most=MOST), jnp.sign(labels.sum()))


@closed_form
def nearest_neighbor(gap: Float[ArrayLike, "m n"], labels: Float[ArrayLike, " n"]) -> Float[Array, " m"]:
    """The label of the training example with the smallest gap (1 minus the cosine), for every row.

    >>> nearest_neighbor(jnp.array([[0.5, 0.1]]), jnp.array([1.0, -1.0])).tolist()
    [-1.0]
    """
    labels = _signs(labels)
    return labels[jnp.argmin(_table("gap", _gaps(gap), labels), axis=1)]


@closed_form
def weighted_vote(weight: Float[ArrayLike, "m n"], labels: Float[ArrayLike, " n"]) -> Float[Array, " m"]:
    r"""The sign of $\sum_i w_i y_i$ for every row: a singular kernel classifier where the weights are
    `singular_limit`; an example of infinite weight decides alone.

    >>> weighted_vote(jnp.array([[1.0, 3.0], [jnp.inf, 3.0]]), jnp.array([1.0, -1.0])).tolist()
    [-1.0, 1.0]
    """
    labels, weight = _signs(labels), floating("weight", weight)
    weight = _table("weight", within("weight", weight, weight > -jnp.inf, "weights"), labels)
    endless = jnp.isinf(weight)
    alone = jnp.where(endless.any(1, keepdims=True), endless.astype(weight.dtype), weight)
    return jnp.sign(alone @ labels.astype(weight.dtype))


@closed_form
def hilbert_vote(
    gap: Float[ArrayLike, "m n"], labels: Float[ArrayLike, " n"], exponent: Float[ArrayLike, ""] | float
) -> Float[Array, " m"]:
    r"""The Hilbert estimate: examples vote with weight $|x - x_i|^{-\alpha}$ (Devroye, Gyorfi and Krzyzak 1998).

    Bayes consistent where the exponent is the dimension of the inputs.

    >>> hilbert_vote(jnp.array([[0.1, 0.5, 0.5]]), jnp.array([1.0, -1.0, -1.0]), 1.0).tolist()
    [1.0]
    """
    gap = _gaps(gap)
    exponent = one_number("exponent", exponent)
    exponent = within("exponent", exponent, exponent >= 0, "exponents at or above 0").astype(gap.dtype)
    positive = gap > 0
    return weighted_vote(jnp.where(positive, jnp.where(positive, gap, 1.0) ** (-exponent / 2), jnp.inf), labels)


def _signs(labels: ArrayLike) -> Array:
    labels = floating("labels", labels)
    if labels.ndim != 1 or not labels.size:
        raise ValueError(f"labels have shape {labels.shape}; give one label or more in a vector")
    return within("labels", labels, jnp.abs(labels) == 1, "labels -1 and 1")


def _table(name: str, values: Array, labels: Array) -> Array:
    if values.ndim != 2 or values.shape[1] != len(labels):
        raise ValueError(f"{name} has shape {values.shape}; {len(labels)} labels need as many columns, a row an input")
    return values


def _gaps(gap: ArrayLike) -> Array:
    gap = finite("gap", gap)
    return within("gap", gap, gap >= 0, "gaps at or above 0", "clip what rounding takes below")
