r"""Cross-entropy on classes of two sizes: the minimizer, its geometry, and four thresholds on the way to nothing.

Free features and one layer without bias. $k_A$ classes of $n_A$ samples, $k_B$ of $n_B \le n_A$, N in all,
$\lambda = \sqrt{\lambda_W\lambda_H}$. The least loss is that of the convex program
$\frac1N\sum_k n_k\,\mathrm{CE}(Z_k) + \lambda\,|Z\,\mathrm{diag}(\sqrt{n})|_*$ over logits Z with a column a class
(Hong and Ling 2023), whose symmetric solution is four numbers (`BlockLogits`; derived here). With growing $\lambda$

1. at $\sqrt{n_B}/N$ the small classes merge (`cross_entropy.merging_penalty`),
2. at `between_penalty` all logits between large and small classes end, and the small classes have no features,
3. at $\sqrt{n_A}/N$ the large ones merge too: nothing is left (`silence_penalty`).
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.collapse.block_search import BlockLogits, Program, between_pull, loss_and_price, minimized
from theory.collapse.domain import pair, positive, sizes
from theory.core.bisection import boundary
from theory.core.closed_form import closed_form
from theory.core.domain import within

Blocks = tuple[int, int]


@closed_form
def block_logits(
    classes: Blocks, counts: Float[ArrayLike, "..."], product_penalty: Float[ArrayLike, "..."]
) -> BlockLogits:
    r"""The global minimizer on two sizes of classes, by Newton's method on its four numbers.

    $Z = \alpha_A S_A + \alpha_B S_B + u\,(a\mathbf 1_A, -b\mathbf 1_B)^\top$ with the centered blocks $S = I - J/k$ and
    $u = (\mathbf 1_A/k_A, -\mathbf 1_B/k_B)$: within its block a class has the margin $\alpha$, and
    $1 - p_{own} + p_{other} = N\lambda/\sqrt n$ there.

    Args:
        classes: $(k_A, k_B)$.
        counts: $(n_A, n_B)$, samples of a class in each block.
        product_penalty: $\lambda = \sqrt{\lambda_W\lambda_H}$; batches with the counts.

    Raises:
        ValueError: a block without classes, sizes or penalties at or below zero, or $n_B > n_A$.

    >>> [round(x.item(), 6) for x in block_logits((2, 2), jnp.array([20.0, 5.0]), 0.03)]
    [2.38918, 0.943362, 0.789557, 0.985358]
    """
    return minimized(pair(classes), _program(classes, counts, product_penalty))


@closed_form
def block_margins(
    classes: Blocks, counts: Float[ArrayLike, "..."], product_penalty: Float[ArrayLike, "..."]
) -> Float[Array, "4 ..."]:
    r"""Own logit minus another at the minimum: large over large and over small class, small over small and over large.

    $\alpha_A$, $\alpha_A(1 - 1/k_A) + a\kappa$ and the same with A and B exchanged, $\kappa = 1/k_A + 1/k_B$ (derived
    here; see `block_logits`). All four are `cross_entropy.simplex_margin` where sizes are equal. NaN where a block has
    one class only.

    >>> [round(t, 6) for t in block_margins((2, 2), jnp.array([20.0, 5.0]), 0.03).tolist()]
    [2.38918, 1.984147, 0.943362, 1.457039]
    """
    (k, m), (alpha, beta, a, b) = pair(classes), block_logits(classes, counts, product_penalty)
    kappa, lone = 1 / k + 1 / m, jnp.full_like(alpha, jnp.nan)
    across = alpha * (1 - 1 / k) + a * kappa, beta * (1 - 1 / m) + b * kappa
    return jnp.stack([alpha if k > 1 else lone, across[0], beta if m > 1 else lone, across[1]])


@closed_form
def block_loss(
    classes: Blocks, counts: Float[ArrayLike, "..."], product_penalty: Float[ArrayLike, "..."]
) -> Float[Array, "..."]:
    r"""The least value of the loss on two sizes of classes, at `block_logits`.

    >>> round(block_loss((2, 2), jnp.array([20.0, 5.0]), 0.03).item(), 7)
    0.9339201
    """
    K, program = pair(classes), _program(classes, counts, product_penalty)
    lam = jnp.asarray(product_penalty, program.weights[0].dtype)
    loss, price = loss_and_price(K, program, minimized(K, program))
    return lam * (loss + price)


@closed_form
def block_cosines(
    classes: Blocks, counts: Float[ArrayLike, "..."], product_penalty: Float[ArrayLike, "..."]
) -> Float[Array, "3 ..."]:
    r"""Cosines of classifier rows: of two large classes, of two small ones, and of one of each.

    $WW^\top \propto (ZDZ^\top)^{1/2} = \sqrt{n_A}\alpha_A S_A + \sqrt{n_B}\alpha_B S_B + s\,uu^\top/|u|^2$ with the
    singular value $s = |u|\sqrt{k_A n_A a^2 + k_B n_B b^2}$. Merged classes have cosine 1; NaN where a block has one
    class only or its rows are zero.

    >>> [round(c, 6) for c in block_cosines((2, 2), jnp.array([20.0, 5.0]), 0.03).tolist()]
    [-0.568085, 0.164988, -0.354674]
    """
    (k, m), program = pair(classes), _program(classes, counts, product_penalty)
    alpha, beta, a, b = minimized((k, m), program)
    q, p = program.squares
    between = jnp.sqrt(k * q * a**2 + m * p * b**2) / jnp.sqrt(1 / k + 1 / m)
    major = jnp.sqrt(q) * alpha * (1 - 1 / k) + between / k**2
    minor = jnp.sqrt(p) * beta * (1 - 1 / m) + between / m**2
    same = (-jnp.sqrt(q) * alpha / k + between / k**2) / major
    small = (-jnp.sqrt(p) * beta / m + between / m**2) / minor
    cross = -between / (k * m) / jnp.sqrt(major * minor)
    lone = jnp.full_like(major, jnp.nan)
    return jnp.stack([same if k > 1 else lone, small if m > 1 else lone, cross])


@closed_form
def between_penalty(classes: Blocks, counts: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""The penalty at which logits between large and small classes end: small classes lose features and rows.

    With $P_{B|A}$ the probability that falls on the other block while there are no logits between the blocks,

    $$N\lambda = \sqrt{\kappa\,(k_A n_A P_{B|A}^2 + k_B n_B P_{A|B}^2)},\qquad \kappa = 1/k_A + 1/k_B,$$

    where $P_{A|B} = k_A/K$ and $P_{B|A}$ follows from the large block alone at this $\lambda$ (derived here). It lies
    between $\sqrt{n_B}/N$ and $\sqrt{n_A}/N$ for $k_A \ge 2$; a single large class is never alone, and it is the end of
    everything.

    >>> round(between_penalty((2, 2), jnp.array([20.0, 5.0])).item(), 7)
    0.0672509
    """
    K, (q, p) = pair(classes), _counts(counts)
    N = K[0] * q + K[1] * p

    def opened(log_lam: Array) -> Array:
        lam = jnp.exp(log_lam)
        return between_pull(K, Program((q / (N * lam), p / (N * lam)), (q, p))) > 1

    low, high = 0.5 * jnp.log(p) - jnp.log(N) - 1e-3, 0.5 * jnp.log(q) - jnp.log(N) + 1e-3
    return jnp.exp(boundary(opened, low, high))


