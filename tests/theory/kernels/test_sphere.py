"""Sphere spectra against exact rationals, mpmath, scipy's polynomials, harmonics written out, and asymptotics."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from numpy.testing import assert_allclose
from scipy.special import eval_chebyt, eval_gegenbauer, eval_legendre

from theory.kernels.relu_sphere import arc_cosine_eigenvalues, relu_ntk_eigenvalues
from theory.kernels.spectrum_strategies import dimensions, taylor_coefficients
from theory.kernels.sphere import gegenbauer, multiplicity, power_decay, power_eigenvalues, sphere_eigenvalues

T = jnp.linspace(-1.0, 1.0, 41)
ORDERS = jnp.arange(9)


def k0(t: jax.Array) -> jax.Array:
    return 1 - jnp.arccos(t) / jnp.pi


def k1(t: jax.Array) -> jax.Array:
    return jnp.sqrt(1 - t**2) / jnp.pi + t * k0(t)


@pytest.mark.parametrize("order", [0, 1, 2, 7])
def test_polynomials_against_scipy(order: int) -> None:
    assert_allclose(gegenbauer(order, T, 2), eval_chebyt(order, T), atol=1e-13)
    assert_allclose(gegenbauer(order, T, 3), eval_legendre(order, T), atol=1e-13)
    for d in (5, 12):
        alpha = (d - 2) / 2
        assert_allclose(
            gegenbauer(order, T, d), eval_gegenbauer(order, alpha, T) / eval_gegenbauer(order, alpha, 1.0), atol=1e-13
        )


def test_multiplicities() -> None:
    """2k + 1 on the sphere in space, (k+1)^2 on S^3; all degrees up to k span the polynomials of degree k and k - 1."""
    assert [multiplicity(k, 3) for k in range(6)] == [2 * k + 1 for k in range(6)]
    assert [multiplicity(k, 4) for k in range(6)] == [(k + 1) ** 2 for k in range(6)]
    assert [multiplicity(k, 2) for k in range(4)] == [1, 2, 2, 2]
    assert sum(multiplicity(k, 7) for k in range(5)) == mp.binomial(10, 4) + mp.binomial(9, 3)


@given(taylor_coefficients(), dimensions(2, 5))
def test_positive_definite_kernels(coefficients: list[float], d: int) -> None:
    """Eigenvalues at or above 0; with multiplicities they sum to kappa(1); degrees above the polynomial's vanish."""
    values = np.asarray(sphere_eigenvalues(lambda t: jnp.polyval(jnp.array(coefficients[::-1]), t), 9, d))
    assert (values > -1e-13).all()
    assert abs(sum(multiplicity(k, d) * v for k, v in enumerate(values)) - 1) < 1e-12
    assert_allclose(values[len(coefficients) :], 0, atol=1e-13)
    if not any(coefficients[1::2]):
        assert_allclose(values[1::2], 0, atol=1e-13)


@pytest.mark.parametrize(
    ("nu", "d"), [(0.5, 2), (1.5, 3), (2.5, 6), (-0.3, 4), (0.99, 3), (3.0, 3), (2.0, 2), (0.0, 5)]
)
def test_powers_against_mpmath(nu: float, d: int) -> None:
    """The Funk-Hecke integral itself, at 20 digits; gegenbauer and Chebyshev polynomials by mpmath."""
    half = mp.mpf(d - 2) / 2
    polynomial = (
        (lambda k, t: mp.chebyt(k, t)) if d == 2 else lambda k, t: mp.gegenbauer(k, half, t) / mp.gegenbauer(k, half, 1)
    )
    scale = mp.gamma(mp.mpf(d) / 2) / (mp.sqrt(mp.pi) * mp.gamma(mp.mpf(d - 1) / 2))
    for k in (0, 1, 2, 5):
        integrand = lambda a, k=k: (2 * mp.sin(a / 2) ** 2) ** nu * polynomial(k, mp.cos(a)) * mp.sin(a) ** (d - 2)
        exact = scale * mp.quad(integrand, [0, mp.pi / 2, mp.pi])
        assert abs(float(power_eigenvalues(nu, jnp.array([k]), d)[0]) - float(exact)) < 1e-11


def test_power_zero_is_the_constant_and_slopes_exist() -> None:
    assert_allclose(power_eigenvalues(0.0, ORDERS, 4), np.eye(9)[0], atol=1e-14)
    step = 1e-6
    slope = jax.jacfwd(lambda nu: power_eigenvalues(nu, ORDERS, 4))(0.7)
    assert_allclose(
        slope,
        (power_eigenvalues(0.7 + step, ORDERS, 4) - power_eigenvalues(0.7 - step, ORDERS, 4)) / (2 * step),
        atol=1e-9,
    )


@pytest.mark.parametrize(("nu", "d"), [(0.5, 2), (0.5, 5), (1.5, 3), (2.25, 4)])
def test_decay(nu: float, d: int) -> None:
    """At k = 4000 up to order 1/k^2 after removing the order 1/k, by two degrees."""
    constant, exponent = power_decay(nu, d)
    k = np.array([2000, 4000])
    ratio = np.asarray(power_eigenvalues(nu, jnp.asarray(k), d)) / (constant * k**exponent)
    assert abs(2 * ratio[1] - ratio[0] - 1) < 5e-5
    assert exponent == -(2 * nu + d - 1)
    assert power_decay(3, d)[0] == 0.0


