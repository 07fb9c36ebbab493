"""Gram matrices in tiles against the recursion pair by pair and against 50 digits; duplicates, rounding, extremes."""

import importlib.util

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from theory.kernels import gram as module
from theory.kernels.dense import kernels
from theory.kernels.gram import gram
from theory.kernels.strategies import architectures, inputs
from theory.networks import Network, perceptron

RNG = np.random.default_rng(0)
RELU = perceptron((6, 8, 8, 1), parametrization="ntk", sigma_w=2**0.5)

NO_ANTIPODES = [0, 1, 2, 4, 5]  # a gap of 2 less a rounding, as of the row left out, holds half the digits


def deep(d: int, hidden: int) -> Network:
    return perceptron((d, *[8] * hidden, 1), parametrization="ntk", sigma_w=2**0.5)


@settings(max_examples=20)
@given(architectures(), inputs(), st.sampled_from((4, 100)), st.sampled_from(("nngp", "ntk")))
def test_tiles_are_the_recursion(network: Network, x: np.ndarray, tile: int, kernel: str) -> None:
    ours, exact = gram(network, x, kernel=kernel, tile=tile), np.asarray(getattr(kernels(network, x), kernel))
    assert_allclose(ours, exact, rtol=3e-8, atol=3e-8 * np.abs(exact).max())
    no_antipodes = np.ix_(NO_ANTIPODES, NO_ANTIPODES)
    assert_allclose(ours[no_antipodes], exact[no_antipodes], rtol=3e-13, atol=3e-13 * np.abs(exact).max())
    assert np.array_equal(ours, ours.T)
    across = gram(network, x[:4], x[3:], kernel, tile)
    assert_allclose(across, exact[:4, 3:], rtol=1e-6, atol=1e-7 * np.abs(exact).max())


@settings(max_examples=15)
@given(architectures(), inputs(), st.sampled_from((np.float32, np.float64)))
def test_inputs_of_one_size_take_the_series_whatever_the_activation(
    network: Network, x: np.ndarray, dtype: type
) -> None:
    x[4] = x[5]
    x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(dtype)
    exact = np.asarray(kernels(network, x.astype(float)).ntk)
    tolerance = 6e-7 if dtype == np.float32 else 3e-13
    ours, largest = gram(network, x), np.abs(exact).max()
    assert_allclose(ours, exact, rtol=0, atol=max(tolerance, 3e-8) * largest)
    ours, exact = (a[np.ix_(NO_ANTIPODES, NO_ANTIPODES)] for a in (ours, exact))
    assert_allclose(ours, exact, rtol=tolerance, atol=tolerance * largest)


@pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="the extra `compiled` is missing")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize("kernel", ["nngp", "ntk"])
def test_compiled_loops_are_the_programs(
    dtype: type, alike: bool, kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inputs of one size through biases, or of any size without; duplicates, antipodes and zeros."""
    network = perceptron((6, 8, 8, 1), parametrization="ntk", sigma_w=2**0.5, sigma_b=0.3 if alike else None)
    x = RNG.standard_normal((9, 6))
    x[1], x[2], x[3], x[4] = x[0], -x[0], x[0] + 1e-6, -x[0] + 1e-5
    x[5] = x[6] if alike else 0.0
    x = (x / np.linalg.norm(x, axis=1, keepdims=True) if alike else x).astype(dtype)
    plain, across = gram(network, x, kernel=kernel, tile=4), gram(network, x[:3], x, kernel, 4)
    monkeypatch.setattr(module, "LEAST", 0)
    taken, loop = [], module._looped
    monkeypatch.setattr(module, "_looped", lambda *given: taken.append(given) or loop(*given))
    rounding = 16 * np.finfo(dtype).eps
    for one, other in ((gram(network, x, kernel=kernel, tile=4), plain), (gram(network, x[:3], x, kernel, 4), across)):
        assert one.dtype == dtype
        assert_allclose(one, other, rtol=rounding, atol=rounding * np.abs(plain).max())
    assert {lacking for _, _, _, lacking, *_ in taken} == {True, False}
    of_threads = []
    for count in (1, 3):
        monkeypatch.setattr(module.blocks, "threads", lambda count=count: count)
        of_threads.append(gram(network, x, kernel=kernel, tile=4))
    assert np.array_equal(*of_threads)


def exactly(u: np.ndarray, v: np.ndarray, hidden: int) -> float:
    """The tangent kernel of ReLU without biases in 50 digits, by the textbook recursion."""
    with mpmath.workdps(50):
        u, v = ([mpmath.mpf(float(a)) for a in row] for row in (u, v))
        size = mpmath.sqrt(mpmath.fdot(u, u) * mpmath.fdot(v, v)) / len(u) * 2
        c = 2 * mpmath.fdot(u, v) / len(u) / size
        theta = c
        for _ in range(hidden):
            angle = mpmath.acos(min(max(c, mpmath.mpf(-1)), mpmath.mpf(1)))
            slope = 1 - angle / mpmath.pi
            c = (mpmath.sin(angle) + (mpmath.pi - angle) * c) / mpmath.pi
            theta = c + theta * slope
        return float(size * theta)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-6), (np.float64, 1e-12)])
@pytest.mark.parametrize("hidden", [1, 3, 50])
@pytest.mark.parametrize("mean", [0.0, 3.0])
def test_every_angle_against_50_digits(dtype: type, tolerance: float, hidden: int, mean: float) -> None:
    """From duplicates to right angles and beyond, among rows of which none or all are at small angles."""
    x = RNG.standard_normal(784) + mean
    across = RNG.standard_normal(784) * np.linalg.norm(x) / 28
    angles = np.concatenate([10.0 ** np.arange(-7.0, 0.0), [0.3, 0.6, 1.0, 1.5, 2.0, 2.5]])
    others = np.stack([np.cos(t) * x + np.sin(t) * across for t in angles]).astype(dtype)
    x = x.astype(dtype)[None]
    exact = np.array([exactly(x[0], other, hidden) for other in others])
    assert_allclose(gram(deep(784, hidden), x, others)[0], exact, rtol=tolerance, atol=tolerance * exact[0] / 5)
    filler = RNG.standard_normal((70, 784)) + mean
    stacked = gram(deep(784, hidden), np.concatenate([x, others, filler.astype(dtype)]))
    assert_allclose(stacked[0, 1 : len(exact) + 1], exact, rtol=tolerance, atol=tolerance * exact[0] / 5)


@pytest.mark.parametrize(("dtype", "least"), [(np.float32, -1e-7), (np.float64, -3e-14)])
@pytest.mark.parametrize("hidden", [1, 10, 50])
def test_positive_semidefinite_to_rounding_with_near_duplicates(dtype: type, least: float, hidden: int) -> None:
    x = RNG.standard_normal((150, 20))
    x = np.concatenate([x, x + 1e-4 * RNG.standard_normal(x.shape)]).astype(dtype)
    values = np.linalg.eigvalsh(gram(deep(20, hidden), x, tile=64).astype(float))
    assert values[0] > least * values[-1]


def test_zero_and_huge_inputs() -> None:
    x = RNG.standard_normal((5, 6))
    x[2] = 0
    plain = gram(RELU, x)
    assert np.all(plain[2] == 0) and np.isfinite(plain).all()
    for scale in (1e-150, 1e150):
        assert_allclose(gram(RELU, scale * x) / scale / scale, plain, rtol=1e-12)
    small = x.astype(np.float32)
    assert_allclose(gram(RELU, 1e18 * small) / np.float32(1e36), gram(RELU, small), rtol=1e-6)
    with pytest.raises(ValueError, match="outside the allowed sizes whose square float32 holds"):
        gram(RELU, 1e21 * small)


def test_dtype_of_the_input_and_result_of_another_kind_of_array() -> None:
    x = RNG.standard_normal((5, 6))
    assert gram(RELU, x).dtype == np.float64 and gram(RELU, x.astype(np.float32)).dtype == np.float32
    assert np.array_equal(gram(RELU, jnp.asarray(x)), gram(RELU, x))


def test_an_infinite_tangent_kernel_goes_through_the_layers() -> None:
    network = perceptron((6, 8, 1), activation="step", parametrization="ntk")
    ours = gram(network, RNG.standard_normal((4, 6)))
    assert np.isinf(np.diagonal(ours)).all() and np.isfinite(ours[0, 1])


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="kernel = 'cosine' must be one of nngp, ntk"):
        gram(RELU, np.eye(6), kernel="cosine")
    with pytest.raises(ValueError, match="the network takes matrices of one row or more and 6 columns"):
        gram(RELU, np.eye(5))
    with pytest.raises(ValueError, match="x2 = nan is outside"):
        gram(RELU, np.eye(6), np.full((1, 6), np.nan))
    with pytest.raises(TypeError, match="under jit, vmap or grad call `kernels`"):
        jax.jit(lambda x: jnp.asarray(gram(RELU, x)))(np.eye(6))
