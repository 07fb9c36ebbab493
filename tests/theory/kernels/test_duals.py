"""Dual activations against polar quadrature and 60 digits, at near-duplicates and extremes; theorems on them."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from numpy.testing import assert_allclose
from scipy.special import erf, ndtr
from scipy.stats import norm

from theory.kernels.dense import kernels
from theory.kernels.duals import DUALS, dual_gap, dual_kernel, dual_moment, dual_of, dual_slope
from theory.kernels.piecewise import TwoSlopes
from theory.kernels.polynomial import Polynomial, hermite
from theory.kernels.quadrature import Quadrature
from theory.kernels.strategies import Pair, activations, pairs
from theory.networks import ACTIVATIONS, Activation, perceptron

PAIRS = [(1.0, 1.0, 0.7), (0.3, 2.0, 0.2), (2.0, 0.5, 1.6), (1.5, 1.5, 1e-3)]
PHI = lambda x: np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
# Each activation and its derivative, written once more.
PLAIN: dict[str, tuple[Callable, Callable]] = {
    "linear": (lambda x: x, np.ones_like),
    "relu": (lambda x: np.maximum(x, 0), lambda x: 1.0 * (x > 0)),
    "leaky_relu": (lambda x: np.where(x > 0, x, 0.01 * x), lambda x: np.where(x > 0, 1, 0.01)),
    "abs": (np.abs, np.sign),
    "step": (lambda x: 1.0 * (x > 0), None),
    "erf": (erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-(x**2))),
    "gelu": (lambda x: x * ndtr(x), lambda x: ndtr(x) + x * PHI(x)),
    "sin": (np.sin, np.cos),
    "cos": (np.cos, lambda x: -np.sin(x)),
    "exp": (np.exp, np.exp),
    "gaussian": (lambda x: np.exp(-(x**2)), lambda x: -2 * x * np.exp(-(x**2))),
    "square": (np.square, lambda x: 2 * x),
    "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2),
}


def mean(f: Callable, q1: float, q2: float, gap: float) -> float:
    """E f(u) f(v) in polar coordinates, sector by sector: a kink at zero lies on an edge."""
    theta = np.arccos(1 - gap)
    x, w = np.polynomial.legendre.leggauss(160)
    r = 7 * (1 + x) + 0.0
    radial = 7 * w * r * np.exp(-(r**2) / 2) / (2 * np.pi)
    edges = np.sort([-np.pi / 2, theta - np.pi / 2, np.pi / 2, theta + np.pi / 2, 3 * np.pi / 2])
    total = 0.0
    for a, b in zip(edges, edges[1:]):
        phi = (a + b) / 2 + (b - a) / 2 * x
        u, v = np.sqrt(q1) * np.outer(r, np.cos(phi)), np.sqrt(q2) * np.outer(r, np.cos(phi - theta))
        total += (b - a) / 2 * radial @ (f(u) * f(v)) @ w
    return total


@pytest.mark.parametrize(("q1", "q2", "gap"), PAIRS)
@pytest.mark.parametrize("name", PLAIN)
def test_against_quadrature(name: str, q1: float, q2: float, gap: float) -> None:
    f, derivative = PLAIN[name]
    assert_allclose(dual_kernel(name, q1, q2, gap), mean(f, q1, q2, gap), rtol=1e-9, atol=1e-12)
    assert_allclose(dual_moment(name, q1), mean(f, q1, q1, 0.0), rtol=1e-9)
    if derivative is not None:
        assert_allclose(dual_slope(name, q1, q2, gap), mean(derivative, q1, q2, gap), rtol=1e-9, atol=1e-12)


def relu_gap(q1: float, q2: float, delta: mpmath.mpf) -> mpmath.mpf:
    theta = mpmath.acos(1 - delta)
    return delta - (mpmath.sin(theta) - theta * mpmath.cos(theta)) / mpmath.pi


def erf_gap(q1: float, q2: float, delta: mpmath.mpf) -> mpmath.mpf:
    k = mpmath.sqrt(mpmath.mpf(q1) * q2) * (1 - delta)
    m = [mpmath.asin(2 * mpmath.mpf(q) / (1 + 2 * mpmath.mpf(q))) for q in (q1, q2)]
    return 1 - mpmath.asin(2 * k / mpmath.sqrt((1 + 2 * mpmath.mpf(q1)) * (1 + 2 * mpmath.mpf(q2)))) / mpmath.sqrt(
        m[0] * m[1]
    )


def sin_gap(q1: float, q2: float, delta: mpmath.mpf) -> mpmath.mpf:
    k = mpmath.sqrt(mpmath.mpf(q1) * q2) * (1 - delta)
    return 1 - mpmath.sinh(k) / mpmath.sqrt(mpmath.sinh(q1) * mpmath.sinh(q2))


def cos_gap(q1: float, q2: float, delta: mpmath.mpf) -> mpmath.mpf:
    k = mpmath.sqrt(mpmath.mpf(q1) * q2) * (1 - delta)
    return 1 - mpmath.cosh(k) / mpmath.sqrt(mpmath.cosh(q1) * mpmath.cosh(q2))


def exp_gap(q1: float, q2: float, delta: mpmath.mpf) -> mpmath.mpf:
    k = mpmath.sqrt(mpmath.mpf(q1) * q2) * (1 - delta)
    return 1 - mpmath.exp(k - (mpmath.mpf(q1) + q2) / 2)


def gaussian_gap(q1: float, q2: float, delta: mpmath.mpf) -> mpmath.mpf:
    a, b = 1 + 2 * mpmath.mpf(q1), 1 + 2 * mpmath.mpf(q2)
    e = (1 + 4 * mpmath.mpf(q1)) * (1 + 4 * mpmath.mpf(q2))
    return 1 - e ** mpmath.mpf("0.25") / mpmath.sqrt(a * b - 4 * mpmath.mpf(q1) * q2 * (1 - delta) ** 2)


def gelu_gap(q1: float, q2: float, delta: mpmath.mpf) -> mpmath.mpf:
    def kernel(a: mpmath.mpf, b: mpmath.mpf, k: mpmath.mpf) -> mpmath.mpf:
        wide = (1 + a) * (1 + b) - k**2
        both = mpmath.mpf(1) / 4 + mpmath.asin(k / mpmath.sqrt((1 + a) * (1 + b))) / (2 * mpmath.pi)
        across = a * b - k**2 + k**2 / (1 + a) + k**2 / (1 + b)
        return k * both + across / (2 * mpmath.pi * mpmath.sqrt(wide))

    a, b = mpmath.mpf(q1), mpmath.mpf(q2)
    return 1 - kernel(a, b, mpmath.sqrt(a * b) * (1 - delta)) / mpmath.sqrt(kernel(a, a, a) * kernel(b, b, b))


HIGH = {"relu": relu_gap, "erf": erf_gap, "sin": sin_gap, "cos": cos_gap, "exp": exp_gap, "gaussian": gaussian_gap}


@pytest.mark.parametrize("gap", [1e-25, 1e-14, 1e-8, 1e-4, 0.02, 0.3, 1.0, 1.99])
@pytest.mark.parametrize("name", [*HIGH, "gelu"])
def test_the_gap_keeps_its_digits_at_equal_moments(name: str, gap: float) -> None:
    with mpmath.workdps(60):
        exact = float((HIGH | {"gelu": gelu_gap})[name](0.8, 0.8, mpmath.mpf(gap)))
    assert_allclose(dual_gap(name, 0.8, 0.8, gap), exact, rtol=2e-14 if name != "gelu" else 1e-12)


@pytest.mark.parametrize("apart", [1e-12, 1e-7, 1e-3, 1.0])
@pytest.mark.parametrize("name", HIGH)
def test_the_gap_of_unequal_moments_errs_by_a_rounding_of_the_angle(name: str, apart: float) -> None:
    q1, q2, gap = 0.8, 0.8 * (1 + apart), apart**2 / 3
    with mpmath.workdps(60):
        exact = float(HIGH[name](q1, q2, mpmath.mpf(gap)))
    assert_allclose(np.sqrt(float(dual_gap(name, q1, q2, gap))), np.sqrt(exact), atol=2e-15)


@settings(max_examples=60)
@given(activations(), pairs())
def test_the_derivative_dual_is_the_derivative_of_the_dual(name: str, pair: Pair) -> None:
    """Price's theorem, by central differences in the gap."""
    h = 1e-5
    if not 2 * h < pair.gap < 2 - 2 * h:
        return
    size = np.sqrt(pair.q1 * pair.q2)
    ends = [float(dual_kernel(name, pair.q1, pair.q2, pair.gap + side * h)) for side in (-1, 1)]
    scale = float(jnp.sqrt(dual_moment(name, pair.q1) * dual_moment(name, pair.q2)))
    expected = (ends[0] - ends[1]) / (2 * h * size)
    assert_allclose(dual_slope(name, *pair), expected, rtol=1e-4, atol=1e-6 * scale / size)


