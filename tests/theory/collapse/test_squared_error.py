"""Minimizers under squared error against full optimization, high precision, limits, and searches that never win."""

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from theory.collapse import ridged_bias
from theory.collapse import squared_error as closed
from theory.collapse.strategies import class_counts, penalties

from .searched import searched

COUNTS = np.array([6.0, 4.0, 2.0])
LAM_H = 2e-3


def optimized(
    counts: np.ndarray, lam: list[float], widths: int = 4, bias: float | None = None, starts: int = 5
) -> tuple[float, list[np.ndarray], np.ndarray]:
    """The least objective over all features, layers and, if its penalty is given, the bias, by L-BFGS."""
    K, N = len(counts), int(sum(counts))
    y = np.repeat(np.arange(K), counts.astype(int))
    target = jnp.asarray(np.eye(K)[y].T)
    shapes = [(widths, N), *[(widths, widths)] * (len(lam) - 1), (K, widths)]
    ends = np.cumsum([a * b for a, b in shapes])

    def unpack(x: jax.Array) -> tuple[list[jax.Array], jax.Array]:
        parts = jnp.split(x, ends)
        return [p.reshape(s) for p, s in zip(parts, shapes)], parts[-1]

    def objective(x: jax.Array) -> jax.Array:
        (h, *layers), b = unpack(x)
        out = h
        for w in layers:
            out = w @ out
        out = out + (b[:, None] if bias is not None else 0.0)
        value = jnp.sum((out - target) ** 2) / (2 * N) + LAM_H / 2 * jnp.sum(h**2)
        value = value + sum(p / 2 * jnp.sum(w**2) for p, w in zip(lam, layers))
        return value + (bias or 0.0) / 2 * jnp.sum(b**2)

    both, rng = jax.jit(jax.value_and_grad(objective)), np.random.default_rng(1)
    options = {"maxiter": 4000, "maxfun": 8000, "ftol": 1e-16, "gtol": 1e-10, "maxcor": 30}
    runs = []
    for _ in range(starts):
        start = rng.standard_normal(ends[-1] + K)
        start[-K:] = 0
        runs.append(minimize(both, start, jac=True, method="L-BFGS-B", options=options))
    best = min(runs, key=lambda r: r.fun)
    factors, b = unpack(best.x)
    means = np.stack([np.asarray(factors[0])[:, y == k].mean(1) for k in range(K)], 1)
    return float(best.fun), [means, *map(np.asarray, factors[1:])], np.asarray(b)


@pytest.mark.parametrize("lam", [[3e-3], [6e-3, 2e-3], [4e-3, 8e-3, 5e-3]], ids=lambda lam: f"depth {len(lam)}")
def test_everything_about_the_minimum(lam: list[float]) -> None:
    """Unequal penalties of the layers: loss, lengths, angles, outputs, singular values, duality."""
    loss, (means, *layers), _ = optimized(COUNTS, lam)
    p = np.asarray(closed.product_strength(COUNTS, 12.0, np.array(lam), LAM_H))
    assert_allclose(loss, closed.least_loss(COUNTS, 12.0, np.array(lam), LAM_H), rtol=1e-9)
    gram = means.T @ means
    assert_allclose(np.diag(gram), closed.class_lengths(COUNTS, np.array(lam), LAM_H), rtol=1e-5)
    assert_allclose(gram - np.diag(np.diag(gram)), 0, atol=1e-5)
    product = layers[-1]
    for w in layers[-2::-1]:
        product = product @ w
    assert_allclose(product @ means, np.diag(closed.outputs(COUNTS, np.array(lam), LAM_H)), atol=1e-5)
    assert_allclose(np.linalg.svd(product, compute_uv=False) ** 2, p, rtol=1e-4)
    assert_allclose(product, ((p + 12 * LAM_H) * means).T, atol=1e-4)  # rows are the means, times p + N lambda_H
    for m, w in enumerate(layers, 1):
        expected = closed.layer_square(p, np.array(lam), m)
        assert_allclose((np.linalg.svd(w, compute_uv=False) ** 2)[:3], expected, rtol=1e-4)


def test_soft_threshold_of_a_single_layer() -> None:
    """In plain words: singular values of WH are sqrt(n) - N lambda_Z, and |w|^2 = sqrt(lam_H/lam_W) sigma."""
    n, N, lam_w, lam_h = np.array([20.0, 10.0, 5.0]), 35.0, 5e-3, 1e-3
    sigma = np.sqrt(n) - N * np.sqrt(lam_w * lam_h)
    assert_allclose(closed.product_strength(n, N, np.array([lam_w]), lam_h), np.sqrt(lam_h / lam_w) * sigma, rtol=1e-12)
    assert_allclose(closed.class_lengths(n, np.array([lam_w]), lam_h), np.sqrt(lam_w / lam_h) * sigma / n, rtol=1e-12)
    assert_allclose(closed.outputs(n, np.array([lam_w]), lam_h), sigma / np.sqrt(n), rtol=1e-12)


