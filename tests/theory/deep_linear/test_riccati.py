"""The Riccati flow against layers integrated one by one, the textbook form in 200 digits, and closed modes."""

import jax
import jax.numpy as jnp
import jaxtyping
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from theory.deep_linear.conservation import conserved
from theory.deep_linear.initial import balanced, lambda_balanced
from theory.deep_linear.matrix_strategies import lambda_balanced_layers, matrices
from theory.deep_linear.modes import unbalanced_mode
from theory.deep_linear.riccati import (
    lambda_balance,
    two_layer_kernel,
    two_layer_limit,
    two_layer_path,
    two_layer_trajectory,
)

WIDTHS = ((3, 3, 3), (4, 3, 5), (5, 2, 3), (3, 6, 3))
PATH = jax.jit(lambda t, weights, sigma: two_layer_path(t, weights, sigma, tolerance=np.inf))
TIMES = np.array([0.0, 0.05, 0.7, 2.0])


def task(inputs: int, outputs: int, strengths: list[float], seed: int = 0) -> np.ndarray:
    rng, middle = np.random.default_rng(seed), np.zeros((outputs, inputs))
    np.fill_diagonal(middle, strengths)
    u, v = (np.linalg.qr(rng.standard_normal((n, n)))[0] for n in (outputs, inputs))
    return u @ middle @ v.T


def whole(path: tuple, at: int) -> np.ndarray:
    first, product, second = (np.asarray(block[at]) for block in path)
    return np.block([[first, product.T], [product, second]])


def integrated(weights: tuple, sigma: np.ndarray, times: np.ndarray) -> np.ndarray:
    """P(t) from gradient flow of the two layers themselves, by DOP853."""
    w1, w2 = (np.asarray(w) for w in weights)

    def velocity(_: float, y: np.ndarray) -> np.ndarray:
        a, b = y[: w1.size].reshape(w1.shape), y[w1.size :].reshape(w2.shape)
        error = sigma - b @ a
        return np.concatenate([(b.T @ error).ravel(), (error @ a.T).ravel()])

    start = np.concatenate([w1.ravel(), w2.ravel()])
    run = solve_ivp(velocity, (0, times[-1]), start, method="DOP853", t_eval=times, rtol=1e-12, atol=1e-15)
    stacked = [np.concatenate([y[: w1.size].reshape(w1.shape).T, y[w1.size :].reshape(w2.shape)]) for y in run.y.T]
    return np.array([q @ q.T for q in stacked])


def textbook(weights: tuple, sigma: np.ndarray, t: float) -> np.ndarray:
    """e^(Ft) Q [I + Q' Phi Q]^-1 Q' e^(Ft) as it is printed, in 300 digits; the exponents reach 2 f t = 480."""
    w1, w2 = (np.asarray(w) for w in weights)
    (outputs, inputs), hidden = sigma.shape, len(w1)
    lam = np.trace(w2.T @ w2 - w1 @ w1.T) / hidden
    f = np.block([[-lam / 2 * np.eye(inputs), sigma.T], [sigma, lam / 2 * np.eye(outputs)]])
    with mpmath.workdps(300):
        rates, basis = mpmath.eigsy(mpmath.matrix(f.tolist()))
        q = basis.T * mpmath.matrix(np.concatenate([w1.T, w2]).tolist())
        phi = [mpmath.expm1(2 * r * t) / (2 * r) if abs(r) > mpmath.mpf(10) ** -150 else mpmath.mpf(t) for r in rates]
        bracket = mpmath.eye(hidden) + q.T * mpmath.diag(phi) * q
        grown = basis * mpmath.diag([mpmath.exp(r * t) for r in rates]) * q
        return np.array((grown * bracket**-1 * grown.T).tolist(), float)


POSSIBLE = [(w, lam) for w in WIDTHS for lam in (0.0, 0.8, -0.8) if lam == 0 or w[1] <= w[2 if lam > 0 else 0]]


@pytest.mark.parametrize(("widths", "lam"), POSSIBLE)
def test_against_separate_layers(widths: tuple[int, int, int], lam: float) -> None:
    inputs, _, outputs = widths
    weights = lambda_balanced(jax.random.key(1), widths, lam, 0.3)
    sigma = task(inputs, outputs, [2.0, 1.0, 0.3][: min(inputs, outputs)])
    path = PATH(TIMES, weights, sigma)
    for at, p in enumerate(integrated(weights, sigma, TIMES)):
        assert_allclose(whole(path, at), p, atol=1e-10)


