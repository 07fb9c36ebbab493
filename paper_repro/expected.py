"""The published numbers of a paper: the schema of `expected.json`, and its reader.

A folder `paper_repro/<author><year>_<topic>/` holds

- `README.md` with the sections "What the paper shows", "How ours differs" and "Time";
- `config.py` with one frozen dataclass and its instances `SMOKE`, `STANDARD`, `PAPER` (at least two of them);
- `figure.py` with `run(config, store=None) -> dict[str, array]` and `draw(data) -> dict[str, Figure]`, nothing at
  import. `run` may take a third argument `only`, the set of figure names asked for, to skip the rest. It takes
  measurements by experiments through `store` (a `validations.core.store.Store` of papers' measurements only: their
  settings are not those that claims are judged on);
- `expected.json`, described here.

```json
{
  "schema": 1,
  "paper": "saxe2014",
  "title": "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks",
  "figures": {"learning_time": "Learning time against depth (Fig. 5)"},
  "numbers": [
    {
      "id": "orthogonal_over_gaussian",
      "figure": "learning_time",
      "where": "Sec. 3.1, p. 9",
      "what": "Learning time at depth 100 over learning time at depth 3, orthogonal start",
      "value": 1.3, "unit": "",
      "origin": "text",
      "kind": "mean",
      "rounding": 0.05,
      "tolerance": 0.2,
      "why": "printed with one decimal; 0.2 is a third of the way to the Gaussian start's ratio"
    }
  ]
}
```

`paper` is a key of `references.bib`; `figures` names what `draw` returns, each with a caption. Of each number,
`id`, `where`, `what`, `value`, `origin`, `kind`, `tolerance` and `why` are required; `figure` names one of the figures.

- `origin`: `text` or `table` (printed), `derived` (computed from what is printed: `why` says how) or `digitised` (read
  off a figure). A number without an origin is rejected.
- `kind`: `identity` (no randomness), `mean`, `rate` (an exponent), `threshold`, `bound` or `ordering`. The last two
  need `side`, "above" or "below": ours is said to lie on that side of `value` (0 for an ordering of differences).
- `tolerance`: the smallest difference that matters, and `why`. For `bound` and `ordering` it may be 0.
- How the number was made, each in the number's own unit: `rounding`, half a unit of the last digit printed (required
  unless digitised); `reading`, the largest error of reading it off the figure (required if digitised);
  `standard_error`, as published; or `runs`, over how many runs the published number is a mean (1: a single run).
- `ours`: key of our number in what `run` returns; the id if absent.
- `scales`: where the comparison means anything, if not everywhere.
- `expected`: "agrees", or "contradicts" with a `note` that says what we hold instead.

Our number is an array of replicates (R,), or a scalar with `<key>.error` (numerical error, from two resolutions) or
`<key>.interval` (98 %, as a fitted exponent has) beside it in what `run` returns. `paper_repro.comparison` compares.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from validations.core.errors import LaboratoryError

SCHEMA = 1
ORIGINS = ("text", "table", "derived", "digitised")
KINDS = ("identity", "mean", "rate", "threshold", "bound", "ordering")
SIDED = ("bound", "ordering")
SCALES = ("smoke", "standard", "paper")


class PaperError(LaboratoryError):
    """A paper's folder, or its `expected.json`, breaks the rules of `paper_repro.expected`."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """One published number, how it was made, and how far ours may lie from it. See the module's docstring."""

    id: str
    where: str
    what: str
    value: float
    origin: str
    kind: str
    tolerance: float
    why: str
    figure: str = ""
    unit: str = ""
    side: str = ""
    rounding: float | None = None
    reading: float | None = None
    standard_error: float | None = None
    runs: int | None = None
    ours: str = ""
    scales: tuple[str, ...] = SCALES
    expected: str = "agrees"
    note: str = ""

    def __post_init__(self) -> None:
        for problem in _problems(self):
            raise PaperError(f"published number {self.id!r}: {problem}")

    @property
    def key(self) -> str:
        return self.ours or self.id

    @property
    def slack(self) -> float:
        """What rounding and reading may have moved the published number by."""
        return (self.rounding or 0.0) + (self.reading or 0.0)


@dataclass(frozen=True)
class Expected:
    """All that `expected.json` says."""

    paper: str
    title: str
    figures: Mapping[str, str]
    numbers: tuple[Published, ...]


def read(path: Path) -> Expected:
    """The published numbers in this file, checked.

    Raises:
        PaperError: one sentence that names the file, the number and what is wrong.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except (OSError, UnicodeDecodeError, ValueError) as problem:
        raise PaperError(f"{path} cannot be read as JSON: {problem}") from None
    try:
        return parse(content)
    except PaperError as problem:
        raise PaperError(f"{path}: {problem}") from None


