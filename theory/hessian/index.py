r"""Index against energy: the share of negative eigenvalues of a Hessian as a sum of two free parts.

Pennington and Bahri (ICML 2017) model the Hessian of a squared loss at energy $\varepsilon$ as $H = H_0 + H_1$:
$H_0 = JJ^\top/m$ with a Gaussian n x m matrix J, the part of the gradients'
outer products, and $H_1$ a Wigner matrix with entries of variance $2\varepsilon/n$, the part that the residuals
weight. With the ratio $\phi = n/m$ the inverse of the Stieltjes transform $G$ is

$$z(G) = \frac1G + \frac1{1 - \phi G} + 2\varepsilon\,G,$$

the density is $|\mathrm{Im}\,G|/\pi$, and the lower edge is the largest z(G) on G < 0. Real networks need not have two
free parts: the distance from this law is a measurement, not a verdict on them.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from theory.core.bisection import boundary
from theory.core.broadcast import together
from theory.core.closed_form import closed_form
from theory.core.domain import within

NODES, WEIGHTS = np.polynomial.legendre.leggauss(80)
# Median of the Tracy-Widom law of real symmetric matrices (beta = 1), Bornemann 2010, arXiv 0904.1581.
MOST = 1e15  # of positions, energies and ratios, whose cubes are finite
TRACY_WIDOM_MEDIAN = -1.2685716


@closed_form
def critical_energy(ratio: Float[ArrayLike, "*batch"]) -> Float[Array, "*batch"]:
    r"""Energy below which no eigenvalue is negative, $\varepsilon_c = (1 - 20\phi - 8\phi^2 + (1 + 8\phi)^{3/2})/16$.

    From 1/8 at $\phi = 0$ it falls to 0 as $(1-\phi)^3$-like at $\phi = 1$, where it is written without cancellation
    as $(3 - s)^3 (s + 1)/128$ with $s = \sqrt{1 + 8\phi}$ (derived here).

    Args:
        ratio: parameters over residuals, in (0, 1].

    Raises:
        ValueError: a ratio outside (0, 1]; beyond 1 there are negative eigenvalues at any energy.

    >>> round(float(critical_energy(0.25)), 8)
    0.04350953
    """
    (phi,) = together(ratio=ratio)
    phi = within("ratio", phi, (phi > 0) & (phi <= 1), "ratios in (0, 1]")
    s = jnp.sqrt(1 + 8 * phi)
    return (3 - s) ** 3 * (s + 1) / 128


@closed_form
def density(
    x: Float[ArrayLike, "*batch"], energy: Float[ArrayLike, "*batch2"], ratio: Float[ArrayLike, "*batch3"]
) -> Float[Array, "..."]:
    r"""Density of the eigenvalues; 0 outside the support.

    The Stieltjes transform solves $2\varepsilon\phi G^3 - (2\varepsilon + z\phi)G^2 + (z + \phi - 1)G - 1 = 0$.

    Raises:
        ValueError: an energy or a ratio that is not above zero.

    >>> round(float(density(1.0, 0.5, 1e-9)), 6)  # a semicircle of variance 1 about 1
    0.31831
    """
    x, energy, phi = _arguments(x=x, energy=energy, ratio=ratio)
    # The reciprocal F = 1/G keeps a leading coefficient of one: F^3 + b F^2 + c F - 2 eps phi = 0.
    b, c = 1 - x - phi, 2 * energy + x * phi
    p, q = c - b**2 / 3, 2 * b**3 / 27 - b * c / 3 - 2 * energy * phi
    discriminant = (q / 2) ** 2 + (p / 3) ** 3
    paired = discriminant > 0
    root = jnp.sqrt(jnp.where(paired, discriminant, 1.0))
    u = jnp.cbrt(-q / 2 - jnp.where(q > 0, root, -root))
    v = -p / (3 * jnp.where(paired, u, 1.0))
    imaginary = 3**0.5 / 2 * jnp.abs(u - v)
    squared = imaginary**2 + ((u + v) / 2 + b / 3) ** 2
    return jnp.where(paired, imaginary / (jnp.pi * jnp.where(paired, squared, 1.0)), 0.0 * q)


@closed_form
def lower_edge(energy: Float[ArrayLike, "*batch"], ratio: Float[ArrayLike, "*batch2"]) -> Float[Array, "..."]:
    """The smallest eigenvalue in the limit of large matrices.

    Raises:
        ValueError: an energy or a ratio that is not above zero.

    >>> round(float(lower_edge(1e-12, 0.25)), 5), round(float(lower_edge(0.5, 1e-12)), 5)
    (0.25, -1.0)
    """
    energy, phi = _arguments(energy=energy, ratio=ratio)
    return _inverse(_edge_position(energy, phi), energy, phi)


@closed_form
def edge_shift(
    energy: Float[ArrayLike, "*batch"], ratio: Float[ArrayLike, "*batch2"], size: Float[ArrayLike, "*batch3"]
) -> Float[Array, "..."]:
    r"""How far the median of the smallest eigenvalue lies above the edge at n parameters, of order $n^{-2/3}$.

    At a square-root edge $\lambda_1 \approx z_e - \xi\,(n\sqrt{2/z''})^{-2/3}$ with a Tracy-Widom variable $\xi$ and
    $z'' = |d^2z/dG^2|$ (derived here from the inverse; universality of the edge is assumed).

    Raises:
        ValueError: an energy, a ratio or a size that is not above zero.

    >>> round(float(edge_shift(0.5, 1e-12, 1000.0)), 6)  # a semicircle: 1.2686 n^(-2/3)
    0.012686
    """
    energy, phi, n = _arguments(energy=energy, ratio=ratio, size=size)
    g = _edge_position(energy, phi)
    curvature = 2 / g**3 - 2 * phi**2 / (1 + phi * g) ** 3
    return -TRACY_WIDOM_MEDIAN * (curvature / 2) ** (1 / 3) * n ** (-2 / 3)


@closed_form
def critical_energy_at(size: Float[ArrayLike, "*batch"], ratio: Float[ArrayLike, "*batch2"]) -> Float[Array, "..."]:
    r"""Energy at which half of all n x n matrices have a negative eigenvalue: `lower_edge` + `edge_shift` = 0.

    Above `critical_energy`, by an amount of order $n^{-2/3}$.

    Raises:
        ValueError: a ratio outside (0, 1), a size that is not above zero.

    >>> [round(float(e), 5) for e in critical_energy_at(jnp.array([200.0, 1e12]), 0.25)]
    [0.04686, 0.04351]
    """
    n, phi = _arguments(size=size, ratio=ratio)
    phi = within("ratio", phi, phi < 1, "ratios below 1")
    n, phi = jnp.broadcast_arrays(n, phi)

    def positive(log_energy: Array) -> Array:
        energy = jnp.exp(log_energy)
        return lower_edge(energy, phi) + edge_shift(energy, phi, n) > 0

    return jnp.exp(boundary(positive, jnp.log(critical_energy(phi)), jnp.full_like(phi, jnp.log(1e6))))


@closed_form
def index(energy: Float[ArrayLike, "*batch"], ratio: Float[ArrayLike, "*batch2"]) -> Float[Array, "..."]:
    r"""Share of negative eigenvalues, $\alpha(\varepsilon, \phi) = \int_{z_e}^0 \rho$; 0 below the critical energy.

    It grows as $(\varepsilon - \varepsilon_c)^{3/2}$ from there. Gauss-Legendre in $z = z_e(1 - s^2)$, which
    removes the edge's square root.

    Raises:
        ValueError: an energy or a ratio that is not above zero.

    >>> index(jnp.array([0.04, 0.125, 0.5]), 0.25).round(6).tolist()
    [0.0, 0.075665, 0.225349]
    """
    energy, phi = _arguments(energy=energy, ratio=ratio)
    edge = jnp.minimum(lower_edge(energy, phi), 0.0)[..., None]
    s = jnp.asarray(0.5 * (1 + NODES), edge.dtype)
    s, weights = (a.reshape((1,) * (edge.ndim - 1) + a.shape) for a in (s, jnp.asarray(0.5 * WEIGHTS, edge.dtype)))
    heights = density(edge * (1 - s**2), energy[..., None], phi[..., None])
    return jnp.sum(weights * heights * 2 * s * -edge, axis=-1)


def _arguments(**named: Float[ArrayLike, "..."]) -> tuple[Float[Array, "..."], ...]:
    values = together(**named)
    return tuple(within(name, v, *_domain(name, v)) for name, v in zip(named, values, strict=True))


def _domain(name: str, value: Array) -> tuple[Array, str]:
    """Cubes of positions, energies and ratios stay finite, and so do the matrix's three scales apart."""
    if name == "x":
        return jnp.abs(value) <= MOST, f"positions of at most {MOST:g}"
    return (value >= 1 / MOST) & (value <= MOST), f"numbers above zero, from {1 / MOST:g} to {MOST:g}"


def _inverse(g: Array, energy: Array, phi: Array) -> Array:
    """z at G = -g."""
    return -1 / g + 1 / (1 + phi * g) - 2 * energy * g


def _edge_position(energy: Array, phi: Array) -> Array:
    """The g = -G > 0 with z'(G) = 0: phi/(1 + phi g)^2 + 2 eps - 1/g^2 changes sign once, within this bracket."""
    excess = lambda g: phi / (1 + phi * g) ** 2 + 2 * energy - 1 / g**2

    g = boundary(lambda g: excess(g) < 0, (2 * energy + phi) ** -0.5, (2 * energy) ** -0.5)
    slope = 2 / g**3 - 2 * phi**2 / (1 + phi * g) ** 3
    return g - excess(g) / jax.lax.stop_gradient(slope)
