r"""How attention averages differences away: the filter factor of a mixing matrix, and its law for random logits.

Tokens x (one a row) are mixed by a row-stochastic matrix A. What differs between tokens is $(I - J)x$, $J = 11^\top/n$;
since $A1 = 1$, mixing leaves the common part alone, and the rest obeys $(I-J)Ax = (I-J)A(I-J)x$.
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, whole, within


@closed_form
def filter_factor(mixing: Float[ArrayLike, "n n"]) -> Float[Array, ""]:
    r"""$\sigma_a = |(I - J)A|_2$: the most that one mixing leaves of the differences between tokens.

    $|(I-J)Ax|_F \le \sigma_a\,|(I-J)x|_F$ for all x, with equality for one x. Repeated mixing by A shrinks differences
    at least like $\sigma_a^t$: the twin of over-smoothing on graphs, where A averages over neighbors. Nothing forces
    $\sigma_a < 1$: hard attention of all tokens to one of two has $\sigma_a \ge 1$ unless it is the same one.

    Raises:
        ValueError: rows that do not sum to one.

    >>> round(filter_factor(jnp.array([[0.75, 0.25], [0.25, 0.75]])).item(), 6)
    0.5
    """
    A = finite("mixing", mixing)
    if A.ndim != 2 or A.shape[0] != A.shape[1]:
        raise ValueError(f"a mixing matrix of shape {A.shape} must be square")
    total = jnp.sum(A, 1)
    away = jnp.abs(total - 1) <= len(A) * 1e2 * jnp.finfo(A.dtype).eps
    total = within("sum of a row", total, away, "sums of one", "softmax over the last axis")
    A = A / total[:, None]
    return jnp.linalg.norm(A - jnp.mean(A, 0)[None], 2)


@closed_form
def random_filter_factor(length: int, spread: Float[ArrayLike, "*batch"]) -> Float[Array, "*batch"]:
    r"""$2\sqrt{(e^{s^2} - 1)/n}$: the filter factor of a softmax of independent Gaussian logits of spread s.

    Entries $e^g/\sum e^g \approx e^{g - s^2/2}/n$ have variance $(e^{s^2}-1)/n^2$, and a square matrix of independent
    entries of variance $v/n$ has norm $2\sqrt v$ (derived here). Longer texts are smoothed more, like $n^{-1/2}$; a
    lower temperature, which raises s, undoes it: length collapse (Zhou et al. 2025). Good to 1 % at n = 512 for s up to
    1/2; above s = 1 single entries dominate and the law ends, as it does for logits $qk^\top$ of few dimensions.

    Raises:
        ValueError: no tokens, or a negative spread.

    >>> round(random_filter_factor(100, jnp.array(1.0)).item(), 6)
    0.262166
    """
    n, s = whole("length", length, least=1), finite("spread", spread)
    s = within("spread", s, s >= 0, "numbers at or above zero")
    return 2 * jnp.sqrt(jnp.expm1(s**2) / n)


@closed_form
def head_filter_factor(length: int, dimensions: int, spread: Float[ArrayLike, "*batch"]) -> Float[Array, "*batch"]:
    r"""$\frac s{\sqrt d}\sqrt{(1+z)(1+cz)^2/z}$: the filter factor of random queries and keys of d dimensions.

    Logits $s\,q_i^\top k_j/\sqrt d$, all entries standard normal, $c = d/n$ and $z$ the positive root of
    $2cz^2 + cz = 1$: the edge of the singular values of $QK^\top$, a free product of two Marchenko-Pastur laws, for a
    softmax is linear in small logits (derived here). It falls with the length only down to $s/\sqrt d$: texts longer
    than the head has dimensions do not collapse further, unlike `random_filter_factor`. For $s^2 \ll 1$, large n and d.

    Raises:
        ValueError: no tokens or dimensions, or a negative spread.

    >>> round(head_filter_factor(64, 64, 0.1).item(), 6)  # sqrt(27/4) s/sqrt(d)
    0.032476
    """
    n, d = whole("length", length, least=1), whole("dimensions", dimensions, least=1)
    s = finite("spread", spread)
    s = within("spread", s, s >= 0, "numbers at or above zero")
    c = d / n
    z = 2 / (c + (c**2 + 8 * c) ** 0.5)
    return s * ((1 + z) * (1 + c * z) ** 2 / z / d) ** 0.5


@closed_form
def recalled_filter_bound(length: int, spread: Float[ArrayLike, "*batch"]) -> Float[Array, "*batch"]:
    r"""$\sqrt{n / (2\sqrt{1 + e^{-2s^2}}\,(n-1)^{3/2} + 1)}$: a bound on the filter factor, at second hand.

    Published notes on Zhou et al. (2025) print their Theorem 3 so, for Gaussian queries and keys with logits of spread
    s; its own text and further conditions were not read, so that nothing is said against it where this fails. It falls
    like $n^{-1/4}$, slower than `random_filter_factor`, and cannot hold for every spread, for hard attention can have a
    factor of one; nor for every head, see `head_filter_factor`.

    Raises:
        ValueError: fewer than two tokens, or a negative spread.

    >>> round(recalled_filter_bound(1024, 0.5).item(), 4)
    0.1111
    """
    n, s = whole("length", length, least=2), finite("spread", spread)
    s = within("spread", s, s >= 0, "numbers at or above zero")
    return jnp.sqrt(n / (2 * jnp.sqrt(1 + jnp.exp(-2 * s**2)) * (n - 1) ** 1.5 + 1))
