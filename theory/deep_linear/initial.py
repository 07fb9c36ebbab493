r"""Starts of deep linear networks, each with its invariant. Widths are $(n_0, \dots, n_D)$ from input to output.

Every initializer returns the layers $W_1, \dots, W_D$ of shapes $(n_l, n_{l-1})$; `vmap` over keys for replicates.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray

from theory.core.closed_form import reject_silent_rounding
from theory.core.domain import finite, whole, within
from theory.core.random_matrices import gaussian, semi_orthogonal
from theory.deep_linear.arguments import counts
from theory.deep_linear.layers import Matrices


def gaussian_chain(
    key: PRNGKeyArray, widths: Sequence[int], gain: Float[ArrayLike, ""] = 1.0, dtype: DTypeLike | None = None
) -> Matrices:
    r"""Independent Gaussian layers with entries of variance $g^2/n_{l-1}$: the standard random start, not balanced.

    Invariant: $\mathbb E|W_l x|^2/n_l = g^2 |x|^2/n_{l-1}$.

    >>> [w.shape for w in gaussian_chain(jax.random.key(0), (4, 3, 2))]
    [(3, 4), (2, 3)]
    """
    widths = _widths(widths)
    keys = jax.random.split(key, len(widths) - 1)
    return tuple(_gain(gain, w := gaussian(k, m, n, None, dtype)) * w for k, n, m in zip(keys, widths, widths[1:]))


def orthogonal_chain(
    key: PRNGKeyArray, widths: Sequence[int], gain: Float[ArrayLike, ""] = 1.0, dtype: DTypeLike | None = None
) -> Matrices:
    r"""Independent Haar (semi-)orthogonal layers times a gain (Saxe, McClelland and Ganguli, arXiv 1312.6120).

    Invariant: all singular values of each layer are g; of the product $g^D$ where the widths are monotone. Balanced if
    all widths are equal; a hidden layer wider than the input is not. Not on the manifold of decoupled modes.

    >>> w1, w2 = orthogonal_chain(jax.random.key(0), (3, 3, 3), 2.0)
    >>> bool(jnp.allclose(w1.T @ w1, 4 * jnp.eye(3), atol=1e-5))
    True
    """
    widths = _widths(widths)
    keys = jax.random.split(key, len(widths) - 1)
    return tuple(_gain(gain, w := semi_orthogonal(k, m, n, dtype)) * w for k, n, m in zip(keys, widths, widths[1:]))


def balanced_factors(
    matrix: Float[ArrayLike, "outputs inputs"], hidden: Sequence[int], key: PRNGKeyArray | None = None
) -> Matrices:
    r"""Balanced layers with a given product: $W_l = R_l\,\mathrm{diag}(\sigma^{1/D})\,R_{l-1}^\top$.

    With $W = R_D\,\mathrm{diag}(\sigma)\,R_0^\top$ the thin singular value decomposition, truncated to the narrowest
    width, and $R_l$ orthonormal columns in the hidden layers: random (Haar) with a key, the first axes without.

    Invariants: the conserved matrices are zero; the product is W, or its best approximation of the narrowest width's
    rank; every layer has the singular values $\sigma^{1/D}$ (Arora et al. 2019, arXiv 1810.02281, Procedure 1).

    Args:
        matrix: the end-to-end map W.
        hidden: the hidden widths $n_1, \dots, n_{D-1}$; none gives the single layer W.

    Raises:
        ValueError: a width below 1, NaN.

    >>> w1, w2 = balanced_factors(jnp.array([[4.0]]), (2,))
    >>> w1.tolist(), w2.tolist()
    ([[2.0], [0.0]], [[2.0, 0.0]])
    """
    reject_silent_rounding(matrix)
    matrix = finite("matrix", matrix)
    u, sigma, vt = jnp.linalg.svd(matrix, full_matrices=False)
    rank, depth = min((*matrix.shape, *hidden)), len(hidden) + 1
    return _assemble(u[:, :rank], [sigma[:rank] ** (1 / depth)] * depth, vt[:rank].T, hidden, key)


def balanced(
    key: PRNGKeyArray, widths: Sequence[int], scale: Float[ArrayLike, ""], dtype: DTypeLike | None = None
) -> Matrices:
    r"""Balanced layers whose product is Gaussian with entries of standard deviation `scale`.

    Invariant: the conserved matrices are zero. A width below both ends truncates the product to its largest singular
    values (Arora et al. 2019, Procedure 1). The directions are random, not those of the task: modes couple until
    aligned.

    Raises:
        ValueError: a width below 1, a negative scale.

    >>> w1, w2 = balanced(jax.random.key(0), (3, 4, 2), 0.1)
    >>> bool(jnp.allclose(w2.T @ w2, w1 @ w1.T, atol=1e-6))
    True
    """
    widths = _widths(widths)
    of_product, of_hidden = jax.random.split(key)
    return balanced_factors(gaussian(of_product, widths[-1], widths[0], scale, dtype), widths[1:-1], of_hidden)


def aligned(
    sigma_yx: Float[ArrayLike, "outputs inputs"],
    u0: Float[ArrayLike, "*modes"],
    depth: int,
    hidden: int | Sequence[int] | None = None,
    key: PRNGKeyArray | None = None,
) -> Matrices:
    r"""Balanced layers in the singular directions of the task, every mode starting at $u_0$: the decoupled start.

    $W(0) = U\,\mathrm{diag}(u_0)\,V^\top$ with $\Sigma_{yx} = U S V^\top$ (Saxe, McClelland and Ganguli, arXiv
    1312.6120). A negative $u_0$ puts its sign into the last layer.

    Invariants: $U^\top W(0) V = \mathrm{diag}(u_0)$; the conserved matrices are zero; with whitened inputs the modes
    never couple.

    Args:
        sigma_yx: input-output correlation.
        u0: one value, or one a mode, strongest mode first.
        depth: number D of layers.
        hidden: hidden width, or one a hidden layer; by default the number of modes, min(outputs, inputs).
        key: rotates the hidden layers at random; without it they are axis-aligned.

    Raises:
        ValueError: a hidden width below the number of modes, a number of widths or of starts that does not
            match.

    >>> w1, w2, w3 = aligned(jnp.array([[0.0, 5.0]]), 0.008, 3)
    >>> round((w3 @ w2 @ w1)[0, 1].item(), 6)
    0.008
    """
    reject_silent_rounding(sigma_yx)
    reject_silent_rounding(u0)
    sigma_yx, d = finite("sigma_yx", sigma_yx), whole("depth", depth, least=1)
    u, strengths, vt = jnp.linalg.svd(sigma_yx, full_matrices=False)
    modes = strengths.size
    if hidden is None or isinstance(hidden, int):
        hidden = (modes if hidden is None else hidden,) * (d - 1)
    if len(hidden) != d - 1:
        raise ValueError(f"{len(hidden)} hidden widths were given for depth {d}; it has {d - 1} hidden layers")
    if min(hidden, default=modes) < modes:
        raise ValueError(f"a hidden width of {min(hidden)} cannot carry {modes} modes; use at least {modes}")
    if jnp.shape(u0) not in ((), (1,), (modes,)):
        raise ValueError(f"u0 has shape {jnp.shape(u0)} but there are {modes} modes; give one value, or one a mode")
    values = jnp.broadcast_to(finite("u0", u0).astype(sigma_yx.dtype), (modes,))
    root = jnp.abs(values) ** (1 / d)
    return _assemble(u, [*[root] * (d - 1), jnp.sign(values) * root], vt.T, hidden, key)


def lambda_balanced(
    key: PRNGKeyArray,
    widths: Sequence[int],
    imbalance: Float[ArrayLike, ""],
    scale: Float[ArrayLike, ""],
    dtype: DTypeLike | None = None,
) -> Matrices:
    r"""Two layers with $W_2^\top W_2 - W_1 W_1^\top = \lambda I$.

    All singular values of the product are `scale`. Between rich (0) and lazy ($|\lambda| \gg$ scale) learning (Domine
    et al. 2024, arXiv 2409.14623). In a common hidden basis the layers have singular values with
    $b^2 - a^2 = \lambda$, $ab$ = scale.

    Raises:
        ValueError: widths other than three, or a hidden layer for which no such pair exists: $n_1 \le n_2$ is needed
            for $\lambda > 0$ and $n_1 \le n_0$ for $\lambda < 0$.

    >>> w1, w2 = lambda_balanced(jax.random.key(0), (3, 2, 4), 5.0, 0.1)
    >>> bool(jnp.allclose(w2.T @ w2 - w1 @ w1.T, 5 * jnp.eye(2), atol=1e-4))
    True
    """
    widths = _widths(widths)
    if len(widths) != 3:
        raise ValueError(f"widths = {widths} describe {len(widths) - 1} layers; a lambda-balanced start has 2")
    inputs, hidden, outputs = widths
    keys = jax.random.split(key, 3)
    v, r, u = (semi_orthogonal(k, n, min(n, hidden), dtype) for k, n in zip(keys, widths))
    lam = finite("imbalance", imbalance).astype(v.dtype)
    possible = (lam == 0) | ((lam > 0) & (hidden <= outputs)) | ((lam < 0) & (hidden <= inputs))
    allowed = f"imbalances that widths {widths} can carry"
    lam = within("imbalance", lam, possible, allowed, "narrow the hidden layer or use 0")
    size = finite("scale", scale).astype(v.dtype)
    size = within("scale", size, size >= 0, "scales at or above zero")
    both = jnp.arange(hidden) < min(widths)  # modes that reach both ends
    product = jnp.where(both, size, 0.0)
    large = 0.5 * (jnp.abs(lam) + jnp.sqrt(lam**2 + 4 * product**2))
    small = product**2 / jnp.where(large > 0, large, 1.0)
    a, b = jnp.sqrt(jnp.where(lam > 0, small, large)), jnp.sqrt(jnp.where(lam > 0, large, small))
    n_in, n_out = v.shape[1], u.shape[1]
    return (r[:, :n_in] * a[None, :n_in]) @ v.T, (u * b[None, :n_out]) @ r[:, :n_out].T


def _widths(widths: Sequence[int]) -> tuple[int, ...]:
    checked = counts("widths", widths)
    if len(checked) < 2:
        raise ValueError(f"widths = {checked} describe no layer; give at least the input and the output width")
    return checked


def _gain(gain: Float[ArrayLike, ""], like: Array) -> Array:
    gain = finite("gain", gain)
    return within("gain", gain, gain >= 0, "gains at or above zero").astype(like.dtype)


def _assemble(
    u: Array, spectra: Sequence[Array], v: Array, hidden: Sequence[int], key: PRNGKeyArray | None
) -> Matrices:
    """R_l diag(spectrum_l) R_(l-1)^T with R_0 = V, R_D = U and hidden bases of Haar columns, or of the first axes."""
    rank, dtype = v.shape[1], v.dtype
    hidden = [whole(f"hidden width {i}", n, least=1) for i, n in enumerate(hidden, start=1)]
    if key is None:
        inner = [jnp.eye(n, rank, dtype=dtype) for n in hidden]
    else:
        keys = jax.random.split(key, max(len(hidden), 1))
        inner = [semi_orthogonal(k, n, rank, dtype) for k, n in zip(keys, hidden)]
    bases = [v, *inner, u]
    return tuple((above * s[None, :]) @ below.T for below, s, above in zip(bases, spectra, bases[1:]))
