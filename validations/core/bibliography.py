"""The papers that claims cite: entries of the themes' `references.bib`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_ENTRY = re.compile(r"@(\w+)\s*\{\s*([^,\s]+)\s*,")
_FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*?)\},?\s*$", re.MULTILINE | re.DOTALL)
_LETTERS = {r"\o": "ø", r"\O": "Ø", r"\l": "ł", r"\L": "Ł", r"\ss": "ß", r"\aa": "å", r"\ae": "æ"}
_LETTER = re.compile("|".join(re.escape(command) + r"(?![a-zA-Z])\s?" for command in sorted(_LETTERS, reverse=True)))
_MARKUP = re.compile(r"\\[^a-zA-Z\s]|[{}]|\s*\n\s*")


@dataclass(frozen=True)
class Reference:
    """A cited paper in words. A key that the bibliography lacks has its key for text and no address.

    Attributes:
        text: authors, year, title.
        address: where to read it.
    """

    key: str
    text: str
    address: str | None = None


@cache
def entries() -> Mapping[str, str]:
    """BibTeX by key, verbatim.

    >>> entries()["saxe2014"].splitlines()[0]
    '@inproceedings{saxe2014,'
    """
    files = sorted(Path(__file__).resolve().parent.parent.glob("*/references.bib"))
    return {key: entry for path in files for key, entry in _split(path.read_text(encoding="utf-8"))}


@cache
def reference(key: str) -> Reference:
    """The paper of this key.

    >>> reference("saxe2014").text[:38], reference("saxe2014").address
    ('Saxe, McClelland and Ganguli (2014), E', 'https://arxiv.org/abs/1312.6120')
    """
    if key not in entries():
        return Reference(key, key)
    given = {name.lower(): _plain(value) for name, value in _FIELD.findall(entries()[key])}
    names = [author.split(",")[0].strip() for author in given.get("author", key).split(" and ")]
    people = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if len(names) < 6 else f"{names[0]} et al."
    text = f"{people} ({given.get('year', 'n.d.')}), {given.get('title', '')}"
    if "eprint" in given:
        return Reference(key, text, f"https://arxiv.org/abs/{given['eprint']}")
    return Reference(key, text, f"https://doi.org/{given['doi']}" if "doi" in given else None)


def _plain(value: str) -> str:
    return _MARKUP.sub("", _LETTER.sub(lambda command: _LETTERS[command[0].strip()], value))


def _split(text: str) -> Iterator[tuple[str, str]]:
    for match in _ENTRY.finditer(text):
        depth, end = 0, match.start()
        for end in range(match.start(), len(text)):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            if text[end] == "}" and depth == 0:
                break
        yield match.group(2), text[match.start() : end + 1]
