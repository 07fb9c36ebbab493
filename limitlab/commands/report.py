"""One static HTML page of everything stored. Nothing is measured; every verdict is computed anew."""

import webbrowser
from argparse import ArgumentParser, Namespace

from limitlab.errors import UsageError
from limitlab.invocation import at_results, program
from limitlab.outcome import OK
from limitlab.terminal import Terminal
from limitlab.verdicts import together
from limitlab.workplace import complain, open_store, results_folder, select
from validations.core import environment


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "names", nargs="*", metavar="CLAIM", help="only these claims, themes or files; all if none is named"
    )
    parser.add_argument("--open", action="store_true", help="show the page in a browser")


def run(options: Namespace, terminal: Terminal) -> int:
    environment.configure()
    from figures.report import write
    from validations.core.laboratory import judge_stored

    folder = results_folder(options.results)
    registry, claims = select(options.names)
    store = open_store(options.results)
    results = []
    for result in judge_stored(registry, claims, store):
        results.append(result)
        terminal.status(f"judging {result.claim.id}")
    complain(store, terminal)
    if not results:
        raise UsageError(f"nothing is stored in {folder}; run `{program()} validate{at_results(options)}` first")
    path = folder / "report.html"
    terminal.status("drawing figures")
    newest = {result.claim.id: result for result in results}
    write(results, path, notes=together(newest.values()))
    terminal.line(str(path))
    terminal.emit({"report": str(path), "results": len(results)})
    if options.open and not webbrowser.open(path.resolve().as_uri()):
        terminal.note(f"no browser could be started; open {path} yourself")
    return OK
