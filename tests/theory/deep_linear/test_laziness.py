"""Alignment of kernels against flows of both layers, brute-force kernels and averages over teachers."""

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from theory.deep_linear.laziness import kernel_alignment, limit_alignment, limit_kernel_change, mean_limit_alignment
from theory.deep_linear.matrix_strategies import matrices

LIMIT = jax.jit(limit_alignment)
SEEDS = st.integers(0, 2**31 - 1)


def kernel(w1: np.ndarray, w2: np.ndarray, root: np.ndarray) -> np.ndarray:
    """On inputs that are the rows of a root of the covariance."""
    hidden = root @ w1.T @ w1 @ root.T
    return np.kron(np.eye(len(w2)), hidden) + np.kron(w2 @ w2.T, root @ root.T)


def learned(w1: np.ndarray, teacher: np.ndarray, covariance: np.ndarray, until: float) -> tuple[np.ndarray, np.ndarray]:
    outputs, hidden = len(teacher), len(w1)

    def velocity(_: float, y: np.ndarray) -> np.ndarray:
        a, b = y[: w1.size].reshape(w1.shape), y[w1.size :].reshape(outputs, hidden)
        error = (teacher - b @ a) @ covariance
        return np.concatenate([(b.T @ error).ravel(), (error @ a.T).ravel()])

    start = np.concatenate([w1.ravel(), np.zeros(outputs * hidden)])
    y = solve_ivp(velocity, (0, until), start, method="DOP853", rtol=1e-10, atol=1e-14).y[:, -1]
    return y[: w1.size].reshape(w1.shape), y[w1.size :].reshape(outputs, hidden)


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("white", [True, False])
def test_against_flows_from_ever_smaller_starts(outputs: int, white: bool) -> None:
    """The distance of the flow's alignment to its limit falls with the start; 1e-4 at a start of 1e-4."""
    rng = np.random.default_rng(outputs)
    root = np.eye(3) if white else np.diag([1.5, 1.0, 0.7])
    w1, teacher = rng.standard_normal((4, 3)) * np.array([1.0, 0.5, 0.2]), rng.standard_normal((outputs, 3))
    limit, gaps = float(LIMIT(w1, teacher, root @ root)), []
    for scale in (1e-2, 1e-4):
        a, b = learned(scale * w1, teacher, root @ root, 80.0)
        assert_allclose(b @ a, teacher, atol=1e-6)
        start, end = kernel(scale * w1, 0 * b, root), kernel(a, b, root)
        gaps.append(abs(float(kernel_alignment(start, end)) - limit))
        if white:
            assert_allclose(np.linalg.norm(end - start), limit_kernel_change(teacher), rtol=30 * scale)
    assert gaps[1] < 1e-4 and gaps[1] < gaps[0] / 20


def test_closed_numbers() -> None:
    """d = 6: rank 1 along the teacher 2/3, against it 1/3, full 7/sqrt(54); I + b b' is perfectly lazy."""
    b = np.eye(1, 6)
    assert_allclose(LIMIT(3.0 * b, b), 2 / 3, rtol=1e-12)
    assert_allclose(LIMIT(np.eye(6)[1:2], b), 1 / 3, rtol=1e-12)
    assert_allclose(LIMIT(np.eye(6), -5.0 * b), 7 / 54**0.5, rtol=1e-12)
    assert_allclose(LIMIT(np.diag([2.0**0.5, 1, 1, 1, 1, 1]), b), 1.0, rtol=1e-12)
    assert_allclose(limit_kernel_change(2.0 * b), 6.0, rtol=1e-12)


@settings(max_examples=25)
@given(st.data(), SEEDS, st.sampled_from([1, 3]))
def test_against_the_kernels_themselves(data: st.DataObject, seed: int, outputs: int) -> None:
    """Any covariance: the same number from kernels as matrices, with the limit layers built by singular vectors."""
    w1 = np.asarray(data.draw(matrices(3, 5, (-6.0, 6.0)).filter(lambda w: np.linalg.matrix_rank(w) >= outputs)))
    rng = np.random.default_rng(seed)
    teacher, root = rng.standard_normal((outputs, 5)), rng.standard_normal((5, 5))
    u, s, vt = np.linalg.svd(teacher, full_matrices=False)
    end = kernel(np.sqrt(s)[:, None] * vt, u * np.sqrt(s), root)
    alignment = kernel_alignment(kernel(w1, 0 * u, root), end)
    assert_allclose(LIMIT(w1, teacher, root.T @ root), alignment, rtol=1e-9)
    assert 0 < alignment <= 1 + 1e-12


def test_a_start_of_too_low_a_rank_learns_a_part() -> None:
    """Hidden units stay in their span: from rank 1 two outputs get a map of rank 1; traced, the formula is NaN."""
    rng = np.random.default_rng(3)
    w1, teacher = 1e-2 * np.outer(rng.standard_normal(4), rng.standard_normal(3)), rng.standard_normal((2, 3))
    a, b = learned(w1, teacher, np.eye(3), 10.0)  # much later rounding leaves the saddle
    assert np.linalg.svd(b @ a, compute_uv=False)[0] > 1
    assert np.linalg.svd(b @ a, compute_uv=False)[1] < 1e-8
    assert np.isnan(LIMIT(w1, teacher))


def test_mean_over_teachers() -> None:
    """20,000 directions; 5 standard errors."""
    w1 = np.random.default_rng(0).standard_normal((4, 7)) * np.array([3, 2, 1, 1, 0.5, 0.1, 0.1])
    teachers = np.random.default_rng(1).standard_normal((20_000, 1, 7))
    values = np.asarray(jax.vmap(lambda b: limit_alignment(jnp.asarray(w1), b))(jnp.asarray(teachers)))
    assert abs(values.mean() - float(mean_limit_alignment(w1))) < 5 * values.std() / 20_000**0.5
    assert values.std() / 20_000**0.5 < 1e-3


def test_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(ValueError, match="largest entry of teacher = 0 is outside the allowed values above zero"):
        limit_alignment(jnp.eye(2), jnp.zeros((1, 2)))
    with pytest.raises(
        ValueError, match="rank of first_layer = 1 is outside the allowed ranks of at least that of the"
    ):
        limit_alignment(jnp.ones((4, 3)), jnp.eye(2, 3))
    with pytest.raises(ValueError, match="differ in their inputs"):
        limit_alignment(jnp.eye(3), jnp.ones((1, 2)))
    with pytest.raises(ValueError, match="a zero matrix has no rank"):
        mean_limit_alignment(jnp.zeros((2, 2)))
    with pytest.raises(ValueError, match="largest entry of first = 0"):
        kernel_alignment(jnp.zeros((2, 2)), jnp.eye(2))
