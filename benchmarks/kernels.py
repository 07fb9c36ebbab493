"""Infinite and empirical kernels of perceptrons, beside neural-tangents and a plain matrix product, in float32."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
from kernels_convolution import narrow

from theory.kernels import neural_tangents as adapter
from theory.kernels.empirical import empirical_ntk
from theory.kernels.gram import gram
from theory.networks import Network, perceptron

ROWS, INPUTS = 4000, 784
EMPIRICAL = (784, 512, 512, 512, 10)
RESULT = f"result ({4 * ROWS**2 / 2**20:.0f} MiB) + tiles"


def cases() -> list[tuple]:
    x = np.random.default_rng(0).standard_normal((ROWS, INPUTS)).astype(np.float32)
    found = []
    for hidden, target in ((3, "at most 0.2 (aim 0.143)"), (10, "at most 0.125")):
        network, peer, on_device = relu(hidden), stax_relu((1,) * (hidden + 1))[2], jnp.asarray(x)
        ours = lambda network=network: gram(network, x)
        theirs = jax.jit(lambda x, kernel=peer: kernel(x, None, "ntk"))
        name = f"ReLU NTK, {hidden} hidden layers, N = {ROWS}, float32"
        found.append((name, ours, lambda f=theirs, x=on_device: narrow(f, x), "neural-tangents", target, RESULT))
        found.append((name, ours, lambda: x @ x.T, "X @ X.T", "at most 1.2 (aim 0.9)"))
    return [*found, *near_duplicates(), *empirical()]


def near_duplicates() -> list[tuple]:
    """The price of digits: every second row a near-duplicate of the one before."""
    x = np.random.default_rng(1).standard_normal((ROWS, INPUTS))
    x[1::2] = x[::2] + 1e-4 * x[1::2]
    x = x.astype(np.float32)
    network = relu(50)
    return [
        (
            f"ReLU NTK, 50 hidden layers, N = {ROWS}, pairs of near-duplicates",
            lambda: gram(network, x),
            lambda: x @ x.T,
            "X @ X.T",
            "none",
        )
    ]


def empirical() -> list[tuple]:
    """Structured derivatives are the fastest of neural-tangents' implementations here."""
    x = jnp.asarray(np.random.default_rng(2).standard_normal((200, EMPIRICAL[0])), jnp.float32)
    network = perceptron(EMPIRICAL, parametrization="ntk", sigma_w=2**0.5)
    params = network.init(jax.random.key(0), jnp.float32)
    ours = jax.jit(lambda params, x: empirical_ntk(network, params, x))
    init, apply, _ = stax_relu(EMPIRICAL[1:])
    nt = adapter.load()
    theirs = jax.jit(
        nt.empirical_ntk_fn(apply, trace_axes=(-1,), implementation=nt.NtkImplementation.STRUCTURED_DERIVATIVES)
    )
    _, start = init(jax.random.key(0), x.shape)
    start = jax.tree.map(lambda a: a.astype(jnp.float32), start)
    return [
        (
            f"empirical NTK {'-'.join(map(str, EMPIRICAL))}, N = 200, float32",
            lambda: ours(params, x),
            lambda: narrow(theirs, x, None, start),
            "neural-tangents",
            "at most 1/300 (aim 1/500)",
            "at most 1/12",
        )
    ]


def accuracies() -> list[tuple]:
    """The largest relative error over pairs of rows of which some are near-duplicates."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((4, INPUTS))
    x = np.concatenate([x, *(x + eps * rng.standard_normal(x.shape) for eps in (1e-6, 1e-4, 1e-2))]).astype(np.float32)
    exact = np.array([[exactly(u, v, 50) for v in x] for u in x])
    peer = stax_relu((1,) * 51)[2]

    def error(values: np.ndarray) -> float:
        return float(np.abs(np.asarray(values, float) / exact - 1).max())

    return [
        (
            "ReLU NTK, 50 hidden layers, near-duplicates, float32",
            lambda: error(gram(relu(50), x)),
            lambda: error(narrow(lambda: peer(jnp.asarray(x), None, "ntk"))),
            "neural-tangents",
            "relative error at most 1e-6",
        )
    ]


def exactly(u: np.ndarray, v: np.ndarray, hidden: int) -> float:
    """The textbook recursion in 50 digits."""
    with mpmath.workdps(50):
        (uu, uv, vv) = (mpmath.fdot(map(float, a), map(float, b)) for a, b in ((u, u), (u, v), (v, v)))
        size = mpmath.sqrt(uu * vv)
        theta = c = min(uv / size, mpmath.mpf(1))
        for _ in range(hidden):
            angle = mpmath.acos(c)
            c = min((mpmath.sin(angle) + (mpmath.pi - angle) * c) / mpmath.pi, mpmath.mpf(1))
            theta = c + theta * (1 - angle / mpmath.pi)
        return float(2 * theta * size / len(u))


def relu(hidden: int) -> Network:
    return perceptron((INPUTS, *[1] * hidden, 1), parametrization="ntk", sigma_w=2**0.5)


def stax_relu(widths: tuple[int, ...]) -> tuple:
    stax = adapter.load().stax
    layers = [layer for n in widths[:-1] for layer in (stax.Dense(n, W_std=2**0.5), stax.Relu())]
    return stax.serial(*layers, stax.Dense(widths[-1], W_std=2**0.5))
