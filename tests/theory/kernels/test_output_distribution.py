"""Excess kurtosis against closed moments, enumeration and adaptive quadrature; the Edgeworth density's own moments."""

from itertools import product

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import norm

from theory.kernels.output_distribution import edgeworth_density, excess_kurtosis


@pytest.mark.parametrize(("readout", "weights"), [("gaussian", 3.0), ("uniform", 1.8), ("rademacher", 1.0)])
def test_homogeneous_activations(readout: str, weights: float) -> None:
    """E relu^4 / (E relu^2)^2 = 6, E z^4 / (E z^2)^2 = 3, at any second moment."""
    for q in (1e-6, 1.0, 50.0):
        assert_allclose(excess_kurtosis("relu", q, 8.0, readout), (6 * weights - 3) / 8, rtol=1e-12)
        assert_allclose(excess_kurtosis("linear", q, 8.0, readout), (3 * weights - 3) / 8, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", ["tanh", "sin", "gelu"])
def test_against_adaptive_quadrature(name: str) -> None:
    from scipy.special import ndtr

    phi = {"tanh": np.tanh, "sin": np.sin, "gelu": lambda x: x * ndtr(x)}[name]
    q = 1.7
    second, fourth = (quad(lambda z, k=k: phi(q**0.5 * z) ** k * norm.pdf(z), -12, 12, epsabs=1e-13)[0] for k in (2, 4))
    assert_allclose(excess_kurtosis(name, q, 5.0), (3 * fourth / second**2 - 3) / 5, rtol=1e-10)


def test_published_values_of_tanh() -> None:
    expected = {"gaussian": 1.881872418, "uniform": -0.0708766, "rademacher": -1.37270919}
    for readout, value in expected.items():
        assert_allclose(excess_kurtosis("tanh", 1.0, 1.0, readout), value, atol=1e-7)


def test_by_enumeration() -> None:
    """Signs as activations of signs: all outputs of three units, f = sum of +-1 over the root of three."""
    outputs = np.array([sum(v) for v in product((-1, 1), repeat=3)]) / 3**0.5
    kurtosis = (outputs**4).mean() / (outputs**2).mean() ** 2 - 3
    assert_allclose(excess_kurtosis(jnp.sign, 1.0, 3.0, "rademacher"), kurtosis, rtol=1e-11)


@given(st.floats(0, 1), st.floats(1, 1e6))
def test_a_gaussian_bias_dilutes(share: float, width: float) -> None:
    alone = float(excess_kurtosis("tanh", 1.0, width))
    assert_allclose(excess_kurtosis("tanh", 1.0, width, bias_share=share), (1 - share) ** 2 * alone, rtol=1e-12)


def test_moments_of_the_density() -> None:
    f = jnp.linspace(-30.0, 30.0, 20001)
    density = edgeworth_density(f, jnp.full_like(f, 2.5), jnp.full_like(f, 0.4))
    moments = [float((density * f**k).sum() * (f[1] - f[0])) for k in (0, 2, 4)]
    assert_allclose(moments, [1.0, 2.5, (3 + 0.4) * 2.5**2], rtol=1e-10)


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="readout = 'normal' must be one of gaussian, uniform"):
        excess_kurtosis("relu", 1.0, 8.0, "normal")
    with pytest.raises(ValueError, match="width = 0 is outside"):
        excess_kurtosis("relu", 1.0, 0.0)
    with pytest.raises(ValueError, match="variance = 0 is outside"):
        edgeworth_density(0.0, 0.0, 0.1)
    with pytest.raises(ValueError, match="bias_share = 2 is outside"):
        excess_kurtosis("relu", 1.0, 8.0, bias_share=2.0)
