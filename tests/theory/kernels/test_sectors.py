"""Sector eigenvalues against transforms of the torus, a grid of the sphere, enumeration and each other."""

import itertools

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial import Polynomial
from numpy.testing import assert_allclose

from theory.kernels.sectors import learning_exponent, sector_decay_exponent, sector_eigenvalue
from theory.kernels.spectrum_strategies import convolutional_kernels
from theory.kernels.sphere import gegenbauer, multiplicity, power_decay, sphere_eigenvalues

OUTER, INNER = (0.1, 0.2, 0.4, 0.3), (0.05, 0.6, 0.35)


def test_against_a_transform_of_the_torus() -> None:
    """Three patches on circles: the kernel's Fourier coefficients, exact on a grid finer than its degree."""
    t = np.cos(2 * np.pi * np.arange(14) / 14)
    a = Polynomial(INNER)(t)
    kernel = Polynomial(OUTER)((a[:, None, None] + a[:, None] + a) / 3)
    coefficients = np.fft.fftn(kernel).real / 14**3
    for orders in ((0, 0, 0), (1, 0, 0), (2, 1, 0), (1, 1, 1), (0, 3, 2), (6, 0, 0), (5, 1, 0)):
        assert_allclose(sector_eigenvalue(OUTER, INNER, orders, 2), coefficients[orders], atol=1e-16, rtol=1e-13)


def test_against_quadrature_on_spheres() -> None:
    """Two patches in space: Legendre polynomials under the uniform measure of the cosine."""
    t, w = np.polynomial.legendre.leggauss(12)
    kernel = Polynomial(OUTER)((Polynomial(INNER)(t)[:, None] + Polynomial(INNER)(t)) / 2)
    for k, m in itertools.product(range(4), repeat=2):
        first, second = (w / 2 * np.asarray(gegenbauer(j, jnp.asarray(t), 3)) for j in (k, m))
        assert_allclose(sector_eigenvalue(OUTER, INNER, (k, m), 3), first @ kernel @ second, atol=1e-16, rtol=1e-11)


def test_single_patches() -> None:
    """One patch: the composed dot-product kernel on its sphere."""
    composed = Polynomial(OUTER)(Polynomial(INNER)).coef
    for d in (2, 3, 7):
        spectrum = sphere_eigenvalues(lambda t: jnp.polyval(jnp.asarray(composed[::-1]), t), 6, d)
        ours = [sector_eigenvalue(OUTER, INNER, (k,), d) for k in range(7)]
        assert_allclose(ours, spectrum, atol=1e-14)


def test_digits_of_small_eigenvalues() -> None:
    """The last degree of b(z) = z^20, a(t) = t on three circles: 20!/(3^20 (8! 8! 4!) 2^20), one term."""
    from math import factorial as f

    outer = (*[0.0] * 20, 1.0)
    expected = f(20) / (f(8) * f(8) * f(4)) / 3**20 / 2**20
    assert_allclose(sector_eigenvalue(outer, (0.0, 1.0), (8, 8, 4), 2), expected, rtol=1e-12)
    assert float(sector_eigenvalue(outer, (0.0, 1.0), (9, 8, 4), 2)) == 0


@settings(max_examples=20)
@given(convolutional_kernels(), st.integers(2, 5))
def test_trace_symmetry_and_order(kernel, d: int) -> None:
    """All eigenvalues sum to b(a(1)); patches are alike; none is negative."""
    outer, inner = kernel
    degree = (len(outer) - 1) * (len(inner) - 1)
    orders = list(itertools.product(range(degree + 1), repeat=2))
    values = {o: float(sector_eigenvalue(outer, inner, o, d)) for o in orders}
    trace = sum(multiplicity(k, d) * multiplicity(m, d) * values[k, m] for k, m in orders)
    assert_allclose(trace, Polynomial(outer)(sum(inner)), rtol=1e-11)
    assert all(v >= 0 and abs(v - values[o[::-1]]) <= 1e-15 for o, v in values.items())


