"""neural-tangents 0.6.5 on the JAX that this package supports, without TensorFlow.

The last release of neural-tangents (Novak et al. 2020, arXiv 1912.02803) asks for names that JAX has since removed or
changed. `load` imports it all the same: the removed names stand in JAX's modules only while neural-tangents is
imported, and where it would call a function that now behaves otherwise, its own modules are given one that behaves as
before. JAX itself is left as it was. Nothing imports neural-tangents unless `load` is called.
"""

import functools
import importlib
import importlib.util
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NamedTuple

import jax
import jax.api_util
import jax.core
import jax.interpreters.ad
import scipy.linalg
from jax.extend import core, source_info_util
from jaxtyping import Array, ArrayLike, Float

from theory.core.closed_form import reject_silent_rounding

NAME = "neural_tangents"
KNOWN = "0.6.5"
HOW_TO_GET = (
    "neural-tangents is not installed; `make environment` adds it, and so does `pip install --no-deps "
    "neural-tangents==0.6.5` (without --no-deps it brings TensorFlow)"
)


@functools.cache
def load() -> ModuleType:
    """The module `neural_tangents`, with `stax` and `predict`, working on this JAX.

    Analytic and empirical kernels in all implementations, and predictions under jit, vmap and grad. Its
    `experimental` part needs TensorFlow and is empty here.

    Raises:
        ImportError: neural-tangents is not installed; the message says how to get it.

    >>> init, apply, kernel = load().stax.serial(load().stax.Dense(8), load().stax.Relu(), load().stax.Dense(1))
    >>> round(float(kernel(jax.numpy.eye(2), None, "nngp")[0, 1]), 6)  # 1/(4 pi): of 1/d = 1/2 at a right angle
    0.079577
    """
    if importlib.util.find_spec(NAME) is None:
        raise ImportError(HOW_TO_GET)
    if NAME in sys.modules:
        raise ImportError(f"{NAME} was imported before this adapter could; import it by load() alone")
    with ExitStack() as stack:
        for module, names in _absent_names().items():
            stack.enter_context(_standing_in(module, names))
        for name, module in _absent_modules().items():
            stack.enter_context(_module_standing_in(name, module))
        try:
            loaded = importlib.import_module(NAME)
        except BaseException:
            for name in [n for n in sys.modules if n.split(".")[0] == NAME]:
                del sys.modules[name]
            raise
    _give_own_names()
    return loaded


@dataclass(frozen=True)
class StaxNetwork:
    """A neural-tangents network, `(init_fn, apply_fn, kernel_fn)`, under the names that networks have here.

    Attributes:
        functions: what the layers and combinators of `neural_tangents.stax` return.
        inputs: shape of one input, without the axis of examples.
    """

    functions: tuple[Callable, Callable, Callable]
    inputs: tuple[int, ...]

    def init(self, key: Array) -> Any:
        """Parameters of a finite network, drawn at random."""
        return self.functions[0](key, (1, *self.inputs))[1]

    def apply(self, params: Any, x: Float[ArrayLike, " n *inputs"]) -> Float[Array, " n *outputs"]:
        """Outputs of the finite network."""
        return self.functions[1](params, x)

    def nngp(
        self, x: Float[ArrayLike, " n *inputs"], y: Float[ArrayLike, " m *inputs"] | None = None
    ) -> Float[Array, "n m"]:
        """Covariance of the outputs of the infinitely wide network, by neural-tangents."""
        return self._kernel(x, y, "nngp")

    def ntk(
        self, x: Float[ArrayLike, " n *inputs"], y: Float[ArrayLike, " m *inputs"] | None = None
    ) -> Float[Array, "n m"]:
        """Tangent kernel of the infinitely wide network, by neural-tangents."""
        return self._kernel(x, y, "ntk")

    def _kernel(self, x: ArrayLike, y: ArrayLike | None, which: str) -> Array:
        for name, value in (("x", x), ("y", y)):
            reject_silent_rounding(value)
            if value is not None and jax.numpy.shape(value)[1:] != self.inputs:
                raise ValueError(
                    f"{name} of shape {jax.numpy.shape(value)} was given to a network of inputs of shape "
                    f"{self.inputs}; put the examples on the first axis"
                )
        return self.functions[2](x, y, which)


