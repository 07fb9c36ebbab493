"""Shrinkage against minimization by brute force, and ordered factors against all their rivals."""

import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize, minimize_scalar

from theory.deep_linear.shrinkage import (
    ordered_least_loss,
    ordered_products,
    ridge_shrinkage,
    shrinkage_threshold,
    soft_shrinkage,
)


@settings(max_examples=40)
@given(st.floats(0.0, 5.0), st.floats(0.0, 3.0))
def test_scalars_by_minimization(s: float, gamma: float) -> None:
    """u = ab costs at least gamma |u| in the factors and gamma u^2 / 2 as a product."""
    grid = np.linspace(0, 6, 60_001)
    soft = grid[np.argmin(0.5 * (s - grid) ** 2 + gamma * grid)]
    ridge = minimize_scalar(lambda u: 0.5 * (s - u) ** 2 + 0.5 * gamma * u * u).x
    assert abs(float(soft_shrinkage(s, gamma)) - soft) < 2e-4
    assert abs(float(ridge_shrinkage(s, gamma)) - ridge) < 1e-6


def test_matrices_by_minimization_of_the_layers() -> None:
    rng = np.random.default_rng(0)
    sigma, gamma = rng.standard_normal((3, 3)), 0.6

    def energy(x: np.ndarray) -> float:
        a, b = x[:9].reshape(3, 3), x[9:].reshape(3, 3)
        return 0.5 * ((sigma - b @ a) ** 2).sum() + 0.5 * gamma * (x**2).sum()

    x = min((minimize(energy, rng.standard_normal(18), tol=1e-12) for _ in range(4)), key=lambda r: r.fun).x
    found = np.linalg.svd(x[9:].reshape(3, 3) @ x[:9].reshape(3, 3), compute_uv=False)
    assert_allclose(found, soft_shrinkage(np.linalg.svd(sigma, compute_uv=False), gamma), atol=1e-4)


@pytest.mark.parametrize("depth", [2, 3, 4, 9])
@pytest.mark.parametrize("gamma", [0.1, 1.0, 4.0])
def test_threshold_is_where_a_minimum_appears(depth: int, gamma: float) -> None:
    """Above it the penalized loss in u has a rising and a falling stretch, below it rises everywhere."""
    critical, u = float(shrinkage_threshold(gamma, depth)), np.geomspace(1e-6, 50, 400_000)
    slope = lambda s: u - s + gamma * u ** (2 / depth - 1)
    assert slope(critical * 0.999).min() > 0
    assert slope(critical * 1.001).min() < 0


@settings(max_examples=20)
@given(st.integers(0, 2**31 - 1))
def test_ordered_products_are_the_least(seed: int) -> None:
    """The closed loss is met, and any rotation of the hidden units that keeps the sum costs more."""
    rng = np.random.default_rng(seed)
    sigma, p = rng.standard_normal((4, 5)), rng.uniform(0.1, 1.0, 3)
    terms = np.asarray(ordered_products(sigma, 3))
    loss = lambda parts: 0.5 * sum(q * ((sigma - parts[: k + 1].sum(0)) ** 2).sum() for k, q in enumerate(p))
    s = np.linalg.svd(sigma, compute_uv=False)
    assert_allclose(loss(terms), ordered_least_loss(s, p), rtol=1e-10)
    turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    u, vt = np.linalg.svd(sigma, full_matrices=False)[0][:, :3], np.linalg.svd(sigma, full_matrices=False)[2][:3]
    left, right = u * s[:3] @ turn, turn.T @ vt
    turned = np.einsum("ok,ki->koi", left, right)
    assert_allclose(turned.sum(0), terms.sum(0), atol=1e-10)
    assert loss(turned) > loss(terms)


def test_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(ValueError, match="weight_decay = -1 is outside the allowed decays at or above zero"):
        soft_shrinkage(1.0, -1.0)
    with pytest.raises(ValueError, match="s = -2 is outside"):
        ridge_shrinkage(-2.0, 1.0)
    with pytest.raises(ValueError, match="rank = 3 is more than the 2 singular values"):
        ordered_products(jnp.eye(2), 3)
    with pytest.raises(ValueError, match="probabilities = 0 is outside the allowed shares above zero"):
        ordered_least_loss(jnp.ones(2), [1.0, 0.0])
    with pytest.raises(ValueError, match="2 ranks were given for 1"):
        ordered_least_loss(jnp.ones(1), [0.5, 0.5])
    with pytest.raises(ValueError, match="depth = 1 is below"):
        shrinkage_threshold(1.0, 1)
