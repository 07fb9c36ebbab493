"""One paper reproduced: its numbers compared, its figures drawn and saved."""

import inspect
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from paper_repro.comparison import Item, compare
from paper_repro.expected import PaperError, Published
from paper_repro.registry import Paper
from validations.core.store import Store


@dataclass(frozen=True)
class Reproduction:
    """What came of a paper at one scale: items in the order of `expected.json`, files of its figures."""

    paper: Paper
    scale: str
    items: tuple[Item, ...]
    files: tuple[Path, ...]
    seconds: float


def reproduce(
    paper: Paper, scale: str, store: Store, figure: str | None = None, formats: Sequence[str] = ("svg",)
) -> Reproduction:
    """Run a paper at one scale, compare its published numbers and save its figures below the store's root.

    Args:
        figure: only this figure and its numbers; all if None.

    Raises:
        PaperError: no such scale or figure, or the folder breaks its rules.
    """
    started = time.perf_counter()
    names = choose(paper, figure)
    papers = Path(store.root) / "papers"
    data = _run(paper, scale, Store(papers), names)  # its settings are the paper's: no claim is judged on them
    numbers = [n for n in paper.expected.numbers if figure is None or n.figure == figure]
    items = tuple(compare(number, data, scale) for number in numbers)
    folder = papers / paper.id / scale
    files = _save(paper, data, names, folder, formats)
    (folder / "numbers.json").write_text(json.dumps([i.to_json() for i in items], indent=1, allow_nan=False) + "\n")
    return Reproduction(paper, scale, items, files, time.perf_counter() - started)


def undecided(paper: Paper, figure: str | None, reason: str) -> tuple[Item, ...]:
    """The items of a paper that could not be run: every published number stays visible."""
    numbers: list[Published] = [n for n in paper.expected.numbers if figure is None or n.figure == figure]
    return tuple(Item(n, None, None, "undecided", reason) for n in numbers)


def choose(paper: Paper, figure: str | None) -> tuple[str, ...]:
    """The names of the figures asked for; PaperError names the nearest to an unknown one."""
    known = tuple(paper.expected.figures)
    if figure is None or figure in known:
        return known if figure is None else (figure,)
    near = get_close_matches(figure, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
    raise PaperError(f"{paper.id} has no figure {figure!r}; {hint}")


def _run(paper: Paper, scale: str, store: Store, names: Sequence[str]) -> Mapping[str, np.ndarray]:
    run = paper.figure.run
    only = {"only": frozenset(names)} if "only" in inspect.signature(run).parameters else {}
    return run(paper.configuration(scale), store=store, **only)


def _save(
    paper: Paper, data: Mapping[str, np.ndarray], names: Sequence[str], folder: Path, formats: Sequence[str]
) -> tuple[Path, ...]:
    drawn = paper.figure.draw(data)
    if missing := set(names) - set(drawn):
        raise PaperError(f"`draw` of {paper.id} returned no {', '.join(sorted(missing))}, which expected.json names")
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name in names:
        for form in formats:
            files.append(folder / f"{name}.{form}")
            figure = getattr(drawn[name], "figure", drawn[name])  # a drawing carries its figure and its data
            figure.savefig(files[-1], metadata={"Date": None} if form == "svg" else None)
    return tuple(files)