@given(convolutional_kernels(), st.floats(0.1, 10.0))
def test_linearity_in_the_outer_kernel(kernel, factor: float) -> None:
    outer, inner = kernel
    scaled = [factor * b for b in outer]
    once, more = (float(sector_eigenvalue(b, inner, (1, 2), 3)) for b in (outer, scaled))
    assert_allclose(more, factor * once, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize(("nu", "top"), [(1.5, 1), (0.5, 0)])
def test_decay_on_the_torus(nu: float, top: int) -> None:
    """Arc-cosine kernels of order one inside, of order `top` outside: slopes of exact coefficients, k = 16 to 64."""
    angle = lambda t: np.arccos(np.clip(t, -1, 1))
    ones = lambda t: (np.sin(angle(t)) + t * (np.pi - angle(t))) / np.pi
    outer = ones if top else (lambda t: 1 - angle(t) / np.pi)
    a = ones(np.cos(2 * np.pi * np.arange(768) / 768))
    spectrum = np.fft.fft2(outer((a[:, None] + a) / 2)).real
    slope = np.log(spectrum[64, 64] / spectrum[16, 16]) / np.log(4)
    assert abs(slope - sector_decay_exponent(nu, 2, 2)) < 0.07


def test_decay_of_one_patch() -> None:
    """The sphere's own, from the closed form of its eigenvalues; every further patch adds its dimension."""
    for nu, d in ((0.5, 2), (1.5, 3), (2.5, 6)):
        assert sector_decay_exponent(nu, d, 1) == power_decay(nu, d)[1]
        assert sector_decay_exponent(nu, d, 4) == power_decay(nu, d)[1] - 3 * (d - 1)


def test_learning_exponents_on_the_circle() -> None:
    """Ridgeless regression on regular points: what aliasing leaves of a Gaussian target of power k^-(2 nu + 1)."""
    k = np.arange(-(2**14), 2**14) + 0.5  # half-whole frequencies: none is zero

    def error(n: int, target: float, student: float) -> float:
        t, s = (np.abs(k) ** -(2 * nu + 1) for nu in (target, student))
        folded = lambda p: np.tile(p.reshape(-1, n).sum(0), len(k) // n)
        share = s / folded(s)
        return float((t * (1 - 2 * share) + share**2 * folded(t)).sum())

    for target, student in ((0.5, 0.5), (0.5, 1.5), (4.0, 0.5)):
        slope = np.log2(error(256, target, student) / error(128, target, student))
        assert abs(slope - learning_exponent(target, student, 1)) < 0.03
    assert learning_exponent(1.5, 0.5, 4) == -0.75


@pytest.mark.parametrize(("d", "widest"), [(1, 2), (1, 4), (2, 4)])
def test_learning_exponents_of_narrow_sectors(d: int, widest: int) -> None:
    """By the mode counting of kernel regression, n = sum L and error = sum v (1 - L)^2/(1 - sum L^2/n)."""
    k = np.geomspace(1, 1e9, 4000)
    count = np.gradient(k)
    spectra = {D: (k ** -(1.0 + D), count * k ** (D - 1)) for D in (d, widest)}

    def error(n: float) -> float:
        low, high = -200.0, 0.0
        for _ in range(80):
            middle = (low + high) / 2
            kappa = np.exp(middle)
            learned = sum((m * (s / (s + kappa))).sum() for s, m in spectra.values())
            low, high = (middle, high) if learned > n else (low, middle)
        squares = sum((m * (s / (s + kappa)) ** 2).sum() for s, m in spectra.values())
        s, m = spectra[d]
        return float((m * s * (kappa / (s + kappa)) ** 2).sum() / (1 - squares / n))

    slope = np.log10(error(1e6) / error(1e5))
    assert abs(slope - learning_exponent(0.5, 0.5, d, widest)) < 0.02


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="outer = .* must be one or more finite Taylor coefficients at or above 0"):
        sector_eigenvalue((0.1, -0.2), INNER, (1,), 2)
    with pytest.raises(ValueError, match="orders is empty"):
        sector_eigenvalue(OUTER, INNER, (), 2)
    with pytest.raises(ValueError, match="orders = -1 is below"):
        sector_eigenvalue(OUTER, INNER, (-1,), 2)
    with pytest.raises(ValueError, match="inputs = 1 is below the least allowed, 2"):
        sector_eigenvalue(OUTER, INNER, (1,), 1)
    with pytest.raises(ValueError, match="nu = 1 is outside the allowed positive numbers that are not whole"):
        sector_decay_exponent(1, 2, 2)
    with pytest.raises(ValueError, match="student = 0 is outside"):
        learning_exponent(0.5, 0, 2)
    with pytest.raises(ValueError, match="widest = 1 is below the least allowed, 2"):
        learning_exponent(0.5, 0.5, 2, widest=1)
