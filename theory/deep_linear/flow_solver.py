"""Adaptive integration of an autonomous matrix flow, accurate also for modes that start small."""

from collections.abc import Callable

import diffrax
import jax.numpy as jnp
from jaxtyping import Array, Float

MOST_STEPS = 1_000_000


def solve_flow(
    velocity: Callable[[Array], Array], times: Float[Array, " time"], start: Float[Array, "m n"], rtol: Float[Array, ""]
) -> Float[Array, "time m n"]:
    """The solution at the times, in any order; NaN where the solver gave up.

    Errors made while a mode is small are multiplied by its growth, so the absolute tolerance is relative to the
    smallest singular value of the start, and the local tolerance a tenth of what is asked for in the end.
    """
    sigma = jnp.linalg.norm(start, ord=-2), jnp.linalg.norm(start, ord=2)
    smallest = jnp.maximum(sigma[0], 1e-6 * sigma[1])
    local = jnp.maximum(0.1 * rtol, 10 * jnp.finfo(start.dtype).eps)
    absolute = local * jnp.maximum(smallest, jnp.finfo(start.dtype).tiny ** 0.5)
    order = jnp.argsort(times)
    ascending = times[order]
    # A flow of no duration is no flow for the solver; one unit more than the last time costs nothing that is saved.
    end = jnp.where(ascending[-1] > 0, ascending[-1], 1.0)
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(lambda t, w, args: velocity(w)),
        diffrax.Tsit5(),
        t0=jnp.zeros_like(end),
        t1=end,
        dt0=None,
        y0=start,
        saveat=diffrax.SaveAt(ts=ascending),
        stepsize_controller=diffrax.PIDController(rtol=local, atol=absolute),
        max_steps=MOST_STEPS,
        throw=False,
    )
    done = solution.result == diffrax.RESULTS.successful
    return jnp.where(done, solution.ys[jnp.argsort(order)], jnp.nan)