def parse(content: object) -> Expected:
    """The published numbers in this JSON value, checked."""
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise PaperError(f'the file must hold an object with "schema": {SCHEMA}')
    missing = {"paper", "title", "figures", "numbers"} - content.keys()
    if missing:
        raise PaperError(f"{', '.join(sorted(missing))} missing beside schema, paper, title, figures, numbers")
    numbers = tuple(_number(entry) for entry in content["numbers"])
    ids = [n.id for n in numbers]
    for twice in sorted({i for i in ids if ids.count(i) > 1}):
        raise PaperError(f"two published numbers share the id {twice!r}; ids are unique in a paper")
    for number in numbers:
        if number.figure and number.figure not in content["figures"]:
            raise PaperError(
                f"published number {number.id!r}: figure {number.figure!r} is not among {sorted(content['figures'])}"
            )
    return Expected(content["paper"], content["title"], dict(content["figures"]), numbers)


def _number(entry: object) -> Published:
    if not isinstance(entry, dict) or not entry.get("id"):
        raise PaperError(f"each published number is an object with an id, not {entry!r}")
    known = {f.name for f in fields(Published)}
    for name in entry.keys() - known:
        near = get_close_matches(name, known, n=1)
        raise PaperError(
            f"published number {entry['id']!r}: unknown field {name!r}"
            + (f"; did you mean {near[0]!r}?" if near else "")
        )
    required = [f.name for f in fields(Published) if f.default is MISSING]
    for name in required:
        if name not in entry:
            raise PaperError(f"published number {entry['id']!r}: {name} is missing" + _hint(name))
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    return Published(**given)


def _hint(name: str) -> str:
    hints = {
        "origin": f"; say where it comes from: {', '.join(ORIGINS)}",
        "tolerance": "; say which difference would matter",
    }
    return hints.get(name, "")


def _problems(n: Published):
    for name in ("where", "what", "why"):
        if not isinstance(getattr(n, name), str) or not getattr(n, name).strip():
            yield f"{name} must be a sentence, not {getattr(n, name)!r}"
    for name, allowed in (("origin", ORIGINS), ("kind", KINDS), ("expected", ("agrees", "contradicts"))):
        if getattr(n, name) not in allowed:
            yield f"{name} {getattr(n, name)!r} must be one of {', '.join(allowed)}"
    if not _is_number(n.value):
        yield f"value {n.value!r} must be a finite number"
    for name in ("tolerance", "rounding", "reading", "standard_error"):
        if getattr(n, name) is not None and not (_is_number(getattr(n, name)) and getattr(n, name) >= 0):
            yield f"{name} {getattr(n, name)!r} must be a number at or above 0"
    if (n.side in ("above", "below")) != (n.kind in SIDED):
        yield f'side {n.side!r} must be "above" or "below" for {" and ".join(SIDED)}, and absent otherwise'
    if n.tolerance == 0 and n.kind not in SIDED:
        yield "tolerance 0 can never be met; say which difference would matter"
    if n.origin == "digitised" and not n.reading:
        yield "a digitised number needs its reading error, `reading`"
    if n.origin != "digitised" and n.rounding is None:
        yield "give `rounding`, half a unit of the last printed digit (0 where the number is exact)"
    if n.runs is not None and (isinstance(n.runs, bool) or not isinstance(n.runs, int) or n.runs < 1):
        yield f"runs {n.runs!r} must be a whole number at or above 1"
    if n.runs is not None and n.standard_error is not None:
        yield "give `standard_error` as published or `runs`, not both"
    if not n.scales or set(n.scales) - set(SCALES):
        yield f"scales {list(n.scales)} must be some of {', '.join(SCALES)}"
    if n.expected == "contradicts" and not n.note:
        yield "an expected contradiction needs a `note` that says what holds instead"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")
