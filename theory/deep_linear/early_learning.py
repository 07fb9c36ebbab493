r"""Early learning and memorization of wrong labels by linear classifiers (Liu et al. 2020, arXiv 2007.00151).

Gradient descent on noisy labels first turns towards what the right labels say and later memorizes the wrong ones.
That it can memorize is a matter of counting: n points in p dimensions.
"""

import jax
import jax.numpy as jnp
from jax.scipy.special import betainc
from jaxtyping import Array, ArrayLike, Float, Num

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import finite, one_number, within


@closed_form
def separable_probability(examples: Num[ArrayLike, "..."], inputs: Num[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""The probability that a linear classifier without bias fits random labels of n points in p dimensions exactly.

    $2^{1-n} \sum_{k<p} \binom{n-1}{k} = \Pr[\mathrm{Bin}(n-1, \tfrac12) \le p - 1]$ for fair labels and any points in
    general position (Cover 1965); 1 for $n \le p$, one half at $n = 2p$. A bias counts as a dimension more.

    Args:
        examples: n, at least 1, a whole number of floating type.
        inputs: p, likewise.

    Raises:
        ValueError: a number below 1.

    >>> [round(float(separable_probability(n, 3)), 6) for n in (3, 4, 6)]
    [1.0, 0.875, 0.5]
    """
    n, p = together(examples=examples, inputs=inputs)
    n = within("examples", n, (n >= 1) & (n == jnp.floor(n)), "whole numbers of examples at or above 1")
    p = within("inputs", p, (p >= 1) & (p == jnp.floor(p)), "whole numbers of inputs at or above 1")
    return jnp.where(n <= p, 1.0, _binomial_below(p - 1, jnp.where(n <= p, p + 1, n) - 1, jnp.full_like(p, 0.5)))


@closed_form
def memorization_bound(
    examples: Num[ArrayLike, "..."], inputs: Num[ArrayLike, "..."], noise: Float[ArrayLike, "..."]
) -> Float[Array, "..."]:
    r"""A lower bound on the probability that noisy labels of a two-cluster mixture are separable.

    $1 - 2 \Pr[\mathrm{Bin}(n, \Delta/2) \le n - p]$, and never below zero (Liu et al. 2020, appendix; not tight): each
    label is replaced with probability $\Delta$ by a fair coin, inputs are Gaussian around $\pm v$.

    Args:
        examples: n, at least 1.
        inputs: p, at least 1.
        noise: $\Delta$ in (0, 1].

    Raises:
        ValueError: a number below 1, or a noise outside its range.

    >>> round(float(memorization_bound(30, 28, 0.4)), 4)
    0.9116
    """
    n, p, noise = together(examples=examples, inputs=inputs, noise=noise)
    n = within("examples", n, (n >= 1) & (n == jnp.floor(n)), "whole numbers of examples at or above 1")
    p = within("inputs", p, (p >= 1) & (p == jnp.floor(p)), "whole numbers of inputs at or above 1")
    noise = within("noise", noise, (noise > 0) & (noise <= 1), "shares of noisy labels above 0 and at most 1")
    few = jnp.where(n < p, 0.0, _binomial_below(jnp.maximum(n - p, 0.0), n, noise / 2))
    return jnp.maximum(1 - 2 * few, 0.0)


@closed_form
def early_learning_gradient(
    logits: Float[ArrayLike, "*batch classes"],
    labels: Float[ArrayLike, "*batch classes"],
    averages: Float[ArrayLike, "*batch classes"],
    strength: Float[ArrayLike, ""],
) -> Float[Array, "*batch classes"]:
    r"""Gradient of the early-learning regularized loss with respect to an example's logits.

    For $-\sum_c y_c \log p_c + \lambda \log(1 - \langle p, t\rangle)$, p the softmax and t a running average of
    earlier predictions, held fixed: $p - y + \lambda g$ with
    $g_c = \frac{p_c}{1 - \langle p, t\rangle} \sum_k (t_k - t_c)\,p_k$ (Liu et al. 2020, Lemma 2). The second part
    keeps up the gradient of examples learned early and cancels that of wrong labels.

    Args:
        logits: of the network.
        labels: one-hot or probabilities.
        averages: t, nonnegative with sum at most 1 (else the logarithm may not exist).
        strength: $\lambda$.

    Raises:
        ValueError: averages below zero or of a sum above 1.

    >>> early_learning_gradient(jnp.zeros(2), jnp.array([1.0, 0.0]), jnp.array([0.2, 0.8]), 1.0).round(2).tolist()
    [-0.2, 0.2]
    """
    z, y, t = finite("logits", logits), finite("labels", labels), finite("averages", averages)
    if z.ndim == 0 or z.shape[-1] < 2 or not z.shape == y.shape == t.shape:
        raise ValueError(
            f"logits have shape {z.shape}, labels {y.shape} and averages {t.shape}; give all three the same shape, "
            "two classes or more along the last axis"
        )
    sums = jnp.sum(y, axis=-1, keepdims=True)
    allowed = (y >= 0) & (jnp.abs(sums - 1) <= 1e-3)
    y = within("labels", y, allowed, "probabilities that add up to 1", "encode a class as a one among zeros")
    total = jnp.sum(t, axis=-1, keepdims=True)
    allowed = (t >= 0) & (total <= 1 + 1e-6)
    t = within("averages", t, allowed, "probabilities that add up to at most 1")
    # g is the softmax of z + log(1 - t) less that of z, which holds also where p and t have saturated together
    pulled = jax.nn.softmax(z + jnp.log(jnp.maximum(1 - t, 0.0)), axis=-1) - (p := jax.nn.softmax(z, axis=-1))
    return p - y + one_number("strength", strength).astype(p.dtype) * pulled


def _binomial_below(k: Array, n: Array, share: Array) -> Array:
    """Pr[Bin(n, share) <= k] for 0 <= k; 1 from k = n on."""
    inside = k < n
    low, many = jnp.where(inside, k, 0.0), jnp.where(inside, n, 1.0)
    return jnp.where(inside, betainc(many - low, low + 1, 1 - share), 1.0)
