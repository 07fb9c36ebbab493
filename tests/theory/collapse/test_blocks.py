"""Cross-entropy on two sizes of classes, the layer-peeled model, the vanishing ridge, against searches and limits."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from theory.collapse import blocks, cross_entropy, layer_peeled, ridgeless
from theory.collapse.block_search import Program, between_pull
from theory.collapse.strategies import penalties

from .searched import searched

BLOCKS = ((2, 2), (20.0, 5.0)), ((3, 2), (15.0, 5.0)), ((1, 3), (9.0, 2.0)), ((3, 1), (9.0, 2.0))


@pytest.mark.parametrize(("classes", "counts"), BLOCKS)
@pytest.mark.parametrize("share", [0.05, 0.7, 1.1])
def test_minimizer_against_a_search(classes: tuple[int, int], counts: tuple[float, float], share: float) -> None:
    """Logits, loss and angles; below and above the penalty at which small classes merge."""
    n, sizes = np.repeat(counts, classes), np.array(counts)
    lam = share * counts[1] ** 0.5 / n.sum()
    found = searched("entropy", n, [lam], lam, starts=1)
    assert_allclose(blocks.block_loss(classes, sizes, lam), found.loss, rtol=1e-9)
    alpha, beta, a, b = (float(x) for x in blocks.block_logits(classes, sizes, lam))
    (k, m), K = classes, sum(classes)
    own = np.zeros((K, K))
    own[:k, :k], own[k:, k:] = alpha * (np.eye(k) - 1 / k), beta * (np.eye(m) - 1 / m)
    u = np.repeat([1 / k, -1 / m], classes)
    assert_allclose(found.logits, own + np.outer(u, np.repeat([a, -b], classes)), atol=2e-5)
    apart = np.diag(found.logits)[None] - found.logits
    seen = [apart[1, 0] if k > 1 else np.nan, apart[-1, 0], apart[-1, -2] if m > 1 else np.nan, apart[0, -1]]
    assert_allclose(blocks.block_margins(classes, sizes, lam), seen, atol=4e-5)
    rows = found.layers[0] / np.linalg.norm(found.layers[0], axis=1, keepdims=True)
    cos = rows @ rows.T
    expected = blocks.block_cosines(classes, sizes, lam)
    seen = [cos[0, 1] if k > 1 else np.nan, cos[-1, -2] if m > 1 else np.nan, cos[0, -1]]
    assert_allclose(seen, expected, atol=2e-5)


@pytest.mark.parametrize(("classes", "counts"), BLOCKS[:2])
def test_small_classes_fall_silent(classes: tuple[int, int], counts: tuple[float, float]) -> None:
    n = np.repeat(counts, classes)
    threshold = float(blocks.between_penalty(classes, np.array(counts)))
    assert counts[1] ** 0.5 / n.sum() < threshold < float(blocks.silence_penalty(n))
    lengths = [
        np.linalg.norm(searched("entropy", n, [f * threshold] * 1, f * threshold, starts=1).means, axis=0)
        for f in (0.98, 1.02)
    ]
    assert lengths[0].min() > 0.02
    assert lengths[1].min() < 1e-4 < 0.1 < lengths[1].max()


def test_a_single_large_class_is_never_alone() -> None:
    """With one large class the end of the logits between the blocks is the end of everything."""
    n = np.array([20.0, 5.0, 5.0, 5.0])
    assert_allclose(blocks.between_penalty((1, 3), np.array([20.0, 5.0])), blocks.silence_penalty(n), rtol=1e-9)


def test_silence_by_hand_and_by_singular_values() -> None:
    n = np.array([9.0, 4.0, 4.0, 1.0, 2.5])
    direct = np.linalg.svd((np.eye(5) - 0.2) * np.sqrt(n))[1][0] / n.sum()
    assert_allclose(blocks.silence_penalty(n), direct, rtol=1e-12)
    assert_allclose(blocks.silence_penalty(np.full(6, 7.0)), 1 / (6 * 7**0.5), rtol=1e-12)
    assert_allclose(blocks.silence_penalty(np.array([9.0, 9.0, 2.0])), 3 / 20, rtol=1e-12)


def test_equal_blocks_are_the_balanced_minimum() -> None:
    lam = np.array([1e-12, 1e-6, 1e-2, 0.09])
    sizes = np.array([4.0, 4.0])[:, None]
    assert_allclose(blocks.block_loss((3, 2), sizes, lam), cross_entropy.simplex_loss(5, 4.0, lam), rtol=1e-12)
    cos = np.asarray(blocks.block_cosines((3, 2), sizes, lam))
    assert_allclose(cos, -0.25, rtol=1e-9)
    margin = np.asarray(cross_entropy.simplex_margin(5, 4.0, lam))
    assert_allclose(blocks.block_margins((3, 2), sizes, lam), np.broadcast_to(margin, (4, 4)), rtol=1e-9)


@given(penalties(1e-12, 1e-1), st.sampled_from([1, 3]), st.sampled_from([1, 2]), st.integers(1, 40), st.integers(1, 10))
def test_stationarity_within_a_block(lam: float, k: int, m: int, more: int, n: int) -> None:
    """1 - p_own + p_other = N lambda/sqrt(n) in each open block, at any penalty."""
    sizes = np.array([float(n + more), float(n)])
    alpha, beta, a, b = (float(x) for x in blocks.block_logits((k, m), sizes, lam))
    kappa, N = 1 / k + 1 / m, k * sizes[0] + m * sizes[1]
    for inside, own, other, across, size in ((alpha, k, m, a, sizes[0]), (beta, m, k, b, sizes[1])):
        if own == 1 or inside == 0:
            continue
        near, far = np.exp(-inside), other * np.exp(-inside * (1 - 1 / own) - across * kappa)
        lost = (own * near + far) / (1 + (own - 1) * near + far)
        assert_allclose(lost, N * lam / size**0.5, rtol=1e-7)


def test_pull_between_the_blocks_by_differences() -> None:
    classes, n, lam = (3, 2), np.array([6.0, 5.0]), 0.05
    program = Program((n[0] / 28 / lam * np.ones(1), n[1] / 28 / lam * np.ones(1)), (n[:1], n[1:]))
    D = np.repeat(n, classes)

    def loss(across: np.ndarray) -> float:
        u = np.repeat([1 / 3, -1 / 2], classes)
        shut = np.zeros((5, 5))
        shut[:3, :3] = alpha * (np.eye(3) - 1 / 3)
        shut[3:, 3:] = beta * (np.eye(2) - 1 / 2)
        z = shut + np.outer(u, np.repeat(across, classes) / np.sqrt(D))
        return -(D * np.diag(log_softmax(z, 0))).sum() / 28

    def closed(k: int, m: int, size: float) -> float:
        def objective(t: np.ndarray) -> float:
            z = np.concatenate([t * (1 - 1 / k), np.full(k - 1, -t[0] / k), np.zeros(m)])
            return float(-size / 28 * k * log_softmax(z)[0] + lam * (k - 1) * size**0.5 * t[0])

        return float(minimize(objective, np.ones(1), tol=1e-13).x[0])

    alpha, beta = closed(3, 2, 6.0), closed(2, 3, 5.0)
    slope = np.array([(loss(e) - loss(-e)) / 2e-5 for e in 1e-5 * np.eye(2)])
    unit = np.sqrt(np.array(classes)) * np.sqrt(1 / 3 + 1 / 2)  # of the rank-one part: |u| |(a, b) over the columns|
    assert_allclose(np.linalg.norm(slope / unit) / lam, between_pull(classes, program), rtol=1e-6)


@pytest.mark.parametrize(("classes", "budget", "ratio"), [((2, 2), 5.0, 47.68488), ((7, 3), 5.0, 4.0005)])
def test_merging_ratio_by_a_search(classes: tuple[int, int], budget: float, ratio: float) -> None:
    """Factors on the spheres of their budgets: classes apart five per cent below, one five per cent above."""
    assert_allclose(layer_peeled.merging_ratio(classes, budget**0.5), ratio, rtol=2e-5)
    assert_allclose(layer_peeled.budget_of_ratio(classes, layer_peeled.merging_ratio(classes, 1.7)), 1.7, rtol=1e-9)
    K = sum(classes)
    hot, rng = np.eye(K), np.random.default_rng(0)
    cos = []
    for factor in (0.95, 1.05):
        n = np.repeat([factor * ratio, 1.0], classes)

        def objective(x: np.ndarray, n: np.ndarray = n) -> tuple[float, np.ndarray]:
            parts = x.reshape(2, K, K)
            size = np.sqrt((parts**2).sum((1, 2)))
            w, h = (np.sqrt(K * e) * p / s for p, s, e in zip(parts, size, (1.0, budget)))
            z = w @ h
            slope = n * (softmax(z, 0) - hot) / n.sum()
            grads = []
            for g, p, s, e in ((slope @ h.T, parts[0], size[0], 1.0), (w.T @ slope, parts[1], size[1], budget)):
                g = np.sqrt(K * e) / s * g
                grads.append(g - p * (g * p).sum() / s**2)
            return -(n * np.diag(log_softmax(z, 0))).sum() / n.sum(), np.stack(grads).ravel()

        options = {"maxiter": 4000, "ftol": 1e-16, "gtol": 1e-11, "maxcor": 20}
        best = minimize(objective, rng.standard_normal(2 * K * K), jac=True, method="L-BFGS-B", options=options)
        rows = best.x.reshape(2, K, K)[0]
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        cos.append(rows[-1] @ rows[-2])
    assert cos[0] < 1 - 1e-3
    assert cos[1] > 1 - 1e-6


def test_merging_ratio_grows_with_the_budget() -> None:
    ratios = np.asarray(layer_peeled.merging_ratio((5, 5), np.sqrt([1e-3, 5.0, 10.0, 20.0])))
    assert (np.diff(ratios) > 0).all()
    assert 1 <= ratios[0] < 1.01


def test_vanishing_ridge_by_its_published_formula() -> None:
    """STEP classes, half of them large: the cosines in terms of nu, and the means by their own matrix root."""
    for K, R in ((4, 3.0), (10, 10.0), (10, 1.0)):
        n = np.repeat([R, 1.0], K // 2)
        nu = np.sqrt((R + 1) / 2)
        cos = np.asarray(ridgeless.ridgeless_classifier(n))
        assert_allclose(cos[0, 1], (nu - 2 * R**0.5) / (R**0.5 * (K - 2) + nu), rtol=1e-10)
        assert_allclose(cos[-1, -2], (nu - 2) / (K - 2 + nu), rtol=1e-9, atol=1e-12)
        root, S = np.sqrt(n), np.eye(K) - 1 / K
        values, vectors = np.linalg.eigh(root[:, None] * S * root)
        gram = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T / np.outer(root, root)
        lengths = np.sqrt(np.diag(gram))
        assert_allclose(ridgeless.ridgeless_means(n), gram / np.outer(lengths, lengths), atol=1e-9)


@pytest.mark.parametrize(("classes", "counts"), [((5, 5), (10.0, 1.0)), ((2, 3), (20.0, 5.0)), ((4, 2), (3.0, 3.0))])
def test_logarithmic_approach(classes: tuple[int, int], counts: tuple[float, float]) -> None:
    """Offsets extrapolated in 1/log(1/lambda) meet their closed form; cosines tend to those of no ridge."""
    lam = np.array([1e-60, 1e-120])
    sizes, logs = np.array(counts)[:, None], np.log(1 / lam)
    found = blocks.block_logits(classes, sizes, lam)
    for margin, offset in zip((found.major, found.minor), ridgeless.margin_offsets(classes, np.array(counts))):
        c = logs - np.asarray(margin)
        assert_allclose(2 * c[1] - c[0], offset, atol=2e-4)
    cos = np.asarray(blocks.block_cosines(classes, sizes, lam))
    limit = np.asarray(ridgeless.ridgeless_classifier(np.repeat(counts, classes)))
    assert_allclose(2 * cos[:, 1] - cos[:, 0], [limit[0, 1], limit[-1, -2], limit[0, -1]], atol=2e-4)


BAD = {
    "counts": (lambda: blocks.block_loss((2, 2), np.ones(3), 0.1), "must be a pair along the first axis"),
    "no class": (lambda: blocks.block_loss((0, 2), np.ones(2), 0.1), "classes = 0 is below"),
    "order": (lambda: blocks.block_loss((2, 2), np.array([1.0, 2.0]), 0.1), "swap the blocks"),
    "penalty": (lambda: blocks.block_logits((2, 2), np.ones(2), 0.0), "product_penalty = 0"),
    "alone": (lambda: blocks.silence_penalty(np.ones(1)), "at least two class sizes"),
    "ratio": (lambda: layer_peeled.budget_of_ratio((2, 2), 0.5), "ratio = 0.5"),
    "budget": (lambda: layer_peeled.merging_ratio((2, 2), 0.0), "budget = 0"),
    "one small": (lambda: layer_peeled.merging_ratio((2, 1), 1.0), "none to merge with"),
    "ridgeless": (lambda: ridgeless.ridgeless_means(np.array([1.0])), "at least two class sizes"),
    "offsets": (lambda: ridgeless.margin_offsets((2, 1), np.ones(2)), "classes = 1 is below"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_a_sentence(case: str) -> None:
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()


def test_traced_bad_input_gives_nan() -> None:
    assert np.isnan(jax.jit(lambda lam: blocks.block_loss((2, 2), np.ones(2), lam))(-1.0))
    assert np.isnan(jax.jit(lambda E: layer_peeled.merging_ratio((2, 2), E))(-1.0))
