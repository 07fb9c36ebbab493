"""Two scalar layers under descent with steps on a grid: which run converges, cycles, diverges."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from theory.deep_linear import cubic_map as closed
from theory.deep_linear.edge import flow_end_sharpness
from validations.core.programs import quickly_compiled
from validations.core.theory import Axes, Measurement, Theory
from validations.deep_linear.claims.cubic_map import LargeSteps

FAR = 1e6


def simulate(config: LargeSteps, keys: PRNGKeyArray) -> Measurement:
    draws = np.asarray(quickly_compiled(jax.vmap(lambda key: jax.random.uniform(key, (5,))))(keys))
    between = lambda column, ends: ends[0] + (ends[1] - ends[0]) * draws[:, column]
    s = np.exp(between(0, np.log(config.strength)))
    unequal, equal = (np.sqrt(s) * between(i, ends) for i, ends in ((1, config.larger), (2, config.balanced)))
    cycle = between(3, config.cycle)
    low, high = (
        np.arange(*ends, config.spacing) + config.spacing * draws[:, 4:] for ends in (config.searched, config.bounds)
    )
    counted = low.shape[1]
    products = np.concatenate([low, high, cycle[:, None]], axis=1)
    first = np.where(np.arange(products.shape[1]) < counted, unequal[:, None], equal[:, None])
    second = np.where(np.arange(products.shape[1]) < counted, 0.1 * first, first)
    now, after = descend(first, second, products / s[:, None], s[:, None], config.steps)
    ends, bounds = now[:, :counted], now[:, counted:-1]
    there = np.abs(ends - s[:, None]) < config.close * s[:, None]
    return Measurement(
        start={"s": s, "larger_start": unequal, "equal_start": equal, "cycle_product": cycle},
        data={
            "converging_until": bracket(there, low),
            "bounded_until": bracket(np.isfinite(bounds), high),
            "cycle_strengths": np.sort(np.stack([now[:, -1], after[:, -1]], axis=1), axis=1)[:, ::-1],
        },
    )


def descend(a: np.ndarray, b: np.ndarray, step: np.ndarray, s: np.ndarray, steps: int) -> tuple[np.ndarray, ...]:
    """The products ab after the steps and after one more; NaN for what has left."""

    def improve(_: int, layers: tuple[Array, Array]) -> tuple[Array, Array]:
        gap = step * (s - layers[0] * layers[1])
        stayed = lambda w: jnp.where(jnp.abs(w) < FAR, w, jnp.nan)
        return stayed(layers[0] + gap * layers[1]), stayed(layers[1] + gap * layers[0])

    def run(a: Array, b: Array) -> tuple[Array, Array]:
        last = jax.lax.fori_loop(0, steps, improve, (a, b))
        following = improve(0, last)
        return last[0] * last[1], following[0] * following[1]

    return tuple(np.asarray(p) for p in quickly_compiled(run)(a, b))


def bracket(held: np.ndarray, grids: np.ndarray) -> np.ndarray:
    """The largest value up to which all held, and the smallest that did not."""
    count = np.argmin(np.pad(held, ((0, 0), (0, 1))), axis=1)[:, None]
    padded = np.pad(grids, ((0, 0), (1, 1)), constant_values=((0, 0), (-np.inf, np.inf)))
    return np.take_along_axis(padded, np.concatenate([count, count + 1], axis=1), axis=1)


def at_flow_end(larger_start: Array, s: Array) -> np.ndarray:
    """Step times s at which the minimum that the flow finds loses its stability."""
    both = np.stack([larger_start, 0.1 * np.asarray(larger_start)], axis=1)
    return 2 * np.asarray(s) / np.asarray(quickly_compiled(jax.vmap(flow_end_sharpness))(both, np.asarray(s)))


def thrown_out(equal_start: Array, s: Array) -> np.ndarray:
    """Step times s at which the first step leads to the weight from which everything diverges, by bisection."""
    x2 = np.asarray(equal_start) ** 2 / np.asarray(s)
    low, high = np.full_like(x2, 0.1), np.full_like(x2, 1e3)
    for _ in range(80):
        c = np.sqrt(low * high)
        out = x2 * (1 + c * (1 - x2)) ** 2 > 1 + 2 / c
        low, high = np.where(out, low, c), np.where(out, c, high)
    return np.sqrt(low * high)


CONVERGES = Theory(
    inputs=lambda s, larger_start: {"s": s, "larger_start": larger_start},
    observe=lambda converging_until: converging_until,
    predict=lambda s: closed.cubic_thresholds().converges + 0 * s,
    rivals={
        "stable where the flow ends": at_flow_end,
        "end of the cycle": lambda s: closed.cubic_thresholds().cycles + 0 * s,
        "bounded": lambda s: closed.cubic_thresholds().bounded + 0 * s,
    },
    margin=lambda: 0.01,
    axes=lambda: Axes(y_label="step times strength up to which descent converges"),
    rests_on=(closed.cubic_thresholds,),
)

DIVERGES = Theory(
    inputs=lambda s, equal_start: {"s": s, "equal_start": equal_start},
    observe=lambda bounded_until: bounded_until,
    predict=lambda s: closed.cubic_thresholds().bounded + 0 * s,
    rivals={
        "unstable minimum": lambda s: closed.cubic_thresholds().converges + 0 * s,
        "end of the cycle": lambda s: closed.cubic_thresholds().cycles + 0 * s,
        "first step": thrown_out,
    },
    margin=lambda: 0.02,
    axes=lambda: Axes(y_label="step times strength up to which descent is bounded"),
    rests_on=(closed.cubic_thresholds,),
)

CYCLE = Theory(
    inputs=lambda s, cycle_product: {"s": s, "c": cycle_product},
    observe=lambda cycle_strengths: cycle_strengths,
    predict=lambda s, c: np.asarray(closed.two_cycle(s, c / s)).T,
    rivals={
        "leading order": lambda s, c: np.stack([s * (1 + np.sqrt(c - 1)), s * (1 - np.sqrt(c - 1))], axis=1),
        "minimum": lambda s: np.stack([s, s], axis=1),
    },
    margin=lambda: np.finfo(float).eps,
    axes=lambda: Axes(y_label="strengths of the cycle"),
    extras={
        "tolerance": lambda s, c: (
            (16 * np.finfo(float).eps * s / (1 - np.abs(np.asarray(closed.two_cycle_slope(s, c / s)))))[:, None]
            * np.ones(2)
        )
    },
    rests_on=(closed.two_cycle, closed.two_cycle_slope),
)
