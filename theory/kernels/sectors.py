r"""Spectra of deep convolutional kernels whose patches do not overlap: sectors of eigenfunctions, by what they look at.

The input is cut into patches, each a point of $S^{d-1}$, uniform and independent. A first layer of filters sees one
patch and has the kernel $a(t) = \sum_m a_m t^m$ of the patch's cosine t; a second one sees s patches and has the kernel
$b(\tfrac1s \sum_i a(t_i))$, $b(z) = \sum_j b_j z^j$, both as the duals of activations, with coefficients at or above 0.
Eigenfunctions are products of spherical harmonics, one a patch; those that are constant on all but a few patches form
the sector of these patches (Cagnetta, Favero and Wyart 2023, arXiv 2208.01003). The eigenvalues below are exact and
derived here; so are the decays in frequency, which the paper states for deep kernels on the torus.
"""

import math
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.polynomial import polynomial

from theory.core.closed_form import closed_form
from theory.core.domain import plain_number, whole
from theory.kernels.arguments import numbers
from theory.kernels.sphere import DIMENSION


@closed_form
def sector_eigenvalue(
    outer: Sequence[float | int], inner: Sequence[float | int], orders: Sequence[int], inputs: int
) -> Float[Array, ""]:
    r"""Eigenvalue of products of harmonics of the degrees `orders`, one a patch; exact, on the host.

    $\lambda = \sum_j \frac{b_j\,j!}{s^j} \sum_{m_1 + \dots + m_s = j} \prod_i \frac{\lambda_{k_i}(a^{m_i})}{m_i!}$ with
    $\lambda_k(a^m)$ the eigenvalue of the m-th power of the inner kernel on $S^{d-1}$: the multinomial theorem, then
    Funk and Hecke patch by patch. Every term is at or above 0, so that small eigenvalues keep their digits. Weighted by
    multiplicities, the product of those of the patches, all eigenvalues sum to b(a(1)). A kernel that averages over
    several groups of patches (flatten) has, for harmonics of one group, this eigenvalue over the number of groups.

    Args:
        outer, inner: Taylor coefficients of b and a, the constant first.
        orders: $k_1, \dots, k_s$, one a patch of the group: zeros where the harmonic is constant.
        inputs: d, coordinates of a patch; 2 is the circle.

    Raises:
        ValueError: no patch, a coefficient that is negative or not finite, a negative degree.

    >>> round(sector_eigenvalue((0.0, 0.0, 1.0), (0.0, 1.0), (1, 1), 2).item(), 6)  # ((cos + cos)/2)^2: 2/4 /4
    0.125
    """
    b, a, d = _coefficients("outer", outer), _coefficients("inner", inner), whole("inputs", inputs, 2, DIMENSION)
    degrees = [whole("orders", int(k), least=0) for k in numbers("orders", orders) if k == round(k)]
    if len(degrees) != len(tuple(orders)):
        raise ValueError(f"orders = {tuple(orders)} must be whole numbers, the degrees of the harmonics")
    if not degrees:
        raise ValueError("orders is empty; give one degree for every patch of the group")
    powers: list[np.ndarray] = [np.ones(1)]
    for _ in b[1:]:
        powers.append(polynomial.polymul(powers[-1], a))
    total: np.ndarray = np.ones(1)
    for k in degrees:
        patch = [_of_polynomial(p, k, d) / math.factorial(m) for m, p in enumerate(powers)]
        total = polynomial.polymul(total, patch)[: len(b)]
    terms = [c * math.factorial(j) / len(degrees) ** j * total[j] for j, c in enumerate(b) if j < len(total)]
    return jnp.asarray(math.fsum(terms), jnp.result_type(float))