@settings(max_examples=80)
@given(activations(differentiable=False), pairs())
def test_a_dual_is_a_correlation(name: str, pair: Pair) -> None:
    """Symmetric, at most one by Cauchy and Schwarz, zero only for duplicates, and 1 with itself."""
    gap = float(dual_gap(name, *pair))
    assert 0 <= gap <= 2
    assert_allclose(gap, dual_gap(name, pair.q2, pair.q1, pair.gap), rtol=1e-9, atol=1e-15)
    assert float(dual_gap(name, pair.q1, pair.q1, 0.0)) == 0


@pytest.mark.parametrize("degree", range(6))
def test_hermite_polynomials_have_powers_as_duals(degree: int) -> None:
    assert_allclose(dual_kernel(hermite(degree), 1.0, 1.0, 0.3), 0.7**degree, rtol=1e-13)
    assert_allclose(dual_moment(hermite(degree), 1.0), 1.0, rtol=1e-13)


def test_polynomials_at_any_moment() -> None:
    cubic = Polynomial((0.5, -1.0, 0.25, 2.0))
    for pair in PAIRS:
        assert_allclose(dual_kernel(cubic, *pair), mean(lambda x: 0.5 - x + 0.25 * x**2 + 2 * x**3, *pair), rtol=1e-10)
        assert_allclose(dual_slope(cubic, *pair), mean(lambda x: -1 + 0.5 * x + 6 * x**2, *pair), rtol=1e-10)
    assert float(dual_kernel(Polynomial((3.0,)), 1.0, 2.0, 0.5)) == 9.0


