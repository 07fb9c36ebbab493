r"""How lazy a two-layer linear network is that starts from small weights of a given structure.

$f(x) = W_2 W_1 x$ starts with $W_2 = 0$ and a small $W_1$, and learns $B$ from inputs of any covariance C. From a
vanishing start the layers are balanced, so that the tangent kernel ends at $W_1^\top W_1 = (B^\top B)^{1/2}$,
$W_2 W_2^\top = (BB^\top)^{1/2}$, while it started along $M = W_1(0)^\top W_1(0)$. How well the two are aligned is the
laziness that Liu et al. (2024, arXiv 2310.08513) study; the formulas for finite dimension, several outputs and any
covariance are derived here and agree with their reading that a high effective rank is lazy on average over tasks.
"""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, one_matrix, within
from theory.deep_linear.arguments import matrices
from theory.deep_linear.effective_rank import participation_ratio


@closed_form
def kernel_alignment(
    first: Float[ArrayLike, "*batch n n"], second: Float[ArrayLike, "*batch n n"]
) -> Float[Array, "*batch"]:
    r"""$\langle K, K'\rangle_F / (|K|_F\,|K'|_F)$: 1 for kernels that differ by a factor only.

    Raises:
        ValueError: a kernel that is zero.

    >>> round(kernel_alignment(jnp.eye(2), jnp.ones((2, 2))).item(), 6)
    0.707107
    """
    kernels = matrices("first", first), matrices("second", second)
    if kernels[0].shape[-2:] != kernels[1].shape[-2:]:
        raise ValueError(
            f"first has shape {kernels[0].shape} and second {kernels[1].shape}; take both on one input set"
        )
    sizes = [jnp.abs(k).max((-2, -1), keepdims=True) for k in kernels]
    named = zip(("first", "second"), sizes)
    units = [within(f"largest entry of {name}", size, size > 0, "values above zero") for name, size in named]
    one, other = (k / unit for k, unit in zip(kernels, units))  # squares may overflow or vanish
    return (one * other).sum((-2, -1)) / jnp.sqrt((one**2).sum((-2, -1)) * (other**2).sum((-2, -1)))


@closed_form
def limit_alignment(
    first_layer: Float[ArrayLike, "hidden inputs"],
    teacher: Float[ArrayLike, "outputs inputs"],
    covariance: Float[ArrayLike, "inputs inputs"] | None = None,
) -> Float[Array, ""]:
    r"""Alignment of the tangent kernels before and after learning, from a vanishing start.

    With o outputs, $M = W_1(0)^\top W_1(0)$, $S = (B^\top B)^{1/2}$, $S' = (BB^\top)^{1/2}$ and inputs of covariance C

    $$\frac{o\,\mathrm{tr}(MCSC) + \mathrm{tr}S'\,\mathrm{tr}(MC^2)}{\sqrt o\,|M|_C\,
    \sqrt{o\,|S|_C^2 + 2\,\mathrm{tr}S'\,\mathrm{tr}(SC^2) + |S'|_F^2\,|C|_F^2}},\qquad
    |A|_C^2 = \mathrm{tr}(ACAC).$$

    One output and white inputs: $(b^\top M b + \mathrm{tr} M)/(|M|_F \sqrt{d+3})$, b the teacher's direction.

    Args:
        first_layer: $W_1(0)$, whose scale does not matter; $W_2(0) = 0$. In all directions of the teacher it must not
            vanish, and its rank must be at least the teacher's: hidden units never leave their first span.
        teacher: B, learned completely.
        covariance: C, symmetric; None is the identity. The kernel is compared on inputs of this covariance.

    Returns:
        A number in (0, 1]; 1 if $M \propto S + \mathrm{tr}(S')/o$ for white inputs and one output.

    Raises:
        ValueError: a teacher or a first layer that is zero, a first layer of too low a rank, wrong shapes.

    >>> round(limit_alignment(jnp.eye(6), jnp.eye(1, 6)).item(), 6)  # 7 / sqrt(54)
    0.952579
    """
    w1, b = one_matrix("first_layer", first_layer), one_matrix("teacher", teacher)
    d = b.shape[-1]
    c = jnp.eye(d, dtype=b.dtype) if covariance is None else finite("covariance", covariance)
    if w1.shape[-1] != d or c.shape != (d, d):
        raise ValueError(f"first_layer {w1.shape}, teacher {b.shape} and covariance {c.shape} differ in their inputs")
    w1, b = (_unit(name, a) for name, a in (("first_layer", w1), ("teacher", b)))
    outputs = b.shape[0]
    _, sigma, vt = jnp.linalg.svd(b, full_matrices=False)
    w1 = w1 + 0 * _enough(jnp.linalg.svd(w1, compute_uv=False), sigma)
    m, s = c @ w1.T @ w1, c @ (vt.T * sigma[None, :]) @ vt
    trace, square = sigma.sum(), (sigma**2).sum()
    overlap = outputs * jnp.trace(m @ s) + trace * jnp.trace(m @ c)
    end = outputs * jnp.trace(s @ s) + 2 * trace * jnp.trace(s @ c) + square * (c**2).sum()
    return overlap / jnp.sqrt(outputs * jnp.trace(m @ m) * end)


@closed_form
def mean_limit_alignment(first_layer: Float[ArrayLike, "hidden inputs"]) -> Float[Array, ""]:
    r"""`limit_alignment` on average over teachers: the participation ratio decides, and nothing else.

    One output, white inputs, a teacher of uniform direction in d dimensions:
    $\mathbb E_b = (1 + \tfrac1d)\sqrt{PR/(d+3)}$, PR the participation ratio of $W_1(0)$ (derived here).

    Raises:
        ValueError: a first layer that is zero.

    >>> round(mean_limit_alignment(jnp.eye(1, 6)).item(), 6)  # 7/6 / 3
    0.388889
    """
    w1 = one_matrix("first_layer", first_layer)
    d = w1.shape[-1]
    return (1 + 1 / d) * jnp.sqrt(participation_ratio(w1) / (d + 3))


@closed_form
def limit_kernel_change(teacher: Float[ArrayLike, "outputs inputs"]) -> Float[Array, ""]:
    r"""$|\Theta_\infty - \Theta_0|_F$ from a vanishing start, the same for every first layer:
    $\sqrt{(o + d)\,|B|_F^2 + 2\,|B|_*^2}$, for white inputs; $|\beta|\sqrt{d + 3}$ with one output (derived here).

    The size of the change cannot tell a rich start from a lazy one; only its direction can.

    >>> limit_kernel_change(jnp.array([[2.0]])).item()
    4.0
    """
    b = one_matrix("teacher", teacher)
    size = jnp.abs(b).max()
    sigma = jnp.linalg.svd(b / jnp.where(size > 0, size, 1.0), compute_uv=False)  # its squares may overflow or vanish
    return size * jnp.sqrt(sum(b.shape) * (sigma**2).sum() + 2 * sigma.sum() ** 2)


def _enough(first: Array, teacher: Array) -> Array:
    """The rank of the first layer from its singular values, checked to be at least the teacher's."""
    ranks = [jnp.sum(s > 10 * s.size * jnp.finfo(s.dtype).eps * s[0]) for s in (first, teacher)]
    allowed = "ranks of at least that of the teacher"
    fix = "hidden units never leave the directions in which they start, so a part of the teacher is not learned"
    return within("rank of first_layer", ranks[0].astype(first.dtype), ranks[0] >= ranks[1], allowed, fix)


def _unit(name: str, matrix: Array) -> Array:
    size = jnp.abs(matrix).max()
    return matrix / within(f"largest entry of {name}", size, size > 0, "values above zero")
