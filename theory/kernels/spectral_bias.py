r"""The order in which a wide network learns frequencies: one exponential each, at the pace of its eigenvalue.

Gradient flow on half the mean squared error moves an infinitely wide network along its tangent kernel; where inputs are
uniform, a harmonic of eigenvalue $\lambda_k$ is missed by $e^{-\lambda_k t}$ and takes a time of order $1/\lambda_k$
(Basri et al. 2019, arXiv 1906.00425; Rahaman et al. 2019, arXiv 1806.08734, for the name). On regular points of the
circle waves are eigenvectors too, exactly, and frequencies that look alike on the grid share one eigenvalue.
"""

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import whole, within
from theory.kernels.arguments import at_cosines

MOST_POINTS = 2**26  # half a gigabyte


@closed_form
def learning_time(
    eigenvalue: Float[ArrayLike, "..."] | float, missed: Float[ArrayLike, "..."] | float
) -> Float[Array, "..."]:
    r"""Time of gradient flow after which a share `missed` of a harmonic is left, $-\log(\mathrm{missed})/\lambda_k$.

    Infinite where the eigenvalue is zero: odd frequencies above one of ReLU networks without biases.

    Args:
        eigenvalue: $\lambda_k \ge 0$ of the tangent kernel under the inputs' distribution.
        missed: share of the target's amplitude, in (0, 1].

    Raises:
        ValueError: a negative eigenvalue, a share outside (0, 1].

    >>> round(learning_time(0.5, 0.25).item(), 6)
    2.772589
    """
    rate, share = together(eigenvalue=eigenvalue, missed=missed)
    rate = within("eigenvalue", rate, rate >= 0, "eigenvalues at or above 0")
    share = within("missed", share, (share > 0) & (share <= 1), "shares in (0, 1]")
    wait = -jnp.log(share)
    return jnp.where(wait == 0, 0.0, wait / rate)


@closed_form
def missed_share(
    times: Float[ArrayLike, "..."] | float, eigenvalue: Float[ArrayLike, "..."] | float
) -> Float[Array, "..."]:
    r"""Share of a harmonic that gradient flow has not learned yet, $e^{-\lambda_k t}$.

    Args:
        times: $t \ge 0$.
        eigenvalue: $\lambda_k \ge 0$.

    Raises:
        ValueError: a negative time or eigenvalue.

    >>> round(missed_share(2.0, 0.5).item(), 6)
    0.367879
    """
    t, rate = together(times=times, eigenvalue=eigenvalue)
    t = within("times", t, t >= 0, "times at or after zero")
    rate = within("eigenvalue", rate, rate >= 0, "eigenvalues at or above 0")
    return jnp.exp(-rate * t)


@closed_form
def grid_eigenvalues(
    kernel: Callable[[Float[Array, " points"]], Float[Array, " points"]], points: int
) -> Float[Array, " orders"]:
    r"""Eigenvalues of a dot-product kernel's matrix over n, on n regular points of the circle, by frequency 0 to n/2.

    The matrix is circulant: its eigenvectors are $\cos k\theta_i$ and $\sin k\theta_i$, and the eigenvalue is the sum
    $\lambda_k + \lambda_{n-k} + \lambda_{n+k} + \dots$ of those of the circle (`sphere_eigenvalues` for d = 2): what
    n points cannot tell apart.

    Args:
        kernel: of the cosine, pointwise.
        points: n, at most 2^26.

    Raises:
        ValueError: a kernel that is NaN or infinite, points below one or above what memory holds.

    >>> grid_eigenvalues(lambda t: 1 + t, 4).round(6).tolist()
    [1.0, 0.5, 0.0]
    """
    n = whole("points", points, least=1, most=MOST_POINTS)
    cosines = jnp.asarray(np.cos(2 * np.pi * np.arange(n) / n), jnp.result_type(float))
    values = at_cosines(kernel, cosines)
    return jnp.fft.rfft(values).real / n