def test_identities_between_activations() -> None:
    q1, q2, gap = PAIRS[1]
    even = TwoSlopes(0.5, 0.5)
    assert_allclose(dual_kernel(even, q1, q2, gap), 0.25 * dual_kernel("linear", q1, q2, gap), rtol=1e-14)
    both = dual_kernel(TwoSlopes(1.0, 0.0), q1, q2, gap)
    assert_allclose(both, dual_kernel("relu", q1, q2, gap), rtol=1e-14)
    assert_allclose(
        dual_kernel("sin", q1, q2, gap) + dual_kernel("cos", q1, q2, gap), mean_cos_difference(q1, q2, gap), rtol=1e-13
    )
    assert_allclose(dual_kernel("square", q1, q2, gap), q1 * q2 * (1 + 2 * (1 - gap) ** 2), rtol=1e-13)


def mean_cos_difference(q1: float, q2: float, gap: float) -> float:
    return float(np.exp(-(q1 + q2 - 2 * np.sqrt(q1 * q2) * (1 - gap)) / 2))


@pytest.mark.parametrize("name", ["relu", "erf", "gelu", "sin", "step"])
def test_quadrature_agrees_with_the_closed_forms_kinks_included(name: str) -> None:
    general = Quadrature(Activation(ACTIVATIONS[name]))
    for q1, q2, gap in (*PAIRS, (1.0, 1.0, 1e-12)):
        arguments = [jnp.array([v]) for v in (q1, q2, gap)]
        assert_allclose(general.gap(*arguments)[0], dual_gap(name, q1, q2, gap), rtol=1e-9)
        if name != "step":
            assert_allclose(general.slope(*arguments)[0], dual_slope(name, q1, q2, gap), rtol=1e-9)


