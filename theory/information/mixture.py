r"""A layer with Gaussian noise over finitely many inputs: a mixture whose information is known without estimation.

With X uniform on N inputs and $T = h(X) + \sigma Z$ the law of T is a mixture of N Gaussians, so that $I(X;T)$ is an
integral that sampling solves to any accuracy: the ground truth for nonlinear networks :cite:p:`goldfeld2019`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, Int, PRNGKeyArray

from theory.core.closed_form import closed_form
from theory.core.domain import one_matrix, one_number, whole, within
from theory.information.arguments import whole_numbers

BLOCK = 256
MOST_DRAWS = 10**8


@closed_form
def pairwise_bounds(
    h: Float[ArrayLike, "..."], noise: Float[ArrayLike, "..."], rows: Int[ArrayLike, "..."] | None = None
) -> Float[Array, "2"]:
    r"""Lower and upper bound in nats on $I(X;T)$ from the distances between all pairs of means.

    $$-\frac1N \sum_i \log \frac1N \sum_j e^{-|h_i - h_j|^2/8\sigma^2} \;\le\; I(X;T) \;\le\;
      -\frac1N \sum_i \log \frac1N \sum_j e^{-|h_i - h_j|^2/2\sigma^2}$$

    The Bhattacharyya and the Kullback-Leibler distance of two Gaussians :cite:p:`kolchinsky2017`; neither exceeds
    log N.

    Args:
        h: noiseless activity, one row an input, all equally likely; equal rows count as often as they occur.
        noise: standard deviation of the noise of each unit.
        rows: inputs i over which the outer mean is taken, all by default; a random choice estimates both bounds without
            bias. The sum over j is always complete.

    Raises:
        ValueError: noise at or below zero, activity that is not finite, rows outside 0 to n - 1.

    >>> pairwise_bounds(jnp.array([[1.0], [-1.0]]), 1.0).round(6).tolist()
    [0.21907, 0.566219]
    """
    h, noise = _layer(h, noise)
    return -_mean_log_share(h, noise, jnp.zeros(len(h), int), _chosen(rows, len(h)))[0]


@closed_form
def label_brackets(
    h: Float[ArrayLike, "..."],
    labels: Int[ArrayLike, "..."],
    noise: Float[ArrayLike, "..."],
    rows: Int[ArrayLike, "..."] | None = None,
) -> Float[Array, "2"]:
    r"""Lower and upper bound in nats on $I(T;Y) = I(X;T) - I(X;T|Y)$ for labels that the input determines.

    The lower bound of the one less the upper bound of the other, and the reverse, cut to [0, H(Y)]. The difference of
    two upper bounds, which is often reported, bounds nothing.

    Args:
        rows: inputs over which the outer means are taken, as in `pairwise_bounds`.

    Raises:
        ValueError: labels that are not one whole number a row, and what `pairwise_bounds` raises.

    >>> label_brackets(jnp.array([[1.0], [-1.0]]), jnp.array([0, 1]), 1.0).round(6).tolist()
    [0.21907, 0.566219]
    """
    return plane_brackets(h, labels, noise, rows)[1]


@closed_form
def plane_brackets(
    h: Float[ArrayLike, "..."],
    labels: Int[ArrayLike, "..."],
    noise: Float[ArrayLike, "..."],
    rows: Int[ArrayLike, "..."] | None = None,
) -> Float[Array, "2 2"]:
    r"""Lower and upper bounds on $I(X;T)$ (first row, as `pairwise_bounds`) and $I(T;Y)$ (second, `label_brackets`).

    Both at the cost of one.

    Raises:
        ValueError: as `label_brackets`.

    >>> plane_brackets(jnp.array([[1.0], [-1.0]]), jnp.array([0, 1]), 1.0).round(6).tolist()
    [[0.21907, 0.566219], [0.21907, 0.566219]]
    """
    h, noise = _layer(h, noise)
    labels = _labels(labels, len(h))
    both, within_class = -_mean_log_share(h, noise, labels, _chosen(rows, len(h)))
    return jnp.stack([both, jnp.clip(both - within_class[::-1], 0.0, _label_entropy(labels, h.dtype))])


@closed_form
def mixture_information(
    key: PRNGKeyArray,
    h: Float[ArrayLike, "..."],
    labels: Int[ArrayLike, "..."],
    noise: Float[ArrayLike, "..."],
    draws: int = 1,
    inputs: int | None = None,
) -> Float[Array, "2 2"]:
    r"""$I(X;T)$ and $I(T;Y)$ in nats, exact up to the sampling error that is returned with them.

    $$I(X;T) = -\mathbb E\,\log \frac1N \sum_j
      e^{-(|h_i - h_j|^2 + 2\sigma Z\cdot(h_i - h_j))/2\sigma^2},$$

    over inputs i and standard normal Z, each Z used with both signs; $I(X;T|Y)$ likewise with j in the class of i, from
    the same draws. Every summand is at most log N.

    Args:
        draws: pairs of noises an input.
        inputs: how many inputs i are drawn, without replacement; all by default. The sum over j is always complete.

    Returns:
        Rows I(X;T) and I(T;Y); columns value and standard error (an upper bound of it for `draws` = 1, where the
        spread between inputs counts as error).

    Raises:
        ValueError: as `label_brackets`.

    >>> two = mixture_information(jax.random.key(0), jnp.array([[1.0], [-1.0]]), jnp.array([0, 1]), 1.0, draws=20000)
    >>> two[0].round(2).tolist()
    [0.34, 0.0]
    """
    h, noise = _layer(h, noise)
    labels = _labels(labels, len(h))
    if not isinstance(key, jax.Array) or not jnp.issubdtype(key.dtype, jax.dtypes.prng_key):
        raise TypeError("key is no random key of JAX; make one by jax.random.key(0)")
    draws, chosen = whole("draws", draws, least=1), whole("inputs", len(h) if inputs is None else inputs, least=1)
    if draws * chosen > MOST_DRAWS:
        raise ValueError(f"{draws} draws for each of {chosen} inputs are more than {MOST_DRAWS}; average several calls")
    return _sampled(key, h, labels, noise, draws, min(chosen, len(h)))


def _layer(h: Float[ArrayLike, "..."], noise: Float[ArrayLike, "..."]) -> tuple[Array, Array]:
    h = one_matrix("h", h)
    noise = one_number("noise", noise).astype(h.dtype)
    return h, within("noise", noise, (noise > 0) & jnp.isfinite(noise), "standard deviations above zero")


def _labels(labels: Int[ArrayLike, "..."], count: int) -> Int[Array, " n"]:
    return whole_numbers("labels", labels, (count,))


def _label_entropy(labels: Int[Array, " n"], dtype: jnp.dtype) -> Float[Array, ""]:
    """H(Y): each input says how many share its label."""
    ordered = jnp.sort(labels)
    count = jnp.searchsorted(ordered, labels, side="right") - jnp.searchsorted(ordered, labels, side="left")
    return -jnp.mean(jnp.log(count.astype(dtype) / len(labels)))


def _chosen(rows: Int[ArrayLike, "..."] | None, count: int) -> Int[Array, " r"]:
    rows = jnp.arange(count) if rows is None else whole_numbers("rows", rows)
    if rows.ndim != 1 or not rows.size or not jnp.issubdtype(rows.dtype, jnp.integer):
        raise ValueError(f"rows of shape {rows.shape} must be a list of whole numbers from 0 to {count - 1}")
    if not isinstance(rows, jax.core.Tracer) and not 0 <= int(rows.min()) <= int(rows.max()) < count:
        raise ValueError(
            f"rows must be whole numbers from 0 to {count - 1}; got {int(rows.min())} to {int(rows.max())}"
        )
    return rows


@jax.jit
def _mean_log_share(h: Array, noise: Array, labels: Array, rows: Array) -> Float[Array, "2 2"]:
    """Mean log of the average kernel, over all rows and over those of equal label (rows), wide and narrow (columns)."""

    def of_row(row: tuple[Array, Array]) -> Array:
        square = jnp.sum(((h - row[0][None, :]) * (1 / noise)) ** 2, axis=1)
        same = labels == row[1]
        return jnp.stack([_log_shares(-square / 8, same), _log_shares(-square / 2, same)], axis=1)

    return jnp.mean(jax.lax.map(of_row, (h[rows], labels[rows]), batch_size=BLOCK), axis=0)


def _log_shares(exponents: Array, same: Array) -> Float[Array, "2"]:
    """Log of the mean exponential over all, and over those marked.

    One exponential serves both: an input's own exponent is 0, among those marked, and none exceeds |Z|^2/2.
    """
    most = jnp.max(exponents)
    shares = jnp.exp(exponents - most)
    return most + jnp.log(jnp.stack([jnp.mean(shares), jnp.mean(shares, where=same)]))


@jax.jit(static_argnums=(4, 5))
def _sampled(key: Array, h: Array, labels: Array, noise: Array, draws: int, inputs: int) -> Float[Array, "2 2"]:
    for_rows, for_noise = jax.random.split(key)
    rows = jax.random.permutation(for_rows, len(h))[:inputs]
    z = jax.random.normal(for_noise, (inputs, draws, h.shape[1]), h.dtype)

    def of_input(case: tuple[Array, Array]) -> Array:
        i, z = case
        gaps = (h[i][None, :] - h) / noise
        square, same = jnp.sum(gaps**2, axis=1) / 2, labels == labels[i]
        logs = [jax.vmap(lambda e: _log_shares(e, same))(-square[None, :] + s * (z @ gaps.T)) for s in (-1, 1)]
        both = (logs[0] + logs[1]) / 2
        both = jnp.stack([-both[:, 0], both[:, 1] - both[:, 0]])
        return jnp.stack([jnp.mean(both, axis=1), jnp.var(both, axis=1) / max(draws - 1, 1)])

    found = jax.lax.map(of_input, (rows, z), batch_size=32)
    between = jnp.var(found[:, 0], axis=0) / max(inputs - 1, 1)
    if draws > 1:  # the inputs left out, and the noise within each input
        between = (1 - inputs / len(h)) * between + jnp.mean(found[:, 1], axis=0) / inputs
    return jnp.stack([jnp.mean(found[:, 0], axis=0), jnp.sqrt(between)], axis=1)
