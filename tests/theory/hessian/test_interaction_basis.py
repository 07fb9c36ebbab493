"""Interaction bases against their defining equations, hiding maps, dependent activations and deep linear networks."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.hessian.interaction_basis import (
    interaction_basis,
    interaction_spectrum,
    linear_importances,
    linear_interactions,
)


def moments(rng: np.random.Generator, size: int, rank: int) -> np.ndarray:
    rows = rng.standard_normal((rank, size))
    return rows.T @ rows / rank


def network(rng: np.random.Generator, widths: tuple[int, ...]) -> list[np.ndarray]:
    return [rng.standard_normal((n, m)) / m**0.5 for m, n in zip(widths, widths[1:], strict=False)]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 3.0))
def test_no_invertible_map_is_seen(seed: int, spread: float) -> None:
    """Importances, and features of the same examples but for their signs, before and after a -> Ta."""
    rng = np.random.default_rng(seed)
    g, m = moments(rng, 5, 8), moments(rng, 5, 4)
    hide = np.eye(5) + spread * np.tril(rng.standard_normal((5, 5)), -1)
    back = np.linalg.inv(hide)
    hidden = hide @ g @ hide.T, back.T @ m @ back
    assert_allclose(interaction_spectrum(*hidden), interaction_spectrum(g, m), rtol=1e-6, atol=1e-9)
    one, other = interaction_basis(g, m), interaction_basis(*hidden)
    assert len(one.importance) == len(other.importance) == 4
    assert_allclose(np.abs(other.features @ hide), np.abs(one.features), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("varying", "mattering"), [(6, 6), (3, 6), (6, 2), (4, 4)])
def test_the_equations_that_define_it(varying: int, mattering: int) -> None:
    """Features apart, derivatives of unit size, and both degeneracies gone."""
    rng = np.random.default_rng(varying + 10 * mattering)
    g, m = moments(rng, 6, varying), moments(rng, 6, mattering)
    basis = interaction_basis(g, m)
    assert len(basis.importance) == min(varying, mattering)
    assert_allclose(basis.features @ g @ basis.features.T, np.diag(basis.importance), atol=1e-9)
    assert_allclose(basis.back.T @ m @ basis.back, np.eye(len(basis.importance)), atol=1e-8)
    assert_allclose(basis.features @ basis.back, np.eye(len(basis.importance)), atol=1e-8)
    told = np.sort(np.linalg.eigvals(g @ m).real)[::-1]
    assert_allclose(interaction_spectrum(g, m), np.maximum(told, 0), atol=1e-8)
    assert_allclose(basis.importance, told[: len(basis.importance)], rtol=1e-7)


@pytest.mark.parametrize("widths", [(4, 6, 5, 3), (5, 4, 2, 4, 6), (3, 3)])
def test_deep_linear_networks(widths: tuple[int, ...]) -> None:
    """One spectrum at all layers, and interactions that are the identity."""
    rng = np.random.default_rng(len(widths))
    weights, second = network(rng, widths), moments(rng, widths[0], 9)
    told = np.asarray(linear_importances(weights, second))
    bases, gram = [], second
    for i in range(len(weights) + 1):
        above = np.linalg.multi_dot([np.eye(widths[-1]), *weights[i:][::-1], np.eye(widths[i])])
        bases.append(interaction_basis(gram, above.T @ above))
        count = len(bases[-1].importance)
        assert count == linear_interactions(widths)
        assert_allclose(bases[-1].importance, told[:count], rtol=1e-8)
        assert_allclose(told[count:], 0, atol=1e-12)
        gram = weights[i] @ gram @ weights[i].T if i < len(weights) else gram
    for below, w, above in zip(bases, weights, bases[1:], strict=False):
        between = above.features @ w @ below.back
        assert_allclose(np.abs(between), np.eye(len(between)), atol=1e-6)


def test_importances_are_those_of_the_outputs() -> None:
    """Their sum is the outputs' mean square, by examples."""
    rng = np.random.default_rng(0)
    weights, x = network(rng, (4, 7, 3)), rng.standard_normal((50, 4))
    outputs = x @ weights[0].T @ weights[1].T
    told = linear_importances(weights, x.T @ x / 50)
    assert_allclose(float(jnp.sum(told)), np.mean(np.sum(outputs**2, axis=1)), rtol=1e-12)
    assert told.shape == (3,)


def test_nothing_matters_and_bad_input() -> None:
    nothing = interaction_basis(np.eye(3), np.zeros((3, 3)))
    assert nothing.features.shape == (0, 3)
    with pytest.raises(ValueError, match="second moments of 3 activations do not fit those of 2 gradients"):
        interaction_basis(np.eye(3), np.eye(2))
    with pytest.raises(ValueError, match="outside the allowed symmetric matrices; give second moments"):
        interaction_spectrum(jnp.array([[1.0, 2.0], [0.0, 1.0]]), jnp.eye(2))
    with pytest.raises(ValueError, match="activations of shape \\(2, 3\\) must be a square matrix of second moments"):
        interaction_basis(np.ones((2, 3)), np.eye(3))
    with pytest.raises(ValueError, match="do not chain on 2 inputs"):
        linear_importances([jnp.ones((2, 3))], jnp.eye(2))
    with pytest.raises(ValueError, match="the number of weights = 0"):
        linear_importances([], jnp.eye(2))
    with pytest.raises(ValueError, match="width = 0 is below the least allowed, 1"):
        linear_interactions((3, 0))
