r"""Diagonal linear networks: the scale of the start decides between the kernel's least norm and a sparse solution.

$w = w_+^{\odot D} - w_-^{\odot D}$, $w_\pm(0) = \alpha$ in every coordinate, is trained by gradient flow on the square
loss of an underdetermined $Xw = y$. Where the flow interpolates, its limit minimizes a potential $Q_\alpha^D$ among all
interpolators (Woodworth et al. 2020, arXiv 2002.09277, Theorems 1 and 3; only the limit is asserted, so that no factor
of the loss matters). In coordinates, with $z = X^\top \nu$,

$$w_i = 2 \alpha_i^2 \sinh z_i \quad (D = 2),\qquad
w_i = \alpha_i^D\, h_D(\alpha_i^{D-2} z_i),\quad h_D(z) = (1 - z)^{-D/(D-2)} - (1 + z)^{-D/(D-2)} \quad (D > 2).$$

A large start is the kernel regime (least Euclidean norm), a small one the rich regime (least sum of absolute values).
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, one_matrix, whole, within
from theory.deep_linear.arguments import on_the_host

MOST_STEPS = 500
HALVINGS = 50
PRECISION = 1e-8
LARGEST_EXPONENT = 700.0  # of the exponential in double precision


@closed_form
def diagonal_penalty(
    w: Float[ArrayLike, "*batch"], alpha: Float[ArrayLike, "*batch_alpha"]
) -> Float[Array, "*batch_both"]:
    r"""The potential of two layers, one coordinate: $Q = \alpha^2 q(w/\alpha^2)$, $q(z) = 2 - \sqrt{4 + z^2} +
    z\,\mathrm{asinh}(z/2)$ (Woodworth et al. 2020, Theorem 1). Sum over coordinates.

    $w^2/(4 \alpha^2)$ where $|w| \ll \alpha^2$ and $|w| \ln(|w|/\alpha^2)$ where it is much larger. Written without the
    cancellation at small w of the printed form.

    Raises:
        ValueError: an alpha at or below zero.

    >>> round(diagonal_penalty(2.0, 1.0).item(), 6)
    0.93432
    """
    a = finite("alpha", alpha)
    a = within("alpha", a, a > 0, "scales above zero", "at zero the start is a saddle and nothing is learned")
    w = finite("w", w).astype(a.dtype)
    z = w / a / a
    far = jnp.abs(z) > 1e8  # from where on asinh(z/2) is the logarithm of |z|, which itself may overflow
    near, size = jnp.where(far, 0.0, z), jnp.where(far, jnp.abs(w), 1.0)
    small = w * (jnp.arcsinh(near / 2) - near / (2 + jnp.hypot(2.0, near)))
    return jnp.where(far, size * (jnp.log(size) - 2 * jnp.log(a) - 1 + 2 / jnp.where(far, jnp.abs(z), 1.0)), small)


@closed_form
def diagonal_interpolator(
    inputs: Float[ArrayLike, "n d"],
    targets: Float[ArrayLike, " n"],
    alpha: Float[ArrayLike, "..."],
    depth: int = 2,
) -> Float[Array, " d"]:
    r"""Where gradient flow of a diagonal network of D layers ends: the least $Q_\alpha^D(w)$ with $Xw = y$.

    Found from the convex dual $\min_\nu \sum_i \alpha_i^2 H_D(\alpha_i^{D-2} x_i^\top \nu) - y^\top \nu$,
    $H_D' = h_D$, by damped Newton steps on the host.

    Args:
        inputs: X, one example a row, of full row rank.
        targets: y.
        alpha: scale of the start, one number or one a coordinate (then the shape of the start matters too).
        depth: D, at least 2.

    Returns:
        w, which meets the targets to 1e-8 of their size or better.

    Raises:
        ValueError: an alpha at or below zero or so far from 1 that its powers are no normal numbers, shapes that do not
            match, targets that no w meets.

    >>> diagonal_interpolator(jnp.array([[1.0, 2.0]]), jnp.array([2.0]), 1e-3).round(2).tolist()
    [0.0, 1.0]
    """
    on_the_host("diagonal_interpolator", inputs, targets, alpha)
    d, x, y = whole("depth", depth, least=2), one_matrix("inputs", inputs), finite("targets", targets)
    if y.shape != x.shape[:1]:
        raise ValueError(f"{x.shape[0]} examples but targets of shape {y.shape} were given; one target an example")
    a = finite("alpha", alpha).astype(x.dtype)
    if a.shape not in ((), (1,), x.shape[1:]):
        raise ValueError(f"alpha has shape {a.shape} for {x.shape[1]} coordinates; give one scale or one each")
    a = within("alpha", a, a > 0, "scales above zero", "at zero the start is a saddle and nothing is learned")
    powers, number = a ** (2 * d - 2), jnp.finfo(a.dtype)
    normal = (powers >= number.tiny) & (powers <= number.max)
    fix = "the least Euclidean norm or sum of absolute values is the limit beyond"
    a = within("alpha", a, normal, "scales whose powers up to 2 depth - 2 are normal numbers", fix)
    start = np.broadcast_to(np.asarray(a, float), (x.shape[1],))
    return jnp.asarray(_interpolate(np.asarray(x, float), np.asarray(y, float), start, d), x.dtype)


def _interpolate(x: np.ndarray, y: np.ndarray, alpha: np.ndarray, depth: int) -> np.ndarray:
    """Newton's method on the dual, in an orthonormal basis of the rows of X.

    A step is halved until it stays inside the domain and lowers the dual by a part of what its slope promises; from a
    distance the sinh grows so fast that whole steps would overflow.
    """
    left, sigma, rows = np.linalg.svd(x, full_matrices=False)
    rank = int(np.sum(sigma > sigma[0] * max(x.shape) * np.finfo(float).eps))
    goal = (left.T @ y)[:rank] / sigma[:rank]
    rows = rows[:rank]
    if np.linalg.norm(left[:, :rank] @ (sigma[:rank] * goal) - y) > 1e-9 * np.linalg.norm(y):
        raise ValueError("no w meets these targets: examples repeat with different targets; drop or average them")
    if not goal.any():
        return np.zeros(len(alpha))
    nu = np.zeros(rank)
    potential, weights, slopes = _dual(alpha, rows.T @ nu, depth)
    for _ in range(MOST_STEPS):
        off = rows @ weights - goal
        newton = np.linalg.solve((rows * slopes) @ rows.T, off)
        promised = off @ newton
        if np.linalg.norm(off) <= 4 * np.finfo(float).eps * np.sqrt(len(alpha)) * np.abs(weights).max():
            break
        size, value = _longest(alpha ** (depth - 2) * (rows.T @ newton), depth), potential - goal @ nu
        for _ in range(HALVINGS):
            there = nu - size * newton
            new = _dual(alpha, rows.T @ there, depth)
            if new[0] - goal @ there <= value - 0.25 * size * promised + 1e-14 * abs(value):
                break
            size /= 2
        else:
            break  # at the rounding of the dual
        nu, (potential, weights, slopes) = there, new
    missed = np.linalg.norm(rows @ weights - goal) / np.linalg.norm(goal)
    within(
        "relative error of Xw = y", missed, missed <= PRECISION, f"errors up to {PRECISION:g}", "take a larger alpha"
    )
    return weights


def _longest(move: np.ndarray, depth: int) -> float:
    """The longest step worth trying: across the domain of h, or as far as the logarithm of any weights."""
    return min(1.0, (2.0 if depth > 2 else 40.0) / np.abs(move).max())


def _dual(alpha: np.ndarray, z: np.ndarray, depth: int) -> tuple[float, np.ndarray, np.ndarray]:
    """Sum of the potentials H, their derivatives w, and the derivatives of w; infinite outside the domain."""
    if depth == 2:
        if np.abs(z).max() > LARGEST_EXPONENT:
            return np.inf, z, z
        slopes = 2 * alpha**2 * np.cosh(z)
        return float(slopes.sum()), 2 * alpha**2 * np.sinh(z), slopes
    x, p = alpha ** (depth - 2) * z, depth / (depth - 2)
    if np.abs(x).max() >= 1:
        return np.inf, z, z
    below, above = np.log1p(-x), np.log1p(x)
    potential = np.sum(alpha**2 / (p - 1) * (np.exp(-(p - 1) * below) + np.exp(-(p - 1) * above)))
    # (1 - x)^-p - (1 + x)^-p without cancellation near zero
    weights = alpha**depth * np.exp(-p * above) * np.expm1(p * (above - below))
    slopes = alpha ** (2 * depth - 2) * p * (np.exp(-(p + 1) * below) + np.exp(-(p + 1) * above))
    return float(potential), weights, slopes
