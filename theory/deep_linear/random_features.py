r"""Generalization on the unseen by random features: of all interpolators the one of least norm, on the cube.

$f(x) = N^{-1/2} \sum_i a_i\,\phi(\langle w_i, x\rangle + b_i)$ is trained by descent on $a$ from zero, with
$w_i \sim \mathcal N(0, s^2 I/d)$ and $b_i \sim \mathcal N(0, s_b^2)$, on part of the cube $\{-1, 1\}^d$. With many
features the kernel has the parities $\chi_T$ as eigenfunctions, with an eigenvalue $\mu_{|T|}$ that falls with the
degree by factors of order d: the least norm tends to the least degree (Abbe, Bengio, Lotfi and Rizk 2023, arXiv
2301.13105, for d to infinity). At finite d the norm settles exactly what is left in higher degrees (derived here).
"""

import itertools
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, one_number, within
from theory.deep_linear.arguments import on_the_host
from theory.kernels.duals import Activation, dual_kernel
from theory.kernels.hypercube import hypercube_eigenvalues


@closed_form
def random_feature_eigenvalues(
    activation: str | Callable | Activation,
    inputs: int,
    scale: Float[ArrayLike, ""] = 1.0,
    bias: Float[ArrayLike, ""] = 0.0,
) -> Float[Array, " degrees"]:
    r"""Eigenvalues $\mu_0, \dots, \mu_d$ of $\mathbb E\,\phi(\langle w, x\rangle + b)\,\phi(\langle w, y\rangle + b)$.

    The dual activation at variance $s^2 + s_b^2$ and correlation $(s^2 t + s_b^2)/(s^2 + s_b^2)$, t the cosine,
    decomposed over the cube.

    Args:
        activation: a name, a function or an object with duals of its own.
        inputs: d, at most 500.
        scale: s, the standard deviation of $\langle w, x\rangle$, above zero.
        bias: $s_b$, at or above zero; published is $d^{-1/2}$.

    Raises:
        ValueError: a scale at or below zero, a negative bias, or whatever duals and cubes raise.

    >>> [round(float(mu), 4) for mu in random_feature_eigenvalues("exp", 1)]  # E cosh^2 z, E sinh^2 z
    [4.1945, 3.1945]
    """
    s, b = one_number("scale", scale), one_number("bias", bias)
    s = within("scale", s, s > 0, "scales above zero")
    b = within("bias", b, b >= 0, "standard deviations at or above zero")
    total = s**2 + b**2

    def kernel(cosines: Float[Array, " points"]) -> Float[Array, " points"]:
        moments = jnp.broadcast_to(total, cosines.shape)
        return dual_kernel(activation, moments, moments, (1 - cosines) * s**2 / total)

    return hypercube_eigenvalues(kernel, inputs)


@closed_form
def unseen_share(eigenvalues: Float[ArrayLike, " degrees"]) -> Float[Array, " smaller"]:
    r"""The share of a monomial $x_k \chi_T$ that survives where $x_k = 1$ was never left, for every degree $|T|$.

    $\frac{\mu_{t+1}}{\mu_t + \mu_{t+1}}$, $t = |T|$: on the seen half $x_k \chi_T = \chi_T$, and the least norm splits
    the coefficient as the eigenvalues are. Not only at the end: both halves are learned at one rate, so that the
    share is the same at all times. Half for equal eigenvalues, none as the ratio vanishes (derived here).

    Args:
        eigenvalues: $\mu_0, \dots, \mu_d$, above zero.

    Returns:
        For $t = 0, \dots, d - 1$.

    Raises:
        ValueError: an eigenvalue at or below zero, or only one.

    >>> unseen_share(jnp.array([3.0, 1.0, 0.25])).tolist()
    [0.25, 0.2]
    """
    mu = _positive(eigenvalues)
    return mu[1:] / (mu[:-1] + mu[1:])


@closed_form
def least_norm_interpolator(
    coefficients: Float[ArrayLike, "..."], seen: Bool[ArrayLike, "..."], eigenvalues: Float[ArrayLike, " degrees"]
) -> Float[Array, "..."]:
    r"""What infinitely many random features make of a Boolean function that is known on part of the cube.

    The minimizer of $\sum_T \hat f(T)^2/\mu_{|T|}$ among the functions with the target's values where they were seen.
    If target and seen part depend on P of the d coordinates, so does the minimizer (averaging over the others keeps
    the values and shortens the norm): P axes are enough for any d, with the eigenvalues of d inputs. Computed on the
    host, where what was seen may decide shapes.

    Args:
        coefficients: Fourier coefficients of the target as an array of P axes of length 2; index 1 on axis i where
            $x_i$ is in the monomial.
        seen: of the same shape, whether a point of the cube was seen; index 0 is $x_i = 1$, index 1 is $x_i = -1$.
        eigenvalues: $\mu_0$ to at least $\mu_P$, above zero; digits are lost as $\mu_0/\mu_P$.

    Raises:
        ValueError: axes not all of length 2, shapes that differ, too few eigenvalues, or one at or below zero.

    >>> xy = jnp.array([[0.0, 0.0], [0.0, 1.0]])  # x y, not seen where both are -1
    >>> least_norm_interpolator(xy, jnp.array([[True, True], [True, False]]), 1e-6 ** jnp.arange(3)).round(3).tolist()
    [[-1.0, 1.0], [1.0, 0.0]]
    """
    on_the_host("least_norm_interpolator", coefficients, seen, eigenvalues)
    table = np.asarray(finite("coefficients", coefficients), float)
    if not table.ndim or set(table.shape) != {2}:
        raise ValueError(f"coefficients have shape {table.shape}; each of P axes must have length 2")
    known = np.asarray(seen)
    if known.dtype != bool:  # labels 1 and -1 would both count as seen
        raise TypeError(f"seen holds {known.dtype} values but must be boolean; pass seen > 0 or the like")
    if known.shape != table.shape:
        raise ValueError(f"seen has shape {known.shape}, the coefficients {table.shape}; the two must be the same cube")
    mu = np.asarray(_positive(eigenvalues), float)
    if len(mu) <= table.ndim:
        raise ValueError(f"{len(mu)} eigenvalues are given; a function of {table.ndim} coordinates needs one more")
    subsets = np.array(list(itertools.product((0, 1), repeat=table.ndim)))
    parities = 1.0 - 2 * (subsets[known.ravel()] @ subsets.T % 2)  # at the points seen
    lengths = np.sqrt(mu)[subsets.sum(1)]
    orthogonal, triangle = np.linalg.qr((parities * lengths).T)
    solution = orthogonal @ np.linalg.solve(triangle.T, parities @ table.ravel())
    return jnp.asarray((lengths * solution).reshape(table.shape))


def _positive(eigenvalues: Float[ArrayLike, " degrees"]) -> Float[Array, " degrees"]:
    mu = finite("eigenvalues", eigenvalues)
    if mu.ndim != 1 or len(mu) < 2:
        raise ValueError(f"eigenvalues have shape {mu.shape}; give those of two degrees at least, as a vector")
    return within("eigenvalues", mu, mu > 0, "eigenvalues above zero", "a degree without any is never learned")
