"""One step of descent against networks that take it, all their starts enumerated or sampled, and counted labels."""

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import ndtri

from theory.deep_linear.example_strategies import SEEDS, Examples, xor_examples
from theory.deep_linear.xor_clusters import first_step_fit, first_step_output, first_step_variance, linear_accuracy

OUTPUT, VARIANCE = jax.jit(first_step_output), jax.jit(first_step_variance, static_argnums=4)


def one_step(x: np.ndarray, y: np.ndarray, w: np.ndarray, a: np.ndarray, step: float) -> np.ndarray:
    """First-layer weights of each network after a step, by differentiation of the logistic loss."""
    loss = lambda w, a: jnp.mean(jnp.log1p(jnp.exp(-y * (jax.nn.relu(x @ w.T) @ a))))
    return np.asarray(w - step * jax.vmap(jax.grad(loss))(w, a))


@pytest.mark.parametrize(("n", "p", "mean"), [(6, 3, 1.0), (12, 9, 3.0)])
def test_mean_and_variance_by_sampled_networks(n: int, p: int, mean: float) -> None:
    rng, draws, m, step = np.random.default_rng(n), 20_000, 3, 2.0
    y = rng.choice([-1.0, 1.0], n)
    x = rng.standard_normal((n, p)) + mean * np.eye(p)[0]
    at = np.concatenate([x[:2], rng.standard_normal((2, p))])
    a = rng.choice([-1.0, 1.0], (draws, m)) / np.sqrt(m)
    w = one_step(x, y, 1e-12 * rng.standard_normal((draws, m, p)), a, step)
    f = (np.maximum(np.einsum("kp,rmp->rkm", at, w), 0) * a[:, None]).sum(2)
    error = f.std(0) / draws**0.5
    assert (np.abs(f.mean(0) - first_step_output(x, y, at, step)) < 4.5 * error).all()
    squares = (f - f.mean(0)) ** 2
    variance = np.asarray(first_step_variance(x, y, at, step, m))
    assert (np.abs(squares.mean(0) - variance) < 4.5 * squares.std(0) / draws**0.5).all()


@settings(max_examples=40)
@given(xor_examples(), SEEDS, st.sampled_from((1, 30)))
def test_symmetries_of_the_step(drawn: Examples, seed: int, width: int) -> None:
    """Odd and linear in the input and in the labels; turning space and labels changes nothing else."""
    (x, y), rng = drawn, np.random.default_rng(seed)
    at = rng.standard_normal((3, x.shape[1]))
    q = np.linalg.qr(rng.standard_normal((x.shape[1], x.shape[1])))[0]
    f = np.asarray(OUTPUT(x, y, at, 0.7))
    size = np.abs(f).max() + 1e-3
    assert_allclose(OUTPUT(x @ q, y, -at @ q, 0.7), -f, atol=1e-11 * size)
    assert_allclose(OUTPUT(x, -y, at, 1.4), -2 * f, atol=1e-11 * size)
    v = np.asarray(VARIANCE(x, y, at, 0.7, width))
    assert (v > 0).all()
    assert_allclose(VARIANCE(x @ q, -y, -3 * at @ q, 0.7, 2 * width), 4.5 * v, rtol=1e-7)