def test_every_named_activation_has_duals_and_is_the_same_function() -> None:
    x = jnp.linspace(-2.0, 2.0, 9)
    for name, function in ACTIVATIONS.items():
        dual = dual_of(name)
        assert isinstance(dual, Quadrature) == (name not in DUALS)
        assert_allclose(dual(x), function(x), rtol=1e-15, atol=1e-15)


def test_extremes_and_gradients() -> None:
    assert float(dual_slope("step", 1.0, 1.0, 0.0)) == np.inf
    assert float(dual_kernel("relu", 0.0, 1.0, 0.5)) == 0
    assert float(dual_gap("abs", 1.0, 1.0, 2.0)) < 1e-15
    for name in DUALS:
        assert np.isfinite(float(dual_gap(name, 0.0, 0.0, 0.0)))
        slopes = jax.grad(lambda g, name=name: dual_gap(name, jnp.ones(()), jnp.ones(()), g))(jnp.zeros(()))
        assert np.isfinite(float(slopes))


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="there is no activation 'rellu'; did you mean 'relu'"):
        dual_kernel("rellu", 1.0, 1.0, 0.0)
    with pytest.raises(ValueError, match=r"gap = 2.5 is outside the allowed gaps 1 - c in \[0, 2\]"):
        dual_kernel("relu", 1.0, 1.0, 2.5)
    with pytest.raises(ValueError, match="q1 = -1 is outside"):
        dual_kernel("relu", -1.0, 1.0, 0.5)
    with pytest.raises(ValueError, match="q = nan"):
        dual_moment("erf", float("nan"))
    with pytest.raises(ValueError, match="one finite number or more"):
        Polynomial(())


def grows(rate: float):
    return lambda x: jnp.exp(rate * x**2)


POLES = (lambda x: 1 / x, lambda x: jnp.where(x == 0, 0.0, 1 / x), lambda x: 1 / (x - 0.3), jnp.tan)


@pytest.mark.parametrize("activation", [grows(1.0), *POLES, jnp.sqrt, lambda x: jnp.exp(9 * x)])
def test_a_second_moment_that_is_infinite_or_out_of_reach(activation) -> None:
    for call in (
        lambda: dual_moment(activation, 1.0),
        lambda: dual_kernel(activation, 1.0, 1.0, 0.5),
        lambda: kernels(perceptron((2, 4, 1), activation=activation, parametrization="ntk"), 1.5 * np.eye(2)),
    ):
        with pytest.raises(ValueError, match="a second moment after the layers = .*; an activation's is infinite"):
            call()
    assert np.isnan(float(jax.jit(lambda q: dual_moment(activation, q))(1.0)))


@pytest.mark.parametrize("at", [0.3, 1.0, 2.95, 3.0])
def test_jumps_and_kinks_away_from_zero_are_no_poles(at: float) -> None:
    tail = norm.sf(at)
    assert_allclose(dual_moment(lambda x: jnp.where(x > at, 1.0, 0.0), 1.0), tail, rtol=0.02)
    kink = (1 + at**2) * tail - at * norm.pdf(at)
    assert_allclose(dual_moment(lambda x: jnp.maximum(x - at, 0.0), 1.0), kink, rtol=2e-3)


def test_degrees_that_lose_their_digits() -> None:
    assert_allclose(dual_moment(hermite(50), 1.0), 1.0, rtol=1e-8)
    with pytest.raises(ValueError, match="^degree = 10000000000000 is above 50, where sums of its coefficients lose"):
        hermite(10**13)


def test_a_second_moment_that_is_finite_but_large() -> None:
    assert_allclose(dual_moment(grows(0.05), 1.0), (1 - 0.2) ** -0.5, rtol=1e-9)
    assert_allclose(dual_moment(lambda x: jnp.exp(x), 1.0), np.exp(2), rtol=1e-9)
    with pytest.raises(ValueError, match="a second moment after the layers = inf"):
        dual_moment("exp", 1000.0)
