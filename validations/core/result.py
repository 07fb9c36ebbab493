"""One judged claim."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from validations.core.claim import Claim
from validations.core.evidence import Evidence, Judgment, Verdict
from validations.core.judge import worded
from validations.core.record import Record
from validations.core.theory import Axes, Theory


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """A claim, the record that it was judged on, and the judgment; or the error that kept it from one.

    Attributes:
        correction: the result of the claim that corrects this one, where it is an erratum.
        inputs: the named arguments of the formula.
        seconds: measuring and judging; claims of one experiment share its measurement and each count it.
    """

    claim: Claim
    scale: str
    seed: int
    judgment: Judgment | None = None
    record: Record | None = None
    theory: Theory | None = None
    evidence: Evidence | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    axes: Axes | None = None
    correction: "Result | None" = None
    seconds: float = 0.0
    stale: bool = False
    error: str | None = None

    @property
    def verdict(self) -> Verdict | None:
        return self.judgment.verdict if self.judgment else None

    @property
    def as_expected(self) -> bool:
        """Whether the expected verdict came out; for an erratum, beside a correction supported by the same data."""
        if self.verdict != self.claim.expected:
            return False
        return self.claim.corrected_by is None or (
            self.correction is not None and self.correction.verdict is Verdict.SUPPORTED
        )

    @property
    def where(self) -> str:
        """The point nearest to the margin, in words."""
        if self.judgment is None or self.axes is None or not self.judgment.where:
            return ""
        *before, last = self.judgment.where
        if self.claim.kind in ("identity", "bound"):
            return f"case {', '.join(str(i) for i in self.judgment.where)}"
        words = [self.axes.series[i] if i < len(self.axes.series) else f"series {i}" for i in before[-1:]]
        if self.axes.x is None:
            label = self.axes.series[last] if last < len(self.axes.series) else f"entry {last}"
            return ", ".join([*words, label])
        x = np.asarray(self.inputs[self.axes.x], dtype=float)
        at = np.ravel(x[..., min(last, x.shape[-1] - 1)])[0] if x.ndim else x
        return ", ".join([*words, f"{self.axes.x_label or self.axes.x} = {float(at):.4g}"])

    @property
    def sentence(self) -> str:
        if self.judgment is None:
            return f"{self.claim.id}: no verdict; {self.error}"
        j = self.judgment
        low, high = j.interval
        at = f" at {self.where}" if self.where else ""
        resolution = f", resolution {j.resolution:.2g}" if j.resolution is not None else ""
        surprise = "" if self.as_expected else f" (expected {self.claim.expected})"
        reason = f"; {j.reason}" if j.reason else ""
        return (
            f"{self.claim.id}: {worded(self.claim.kind, j.verdict)}{surprise}: "
            f"measured minus predicted {j.estimate:.3g} in [{low:.3g}, {high:.3g}], margin {j.margin:.3g}{at}; "
            f"{sum(r.excluded for r in j.rivals)} of {len(j.rivals)} rivals excluded{resolution}; "
            f"{j.replicates} replicates, seed {self.seed}, {self.scale} scale{reason}"
        )

    def __str__(self) -> str:
        return self.sentence

    def to_json(self) -> dict[str, Any]:
        """The result as the command line's JSON has it: plain values, null for what is not a finite number."""
        j = self.judgment
        return {
            "id": self.claim.id,
            "verdict": str(j.verdict) if j else None,
            "expected": self.claim.expected,
            "as_expected": self.as_expected,
            "power": _number(j.power) if j else None,
            "resolution": _number(j.resolution) if j else None,
            "rivals": [
                {"name": r.name, "excluded": r.excluded, "distance": _number(r.distance)}
                for r in (j.rivals if j else ())
            ],
            "estimate": _number(j.estimate) if j else None,
            "interval": [_number(v) for v in j.interval] if j else None,
            "margin": _number(j.margin) if j else None,
            "where": self.where or None,
            "replicates": j.replicates if j else None,
            "seconds": _number(self.seconds),
            "record": str(self.record.path) if self.record else None,
            "stale": self.stale,
            "error": self.error,
        }


def _number(value: float | None) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None
