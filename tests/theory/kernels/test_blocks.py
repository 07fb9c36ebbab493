"""Compiled loops against XLA's way, which other tests hold against matrices of shifts and neural-tangents."""

import importlib.util
from collections.abc import Callable

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose

from theory.kernels import blocks, neural_tangents
from theory.kernels.architecture import kernels
from theory.kernels.dense import Kernels
from theory.kernels.piecewise import TwoSlopes
from theory.kernels.plan import plan
from theory.networks import (
    Activation,
    Architecture,
    AveragePool,
    Conv,
    Dense,
    Flatten,
    GlobalPool,
    LayerNorm,
    Residual,
)

needs_numba = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="the extra `compiled` is missing")
RELU, OUT = Activation("relu"), Dense(1, 1.1, 0.3)
SLOPES = Activation(TwoSlopes(-0.3, 1.2))
RNG = np.random.default_rng(0)
IMAGES, LINES = RNG.standard_normal((5, 5, 4, 3)), RNG.standard_normal((6, 9, 2))


def ways(network: Architecture, *x: np.ndarray, patch: pytest.MonkeyPatch) -> tuple[Kernels, Kernels]:
    """By loops, and by XLA."""
    assert blocks.program(plan(network), network.inputs[:-1]) is not None
    found = []
    for least in (0, 10**12):
        patch.setattr(blocks, "LEAST", least)
        found.append(kernels(network, *x))
    return found[0], found[1]


def agree(one: Kernels, other: Kernels, rtol: float, antipodes: float = 0.0) -> None:
    for ours, theirs in zip(one, other, strict=True):
        assert_allclose(ours, theirs, rtol=rtol, atol=max(0.1 * rtol, antipodes) * np.abs(np.asarray(theirs)).max())


@needs_numba
@pytest.mark.parametrize("end", [GlobalPool(), Flatten()])
@pytest.mark.parametrize(
    ("x", "layers"),
    [
        (IMAGES, (Conv(8, (3, 3), sigma_b=0.4), RELU, Conv(8, (2, 3), (2, 1), "circular", 1.3, 0.2), SLOPES)),
        (IMAGES, (Conv(8, (2, 2), (1, 2), "valid"), LayerNorm(), RELU, Conv(8, (3, 2), (1, 1), "valid"), RELU)),
        (LINES, (Conv(8, (4,), (2,), "circular", 1.4, 0.1), SLOPES, Conv(8, (3,), (2,)), RELU, Conv(8, (1,)))),
    ],
)
def test_loops_are_the_recursion(
    end: GlobalPool | Flatten, x: np.ndarray, layers: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With near-duplicates, antipodes, empty pixels and an empty image; a gap of 2 less a rounding is half the digits,
    and the loops lose none there."""
    x = x.copy()
    x[1], x[2, :2], x[3] = x[0] + 1e-5 * x[1], 0.0, -x[0]
    x[4] = 0.0
    network = Architecture(x.shape[1:], (*layers, end, OUT), "standard" if x is LINES else "ntk")
    ours, theirs = ways(network, x, patch=monkeypatch)
    agree(ours, theirs, 1e-11, antipodes=3e-9)
    for one, other in zip(ours, theirs, strict=True):
        others = np.ix_([0, 1, 2, 4], [0, 1, 2, 4])
        assert_allclose(one[others], other[others], rtol=1e-11, atol=1e-14)
    monkeypatch.setattr(blocks, "LEAST", 0)
    across = kernels(network, x[:2], x[1:])
    agree(across, Kernels(*(v[:2, 1:] for v in ours)), 1e-13)
    single = kernels(network, x.astype(np.float32))
    assert single.ntk.dtype == np.float32
    agree(single, kernels(network, x.astype(np.float32).astype(float)), 3e-6)


@needs_numba
@pytest.mark.parametrize("end", [GlobalPool(), Flatten()])
def test_many_images_layers_after_the_positions_and_threads(
    end: GlobalPool | Flatten, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More images than lanes; what is left of the network goes on; threads change no bit."""
    layers = (Conv(8, (2,)), RELU, end, Dense(8, 1.2, 0.1), Activation("erf"), OUT)
    network, x = Architecture((3, 2), layers), RNG.standard_normal((150, 3, 2))
    found = []
    for count in (1, 2):
        monkeypatch.setattr(blocks, "threads", lambda count=count: count)
        found.append(ways(network, x, patch=monkeypatch))
    agree(*found[0], 1e-12)
    for one, other in zip(found[0][0], found[1][0], strict=True):
        assert np.array_equal(one, other) and np.array_equal(one, one.T)


def peer(end: GlobalPool | Flatten) -> tuple[tuple, Callable]:
    """The same network here and in neural-tangents: convolutions with biases and strides, normalization, two slopes."""
    stax = neural_tangents.load().stax
    ours = (
        Conv(8, (3, 3), sigma_w=1.3, sigma_b=0.4),
        LayerNorm(),
        RELU,
        Conv(8, (2, 3), (2, 1), "circular", 1.2, 0.2),
        Activation("leaky_relu"),
        end,
        OUT,
    )
    theirs = (
        stax.Conv(8, (3, 3), (1, 1), "SAME", 1.3, 0.4),
        stax.LayerNorm(),
        stax.Relu(),
        stax.Conv(8, (2, 3), (2, 1), "CIRCULAR", 1.2, 0.2),
        stax.LeakyRelu(0.01),
        stax.GlobalAvgPool() if isinstance(end, GlobalPool) else stax.Flatten(),
        stax.Dense(1, 1.1, 0.3),
    )
    return ours, stax.serial(*theirs)[2]


@needs_numba
@pytest.mark.skipif(importlib.util.find_spec("neural_tangents") is None, reason=neural_tangents.HOW_TO_GET)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("end", [GlobalPool(), Flatten()])
def test_loops_against_neural_tangents(end: GlobalPool | Flatten, monkeypatch: pytest.MonkeyPatch) -> None:
    x = RNG.standard_normal((4, 4, 3, 2))
    with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
        ours, theirs = peer(end)
        both = jax.jit(lambda x: tuple(theirs(x, None, ("nngp", "ntk"))))
        expected = both(x)
    monkeypatch.setattr(blocks, "LEAST", 0)
    taken, loops = [], blocks.pairs
    monkeypatch.setattr(blocks, "pairs", lambda *given: taken.append(given) or loops(*given))
    for one, other in zip(kernels(Architecture(x.shape[1:], ours), x), expected, strict=True):
        apart = ~np.eye(len(x), dtype=bool)
        assert_allclose(np.asarray(one)[apart], np.asarray(other)[apart], rtol=1e-11)
        assert_allclose(one, other, rtol=2e-8)  # normalization there adds 1e-12 to the variance: a root of it at equals
    assert taken, "by XLA, not by loops"


@needs_numba
def test_float32_keeps_the_digits_of_near_duplicates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "LEAST", 0)
    x = IMAGES[:1].astype(np.float32)
    near = [x + np.float32(e) * RNG.standard_normal(x.shape).astype(np.float32) for e in (1e-6, 1e-4, 1e-2)]
    y = np.concatenate([x, 2 * x, *near])
    network = Architecture(x.shape[1:], (*(Conv(8, (3, 3), sigma_w=2**0.5), RELU) * 3, Flatten(), OUT))
    single, double = kernels(network, x, y), kernels(network, x.astype(float), y.astype(float))
    for one, other in zip(single, double, strict=True):
        assert_allclose(one, other, rtol=1.5e-6)


