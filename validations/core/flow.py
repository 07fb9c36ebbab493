"""Gradient flow by adaptive integration."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from validations.core.optimizers import GradientDescent, check_number, like
from validations.core.programs import quickly_compiled
from validations.core.recording import Loss, Recorded, Replicates, Run, Tree, checked_run, observed, over_replicates


class Tolerance(NamedTuple):
    """Of the error estimate of one step of an eighth-order Runge-Kutta pair (Dormand and Prince).

    Attributes:
        relative, absolute: an accepted step errs by less than absolute + relative * |parameter| (root mean square).
        most_steps: cap on the steps tried; times not reached by then are recorded as not finite.
    """

    relative: float = 1e-9
    absolute: float = 1e-12
    most_steps: int = 65536


DEFAULT_TOLERANCE = Tolerance()


def flow(
    loss: Loss,
    params: Tree,
    data: Tree = None,
    *,
    times: Sequence[float] | np.ndarray,
    record: Callable[..., Tree] | None = None,
    rates: float | Tree = 1.0,
    decay: float | None = None,
    tolerance: Tolerance = DEFAULT_TOLERANCE,
    replicates: bool | Replicates = False,
) -> Recorded:
    r"""Integrate $\dot\theta = -r\,(\nabla L + \gamma\,\theta)$ from t = 0 and keep what `record` makes of the times.

    It is the limit of `GradientDescent(step)` at t = step * k. A flow that blows up, or is too stiff for the cap on
    steps, records values that are not finite and raises nothing.

    Args:
        times: increasing and not negative.
        record: as in `train`, with `time` in place of `step`.
        rates: r, one number or a tree like the parameters (`network.learning_rates(1.0)`); 1/tau in papers that
            write a time constant.
        decay: gamma.

    Other arguments as in `train`.
    """
    moments = _checked_times(times)
    _check_tolerance(tolerance)
    check_number("rates", rates)
    check_number("decay", decay)
    run = checked_run(loss, record, params, data, None, None, replicates)
    errors = (jnp.asarray(tolerance.relative, float), jnp.asarray(tolerance.absolute, float))
    last, values = _flow(
        run, tolerance.most_steps, params, data, GradientDescent(rates, decay), errors, jnp.asarray(moments)
    )
    return Recorded(last, values, moments)


@partial(quickly_compiled, static_argnums=(0, 1))
def _flow(
    run: Run,
    most_steps: int,
    params: Tree,
    data: Tree,
    method: GradientDescent,
    errors: tuple[Float[Array, ""], Float[Array, ""]],
    times: Float[Array, " recorded"],
) -> tuple[Tree, Tree]:
    import diffrax

    def velocity(time: Array, params: Tree, data: Tree) -> Tree:
        direction, _ = method.direction(jax.grad(run.loss)(params, data), (), params)
        return jax.tree.map(lambda p, r, d: -jnp.asarray(r, p.dtype) * d, params, like(method.step, params), direction)

    def one(params: Tree, data: Tree, key: None) -> tuple[Tree, Tree]:
        def observe(time: Array, params: Tree, data: Tree) -> Tree:
            return observed(run, params, data, time=time)

        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(velocity),  # type: ignore[arg-type]
            diffrax.Dopri8(),
            t0=0.0,
            t1=times[-1],
            dt0=None,
            y0=params,
            args=data,
            saveat=diffrax.SaveAt(subs=[diffrax.SubSaveAt(t1=True), diffrax.SubSaveAt(ts=times, fn=observe)]),
            stepsize_controller=diffrax.PIDController(rtol=errors[0], atol=errors[1]),
            max_steps=most_steps,
            throw=False,
        )
        last, values = solution.ys
        arrived = solution.result == diffrax.RESULTS.successful
        return jax.tree.map(lambda a: jnp.where(arrived, a[0], jnp.nan), last), values

    return over_replicates(run, one)(params, data, None)


def _checked_times(times: Sequence[float] | np.ndarray) -> np.ndarray:
    times = np.asarray(times, float)
    if times.ndim != 1 or not times.size or not np.isfinite(times).all():
        raise ValueError(f"times = {times!r} must be a list of finite numbers")
    if times[0] < 0 or np.any(np.diff(times) <= 0) or times[-1] == 0:
        raise ValueError(f"times must increase from at least 0 to more than 0; they start with {times[:3].tolist()}")
    return times


def _check_tolerance(tolerance: Tolerance) -> None:
    if not (tolerance.relative >= 0 and tolerance.absolute >= 0 and tolerance.relative + tolerance.absolute > 0):
        raise ValueError(f"{tolerance} must hold errors that are not negative and not both zero")
    if tolerance.most_steps < 1:
        raise ValueError(f"most_steps = {tolerance.most_steps} must be at least 1")
