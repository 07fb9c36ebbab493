"""Training: any loss over any tree of parameters, many replicates at once, recorded at chosen steps only."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from validations.core.optimizers import Method, check, descend, like
from validations.core.programs import quickly_compiled
from validations.core.recording import (
    Batches,
    Loss,
    Recorded,
    Replicates,
    Run,
    Tree,
    checked_run,
    examples,
    observed,
    over_replicates,
)

__all__ = ["Batches", "Reached", "Recorded", "Replicates", "log_spaced", "train", "train_until"]


class Reached(NamedTuple):
    """When each replicate met its criterion.

    Attributes:
        params: at that step, or where the run was given up.
        steps: taken until then.
        reached: False where the cap came first or the criterion's value was no longer finite.
        value: of the criterion at the end.
    """

    params: Tree
    steps: Int[Array, "..."]
    reached: Bool[Array, "..."]
    value: Float[Array, "..."]


class _State(NamedTuple):
    params: Tree
    memory: Tree
    order: Tree


def train(
    loss: Loss,
    params: Tree,
    data: Tree = None,
    *,
    method: Method,
    steps: int,
    record: Callable[..., Tree] | None = None,
    at: Sequence[int] | np.ndarray | None = None,
    batches: Batches | None = None,
    key: PRNGKeyArray | None = None,
    replicates: bool | Replicates = False,
) -> Recorded:
    """Take `steps` steps and keep what `record` makes of the steps listed in `at`.

    Memory grows with the recorded points, not with the steps. A run that diverges records infinities and NaN and
    raises nothing. A program is compiled for each loss, record, shape and number of recorded points: pass the same
    function objects again. Inside `jax.vmap` the call may be mapped over anything else, such as step sizes.

    Args:
        loss: scalar function of (params, data).
        params: where to start; with `replicates` every leaf leads with the replicates' axis.
        data: what the loss is given, the same for all replicates unless `Replicates(own_data=True)`.
        method: `GradientDescent`, `Momentum`, `Adam`, or anything of that protocol.
        record: called with those of `params`, `gradient` (of the loss on all data), `loss` (its value), `data` and
            `step` that its parameters name; by default the loss is kept.
        at: increasing steps at which to record, 0 being the start; by default the start and the end.
        batches: minibatches in place of all data; they need a `key`, with `replicates` one for each.

    Raises:
        ValueError: negative steps, parameters or data that are not finite, shapes that do not fit.
    """
    at = _recorded_steps(steps, at)
    check(method)
    run = checked_run(loss, record, params, data, batches, key, replicates)
    gaps = jnp.asarray(np.diff(at, prepend=0, append=steps), jnp.int32)
    last, values = _train(run, params, data, method, key, gaps)
    return Recorded(last, values, at)


def train_until(
    loss: Loss,
    params: Tree,
    data: Tree = None,
    *,
    method: Method,
    below: float,
    most: int,
    criterion: Loss | None = None,
    batches: Batches | None = None,
    key: PRNGKeyArray | None = None,
    replicates: bool | Replicates = False,
) -> Reached:
    """Train each replicate until `criterion(params, data)`, the loss unless given, is below a value.

    A replicate stops by itself: when it gets there, after `most` steps, or when the criterion is no longer finite.

    Args:
        below: the run ends at the first step, 0 included, whose criterion is less than this.
        most: cap on the number of steps.

    Other arguments as in `train`.
    """
    _recorded_steps(most, None, "most")
    check(method)
    if not np.isfinite(below):
        raise ValueError(f"below = {below} must be a finite number")
    run = checked_run(loss, criterion, params, data, batches, key, replicates)
    return _until(run, params, data, method, key, jnp.asarray(below, float), jnp.asarray(most, jnp.int32))


def log_spaced(steps: int, points: int) -> np.ndarray:
    """About `points` distinct steps from 0 to `steps`, denser at the start: what a curve on a log axis needs.

    >>> log_spaced(100, 5).tolist()
    [0, 1, 5, 22, 100]
    """
    spaced = np.rint(np.geomspace(1, max(steps, 1), max(points - 1, 1))).astype(int)
    return np.unique(np.concatenate([[0, steps], spaced.clip(0, steps)]))


@partial(quickly_compiled, static_argnums=0)
def _train(
    run: Run, params: Tree, data: Tree, method: Method, key: PRNGKeyArray | None, gaps: Int[Array, "..."]
) -> tuple[Tree, Tree]:
    starts = jnp.cumsum(gaps) - gaps

    def one(params: Tree, data: Tree, key: PRNGKeyArray | None) -> tuple[Tree, Tree]:
        def step(k: Array, state: _State) -> _State:
            gradient, order = _gradient(run, state, data, key, k)
            return _State(*descend(method, gradient, state.memory, state.params), order)

        def advance(state: _State, start: Array, gap: Array) -> _State:
            return lax.fori_loop(start, start + gap, step, state)

        def to_next(state: _State, start_gap: tuple[Array, Array]) -> tuple[_State, Tree]:
            start, gap = start_gap
            state = advance(state, start, gap)
            return state, observed(run, state.params, data, step=start + gap)

        # The last gap leads from the last recorded step to the end.
        state, values = lax.scan(to_next, _start(run, method, params, data), (starts[:-1], gaps[:-1]))
        return advance(state, starts[-1], gaps[-1]).params, values

    return over_replicates(run, one)(params, data, key)


@partial(quickly_compiled, static_argnums=0)
def _until(
    run: Run,
    params: Tree,
    data: Tree,
    method: Method,
    key: PRNGKeyArray | None,
    below: Float[Array, ""],
    most: Int[Array, ""],
) -> Reached:
    def one(params: Tree, data: Tree, key: PRNGKeyArray | None) -> Reached:
        def look(state: _State, k: Array) -> tuple[Array, Tree, _State]:
            if run.observe is None and run.batches is None:
                return *jax.value_and_grad(run.loss)(state.params, data), state
            gradient, order = _gradient(run, state, data, key, k)
            return (run.observe or run.loss)(state.params, data), gradient, state._replace(order=order)

        def unfinished(carry: tuple[Array, Array, Tree, _State]) -> Bool[Array, ""]:
            k, value, *_ = carry
            return (value >= below) & jnp.isfinite(value) & (k < most)

        def onward(carry: tuple[Array, Array, Tree, _State]) -> tuple[Array, Array, Tree, _State]:
            k, _, gradient, state = carry
            params, memory = descend(method, gradient, state.memory, state.params)
            return k + 1, *look(_State(params, memory, state.order), k + 1)

        zero = jnp.asarray(0, jnp.int32)
        k, value, _, state = lax.while_loop(unfinished, onward, (zero, *look(_start(run, method, params, data), zero)))
        return Reached(state.params, k, (value < below) & jnp.isfinite(value), value)

    return over_replicates(run, one)(params, data, key)


def _start(run: Run, method: Method, params: Tree, data: Tree) -> _State:
    shape = jax.eval_shape(run.loss, params, data).shape
    if shape != ():
        raise ValueError(f"the loss has shape {shape} and must be one number; sum or average it")
    like(method.step, params)
    by_epochs = run.batches is not None and not run.batches.replace
    return _State(params, method.start(params), jnp.arange(examples(data)) if by_epochs else ())


def _gradient(run: Run, state: _State, data: Tree, key: PRNGKeyArray | None, k: Array) -> tuple[Tree, Tree]:
    """The gradient that step k descends, and the order in which this epoch visits the examples."""
    order = state.order
    if run.batches is not None and key is not None:
        n, size = examples(data), run.batches.size
        if run.batches.replace:
            chosen = jax.random.randint(jax.random.fold_in(key, k), (size,), 0, n)
        else:
            epoch, place = jnp.divmod(k, n // size)
            order = lax.cond(
                place == 0, lambda: jax.random.permutation(jax.random.fold_in(key, epoch), n), lambda: order
            )
            chosen = lax.dynamic_slice(order, (place * size,), (size,))
        data = jax.tree.map(lambda a: a[chosen], data)
    return jax.grad(run.loss)(state.params, data), order


def _recorded_steps(steps: int, at: Sequence[int] | np.ndarray | None, name: str = "steps") -> np.ndarray:
    if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or not 0 <= steps < 2**31:
        raise ValueError(f"{name} = {steps!r} must be a whole number from 0 to 2147483647")
    at = np.asarray((0, steps) if at is None else at)
    if steps == 0 and at.tolist() == [0, 0]:
        at = at[:1]
    if at.ndim != 1 or not at.size or at.dtype.kind not in "iu":
        raise ValueError(f"at = {at!r} must be a list of whole steps")
    if at[0] < 0 or at[-1] > steps or np.any(np.diff(at) <= 0):
        raise ValueError(f"the recorded steps must increase from at least 0 to at most {steps}; got {at.tolist()}")
    return at
