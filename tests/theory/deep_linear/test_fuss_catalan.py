"""The Fuss-Catalan law against quadrature, Marchenko-Pastur, a published formula, mpmath and sampled matrices."""

import math

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.special import betainc

from theory.deep_linear.fuss_catalan import density, distribution, edge, fuss_catalan_number, log_moment, quantile

DEPTHS = (1, 2, 5, 40)


def test_numbers_satisfy_the_recursion_of_trees() -> None:
    """B = 1 + z B^(D+1): each number is a (D+1)-fold convolution of the earlier ones."""
    for depth in (1, 2, 4):
        numbers = np.array([fuss_catalan_number(k, depth) for k in range(9)], dtype=object)
        power = np.array([1] + [0] * 8, dtype=object)
        for _ in range(depth + 1):
            power = np.convolve(power, numbers)[:9]
        assert (power[:8] == numbers[1:]).all()
    assert [fuss_catalan_number(2, d) for d in (1, 2, 7)] == [2, 3, 8]


@pytest.mark.parametrize(("order", "depth"), [(3, 2), (100, 3), (1000, 50), (0, 5)])
def test_log_moment_against_exact_numbers(order: int, depth: int) -> None:
    exact = mp.log(fuss_catalan_number(order, depth))
    largest_term = float(mp.loggamma(order * (depth + 1) + 2))
    assert abs(float(log_moment(float(order), depth)) - float(exact)) < 1e-14 * (1 + largest_term)


def test_log_moment_of_real_order() -> None:
    """mpmath's gamma at high precision; the slope at 0 is E log x = -D; the pole is at -1/(D+1)."""
    for depth in DEPTHS:
        for order in (-0.99 / (depth + 1), 0.5, 1.7):
            k, d = mp.mpf(order), depth
            exact = mp.loggamma((d + 1) * k + 1) - mp.loggamma(k + 1) - mp.loggamma(d * k + 2)
            assert abs(float(log_moment(order, depth)) - float(exact)) < 1e-12 * depth
        assert abs(float(jax.grad(log_moment)(0.0, depth)) + depth) < 1e-12 * depth


@pytest.mark.parametrize("depth", DEPTHS)
def test_density_has_the_moments(depth: int) -> None:
    """Quadrature in x = edge * r^(D+1), which removes the singularity at 0; orders 0 to 6 and a negative one."""
    top = edge(depth)
    integrand = jax.jit(lambda r: density(top * r ** (depth + 1), depth) * top * (depth + 1) * r**depth)
    for order in (0.0, 1.0, 2.0, 6.0, -0.4 / (depth + 1)):
        moment = lambda r, k=order: float(integrand(r)) * (top * r ** (depth + 1)) ** k
        value = quad(moment, 0, 1, epsabs=0, epsrel=1e-9, limit=200)[0]
        assert abs(math.log(value) - float(log_moment(order, depth))) < 1e-8  # ten times what quad is asked for


def test_marchenko_pastur() -> None:
    """D = 1: density sqrt((4-x)/x)/(2 pi); its distribution is a regularized incomplete beta function."""
    x = np.r_[1e-200, 1e-12, np.linspace(0.01, 3.99, 41), 4 - 1e-9]
    assert (np.abs(density(x, 1) / (np.sqrt((4 - x) / x) / (2 * np.pi)) - 1) < np.where(x > 3.999, 1e-6, 1e-13)).all()
    assert_allclose(distribution(x, 1), betainc(0.5, 1.5, x / 4), rtol=1e-13)


def test_published_density_of_two_factors() -> None:
    """Penson and Zyczkowski 2011, the elementary form for s = 2."""
    x = np.linspace(0.01, 6.74, 57)
    root = 27 + 3 * np.sqrt(81 - 12 * x)
    published = 2 ** (1 / 3) * 3**0.5 / (12 * np.pi) * (2 ** (1 / 3) * root ** (2 / 3) - 6 * x ** (1 / 3))
    assert_allclose(density(x, 2), published / (x ** (2 / 3) * root ** (1 / 3)), rtol=1e-11)


