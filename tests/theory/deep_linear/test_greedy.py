"""Greedy pre-training against trained autoencoders, least squares, searches over subspaces and the condition."""

import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.deep_linear.correlated_inputs import coupling
from theory.deep_linear.greedy import autoencoder_limit, greedy_loss, narrow_loss
from theory.deep_linear.matrix_strategies import tasks_along_components


def random(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((4, 4))
    return rng.standard_normal((3, 4)), root @ root.T + 0.1 * np.eye(4)


def left(yx: np.ndarray, xx: np.ndarray, codes: np.ndarray) -> float:
    """Loss of least squares on the codes, from the least of all linear maps."""
    value = lambda c: 0.5 * np.trace((yx @ c.T) @ np.linalg.solve(c @ xx @ c.T, c @ yx.T))
    return value(np.eye(len(xx))) - value(codes)


@pytest.mark.parametrize("width", [1, 2, 3])
def test_against_a_trained_autoencoder(width: int) -> None:
    yx, xx = random(0)
    rng = np.random.default_rng(1)
    down, up = 0.05 * rng.standard_normal((width, 4)), 0.05 * rng.standard_normal((4, width))
    for _ in range(20000):
        gap = (up @ down - np.eye(4)) @ xx
        down, up = down - 0.02 * up.T @ gap, up - 0.02 * gap @ down.T
    assert_allclose(autoencoder_limit(xx, width), up @ down, atol=1e-8)
    assert_allclose(greedy_loss(yx, xx, width), left(yx, xx, down), rtol=1e-8)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 999), st.sampled_from([1, 2, 3]))
def test_no_codes_do_better_than_the_bound(seed: int, width: int) -> None:
    """Reduced-rank regression is the least over subspaces, attained by its own; greedy lies above it."""
    yx, xx = random(seed)
    values, vectors = np.linalg.eigh(xx)
    root = vectors / np.sqrt(values) @ vectors.T
    _, _, vt = np.linalg.svd(yx @ root)
    least = float(narrow_loss(yx, xx, width))
    assert_allclose(left(yx, xx, vt[:width] @ root), least, rtol=1e-7, atol=1e-9)
    anything = np.random.default_rng(seed).standard_normal((width, 4))
    assert left(yx, xx, anything) >= least - 1e-9
    assert float(greedy_loss(yx, xx, width)) >= least - 1e-9
    assert_allclose(greedy_loss(yx, xx, 4), 0.0, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(tasks_along_components(4, 3), st.sampled_from([1, 2, 3]))
def test_under_saxes_condition_nothing_is_lost(task: tuple, width: int) -> None:
    """Modes along principal components, those that explain more along larger ones: greedy layers are the best."""
    yx, xx = task
    assert float(coupling(yx, xx)) < 1e-12
    scale = float(np.trace(np.asarray(yx) @ np.linalg.solve(xx, np.asarray(yx).T)))
    assert_allclose(greedy_loss(yx, xx, width), narrow_loss(yx, xx, width), atol=1e-11 * scale)


def test_the_condition_alone_is_not_enough_for_a_narrow_layer() -> None:
    """Modes along components, but the task lives in the smallest: greedy layers lose it all."""
    yx, xx = jnp.array([[0.0, 1.0]]), jnp.diag(jnp.array([2.0, 1.0]))
    assert coupling(yx, xx).item() == 0.0
    assert greedy_loss(yx, xx, 1).item() == 0.5
    assert narrow_loss(yx, xx, 1).item() == 0.0


def test_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    yx, xx = random(0)
    with pytest.raises(ValueError, match="width = 5 exceeds the 4 inputs"):
        greedy_loss(yx, xx, 5)
    with pytest.raises(ValueError, match="width = 0 is below the least allowed"):
        narrow_loss(yx, xx, 0)
    with pytest.raises(ValueError, match="eigenvalues of a covariance of full rank; leave out directions"):
        greedy_loss(yx, np.diag([1.0, 1.0, 1.0, 0.0]), 2)
