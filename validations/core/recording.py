"""What a run needs besides its update rule: replicates, minibatches, what is kept of it, and what is refused."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from theory.core.closed_form import reject_silent_rounding
from validations.core.interning import interned
from validations.core.theory import call

Tree: TypeAlias = PyTree[Any]
Loss: TypeAlias = Callable[[Tree, Tree], Float[Array, ""]]


class Recorded(NamedTuple):
    """What a run left behind.

    Attributes:
        params: after the last step.
        values: what `record` returned, one row for each entry of `at` (after the replicates' axis).
        at: steps, or times of a flow.
    """

    params: Tree
    values: Tree
    at: np.ndarray


class Batches(NamedTuple):
    """Minibatches along the first axis of every array of the data.

    Attributes:
        size: examples in a batch.
        replace: independent draws with replacement at every step; else every epoch is a fresh permutation, of which
            an incomplete last batch is left out.
    """

    size: int
    replace: bool = False


class Replicates(NamedTuple):
    """How the replicates' axis, the first of every parameter, is trained.

    Attributes:
        own_data: whether every array of the data leads with the replicates' axis too.
        together: replicates computed at once, the others after them, where their activations outgrow the cache; None
            for all at once.
    """

    own_data: bool = False
    together: int | None = None


class Run(NamedTuple):
    """What is compiled; steps, step sizes, starts and data are arguments of the program."""

    loss: Loss
    observe: Callable[..., Tree] | None
    batches: Batches | None
    replicates: Replicates | None


def observed(run: Run, params: Tree, data: Tree, **when: Array) -> Tree:
    """What is kept of one moment; `when` names it, as a step or a time."""
    value, gradient = jax.value_and_grad(run.loss)(params, data)
    if run.observe is None:
        return value
    # What the record does not ask for is no part of its result, and the compiler drops it.
    return call(run.observe, {"params": params, "gradient": gradient, "loss": value, "data": data, **when})


def over_replicates(run: Run, one: Callable[..., Tree]) -> Callable[[Tree, Tree, PRNGKeyArray | None], Tree]:
    if run.replicates is None:
        return one
    own_data, together = run.replicates

    def all_of_them(params: Tree, data: Tree, key: PRNGKeyArray | None) -> Tree:
        def of_one(own: tuple[Tree, Tree, PRNGKeyArray | None]) -> Tree:
            own_params, mine, own_key = own
            return one(own_params, mine if own_data else data, own_key)

        own = (params, data if own_data else None, key)
        return jax.vmap(of_one)(own) if together is None else lax.map(of_one, own, batch_size=together)

    return all_of_them


def examples(data: Tree) -> int:
    return jax.tree.leaves(data)[0].shape[0]


def checked_run(
    loss: Loss,
    observe: Callable[..., Tree] | None,
    params: Tree,
    data: Tree,
    batches: Batches | None,
    key: PRNGKeyArray | None,
    replicates: bool | Replicates,
) -> Run:
    _check_finite("parameters", params)
    _check_finite("data", data)
    how = replicates if isinstance(replicates, Replicates) else Replicates() if replicates else None
    if how is not None:
        _check_replicates(how, params, data, key)
    if batches is not None:
        _check_batches(batches, how, data, key)
    return Run(interned(loss), None if observe is None else interned(observe), batches, how)


def _check_finite(name: str, tree: Tree) -> None:
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        reject_silent_rounding(leaf)
        if isinstance(leaf, jax.core.Tracer) or not jnp.issubdtype(jnp.result_type(leaf), jnp.inexact):
            continue
        if not np.isfinite(np.asarray(leaf)).all():
            raise ValueError(f"the {name}{jax.tree_util.keystr(path)} hold NaN or infinity before the first step")


def _check_replicates(how: Replicates, params: Tree, data: Tree, key: PRNGKeyArray | None) -> None:
    leading = {np.shape(leaf)[:1] for leaf in jax.tree.leaves((params, data if how.own_data else None, key))}
    if len(leading) != 1 or () in leading:
        sizes = ", ".join(str(size[0]) if size else "none" for size in sorted(leading))
        raise ValueError(
            f"parameters, keys and own data must lead with one axis of replicates; their first axes are {sizes}"
        )
    if how.together is not None and how.together < 1:
        raise ValueError(f"together = {how.together} replicates must be at least 1")


def _check_batches(batches: Batches, how: Replicates | None, data: Tree, key: PRNGKeyArray | None) -> None:
    if key is None:
        raise ValueError("minibatches are random: give a key, with replicates one for each")
    axis = 1 if how is not None and how.own_data else 0
    examples = {np.shape(leaf)[axis : axis + 1] for leaf in jax.tree.leaves(data)}
    if len(examples) != 1 or () in examples:
        raise ValueError("minibatches need data whose arrays all lead with the same number of examples")
    ((n,),) = examples
    if not 1 <= batches.size <= n:
        raise ValueError(f"a batch of {batches.size} examples must have between 1 and the {n} there are")
