"""The spread of Jacobians against sampled networks, Fuss-Catalan moments, mpmath and series at small variance."""

import jax
import jax.numpy as jnp
import jaxtyping
import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.deep_linear import fuss_catalan
from theory.deep_linear.faithful_gradients import jacobian_spread, jacobian_spreads, slope_spread
from theory.deep_linear.gain import jacobian_mean_square, jacobian_mean_squares, variance_trajectory


@pytest.mark.parametrize("q", [1e-3, 0.8, 40.0])
def test_slopes_of_tanh_against_mpmath(q: float) -> None:
    cuts = [0, *(mp.mpf(10) ** k for k in range(-4, 1)), 3, 8, 20]
    moment = lambda p: float(2 * mp.quad(lambda z: mp.sech(mp.sqrt(q) * z) ** (2 * p) * mp.npdf(z), cuts))
    assert_allclose(slope_spread(jnp.array(q)), moment(4) / moment(2) ** 2 - 1, rtol=1e-9)


def test_small_variance_and_piecewise_linear_units() -> None:
    """8 q^2 for tanh; a unit that is off with probability 1/2 doubles the second moment, a leaky one less."""
    q = np.array([1e-6, 1e-5, 1e-4])
    assert_allclose(slope_spread(q), 8 * q**2, rtol=3e-3)
    assert_allclose(slope_spread(q, jax.nn.relu), 1.0, rtol=1e-12)
    leaky = lambda h: jnp.where(h > 0, h, 0.5 * h)
    assert_allclose(slope_spread(q, leaky), 2 * (1 + 0.5**4) / (1 + 0.5**2) ** 2 - 1, rtol=1e-12)


@pytest.mark.parametrize("depth", [1, 3, 6])
def test_linear_networks_are_the_known_products(depth: int) -> None:
    linear = lambda h: h
    assert_allclose(jacobian_spread(jnp.array(0.3), 1.1, depth, linear), 0.0, atol=1e-13)
    gaussian = jacobian_spread(jnp.array(0.3), 1.1, depth, linear, orthogonal=False)
    assert_allclose(1 + gaussian, fuss_catalan.fuss_catalan_number(2, depth), rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.01, 5.0), st.floats(0.3, 2.0))
def test_sums_over_layers(q0: float, gain: float) -> None:
    """Depth adds up, from wherever the variance has come; Gaussian layers add one each."""
    whole, first = jacobian_spread(jnp.array(q0), gain, 5), jacobian_spread(jnp.array(q0), gain, 2)
    rest = jacobian_spread(variance_trajectory(jnp.array(q0), gain, 2)[-1], gain, 3)
    assert_allclose(whole, first + rest, rtol=1e-9, atol=1e-13)
    assert_allclose(jacobian_spread(jnp.array(q0), gain, 5, orthogonal=False), whole + 5, rtol=1e-12)


@pytest.mark.parametrize("orthogonal", [True, False])
def test_every_depth_at_once(orthogonal: bool) -> None:
    q0 = jnp.array([0.2, 1.0])
    spreads = jacobian_spreads(q0, 1.1, 4, orthogonal=orthogonal)
    squares = jacobian_mean_squares(q0, 1.1, 4)
    for d in (1, 2, 4):
        assert_allclose(spreads[d - 1], jacobian_spread(q0, 1.1, d, orthogonal=orthogonal), rtol=1e-13)
        assert_allclose(squares[d - 1], jacobian_mean_square(q0, 1.1, d), rtol=1e-13)


def test_it_converges_at_the_edge_only() -> None:
    """Doubling the depth: a tenth more at the edge (the tail is 2/D), nothing below, twice as much above."""
    below, edge, above = (np.asarray(jacobian_spreads(jnp.array(0.5), g, 401)) for g in (0.8, 1.0, 1.3))
    assert 0 < edge[399] - edge[199] < 2 / 200
    assert below[399] - below[199] < 1e-12
    assert_allclose(above[399] - above[199], 200 * (above[400] - above[399]), rtol=1e-6)
    size = np.asarray(jacobian_mean_squares(jnp.array(0.5), 1.0, 401))
    assert_allclose(size[399] / size[199], 0.5, rtol=0.02)


@pytest.mark.parametrize("orthogonal", [True, False])
def test_against_sampled_networks(orthogonal: bool) -> None:
    """Width 400, depth 3: within 4 standard errors and the 1/N of finite width."""
    rng, n, gain, q0, values = np.random.default_rng(0), 400, 1.2, 0.7, []
    for _ in range(8):
        hidden, jacobian = rng.standard_normal(n), np.eye(n)
        hidden *= np.sqrt(q0 * n) / np.linalg.norm(hidden)
        for _ in range(3):
            layer = rng.standard_normal((n, n)) / np.sqrt(n)
            layer = gain * (np.linalg.qr(layer)[0] if orthogonal else layer)
            jacobian = layer @ ((1 - np.tanh(hidden) ** 2)[:, None] * jacobian)
            hidden = layer @ np.tanh(hidden)
        gram = jacobian @ jacobian.T
        values.append(n * (gram**2).sum() / np.trace(gram) ** 2 - 1)
    error = 4 * np.std(values, ddof=1) / np.sqrt(len(values)) + 12 / n
    assert abs(np.mean(values) - float(jacobian_spread(jnp.array(q0), gain, 3, orthogonal=orthogonal))) < error


def test_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(ValueError, match="q = -1 is outside the allowed values at or above zero"):
        slope_spread(jnp.array(-1.0))
    with pytest.raises(ValueError, match="depth = 0 is below the least allowed"):
        jacobian_spread(jnp.array(0.5), 1.0, 0)