def _absent_names() -> Mapping[ModuleType, Mapping[str, Any]]:
    """What neural-tangents imports from JAX's modules and no longer finds there."""
    moved = ("Jaxpr", "JaxprEqn", "Literal", "Primitive", "Var")
    wanted = {
        jax.core: {name: getattr(core, name) for name in moved} | {"DShapedArray": _NoSuchType},
        jax.interpreters.ad: {"zeros_like_p": core.Primitive("zeros_like")},
    }
    return {module: {k: v for k, v in names.items() if not _has(module, k)} for module, names in wanted.items()}


def _has(module: ModuleType, name: str) -> bool:
    """Whether the module holds the name, without asking for deprecated ones."""
    return name in vars(module)


def _absent_modules() -> Mapping[str, ModuleType]:
    """Modules that are gone, not installed, or would bring TensorFlow."""
    util = ModuleType("jax.util")
    util.safe_map, util.safe_zip = _strict_map, _strict_zip  # type: ignore[attr-defined]
    frozen = ModuleType("frozendict")
    frozen.frozendict = _FrozenDict  # type: ignore[attr-defined]
    absent = {"jax.util": util, f"{NAME}.experimental": ModuleType(f"{NAME}.experimental")}
    if importlib.util.find_spec("frozendict") is None:
        absent["frozendict"] = frozen
    return absent


class _NoSuchType:
    """Of arrays of dynamic shape, which JAX has given up."""


