"""Finite Gaussian products against exact special cases, Monte Carlo with standard errors, Fredholm determinants."""

import math

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import simpson
from scipy.special import airy

from theory.core.random_matrices import haar_orthogonal
from theory.deep_linear.fuss_catalan import distribution, edge
from theory.deep_linear.isometry import (
    TRACY_WIDOM_MEAN,
    TRACY_WIDOM_VARIANCE,
    edge_scale,
    isometric_square,
    largest_mean,
    largest_spread,
    mean_log,
    mean_square_variance,
    second_moment,
    smallest_scale,
)


def squared_singular_values(width: int, depth: int, draws: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    m = np.eye(width)
    for _ in range(depth):
        m = rng.standard_normal((draws, width, width)) @ m / width**0.5
    return np.linalg.svd(m, compute_uv=False) ** 2


def z_score(sample: np.ndarray, mean: float) -> float:
    return float((sample.mean() - mean) / (sample.std(ddof=1) / len(sample) ** 0.5))


def test_scalars_and_one_matrix_exactly() -> None:
    """N = 1: products of E z^4 = 3. D = 1: the Wishart moments 2 + 1/N and 2/N^2. Large N: D + 1 + D(D+1)/(2N)."""
    depths, n = np.array([1, 2, 7]), np.array([1.0, 2.0, 1e3, 1e6])
    both = jax.jit(lambda n: [jnp.stack([f(n, int(d)) for d in depths]) for f in (second_moment, mean_square_variance)])
    fourth, variance = (np.asarray(table) for table in both(n))
    assert_allclose(fourth[:, 0], 3.0**depths, rtol=1e-13)
    assert_allclose(variance[:, 0], 3.0**depths - 1, rtol=1e-13)
    assert_allclose(fourth[0], 2 + 1 / n, rtol=1e-14)
    assert_allclose(variance[0], 2 / n**2, rtol=1e-14)
    assert_allclose(fourth[:, 3], depths + 1 + depths * (depths + 1) / 2e6, rtol=1e-9)
    assert_allclose(variance[:, 3], depths * (depths + 1) / 1e12, rtol=1e-4)


def test_moments_by_exact_enumeration() -> None:
    """N = 2, D = 2: all 8 Gaussian entries at once by three-point Gauss-Hermite, exact to degree 5 in each entry.

    tr[(MM^T)^2] is of degree 4 in each entry, so the quadrature is exact.
    """
    nodes, weights = np.array([-(3**0.5), 0, 3**0.5]), np.array([1, 4, 1]) / 6
    grid = np.stack(np.meshgrid(*[np.arange(3)] * 8, indexing="ij"), -1).reshape(-1, 8)
    entries, weight = nodes[grid].reshape(-1, 2, 2, 2) / 2**0.5, weights[grid].prod(1)
    m = entries[:, 1] @ entries[:, 0]
    gram = m @ np.swapaxes(m, 1, 2)
    trace, square = np.trace(gram, axis1=1, axis2=2), np.trace(gram @ gram, axis1=1, axis2=2)
    assert abs(weight @ trace / 2 - 1) < 1e-13
    assert abs(weight @ square / 2 - float(second_moment(2.0, 2))) < 1e-12
    assert abs(weight @ trace**2 / 4 - 1 - float(mean_square_variance(2.0, 2))) < 1e-12


def test_moments_by_sampling() -> None:
    """Deep and narrow, where D is not small against N: within 4.5 standard errors of 60,000 draws."""
    x = squared_singular_values(5, 3, 60_000, seed=1)
    assert abs(z_score(x.mean(1), 1.0)) < 4.5
    assert abs(z_score((x**2).mean(1), float(second_moment(5.0, 3)))) < 4.5
    assert abs(z_score((x.mean(1) - 1) ** 2, float(mean_square_variance(5.0, 3)))) < 4.5
    assert abs(z_score(np.log(x).mean(1), mean_log(5, 3))) < 4.5


def test_mean_log_exactly() -> None:
    assert abs(mean_log(1, 1) + float(mp.euler + mp.log(2))) < 1e-13
    exact = sum(mp.digamma(mp.mpf(i) / 2) for i in range(1, 8)) / 7 + mp.log(mp.mpf(2) / 7)
    assert abs(mean_log(7, 4) - 4 * float(exact)) < 1e-12
    assert abs(mean_log(4000, 3) + 3) < 5e-3


def test_orthogonal_products_are_isometries() -> None:
    keys = jax.random.split(jax.random.key(0), 30)
    m = np.linalg.multi_dot(np.asarray(jax.jit(jax.vmap(lambda key: haar_orthogonal(key, 20)))(keys)))
    assert np.abs(np.linalg.svd(m, compute_uv=False) - 1).max() < 1e-12


def tracy_widom_1(s: float, nodes: np.ndarray, weights: np.ndarray) -> float:
    """F_1(s) = det(1 - T_s), T_s(x, y) = Ai((x+y)/2 + s)/2 on (0, inf) (Ferrari and Spohn 2005; Bornemann 2010)."""
    kernel = airy((nodes[:, None] + nodes[None, :]) / 2 + s)[0] / 2
    root = np.sqrt(weights)
    return float(np.linalg.det(np.eye(len(nodes)) - root[:, None] * kernel * root[None, :]))


def test_tracy_widom_constants() -> None:
    """Mean and variance by integrating the distribution function, a Fredholm determinant by Gauss-Legendre."""
    u, w = np.polynomial.legendre.leggauss(44)
    nodes, weights = 14 * (u + 1), 14 * w
    s = np.linspace(-9.0, 7.0, 161)
    f = np.array([tracy_widom_1(x, nodes, weights) for x in s])
    mean = s[-1] - simpson(f, x=s)
    square = s[-1] ** 2 - 2 * simpson(s * f, x=s)
    assert abs(mean - TRACY_WIDOM_MEAN) < 1e-6  # cut at s = 7, where 1 - F is 1e-7
    assert abs(square - mean**2 - TRACY_WIDOM_VARIANCE) < 1e-5


@pytest.mark.parametrize("depth", [1, 2, 3, 5, 30])
def test_edge_scale_is_the_airy_unit_of_the_law(depth: int) -> None:
    """N times the share above edge - s kappa tends to 2 s^(3/2)/(3 pi); at N = 1e9 up to order N^(-2/3)."""
    n, s = 1e9, 4.0
    above = n * (1 - float(distribution(edge(depth) - s * float(edge_scale(n, depth)), depth)))
    assert abs(above / (2 * s**1.5 / (3 * math.pi)) - 1) < 3e-5 * depth
    assert abs(float(edge_scale(1000.0, 1)) / (2 ** (4 / 3) / 100) - 1) < 1e-14  # Johnstone 2001


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_largest_by_sampling(depth: int) -> None:
    """Mean and spread in units of kappa at N = 60; what the next order adds is in the docstrings."""
    largest, draws = squared_singular_values(60, depth, 600, seed=depth)[:, 0], 600
    kappa = float(edge_scale(60.0, depth))
    off = (largest.mean() - float(largest_mean(60.0, depth))) / kappa
    noise = 4 * TRACY_WIDOM_VARIANCE**0.5 / draws**0.5
    assert -0.25 - noise < off < noise
    assert abs(largest.std() / float(largest_spread(60.0, depth)) - 1) < 0.15 + 4 / (2 * draws) ** 0.5


def test_largest_is_edge_and_airy_unit() -> None:
    """The composition itself, exactly: the sampled test above is blind to a percent."""
    n = np.array([10.0, 1e3])
    for depth in (1, 4):
        unit = depth * (2 * (depth + 1)) ** (-1 / 3) * edge(depth) * n ** (-2 / 3)
        assert_allclose(largest_mean(n, depth), edge(depth) - 1.2065335745820 * unit, rtol=1e-13)
        assert_allclose(largest_spread(n, depth), 1.2679828 * unit, rtol=1e-6)


@pytest.mark.parametrize("depth", [1, 2, 3, 8])
def test_smallest_scale_has_one_below(depth: int) -> None:
    n = 1e6  # corrections of relative order 1/N
    assert abs(n * float(distribution(smallest_scale(n, depth), depth)) - 1) < 1e-4


def test_smallest_by_sampling() -> None:
    """D = 1: Edelman's median of N^2 x_N, t/2 + sqrt(t) = log 2; D = 2: the median falls as N^-3."""
    smallest = squared_singular_values(40, 1, 1500, seed=5)[:, -1]
    median = (math.sqrt(1 + 2 * math.log(2)) - 1) ** 2
    share = (smallest * 40**2 < median).mean()
    assert abs(share - 0.5) < 4.5 * 0.5 / 1500**0.5
    logs = [np.log(squared_singular_values(n, 2, 1500, seed=n)[:, -1]) for n in (10, 40)]
    slope = (np.median(logs[1]) - np.median(logs[0])) / math.log(4)
    noise = 4.5 * 1.2533 * math.hypot(*(np.std(x) / 1500**0.5 for x in logs)) / math.log(4)
    assert abs(slope + 3) < noise


def test_transformations_and_single_precision() -> None:
    n = jnp.array([3.0, 30.0])
    functions = (second_moment, mean_square_variance, edge_scale, largest_mean, largest_spread, smallest_scale)
    every = lambda n: jnp.stack([f(n, 3) for f in functions])
    assert_allclose(jax.jit(jax.vmap(every))(n).T, jax.jit(every)(n), rtol=1e-13)
    assert jax.eval_shape(every, n.astype(jnp.float32)).dtype == jnp.float32
    assert np.isfinite(jax.jit(jax.jacfwd(every))(3.0)).all()


def test_bad_input() -> None:
    for f in (second_moment, mean_square_variance, edge_scale, largest_mean, smallest_scale):
        with pytest.raises(ValueError, match="width = 0 is outside the allowed widths at or above 1"):
            f(0.0, 2)
        with pytest.raises(ValueError, match="depth = -1 is below the least allowed, 1"):
            f(10.0, -1)
    with pytest.raises(ValueError, match="width = -3 is below"):
        mean_log(-3, 1)


@pytest.mark.parametrize(("gain", "depth"), [(1.0, 1), (0.5, 3), (1.3, 7), (0.0, 2)])
def test_orthogonal_products_are_isometries_times_the_gain(gain: float, depth: int) -> None:
    m = np.eye(5)
    for key in jax.random.split(jax.random.key(depth), depth):
        m = gain * np.asarray(haar_orthogonal(key, 5)) @ m
    assert_allclose(m @ m.T, float(isometric_square(gain, depth)) * np.eye(5), atol=1e-14 * max(1, gain) ** (2 * depth))


@pytest.mark.parametrize("gain", [-1.0, math.nan, math.inf])
def test_gains_outside_the_domain_are_refused(gain: float) -> None:
    with pytest.raises(ValueError, match="gain"):
        isometric_square(gain, 2)
