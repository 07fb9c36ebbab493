"""neural-tangents through the adapter: against quadrature, Jacobians, matrix exponentials; JAX left as it was."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special
from scipy.linalg import expm

from theory.kernels import neural_tangents as adapter
from theory.kernels.dense import kernels
from theory.networks import perceptron

pytestmark = pytest.mark.skipif(importlib.util.find_spec("neural_tangents") is None, reason=adapter.HOW_TO_GET)


@contextmanager
def lenient() -> Iterator[None]:
    """neural-tangents mixes ranks and types."""
    with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
        yield


def leniently(test: Callable) -> Callable:
    @wraps(test)
    def run(*args: object, **kwargs: object) -> None:
        with lenient():
            test(*args, **kwargs)

    return run


LEFT_ALONE = """
import json, sys
import jax, jax.core, jax.interpreters.ad, jax.extend, jax.example_libraries.stax, jax.experimental.ode
from theory.kernels import neural_tangents
early = "neural_tangents" in sys.modules
watched = (jax, jax.core, jax.interpreters.ad, jax.extend, jax.numpy, jax.lax)
before = [dict(vars(m)) for m in watched]
tangents = neural_tangents.load()
changed = [n for m, b in zip(watched, before) for n in {*b, *vars(m)} if b.get(n) is not vars(m).get(n)]
gone = [n for n in ("tensorflow", "tf2jax", "jax.util", "frozendict") if n in sys.modules]
print(json.dumps([early, changed, gone, tangents.__version__, hasattr(tangents.predict, "gp_inference")]))
"""


def test_jax_is_left_alone() -> None:
    done = subprocess.run([sys.executable, "-c", LEFT_ALONE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [False, [], [], adapter.KNOWN, True]


def test_absent_or_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    again = adapter.load.__wrapped__
    adapter.load()
    with pytest.raises(ImportError, match="was imported before this adapter"):
        again()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"not installed; `make environment` adds it") as problem:
        again()
    assert "\n" not in str(problem.value)


# Means over the angle for homogeneous activations, over a grid for smooth ones.
ANGLES = (np.arange(4000) + 0.5) * 2 * np.pi / 4000
NODES = np.linspace(-9, 9, 181)
WEIGHTS = np.exp(-(NODES**2) / 2) / np.sqrt(2 * np.pi) / 10  # the trapezoidal rule converges exponentially here


def mean_of_pair(f: Callable, g: Callable, a: float, b: float, c: float, kink: bool) -> float:
    """E f(u) g(v) for centered Gaussian u, v of variances a, b and covariance c, by brute force."""
    rest = np.sqrt(max(b - c * c / a, 0.0))
    if not kink:
        z, w = np.meshgrid(NODES, NODES, indexing="ij")
        weight = np.outer(WEIGHTS, WEIGHTS)
        return float((weight * f(np.sqrt(a) * z) * g(c / np.sqrt(a) * z + rest * w)).sum())
    z, w = np.cos(ANGLES), np.sin(ANGLES)
    values = f(np.sqrt(a) * z) * g(c / np.sqrt(a) * z + rest * w)
    return float(values.mean() * (2 if f(2.0) == 2 * f(1.0) else 1))  # E r^2 = 2 for functions of degree one


def phi_and_slope(name: str) -> tuple[Callable, Callable, bool]:
    gauss = lambda x: np.exp(-(x**2))
    return {
        "Relu": (lambda x: np.maximum(x, 0), lambda x: 1.0 * (x > 0), True),
        "Abs": (np.abs, np.sign, True),
        "Erf": (special.erf, lambda x: 2 / np.pi**0.5 * gauss(x), False),
        "Sin": (np.sin, np.cos, False),
        "Gelu": (
            lambda x: x * special.ndtr(x),
            lambda x: special.ndtr(x) + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi),
            False,
        ),
    }[name]


def recursion(x: np.ndarray, name: str, depth: int, sigma_w: float, sigma_b: float) -> tuple[np.ndarray, np.ndarray]:
    """NNGP and NTK of `depth` hidden layers, entry by entry."""
    f, slope, kink = phi_and_slope(name)
    K = sigma_w**2 * x @ x.T / x.shape[1] + sigma_b**2
    Theta = K.copy()
    for _ in range(depth):
        pairs = [[(K[i, i], K[j, j], K[i, j]) for j in range(len(x))] for i in range(len(x))]
        moved = np.array([[mean_of_pair(f, f, *p, kink) for p in row] for row in pairs])
        slopes = np.array([[mean_of_pair(slope, slope, *p, kink) for p in row] for row in pairs])
        K = sigma_w**2 * moved + sigma_b**2
        Theta = K + sigma_w**2 * Theta * slopes
    return K, Theta


@pytest.mark.parametrize("name", ["Relu", "Abs", "Erf", "Sin", "Gelu"])
@leniently
def test_dense_kernels_against_quadrature(name: str) -> None:
    """Two hidden layers with biases. Between nodes a kink costs 1/4000^2, a jump of the slope 1/4000."""
    stax = adapter.load().stax
    x = np.random.default_rng(3).standard_normal((3, 4))
    layers = [stax.Dense(1, 1.3, 0.4), getattr(stax, name)()] * 2 + [stax.Dense(1, 1.3, 0.4)]
    network = adapter.StaxNetwork(stax.serial(*layers), (4,))
    K, Theta = recursion(x, name, 2, 1.3, 0.4)
    kink = phi_and_slope(name)[2]
    assert_allclose(network.nngp(x), K, rtol=1e-6 if kink else 1e-12)
    assert_allclose(network.ntk(x), Theta, rtol=2e-3 if kink else 1e-12)
    assert_allclose(jax.jit(network.ntk)(x, x[:2]), Theta[:, :2], rtol=2e-3 if kink else 1e-12)


GRID = [
    ("relu", "Relu", 1, 2**0.5, None),
    ("relu", "Relu", 6, 2**0.5, 0.3),
    ("abs", "Abs", 2, 0.9, 0.1),
    ("erf", "Erf", 3, 1.7, 0.2),
    ("gelu", "Gelu", 2, 1.2, None),
    ("sin", "Sin", 4, 1.1, 0.5),
]


@pytest.mark.parametrize(("ours", "theirs", "depth", "sigma_w", "sigma_b"), GRID)
@leniently
def test_agrees_with_our_closed_forms(
    ours: str, theirs: str, depth: int, sigma_w: float, sigma_b: float | None
) -> None:
    """One description here, theirs there; duplicate and antipodal rows included, where theirs keeps fewer digits."""
    stax = adapter.load().stax
    x = np.random.default_rng(depth).standard_normal((4, 5))
    x = np.concatenate([x, x[:1], -x[1:2], np.zeros((1, 5))])
    layers = [stax.Dense(1, sigma_w, sigma_b), getattr(stax, theirs)()] * depth + [stax.Dense(1, sigma_w, sigma_b)]
    network = adapter.StaxNetwork(stax.serial(*layers), (5,))
    mine = perceptron((5, *(16,) * depth, 1), activation=ours, parametrization="ntk", sigma_w=sigma_w, sigma_b=sigma_b)
    K, Theta = kernels(mine, x)
    assert_allclose(network.nngp(x), K, rtol=1e-8, atol=1e-8)
    assert_allclose(network.ntk(x), Theta, rtol=2e-6, atol=1e-8)
    apart = np.abs(x @ x.T) < 0.99 * np.sqrt(np.outer((x**2).sum(1), (x**2).sum(1)))
    assert_allclose(np.asarray(network.nngp(x))[apart], np.asarray(K)[apart], rtol=1e-12, atol=1e-14)
    assert_allclose(np.asarray(network.ntk(x))[apart], np.asarray(Theta)[apart], rtol=1e-11, atol=1e-14)


def networks() -> dict[str, tuple]:
    stax = adapter.load().stax
    branch = stax.serial(stax.Dense(5), stax.Erf(), stax.Dense(5))
    return {
        "dense": ((6,), stax.serial(stax.Dense(5, b_std=0.1), stax.Relu(), stax.Dense(2))),
        "residual": (
            (6,),
            stax.serial(
                stax.Dense(5), stax.FanOut(2), stax.parallel(stax.Dense(5), branch), stax.FanInSum(), stax.LayerNorm()
            ),
        ),
        "convolutional": (
            (4, 4, 2),
            stax.serial(stax.Conv(3, (3, 3), padding="SAME"), stax.Erf(), stax.GlobalAvgPool(), stax.Dense(2)),
        ),
    }


@pytest.mark.parametrize("name", ["dense", "residual", "convolutional"])
@leniently
def test_empirical_kernels_in_all_implementations(name: str) -> None:
    """All outputs kept or traced; jitted; against the plain contraction of Jacobians by JAX."""
    tangents, (shape, functions) = adapter.load(), networks()[name]
    network = adapter.StaxNetwork(functions, shape)
    x = jax.random.normal(jax.random.key(1), (3, *shape))
    params = network.init(jax.random.key(2))
    slopes = jax.tree.leaves(jax.jacobian(lambda p: network.apply(p, x))(params))
    flat = [s.reshape(*s.shape[:2], -1) for s in slopes if s.size]
    exact = sum(jnp.einsum("iap,jbp->ijab", s, s) for s in flat)
    size = float(jnp.abs(exact).max())
    for implementation in (1, 2, 3):
        kernel = tangents.empirical_ntk_fn(network.apply, trace_axes=(), implementation=implementation)
        assert_allclose(kernel(x, None, params), exact, atol=1e-13 * size)
    jitted = jax.jit(tangents.empirical_ntk_fn(network.apply, implementation=3))
    traced = jnp.einsum("ijaa->ij", exact) / exact.shape[-1]
    assert_allclose(jitted(x, x[:2], params), traced[:, :2], atol=1e-13 * size)
    nngp = tangents.empirical_nngp_fn(network.apply)(x, None, params)
    out = network.apply(params, x)
    assert_allclose(nngp, out @ out.T / out.shape[1], atol=1e-13)


@leniently
def test_implementation_of_its_own_choice(capsys: pytest.CaptureFixture[str]) -> None:
    """It counts operations by XLA's cost analysis, prints them, and takes the fewest."""
    tangents, (shape, functions) = adapter.load(), networks()["dense"]
    network = adapter.StaxNetwork(functions, shape)
    x, params = jnp.ones((2, 6)), network.init(jax.random.key(2))
    choice, second = (tangents.empirical_ntk_fn(network.apply, implementation=i)(x, None, params) for i in (0, 2))
    assert_allclose(choice, second, rtol=1e-13)
    assert "impl=3, flops=" in capsys.readouterr().out


