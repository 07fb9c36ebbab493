r"""The closed flow of the end-to-end map of balanced layers, for any data.

Gradient flow $\dot W_l = -\partial L/\partial W_l$ from balanced layers ($W_{l+1}^\top W_{l+1} = W_l W_l^\top$) moves
the product $W = W_D \cdots W_1$ by itself, without reference to the layers (Arora, Cohen and Hazan 2018, arXiv
1802.06509, Theorem 1):

$$\dot W = -\sum_{j=1}^{D} (WW^\top)^{(D-j)/D}\; \nabla L(W)\; (W^\top W)^{(j-1)/D}.$$

The loss of the trajectories here is $L = \tfrac12 \mathrm{tr}(W \Sigma_{xx} W^\top) - \mathrm{tr}(\Sigma_{yx} W^\top)$
up to a constant, $\nabla L = W \Sigma_{xx} - \Sigma_{yx}$: the summed (or mean) square error with the summed (or mean)
correlations; time unit $\tau = 1$.
"""

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, one_matrix, one_number, whole, within
from theory.deep_linear.arguments import matrices, times_after_zero
from theory.deep_linear.balanced_power import balanced_velocity, numerical_rank
from theory.deep_linear.conservation import imbalance
from theory.deep_linear.layers import Layers, chain, product


@closed_form
def end_to_end_velocity(
    matrix: Float[ArrayLike, "outputs inputs"], gradient: Float[ArrayLike, "outputs inputs"], depth: int
) -> Float[Array, "outputs inputs"]:
    r"""Velocity of the end-to-end map of D balanced layers under gradient flow.

    $-\sum_{j=1}^{D} (WW^\top)^{(D-j)/D}\, G\, (W^\top W)^{(j-1)/D}$ (Arora, Cohen and Hazan 2018, Theorem 1, without
    weight decay). In the singular basis of W the entry (a, b) of G is multiplied by
    $\sum_j \sigma_a^{2(D-j)/D} \sigma_b^{2(j-1)/D}$, so that only the small side is ever diagonalized.

    Args:
        matrix: W.
        gradient: G, the gradient of the loss at W.
        depth: number D of layers; 1 gives -G.

    Returns:
        The velocity. Where W has full rank it is differentiable, also at equal singular values; singular values at the
        rounding level of the largest count as zero, since their fractional powers would not.

    Raises:
        ValueError: shapes that differ, NaN.

    >>> end_to_end_velocity(jnp.diag(jnp.array([4.0, 1.0])), -jnp.ones((2, 2)), 2).round(6).tolist()
    [[8.0, 5.0], [5.0, 2.0]]
    """
    d, w = whole("depth", depth, least=1), one_matrix("matrix", matrix)
    return balanced_velocity(w, _gradient(gradient, w), d)


@closed_form
def singular_value_velocities(
    matrix: Float[ArrayLike, "outputs inputs"], gradient: Float[ArrayLike, "outputs inputs"], depth: int
) -> Float[Array, " modes"]:
    r"""Velocities of the singular values, largest first: $\dot\sigma_r = -D\,(\sigma_r^2)^{1-1/D}\, u_r^\top G\, v_r$.

    Arora, Cohen, Hu and Luo 2019 (arXiv 1905.13655), Theorem 3: what is large grows faster, with exponent 2 - 2/D.
    Equal singular values have no velocities of their own; the sum over a degenerate group is meaningful.

    >>> singular_value_velocities(jnp.diag(jnp.array([4.0, 1.0])), -jnp.ones((2, 2)), 2).round(6).tolist()
    [8.0, 2.0]
    """
    d, w = whole("depth", depth, least=1), one_matrix("matrix", matrix)
    gradient = _gradient(gradient, w)
    u, sigma, vt = jnp.linalg.svd(w, full_matrices=False)
    return -d * sigma ** (2 - 2 / d) * jnp.einsum("or,oi,ri->r", u, gradient, vt)


@closed_form
def layer_spectrum(singular_values: Float[ArrayLike, "*modes"], layers: int, depth: int) -> Float[Array, "*modes"]:
    r"""Singular values of the product of any `layers` neighboring layers of a balanced chain: $\sigma^{l/D}$.

    One layer has $\sigma^{1/D}$, the first l layers have features weighted by $\sigma^{l/D}$: each layer sharpens the
    spectrum by the same factor (follows from balancedness; Arora, Cohen and Hazan 2018, proof of Theorem 1).

    Raises:
        ValueError: more layers than the depth, a negative singular value.

    >>> layer_spectrum(jnp.array([8.0, 1.0]), 2, 3).round(6).tolist()
    [4.0, 1.0]
    """
    d, k = whole("depth", depth, least=1), whole("layers", layers, least=0)
    if k > d:
        raise ValueError(f"layers = {k} is more than the depth {d}; ask for at most all of them")
    sigma = finite("singular_values", singular_values)
    return within("singular_values", sigma, sigma >= 0, "values at or above zero") ** (k / d)


@closed_form
def balanced_start(weights: Layers, tolerance: float = 1e-6) -> Float[Array, "... outputs inputs"]:
    r"""The end-to-end map of layers that are balanced, the start that the closed flow needs.

    Args:
        weights: the layers, from the input.
        tolerance: the largest $\max_l |C_l|_F / \max_l |W_l|_F^2$ that counts as balanced.

    Raises:
        ValueError: layers that are not balanced, with by how much.

    >>> balanced_start([2 * jnp.eye(2), 2 * jnp.eye(2)]).tolist()
    [[4.0, 0.0], [0.0, 4.0]]
    """
    weights = chain(weights)
    off = imbalance(jax.lax.stop_gradient(weights))  # zero, where it has no derivative
    balanced = off <= tolerance
    allowed = f"relative imbalances up to {tolerance:.3g}"
    fix = "draw a balanced start or integrate the layers themselves"
    off = within("imbalance of the layers", off, balanced, allowed, fix)
    return product(weights) + 0 * off[..., None, None]


