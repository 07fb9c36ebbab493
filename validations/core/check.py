"""A user's own formula, judged on the measurement of a claim beside ours and its rivals."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, fields, replace
from typing import Any

import jax
import numpy as np

from validations.core.claim import Configuration
from validations.core.errors import ConfigurationError
from validations.core.evidence import Evidence, Judgment, Verdict
from validations.core.judge import judge
from validations.core.laboratory import validate_all
from validations.core.registry import Registry
from validations.core.result import Result
from validations.core.store import Store
from validations.core.theory import call

ONE_SIDED = ("ordering", "phenomenon")


@dataclass(frozen=True, kw_only=True)
class Check:
    """Judgments of several formulas on one measurement, with one margin.

    Attributes:
        result: the claim as it stands.
        yours: the user's formula, in the prediction's place.
        ours: the claim's prediction.
        rivals: the named rivals, each in the prediction's place.
    """

    result: Result
    yours: Judgment
    ours: Judgment
    rivals: Mapping[str, Judgment]

    @property
    def rows(self) -> list[tuple[str, str, float, tuple[float, float], float]]:
        """Name, verdict, estimate, interval, margin of every formula."""
        named = {"yours": self.yours, "ours": self.ours, **{f"rival: {n}": j for n, j in self.rivals.items()}}
        return [(name, str(j.verdict), j.estimate, j.interval, j.margin) for name, j in named.items()]

    def __str__(self) -> str:
        width = max(len(row[0]) for row in self.rows)
        lines = [f"against {self.result.claim.id}, {self.yours.replicates} replicates, {self.result.scale} scale"]
        for name, verdict, estimate, (low, high), margin in self.rows:
            lines.append(
                f"  {name:<{width}}  {verdict:<12}  measured minus formula {estimate:+.3g} "
                f"in [{low:+.3g}, {high:+.3g}], margin {margin:.3g}"
            )
        return "\n".join(lines)


def check(
    registry: Registry,
    formula: Callable[..., Any] | Any,
    against: str,
    *,
    store: Store,
    scale: str = "standard",
    seed: int = 0,
    overrides: Mapping[str, Any] | None = None,
    executor: Executor | None = None,
) -> Check:
    """Judge a formula, or an array of its values, on the stored measurement of a claim (measured first if need be).

    Args:
        formula: a function whose parameters are among the claim's inputs and settings, or the values themselves.

    Raises:
        ConfigurationError: the formula asks for something that is no input, returns another shape, or is checked
            against an ordering or a phenomenon.
        RegistryError: there is no such claim.
    """
    (claim,) = registry.select([against])
    if claim.kind in ONE_SIDED:
        raise ConfigurationError(
            f"{claim.id} is of kind {claim.kind}, which predicts no value that a formula could replace; "
            "check a formula against a claim of another kind"
        )
    results = validate_all(
        registry, [claim], store=store, scale=scale, seed=seed, overrides=overrides, executor=executor
    )
    result = next(r for r in results if r.claim.id == claim.id)
    if result.evidence is None or result.record is None or result.judgment is None:
        raise ConfigurationError(f"{claim.id} could not be judged: {result.error}")
    evidence, settings = result.evidence, result.record.configuration
    formulas = {"yours": _values_of(formula, result, evidence, settings), **evidence.rivals}
    judged = {n: _in_place(claim.kind, evidence, values, result.judgment) for n, values in formulas.items()}
    return Check(result=result, yours=judged.pop("yours"), ours=result.judgment, rivals=judged)


def _in_place(kind: str, evidence: Evidence, predicted: np.ndarray, ours: Judgment) -> Judgment:
    """The judgment with these values in the prediction's place: supported only if these data exclude the rivals too."""
    judgment = judge(kind, replace(evidence, predicted=predicted, rivals={}))
    blurred = [r.name for r in ours.rivals if not r.excluded]
    if judgment.verdict is Verdict.SUPPORTED and blurred:
        reason = f"inside the margin, but the rival {blurred[0]!r} is not excluded"
        return replace(judgment, verdict=Verdict.INCONCLUSIVE, reason=reason)
    return judgment


def _values_of(
    formula: Callable[..., Any] | Any, result: Result, evidence: Evidence, configuration: Configuration
) -> np.ndarray:
    names = {**{f.name: getattr(configuration, f.name) for f in fields(configuration)}, **result.inputs}
    with jax.enable_x64(True), jax.numpy_rank_promotion("allow"):
        returned = call(formula, names) if callable(formula) else formula
    values = np.asarray(returned)
    if values.dtype.kind not in "fiub":
        what = type(returned).__name__ if values.dtype == object or values.dtype.kind in "US" else values.dtype
        raise ConfigurationError(f"the formula returns {what} where real numbers are judged; return an array of floats")
    values = values.astype(float)
    like = evidence.predicted.shape if result.claim.kind == "rate" else evidence.measured.shape
    try:
        np.broadcast_shapes(values.shape, like)
    except ValueError:
        inputs = ", ".join(f"{n} {np.shape(v)}" for n, v in result.inputs.items())
        raise ConfigurationError(
            f"the formula returns shape {values.shape}, which does not fit {like}; the inputs are {inputs}"
        ) from None
    return values
