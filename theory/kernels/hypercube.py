r"""Eigenvalues of dot-product kernels on the hypercube $\{-1, 1\}^d$, under the uniform measure.

The eigenfunctions of $\kappa(\langle x, y\rangle/d)$ are the parities $\chi_S(x) = \prod_{i \in S} x_i$, whatever
$\kappa$ is; the eigenvalue depends on the degree $k = |S|$ alone (Yang and Salman 2019, arXiv 1907.10599).
"""

from collections.abc import Callable
from functools import lru_cache
from math import comb

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from theory.core.closed_form import closed_form
from theory.core.domain import whole
from theory.kernels.arguments import at_cosines


@closed_form
def hypercube_eigenvalues(
    kernel: Callable[[Float[Array, " points"]], Float[Array, " points"]], inputs: int
) -> Float[Array, " degrees"]:
    r"""Eigenvalues of the degrees 0 to d; degree k has $\binom dk$ parities.

    $\mu_k = 2^{-d} \sum_{r=0}^d C_{k}(r)\,\kappa(1 - 2r/d)$ with $C_k(r)$ the coefficient of $x^r$ in
    $(1-x)^k (1+x)^{d-k}$ (Yang and Salman 2019, their finite differences summed). Weighted by multiplicity they sum
    to $\kappa(1)$. For a kernel with non-negative Taylor coefficients $\mu_0 \ge \mu_2 \ge \dots$ and
    $\mu_1 \ge \mu_3 \ge \dots$. Accurate to rounding relative to $\kappa(1)$, not to $\mu_k$: terms cancel.

    Args:
        kernel: of the cosine, pointwise.
        inputs: d, at most 500.

    Raises:
        ValueError: a kernel that is NaN or infinite at $\pm 1$ or between.

    >>> hypercube_eigenvalues(lambda t: 1 + t**2, 2).round(6).tolist()  # 1 + 1/2, 0, 1/2
    [1.5, 0.0, 0.5]
    """
    d = whole("inputs", inputs, least=1)
    if d > 500:
        raise ValueError(f"inputs = {d} is above 500, where sums over the cube have lost all digits")
    cosines = jnp.asarray(1 - 2 * np.arange(d + 1) / d, jnp.result_type(float))
    values = at_cosines(kernel, cosines)
    return jnp.asarray(_transform(d), values.dtype) @ values


@lru_cache(maxsize=16)
def _transform(d: int) -> np.ndarray:
    """Row k holds the coefficients of (1-x)^k (1+x)^(d-k) over 2^d, in whole numbers until the division."""
    row = [comb(d, r) for r in range(d + 1)]
    rows = []
    for _ in range(d + 1):
        rows.append([c / 2**d for c in row])
        quotient, carry = [], 0
        for c in row[:-1]:  # divide by 1 + x, then multiply by 1 - x
            carry = c - carry
            quotient.append(carry)
        row = [a - b for a, b in zip([*quotient, 0], [0, *quotient], strict=True)]
    return np.array(rows)
