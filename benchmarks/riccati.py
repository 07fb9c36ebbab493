"""The matrix Riccati flow at many times, beside a symmetric eigendecomposition a time and a tight integration."""

from collections.abc import Callable

import diffrax
import jax
import jax.numpy as jnp

from theory.deep_linear.initial import lambda_balanced
from theory.deep_linear.riccati import two_layer_path

WIDTHS = {100: 100, 500: 100}  # size of the map: number of times
INTEGRATED = 100


def cases() -> list[tuple]:
    """Square maps with a graded task, lambda = 1, to a time at which most modes are learned."""
    rows = []
    for n, count in WIDTHS.items():
        given = problem(n, count)
        name, target = f"{n} x {n} at {count} times", "within 3 times"
        rows.append((name, with_given(riccati, given), with_given(one_eigh, given), "one n x n eigh a time", target))
        if n == INTEGRATED:
            rows.append((name, with_given(riccati, given), with_given(integrated, given), "Dopri8, 1e-10", "faster"))
    return rows


def with_given(work: Callable, given: tuple) -> Callable:
    """Compiled, with its data as arguments: as constants they would be folded."""
    compiled = jax.jit(work)
    return lambda: compiled(*given)


def riccati(layers: tuple, sigma: jax.Array, t: jax.Array) -> tuple:
    return two_layer_path(t, layers, sigma, tolerance=jnp.inf)


def one_eigh(layers: tuple, sigma: jax.Array, t: jax.Array) -> tuple:
    square = layers[0].T @ layers[0] + sigma
    return jax.lax.map(lambda now: jnp.linalg.eigh(square * (1 + now)), t)


def problem(n: int, count: int) -> tuple[tuple, jax.Array, jax.Array]:
    layers = lambda_balanced(jax.random.key(0), (n, n, n), 1.0, 0.1)
    return layers, jnp.diag(jnp.geomspace(3.0, 0.03, n)), jnp.linspace(0.0, 20.0, count)


def integrated(layers: tuple, sigma: jax.Array, t: jax.Array) -> jax.Array:
    """The end-to-end map by the flow of both layers."""

    def velocity(_: jax.Array, weights: tuple, args: None) -> tuple:
        error = sigma - weights[1] @ weights[0]
        return weights[1].T @ error, error @ weights[0].T

    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(velocity), diffrax.Dopri8(), t0=0.0, t1=t[-1], dt0=None, y0=tuple(layers),
        saveat=diffrax.SaveAt(ts=t), stepsize_controller=diffrax.PIDController(rtol=1e-10, atol=1e-12),
    )  # fmt: skip
    return solution.ys[1] @ solution.ys[0]