@closed_form
def silence_penalty(counts: Float[ArrayLike, " K"]) -> Float[Array, ""]:
    r"""The penalty at and above which everything vanishes, any class sizes: $\lambda = |(I - J/K)D^{1/2}|_{op}/N$.

    The slope of the loss at Z = 0 is $(J/K - I)D^{1/2}/N$ in $Z D^{1/2}$ (derived here). $1/(K\sqrt n)$ for
    balanced classes, $\sqrt{n_A}/N$ for two sizes with two large classes or more; at most $\sqrt{\max n_k}/N$, the
    threshold under squared error.

    Raises:
        ValueError: an empty class or a single one.

    >>> round(silence_penalty(jnp.array([4.0, 4.0])).item(), 6), round(silence_penalty(jnp.array([9.0, 1.0])).item(), 6)
    (0.25, 0.223607)
    """
    n = sizes(counts)
    # jnp.linalg.norm(ord=2) through the symmetric form, which keeps the largest eigenvalue to rounding
    root = jnp.sqrt(n)
    gram = jnp.diag(n) - root[:, None] * root[None, :] / len(n)
    return jnp.sqrt(jnp.linalg.eigvalsh(gram)[-1]) / jnp.sum(n)


def _program(classes: Blocks, counts: Float[ArrayLike, "..."], product_penalty: Float[ArrayLike, "..."]) -> Program:
    (k, m), (q, p) = pair(classes), _counts(counts)
    lam = positive("product_penalty", product_penalty).astype(q.dtype)
    q, p, lam = jnp.broadcast_arrays(q, p, lam)
    scale = (k * q + m * p) * lam
    return Program((q / scale, p / scale), (q, p))


def _counts(counts: Float[ArrayLike, "..."]) -> tuple[Array, Array]:
    n = positive("counts", counts)
    if n.ndim < 1 or len(n) != 2:
        raise ValueError(f"counts of shape {n.shape} must be a pair along the first axis: large classes, small ones")
    small = within("counts", n[1], n[1] <= n[0], "sizes of small classes up to those of large ones", "swap the blocks")
    return n[0], small
