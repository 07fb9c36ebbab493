"""Entropies on spheres and planes against quadrature in high precision, limits, and nearest neighbors."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf
from numpy.testing import assert_allclose

from theory.information.linear_layers import linear_layer_information
from theory.information.manifold import embedded_gaussian_entropy, sphere_entropy
from theory.information.neighbors import neighbor_entropy
from theory.information.strategies import log_uniform


def by_quadrature(d: int, kappa: float) -> float:
    """From the density of the angle to the pole, whose circle has the area of a sphere of one dimension less."""
    with mp.workdps(30):
        k, ring = mpf(kappa), 2 * mp.pi ** (mpf(d - 1) / 2) / mp.gamma(mpf(d - 1) / 2)
        ends = [0, min(mp.pi, 3 / mp.sqrt(k + 1)), mp.pi]
        weight = lambda t: mp.exp(k * (mp.cos(t) - 1)) * mp.sin(t) ** (d - 2) * ring
        total = mp.quad(weight, ends)
        return float(mp.log(total) - mp.quad(lambda t: weight(t) * k * (mp.cos(t) - 1), ends) / total)


@pytest.mark.parametrize("d", [2, 3, 4, 9])
@pytest.mark.parametrize("kappa", [5e-5, 2e-4, 0.7, 5.0, 60.0])
def test_sphere_by_quadrature(d: int, kappa: float) -> None:
    assert_allclose(sphere_entropy(d, kappa), by_quadrature(d, kappa), rtol=1e-11, atol=1e-12)


def test_sphere_limits() -> None:
    assert_allclose(sphere_entropy(2, 0.0), np.log(2 * np.pi), rtol=1e-14)
    assert_allclose(sphere_entropy(4, 1e12), 1.5 * np.log(2 * np.pi * np.e / 1e12), rtol=1e-12)
    for d in (2, 3, 7):  # both sides of the change of form
        below, above = (sphere_entropy(d, 1e4 * d**2 * f) for f in (1 - 1e-9, 1 + 1e-9))
        assert_allclose(below - above, (d - 1) * 1e-9, atol=1e-9)
    three = np.log(4 * np.pi * np.sinh(3.0) / 3) - 3 / np.tanh(3.0) + 1
    assert_allclose(sphere_entropy(3, 3.0), three, rtol=1e-13)


@given(st.integers(2, 12), log_uniform(1e-6, 1e8))
def test_concentration_costs_entropy(d: int, kappa: float) -> None:
    value = sphere_entropy(d, kappa)
    assert value <= sphere_entropy(d, 0.0) and sphere_entropy(d, 1.5 * kappa) <= value


def test_plane_by_neighbors_and_by_noise() -> None:
    """A line and a plane in four dimensions; with a little noise the layer's information is the entropy's excess."""
    rng = np.random.default_rng(0)
    for r in (1, 2):
        w, root = rng.standard_normal((4, r)), rng.standard_normal((r, r))
        sigma = root @ root.T + 0.2 * np.eye(r)
        h = embedded_gaussian_entropy(w, sigma)
        x = rng.standard_normal((4000, r)) @ np.linalg.cholesky(sigma).T @ w.T
        found = neighbor_entropy(x, (5,), dimension=r)[0]
        assert found.reliable and abs(found.value - h) < 0.08
        layer = float(linear_layer_information(jnp.asarray(w), jnp.asarray(sigma), 1e-5))
        assert_allclose(layer, h - r / 2 * np.log(2 * np.pi * np.e * 1e-10), atol=1e-7)
    assert "minus infinity" in neighbor_entropy(x, (5,))[0].reason


def test_sphere_by_neighbors() -> None:
    x = np.random.default_rng(1).standard_normal((4000, 3))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    found = neighbor_entropy(x, (4,), dimension=2)[0]
    assert found.reliable and found.low < np.log(4 * np.pi) < found.high + 0.01
    with pytest.raises(ValueError, match="exceeds the 3 coordinates"):
        neighbor_entropy(x, (4,), dimension=4)


def test_bad_input() -> None:
    for call, sentence in (
        (lambda: sphere_entropy(1, 0.0), "dimensions = 1 is below"),
        (lambda: sphere_entropy(3, -1.0), "at or above zero"),
        (lambda: sphere_entropy(3, np.nan), "concentration = nan"),
        (lambda: sphere_entropy(400, 0.01), "out of double precision"),
        (lambda: embedded_gaussian_entropy(np.zeros((2, 2)), np.eye(2)), "leave a point"),
        (lambda: embedded_gaussian_entropy(np.eye(2), -np.eye(2)), "positive definite"),
        (lambda: embedded_gaussian_entropy(np.eye(2), np.eye(3)), "do not fit"),
    ):
        with pytest.raises(ValueError, match=sentence):
            call()
