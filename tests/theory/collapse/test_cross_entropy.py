"""Minimizers under cross-entropy against full optimization, a fine search over one number, and their limits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize, minimize_scalar

from theory.collapse import cross_entropy as closed
from theory.collapse.strategies import penalties


def optimized(counts: list[int], lam: list[float], lam_h: float, width: int, starts: int) -> tuple[float, np.ndarray]:
    """The least objective over all features and layers by L-BFGS, and the class means there."""
    K, N = len(counts), sum(counts)
    y = np.repeat(np.arange(K), counts)
    hot = jnp.asarray(np.eye(K)[y].T)
    shapes = [(width, N), *[(width, width)] * (len(lam) - 1), (K, width)]
    ends = np.cumsum([a * b for a, b in shapes])[:-1]

    def objective(x: jax.Array) -> jax.Array:
        h, *layers = (p.reshape(s) for p, s in zip(jnp.split(x, ends), shapes))
        out = h
        for w in layers:
            out = w @ out
        penalty = lam_h / 2 * jnp.sum(h**2) + sum(p / 2 * jnp.sum(w**2) for p, w in zip(lam, layers))
        return penalty - jnp.sum(hot * jax.nn.log_softmax(out, 0)) / N

    both, rng = jax.jit(jax.value_and_grad(objective)), np.random.default_rng(2)
    options = {"maxiter": 4000, "maxfun": 8000, "ftol": 1e-16, "gtol": 1e-10, "maxcor": 30}
    size = sum(a * b for a, b in shapes)
    runs = [
        minimize(both, rng.standard_normal(size), jac=True, method="L-BFGS-B", options=options) for _ in range(starts)
    ]
    best = min(runs, key=lambda r: r.fun)
    h = best.x[: ends[0]].reshape(shapes[0])
    return float(best.fun), np.stack([h[:, y == k].mean(1) for k in range(K)], 1)


def test_balanced_minimum() -> None:
    loss, means = optimized([3] * 4, [4e-3], 2e-3, width=4, starts=3)
    lam = (4e-3 * 2e-3) ** 0.5
    assert_allclose(loss, closed.simplex_loss(4, 3.0, lam), rtol=1e-9)
    t = float(closed.simplex_margin(4, 3.0, lam))
    assert_allclose(np.sum(means**2, 0), np.sqrt(4e-3 / (3 * 2e-3)) * t * 0.75, rtol=1e-5)


@pytest.mark.parametrize(("K", "lam"), [(4, [4e-3] * 3), (6, [1e-3, 4e-3])])
def test_deep_minimum_is_the_pairs(K: int, lam: list[float]) -> None:
    """Unequal penalties too: only their product matters."""
    loss, _ = optimized([2] * K, lam, 2e-3, width=K, starts=5)
    assert_allclose(loss, closed.deep_pair_loss(K, 2.0, np.array(lam), 2e-3), rtol=1e-8)
    assert loss < 0.97 * float(closed.deep_simplex_loss(K, 2.0, np.array(lam), 2e-3))


def test_small_classes_merge_at_the_threshold() -> None:
    """Below and above by 3 %: the two classes of 3 samples are apart, and one."""
    threshold = float(closed.merging_penalty(3.0, 14.0))
    gaps = []
    for factor in (0.97, 1.03):
        _, means = optimized([4, 4, 3, 3], [factor * threshold], factor * threshold, width=4, starts=2)
        gaps.append(float(np.linalg.norm(means[:, 2] - means[:, 3])))
    assert gaps[0] > 0.05
    assert gaps[1] < 1e-4


def scanned(values: np.ndarray, price: float, power: float) -> float:
    """The least over t of the loss with logits t C, by a scan of values and a bracketed search."""

    def objective(t: float) -> float:
        other = np.sum(np.exp(t * (values[1:] - values[0])))
        return np.log1p(other) + price * t**power

    grid = np.linspace(0, 60, 6001)
    best = grid[np.argmin([objective(t) for t in grid])]
    if best == 0:
        return objective(0)
    return minimize_scalar(objective, bounds=(best - 0.02, best + 0.02), method="bounded", options={"xatol": 1e-10}).fun


@pytest.mark.parametrize("M", [1, 2, 3, 6])
@pytest.mark.parametrize("lam", [1e-4, 1e-2, 0.5])
def test_frames_by_scanning(M: int, lam: float) -> None:
    """Logits, singular values and penalties written out for both frames."""
    K, n, lam_h = 6, 3.0, 2e-3
    price = (M + 1) / 2 * (lam_h * lam**M) ** (1 / (M + 1))
    for form, logits in (
        (closed.deep_simplex_loss, np.eye(K) - 1 / K),
        (closed.deep_pair_loss, np.kron(np.eye(K // 2), [[1, -1], [-1, 1]])),
    ):
        singular = np.linalg.svd(logits, compute_uv=False)
        schatten = np.sum((np.sqrt(n) * singular[singular > 1e-9]) ** (2 / (M + 1)))
        assert_allclose(
            form(K, n, np.full(M, lam), lam_h), scanned(logits[0], price * schatten, 2 / (M + 1)), rtol=1e-9
        )


def test_published_thresholds_of_depth() -> None:
    """Garrod and Keating, Theorem 1: K >= 4 and M >= 3, K >= 6 and M = 2. Inside pairs win, at M = 1 never."""

    def gap(K: int, M: int, lam: float) -> float:
        args = (K, 10.0, np.full(M, lam), lam)
        return float(closed.deep_simplex_loss(*args) - closed.deep_pair_loss(*args))

    for lam in (1e-5, 1e-4, 1e-3):
        assert all(gap(K, M, lam) > 0 for K, M in ((4, 3), (4, 6), (6, 2), (6, 3), (10, 2), (16, 2)))
        assert all(gap(K, 1, lam) < 0 for K in (4, 6, 10))
    assert gap(4, 2, 1e-3) < 0 < gap(4, 2, 1e-2)  # outside the theorem either may win


def test_margin_is_stationary_and_vanishes_at_the_threshold() -> None:
    lam = np.array([1e-12, 1e-4, 1e-2, 0.1])
    t = np.asarray(closed.simplex_margin(4, 5.0, lam))
    softmax = np.exp(-t) / (1 + 3 * np.exp(-t))
    assert_allclose(softmax, np.sqrt(5.0) * lam, rtol=1e-9)
    edge = 1 / (4 * np.sqrt(5.0))
    assert_allclose(closed.simplex_margin(4, 5.0, edge * np.array([1.0, 1.1, 100.0])), 0, atol=1e-12)
    assert_allclose(closed.simplex_loss(4, 5.0, 2 * edge), np.log(4), rtol=1e-14)
    assert_allclose(
        closed.deep_simplex_loss(4, 5.0, np.array([4e-3]), 1e-3), closed.simplex_loss(4, 5.0, 2e-3), rtol=1e-12
    )


def test_factor_penalty_by_hand() -> None:
    assert_allclose(closed.factor_penalty(np.array([2e-3, 8e-3]), 4e-3), 1.5 * (64e-9) ** (1 / 3), rtol=1e-13)
    assert_allclose(closed.merging_penalty(np.array([4.0, 9.0]), 30.0), [2 / 30, 0.1], rtol=1e-14)


@given(st.integers(0, 2**32 - 1), penalties(), penalties(), st.integers(1, 4))
def test_factors_never_cost_less(seed: int, lam: float, lam_h: float, M: int) -> None:
    """The key lemma on random factors of the same shapes; equality for balanced ones."""
    rng = np.random.default_rng(seed)
    factors = [rng.standard_normal((4, 4)) * 10.0 ** rng.uniform(-1, 1) for _ in range(M + 1)]
    weights = np.array([lam] * M + [lam_h])
    cost = sum(w / 2 * (f**2).sum() for w, f in zip(weights, factors))
    product = np.linalg.multi_dot(factors)
    u, s, v = np.linalg.svd(product)
    least = float(closed.factor_penalty(np.full(M, lam), lam_h)) * (s ** (2 / (M + 1))).sum()
    assert cost >= least * (1 - 1e-9)
    share = np.exp(np.log(weights).mean())
    balanced = sum(w / 2 * (share / w * s ** (2 / (M + 1))).sum() for w in weights)
    assert_allclose(balanced, least, rtol=1e-9)
    assert u.shape == v.shape


BAD = {
    "one class": (lambda: closed.simplex_margin(1, 5.0, 0.1), "classes = 1 is below"),
    "odd": (lambda: closed.deep_pair_loss(5, 5.0, np.array([0.1]), 0.1), "classes = 5 is odd"),
    "size": (lambda: closed.simplex_loss(3, 0.0, 0.1), "samples_per_class = 0"),
    "penalty": (lambda: closed.simplex_margin(3, 5.0, -0.1), "product_penalty = -0.1"),
    "layers": (lambda: closed.factor_penalty(np.array([0.0]), 0.1), "layer_penalties = 0"),
    "count": (lambda: closed.merging_penalty(0.0, 10.0), "count = 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_a_sentence(case: str) -> None:
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()


def test_traced_bad_input_gives_nan() -> None:
    assert np.isnan(jax.jit(lambda lam: closed.simplex_margin(3, 5.0, lam))(-0.1))
    assert np.isnan(jax.jit(lambda lam: closed.deep_simplex_loss(4, 5.0, lam, 0.1))(np.array([-0.1])))
