r"""Tangent kernels and linearizations of any differentiable function of parameters and inputs."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import reject_silent_rounding
from theory.core.domain import finite


def tangent_kernel(
    f: Callable[[Any, Float[Array, "..."]], Float[Array, "..."]],
    params: Any,
    x1: Float[ArrayLike, "n ..."],
    x2: Float[ArrayLike, "m ..."] | None = None,
    trace: bool = True,
) -> Float[Array, "..."]:
    r"""$\sum_p \partial_p f_o(x)\, \partial_p f_{o'}(x')$ by gradients, one output at a time.

    For networks described here `theory.kernels.empirical.empirical_ntk` is faster: it needs no gradients of parameters.

    Args:
        f: f(params, x) for x with the examples on the first axis; its outputs for an example depend on that one alone.
        params: any tree of arrays.
        x1, x2: inputs; x2 = x1 if left out.
        trace: the average over o = o', (n, m); else all pairs of outputs, (n, m, O, O).

    Raises:
        ValueError: no examples, NaN or infinity, outputs that are not one row an example.

    >>> f = lambda w, x: x @ w
    >>> tangent_kernel(f, jnp.ones((2, 3)), jnp.array([[1.0, 2.0]])).tolist()
    [[5.0]]
    """
    first = _inputs("x1", x1)
    second = first if x2 is None else _inputs("x2", x2)
    shape = jax.eval_shape(f, params, first).shape
    if shape[:1] != first.shape[:1]:
        raise ValueError(f"f puts out shape {shape} for {len(first)} examples; put the examples on the first axis")

    def outputs(params: Any, x: Float[Array, "..."]) -> Float[Array, " outputs"]:
        return f(params, x[None]).ravel()

    def gradients(o: Array, x: Float[Array, "n ..."]) -> list[Float[Array, "n _"]]:
        of_one = jax.grad(lambda params, x: outputs(params, x)[o])
        leaves = jax.tree.leaves(jax.vmap(of_one, (None, 0))(params, x))
        return [leaf.reshape(len(x), -1) for leaf in leaves]

    def between(o: Array, also: Array) -> Float[Array, "n m"]:
        pairs = zip(gradients(o, first), gradients(also, second), strict=True)
        products = [a @ b.T for a, b in pairs]
        return sum(products[1:], products[0])

    every = jnp.arange(jax.eval_shape(outputs, params, first[0]).shape[0])
    if trace:
        return jax.lax.map(lambda o: between(o, o), every).mean(0)
    blocks = jax.lax.map(lambda o: jax.lax.map(lambda also: between(o, also), every), every)
    return jnp.moveaxis(blocks, (0, 1), (2, 3))


def linearized(
    f: Callable[[Any, Float[Array, "..."]], Float[Array, "..."]], start: Any
) -> Callable[[Any, Float[Array, "..."]], Float[Array, "..."]]:
    r"""The function that is linear in its parameters and touches f at the start.

    $f_{\rm lin}(\theta, x) = f(\theta_0, x) + \partial_\theta f(\theta_0, x)\,(\theta - \theta_0)$ (Lee et al.
    1902.06720, Eq. 4). Its tangent kernel is that of f at the start, whatever the parameters.

    >>> g = linearized(lambda w, x: w**2 * x, jnp.array(1.0))
    >>> g(jnp.array(3.0), jnp.array(2.0)).item()  # 2 + 2 * 2 * (3 - 1)
    10.0
    """

    def line(params: Any, x: Float[Array, "..."]) -> Float[Array, "..."]:
        moved = jax.tree.map(jnp.subtract, params, start)
        at_start, change = jax.jvp(lambda p: f(p, x), (start,), (moved,))
        return at_start + change

    return line


def _inputs(name: str, x: Float[ArrayLike, "..."]) -> Float[Array, "..."]:
    reject_silent_rounding(x)
    x = finite(name, x)
    if not x.ndim or not len(x):
        raise ValueError(f"{name} has shape {x.shape}; give one example or more, examples on the first axis")
    return x
