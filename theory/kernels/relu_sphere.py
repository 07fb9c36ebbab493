r"""Eigenvalues of ReLU kernels on the sphere, in closed form.

With $t$ the cosine between two inputs, $k_0 = (\pi - \arccos t)/\pi$ and
$k_1 = (\sqrt{1-t^2} + t(\pi - \arccos t))/\pi$ are the arc-cosine kernels of degree 0 and 1 (Cho and Saul 2009),
normalized to 1 at t = 1: NNGP kernels of one hidden layer of step and of ReLU units. $t\,k_0 + k_1$ is the NTK of a
ReLU network of one hidden layer without biases. Both arc-cosine kernels are squares: $k_a$ averages
$(u \cdot x)_+^a (u \cdot y)_+^a$ over directions u, so its eigenvalues are squared coefficients of the one-sided power
$(t)_+^a$ (Bach 2017, arXiv 1412.8690, Appendix D).
"""

import math

import jax.numpy as jnp
from jax.scipy.special import gammaln
from jaxtyping import Array, ArrayLike, Float, Int, Num

from theory.core.closed_form import closed_form
from theory.core.domain import whole
from theory.kernels.sphere import DIMENSION, _orders


@closed_form
def arc_cosine_eigenvalues(degree: int, order: Num[ArrayLike, " orders"], inputs: int) -> Float[Array, " orders"]:
    r"""Eigenvalues of the arc-cosine kernel $k_0$ (step) or $k_1$ (ReLU) on $S^{d-1}$.

    $\lambda_k(k_0) = 2 (\mu_k^{(0)})^2$ and $\lambda_k(k_1) = 2 d\,(\mu_k^{(1)})^2$ with $\mu_k^{(a)}$ the coefficient
    of $(t)_+^a$. Even k > 0 vanish for $k_0$, odd k > 1 for $k_1$. Decay: $k^{-d}$ for $k_0$, $k^{-d-2}$ for $k_1$.

    Args:
        degree: a, 0 or 1.
        order: k.
        inputs: d.

    >>> (128 * arc_cosine_eigenvalues(1, jnp.array([0, 2, 3]), 3)).round(6).tolist()  # 3/8, 3/128, 0
    [48.0, 3.0, 0.0]
    """
    a, d = whole("degree", degree, least=0), whole("inputs", inputs, least=2, fix=DIMENSION)
    if a > 1:
        raise ValueError(f"degree = {a} must be 0 (step) or 1 (ReLU)")
    return 2 * d**a * _one_sided(a, _orders(order), d) ** 2


@closed_form
def relu_ntk_eigenvalues(order: Num[ArrayLike, " orders"], inputs: int) -> Float[Array, " orders"]:
    r"""Eigenvalues on $S^{d-1}$ of the NTK of one hidden ReLU layer without biases, $t\,k_0 + k_1$ (2 at t = 1).

    $\lambda_k = \frac{k\,\lambda_{k-1}(k_0) + (k+d-2)\,\lambda_{k+1}(k_0)}{2k+d-2} + \lambda_k(k_1)$, from the
    recursion of the Gegenbauer polynomials. $\lambda_1 = 1/d$ in every dimension; all odd k > 1 vanish: such a
    network cannot learn an odd harmonic but the linear ones (Basri et al. 2019, arXiv 1906.00425; Bietti and Mairal
    2019, arXiv 1905.12173). Even k decay as $k^{-d}$.

    Args:
        order: k.
        inputs: d.

    >>> (192 * relu_ntk_eigenvalues(jnp.arange(6), 3)).round(4).tolist()  # 1/2, 1/3, 5/64, 0, 1/192, 0
    [96.0, 64.0, 15.0, 0.0, 1.0, 0.0]
    """
    d, k = whole("inputs", inputs, least=2, fix=DIMENSION), _orders(order)
    below, above = (2 * _one_sided(0, jnp.maximum(k + step, 0), d) ** 2 for step in (-1, 1))
    share = jnp.where(k == 0, 0.0, k / jnp.where(2 * k + d == 2, 1, 2 * k + d - 2))
    return share * below + (1 - share) * above + 2 * d * _one_sided(1, k, d) ** 2


def _one_sided(a: int, k: Int[Array, " orders"], d: int) -> Float[Array, " orders"]:
    """The coefficients of (t)_+^a, up to sign, by the logarithms of their sizes."""
    real = k.astype(jnp.result_type(float))
    j = jnp.maximum(jnp.floor((real - 1 - a) / 2), 0.0)
    p = real + (d - 3) / 2
    size = (
        math.lgamma(d / 2)
        - math.log(math.pi) / 2
        - real * math.log(2)
        - gammaln(real + (d - 1) / 2)
        + gammaln(p + 1)
        - gammaln(p - j + 1)
        + gammaln(2 * j + 1)
        - gammaln(j + 1)
    )
    value = jnp.where((k > a) & ((k - a) % 2 == 1), jnp.exp(size), 0.0)
    first = 0.5 if a == 0 else math.exp(math.lgamma(d / 2) - math.lgamma((d + 1) / 2)) / (2 * math.sqrt(math.pi))
    value = jnp.where(k == 0, first, value)
    return value if a == 0 else jnp.where(k == 1, 1 / (2 * d), value)
