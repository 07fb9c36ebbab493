"""The whole page: summary, table, sections, references, in one file that loads nothing."""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from figures.report.easel import Easel
from figures.report.markup import Html, element, joined
from figures.report.picture import with_shared_letters
from figures.report.runs import Entry, entries, outcome, slug
from figures.report.section import section
from figures.report.table import table, toolbar
from validations.core.bibliography import reference
from validations.core.files import write as write_whole
from validations.core.result import Result


def write(
    results: Iterable[Result],
    path: str | Path,
    *,
    title: str = "limitlab report",
    notes: Sequence[str] = (),
    easel: Easel | None = None,
) -> Path:
    """Write the report of these results into one HTML file that opens from disk and needs no network.

    Args:
        notes: lines for the summary, such as the Holm-adjusted one of a run.
        easel: where figures may have been begun already.

    Returns:
        The path.

    Raises:
        StoreError: the file cannot be written.
    """
    path = Path(path)
    write_whole(path, page(list(results), title, notes, easel).encode())
    return path


def page(
    results: Sequence[Result],
    title: str = "limitlab report",
    notes: Sequence[str] = (),
    easel: Easel | None = None,
) -> str:
    """The report as HTML."""
    found = entries(results)
    names = {entry.claim.id: entry.name for entry in found}
    easel = easel or Easel()
    sections = with_shared_letters(joined(section(entry, names, easel) for entry in found))
    boxes = dict(re.findall(r'<svg id="([^"]*\.figure)" viewBox="([^"]*)"', sections))
    body = element(
        "body",
        element("header", element("h1", title), *summary(results, found, notes)),
        element("main", toolbar(found), table(found, boxes), sections, references(found)),
        Html(f"<script>{_asset('report.js')}</script>"),
    )
    return f"<!doctype html>\n{element('html', _head(title), body, lang='en')}\n"


def summary(results: Sequence[Result], found: Sequence[Entry], notes: Sequence[str]) -> list[Html]:
    """How many came out how, what was not as expected, and what it was made with."""
    shown = [(entry, run.result) for entry in found for run in entry.runs]
    counts = Counter(outcome(r) for _, r in shown)
    tiles = [
        ("claims", len(found)),
        *((k, counts[k]) for k in ("supported", "refuted", "inconclusive", "error") if counts[k]),
    ]
    odd = [(entry, r) for entry, r in shown if not r.as_expected]
    surprises = [
        joined([", " if i else "", element("a", r.claim.id, href=f"#{e.name}")]) for i, (e, r) in enumerate(odd)
    ]
    verdict = (
        ["Not as expected: ", *surprises, "."]
        if odd
        else ["Every verdict is as expected." if shown else "Nothing was judged."]
    )
    stale = sum(r.stale for r in results)
    return [
        element(
            "ul",
            *(element("li", element("strong", n), f" {name}", class_=f"tile {name}") for name, n in tiles),
            class_="tiles",
        ),
        element("p", *verdict, class_="error" if odd else None),
        *(element("p", note) for note in notes),
        element("p", f"{stale} records are stale: other versions or other code made them.", class_="error")
        if stale
        else Html(),
        element("p", made(results), class_="facts"),
    ]


def made(results: Sequence[Result]) -> str:
    """When the page was written, and the versions that measured."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    versions = sorted(
        {f"{k} {v}" for r in results if r.record for k, v in dict(r.record.provenance.get("versions", {})).items()}
    )
    return f"Written {now}." + (f" Measured with {', '.join(versions)}." if versions else "")


def references(found: Sequence[Entry]) -> Html | None:
    keys = sorted({key for entry in found for key in entry.claim.papers})
    if not keys:
        return None
    items = []
    for paper in map(reference, keys):
        where = element("a", paper.address.removeprefix("https://"), href=paper.address) if paper.address else None
        items.append(element("li", element("code", paper.key), f" {paper.text} ", where, id=slug(f"paper-{paper.key}")))
    return element("section", element("h2", "References"), element("ul", *items), class_="references")


def _head(title: str) -> Html:
    """A policy in the page itself forbids every load and every script but ours, whatever a claim's text holds."""
    script = base64.b64encode(hashlib.sha256(_asset("report.js").encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{script}'"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        Html(f"<style>{_asset('report.css')}</style>"),
    )


def _asset(name: str) -> str:
    return files("figures.report").joinpath(name).read_text(encoding="utf-8")
