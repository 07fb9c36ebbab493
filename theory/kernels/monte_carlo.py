"""Kernels of random finite networks, averaged over starts, with standard errors."""

from typing import Any, NamedTuple, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray

from theory.core.domain import finite, whole
from theory.kernels.dense import Kernels
from theory.kernels.empirical import empirical_ntk
from theory.kernels.inputs import examples, rows
from theory.kernels.tangent import tangent_kernel
from theory.networks import Architecture, Network

LEAST = 2  # networks, for a standard error


@runtime_checkable
class Finite(Protocol):
    """A network that can be drawn and applied."""

    def init(self, key: PRNGKeyArray) -> Any: ...

    def apply(self, params: Any, x: Float[Array, "n ..."]) -> Float[Array, "n ..."]: ...


class Sampled(NamedTuple):
    """Means over networks, and the standard errors of these means."""

    mean: Kernels
    error: Kernels


def sampled_kernels(
    network: Network | Architecture | Finite,
    key: PRNGKeyArray,
    x1: Float[ArrayLike, "..."],
    x2: Float[ArrayLike, "..."] | None = None,
    networks: int = 100,
) -> Sampled:
    r"""Covariance of an output and tangent kernel at the start, averaged over networks and over their outputs.

    Outputs of one network share its hidden layers, so that the error is that between networks. The means are those at
    this width: what they miss of the infinite network's kernels is of the order of depth over width, and no number of
    networks removes it.

    Args:
        network: a description of ours, whose steps enter the tangent kernel; or anything with `init` and `apply`, such
            as `theory.kernels.neural_tangents.StaxNetwork`, whose steps are all one.
        key: of the draws.
        x1, x2: inputs, examples on the first axis; x2 = x1 if left out.
        networks: to draw, one after the other: memory does not grow with them.

    Raises:
        ValueError: fewer than two networks, inputs that are not the network's.

    >>> from theory.networks import deep_linear
    >>> sampled = sampled_kernels(deep_linear((2, 1)), jax.random.key(0), jnp.array([[1.0, 1.0]]), networks=1000)
    >>> bool(abs(sampled.mean.nngp[0, 0] - 1) < 4 * sampled.error.nngp[0, 0])
    True
    >>> sampled.mean.ntk.tolist(), sampled.error.ntk.tolist()
    ([[2.0]], [[0.0]])
    """
    count = whole("networks", networks, least=LEAST, fix="one alone has no standard error")
    if not isinstance(network, Finite):
        raise TypeError(f"network is of type {type(network).__name__}; give what has `init` and `apply`")
    if not (isinstance(key, jax.Array) and jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key) and not key.ndim):
        raise TypeError("key is no JAX key; give one, as in jax.random.key(0)")
    first = _examples("x1", x1, network)
    second = first if x2 is None else _examples("x2", x2, network)

    def of_one(key: PRNGKeyArray) -> Kernels:
        params = network.init(key)
        a, b = (network.apply(params, x).reshape(len(x), -1) for x in (first, second))
        return Kernels(a @ b.T / a.shape[1], _tangent(network, params, first, second))

    def add(state: tuple[Array, Kernels, Kernels], key: PRNGKeyArray) -> tuple[tuple, None]:
        """One more into the running mean and the sum of squares about it."""
        n, mean, squares = state
        new = of_one(key)
        ahead = jax.tree.map(lambda m, v: m + (v - m) / (n + 1), mean, new)
        squares = jax.tree.map(lambda s, v, m, a: s + (v - m) * (v - a), squares, new, mean, ahead)
        return (n + 1, ahead, squares), None

    start = jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), jax.eval_shape(of_one, key))
    (_, mean, squares), _ = jax.lax.scan(add, (jnp.zeros(()), start, start), jax.random.split(key, count))
    return Sampled(mean, jax.tree.map(lambda s: jnp.sqrt(s / (count * (count - 1))), squares))


def _examples(name: str, x: ArrayLike, network: Any) -> Float[Array, "n ..."]:
    if isinstance(network, Network):
        return rows(name, x, network.inputs)
    if isinstance(network, Architecture):
        return examples(name, x, network.inputs)
    given = finite(name, x)
    if not given.ndim or not len(given):
        raise ValueError(f"{name} has shape {given.shape}; give one example or more, examples on the first axis")
    return given


def _tangent(network: Any, params: Any, x1: Array, x2: Array) -> Float[Array, "n m"]:
    if isinstance(network, Network | Architecture):
        return empirical_ntk(network, params, x1, x2)
    return tangent_kernel(network.apply, params, x1, x2)
