"""One judged measurement: the figure, the numbers that decided, the rivals, other seeds."""

from collections.abc import Sequence

from figures.core.canvas import ESTIMATES
from figures.core.words import number
from figures.report.easel import Easel
from figures.report.markup import Html, definitions, element, joined
from figures.report.origin import origin
from figures.report.picture import picture
from figures.report.runs import Run, outcome, said
from figures.report.typeset import prose
from validations.core.evidence import Judgment, Verdict
from validations.core.judge import worded
from validations.core.result import Result


def run_block(run: Run, easel: Easel) -> Html:
    """One judged measurement: figure, numbers, rivals, origin."""
    result = run.result
    heading = element("h3", badge(result), f" {result.scale} scale, seed {result.seed}")
    if result.judgment is None:
        return element(
            "article", heading, element("p", result.error or "no verdict", class_="error"), origin(result), id=run.name
        )
    return element(
        "article",
        heading,
        None if result.as_expected else element("p", surprise(result), class_="error"),
        element("div", picture(result, run.figure, easel), class_="figure scroll", tabindex="0"),
        decision(result, result.judgment),
        rivals(result, result.judgment),
        further(run.seeds),
        origin(result),
        id=run.name,
    )


def badge(result: Result) -> Html:
    return element("span", said(result), class_=f"badge {outcome(result)}")


def surprise(result: Result) -> str:
    """Why the result is not as expected."""
    if outcome(result) == result.claim.expected:
        return f"Not as expected: its correction {result.claim.corrected_by} is not supported on the same measurement."
    return f"Not as expected: {worded(result.claim.kind, Verdict(result.claim.expected))} was expected."


def decision(result: Result, j: Judgment) -> Html:
    """The numbers behind the verdict."""
    claim = result.claim
    low, high = j.interval
    sampled = claim.kind in ESTIMATES
    interval = f", 98 % interval [{number(low)}, {number(high)}]" if sampled else ", the worst case"
    rows = [
        (ESTIMATES.get(claim.kind, "measured minus predicted"), number(j.estimate) + interval),
        ("decided at", prose(result.where) if result.where else None),
        ("allowed for rounding", None if sampled else number(j.margin)),
        (
            "margin",
            joined(
                [
                    f"{number(j.margin)}, " if sampled else "",
                    claim.margin.basis.replace("_", " "),
                    ": ",
                    prose(claim.margin.why),
                ]
            ),
        ),
        ("resolution", _relative(j.resolution)),
        ("replicates", f"{j.replicates}" + (f", {j.diverged} of them not finite" if j.diverged else "")),
        ("would decide", f"about {j.needed} replicates" if j.needed else None),
        ("p-value", f"{j.p_value:.2g}" if j.p_value is not None else None),
        ("because", j.reason or None),
    ]
    return definitions(rows)


def rivals(result: Result, j: Judgment) -> Html:
    """The wrong theories, how far they lie from the prediction, and whether the data exclude them."""
    why = {r.name: r for r in result.claim.rivals}
    rows = [
        element(
            "tr",
            element("td", prose(r.name), " (near)" if r.name in why and why[r.name].near else None),
            element("td", prose(why[r.name].why) if r.name in why else ""),
            element("td", f"{number(r.distance)} margins" if r.distance is not None else "–"),
            element("td", "✓ excluded" if r.excluded else "✗ not excluded"),
        )
        for r in j.rivals
    ]
    head = element(
        "tr", *(element("th", h, scope="col") for h in ("rival", "why one might hold it", "distance", "excluded"))
    )
    lonely = result.claim.no_near_rival
    return joined(
        [
            element(
                "div",
                element("table", element("thead", head), element("tbody", *rows), class_="rivals"),
                class_="scroll",
                tabindex="0",
            ),
            element("p", "No rival is near: ", prose(lonely)) if lonely else None,
        ]
    )


def further(seeds: Sequence[Result]) -> Html | None:
    """What came out for other seeds of the same configuration."""
    if not seeds:
        return None
    agreed = sum(r.as_expected for r in seeds)
    items = [element("li", f"seed {r.seed}: ", badge(r), f" {_brief(r)}") for r in seeds]
    return element(
        "details",
        element("summary", f"{len(seeds)} more seeds, {agreed} as expected"),
        element("ul", *items),
        class_="seeds",
    )


def _brief(result: Result) -> str:
    j = result.judgment
    return f"{number(j.estimate)} in [{number(j.interval[0])}, {number(j.interval[1])}]" if j else result.error or ""


def _relative(value: float | None) -> str | None:
    return f"{number(100 * value)} % of the prediction" if value is not None else None