@pytest.mark.parametrize(
    ("widths", "lam", "scale", "strengths"),
    [
        ((3, 3, 3), 0.0, 1e-4, [6.0, 1.0, 0.2]),
        ((3, 3, 3), 1e-9, 1e-3, [6.0, 1.0, 0.2]),
        ((4, 3, 5), 2.0, 1e-3, [6.0, 1.0, 0.2, 0.01]),
        ((5, 2, 3), -1.0, 1e-2, [3.0, 1.0, 0.1]),
        ((3, 6, 3), 0.0, 1e-4, [6.0, 0.0, 0.0]),
    ],
)
def test_graded_spectra_at_late_times(
    widths: tuple[int, int, int], lam: float, scale: float, strengths: list[float]
) -> None:
    """Where the textbook form in double precision loses all digits, 2e-14 of the largest entry is kept."""
    weights = (
        lambda_balanced(jax.random.key(3), widths, lam, scale) if lam else balanced(jax.random.key(3), widths, scale)
    )
    sigma, times = task(widths[0], widths[2], strengths), np.array([0.01, 3.0, 6.0, 40.0])
    path = PATH(times, weights, sigma)
    for at, t in enumerate(times):
        exact = textbook(weights, sigma, t)
        assert np.abs(whole(path, at) - exact).max() < 2e-14 * np.abs(exact).max()


@pytest.mark.parametrize("lam", [0.0, 3.0, -3.0])
def test_limit_and_any_time_beyond(lam: float) -> None:
    """t = 1e9, where e^(2ft) has a billion digits; W1'W1 and W2W2' hold (sqrt(lam^2 + 4 s^2) -+ lam)/2."""
    sigma = task(3, 3, [6.0, 1.0, 0.2])
    weights = next(
        w
        for w in (lambda_balanced(jax.random.key(k), (3, 3, 3), lam, 0.1) for k in range(9))
        if np.linalg.det(w[1] @ w[0]) * np.linalg.det(sigma) > 0
    )
    limit, path = two_layer_limit(sigma, lam, 3), PATH(np.array([1e9]), weights, sigma)
    for ours, reached in zip(limit, path):
        assert_allclose(reached[0], ours, atol=1e-13)
    assert_allclose(limit.product, sigma, atol=1e-14)
    shares = [(np.sqrt(lam**2 + 4 * s * s) + side * lam) / 2 for side in (-1, 1) for s in (0.2, 1.0, 6.0)]
    assert_allclose(np.linalg.eigvalsh(limit.input_gram), shares[:3], rtol=1e-12)
    assert_allclose(np.linalg.eigvalsh(limit.output_gram), shares[3:], rtol=1e-12)


@pytest.mark.parametrize("lam", [-1e12, -1e6, 1e6, 1e12])
def test_large_lambda_of_either_sign_keeps_all_digits(lam: float) -> None:
    """The product beside Gram matrices a trillion times as large or as small; exactly zero where nothing is taught."""
    sigma = task(3, 3, [2.0, 1.0, 0.5])
    limit = two_layer_limit(sigma, lam, 3)
    assert_allclose(limit.product, sigma, rtol=0, atol=1e-14)
    small = limit.input_gram if lam > 0 else limit.output_gram
    values, vectors = np.linalg.eigh(sigma.T @ sigma if lam > 0 else sigma @ sigma.T)
    gram = vectors * (2 * values / (np.hypot(lam, 2 * np.sqrt(values)) + abs(lam))) @ vectors.T
    assert_allclose(small, gram, rtol=0, atol=1e-13 / abs(lam))
    assert (np.asarray(two_layer_limit(np.zeros((3, 3)), lam, 3).product) == 0).all()
    if abs(lam) > 1e9:
        return
    weights = lambda_balanced(jax.random.key(2), (3, 3, 3), lam, 0.1)
    for t in (1e-7, 1e-6, 1e-5):
        assert_allclose(
            two_layer_trajectory(np.array([t]), weights, sigma)[0], mirrored(weights, sigma, t), rtol=0, atol=1e-12
        )


def mirrored(weights: tuple, sigma: np.ndarray, t: float) -> np.ndarray:
    """The product from the textbook form of both orders of the layers: transposition turns the sign of lambda."""
    inputs = weights[0].shape[1]
    turned = textbook((weights[1].T, weights[0].T), sigma.T, t)[len(sigma) :, : len(sigma)].T
    assert_allclose(textbook(weights, sigma, t)[inputs:, :inputs], turned, rtol=1e-12)
    return turned


