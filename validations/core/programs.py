"""Programs that are compiled in less time: what runs for milliseconds and would be compiled for seconds."""

import inspect
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import jax
import numpy as np

from validations.core.interning import interned

# Less optimization, and kernels emitted one by one, each of which compiles faster than the fused ones.
LITTLE = {"xla_backend_optimization_level": 1, "xla_cpu_use_fusion_emitters": False}
NONE = LITTLE | {"xla_backend_optimization_level": 0}


@cache
def _known(optimized: bool) -> dict[str, Any]:
    """Those of the options that this version's compiler knows."""
    return {name: value for name, value in (LITTLE if optimized else NONE).items() if _knows(name, value)}


def _knows(name: str, value: Any) -> bool:
    try:
        jax.jit(lambda: 0, compiler_options={name: value}).lower().compile()
    except jax.errors.JaxRuntimeError:
        return False
    return True


def quickly_compiled(function: Callable, optimized: bool = True, **options: Any) -> Callable:
    """Jitted with less optimization, for what takes less time than its compilation.

    Random draws compiled in a fifth of the time; six whole experiments ran 6 % longer.

    Args:
        optimized: without, eleven experiments compiled in three fifths of that time and ran five times longer: for what
            runs once, for milliseconds.
        options: of `jax.jit`, as in `static_argnames=("depth",)`.
    """
    function = interned(function)
    within = jax.jit(function, **options)  # a caller's program, whose options are its own

    @cache
    def apart() -> Callable:
        return jax.jit(function, compiler_options=_known(optimized), **options)

    @wraps(function)
    def program(*args: Any, **kwargs: Any) -> Any:
        traced = any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves((args, kwargs)))
        return (within if traced else apart())(*args, **kwargs)

    return program


def one_program(formula: Callable, optimized: bool = False) -> Callable:
    """The formula of a `Theory` as one program in place of one for every operation.

    Arrays, and tuples of arrays, are its arguments; everything else (numbers, words, tuples of them) its constants: it
    is compiled anew at every call where they cannot be compared (see `interned`). It must not look at the values of its
    arrays: a closed form then answers one outside its domain with NaN, which no judge takes.

    Args:
        optimized: for a formula that takes seconds, as one that integrates or solves (see `quickly_compiled`).
    """
    signature = inspect.signature(formula)

    @wraps(formula)
    def compiled(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs).arguments
        arrays = {name: value for name, value in given.items() if _holds_arrays(value)}
        constants = tuple((name, value) for name, value in given.items() if name not in arrays)
        program = quickly_compiled(lambda **arrays: formula(**dict(constants), **arrays), optimized=optimized)
        return program(**arrays)

    vars(compiled).pop("closed_form", None)  # a closed form's own guard would be asked only when it is compiled
    return compiled


def _holds_arrays(value: Any) -> bool:
    leaves = jax.tree.leaves(value)
    return bool(leaves) and all(isinstance(leaf, np.ndarray | jax.Array) for leaf in leaves)
