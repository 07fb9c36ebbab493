"""The semicircle law against quadrature, Catalan numbers and one sampled matrix."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad

from theory.core.semicircle import density, distribution, moment


@given(st.floats(-2, 2), st.floats(0.01, 0.99))
def test_distribution_integrates_the_density(log_sigma: float, fraction: float) -> None:
    sigma = 10.0**log_sigma
    x = 2 * sigma * (2 * fraction - 1)
    mass = quad(lambda t: (2 * sigma * np.cos(t)) ** 2 / (2 * np.pi * sigma**2), -np.pi / 2, np.arcsin(x / 2 / sigma))[
        0
    ]
    assert_allclose(distribution(x, sigma), mass, atol=1e-12)
    assert_allclose(jax.grad(distribution)(x, sigma), density(x, sigma), rtol=1e-10)


def test_moments() -> None:
    catalan = [1, 1, 2, 5, 14, 42]
    for k, number in enumerate(catalan):
        assert_allclose(moment(2 * k, 1.5), number * 1.5 ** (2 * k), rtol=1e-14)
        assert float(moment(2 * k + 1, 1.5)) == 0
    second = quad(lambda x: x**2 * float(density(x, 0.7)), -1.4, 1.4, limit=200)[0]
    assert abs(second - 0.49) < 1e-8


def test_sampled_matrix_and_outside() -> None:
    noise = np.random.default_rng(0).standard_normal((300, 300))
    values = np.linalg.eigvalsh((noise + noise.T) * 0.5 / 600**0.5 * 2)
    x = np.linspace(-2.5, 2.5, 41)
    empirical = (values[None] <= x[:, None]).mean(axis=1)
    assert np.abs(np.asarray(distribution(x)) - empirical).max() < 0.02
    assert distribution(jnp.array([-3.0, 3.0])).tolist() == [0, 1] and density(3.0).item() == 0


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="sigma = 0 is outside the allowed deviations above zero"):
        density(0.0, 0.0)
    with pytest.raises(ValueError, match="order = -2"):
        moment(-2)
