"""The Gram law of random nonlinear features against its two limits, its moments and drawn matrices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import integrate

from theory.core import marchenko_pastur
from theory.hessian.nonlinear_gram import activation_moments, gram_density, gram_distribution
from theory.hessian.strategies import log_uniform

jitted_density = jax.jit(gram_density)


@pytest.mark.parametrize(
    "f",
    [jnp.tanh, jnp.abs, lambda z: jnp.maximum(z, 0), jnp.sin, lambda z: z**3],
    ids=["tanh", "abs", "relu", "sin", "cube"],
)
def test_moments_by_adaptive_quadrature(f: object) -> None:
    gauss = lambda z: np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    mean = lambda g: sum(integrate.quad(lambda z: g(z) * gauss(z), *ends)[0] for ends in ((-12, 0), (0, 12)))
    value = lambda z: float(f(jnp.array(z)))
    eta, zeta = activation_moments(f)
    assert_allclose(eta, mean(lambda z: value(z) ** 2) - mean(value) ** 2, rtol=1e-8)
    assert_allclose(zeta, mean(lambda z: z * value(z)) ** 2, rtol=1e-8, atol=1e-15)


def test_without_slope_it_is_marchenko_pastur() -> None:
    x = np.geomspace(0.2, 3.0, 12)
    for phi, psi in ((0.5, 0.8), (0.8, 0.5), (2.0, 1.0)):
        assert_allclose(gram_density(x, 1.0, 0.0, phi, psi), marchenko_pastur.density(x, phi / psi), atol=2e-6)
        assert_allclose(gram_density(2 * x, 2.0, 0.0, phi, psi) * 2, marchenko_pastur.density(x, phi / psi), atol=2e-6)
        told = marchenko_pastur.distribution(x, phi / psi)
        assert_allclose(gram_distribution(x, 1.0, 0.0, phi, psi), told, atol=3e-4)


@settings(max_examples=12)
@given(st.floats(0, 1), log_uniform(0.2, 4.0), log_uniform(0.2, 4.0))
def test_first_two_moments(share: float, phi: float, psi: float) -> None:
    """E tr M = eta, E tr M^2 = eta^2 (1 + phi/psi) + zeta^2/psi, from the rows' covariances."""
    eta, zeta = 1.3, 1.3 * share
    grid = np.geomspace(1e-6, (1 + psi**-0.5) ** 2 * (1 + phi**0.5) ** 2 * 2, 1501)
    middle, width = (grid[1:] * grid[:-1]) ** 0.5, np.log(grid[1] / grid[0])
    weight = np.asarray(jitted_density(middle, eta, zeta, phi, psi)) * middle * width
    assert_allclose(np.sum(weight * middle), eta, rtol=4e-3)
    assert_allclose(np.sum(weight * middle**2), eta**2 * (1 + phi / psi) + zeta**2 / psi, rtol=4e-3)


@pytest.mark.parametrize(("n0", "n1", "m"), [(200, 300, 400), (200, 400, 250)])
def test_against_drawn_matrices(n0: int, n1: int, m: int) -> None:
    """One draw of tanh features; with more features than samples a share 1 - m/n1 of zeros."""
    rng = np.random.default_rng(n1)
    y = np.tanh(rng.standard_normal((n1, n0)) @ rng.standard_normal((n0, m)) / n0**0.5)
    values = np.linalg.eigvalsh(y @ y.T / m)
    points = np.quantile(values[values > 1e-9], np.linspace(0.05, 0.95, 20))
    told = gram_distribution(points, *activation_moments(jnp.tanh), n0 / m, n0 / n1)
    assert_allclose(told, (values[None] <= points[:, None]).mean(1), atol=0.015)
    atom = gram_distribution(np.array([1e-9]), *activation_moments(jnp.tanh), n0 / m, n0 / n1)
    assert_allclose(atom, max(0, 1 - m / n1), atol=1e-3)


def test_outside_the_support_and_bad_input() -> None:
    assert_allclose(gram_density(np.array([1e-6, 50.0]), 1.0, 0.5, 0.25, 0.5), 0, atol=1e-12)
    assert_allclose(gram_distribution(np.array([1e3]), 1.0, 0.5, 0.5, 0.5), 1.0)
    with pytest.raises(ValueError, match="x = 0 is outside the allowed numbers above zero"):
        gram_density(np.array([0.0]), 1.0, 0.5, 0.5, 0.5)
    with pytest.raises(ValueError, match=r"zeta = 2 is outside the allowed \[0, eta\]"):
        gram_density(np.array([1.0]), 1.0, 2.0, 0.5, 0.5)
    with pytest.raises(ValueError, match="psi = -1"):
        gram_distribution(np.array([1.0]), 1.0, 0.5, 0.5, -1.0)
