"""Closed-form trajectories of many modes at many times, beside their integration."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from theory.deep_linear.depth import deep_mode
from theory.deep_linear.modes import balanced_mode, unbalanced_mode

MODES, TIMES = 100_000, 1_000


def cases() -> list[tuple]:
    """10^5 modes at 10^3 times; the peer takes one Runge-Kutta step between neighboring times, compiled."""
    t = jnp.linspace(0.0, 10.0, TIMES)[None, :]
    s = jnp.asarray(np.random.default_rng(0).uniform(0.1, 3.0, (MODES, 1)))
    u0 = jnp.full_like(s, 0.01)
    ours = {
        "two layers, balanced": balanced_mode,
        "two layers, unbalanced": lambda t, s, u0: unbalanced_mode(t, s, 0.2 + 0 * s, 0.05 + 0 * s),
        "three layers": lambda t, s, u0: deep_mode(t, s, u0, depth=3),
        "five layers": lambda t, s, u0: deep_mode(t, s, u0, depth=5),
        "infinitely deep": lambda t, s, u0: deep_mode(t, s, u0, depth=np.inf),
    }
    of_arguments = lambda f: partial(jax.jit(f), t, s, u0)  # what is closed over would be folded away
    peer = of_arguments(lambda t, s, u0: integrated(t[0], s[:, 0], u0[:, 0]))
    target = "under 1 s for 10^5 modes x 10^3 times"
    plain = "one Runge-Kutta step a time, D = 3"
    return [(f"10^5 modes x 10^3 times, {name}", of_arguments(f), peer, plain, target) for name, f in ours.items()]


def integrated(t: jax.Array, s: jax.Array, u0: jax.Array) -> jax.Array:
    """u' = 3 u^(4/3) (s - u) by the classical Runge-Kutta rule: the plain way, of unknown accuracy."""

    def velocity(u: jax.Array) -> jax.Array:
        return 3 * jnp.cbrt(u) ** 4 * (s - u)

    def step(u: jax.Array, dt: jax.Array) -> tuple[jax.Array, jax.Array]:
        k1 = velocity(u)
        k2 = velocity(u + dt / 2 * k1)
        k3 = velocity(u + dt / 2 * k2)
        k4 = velocity(u + dt * k3)
        return (after := u + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)), after

    return jax.lax.scan(step, u0, jnp.diff(t))[1]