def test_bottleneck_keeps_the_largest_classes() -> None:
    loss, (means, *_), _ = optimized(COUNTS, [3e-3], widths=2, starts=8)
    lengths = np.asarray(closed.class_lengths(COUNTS, np.array([3e-3]), LAM_H, width=2))
    assert_allclose(np.sum(means**2, 0), lengths, atol=1e-5)
    assert lengths[2] == 0
    full = closed.least_loss(COUNTS[:2], 12.0, np.array([3e-3]), LAM_H)
    assert_allclose(loss, full + COUNTS[2] / 24, rtol=1e-8)
    assert_allclose(
        closed.class_lengths(COUNTS, np.array([3e-3]), LAM_H, width=3),
        closed.class_lengths(COUNTS, np.array([3e-3]), LAM_H),
    )


@pytest.mark.parametrize("bias", [np.inf, 0.0], ids=["no bias", "free bias"])
@pytest.mark.parametrize("lam", [[3e-3], [6e-3, 2e-3]], ids=lambda lam: f"depth {len(lam)}")
@pytest.mark.parametrize("counts", [COUNTS, np.full(3, 4.0)], ids=["unequal", "equal"])
def test_least_loss_through_a_bottleneck(counts: np.ndarray, lam: list[float], bias: float) -> None:
    """Also through equal classes, where features are not unique but the loss is."""
    strengths = counts if bias else closed.free_bias_strengths(counts)
    for width in (1, 2, 5):
        found = searched("squared", counts, lam, LAM_H, bias, width, starts=5).loss
        assert_allclose(closed.least_loss(strengths, 12.0, np.array(lam), LAM_H, width), found, rtol=1e-8)


def test_published_sizes_through_a_bottleneck() -> None:
    """Of four classes two are left; the order of the classes does not matter."""
    for n in ([20.0, 10.0, 5.0, 5.0], [5.0, 20.0, 5.0, 10.0]):
        assert_allclose(closed.least_loss(np.array(n), 40.0, np.array([5e-3]), 1e-3, 2), 0.1418710679, atol=1e-10)


@pytest.mark.parametrize("lam", [[3e-3], [6e-3, 2e-3]], ids=lambda lam: f"depth {len(lam)}")
def test_free_bias_of_imbalanced_classes(lam: list[float]) -> None:
    loss, (means, *layers), b = optimized(COUNTS, lam, bias=0.0)
    strengths = closed.free_bias_strengths(COUNTS)
    assert_allclose(loss, closed.least_loss(strengths, 12.0, np.array(lam), LAM_H), rtol=1e-8)
    assert_allclose(b, COUNTS / 12, atol=1e-5)
    assert_allclose(means @ COUNTS, 0, atol=1e-4)
    assert_allclose(strengths, np.linalg.eigvalsh(np.diag(COUNTS) - np.outer(COUNTS, COUNTS) / 12)[::-1], atol=1e-12)
    p = closed.product_strength(np.asarray(strengths)[:2], 12.0, np.array(lam), LAM_H)
    product = layers[0] if len(layers) == 1 else layers[1] @ layers[0]
    assert_allclose((np.linalg.svd(product, compute_uv=False) ** 2)[:2], p, rtol=1e-4)


def test_free_bias_of_balanced_classes_is_a_simplex() -> None:
    counts = np.full(3, 4.0)
    assert_allclose(closed.free_bias_strengths(counts), [4, 4, 0], atol=1e-12)
    _, (means, _), _ = optimized(counts, [3e-3], bias=0.0)
    unit = means / np.linalg.norm(means, axis=0)
    assert_allclose((unit.T @ unit)[~np.eye(3, dtype=bool)], -0.5, atol=1e-5)


@pytest.mark.parametrize("lam_b", [0.005, 0.04, 0.4])
def test_ridged_bias(lam_b: float) -> None:
    """Below the opening, above it, far above it."""
    counts, lam = np.full(3, 4.0), (3e-3 * LAM_H) ** 0.5
    assert 0.005 < float(ridged_bias.opening_penalty(3, 4.0, lam)) < 0.04
    _, (means, _), b = optimized(counts, [3e-3], bias=lam_b)
    unit = means / np.linalg.norm(means, axis=0)
    cos = (unit.T @ unit)[~np.eye(3, dtype=bool)]
    assert_allclose(cos, ridged_bias.mean_cosine(3, 4.0, lam, lam_b), atol=1e-5)
    assert_allclose(b, ridged_bias.bias_value(3, 4.0, lam, lam_b), atol=1e-6)


