"""The Python calls. What they return prints as a sentence or a table, and draws itself in a notebook."""

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

from limitlab.nearest import did_you_mean
from limitlab.options import LARGEST_SEED, SCALES
from limitlab.workplace import open_store
from validations.core.check import Check
from validations.core.check import check as judge_formula
from validations.core.executors import open_executor
from validations.core.laboratory import validate_one
from validations.core.registry import Registry, load_registry
from validations.core.result import Result

if TYPE_CHECKING:
    from figures.core import Drawing


class Verdict(Result):
    """A judged claim that prints as a sentence and draws itself."""

    def draw(self) -> "Drawing":
        """The claim's figure: theory as line, measurement as points, rivals dashed. See `figures.core.draw`."""
        from figures.core import draw

        return draw(self)

    def __repr__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        svg = self.draw()._repr_svg_()
        return f"<p>{html.escape(self.sentence)}</p>" + svg[svg.index("<svg") :]


class Comparison(Check):
    """A formula's judgment beside ours and the rivals'; prints as a table."""

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def validate(
    claim: str,
    *,
    scale: str = "standard",
    seed: int = 0,
    overrides: Mapping[str, Any] | None = None,
    results: str | Path | None = None,
    files: Sequence[str | Path] = (),
    workers: int | None = None,
    fresh: bool = False,
) -> Verdict:
    """Judge one claim, measuring first what the results folder lacks.

    Args:
        claim: its id, as `limitlab list` prints it.
        scale: smoke, standard or paper.
        seed: of the random draws.
        overrides: settings that replace those of the scale, by name.
        results: folder of the records; LIMITLAB_RESULTS or ./results if None.
        files: files of your own that define claims.
        workers: processes to measure with; this one if None.
        fresh: measure anew even what is stored.

    Returns:
        A record: `verdict`, `as_expected`, `judgment`, `evidence`, `draw()`. It prints as a sentence.

    Raises:
        ValueError: no such claim, scale or setting, a seed out of range, a results folder that cannot be written, or
            an experiment or a claim that raised.
    """
    seed = _check_arguments(scale, seed)
    registry = load_registry(files)
    (wanted,) = registry.select([_one(claim, registry)])
    store = open_store(None if results is None else Path(results))
    with open_executor(workers, None) as executor:
        result = validate_one(
            registry, wanted, store=store, scale=scale, seed=seed, overrides=overrides, executor=executor, fresh=fresh
        )
    return Verdict(**{f.name: getattr(result, f.name) for f in fields(Result)})


def check(
    formula: Callable[..., Any] | Any,
    against: str,
    *,
    scale: str = "standard",
    seed: int = 0,
    overrides: Mapping[str, Any] | None = None,
    results: str | Path | None = None,
    files: Sequence[str | Path] = (),
    workers: int | None = None,
) -> Comparison:
    """Judge your own formula on the stored measurement of a claim, beside ours and its rivals.

    What is not stored is measured first.

    Args:
        formula: a function whose parameters are among the claim's inputs and settings, or its values as an array.
        against: the claim's id. The other arguments are those of `validate`.

    Returns:
        A record with `yours`, `ours` and `rivals`. It prints as a table.

    Raises:
        ValueError: as `validate`, or the formula asks for something that is no input, or has another shape.
    """
    seed = _check_arguments(scale, seed)
    registry = load_registry(files)
    store = open_store(None if results is None else Path(results))
    with open_executor(workers, None) as executor:
        found = judge_formula(
            registry,
            formula,
            _one(against, registry),
            scale=scale,
            seed=seed,
            overrides=overrides,
            store=store,
            executor=executor,
        )
    return Comparison(**{f.name: getattr(found, f.name) for f in fields(Check)})


def _check_arguments(scale: str, seed: int) -> int:
    """The seed as Python's own integer: a record's header is JSON."""
    if scale not in SCALES:
        hint = did_you_mean(str(scale), SCALES) or f"; the scales are {', '.join(SCALES)}"
        raise ValueError(f"there is no scale {scale!r}{hint}")
    if isinstance(seed, bool) or not isinstance(seed, Integral) or not 0 <= seed <= LARGEST_SEED:
        raise ValueError(f"seed = {seed!r} must be a whole number from 0 to {LARGEST_SEED}")
    return int(seed)


def _one(name: str, registry: Registry) -> str:
    if not isinstance(name, str):
        raise TypeError(f"the claim {name!r} must be named by its id, as in 'deep_linear/mode_sigmoid'")
    found = registry.select([name])
    if len(found) > 1:
        raise ValueError(f"{name!r} names {len(found)} claims; give one, as in {found[0].id!r}")
    return found[0].id
