"""One static HTML page of everything stored. Nothing is measured; every verdict is computed anew."""

import webbrowser
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from limitlab.errors import UsageError
from limitlab.invocation import at_results, program
from limitlab.outcome import OK
from limitlab.terminal import Terminal
from limitlab.verdicts import together
from limitlab.workplace import complain, open_store, results_folder, select
from validations.core import environment
from validations.core.claim import Claim
from validations.core.registry import Registry

if TYPE_CHECKING:
    from figures.report import Easel
    from validations.core.result import Result


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "names", nargs="*", metavar="CLAIM", help="only these claims, themes or files; all if none is named"
    )
    parser.add_argument("--open", action="store_true", help="show the page in a browser")


def run(options: Namespace, terminal: Terminal) -> int:
    environment.configure()
    registry, claims = select(options.names)
    path, count = write_report(registry, claims, options, terminal)
    terminal.line(str(path))
    terminal.emit({"report": str(path), "results": count})
    if options.open and not webbrowser.open(path.resolve().as_uri()):
        terminal.note(f"no browser could be started; open {path} yourself")
    return OK


def write_report(
    registry: Registry,
    claims: Sequence[Claim],
    options: Namespace,
    terminal: Terminal,
    judged: Sequence["Result"] = (),
    easel: "Easel | None" = None,
) -> tuple[Path, int]:
    """The page of what is stored for these claims, and how many results it shows.

    Args:
        judged: results of this very run, which need not be judged again.
        easel: where their figures were begun.
    """
    from figures.report import write
    from validations.core.laboratory import judge_stored

    folder = results_folder(options.results)
    store = open_store(options.results)
    results = []
    for result in judge_stored(registry, claims, store, judged):
        results.append(result)
        terminal.status(f"judging {result.claim.id}")
    complain(store, terminal)
    if not results:
        raise UsageError(f"nothing is stored in {folder}; run `{program()} validate{at_results(options)}` first")
    path = folder / "report.html"
    terminal.status("drawing figures")
    newest = {result.claim.id: result for result in results}
    write(results, path, notes=together(newest.values()), easel=easel)
    return path, len(results)