def test_the_wrong_orientation_never_learns_the_weakest_mode() -> None:
    """Balanced, det W0 det Sigma < 0: W goes to Sigma without its weakest mode; with lambda it arrives."""
    sigma = np.diag([3.0, 1.0])
    flip = 0.1 * np.array([[0.8, 0.6], [0.6, -0.8]])
    start = (flip, np.eye(2) * 0.1)
    assert_allclose(PATH(np.array([8.0]), start, sigma).product[0], np.diag([3.0, 0.0]), atol=1e-3)
    unbalanced = next(
        w
        for w in (lambda_balanced(jax.random.key(k), (2, 2, 2), 0.5, 0.1) for k in range(9))
        if np.linalg.det(w[1] @ w[0]) < 0
    )
    assert_allclose(PATH(np.array([60.0]), unbalanced, sigma).product[0], sigma, atol=1e-10)


def test_bottleneck_keeps_the_strongest_modes() -> None:
    sigma = task(5, 3, [3.0, 1.0, 0.1])
    u, s, vt = np.linalg.svd(sigma, full_matrices=False)
    best = (u[:, :2] * s[:2]) @ vt[:2]
    assert_allclose(two_layer_limit(sigma, -1.0, 2).product, best, atol=1e-14)
    weights = lambda_balanced(jax.random.key(3), (5, 2, 3), -1.0, 1e-2)
    assert_allclose(PATH(np.array([1e3]), weights, sigma).product[0], best, atol=1e-12)


@settings(max_examples=30)
@given(st.floats(-3.0, 3.0), st.floats(0.01, 1.0), st.floats(0.05, 3.0), st.sampled_from([0.0, 0.4, 7.0]))
def test_one_unit_is_the_unbalanced_mode(s: float, a: float, b: float, t: float) -> None:
    path = two_layer_trajectory(jnp.array([t]), (np.array([[a]]), np.array([[b]])), np.array([[s]]))
    assert_allclose(path[0, 0, 0], unbalanced_mode(t, s, a, b), rtol=1e-9, atol=1e-9)


@settings(max_examples=25)
@given(st.data(), st.sampled_from(WIDTHS))
def test_semigroup_invariants_and_rotations(data: st.DataObject, widths: tuple[int, int, int]) -> None:
    """Theorems: flowing t + s is flowing s after t; P stays positive; turning any basis turns W."""
    weights = data.draw(lambda_balanced_layers(widths))
    sigma = np.asarray(data.draw(matrices(widths[2], widths[0], (-1.0, 0.5))))
    lam, path = float(lambda_balance(weights).imbalance), PATH(TIMES, weights, sigma)
    p, earlier = whole(path, 3), whole(path, 2)
    size, hidden = np.abs(p).max() + 1e-3, widths[1]
    # any square root of an earlier P is a start of the rest of the way
    values, vectors = np.linalg.eigh(earlier)
    root = vectors[:, -hidden:] * np.sqrt(np.maximum(values[-hidden:], 0.0))
    again = PATH(np.array([0.0, 0.1, TIMES[3] - TIMES[2], 9.0]), (root[: widths[0]].T, root[widths[0] :]), sigma)
    assert np.abs(whole(again, 2) - p).max() < 1e-7 * size
    assert np.linalg.eigvalsh(p).min() > -1e-13 * size
    trace = np.trace(p[widths[0] :, widths[0] :]) - np.trace(p[: widths[0], : widths[0]])
    assert abs(trace - lam * hidden) < 1e-12 * size * hidden
    u, r, v = (
        np.linalg.qr(np.random.default_rng(n).standard_normal((n, n)))[0] for n in (widths[2], widths[1], widths[0])
    )
    turned = PATH(TIMES, (r @ weights[0] @ v.T, u @ weights[1] @ r.T), u @ sigma @ v.T).product
    assert_allclose(turned, u @ np.asarray(path.product) @ v.T, atol=1e-9 * size)


def test_kernel_is_the_sum_over_weights_of_derivatives() -> None:
    weights, x = lambda_balanced(jax.random.key(2), (4, 3, 5), 2.0, 0.5), np.random.default_rng(0).normal(size=(6, 4))
    jacobian = jax.jacobian(lambda ws: (x @ ws[0].T @ ws[1].T).T)(weights)  # (outputs, examples, weight)
    flat = jnp.concatenate([j.reshape(5, 6, -1) for j in jacobian], axis=2)
    closed = two_layer_kernel(weights[0].T @ weights[0], weights[1] @ weights[1].T, x)
    assert_allclose(closed, jnp.einsum("aiw,bjw->aibj", flat, flat), rtol=1e-12, atol=1e-12)
    path = two_layer_path(TIMES, weights, task(4, 5, [2.0, 1.0, 0.5, 0.2]))
    along = two_layer_kernel(path.input_gram, path.output_gram, x)
    assert along.shape == (4, 5, 6, 5, 6)
    assert_allclose(along[0], closed, rtol=1e-10, atol=1e-12)


