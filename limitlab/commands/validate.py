"""Measures what is not stored, predicts afresh, judges: one row a claim as it finishes, then what to do next."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Sequence
from shlex import quote
from typing import TYPE_CHECKING, Any

from limitlab.errors import UsageError
from limitlab.invocation import at_results, program
from limitlab.options import add_scale, add_seed, setting, whole
from limitlab.outcome import OK, exit_code
from limitlab.progress import Ticker
from limitlab.terminal import Terminal
from limitlab.verdicts import VerdictTable, as_json, tally, together
from limitlab.words import duration, storage
from limitlab.workplace import at_scale, complain, open_store, results_folder, select
from validations.core import environment
from validations.core.claim import Claim
from validations.core.registry import Registry

if TYPE_CHECKING:
    from validations.core.result import Result

JUDGES = True


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "names", nargs="*", metavar="CLAIM, THEME or FILE", help="what to validate; everything if nothing is named"
    )
    add_scale(parser)
    add_seed(parser)
    parser.add_argument(
        "--seeds",
        type=whole(1),
        metavar="N",
        help="N other seeds instead: how many of them come out as expected, by claim",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--workers", type=whole(1), metavar="N", help="processes on this machine (none: in this one)")
    where.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler, or local:N for N local Dask workers")
    parser.add_argument(
        "--override",
        type=setting,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the configuration, as in depth=4",
    )
    parser.add_argument("--fresh", action="store_true", help="measure anew even what is stored")
    parser.add_argument("--report", action="store_true", help="then write the page of everything stored, with figures")
    parser.add_argument(
        "--measure-cost", action="store_true", help="print what one replicate takes, for a claim's declaration"
    )


def run(options: Namespace, terminal: Terminal) -> int:
    environment.configure()
    from validations.core.executors import open_executor

    if options.report and (options.seeds or options.measure_cost):
        other = "--seeds" if options.seeds else "--measure-cost"
        raise UsageError(f"--report shows one seed's verdicts and does not go with {other}; leave one of them out")
    registry, claims = select(options.names)
    claims = at_scale(claims, options.scale, options.names, terminal)
    if options.measure_cost:
        from limitlab.costs import measure_costs

        measure_costs(registry, claims, options.scale, terminal)
        return OK
    if options.scale == "paper":
        terminal.note(estimate(claims, options.scale))
    with open_executor(options.workers, options.cluster) as executor:
        if options.seeds:
            from limitlab.seeds import validate_seeds

            return validate_seeds(registry, claims, options, executor, terminal)
        return _validate(registry, claims, options, executor, terminal)


def _validate(
    registry: Registry, claims: Sequence[Claim], options: Namespace, executor: Any, terminal: Terminal
) -> int:
    from validations.core.laboratory import validate_all

    results: list["Result"] = []
    begin, report = _drawing(registry, options, executor, terminal)
    table = VerdictTable(terminal, claims)
    store = open_store(options.results)
    try:
        for result in validate_all(
            registry, claims, store=store, scale=options.scale, seed=options.seed,
            overrides=dict(options.override), executor=executor, progress=Ticker(terminal), fresh=options.fresh,
        ):  # fmt: skip
            results.append(result)
            table.add(result)
            begin(result)
    except KeyboardInterrupt:
        _conclude(results, options, terminal)
        terminal.emit(as_json(results, options.scale, options.seed))
        raise
    _conclude(results, options, terminal)
    complain(store, terminal)
    judged = any(result.judgment is not None for result in results)
    written = report(results) if judged else {}
    terminal.emit(as_json(results, options.scale, options.seed) | written)
    if judged:
        _advise(options, terminal)
    return exit_code(results)


def _drawing(
    registry: Registry, options: Namespace, executor: Any, terminal: Terminal
) -> tuple[Callable[["Result"], None], Callable[[Sequence["Result"]], dict[str, str]]]:
    """What to do with each result, and with all of them, for `--report`; nothing without it."""
    if not options.report:
        return lambda result: None, lambda results: {}
    from figures.report import Easel
    from limitlab.commands.report import write_report

    easel = Easel(executor)

    def report(results: Sequence["Result"]) -> dict[str, str]:
        path, _ = write_report(registry, list(registry.claims.values()), options, terminal, results, easel)
        terminal.line(f"\nThe report, with every figure (open it in a browser): {path}")
        return {"report": str(path)}

    return easel.begin, report


def estimate(claims: Iterable[Claim], scale: str) -> str:
    """What a scale takes by the experiments' declared cost, measured at standard scale."""
    experiments = {c.experiment.id: c.experiment for c in claims}.values()
    runs = [(e, e.scales[scale].replicates) for e in experiments if scale in e.scales]
    seconds = sum(e.cost.seconds * replicates for e, replicates in runs)
    size = sum(e.cost.bytes * replicates for e, replicates in runs)
    takes = f"{duration(seconds)} of one core and {storage(size)}"
    return f"{scale} scale: {len(runs)} experiments, at least {takes} by their declared cost"


def _conclude(results: Sequence["Result"], options: Namespace, terminal: Terminal) -> None:
    terminal.status("")
    if results and not terminal.quiet:
        terminal.line(f"\n{tally(results)}")
        for line in together(results):
            terminal.line(line)


def _advise(options: Namespace, terminal: Terminal) -> None:
    at = at_results(options)
    typed = program()
    page = "" if options.report else f"one page of everything stored: {typed} report{at}; "
    terminal.note(f"records: {results_folder(options.results)}; {page}one figure: {typed} figure{at} CLAIM")
    if options.scale == "smoke":
        names = "".join(f"{quote(name)} " for name in options.names)
        terminal.note(f"to go on at the scale of minutes: {typed} validate{at} {names}--scale standard")
