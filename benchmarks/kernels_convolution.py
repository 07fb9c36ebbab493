"""Kernels of convolutional networks and tangent kernels of finite networks beside neural-tangents, in float32.

With 64 bits on, neural-tangents widens whatever it is given; it is run without them, in the precision compared.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from theory.kernels import neural_tangents
from theory.kernels.architecture import kernels
from theory.kernels.empirical import empirical_ntk
from theory.networks import Activation, Architecture, Conv, Dense, Flatten, GlobalPool, perceptron

RELU, GAIN = Activation("relu"), 2**0.5


def cases() -> list[tuple]:
    return [_pooled(), _flattened(), _dense_tangents(), _convolutional_tangents()]


def _images(count: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((count, 8, 8, 3)).astype(np.float32)


def _kernel(name: str, ours: tuple, theirs: list, count: int, target: str) -> tuple:
    x, network = _images(count), Architecture((8, 8, 3), ours)
    stax = neural_tangents.load().stax
    peer = jax.jit(lambda x: stax.serial(*theirs)[2](x, None, "ntk"))
    return name, lambda: kernels(network, x).ntk, lambda: narrow(peer, jnp.asarray(x)), "neural-tangents", target


def narrow(work: Callable, *arguments: Any) -> Any:
    """In float32 throughout, and done."""
    with jax.enable_x64(False):
        out = jax.block_until_ready(work(*arguments))
    assert out.dtype == jnp.float32
    return out


def _pooled() -> tuple:
    stax = neural_tangents.load().stax
    theirs = [stax.Conv(8, (3, 3), padding="SAME", W_std=GAIN), stax.Relu(), stax.GlobalAvgPool(), stax.Dense(1)]
    ours = (Conv(8, (3, 3), sigma_w=GAIN), RELU, GlobalPool(), Dense(1))
    return _kernel("NTK of conv + ReLU + pooling, 8x8x3, N = 50", ours, theirs, 50, "at most 1/50 (aim 1/100)")


def _flattened() -> tuple:
    stax = neural_tangents.load().stax
    conv = stax.Conv(8, (3, 3), padding="SAME", W_std=GAIN)
    theirs = [conv, stax.Relu(), conv, stax.Relu(), stax.Flatten(), stax.Dense(1)]
    ours = (*(Conv(8, (3, 3), sigma_w=GAIN), RELU) * 2, Flatten(), Dense(1))
    return _kernel("NTK of 2 (conv + ReLU) + flatten, N = 100", ours, theirs, 100, "at most 1/3 (aim 1/5)")


def _dense_tangents() -> tuple:
    """Of the peer's implementations the two that finish in time; the best of both counts."""
    network = perceptron((784, 512, 512, 512, 10), parametrization="ntk", sigma_w=GAIN)
    params = network.init(jax.random.key(0), jnp.float32)
    x = np.random.default_rng(0).standard_normal((20, 784)).astype(np.float32)
    ours = jax.jit(lambda params, x: empirical_ntk(network, params, x))
    peer = _peer(network.apply, params, x)
    name = "empirical NTK 784-512-512-512-10, N = 20"
    return name, lambda: ours(params, x), peer, "neural-tangents", "at most 1/300 at N = 200"


def _convolutional_tangents() -> tuple:
    layers = (*(Conv(32, (3, 3), sigma_w=GAIN), RELU) * 2, GlobalPool(), Dense(10))
    network = Architecture((8, 8, 3), layers)
    params = network.init(jax.random.key(0), jnp.float32)
    x = _images(20)
    peer = _peer(network.apply, params, x)
    name = "empirical NTK of 2 convolutions + pooling, N = 20"
    return name, lambda: empirical_ntk(network, params, x), peer, "neural-tangents", "at most 1/20"


def _peer(f, params, x):
    tangents = neural_tangents.load()
    ways = tangents.NtkImplementation
    ntk = jax.jit(tangents.empirical_ntk_fn(f, implementation=ways.STRUCTURED_DERIVATIVES))
    return lambda: narrow(lambda: ntk(jnp.asarray(x), None, params))
