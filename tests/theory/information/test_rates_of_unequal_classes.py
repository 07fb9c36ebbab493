"""Rate reduction of classes of any sizes, by labels and by weights."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.information.coding_rate import coding_rate, rate_reduction, soft_rate_reduction
from theory.information.strategies import seeds

RNG = np.random.default_rng(11)
Z = RNG.standard_normal((3, 9))
LABELS = np.array([4, 0, 0, 7, 4, 0, 0, 0, 4])


def by_determinants(z: np.ndarray, weights: np.ndarray, distortion: float) -> float:
    """The definition, with outer products summed one feature at a time."""
    d, n = z.shape

    def rate(w: np.ndarray) -> float:
        gram = sum(w[i] * np.outer(z[:, i], z[:, i]) for i in range(n))
        return w.sum() / (2 * n) * np.log(np.linalg.det(np.eye(d) + d / (w.sum() * distortion**2) * gram))

    return rate(np.ones(n)) - sum(rate(w) for w in weights)


def one_hot(labels: np.ndarray) -> np.ndarray:
    return (labels == np.unique(labels)[:, None]).astype(float)


@pytest.mark.parametrize("distortion", [0.1, 0.7, 5.0])
def test_unequal_classes_by_determinants(distortion: float) -> None:
    expected = by_determinants(Z, one_hot(LABELS), distortion)
    assert_allclose(rate_reduction(Z, distortion, LABELS), expected, rtol=1e-9)
    assert_allclose(soft_rate_reduction(Z, one_hot(LABELS), distortion), expected, rtol=1e-9)


def test_soft_classes_by_determinants() -> None:
    weights = RNG.dirichlet(np.ones(4), size=9).T
    assert_allclose(soft_rate_reduction(Z, weights, 0.4), by_determinants(Z, weights, 0.4), rtol=1e-10)


@given(st.sampled_from(((2, 4), (3, 1), (4, 3))), seeds())
def test_labels_agree_with_equal_classes(shape: tuple[int, int], seed: int) -> None:
    """Whatever the order of the features, and whatever the classes are called."""
    k, m = shape
    rng = np.random.default_rng(seed)
    z, order = rng.standard_normal((k, 3, m)), rng.permutation(k * m)
    labels = 2 * np.repeat(np.arange(k), m)
    flat = np.concatenate(list(z), axis=1)
    assert_allclose(rate_reduction(flat[:, order], 0.5, labels[order]), rate_reduction(z, 0.5), rtol=1e-9, atol=1e-12)


@given(seeds())
def test_soft_reduction_is_never_negative(seed: int) -> None:
    """And splitting a class in proportion changes nothing, an empty class too."""
    rng = np.random.default_rng(seed)
    z, weights = rng.standard_normal((3, 6)), rng.dirichlet(np.full(2, 0.5), size=6).T
    value = float(soft_rate_reduction(z, weights, 0.5))
    assert value > -1e-12
    split = np.concatenate([0.3 * weights[:1], 0.7 * weights[:1], weights[1:], 0 * weights[:1]])
    assert_allclose(soft_rate_reduction(z, split, 0.5), value, rtol=1e-9, atol=1e-12)


def test_extremes_of_unequal_classes() -> None:
    """One class tells nothing; a class of one in a thousand weighs a thousandth; tiny weights keep their directions."""
    assert float(rate_reduction(Z, 0.5, np.zeros(9, int))) == 0
    assert abs(float(soft_rate_reduction(Z, np.full((3, 9), 1 / 3), 0.5))) < 1e-14
    many = np.concatenate([np.tile([[1.0], [0.0]], 999), [[0.0], [1.0]]], axis=1)
    direct = coding_rate(many, 0.5) - 0.999 * np.log1p(2 / 0.25) / 2 - 0.001 * np.log1p(2 / 0.25) / 2
    assert_allclose(rate_reduction(many, 0.5, np.arange(1000) // 999), direct, rtol=1e-10)
    tiny = np.stack([np.full(9, 1 - 1e-300), np.full(9, 1e-300)])
    assert abs(float(soft_rate_reduction(Z, tiny, 0.5))) < 1e-14


def test_labels_and_weights_inside_jit_and_grad() -> None:
    slope = jax.jit(jax.grad(lambda z: rate_reduction(z, 0.5, LABELS)))(jnp.asarray(Z))
    step = 1e-6 * np.sign(slope)
    ends = [float(rate_reduction(Z + sign * step, 0.5, LABELS)) for sign in (1, -1)]
    assert_allclose(ends[0] - ends[1], 2 * float(jnp.sum(slope * step)), rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rate_reduction(Z, 0.5, LABELS[:-1]), "one for each of the 9 features"),
        (lambda: rate_reduction(Z, 0.5, LABELS - 5), "labels must be whole numbers from 0"),
        (lambda: rate_reduction(Z[None], 0.5, LABELS), "give one matrix"),
        (lambda: rate_reduction(Z, 0.0, LABELS), "distortion = 0 is outside"),
        (lambda: rate_reduction(Z, 0.5), "or labels"),
        (lambda: soft_rate_reduction(Z, np.ones((2, 9)), 0.5), "sum over classes = 2 is outside"),
        (lambda: soft_rate_reduction(Z, np.array([[2.0] * 9, [-1.0] * 9]), 0.5), "memberships = -1 is outside"),
        (lambda: soft_rate_reduction(Z, np.ones((1, 8)), 0.5), "a column for each of 9 features"),
    ],
)
def test_unequal_classes_of_bad_input(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