@pytest.mark.parametrize(("lam", "lam_b"), [([2e-3], 0.03), ([2e-3], 0.3), ([3e-3, 2e-3], 0.5), ([4e-3] * 3, 0.2)])
def test_least_loss_with_a_penalized_bias(lam: list[float], lam_b: float) -> None:
    """Against search, across the opening; and its limits, a free bias and none."""
    n, lam_h = np.full(3, 4.0), 1e-3
    found = searched("squared", n, lam, lam_h, lam_b, starts=8)
    assert_allclose(ridged_bias.ridged_least_loss(3, 4.0, np.array(lam), lam_h, lam_b), found.loss, rtol=1e-8)
    free, none = (float(ridged_bias.ridged_least_loss(3, 4.0, np.array(lam), lam_h, edge)) for edge in (1e-12, 1e12))
    assert_allclose(free, closed.least_loss(np.array([4.0, 4.0]), 12.0, np.array(lam), lam_h), rtol=1e-9)
    assert_allclose(none, closed.least_loss(n, 12.0, np.array(lam), lam_h), rtol=1e-9)


def test_ridged_bias_between_its_limits() -> None:
    lam, opening = 1e-3, float(ridged_bias.opening_penalty(5, 9.0, 1e-3))
    assert_allclose(opening, 0.015 / (1 - 0.015), rtol=1e-13)
    assert_allclose(ridged_bias.mean_cosine(5, 9.0, lam, opening * np.array([1e-6, 0.5, 1.0])), -0.25, rtol=1e-13)
    assert float(ridged_bias.mean_cosine(5, 9.0, lam, opening * (1 + 1e-6))) > -0.25
    assert_allclose(ridged_bias.mean_cosine(5, 9.0, lam, 1e12), 0, atol=1e-12)
    below, above = (float(ridged_bias.bias_value(5, 9.0, lam, opening * (1 + s))) for s in (-1e-9, 1e-9))
    assert_allclose(below, above, rtol=1e-8)
    assert_allclose(ridged_bias.bias_value(5, 9.0, lam, 1e-12), 0.2, rtol=1e-11)
    assert float(ridged_bias.opening_penalty(5, 9.0, 0.1)) == np.inf


def exact_root(beta: float, M: int) -> float:
    """Largest stationary point in forty digits, or 0 where the objective there is not below that at 0."""
    with mp.workdps(40):
        low, high = mp.mpf(M - 1) / (M + 1), (M / mp.mpf(beta)) + 10
        f = lambda v: M * v ** (1 - 1 / mp.mpf(M)) / (1 + v) ** 2 - beta  # in v = x^M, falling beyond its peak
        if f(low) < 0:
            return 0.0
        for _ in range(300):
            middle = mp.sqrt(low * high)
            low, high = (middle, high) if f(middle) > 0 else (low, middle)
        x = low ** (1 / mp.mpf(M))
        return float(x) if 1 / (1 + low) + beta * x < 1 else 0.0


@pytest.mark.parametrize("M", [2, 3, 6, 9])
def test_root_in_high_precision(M: int) -> None:
    edge = closed.collapse_penalty(M)
    beta = np.array(
        [1e-200, 1e-30, 1e-8, 1e-2, 0.3 * edge, 0.999 * edge, 0.5 * (edge + closed.stationary_penalty(M)), 2.0]
    )
    assert_allclose(closed.mode_root(beta, M), [exact_root(b, M) for b in beta], rtol=3e-13)


@pytest.mark.parametrize("M", [2, 3, 7])
def test_thresholds_of_first_order(M: int) -> None:
    """At the threshold the jump is to (M-1)^(1/M), where both minima tie; the stationary point lives on to its peak."""
    edge = closed.collapse_penalty(M)
    jump = float(closed.mode_root(edge * (1 - 1e-9), M))
    assert_allclose(jump, (M - 1) ** (1 / M), rtol=1e-7)
    assert_allclose(1 / (1 + jump**M) + edge * jump, 1, rtol=1e-8)
    assert float(closed.mode_root(edge, M)) == 0
    x = np.linspace(1e-3, 3, 200_001)
    assert_allclose(closed.stationary_penalty(M), (M * x ** (M - 1) / (1 + x**M) ** 2).max(), rtol=1e-8)


def test_no_largest_stationary_point_in_place_of_the_minimum() -> None:
    """Public code returns x = 0.788 at M = 2, penalty 0.6, 0.090 above the zero solution, and raises at 0.7."""
    assert closed.mode_root(np.array([0.6, 0.7]), 2).tolist() == [0, 0]
    x = 0.788
    assert abs(1 / (1 + x**2) + 0.6 * x - 1 - 0.090) < 1e-3