@pytest.mark.parametrize(
    "layers",
    [
        (Conv(8, (2, 2)), Activation("erf"), Flatten()),
        (Conv(8, (2, 2)), Activation(TwoSlopes(0.0, 0.0)), Flatten()),
        (Conv(8, (2, 2)), RELU, AveragePool((2, 2)), Flatten()),
        (Conv(8, (2, 2)), Residual((RELU, Conv(8, (1, 1)))), Flatten()),
        (Dense(8), RELU, GlobalPool()),
    ],
)
def test_other_networks_are_left_to_xla(layers: tuple) -> None:
    network = Architecture((3, 2, 2), layers)
    assert blocks.program(plan(network), (3, 2)) is None


def test_without_numba_xla_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Architecture((3, 2), (Conv(8, (2,)), RELU, GlobalPool(), OUT))
    x = RNG.standard_normal((3, 3, 2))
    expected = kernels(network, x)
    monkeypatch.setattr(blocks, "LEAST", 0)
    monkeypatch.setattr(blocks, "find_spec", lambda name: None)
    monkeypatch.setattr(blocks, "pairs", None)
    for one, other in zip(kernels(network, x), expected, strict=True):
        assert np.array_equal(one, other)


def test_traced_images_are_left_to_xla(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "LEAST", 0)
    monkeypatch.setattr(blocks, "pairs", None)
    network = Architecture((3, 2), (Conv(8, (2,)), RELU, GlobalPool(), OUT))
    slope = jax.grad(lambda x: kernels(network, x).nngp.sum())(jax.numpy.asarray(RNG.standard_normal((2, 3, 2))))
    assert np.isfinite(np.asarray(slope)).all()


def test_threads_are_those_of_linear_algebra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert blocks.threads() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "all")
    assert blocks.threads() >= 1