def test_lambda_balance_and_order_of_times() -> None:
    weights = lambda_balanced(jax.random.key(0), (4, 3, 5), 2.0, 0.5)
    found = lambda_balance(weights)
    assert_allclose(found.imbalance, 2.0, rtol=1e-13)
    assert found.residual < 1e-14
    off = (weights[0] + 0.1, weights[1])
    c = np.asarray(conserved(off)[0])
    spread = np.linalg.norm(c - np.trace(c) / 3 * np.eye(3))
    assert_allclose(lambda_balance(off).residual, spread / max((w**2).sum() for w in off), rtol=1e-12)
    sigma = task(4, 5, [2.0, 1.0, 0.5, 0.2])
    forward, back = (two_layer_trajectory(jnp.asarray(t), weights, sigma) for t in (TIMES, TIMES[::-1].copy()))
    assert_allclose(forward, back[::-1], rtol=0, atol=1e-15)


def test_derivatives_by_differences() -> None:
    """In time it is the flow, dP/dt = FP + PF - P^2; in the weights by central differences."""
    weights, sigma = lambda_balanced(jax.random.key(0), (3, 3, 3), 0.5, 0.4), task(3, 3, [2.0, 1.0, 0.3])
    w, w_dot = jax.jvp(lambda t: PATH(t[None], weights, sigma), (jnp.array(0.7),), (jnp.array(1.0),))
    first, product, second = (b[0] for b in w)
    flow = second @ (sigma - product) + (sigma - product) @ first
    assert_allclose(w_dot.product[0], flow, rtol=1e-10, atol=1e-12)
    # any scale of both layers by rotations is lambda-balanced: the hidden units change basis, the product does not
    turn = jnp.array([[0.0, 1.0, 0.2], [-1.0, 0.0, 0.3], [-0.2, -0.3, 0.0]])
    moved = lambda h: (weights[0] @ jax.scipy.linalg.expm(h * turn), weights[1])
    f = lambda h: PATH(jnp.array([0.7]), moved(h), sigma).product[0]
    exact = (f(1e-5) - f(-1e-5)) / 2e-5
    assert_allclose(jax.jvp(f, (0.0,), (1.0,))[1], exact, atol=1e-8)


def test_replicates_and_single_precision() -> None:
    weights = jax.vmap(lambda k: lambda_balanced(k, (3, 3, 3), 1.0, 0.2))(jax.random.split(jax.random.key(0), 2))
    sigma = jnp.asarray(task(3, 3, [2.0, 1.0, 0.3]))
    many = jax.vmap(lambda w: two_layer_trajectory(jnp.asarray(TIMES), w, sigma))(weights)
    alone = two_layer_trajectory(jnp.asarray(TIMES), [w[1] for w in weights], sigma)
    assert_allclose(many[1], alone, atol=1e-13)
    single = two_layer_trajectory(
        jnp.asarray(TIMES, jnp.float32), [w[1].astype(jnp.float32) for w in weights], sigma.astype(jnp.float32)
    )
    assert single.dtype == jnp.float32
    assert_allclose(single, alone, atol=1e-5)


def test_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    eye, t = jnp.eye(2), jnp.array([1.0])
    with pytest.raises(
        ValueError, match=r"lambda I\| / \|W\|\^2 = 0.565685 is outside the allowed residuals .* start from"
    ):
        two_layer_path(t, (eye, jnp.diag(jnp.array([3.0, 1.0]))), eye)
    with pytest.raises(ValueError, match="times = -1 is outside"):
        two_layer_path(-t, (eye, eye), eye)
    with pytest.raises(ValueError, match="3 layers were given; the Riccati flow has 2"):
        two_layer_path(t, (eye, eye, eye), eye)
    with pytest.raises(ValueError, match=r"sigma_yx has shape \(2, 3\) but the end-to-end map has shape \(2, 2\)"):
        two_layer_path(t, (eye, eye), jnp.ones((2, 3)))
    with pytest.raises(ValueError, match="imbalance = 1 is outside the allowed imbalances of 3 inputs, 3 hidden"):
        two_layer_limit(jnp.ones((2, 3)), 1.0, 3)
    with pytest.raises(ValueError, match="inputs have 3 features but input_gram has 2"):
        two_layer_kernel(eye, eye, jnp.ones((4, 3)))