@given(st.floats(-12, 0.5), st.integers(1, 7), st.floats(0, 10))
def test_no_point_beats_the_root(log_beta: float, M: int, other: float) -> None:
    beta = 10.0**log_beta
    x = float(closed.mode_root(beta, M))
    assert 1 / (1 + x**M) + beta * x <= 1 / (1 + other**M) + beta * other + 1e-14


@given(class_counts(), penalties(), penalties(), st.integers(1, 3))
def test_no_diagonal_point_beats_the_least_loss(n: tuple[int, ...], lam: float, lam_h: float, M: int) -> None:
    """Random class-aligned factors: layers diag(s), features s over classes; the objective written out."""
    counts, N = np.array(n, float), float(sum(n))
    least = float(closed.least_loss(counts, N, np.full(M, lam), lam_h))
    rng = np.random.default_rng(sum(n))
    for _ in range(20):
        s, h = rng.exponential(1, (M, 4)) * 10.0 ** rng.uniform(-2, 1), rng.exponential(1, 4)
        value = (counts * (s.prod(0) * h - 1) ** 2).sum() / (2 * N)
        value += lam / 2 * (s**2).sum() + lam_h / 2 * (counts * h**2).sum()
        assert least <= value * (1 + 1e-12)


@given(class_counts(), penalties(1e-4, 1e-2))
def test_classes_vanish_smallest_first(n: tuple[int, ...], lam: float) -> None:
    counts = np.array(n, float)
    alive = np.asarray(closed.class_lengths(counts, np.array([lam]), lam)) > 0
    assert (np.diff(alive.astype(int)) <= 0).all()
    assert (alive == (np.asarray(closed.vanishing_penalty(counts, float(counts.sum()))) > lam)).all()


def test_mode_penalty_by_hand() -> None:
    lam = np.array([2e-3, 8e-3])
    assert_allclose(closed.mode_penalty(5.0, 40.0, lam, 1e-3), 2 * 40 / 5 * (40 * 1e-3 * 16e-6) ** 0.5, rtol=1e-13)
    assert_allclose(closed.mode_penalty(5.0, 40.0, np.full(3, 1e-150), 1e-3), 24 * 0.04 ** (1 / 3) * 1e-150)
    assert_allclose(closed.vanishing_penalty(9.0, 30.0), 0.1, rtol=1e-14)


BAD = {
    "empty class": (lambda: closed.class_lengths(np.array([3.0, 0.0]), np.array([0.1]), 0.1), "counts = 0"),
    "penalty": (lambda: closed.class_lengths(COUNTS, np.array([0.1, 0.0]), 0.1), "layer_penalties = 0"),
    "feature penalty": (lambda: closed.class_lengths(COUNTS, np.array([0.1]), -1.0), "feature_penalty = -1"),
    "no layer": (lambda: closed.outputs(COUNTS, np.zeros(0), 0.1), "one penalty a layer"),
    "depth": (lambda: closed.mode_root(0.1, 0), "depth = 0 is below"),
    "beta": (lambda: closed.mode_root(-0.1, 2), "penalty = -0.1"),
    "no bottleneck": (lambda: closed.class_lengths(COUNTS, np.array([0.1]), 0.1, width=0), "bottleneck of zero"),
    "equal classes": (
        lambda: closed.class_lengths(np.array([4.0, 4.0]), np.array([1e-3]), 1e-3, width=1),
        "bottleneck through equal classes",
    ),
    "layer": (lambda: closed.layer_square(np.ones(2), np.array([0.1]), 2), "layer = 2 is above the depth 1"),
    "all vanish": (lambda: ridged_bias.mean_cosine(4, 10.0, 0.1, 0.1), "all features vanish"),
    "bias": (lambda: ridged_bias.mean_cosine(4, 10.0, 1e-3, 0.0), "bias_penalty = 0"),
    "classes": (lambda: ridged_bias.bias_value(1, 10.0, 1e-3, 0.1), "classes = 1 is below"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_a_sentence(case: str) -> None:
    function, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        function()


def test_traced_bad_input_gives_nan() -> None:
    assert np.isnan(jax.jit(lambda b: closed.mode_root(b, 2))(-1.0))
    assert np.isnan(jax.jit(lambda b: closed.mode_root(b, 1))(-1.0))
    assert np.isnan(jax.jit(lambda lam: ridged_bias.mean_cosine(4, 10.0, lam, 0.1))(0.1))


@pytest.mark.parametrize("M", [1, 2, 4])
def test_root_differentiates(M: int) -> None:
    slope = jax.grad(lambda b: closed.mode_root(b, M))(0.2)
    step = (closed.mode_root(0.2 + 1e-6, M) - closed.mode_root(0.2 - 1e-6, M)) / 2e-6
    assert_allclose(slope, step, rtol=1e-6)