@leniently
def test_structured_derivatives_of_awkward_programs() -> None:
    """A parameter that is an output, one used twice, one that is not used, a constant output."""

    def awkward(params: dict, x: jax.Array) -> jax.Array:
        twice = (x @ params["w"] @ params["w"]).sum(1)
        return jnp.stack([twice, jnp.broadcast_to(params["bias"], twice.shape), 0 * twice + 7.0], axis=1)

    x = jax.random.normal(jax.random.key(0), (4, 3))
    params = {"w": jnp.arange(9.0).reshape(3, 3) / 9, "bias": jnp.array(0.5), "unused": jnp.ones(2)}
    kernel = lambda i: adapter.load().empirical_ntk_fn(awkward, (), implementation=i)(x, None, params)
    assert_allclose(kernel(3), kernel(1), atol=1e-13)
    assert_allclose(kernel(3)[..., 1, 1], 1.0)


def dataset() -> tuple[jax.Array, jax.Array, jax.Array, adapter.StaxNetwork]:
    stax = adapter.load().stax
    network = adapter.StaxNetwork(stax.serial(stax.Dense(1), stax.Erf(), stax.Dense(1, b_std=0.3)), (3,))
    x = jax.random.normal(jax.random.key(5), (7, 3))
    return x[:5], jnp.stack([x[:5, 0], x[:5, 1] ** 2], axis=1), x[5:], network