@given(st.sampled_from(DEPTHS), st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_quantile_inverts(depth: int, shares: list[float]) -> None:
    p = jnp.sort(jnp.array(shares))
    x = quantile(p, depth)
    assert (x >= 0).all() and (x <= edge(depth)).all() and (jnp.diff(x) >= 0).all()
    kept = x > 1e-300  # below, x = (p / slope)^(D+1) has underflowed
    assert_allclose(jnp.where(kept, distribution(x, depth), p), p, rtol=1e-12)


@pytest.mark.parametrize("depth", [1, 5])
def test_slopes_are_the_density(depth: int) -> None:
    p = jnp.r_[1e-6, jnp.linspace(0.01, 0.99, 20), 1 - 1e-6]
    x = quantile(p, depth)
    slope = jax.jit(jax.grad(lambda x: distribution(x, depth).sum()))(x)
    inverse = jax.jit(jax.grad(lambda p: quantile(p, depth).sum()))(p)
    for ratio in (slope / density(x, depth), inverse * density(x, depth)):
        assert_allclose(ratio, 1, rtol=1e-9)  # at 1 - 1e-6 the slope loses 1/phi^2 roundings of x


@pytest.mark.parametrize("depth", DEPTHS)
def test_both_tails(depth: int) -> None:
    """Leading orders at 0, (D+1) sin(pi/(D+1)) x^(1/(D+1))/pi, and at the edge, with the Airy coefficient."""
    for x in (1e-300, 1e-60 ** (depth + 1)):
        if x > 0:
            small = x ** (1 / (depth + 1))
            leading = (depth + 1) * math.sin(math.pi / (depth + 1)) * small / math.pi
            assert abs(float(distribution(x, depth)) / leading - 1) < 3 * depth * small + 1e-12
    gap = 1e-6
    phi = math.sqrt(2 * gap / (depth * (depth + 1)))
    tail = (depth + 1) ** 2 * phi**3 / (3 * math.pi)
    assert abs((1 - float(distribution(edge(depth) * (1 - gap), depth))) / tail - 1) < 1e-5 + 1e-15 / tail


def test_outside_the_support() -> None:
    x = jnp.array([-1.0, 0.0, edge(3), 1e300, jnp.inf])
    assert distribution(x, 3).tolist() == [0, 0, 1, 1, 1]
    assert density(x, 3).tolist() == [0, math.inf, 0, 0, 0]
    assert quantile(jnp.array([0.0, 1.0]), 3).tolist() == [0, edge(3)]


def test_edge() -> None:
    assert all(edge(d) == (d + 1) ** (d + 1) / d**d for d in (1, 2, 10))
    assert abs(edge(10**6) / (math.e * (10**6 + 0.5)) - 1) < 1e-12
    assert all(abs(edge(d) / float(mp.mpf(d + 1) ** (d + 1) / mp.mpf(d) ** d) - 1) < 1e-13 for d in (16, 99))


def test_sampled_product() -> None:
    """Sorted squared singular values of one product of three 400 x 400 matrices against the quantiles.

    Rigidity of eigenvalues keeps the empirical distribution within order log(N)/N of the limit; 4/N is that scale.
    """
    rng, n = np.random.default_rng(3), 400
    m = np.eye(n)
    for _ in range(3):
        m = rng.standard_normal((n, n)) @ m / n**0.5
    share = np.asarray(distribution(np.sort(np.linalg.svd(m, compute_uv=False)) ** 2, 3))
    assert np.abs(share - (np.arange(n) + 0.5) / n).max() < 4 / n


def test_transformations_and_single_precision() -> None:
    x = jnp.linspace(0.1, 6.0, 4)
    functions = (density, distribution, lambda x, d: quantile(x / 7, d))
    together = jax.jit(jax.vmap(lambda one: [f(one, 2) for f in functions]))
    for f, mapped, single in zip(functions, together(x), together(x.astype(jnp.float32))):
        assert_allclose(mapped, f(x, 2), rtol=1e-13)
        assert single.dtype == jnp.float32
        assert_allclose(single, mapped, rtol=2e-5)
    assert log_moment(jnp.float32(2.0), 2).dtype == jnp.float32
    assert np.isnan(jax.jit(quantile, static_argnums=1)(1.5, 2))


def test_bad_input() -> None:
    with pytest.raises(ValueError, match=r"share = 1.5 is outside the allowed shares in \[0, 1\]"):
        quantile(1.5, 2)
    with pytest.raises(ValueError, match="depth = 0 is below the least allowed, 1"):
        density(1.0, 0)
    with pytest.raises(ValueError, match="x = nan"):
        distribution(jnp.array([1.0, jnp.nan]), 2)
    with pytest.raises(ValueError, match=r"order = -0.5 is outside the allowed finite orders above -1/\(depth"):
        log_moment(-0.5, 1)
    with pytest.raises(ValueError, match="order = -1 is below the least allowed, 0"):
        fuss_catalan_number(-1, 1)
