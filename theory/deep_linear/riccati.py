r"""Two linear layers from any lambda-balanced start: the matrix Riccati flow, exact for every shape and rank.

With white inputs and $L = \tfrac12 |\Sigma - W_2 W_1|_F^2$ the stacked weights $Q = (W_1^\top;\, W_2)$ of a start with
$W_2^\top W_2 - W_1 W_1^\top = \lambda I$ obey $\dot Q = FQ - \tfrac12 QQ^\top Q$, so that $P = QQ^\top$ obeys

$$\dot P = FP + PF - P^2,\qquad
F = \begin{pmatrix} -\tfrac\lambda2 I & \Sigma^\top \\ \Sigma & \tfrac\lambda2 I \end{pmatrix},$$

with the solution (Fukumizu 1998; Braun, Domine, Fitzgerald and Saxe 2022; Domine et al. 2024, arXiv 2409.14623)

$$P(t) = e^{Ft} Q_0 \Bigl[I + Q_0^\top \Phi(t) Q_0\Bigr]^{-1} Q_0^\top e^{Ft},\qquad \Phi(t) = \int_0^t e^{2Fs}\,ds.$$

The integral in place of the printed $\tfrac12 F^{-1}(e^{2Ft} - I)$ needs no inverse of F: it holds for lambda = 0, for
singular and for rectangular Sigma (derived here). Time unit $\tau = 1$.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import one_matrix, one_number, whole, within
from theory.deep_linear.arguments import matrices, times_after_zero
from theory.deep_linear.conservation import conserved
from theory.deep_linear.layers import Layers, chain
from theory.deep_linear.riccati_root import roots_along


class TwoLayerPath(NamedTuple):
    """All that the layers are determined by up to a rotation of the hidden units, at each time.

    Attributes:
        input_gram: W_1^T W_1, the similarity of inputs in the hidden layer.
        product: W = W_2 W_1.
        output_gram: W_2 W_2^T.
    """

    input_gram: Float[Array, "... inputs inputs"]
    product: Float[Array, "... outputs inputs"]
    output_gram: Float[Array, "... outputs outputs"]


class LambdaBalance(NamedTuple):
    """How near two layers are to lambda-balanced.

    Attributes:
        imbalance: lambda, the mean diagonal entry of C = W_2^T W_2 - W_1 W_1^T.
        residual: |C - lambda I|_F over the larger |W_l|_F^2, zero if lambda-balanced.
    """

    imbalance: Float[Array, "..."]
    residual: Float[Array, "..."]


@closed_form
def lambda_balance(weights: Layers) -> LambdaBalance:
    r"""Lambda of two layers, and how far they are from $W_2^\top W_2 - W_1 W_1^\top = \lambda I$.

    Raises:
        ValueError: a number of layers other than two.

    >>> lambda_balance([jnp.array([[1.0]]), jnp.array([[2.0]])]).imbalance.item()
    3.0
    """
    layers = _two(weights)
    largest = jnp.stack([jnp.abs(w).max((-2, -1)) for w in layers]).max(0)
    unit = jnp.where(largest > 0, largest, 1.0)  # squares of the layers may overflow, or vanish and look balanced
    layers = layers[0] / unit[..., None, None], layers[1] / unit[..., None, None]
    (c,) = conserved(layers)
    hidden = c.shape[-1]
    lam = jnp.trace(c, axis1=-2, axis2=-1) / hidden
    off = c - lam[..., None, None] * jnp.eye(hidden, dtype=c.dtype).reshape((1,) * (c.ndim - 2) + (hidden, hidden))
    size = jnp.stack([(w**2).sum((-2, -1)) for w in layers]).max(0)
    lam = within(
        "imbalance", lam * unit * unit, jnp.isfinite(lam * unit * unit), "finite numbers", "rescale the layers"
    )
    square = (off**2).sum((-2, -1))
    root = jnp.where(square == 0, 0.0, jnp.sqrt(jnp.where(square == 0, 1.0, square)))  # of derivative zero at zero
    return LambdaBalance(lam, root / jnp.where(size > 0, size, 1.0))


@closed_form
def two_layer_path(
    times: Float[ArrayLike, " time"],
    weights: Layers,
    sigma_yx: Float[ArrayLike, "outputs inputs"],
    tolerance: float = 1e-6,
) -> TwoLayerPath:
    r"""The Riccati flow of two lambda-balanced layers: product and both Gram matrices at the times.

    Any inputs, outputs and hidden width, any rank of Sigma, lambda of either sign or zero. Time unit $\tau = 1$. No
    time is too late: the textbook form loses all digits once $e^{2ft}$ reaches the inverse of the rounding unit. Here
    the rows of $Q_0$ in the eigenbasis of F, in order of falling eigenvalues, are made triangular by a rotation of the
    hidden units, and the bracket is scaled to a unit diagonal before it is factorized: it is then as well conditioned
    as the start. No exponential grows.

    Args:
        times: at or after zero, in any order.
        weights: $W_1$ (hidden, inputs) and $W_2$ (outputs, hidden); `vmap` over replicates.
        sigma_yx: $\Sigma$, the input-output correlation of white inputs.
        tolerance: the largest residual of `lambda_balance` that counts as lambda-balanced.

    Returns:
        The path; differentiable in the times after zero and in the weights. Modes that a start lacks exactly are at
        a saddle, which rounding leaves after $t \approx 36/f$, as it does in training.

    Raises:
        ValueError: layers that are not lambda-balanced, with the residual; a time before zero; wrong shapes.

    >>> one = jnp.array([[1.0]])
    >>> path = two_layer_path(jnp.array([0.0, 1.0]), [one, one], 2 * one)
    >>> [round(w.item(), 6) for w in path.product]  # 2 / (1 + exp(-4 t))
    [1.0, 1.964028]
    """
    w1, w2 = _two(weights)
    if w1.ndim != 2:
        raise ValueError(f"W_1 has shape {w1.shape}; the Riccati flow takes two matrices, vmap over replicates")
    lam, residual = lambda_balance((w1, w2))
    allowed = f"residuals of lambda-balanced layers, at most {tolerance:.3g}"
    fix = "start from initial.lambda_balanced or initial.balanced, or integrate the layers themselves"
    residual = within("|W2'W2 - W1W1' - lambda I| / |W|^2", residual, residual <= tolerance, allowed, fix)
    t = times_after_zero(times, w1.dtype)
    sigma = _correlation(sigma_yx, (w2.shape[-2], w1.shape[-1])).astype(w1.dtype)
    rates, basis = _eigenbasis(sigma, lam + 0 * jax.lax.stop_gradient(residual))
    return _blocks(roots_along(t, rates, basis, jnp.concatenate([w1.T, w2])), w1.shape[-1])


@closed_form
def two_layer_trajectory(
    times: Float[ArrayLike, " time"],
    weights: Layers,
    sigma_yx: Float[ArrayLike, "outputs inputs"],
    tolerance: float = 1e-6,
) -> Float[Array, "time outputs inputs"]:
    r"""The end-to-end map $W_2 W_1$ of two lambda-balanced layers: the middle block of `two_layer_path`.

    Raises:
        ValueError: as `two_layer_path`.

    >>> one = jnp.array([[1.0]])
    >>> two_layer_trajectory(jnp.array([1e6]), [one, 2 * one], -one).round(6).tolist()
    [[[-1.0]]]
    """
    return two_layer_path(times, weights, sigma_yx, tolerance).product


@closed_form
def two_layer_limit(
    sigma_yx: Float[ArrayLike, "outputs inputs"], imbalance: Float[ArrayLike, ""], hidden: int
) -> TwoLayerPath:
    r"""Where the Riccati flow ends from a generic lambda-balanced start: $P_\infty = \sum_{k \le h,\, f_k > 0} 2 f_k
    o_k o_k^\top$.

    $f_k$ and $o_k$ are eigenvalues and eigenvectors of F, largest first. With room for all modes $W = \Sigma$; else its
    best approximation of rank h. A mode of strength s ends with $\tfrac12(\sqrt{\lambda^2 + 4s^2} \mp \lambda)$ in
    the first and the second layer (Domine et al. 2024). Of the balanced starts (lambda = 0) with inputs = outputs
    $\le$ h one half is not generic: the sign of $\det W$ is conserved, and with $\det W_0 \det\Sigma < 0$ the weakest
    mode is never learned (derived here).

    Args:
        imbalance: lambda.
        hidden: h, the hidden width.

    Raises:
        ValueError: a lambda that the widths cannot carry: above zero it needs $h \le$ outputs, below $h \le$ inputs; a
            hidden width below 1.

    >>> two_layer_limit(jnp.array([[2.0]]), 3.0, 1).output_gram.item()
    4.0
    """
    sigma = one_matrix("sigma_yx", sigma_yx)
    lam, hidden = one_number("imbalance", imbalance).astype(sigma.dtype), whole("hidden", hidden, least=1)
    outputs, inputs = sigma.shape
    possible = (lam == 0) | ((lam > 0) & (hidden <= outputs)) | ((lam < 0) & (hidden <= inputs))
    allowed = f"imbalances of {inputs} inputs, {hidden} hidden units and {outputs} outputs"
    lam = within("imbalance", lam, possible, allowed, "narrow the hidden layer or use 0")
    rates, basis = _eigenbasis(sigma, lam)
    kept = (jnp.arange(rates.size) < hidden) & (rates > 0)
    return _blocks(basis * jnp.sqrt(jnp.where(kept, 2 * rates, 0.0))[None, :], inputs)


@closed_form
def two_layer_kernel(
    input_gram: Float[ArrayLike, "*times d d"],
    output_gram: Float[ArrayLike, "*times o o"],
    inputs: Float[ArrayLike, "n d"],
) -> Float[Array, "*times o n o n"]:
    r"""The neural tangent kernel of two linear layers on the inputs.

    $\Theta_{(a,i),(b,j)} = \delta_{ab}\, x_i^\top W_1^\top W_1 x_j + (W_2 W_2^\top)_{ab}\, x_i^\top x_j$: the sum over
    all weights of products of derivatives of output a at input i and of output b at input j.

    Args:
        input_gram: $W_1^\top W_1$, from `two_layer_path` or from the weights.
        output_gram: $W_2 W_2^\top$, with the same leading axes.
        inputs: one example a row.

    Raises:
        ValueError: inputs of another number of features than the Gram matrix.

    >>> two_layer_kernel(jnp.array([[4.0]]), jnp.array([[9.0]]), jnp.array([[2.0]])).item()
    52.0
    """
    first, second, x = (
        matrices("input_gram", input_gram),
        matrices("output_gram", output_gram),
        one_matrix("inputs", inputs),
    )
    for name, gram in (("input_gram", first), ("output_gram", second)):
        if gram.shape[-1] != gram.shape[-2] or gram.shape[:-2] != first.shape[:-2]:
            raise ValueError(f"{name} has shape {gram.shape}; both must be square after the same leading axes")
    if x.shape[-1] != first.shape[-1]:
        raise ValueError(f"inputs have {x.shape[-1]} features but input_gram has {first.shape[-1]}; one example a row")
    same = jnp.eye(second.shape[-1], dtype=second.dtype)
    hidden = jnp.einsum("ix,...xy,jy->...ij", x, first, x)
    return jnp.einsum("ab,...ij->...aibj", same, hidden) + jnp.einsum("...ab,ij->...aibj", second, x @ x.T)


def _two(weights: Layers) -> tuple[Array, Array]:
    layers = chain(weights)
    if len(layers) != 2:
        raise ValueError(f"{len(layers)} layers were given; the Riccati flow has 2, deeper ones end_to_end_trajectory")
    return layers[0], layers[1]


def _correlation(sigma_yx: Float[ArrayLike, "..."], shape: tuple[int, ...]) -> Array:
    sigma = one_matrix("sigma_yx", sigma_yx)
    if sigma.shape != shape:
        raise ValueError(f"sigma_yx has shape {sigma.shape} but the end-to-end map has shape {shape}; transpose it")
    return sigma


def _eigenbasis(sigma: Array, lam: Array) -> tuple[Array, Array]:
    """Eigenvalues of F, largest first, and eigenvectors as columns, from singular vectors of Sigma.

    Along a singular pair F is f (-cos 2a, sin 2a; sin 2a, cos 2a), whose eigenvectors are (sin a, cos a) and
    (cos a, -sin a); singular vectors without a partner have -lambda/2 (inputs) or lambda/2 (outputs).
    """
    outputs, inputs = sigma.shape
    u, s, vt = jnp.linalg.svd(sigma, full_matrices=True)
    modes, half = s.size, lam / 2
    # the smaller angle first: its cosine would lose what a lambda far below zero leaves of the other layer
    angle, rate = 0.5 * jnp.arctan2(s, jnp.abs(half) * jnp.ones_like(s)), jnp.hypot(s, half)
    less, more = jnp.sin(angle)[None, :], jnp.cos(angle)[None, :]
    sin, cos = jnp.where(half < 0, more, less), jnp.where(half < 0, less, more)
    left, right = u[:, :modes], vt[:modes].T
    up, down = jnp.concatenate([right * sin, left * cos]), jnp.concatenate([right * cos, -left * sin])
    idle_inputs = jnp.concatenate([vt[modes:].T, jnp.zeros((outputs, inputs - modes), u.dtype)])
    idle_outputs = jnp.concatenate([jnp.zeros((inputs, outputs - modes), u.dtype), u[:, modes:]])
    ones = lambda count: jnp.ones(count, s.dtype)
    rates = jnp.concatenate([rate, -rate, -half * ones(inputs - modes), half * ones(outputs - modes)])
    order = jnp.argsort(-rates)
    return rates[order], jnp.concatenate([up, down, idle_inputs, idle_outputs], axis=1)[:, order]


def _blocks(root: Array, inputs: int) -> TwoLayerPath:
    first, second = root[..., :inputs, :], root[..., inputs:, :]
    return TwoLayerPath(first @ first.mT, second @ first.mT, second @ second.mT)
