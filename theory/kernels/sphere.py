r"""Eigenvalues of dot-product kernels on the sphere, under the uniform measure.

On $S^{d-1}$ the eigenfunctions of $\kappa(\langle x, y\rangle)$ are the spherical harmonics whatever $\kappa$ is; the
eigenvalue depends on the degree k alone and is an integral against the Gegenbauer polynomial $P_k$ of that degree
(Funk and Hecke; for neural kernels Bach 2017, arXiv 1412.8690, and Bietti and Bach 2021, arXiv 2009.14397). d counts
the coordinates of an input, so that the circle is d = 2. $P_k(1) = 1$; for d = 2 it is $\cos k\theta$.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln
from jaxtyping import Array, ArrayLike, Float, Int, Num
from scipy.special import roots_legendre

from theory.core.closed_form import closed_form
from theory.core.domain import finite, one_number, plain_number, real, whole, within
from theory.kernels.arguments import at_cosines

HIGHEST = 10_000  # degree: its polynomials at all nodes fill two gigabytes
DIMENSION = "count the coordinates of an input: 2 is the circle"


@closed_form
def multiplicity(order: int, inputs: int) -> int:
    r"""Number of independent spherical harmonics of degree k on $S^{d-1}$, exact, on the host.

    $N_k = \binom{k+d-1}{d-1} - \binom{k+d-3}{d-1}$; weighted by it the eigenvalues sum to $\kappa(1)$.

    >>> [multiplicity(k, 3) for k in range(4)], multiplicity(5, 2)
    ([1, 3, 5, 7], 2)
    """
    k, d = whole("order", order, least=0), whole("inputs", inputs, least=2, fix=DIMENSION)
    return math.comb(k + d - 1, d - 1) - (math.comb(k + d - 3, d - 1) if k > 1 else 0)


@closed_form
def gegenbauer(order: int, t: Float[ArrayLike, "*batch"], inputs: int) -> Float[Array, "*batch"]:
    r"""The Gegenbauer polynomial $P_k(t)$ of $S^{d-1}$, normalized to $P_k(1) = 1$.

    By its recursion, $(k+d-2) P_{k+1} = (2k+d-2)\,t\,P_k - k\,P_{k-1}$. For d = 3 the Legendre polynomials. With
    $N_k$ the `multiplicity`, $N_k P_k(\langle x, y\rangle)$ sums $Y(x) Y(y)$ over an orthonormal basis of the
    harmonics of degree k (addition theorem).

    Raises:
        ValueError: t outside [-1, 1].

    >>> gegenbauer(2, jnp.array([-1.0, 0.0, 1.0]), 3).tolist()
    [1.0, -0.5, 1.0]
    """
    k, d = whole("order", order, least=0), whole("inputs", inputs, least=2, fix=DIMENSION)
    t = finite("t", t)
    t = within("t", t, jnp.abs(t) <= 1, "cosines in [-1, 1]", "normalize the inputs, clip what rounding adds")
    return _polynomials(t, d, k)[k]


def _polynomials(t: Float[Array, "*batch"], d: int, highest: int) -> Float[Array, " orders *batch"]:
    """All degrees up to the highest."""

    def following(pair: tuple[Array, Array], k: Array) -> tuple[tuple[Array, Array], Array]:
        before, here = pair
        after = ((2 * k + d - 2) * t * here - k * before) / (k + d - 2)
        return (here, after), after

    first = jnp.stack([jnp.ones_like(t), t])
    _, rest = jax.lax.scan(following, (first[0], first[1]), jnp.arange(1, max(highest, 1), dtype=t.dtype))
    return jnp.concatenate([first, rest])[: highest + 1]


@closed_form
def sphere_eigenvalues(
    kernel: Callable[[Float[Array, " nodes"]], Float[Array, " nodes"]], highest: int, inputs: int, nodes: int = 0
) -> Float[Array, " orders"]:
    r"""Eigenvalues of any dot-product kernel for the degrees 0 to `highest`, by quadrature.

    $\lambda_k = \frac{\Gamma(d/2)}{\sqrt\pi\,\Gamma((d-1)/2)} \int_0^\pi \kappa(\cos\theta)\,P_k(\cos\theta)\,
    \sin^{d-2}\theta\,d\theta$ with Gauss-Legendre nodes in the angle, where kernels of ReLU networks, singular in
    t at both ends, are smooth. Accurate to rounding relative to $\kappa(1)$, not to $\lambda_k$: for high degrees use a
    closed form.

    Args:
        kernel: of the cosine, pointwise.
        highest: largest degree, at most 10,000.
        inputs: d.
        nodes: of the quadrature; by default twice the highest degree and 128.

    Raises:
        ValueError: a kernel that is NaN or infinite at a node, degrees or nodes beyond what memory holds.

    >>> sphere_eigenvalues(lambda t: t**2, 2, 3).round(6).tolist()  # 1/3, 0, 2/15
    [0.333333, 0.0, 0.133333]
    """
    top, d = whole("highest", highest, least=0, most=HIGHEST), whole("inputs", inputs, least=2, fix=DIMENSION)
    angles, weights = _nodes(whole("nodes", nodes, least=0, most=4 * HIGHEST) or 2 * top + 128)
    cosines = jnp.cos(jnp.asarray(angles, jnp.result_type(float)))
    values = at_cosines(kernel, cosines)
    scale = math.exp(math.lgamma(d / 2) - math.lgamma((d - 1) / 2)) / math.sqrt(math.pi)
    measure = jnp.asarray(scale * weights * np.sin(angles) ** (d - 2), values.dtype)
    return _polynomials(cosines.astype(values.dtype), d, top) @ (measure * values)


@lru_cache(maxsize=8)
def _nodes(count: int) -> tuple[np.ndarray, np.ndarray]:
    x, w = roots_legendre(count)
    return np.pi * (x + 1) / 2, np.pi * w / 2


@closed_form
def power_eigenvalues(
    nu: Float[ArrayLike, ""], order: Num[ArrayLike, " orders"], inputs: int
) -> Float[Array, " orders"]:
    r"""Eigenvalues of the singular kernel $(1-t)^\nu$, exact for every real $\nu > -(d-1)/2$.

    $\lambda_k = 2^{\nu+d-2}\,\frac{\Gamma(d/2)\,\Gamma(\nu+\frac{d-1}2)}{\sqrt\pi}\,
    \frac{(-\nu)_k}{\Gamma(\nu+k+d-1)}$ with $(-\nu)_k = (-\nu)(1-\nu)\cdots(k-1-\nu)$ (derived here from Rodrigues'
    formula). For whole $\nu$ the kernel is a polynomial and all degrees above $\nu$ vanish. The kernel $(1+t)^\nu$ has
    the same times $(-1)^k$.

    Raises:
        ValueError: $\nu$ at or below $-(d-1)/2$, where the kernel is not integrable; a degree below 0.

    >>> power_eigenvalues(1.0, jnp.arange(3), 3).round(6).tolist()
    [1.0, -0.333333, 0.0]
    """
    d, k = whole("inputs", inputs, least=2, fix=DIMENSION), _orders(order)
    nu = one_number("nu", nu)
    nu = within("nu", nu, nu > -(d - 1) / 2, f"exponents above -(d - 1)/2 = {-(d - 1) / 2:g}")
    nu, k = nu.astype(jnp.result_type(float)), k.astype(jnp.result_type(float))
    ahead = (nu + d - 2) * math.log(2) + math.lgamma(d / 2) + gammaln(nu + (d - 1) / 2) - math.log(math.pi) / 2
    return _rising(-nu, k, ahead - gammaln(nu + k + d - 1))


def _rising(start: Float[Array, ""], k: Float[Array, " orders"], log_factor: Array) -> Float[Array, " orders"]:
    """exp(log_factor) (start)_k, by the logarithm of its size and the count of its negative factors."""
    whole_start = (start <= 0) & (start == jnp.round(start))
    vanishes = whole_start & (k > -start)
    safe = jnp.where(whole_start, 0.5, start)
    size = gammaln(safe + k) - gammaln(safe)
    falling = gammaln(jnp.where(whole_start, 1 - start, 1.0)) - gammaln(jnp.where(vanishes, 1.0, 1 - start - k))
    negative = jnp.clip(jnp.ceil(-start), 0.0, k)
    sign = 1 - 2 * jnp.mod(negative, 2)
    value = sign * jnp.exp(jnp.where(whole_start, falling, size) + log_factor)
    return jnp.where(vanishes, 0.0, value)


@closed_form
def power_decay(nu: float | int, inputs: int) -> tuple[float, float]:
    r"""Constant C and exponent of the decay $\lambda_k \to C\,k^{-(2\nu+d-1)}$ of $(1-t)^\nu$, on the host.

    $C = 2^{\nu+d-2}\,\Gamma(d/2)\,\Gamma(\nu+\frac{d-1}2) / (\sqrt\pi\,\Gamma(-\nu))$, zero for whole $\nu$. A
    kernel that is $c_+(1-t)^\nu$ and smoother terms at t = 1, and $c_-(1+t)^\nu$ and smoother terms at t = -1, has
    $\lambda_k \to (c_+ + (-1)^k c_-)\,C\,k^{-(2\nu+d-1)}$ (Bietti and Bach 2021, Theorem 1): parities differ where
    both ends are singular.

    Args:
        nu: $\nu > -(d-1)/2$: 1/2 for the NTK of ReLU networks of any depth, 3/2 for their NNGP kernel.
        inputs: d.

    Raises:
        ValueError: $\nu$ at or below $-(d-1)/2$.

    >>> tuple(round(x, 6) for x in power_decay(0.5, 2))
    (-0.225079, -2.0)
    """
    d, nu = whole("inputs", inputs, least=2, fix=DIMENSION), plain_number("nu", nu)
    if not nu > -(d - 1) / 2:
        raise ValueError(f"nu = {nu:g} is outside the allowed exponents above -(d - 1)/2 = {-(d - 1) / 2:g}")
    exponent = -float(2 * nu + d - 1)
    if nu >= 0 and nu == round(nu):
        return 0.0, exponent
    ahead = 2 ** (nu + d - 2) * math.gamma(d / 2) * math.gamma(nu + (d - 1) / 2)
    return ahead / (math.sqrt(math.pi) * math.gamma(-nu)), exponent


def _orders(order: Num[ArrayLike, " orders"]) -> Int[Array, " orders"]:
    order = jnp.asarray(order) if isinstance(order, int | jax.Array) else real("order", np.asarray(order))
    if not jnp.issubdtype(order.dtype, jnp.integer):
        raise TypeError(f"order holds {order.dtype} values but must count degrees; pass whole numbers")
    if not isinstance(order, jax.core.Tracer) and bool((order < 0).any()):
        raise ValueError(f"order = {int(order.min())} is outside the allowed degrees at or above 0")
    return order