@closed_form
def end_to_end_trajectory(
    times: Float[ArrayLike, " time"],
    start: Float[ArrayLike, "*replicates outputs inputs"],
    sigma_yx: Float[ArrayLike, "*replicates_yx outputs inputs"],
    sigma_xx: Float[ArrayLike, "*replicates_xx inputs inputs"] | None = None,
    depth: int = 2,
    weight_decay: Float[ArrayLike, ""] = 0.0,
    rtol: float | None = None,
) -> Float[Array, "*replicates time outputs inputs"]:
    r"""The end-to-end map of D balanced layers at the given times, for any input covariance.

    Solves $\dot W = $ `end_to_end_velocity` $(W, W\Sigma_{xx} - \Sigma_{yx}) - D\gamma W$ (Arora, Cohen and Hazan
    2018, Theorem 1). With whitened inputs and an aligned start every singular mode follows the scalar formulas of
    `theory.deep_linear`; with other covariances the modes couple and this is the prediction.

    Args:
        times: in any order, at or after zero.
        start: W at time 0, product of balanced layers; leading axes are replicates.
        sigma_yx: input-output correlation, with the same leading axes or none.
        sigma_xx: input covariance, symmetric and positive semidefinite; None is the identity (whitened).
        depth: number D of layers.
        weight_decay: $\gamma$ of $\tfrac\gamma2 \sum_l |W_l|_F^2$.
        rtol: relative accuracy, also of modes that start small; by default 1e-9 in double, 1e-4 in single precision.

    Returns:
        W at each time, in the dtype of the start; NaN where the solver needs more than a million steps, which happens
        with times far beyond convergence of a stiff covariance. Reverse-mode differentiable with respect to arrays.

    Raises:
        ValueError: a time, a decay or an accuracy below zero, shapes that do not match, a covariance that is none,
            NaN.

    >>> w = end_to_end_trajectory(jnp.array([0.0, 1.0]), jnp.array([[0.5]]), jnp.array([[1.0]]), depth=2)
    >>> round(w[1, 0, 0].item(), 6)  # 1 / (1 + exp(-2 t)) from 1/2
    0.880797
    """
    w0, d = matrices("start", start), whole("depth", depth, least=1)
    t = times_after_zero(times, w0.dtype)
    n = w0.shape[-1]
    yx = _like("sigma_yx", sigma_yx, w0.shape[-2:]).astype(w0.dtype)
    xx = jnp.eye(n, dtype=w0.dtype) if sigma_xx is None else covariance(sigma_xx, n).astype(w0.dtype)
    gamma = one_number("weight_decay", weight_decay)
    decay = d * within("weight_decay", gamma, gamma >= 0, "decays at or above zero").astype(w0.dtype)
    if rtol is None:
        rtol = 1e-9 if w0.dtype == jnp.float64 else 1e-4
    accuracy = within("rtol", rtol, rtol > 0, "accuracies above zero").astype(w0.dtype)
    leading = jnp.broadcast_shapes(*(a.shape[:-2] for a in (w0, yx, xx)))
    w0, yx, xx = (jnp.broadcast_to(a, (*leading, *a.shape[-2:])) for a in (w0, yx, xx))
    return _trajectories(t, w0, yx, xx, decay, accuracy, d)


@partial(jax.jit, static_argnames="depth")
def _trajectories(t: Array, start: Array, yx: Array, xx: Array, decay: Array, rtol: Array, depth: int) -> Array:
    from theory.deep_linear.flow_solver import solve_flow  # diffrax costs most of a second to import

    def solve(w: Array, yx: Array, xx: Array) -> Array:
        rank = numerical_rank(jax.lax.stop_gradient(w))
        return solve_flow(lambda w: balanced_velocity(w, w @ xx - yx, depth, rank) - decay * w, t, w, rtol)

    return jnp.vectorize(solve, signature="(m,n),(m,n),(n,n)->(t,m,n)")(start, yx, xx)


def _gradient(gradient: Float[ArrayLike, "outputs inputs"], w: Array) -> Array:
    return _like("gradient", one_matrix("gradient", gradient), w.shape).astype(w.dtype)


def _like(name: str, value: Float[ArrayLike, "..."], shape: tuple[int, ...]) -> Array:
    value = finite(name, value)
    if value.shape[-2:] != shape:
        raise ValueError(f"{name} has shape {value.shape[-2:]} but the end-to-end map has shape {shape}; transpose it")
    return value


def covariance(sigma_xx: Float[ArrayLike, "... inputs inputs"], inputs: int) -> Array:
    """The input covariance, checked to be square, symmetric and without a negative eigenvalue."""
    xx = finite("sigma_xx", sigma_xx)
    if xx.shape[-2:] != (inputs, inputs):
        raise ValueError(f"sigma_xx has shape {xx.shape[-2:]} but the network has {inputs} inputs; make it square")
    fixed = jax.lax.stop_gradient(xx)
    scale = jnp.abs(fixed).max()
    skew = jnp.abs(fixed - fixed.mT).max() / jnp.where(scale > 0, scale, 1.0)
    skew = within(
        "relative asymmetry of sigma_xx", skew, skew <= 1e-6, "asymmetries up to 1e-6", "average it with its transpose"
    )
    least = jnp.linalg.eigvalsh(fixed).min()
    floor = -1e3 * jnp.finfo(xx.dtype).eps * inputs * scale
    least = within("smallest eigenvalue of sigma_xx", least, least >= floor, "values of a covariance, at or above zero")
    return xx + 0 * (skew + least)
