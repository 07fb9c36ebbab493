"""Partition functions of monomials against incomplete gamma functions, nested quadrature and their limits."""

import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.hessian.learning_coefficient import (
    LearningCoefficient,
    independent_coefficient,
    monomial_coefficient,
)
from theory.hessian.monomials import monomial_energy, monomial_log_partition
from theory.hessian.strategies import log_uniform


def of_one(beta: float, k: int) -> mpmath.mpf:
    """The integral over one variable: b^(-a) gamma(a, b)/(2k) at a = 1/(2k), a confluent series."""
    return mpmath.hyp1f1(mpmath.mpf(1) / (2 * k), 1 + mpmath.mpf(1) / (2 * k), -beta)


@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize("beta", [0.0, 0.3, 7.0, 400.0])
def test_one_variable(k: int, beta: float) -> None:
    assert_allclose(monomial_log_partition(beta, (k,)), float(mpmath.log(of_one(beta, k))), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("exponents", [(1, 1), (1, 2), (3, 1), (2, 2)])
@pytest.mark.parametrize("beta", [0.5, 30.0, 3e3])
def test_two_variables_by_nested_quadrature(exponents: tuple[int, int], beta: float) -> None:
    """The second variable integrated in closed form, the first by mpmath in its logarithm."""
    k, l = exponents  # noqa: E741
    inner = lambda t: mpmath.exp(-t) * of_one(float(beta * mpmath.exp(-2 * k * t)), l)
    z = mpmath.quad(inner, [0, 0.5, 1, 2, 4, 8, 16, 60])
    assert_allclose(monomial_log_partition(beta, exponents), float(mpmath.log(z)), rtol=1e-9)


@settings(max_examples=40, deadline=None)
@given(log_uniform(1e-3, 1e12), st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_energy_is_the_slope_and_order_does_not_matter(beta: float, exponents: list[int]) -> None:
    if not any(exponents):
        return
    h = 1e-4
    ends = [float(monomial_log_partition(beta * np.exp(side), exponents)) for side in (-h, h)]
    energy = float(monomial_energy(beta, exponents))
    assert_allclose(energy, (ends[0] - ends[1]) / (2 * h), atol=1e-7)
    assert_allclose(energy, monomial_energy(beta, exponents[::-1]), rtol=1e-10)
    assert 0 <= energy <= monomial_coefficient(exponents).value + 1e-12


@pytest.mark.parametrize("exponents", [(1,), (1, 1), (2, 1), (2, 2, 1), (1, 1, 1)])
def test_slope_tends_to_the_coefficient(exponents: tuple[int, ...]) -> None:
    """lambda - (m - 1)/(log beta + c) + ...: two temperatures give c, a third tries it."""
    value, multiplicity = monomial_coefficient(exponents)
    first, last = (float(monomial_energy(b, exponents)) for b in (1e20, 1e30))
    if multiplicity == 1:
        assert abs(last - value) < 1e-6
    else:
        constant = (multiplicity - 1) / (value - first) - np.log(1e20)
        assert abs(value - (multiplicity - 1) / (np.log(1e30) + constant) - last) < 1e-4


def test_modules_by_the_product_of_their_partition_functions() -> None:
    """The slope of a sum of logarithms at two temperatures: coefficient, and multiplicity from its logarithm."""
    modules = [(1, 1), (1,), (2, 2)]
    value, multiplicity = independent_coefficient([monomial_coefficient(k) for k in modules])
    assert (value, multiplicity) == (0.5 + 0.5 + 0.25, 3)
    slopes = [sum(float(monomial_energy(b, k)) for k in modules) for b in (1e15, 1e30)]
    lacks = [value - slope for slope in slopes]
    assert abs(lacks[0] / lacks[1] - 2) < 0.1  # as one over log beta
    assert abs(lacks[1] * np.log(1e30) - (multiplicity - 1)) < 0.1
    assert independent_coefficient([LearningCoefficient(1.5, 2)]) == (1.5, 2)


def test_limits_and_bad_input() -> None:
    assert monomial_energy(0.0, (1, 2)) == 0
    assert_allclose(monomial_energy(1e-9, (1, 2)), 1e-9 / 15, rtol=1e-6)  # beta E x^2 E y^4
    beta = jnp.array([[1.0, 10.0]])
    assert monomial_energy(beta, (1, 1)).shape == (1, 2)
    with pytest.raises(ValueError, match="the largest exponent = 0"):
        monomial_energy(1.0, (0, 0))
    with pytest.raises(ValueError, match="beta = -1 is outside the allowed inverse temperatures from zero to 1e\\+30"):
        monomial_log_partition(-1.0, (1,))
    with pytest.raises(ValueError, match="the number of parts = 0"):
        independent_coefficient([])
    with pytest.raises(ValueError, match="multiplicity = 0 is below the least allowed, 1"):
        independent_coefficient([LearningCoefficient(0.5, 0)])