@settings(max_examples=25)
@given(SEEDS, st.floats(0.2, 3.0))
def test_orthogonal_examples_by_hand(seed: int, length: float) -> None:
    """Three orthogonal examples: eight patterns and two signs, all equally likely."""
    rng = np.random.default_rng(seed)
    x = length * np.linalg.qr(rng.standard_normal((4, 4)))[0][:3]
    y, at = rng.choice([-1.0, 1.0], 3), rng.standard_normal((2, 4))
    values = []
    for pattern in np.ndindex(2, 2, 2):
        pull = 1.3 * 0.5 / 3 * (at @ x.T) @ (y * np.array(pattern))
        values += [np.maximum(pull, 0), -np.maximum(-pull, 0)]
    assert_allclose(OUTPUT(x, y, at, 1.3), np.mean(values, 0), rtol=1e-9, atol=1e-12)
    assert_allclose(VARIANCE(x, y, at, 1.3, 1), np.var(values, 0), rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(("n", "p", "mean", "flips"), [(40, 60, 0.0, 0.0), (50, 100, 5.0, 0.2), (80, 40, 2.0, 0.4)])
def test_fit_by_counting(n: int, p: int, mean: float, flips: float) -> None:
    rng, draws = np.random.default_rng(p), 1500
    shares = np.empty(draws)
    for k in range(draws):
        axis, side = rng.integers(0, 2, n), rng.choice([-1.0, 1.0], n)
        x = rng.standard_normal((n, p)) + mean * side[:, None] * np.eye(p)[axis]
        y = (1.0 - 2 * axis) * np.where(rng.random(n) < flips, -1, 1)
        shares[k] = np.mean(y * (x @ (y @ x)) > 0)
    assert abs(shares.mean() - float(first_step_fit(n, p, mean))) < 0.006 + 4 * shares.std() / draws**0.5


@pytest.mark.parametrize(("n", "p", "mean"), [(2, 3, 2.0), (4, 6, 1.0)])
def test_mean_and_variance_of_the_margin_at_few_examples(n: int, p: int, mean: float) -> None:
    """Far from Gaussian, but the ratio that the formula takes of them is exact."""
    rng, draws = np.random.default_rng(n), 400_000
    axis, side = rng.integers(0, 2, (draws, n)), rng.choice([-1.0, 1.0], (draws, n))
    x = rng.standard_normal((draws, n, p)) + mean * side[..., None] * np.eye(p)[axis]
    y = (1.0 - 2 * axis) * np.where(rng.random((draws, n)) < 0.3, -1, 1)
    margin = y[:, 0] * np.einsum("rp,rnp,rn->r", x[:, 0], x, y)
    assert_allclose(ndtri(float(first_step_fit(n, p, mean))), margin.mean() / margin.std(), rtol=0.008)


def test_fit_at_its_ends() -> None:
    assert_allclose(first_step_fit(1e6, 2.5e5, 0.0), 0.6914625, atol=1e-4)
    assert float(first_step_fit(10, 1e9, 0.0)) == 1.0
    assert_allclose(first_step_fit(401, 1, 1e9), 0.5 + 0.5 * 0.05539, atol=2e-3)


@given(st.floats(-5, 5), st.floats(-8, 8), st.floats(-8, 8))
def test_linear_classifiers_of_four_clusters(bias: float, one: float, other: float) -> None:
    accuracy = float(linear_accuracy(bias, one, other))
    assert accuracy <= 0.75 + 1e-12
    assert_allclose(linear_accuracy(0.0, one, other), 0.5, rtol=1e-12)
    assert_allclose(linear_accuracy(-bias, other, one), accuracy, rtol=1e-9)  # the other label, seen from its side


def test_linear_accuracy_by_counting() -> None:
    z = np.random.default_rng(0).standard_normal(400_000)
    right = [np.mean(z + s - 0.6 > 0) for s in (1.5, -1.5)] + [np.mean(z + s - 0.6 < 0) for s in (0.4, -0.4)]
    assert_allclose(linear_accuracy(-0.6, 1.5, 0.4), np.mean(right), atol=2e-3)


def test_single_precision_and_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    single = first_step_output(*(jnp.ones(s, jnp.float32) for s in ((2, 3), (2,), (1, 3))), jnp.float32(1))
    assert single.dtype == jnp.float32
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(ValueError, match="give rows of as many coordinates"):
        first_step_output(np.ones((2, 3)), np.ones(3), np.ones((1, 3)), 1.0)
    with pytest.raises(ValueError, match="labels = 0 is outside the allowed labels 1 and -1"):
        first_step_variance(np.ones((2, 3)), np.zeros(2), np.ones((1, 3)), 1.0, 1)
    with pytest.raises(ValueError, match="width = 0 is below the least allowed, 1"):
        first_step_variance(np.ones((2, 3)), np.ones(2), np.ones((1, 3)), 1.0, 0)
    with pytest.raises(ValueError, match="mean = -1 is outside"):
        first_step_fit(3, 3, -1.0)
