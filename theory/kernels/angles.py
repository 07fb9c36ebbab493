r"""Kernels of inputs of one size as a series in the angle between them.

Among inputs of one size, and among all inputs where the network is homogeneous (two slopes and no biases), a kernel of
a deep network is a function of the angle $\theta$ alone, however deep. It is analytic on $[0, \pi]$: the square roots
at duplicates and antipodes are powers of $\theta$ and of $\pi - \theta$. A Chebyshev series in $\theta$ therefore
reaches rounding with a few tens of terms, and costs one polynomial where the recursion costs an arccosine a layer.
"""

from functools import lru_cache
from math import pi

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import closed_form
from theory.core.domain import finite, plain_number, within
from theory.kernels.arguments import described, one_of
from theory.kernels.dense import Kernels, kernels_at_gap
from theory.kernels.gaps import arcsine_over_root
from theory.networks import Network

DEGREES = (8, 12, 16, 24, 32, 48, 64, 96, 128)  # few lengths, for each is a program
NODES = 192
ROUNDING = 2e-14  # of the coefficients: a gap holds the angle to an antipode to a millionth of a millionth only
KERNELS = ("nngp", "ntk")
LARGEST = 1e150  # its square is a number


@closed_form
def angular_kernel(
    network: Network, theta: Float[ArrayLike, "*batch"], size: float = 1.0, kernel: str = "ntk"
) -> Float[Array, "*batch"]:
    r"""The kernel between two inputs of mean square $\text{size}^2$ at an angle $\theta$, by its series.

    Accurate to a few roundings of its value at $\theta = 0$. In 64 bits whatever the input.

    Args:
        network: `theory.networks.Network`.
        theta: angles in $[0, \pi]$.
        size: root mean square of either input.
        kernel: "nngp" or "ntk".

    Raises:
        ValueError: an angle outside $[0, \pi]$, a size at or below zero, a kernel that no series of 128 terms
            represents (the step's tangent kernel is infinite at duplicates).

    >>> from theory.networks import perceptron
    >>> network = perceptron((2, 8, 1), parametrization="ntk", sigma_w=2**0.5)
    >>> angular_kernel(network, jnp.array([0.0, jnp.pi])).round(6).tolist()
    [4.0, 0.0]
    """
    theta = finite("theta", theta)
    theta = within("theta", theta, (theta >= 0) & (theta <= jnp.pi), "angles from 0 to pi")
    described(network, Network)
    one_of("kernel", kernel, KERNELS)
    size = plain_number("size", size, above=0, below=LARGEST)
    series = angular_series(network, size, kernel)
    if series is None:
        raise ValueError(f"the {kernel} of this network has no series of {DEGREES[-1]} terms; use `kernels`")
    return clenshaw(2 * theta / jnp.pi - 1, jnp.asarray(series, theta.dtype))


@lru_cache(maxsize=128)
def angular_series(
    network: Network, size: float, kernel: str, precision: float = 0.0
) -> Float[np.ndarray, " terms"] | None:
    """Chebyshev coefficients in 2 theta/pi - 1, in 64 bits, of the least of `DEGREES` that
    leaves out less than the precision, relative to the largest value.

    None where 128 terms do not reach it, or where the kernel is not finite.

    Raises:
        ValueError: another kernel than "nngp" and "ntk", a size that is not above zero.
    """
    if kernel not in KERNELS or not 0 < size < float("inf"):
        raise ValueError(f"kernel = {kernel!r} must be one of {', '.join(KERNELS)}, and size = {size} above zero")
    values = np.asarray(getattr(_at_nodes(network, size), kernel))
    if not np.isfinite(values).all():
        return None
    series = _transform(values)
    tails = np.maximum.accumulate(np.abs(series)[::-1])[::-1]
    enough = max(precision, ROUNDING) * np.abs(values).max()
    return next((series[: degree + 1] for degree in DEGREES if tails[degree + 1] <= enough), None)


@jax.jit
def clenshaw(x: Float[Array, "..."], coefficients: Float[Array, " terms"]) -> Float[Array, "..."]:
    """The Chebyshev series at x in [-1, 1]."""
    after = later = jnp.zeros_like(x)
    for k in range(len(coefficients) - 1, 0, -1):
        after, later = 2 * x * after - later + coefficients[k], after
    return x * after - later + coefficients[0]


@jax.jit
def fast_angle(lack: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    r"""The angle by one square root and one polynomial, exact to rounding at both ends.

    $2\arcsin\sqrt{\delta/2}$ up to a right angle, $\pi$ minus that beyond, where $\delta = 1 - |\cos\theta|$.

    Args:
        lack: $\delta$ with the sign of the cosine, that of its zeros included: 0.0 at duplicates, -0.0 at antipodes.

    >>> jnp.allclose(fast_angle(jnp.array([0.0, 1.0, -0.0])), jnp.array([0.0, pi / 2, pi]))
    Array(True, dtype=bool)
    """
    lack = jnp.asarray(lack)
    square = jnp.abs(lack) / 2
    series = jnp.zeros_like(square)
    for c in arcsine_over_root(7 if lack.dtype == jnp.float32 else 21):
        series = series * square + c
    half = jnp.sqrt(square) * series
    return jnp.where(jnp.signbit(lack), pi - 2 * half, 2 * half)


@lru_cache(maxsize=16)
def _at_nodes(network: Network, size: float) -> Kernels:
    x = np.cos(pi * (np.arange(NODES) + 0.5) / NODES)
    gap = 2 * np.sin(pi * (x + 1) / 4) ** 2
    with jax.enable_x64(True):
        return kernels_at_gap(network, size**2, size**2, gap)


def _transform(values: Float[np.ndarray, " nodes"]) -> Float[np.ndarray, " terms"]:
    """Coefficients of the interpolant through values at Chebyshev's nodes."""
    n = len(values)
    angles = pi * (np.arange(n) + 0.5) / n
    out = 2 / n * np.cos(np.outer(np.arange(n), angles)) @ values
    out[0] /= 2
    return out