@leniently
def test_predictions_against_matrix_exponentials() -> None:
    """Mean and covariance at two times and at the end; under jit, vmap and grad."""
    x, y, new, network = dataset()
    predict = adapter.load().predict
    n, everything = y.size, jnp.concatenate([x, new])
    K, Theta = np.asarray(network.nngp(everything)), np.asarray(network.ntk(everything))
    M = Theta[:5, :5] + 1e-3 * np.trace(Theta[:5, :5]) / 5 * np.eye(5)

    def exact(t: float) -> tuple[np.ndarray, np.ndarray]:
        A = Theta[5:, :5] @ np.linalg.solve(M, np.eye(5) - expm(-M * t / n))
        cross = A @ K[:5, 5:]
        return A @ np.asarray(y), K[5:, 5:] + A @ K[:5, :5] @ A.T - cross - cross.T

    ensemble = predict.gradient_descent_mse_ensemble(network.functions[2], x, y, diag_reg=1e-3)
    for t in (0.7, 40.0, None):
        mean, covariance = ensemble(t=t, x_test=new, get="ntk", compute_cov=True)
        assert_allclose(mean, exact(1e9 if t is None else t)[0], atol=1e-11)
        assert_allclose(covariance, exact(1e9 if t is None else t)[1], atol=1e-11)

    at = partial(mean_at, Theta=jnp.asarray(Theta), y=y, predict=predict)
    times = jnp.array([0.7, 40.0])
    expected = np.stack([exact(float(t))[0] for t in times])
    assert_allclose(jax.jit(jax.vmap(at))(times), expected, atol=1e-11)
    slope = jax.grad(lambda t: at(t).sum())(0.7)
    step = 1e-5
    assert_allclose(slope, (exact(0.7 + step)[0] - exact(0.7 - step)[0]).sum() / (2 * step), rtol=1e-8)
    final = jax.jit(lambda kernel: mean_at(None, kernel, y, predict))(jnp.asarray(Theta))
    assert_allclose(final, exact(1e9)[0], atol=1e-11)


def mean_at(t: object, Theta: jax.Array, y: jax.Array, predict: object) -> jax.Array:
    """Gradient flow with a kernel that is traced: built and used within one transformation."""
    flow = predict.gradient_descent_mse(Theta[:5, :5], y, diag_reg=1e-3)
    return flow(t, jnp.zeros_like(y), jnp.zeros((2, 2)), Theta[5:, :5])[1]


@leniently
def test_largest_learning_rate() -> None:
    """2/lambda_max of the kernel over the number of targets, by either of its routes to the eigenvalue."""
    x, y, _, network = dataset()
    Theta = network.ntk(x)
    expected = 2 * y.size / float(jnp.linalg.eigvalsh(Theta)[-1])
    rate = adapter.load().predict.max_learning_rate(Theta, y_train_size=y.size, eps=0.0)
    assert_allclose(rate, expected, rtol=1e-12)


def test_inputs_that_do_not_fit() -> None:
    *_, network = dataset()
    with pytest.raises(ValueError, match=r"x of shape \(4, 2\) was given to a network of inputs of shape \(3,\)"):
        network.ntk(np.ones((4, 2)))