@closed_form
def sector_decay_exponent(nu: float | int, inputs: int, patches: int) -> float:
    r"""Exponent of the decay in frequency inside a sector, $-(2\nu + d_{\rm eff})$ with $d_{\rm eff} = s\,(d - 1)$.

    For harmonics that vary on all s patches, as all degrees grow together: the kernel's leading singularity where the
    s patches coincide is $(\sum_i |x_i - y_i|^2)^\nu$, and its Fourier transform in $d_{\rm eff}$ dimensions decays so
    (Cagnetta, Favero and Wyart 2023). $\nu = 1/2$ for tangent kernels of ReLU networks, 3/2 for NNGP kernels. The
    dimension of the patches counts, not that of the whole input.

    Args:
        nu: half the exponent of the singularity, positive and not whole.
        inputs: d.
        patches: s.

    Raises:
        ValueError: a whole or a negative nu, which is no singularity.

    >>> sector_decay_exponent(0.5, 2, 2), sector_decay_exponent(1.5, 2, 2)
    (-3.0, -5.0)
    """
    d, s = whole("inputs", inputs, least=2, fix=DIMENSION), whole("patches", patches, least=1)
    nu = plain_number("nu", nu)
    if not (nu > 0 and nu != round(nu)):
        raise ValueError(f"nu = {nu:g} is outside the allowed positive numbers that are not whole")
    return -(2.0 * nu + s * (d - 1))


@closed_form
def learning_exponent(target: float | int, student: float | int, dimension: int, widest: int | None = None) -> float:
    r"""Exponent of the test error of ridgeless kernel regression, for a target in one sector of the kernel.

    $-\min\bigl(\frac{2\nu_T}{d}\,r,\ 2(2\nu_S + D)/D\bigr)$ with $r = \frac{d\,(2\nu_S + D)}{D\,(2\nu_S + d)}$, for a
    Gaussian random target of smoothness $\nu_T$ in a sector of d effective dimensions and a kernel of smoothness
    $\nu_S$ whose widest sector has D, without noise. r = 1 where the target's sector is the widest (Spigler, Geiger and
    Wyart 2020, arXiv 1905.10843; the form from memory, checked on the circle). Else the widest sector holds nearly all
    eigenfunctions and sets the level $\lambda_n \sim n^{-(2\nu_S + D)/D}$ that n examples resolve: a target on one
    patch is learned faster than one on all, but slower than by a kernel that sees one patch alone (derived here).

    Args:
        target, student: $\nu_T$, $\nu_S$.
        dimension: d.
        widest: D, the target's own unless given.

    Raises:
        ValueError: a smoothness at or below 0, a widest sector below the target's.

    >>> learning_exponent(0.5, 0.5, 2), learning_exponent(0.5, 0.5, 1, widest=2), learning_exponent(5.5, 0.5, 1)
    (-0.5, -0.75, -4.0)
    """
    d = whole("dimension", dimension, least=1)
    D = d if widest is None else whole("widest", widest, least=d, fix="the target's sector is one of the kernel's")
    target, student = plain_number("target", target, above=0), plain_number("student", student, above=0)
    level = (2.0 * student + D) / D
    return -min(2.0 * target * level / (2.0 * student + d), 2.0 * level)


def _of_polynomial(coefficients: np.ndarray, k: int, d: int) -> float:
    """Eigenvalue of degree k: $t^j$ has $j!\\,\\Gamma(d/2) / (2^j\\,((j-k)/2)!\\,\\Gamma((j+k+d)/2))$ or none."""
    total = []
    for j in range(k, len(coefficients), 2):
        size = math.lgamma(j + 1) + math.lgamma(d / 2) - j * math.log(2)
        total.append(coefficients[j] * math.exp(size - math.lgamma((j - k) / 2 + 1) - math.lgamma((j + k + d) / 2)))
    return math.fsum(total)


def _coefficients(name: str, given: Sequence[float | int]) -> np.ndarray:
    values = np.asarray(numbers(name, given))
    if values.ndim != 1 or not values.size or not np.all((values >= 0) & np.isfinite(values)):
        raise ValueError(f"{name} = {tuple(given)} must be one or more finite Taylor coefficients at or above 0")
    return values
