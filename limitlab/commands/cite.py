"""BibTeX of what a claim or a paper cites."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence

from limitlab.errors import UsageError
from limitlab.invocation import program
from limitlab.nearest import did_you_mean
from limitlab.outcome import OK
from limitlab.terminal import Terminal
from limitlab.workplace import select
from paper_repro.registry import load_papers
from validations.core.bibliography import entries
from validations.core.registry import is_file, load_registry


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "names", nargs="+", metavar="CLAIM or PAPER", help="a claim's id, a theme, a folder of paper_repro, or a key"
    )


def run(options: Namespace, terminal: Terminal) -> int:
    keys = list(dict.fromkeys(keys_of(options.names)))
    if unknown := [k for k in keys if k not in entries()]:
        raise UsageError(f"{', '.join(unknown)} is in no references.bib below validations/")
    if not keys:
        raise UsageError(f"{', '.join(options.names)} cites no paper")
    for i, key in enumerate(keys):
        terminal.line(("\n" if i else "") + entries()[key])
    terminal.emit([{"key": key, "bibtex": entries()[key]} for key in keys])
    return OK


def keys_of(names: Sequence[str]) -> Iterator[str]:
    """The bibliography keys behind claims, themes, files, papers' folders, or keys themselves.

    Raises:
        UsageError: a name is none of these; the nearest is given.
    """
    papers = load_papers()
    yield from (name for name in names if name in entries())
    yield from (papers[name].expected.paper for name in names if name in papers)
    rest = [name for name in names if name not in entries() and name not in papers]
    registry = load_registry([name for name in rest if is_file(name)])
    for name in rest:
        if not is_file(name) and not any(name in (c.id, c.theme) for c in registry.claims.values()):
            hint = (
                did_you_mean(name, [*registry.claims, *papers, *entries()]) or f"; `{program()} list` prints the claims"
            )
            raise UsageError(f"there is no claim or paper {name!r}{hint}")
    if rest:
        yield from (key for claim in select(rest)[1] for key in claim.papers)