class _FrozenDict(dict):
    """A dictionary that can be a key of a cache; neural-tangents never changes one."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


def _strict_zip(*sequences: Any) -> list[tuple]:
    return list(zip(*sequences, strict=True))


def _strict_map(function: Callable, *sequences: Any) -> list:
    return [function(*items) for items in zip(*sequences, strict=True)]


@contextmanager
def _standing_in(module: ModuleType, names: Mapping[str, Any]) -> Iterator[None]:
    for name, value in names.items():
        setattr(module, name, value)
    try:
        yield
    finally:
        for name in names:
            delattr(module, name)


@contextmanager
def _module_standing_in(name: str, module: ModuleType) -> Iterator[None]:
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        yield
    finally:
        if not name.startswith(NAME):
            del sys.modules[name]
            if before is not None:
                sys.modules[name] = before


class _Instead:
    """A module in which some names mean something else."""

    def __init__(self, module: Any, **names: Any) -> None:
        vars(self).update(names)
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def _give_own_names() -> None:
    """Inside neural-tangents alone, what has changed in JAX or scipy means what it meant."""
    empirical, predict, linear = (
        sys.modules[f"{NAME}._src.{name}"] for name in ("empirical", "predict", "stax.linear")
    )
    given: Any = empirical
    given.core = _Instead(jax.core, DShapedArray=_NoSuchType, Var=core.Var)
    given.ad = _Instead(
        jax.interpreters.ad,
        linearize=_linearize,
        source_info_util=source_info_util,
        config=_Instead(jax.config, jax_enable_checks=False),
    )
    given.lu = _Instead(given.lu, wrap_init=lambda function: function)
    given.jax = _Instead(jax, api_util=_Instead(jax.api_util, flatten_fun_nokwargs=_flattened))
    given.jnp = _Instead(jax.numpy, size=_size, dtype=lambda array: jax.numpy.dtype(array.dtype))
    given._eqn_vjp_fn, given._get_flops = _transposed, _flops
    compile_time = _Instead(jax, core=_Instead(jax.core, eval_context=jax.ensure_compile_time_eval))
    predict.jax = linear.jax = compile_time  # type: ignore[attr-defined]
    largest = _Instead(scipy.linalg, eigvalsh=_eigvalsh)
    predict.sp = _Instead(predict.sp, linalg=largest)  # type: ignore[attr-defined]


def _flattened(function: Callable, structure: Any) -> tuple[Callable, Callable]:
    """The function of flat arguments, and the structure of its result once it has been called."""
    seen = []

    def flat(*arguments: Any) -> list:
        leaves, result = jax.tree.flatten(function(*jax.tree.unflatten(structure, arguments)))
        seen.append(result)
        return leaves

    return flat, lambda: seen[-1]


def _size(array: Any) -> int:
    """Of shapes without values too, which jax.numpy is about to refuse."""
    return math.prod(array.shape if hasattr(array, "shape") else jax.numpy.shape(array))


def _eigvalsh(matrix: Any, eigvals: tuple[int, int] | None = None, **options: Any) -> Any:
    """scipy has renamed `eigvals`."""
    return scipy.linalg.eigvalsh(matrix, subset_by_index=eigvals, **options)


def _flops(function: Callable, optimize: bool, *arguments: Any, **options: Any) -> float:
    """The cost analysis is a dictionary now, no longer a list of one."""
    lowered = jax.jit(function).lower(*arguments, **options)
    analysis: Any = lowered.compile().cost_analysis() if optimize else lowered.cost_analysis()
    return analysis["flops"]


@dataclass(frozen=True)
class _Partial:
    """Whether an output depends on the linearized inputs at all."""

    known: bool

    def is_known(self) -> bool:
        return self.known


class _Program(NamedTuple):
    """What is read of a Jaxpr: constants, arguments, results, equations in order."""

    constvars: list
    invars: list
    outvars: list
    eqns: list


def _linearize(flat: Callable, *primals: Any, has_aux: bool = False) -> tuple:
    """Outputs, which of them are constant, and the program of the tangents with its constants.

    The program of the JVP, cut in two: what does not depend on tangents is evaluated, the rest is kept and cleared
    of what no output needs.
    """
    program = jax.make_jaxpr(lambda p, t: jax.jvp(flat, p, t))(primals, primals)
    jaxpr, values = program.jaxpr, dict(zip(program.jaxpr.constvars, program.consts, strict=True))
    count = len(primals)
    values.update(zip(jaxpr.invars[:count], primals, strict=True))
    tangents = jaxpr.invars[count:]
    kept = _evaluate_known(jaxpr.eqns, values, set(tangents))
    half = len(jaxpr.outvars) // 2
    outputs = [_value(values, v) for v in jaxpr.outvars[:half]]
    constant = [_Partial(isinstance(v, core.Literal) or v in values) for v in jaxpr.outvars[half:]]
    moving = [v for v, c in zip(jaxpr.outvars[half:], constant, strict=True) if not c.known]
    kept = _needed(kept, moving)
    used = dict.fromkeys(v for e in kept for v in e.invars if not isinstance(v, core.Literal) and v in values)
    return outputs, constant, _Program(list(used), list(tangents), moving, kept), [values[v] for v in used]


def _value(values: Mapping, atom: Any) -> Any:
    return atom.val if isinstance(atom, core.Literal) else values[atom]


def _evaluate_known(equations: Any, values: dict, tangents: set) -> list:
    """Evaluate into `values` all equations that no tangent enters; return the others."""
    moving, kept = set(tangents), []
    for equation in equations:
        if any(not isinstance(v, core.Literal) and v in moving for v in equation.invars):
            moving.update(equation.outvars)
            kept.append(equation)
            continue
        results = _bind(equation, [_value(values, v) for v in equation.invars])
        values.update(zip(equation.outvars, results, strict=True))
    return kept


def _bind(equation: Any, arguments: list) -> list:
    parameters, functions = equation.primitive.get_bind_params(equation.params), ()
    if isinstance(parameters, tuple):  # before JAX 0.10
        functions, parameters = parameters
    results = equation.primitive.bind(*functions, *arguments, **parameters)
    return list(results) if equation.primitive.multiple_results else [results]


def _needed(equations: list, outputs: list) -> list:
    wanted, kept = set(outputs), []
    for equation in reversed(equations):
        if any(v in wanted for v in equation.outvars):
            wanted.update(v for v in equation.invars if not isinstance(v, core.Literal))
            kept.append(equation)
    return kept[::-1]


def _transposed(equation: Any, cotangent: Any, *arguments: Any) -> tuple:
    """Cotangents of the linear arguments of one equation, None for the others."""
    if equation is None:
        return (cotangent,)
    undefined = jax.interpreters.ad.UndefinedPrimal
    unknown = [i for i, a in enumerate(arguments) if isinstance(a, undefined)]
    cotangents: list[Any] = [None] * len(arguments)
    if isinstance(cotangent, jax.interpreters.ad.Zero):
        for i in unknown:
            cotangents[i] = jax.interpreters.ad.Zero(arguments[i].aval)
        return tuple(cotangents)
    fixed = [jax.numpy.zeros(a.shape, a.dtype) if isinstance(a, jax.core.ShapedArray) else a for a in arguments]

    def linear(*given: Any) -> Any:
        filled = list(fixed)
        for i, value in zip(unknown, given, strict=True):
            filled[i] = value
        return _bind(equation, filled)[0]

    shapes = [jax.ShapeDtypeStruct(arguments[i].aval.shape, arguments[i].aval.dtype) for i in unknown]
    for i, value in zip(unknown, jax.linear_transpose(linear, *shapes)(cotangent), strict=True):
        cotangents[i] = value
    return tuple(cotangents)
