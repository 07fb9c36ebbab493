"""Tubal products and flows against circulant matrices, convolutions and the integrated factor."""

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from theory.deep_linear import tubal
from theory.deep_linear.matrix_strategies import own_transposes
from theory.deep_linear.symmetric import symmetric_path

TIMES = np.array([0.0, 0.4, 2.0])
LENGTHS = st.sampled_from([1, 3, 4])
PATH = jax.jit(tubal.tubal_path)


def circulant(a: np.ndarray) -> np.ndarray:
    """The block-circulant matrix whose product with another is that of the t-product."""
    k = a.shape[2]
    return np.block([[np.asarray(a)[:, :, (i - j) % k] for j in range(k)] for i in range(k)])


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


@settings(max_examples=20, deadline=None)
@given(LENGTHS, st.integers(0, 99))
def test_products_and_transposes_are_those_of_circulants(k: int, seed: int) -> None:
    a, b = random(2, 3, k, seed=seed), random(3, 2, k, seed=seed + 1)
    product = tubal.t_product(a, b)
    assert_allclose(circulant(product), circulant(a) @ circulant(b), atol=1e-12)
    assert_allclose(circulant(tubal.t_transpose(a)), circulant(a).T)
    assert_allclose(tubal.t_transpose(product), tubal.t_product(tubal.t_transpose(b), tubal.t_transpose(a)), atol=1e-12)
    values = np.sort(np.asarray(tubal.tubal_singular_values(a)).ravel())
    assert_allclose(values, np.sort(np.linalg.svd(circulant(a), compute_uv=False)), atol=1e-12)
    assert_allclose((values**2).sum() / k, (a**2).sum(), rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(own_transposes(3, (3, 4)), st.sampled_from([1, 4]), st.floats(-2.0, 0.0), st.integers(0, 99))
def test_against_the_integrated_factor(target: np.ndarray, width: int, exponent: float, seed: int) -> None:
    k = target.shape[2]
    factor = 10.0**exponent * random(3, width, k, seed=seed)
    shape, goal = circulant(factor)[:, :width].shape, circulant(target)

    def whole(column: np.ndarray) -> np.ndarray:
        return circulant(np.stack(np.split(column.reshape(shape), k), axis=2))

    def velocity(_: float, y: np.ndarray) -> np.ndarray:
        u = whole(y)
        return ((goal - u @ u.T) @ u)[:, :width].ravel()

    start = circulant(factor)[:, :width].ravel()
    run = solve_ivp(velocity, (0, TIMES[-1]), start, method="DOP853", t_eval=TIMES, rtol=1e-12, atol=1e-15)
    for ours, y in zip(PATH(TIMES, factor, target), run.y.T):
        exact = (u := whole(y)) @ u.T
        assert_allclose(circulant(ours), exact, atol=1e-9 * max(1.0, np.abs(exact).max()))


def test_tubes_of_length_one_are_matrices() -> None:
    u, a = 0.3 * random(3, 2), random(3, 3, seed=1)
    ours = PATH(TIMES, u[..., None], (a + a.T)[..., None])[..., 0]
    assert_allclose(ours, jax.jit(symmetric_path)(TIMES, u, a + a.T), atol=1e-13)


@settings(max_examples=20, deadline=None)
@given(own_transposes(3, (3, 4)))
def test_limit_at_any_late_time(target: np.ndarray) -> None:
    """Modes without signal have decayed to 1/2t, those far weaker than that have not begun; all others are there."""
    size, vectors = np.linalg.eigh(circulant(target))
    path = PATH(np.array([0.0, 1.0, 1e7]), 0.1 * random(3, 4, target.shape[2]), target)
    limit = tubal.tubal_limit(target, 4)
    assert_allclose(path[2], limit, atol=1e-6 * max(1.0, np.abs(size).max()))
    size, vectors = np.linalg.eigh(circulant(target))
    assert_allclose(
        circulant(limit), (vectors * np.maximum(size, 0)) @ vectors.T, atol=1e-11 * max(1, np.abs(size).max())
    )


def test_a_small_start_learns_tubal_rank_one_first() -> None:
    """Between the escapes of the strongest mode and of the next the tubal rank is 1, and the flattened rank more."""
    waves = [np.array([[3.0, 0, 0], [0, 1.0, 0], [0, 0, 0]]), np.diag([2.8, 0.9, 0.0])]
    target = np.stack([(waves[0] + 2 * np.cos(2 * np.pi * j / 3) * waves[1]) / 3 for j in range(3)], axis=2)
    late = PATH(np.array([5.0, 0.0, 1.0]), 1e-4 * random(3, 4, 3), target)[0]
    assert tubal.tubal_rank(late, 0.01) == 1
    whole = tubal.tubal_limit(target, 3)
    assert tubal.tubal_rank(whole, 0.01) == 2
    assert tubal.tubal_rank(tubal.tubal_limit(target, 1), 1e-9) == 1


def test_rank_counts_above_the_tolerance() -> None:
    """One frequency has the values 1 and 0.05, the other 1 and 0.2: the largest count decides."""
    slices = [np.diag([1.0, 0.05]), np.diag([1.0, 0.2])]
    tensor = np.fft.ifft(np.stack(slices, axis=2), axis=2).real
    assert [tubal.tubal_rank(tensor, t) for t in (0.01, 0.19, 0.21)] == [2, 2, 1]


@pytest.mark.parametrize(("n", "rank", "k"), [(4, 1, 3), (4, 2, 4), (3, 3, 2), (5, 2, 1)])
def test_dimensions_are_ranks_of_the_linear_maps(n: int, rank: int, k: int) -> None:
    u = random(n, rank, k)
    square = lambda v: tubal.t_product(v, tubal.t_transpose(v)).ravel()
    jacobian = np.asarray(jax.jacobian(square)(jnp.asarray(u))).reshape(n * n * k, -1)
    assert np.linalg.matrix_rank(jacobian, rtol=1e-9) == tubal.factor_dimension(n, rank, k)
    both = lambda a: (a + tubal.t_transpose(a)).ravel()
    whole = np.asarray(jax.jacobian(both)(jnp.asarray(random(n, n, k)))).reshape(n * n * k, -1)
    assert np.linalg.matrix_rank(whole) == tubal.symmetric_dimension(n, k)


def test_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    a, t = jnp.ones((2, 2, 3)), jnp.array([1.0])
    with pytest.raises(ValueError, match=r"tensors of shapes \(2, 2, 3\) and \(2, 2, 2\) cannot be multiplied"):
        tubal.t_product(a, a[:, :, :2])
    with pytest.raises(ValueError, match=r"a has shape \(2, 2\) but must be a tensor"):
        tubal.t_transpose(a[:, :, 0])
    with pytest.raises(ValueError, match="differences from the transpose within rounding; its transpose also runs"):
        tubal.tubal_path(t, a, a * jnp.arange(3.0)[None, None, :])
    with pytest.raises(ValueError, match=r"target has shape \(2, 2, 2\) but must be \(2, 2, 3\)"):
        tubal.tubal_path(t, a, a[:, :, :2])
    with pytest.raises(ValueError, match="times = -1 is outside"):
        tubal.tubal_path(-t, a, a)
    with pytest.raises(ValueError, match="tolerance = 1 is outside"):
        tubal.tubal_rank(a, 1.0)
    with pytest.raises(ValueError, match="rank = 3 exceeds n = 2"):
        tubal.factor_dimension(2, 3, 4)
