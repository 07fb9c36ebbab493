"""Pointwise nonlinearities by name."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import TypeAlias

import jax
import jax.numpy as jnp
from jax.scipy.special import erf
from jaxtyping import Array, Float

Pointwise: TypeAlias = Callable[[Float[Array, "..."]], Float[Array, "..."]]


def linear(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """The identity: no nonlinearity at all."""
    return x


def gelu(x: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""$x\,\Phi(x)$ with the Gaussian distribution function itself, not its tanh approximation."""
    return jax.nn.gelu(x, approximate=False)


def step(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """1 above zero, 0 below and at it."""
    return jnp.where(x > 0, 1.0, 0.0).astype(x.dtype)


def gaussian(x: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""$e^{-x^2}$."""
    return jnp.exp(-(x**2))


ACTIVATIONS: Mapping[str, Pointwise] = MappingProxyType(
    {
        "linear": linear,
        "relu": jax.nn.relu,
        "leaky_relu": jax.nn.leaky_relu,
        "tanh": jnp.tanh,
        "erf": erf,
        "gelu": gelu,
        "sigmoid": jax.nn.sigmoid,
        "softplus": jax.nn.softplus,
        "sin": jnp.sin,
        "cos": jnp.cos,
        "square": jnp.square,
        "abs": jnp.abs,
        "step": step,
        "exp": jnp.exp,
        "gaussian": gaussian,
    }
)


def pointwise(name: str | Callable) -> Pointwise:
    """The nonlinearity of that name; a JAX function passes through.

    Raises:
        ValueError: an unknown name; the nearest one and all that exist are named.

    >>> pointwise("relu")(jnp.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """
    if callable(name):
        return name
    if name not in ACTIVATIONS:
        raise ValueError(unknown("activation", name, ACTIVATIONS) + ", or give a JAX function")
    return ACTIVATIONS[name]


def unknown(kind: str, name: object, known: Mapping[str, object]) -> str:
    """One sentence about a name that is not in the table.

    >>> unknown("activation", "rellu", {"relu": 0, "tanh": 0})
    "there is no activation 'rellu'; did you mean 'relu'? There are relu, tanh"
    """
    near = get_close_matches(str(name), list(known), n=1)
    guess = f"did you mean {near[0]!r}? There are" if near else "there are"
    return f"there is no {kind} {name!r}; {guess} {', '.join(known)}"
