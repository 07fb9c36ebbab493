"""The split of a softmax classifier's Gauss-Newton matrix against automatic differentiation, and its ranks."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.hessian.class_structure import class_means, class_parts, mean_ranks
from theory.hessian.operators import gauss_newton_operator, matrix

from .cases import CASES, LABELS

jitted_parts = jax.jit(class_parts)
CASE = CASES["softmax perceptron in a dict"]


def parts_of(labels: jax.Array = LABELS, params: dict | None = None) -> tuple[tuple, np.ndarray]:
    case = CASE if params is None else replace(CASE, params=params)
    logits = case.model(case.params)
    jacobian = case.dense_jacobian.reshape(*logits.shape, -1)
    return class_parts(jacobian, jax.nn.softmax(logits), labels), jacobian


def spanned(rows: np.ndarray) -> int:
    rows = np.asarray(rows)
    lengths = np.linalg.norm(rows, axis=1)
    return int(np.linalg.matrix_rank(rows[lengths > 1e-12] / lengths[lengths > 1e-12, None], tol=1e-9))


def test_the_parts_sum_to_the_gauss_newton_matrix() -> None:
    parts, _ = parts_of()
    full = matrix(gauss_newton_operator(CASE.model, CASE.of_outputs, CASE.params))
    assert_allclose(sum(r.T @ r for r in parts), full, atol=1e-14)
    assert all(np.abs(r).max() > 1e-3 for r in parts)


def test_each_part_by_loops() -> None:
    """Every group by its definition, term by term."""
    parts, jacobian = parts_of()
    p, y = np.asarray(jax.nn.softmax(CASE.model(CASE.params))), np.asarray(LABELS)
    n, classes = p.shape
    d = np.array([[jacobian[i, k] - p[i] @ jacobian[i] for k in range(classes)] for i in range(n)])
    shared, cross, apart, own = (np.zeros((d.shape[2],) * 2) for _ in range(4))
    for c in range(classes):
        members, rest = np.flatnonzero(y == c), [k for k in range(classes) if k != c]
        weight = {k: sum(p[i, k] for i in members) / n for k in range(classes)}
        mean = {k: sum(p[i, k] * d[i, k] for i in members) / n / weight[k] for k in range(classes)}
        total = sum(weight[k] for k in rest)
        center = sum(weight[k] * mean[k] for k in rest) / total
        shared += total * np.outer(center, center)
        for k in rest:
            cross += weight[k] * np.outer(mean[k] - center, mean[k] - center)
            apart += sum(p[i, k] / n * np.outer(d[i, k] - mean[k], d[i, k] - mean[k]) for i in members)
        own += sum(p[i, c] / n * np.outer(d[i, c], d[i, c]) for i in members)
    for rows, told in zip(parts, (shared, cross, apart, own), strict=True):
        assert_allclose(rows.T @ rows, told, atol=1e-14)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_ranks_by_singular_values(classes: int) -> None:
    """Random gradients in many dimensions: the counts that the constraint leaves."""
    rng = np.random.default_rng(classes)
    labels = jnp.arange(4 * classes) % classes
    jacobian = jnp.asarray(rng.standard_normal((4 * classes, classes, 60)))
    logits = jnp.asarray(rng.standard_normal((4 * classes, classes)))
    parts, ranks = class_parts(jacobian, jax.nn.softmax(logits), labels), mean_ranks(classes)
    assert spanned(parts.class_means) == ranks.class_means
    assert spanned(parts.cross) == ranks.cross
    assert spanned(np.concatenate([parts.class_means, parts.cross])) == ranks.together
    model = lambda w: logits + jacobian @ w
    means = class_means(model, jnp.zeros(60), labels).means
    assert spanned(means.reshape(classes**2, -1)) == ranks.together
    assert spanned(means[jnp.arange(classes), jnp.arange(classes)]) == ranks.own_means


def test_means_without_the_jacobian() -> None:
    """The class part from the products alone equals the one from the dense Jacobian."""
    parts, _ = parts_of()
    w, delta = (np.array(a) for a in class_means(CASE.model, CASE.params, LABELS))
    np.fill_diagonal(w, 0)
    centers = np.einsum("ck,ckp->cp", w, delta) / w.sum(1)[:, None]
    assert_allclose(np.sqrt(w.sum(1))[:, None] * centers, parts.class_means, atol=1e-14)
    cross = np.sqrt(w)[..., None] * (delta - centers[:, None])
    assert_allclose(cross.reshape(parts.cross.shape), parts.cross, atol=1e-14)


@settings(max_examples=30)
@given(st.lists(st.floats(-30, 30), min_size=12, max_size=12), st.floats(-3, 3))
def test_traces_add_up_for_any_logits(numbers: list[float], scale: float) -> None:
    """Confident or not: the squares of all factors sum to the variance of the pushed vector under p, averaged."""
    logits = jnp.asarray(numbers).reshape(4, 3)
    pushed = scale * jnp.sin(jnp.arange(12.0)).reshape(4, 3)
    p = jax.nn.softmax(logits)
    variance = jnp.sum(p * (pushed - jnp.sum(p * pushed, 1, keepdims=True)) ** 2) / 4
    parts = jitted_parts(pushed[..., None], p, jnp.array([0, 1, 2, 0]))
    assert_allclose(sum(float((r**2).sum()) for r in parts), float(variance), rtol=1e-10, atol=1e-15)


def test_absent_classes_and_certainty() -> None:
    """A class without examples and probabilities of zero leave zeros, not NaN."""
    parts, _ = parts_of(labels=jnp.zeros(7, int))
    assert_allclose(parts.class_means[1:], 0)
    certain = class_parts(jnp.ones((2, 2, 3)), jnp.eye(2), jnp.array([0, 1]))
    assert all(float(jnp.abs(r).max()) == 0 for r in certain)
    none = class_means(CASE.model, CASE.params, jnp.zeros(7, int))
    assert_allclose(none.means[2], 0)


def test_bad_input() -> None:
    with pytest.raises(ValueError, match=r"a Jacobian of shape \(2, 2, 1\) does not fit"):
        class_parts(jnp.ones((2, 2, 1)), jnp.ones((2, 2)) / 2, jnp.array([0]))
    with pytest.raises(ValueError, match="probabilities = -0.5 is outside the allowed probabilities at or above zero"):
        class_parts(jnp.ones((1, 2, 1)), jnp.array([[1.5, -0.5]]), jnp.array([0]))
    with pytest.raises(ValueError, match="outside the allowed rows that sum to one"):
        class_parts(jnp.ones((1, 2, 1)), jnp.array([[0.5, 0.6]]), jnp.array([0]))
    with pytest.raises(ValueError, match="classes = 1 is below the least allowed, 2"):
        mean_ranks(1)
