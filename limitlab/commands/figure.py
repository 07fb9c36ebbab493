"""Draws the newest stored record of a claim. Nothing is measured; the verdict in the figure is computed anew."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from limitlab.errors import UsageError
from limitlab.invocation import at_results, program
from limitlab.options import add_scale, add_seed
from limitlab.outcome import OK, TROUBLE
from limitlab.terminal import Terminal
from limitlab.workplace import complain, open_store, select
from validations.core import environment

FORMATS = ("svg", "png", "pdf")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("names", nargs="+", metavar="CLAIM", help="id, theme, or file of your own")
    parser.add_argument(
        "--format",
        type=formats,
        default=("svg", "png"),
        metavar="FORMAT[,FORMAT]",
        help="some of svg, png, pdf (svg,png)",
    )
    add_scale(parser, default=None)
    add_seed(parser, default=None)


def run(options: Namespace, terminal: Terminal) -> int:
    environment.configure()
    from figures.core import draw, save
    from validations.core.laboratory import judge_newest

    registry, claims = select(options.names)
    store = open_store(options.results)
    newest = {result.claim.id: result for result in judge_newest(registry, claims, store, options.scale, options.seed)}
    complain(store, terminal)
    files, raised = [], False
    for result in (newest[claim.id] for claim in claims if claim.id in newest):
        if result.judgment is None or result.record is None:
            raised = True
            terminal.warn(result.sentence)
            continue
        written = save(draw(result), result.record.path, options.format)
        files += [
            {"id": result.claim.id, "scale": result.scale, "seed": result.seed, "file": str(path)} for path in written
        ]
        for path in written:
            terminal.line(str(path))
    if not files and not raised:
        asked = ", ".join(options.names) + _meant(options)
        raise UsageError(
            f"nothing is stored for {asked}; run `{program()} validate{at_results(options)} {options.names[0]}` first"
        )
    terminal.emit({"files": files})
    return TROUBLE if raised else OK


def formats(text: str) -> tuple[str, ...]:
    chosen = tuple(text.split(","))
    for name in chosen:
        if name not in FORMATS:
            raise ArgumentTypeError(f"there is no format {name!r}; the formats are {', '.join(FORMATS)}")
    return chosen


def _meant(options: Namespace) -> str:
    given = [
        f"{name} {value}" for name, value in (("scale", options.scale), ("seed", options.seed)) if value is not None
    ]
    return f" at {', '.join(given)}" if given else ""
