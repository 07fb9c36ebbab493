r"""Cauchy-Schwarz divergence of Gaussian laws, and with it the Cauchy-Schwarz information of Gaussian vectors, exact.

The convention is that of `theory.information.cauchy_schwarz` :cite:p:`yu2024`: minus the logarithm of the *squared*
normalized overlap, $D_{CS} = \log \int p^2 + \log \int q^2 - 2 \log \int pq$; half of it elsewhere.
"""

import numpy as np
from jaxtyping import ArrayLike, Float
from scipy.linalg import solve_triangular

from theory.core.closed_form import closed_form
from theory.core.domain import whole
from theory.information.arguments import host_array, host_covariance

NEAR = 0.5  # contrast of two covariances, from which log-determinants no longer cancel
FARTHEST = 1e150  # distance of means, whose square is still a number


@closed_form
def gaussian_divergence(
    mean_p: Float[ArrayLike, "..."],
    sigma_p: Float[ArrayLike, "..."],
    mean_q: Float[ArrayLike, "..."],
    sigma_q: Float[ArrayLike, "..."],
) -> float:
    r"""The Cauchy-Schwarz divergence in nats of two Gaussian laws of d coordinates.

    $$D_{CS} = \log\det M - \tfrac12 \log\det \Sigma_p - \tfrac12 \log\det \Sigma_q
    + \tfrac12 \Delta^\top M^{-1} \Delta, \qquad M = \tfrac12 (\Sigma_p + \Sigma_q)$$

    with $\Delta = \mu_p - \mu_q$, derived here from $\int pq = \mathcal N(\Delta; 0, \Sigma_p + \Sigma_q)$.
    Symmetric; the same after any invertible affine map of the coordinates; zero for equal laws only. Near covariances
    are compared by the contrasts $\gamma$, the eigenvalues of $M^{-1} (\Sigma_p - \Sigma_q)/2$, as
    $-\frac12 \sum \log(1 - \gamma^2)$, which keeps its digits where log-determinants cancel; far ones by
    log-determinants of Cholesky factors.

    Args:
        mean_p: mean of the first law, one number a coordinate.
        sigma_p: its covariance, positive definite.
        mean_q: mean of the second law.
        sigma_q: its covariance.

    Returns:
        The divergence; infinite where it is beyond the largest number.

    Raises:
        ValueError: a covariance that is not symmetric, finite and positive definite, shapes that do not fit.

    >>> round(gaussian_divergence(np.zeros(1), np.eye(1), np.ones(1), 4 * np.eye(1)), 6)
    0.423144
    """
    p, q = host_covariance("sigma_p", sigma_p), host_covariance("sigma_q", sigma_q)
    if p.shape != q.shape:
        raise ValueError(f"covariances of {len(p)} and {len(q)} coordinates: both laws need the same coordinates")
    exponents = np.frexp(np.maximum(np.diagonal(p), np.diagonal(q)))[1] // 2
    units = np.ldexp(1.0, exponents)  # powers of two, which round nothing
    with np.errstate(over="ignore"):
        shift = (_mean("mean_p", mean_p, len(p)) - _mean("mean_q", mean_q, len(q))) / units
    p, q = (s / units / units[:, None] for s in (p, q))
    root = np.linalg.cholesky((p + q) / 2)
    return _of_covariances(p, q, root) + _of_means(shift, root)


@closed_form
def gaussian_vector_cauchy_schwarz(covariance: Float[ArrayLike, "..."], split: int) -> float:
    r"""Cauchy-Schwarz information in nats between the first `split` coordinates of a Gaussian vector and the others.

    `gaussian_divergence` of the joint law and the product of its marginals. Derived here: the sum of
    `gaussian_cauchy_schwarz` over the canonical correlations, and so the same after invertible linear maps of either
    part; for one coordinate on each side it is that function of their correlation.

    Raises:
        ValueError: a covariance that is not symmetric, finite and positive definite, a split that leaves nothing.

    >>> round(gaussian_vector_cauchy_schwarz(np.array([[1.0, 0.8], [0.8, 1.0]]), 1), 6)
    0.336472
    """
    joint, split = host_covariance("the covariance", covariance), whole("split", split, least=1)
    if split >= len(joint):
        raise ValueError(f"split = {split} must leave at least one of the {len(joint)} coordinates on each side")
    product = joint.copy()
    product[:split, split:], product[split:, :split] = 0.0, 0.0
    zero = np.zeros(len(joint))
    return gaussian_divergence(zero, joint, zero, product)


def _mean(name: str, value: Float[ArrayLike, "..."], coordinates: int) -> np.ndarray:
    mean = host_array(name, value)
    if mean.shape != (coordinates,):
        raise ValueError(
            f"{name} has shape {mean.shape} but must hold one number for each of {coordinates} coordinates"
        )
    if not np.isfinite(mean).all():
        raise ValueError(f"{name} must be finite; look for an overflow upstream")
    return mean


def _of_means(shift: np.ndarray, root: np.ndarray) -> float:
    if not (np.abs(shift) < FARTHEST).all():
        return np.inf
    away = solve_triangular(root, shift, lower=True)
    return float(away @ away) / 2 if (np.abs(away) < FARTHEST).all() else np.inf


def _of_covariances(p: np.ndarray, q: np.ndarray, root: np.ndarray) -> float:
    """The part of the divergence that equal means leave; `root` is the Cholesky factor of the mean covariance."""
    half = solve_triangular(root, (p - q) / 2, lower=True)
    contrast = np.linalg.eigvalsh(solve_triangular(root, half.T, lower=True))
    if np.abs(contrast).max() < NEAR:
        return float(-0.5 * np.log1p(-(contrast**2)).sum())
    p_root, q_root = np.linalg.cholesky(p), np.linalg.cholesky(q)
    logs = np.log(np.diagonal(root)) - (np.log(np.diagonal(p_root)) + np.log(np.diagonal(q_root))) / 2
    return float(2 * logs.sum())
