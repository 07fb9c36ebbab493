"""The code half of a claim: which numbers are compared, and what each theory says they are."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array

from theory.core.closed_form import closed_form
from validations.core.errors import ConfigurationError


class Measurement(NamedTuple):
    """What an experiment returns for one cell; every array has the replicate as its leading axis.

    `start` is what was realized at t = 0 (initial weights, data) and may enter predictions; `data` may not.
    """

    start: Mapping[str, Array | np.ndarray]
    data: Mapping[str, Array | np.ndarray]


@dataclass(frozen=True)
class Axes:
    """How the judged array is to be read and drawn: its last axis runs along `x`, the one before over `series`.

    Attributes:
        x: name of the input that holds the abscissa, or None for a single number.
        series: labels of the curves, if several.
    """

    y_label: str
    x: str | None = None
    x_label: str = ""
    x_scale: str = "linear"
    y_scale: str = "linear"
    series: tuple[str, ...] = ()


def _no_inputs() -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, kw_only=True)
class Theory:
    """Every function here is called with the arguments that its parameters name.

    `observe` may name settings of the configuration and arrays of start and data; `inputs` settings and start arrays;
    `predict` and the rivals name inputs (or settings); `margin` and `axes` name settings only.

    Attributes:
        inputs: the arguments of the formula, already of shapes that broadcast against the judged array.
        observe: the judged array, replicates leading.
        predict: what theory says; usually a public function of `theory/` itself. It raises while its experiment is
            measured.
        rivals: the same for each rival named in the claim's facts.
        margin: the smallest discrepancy that matters, broadcastable against the judged array.
        axes: how to read the judged array.
        extras: further arrays that the judge of the claim's kind needs, by name (sizes, tolerance, error).
        rests_on: the public closed forms behind `predict` where that is not itself one; they raise with it.
    """

    observe: Callable[..., Any]
    predict: Callable[..., Any]
    rivals: Mapping[str, Callable[..., Any]]
    margin: Callable[..., Any]
    axes: Callable[..., Axes]
    inputs: Callable[..., Mapping[str, Any]] = _no_inputs
    extras: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    rests_on: tuple[Callable[..., Any], ...] = ()

    def __post_init__(self) -> None:
        if not getattr(self.predict, "closed_form", False):
            object.__setattr__(self, "predict", closed_form(self.predict))

    @property
    def withheld(self) -> tuple[str, ...]:
        """References of the functions that must not be called while the experiment is measured."""
        return tuple(f"{f.__module__}:{f.__qualname__}" for f in (self.predict, *self.rests_on))


def call(function: Callable[..., Any], names: Mapping[str, Any]) -> Any:
    """Call the function with those of the names that its parameters ask for."""
    if function is dict:  # what linters want for `lambda: {}`; it takes everything and names nothing
        return {}
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        raise ConfigurationError(
            f"{function!r} does not name its parameters; wrap it, as in `lambda x: f(x)`"
        ) from None
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return function(**names)
    wanted = {}
    for p in parameters:
        if p.name in names:
            wanted[p.name] = names[p.name]
        elif p.default is p.empty:
            formula = getattr(function, "__name__", "the formula")
            raise ConfigurationError(f"{formula} asks for {p.name!r}, which is not among {', '.join(sorted(names))}")
    return function(**wanted)
