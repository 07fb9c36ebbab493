"""Verdicts as rows of a table that grows while claims finish."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from limitlab.terminal import Terminal
from limitlab.words import duration, interval, number
from validations.core.claim import Claim

if TYPE_CHECKING:
    from validations.core.result import Result

SCHEMA = 1
RAISED = "raised: "

# Title, least width, content, rank: on a narrow terminal columns of the highest rank are left out first.
Column = tuple[str, int, Callable[["Result"], str], int]
_COLUMNS: tuple[Column, ...] = (
    ("verdict", 12, lambda r: _verdict(r), 0),
    ("as expected", 11, lambda r: "yes" if r.as_expected else "NO", 0),
    ("measured - predicted", 32, lambda r: _estimate(r), 2),
    ("margin", 8, lambda r: number(r.judgment.margin) if r.judgment else "-", 2),
    ("rivals out", 10, lambda r: _rivals(r), 1),
    ("resolution", 10, lambda r: _percent(r.judgment.resolution if r.judgment else None), 3),
    ("replicates", 10, lambda r: str(r.judgment.replicates) if r.judgment else "-", 4),
    ("time", 8, lambda r: duration(r.seconds), 5),
)


@dataclass
class VerdictTable:
    """Prints a header with the first row, and below a surprising row why."""

    terminal: Terminal
    claims: Sequence[Claim]
    _started: bool = field(default=False, init=False)
    _told: set[str] = field(default_factory=set, init=False)

    def add(self, result: "Result") -> None:
        if not self._started and not self.terminal.quiet:
            self._started = True
            self.terminal.line(self._line("claim", [title for title, *_ in self._columns]), "bold")
        if not self.terminal.quiet or not result.as_expected:
            self.terminal.line(
                self._line(result.claim.id, [content(result) for *_, content, _ in self._columns]), _style(result)
            )
            if not result.as_expected:
                self.terminal.line(f"    {self._once(why(result))}", _style(result))

    def _once(self, reason: str) -> str:
        """A full disk stops every claim for one reason, which is told in one place."""
        if reason in self._told and reason.startswith(RAISED):
            return f"{RAISED}for the same reason"
        self._told.add(reason)
        return reason

    @property
    def _columns(self) -> Sequence[Column]:
        chosen = list(_COLUMNS)
        while (
            sys.stdout.isatty()
            and len(chosen) > 2
            and self._id_width + sum(w + 2 for _, w, *_ in chosen) > self.terminal.width
        ):
            chosen.remove(max(chosen, key=lambda column: column[-1]))
        return chosen

    @property
    def _id_width(self) -> int:
        return max([5, *(len(c.id) for c in self.claims), *(len(c.corrected_by or "") for c in self.claims)])

    def _line(self, id: str, cells: Sequence[str]) -> str:
        widths = [max(len(title), width) for title, width, *_ in self._columns]
        return "  ".join(
            [f"{id:<{self._id_width}}", *(f"{c:<{w}}" for c, w in zip(cells, widths, strict=True))]
        ).rstrip()


def why(result: "Result") -> str:
    """One clause below a row that is not as expected."""
    if result.error is not None or result.judgment is None:
        return f"{RAISED}{result.error}"
    judgment = result.judgment
    clauses = [f"expected {result.claim.expected}"] if result.verdict != result.claim.expected else []
    if result.claim.corrected_by and not (result.correction and result.correction.verdict == "supported"):
        clauses.append(f"its correction {result.claim.corrected_by} is not supported on the same measurement")
    clauses += [judgment.reason] if judgment.reason else []
    if judgment.needed:
        clauses.append(f"about {judgment.needed} replicates would decide")
    return "; ".join(clauses)


def as_json(results: Sequence["Result"], scale: str, seed: int) -> dict[str, Any]:
    """What `validate --json` prints."""
    return {"schema": SCHEMA, "scale": scale, "seed": seed, "results": [result.to_json() for result in results]}


def tally(results: Iterable["Result"]) -> str:
    """How many came out as expected, and what the others did.

    A claim that raised, one inconclusive and one that differs are different troubles and counted apart.
    """
    results = list(results)
    good = sum(r.as_expected for r in results)
    others = Counter(_trouble(r) for r in results if not r.as_expected)
    parts = [f"{good} of {len(results)} claims as expected", *(f"{n} {what}" for what, n in sorted(others.items()))]
    return ", ".join(parts)


def together(results: Iterable["Result"]) -> list[str]:
    """The Holm-adjusted line of a run, if more than one of its verdicts rests on sampling."""
    from validations.core.holm import summary

    line = summary({r.claim.id: r.judgment for r in results if r.judgment is not None})
    return [line] if line else []


def _trouble(result: "Result") -> str:
    if result.error is not None:
        return "raised"
    return "inconclusive" if result.verdict in ("inconclusive", result.claim.expected) else "not as expected"


def _verdict(result: "Result") -> str:
    from validations.core.judge import worded

    return worded(result.claim.kind, result.verdict) if result.verdict else "no verdict"


def _estimate(result: "Result") -> str:
    if result.judgment is None:
        return "-"
    return f"{number(result.judgment.estimate, sign=True)} in {interval(result.judgment.interval)}"


def _rivals(result: "Result") -> str:
    rivals = result.judgment.rivals if result.judgment else ()
    return f"{sum(r.excluded for r in rivals)} of {len(rivals)}" if rivals else "-"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{number(100 * share)} %"


def _style(result: "Result") -> str:
    if result.as_expected:
        return "green"
    return "yellow" if result.verdict == "inconclusive" else "red"