def test_published_rationals() -> None:
    """Exact rationals of the NTK; NNGP by the same route in mpmath is in the test of quadrature."""
    exact = {3: "1/2 1/3 5/64 0 1/192 0 23/16384", 5: "27/64 1/5 1/32 0 17/16384 0 27/163840"}
    for d, values in exact.items():
        assert_allclose(
            relu_ntk_eigenvalues(jnp.arange(7), d), [float(Fraction(v)) for v in values.split()], rtol=1e-13
        )
    assert_allclose(arc_cosine_eigenvalues(1, jnp.arange(4), 3), [3 / 8, 1 / 6, 3 / 128, 0], rtol=1e-13)
    assert_allclose(arc_cosine_eigenvalues(0, jnp.arange(4), 3), [1 / 2, 1 / 8, 0, 1 / 128], rtol=1e-13)


@pytest.mark.parametrize("d", [2, 3, 4, 11, 784])
def test_relu_against_quadrature(d: int) -> None:
    assert_allclose(arc_cosine_eigenvalues(0, ORDERS, d), sphere_eigenvalues(k0, 8, d, nodes=600), atol=1e-13)
    assert_allclose(arc_cosine_eigenvalues(1, ORDERS, d), sphere_eigenvalues(k1, 8, d, nodes=600), atol=1e-13)
    assert_allclose(
        relu_ntk_eigenvalues(ORDERS, d), sphere_eigenvalues(lambda t: t * k0(t) + k1(t), 8, d, nodes=600), atol=2e-13
    )


def test_relu_far_out_and_all_dimensions() -> None:
    """lambda_1 = 1/d; odd degrees vanish; at k = 4000 the decay that the singularities at t = 1 and -1 give.

    k_0 is sqrt(2)/pi (1-t)^(1/2) short of 1 at t = 1 and as much above 0 at t = -1, t k_0 + k_1 too, with t's sign.
    """
    for d in (2, 3, 8):
        values = np.asarray(relu_ntk_eigenvalues(jnp.array([1, 3, 4001, 2000, 4000]), d))
        assert_allclose(values[0], 1 / d, rtol=1e-13)
        assert values[1] == values[2] == 0
        constant, exponent = power_decay(0.5, d)
        ratio = values[3:] / (-2 * 2**0.5 / np.pi * constant * np.array([2000.0, 4000.0]) ** exponent)
        assert abs(2 * ratio[1] - ratio[0] - 1) < 1e-4
        nngp = np.asarray(arc_cosine_eigenvalues(1, jnp.array([2000, 4000]), d))
        c, e = power_decay(1.5, d)
        ratio = nngp / (2 * 2**1.5 / (3 * np.pi) * c * np.array([2000.0, 4000.0]) ** e)
        assert abs(2 * ratio[1] - ratio[0] - 1) < 1e-4


def test_eigenfunctions_written_out() -> None:
    """Three harmonics of S^2 under the operator itself, by a product rule on the sphere."""
    z, w = np.polynomial.legendre.leggauss(60)
    phi = 2 * np.pi * np.arange(120) / 120
    x = np.stack(
        [np.sqrt(1 - z[:, None] ** 2) * np.cos(phi), np.sqrt(1 - z[:, None] ** 2) * np.sin(phi), z[:, None] + 0 * phi],
        -1,
    )
    weight = np.repeat(w / 240, 120)
    x = x.reshape(-1, 3)
    at = np.array([0.48, -0.6, 0.64])
    kernel = np.exp(x @ at)
    values = sphere_eigenvalues(jnp.exp, 3, 3)
    for k, harmonic in (
        (1, lambda x: x[..., 1]),
        (2, lambda x: x[..., 0] * x[..., 2]),
        (3, lambda x: x[..., 0] ** 3 - 3 * x[..., 0] * x[..., 1] ** 2),
    ):
        assert abs(weight @ (kernel * harmonic(x)) / harmonic(at) - float(values[k])) < 1e-12


def test_single_precision_and_transformations() -> None:
    assert gegenbauer(3, T.astype(jnp.float32), 4).dtype == jnp.float32
    assert_allclose(jax.jit(lambda k: relu_ntk_eigenvalues(k, 4))(ORDERS), relu_ntk_eigenvalues(ORDERS, 4), rtol=1e-14)
    assert jnp.isnan(jax.jit(lambda t: gegenbauer(2, t, 3))(1.5))


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="inputs = 1 is below the least allowed, 2; count the coordinates"):
        gegenbauer(2, 0.5, 1)
    with pytest.raises(ValueError, match=r"t = 1.5 is outside the allowed cosines in \[-1, 1\]"):
        gegenbauer(2, 1.5, 3)
    with pytest.raises(ValueError, match=r"nu = -1 is outside the allowed exponents above -\(d - 1\)/2 = -1"):
        power_eigenvalues(-1.0, ORDERS, 3)
    with pytest.raises(ValueError, match="nu = -1 is outside"):
        power_decay(-1, 3)
    with pytest.raises(ValueError, match="order = -2 is outside the allowed degrees"):
        relu_ntk_eigenvalues(jnp.array([1, -2]), 3)
    with pytest.raises(TypeError, match="order holds float64 values but must count degrees"):
        power_eigenvalues(0.5, jnp.array([1.0]), 3)
    with pytest.raises(ValueError, match=r"degree = 2 must be 0 \(step\) or 1 \(ReLU\)"):
        arc_cosine_eigenvalues(2, ORDERS, 3)
    with pytest.raises(ValueError, match="kernel = (nan|inf) is outside the allowed finite numbers"):
        sphere_eigenvalues(lambda t: jnp.log(t), 2, 3)
