"""References that claims cite: every key exists, names and accents are readable, addresses are built."""

import doctest

from validations.core import bibliography
from validations.core.bibliography import entries, reference
from validations.core.registry import load_registry


def test_examples() -> None:
    assert doctest.testmod(bibliography).failed == 0


def test_every_cited_paper_is_there_with_authors_year_and_title() -> None:
    for claim in load_registry().claims.values():
        for key in claim.papers:
            assert key in entries(), f"{claim.id} cites {key}"
            text = reference(key).text
            assert "n.d." not in text and "{" not in text and "\\" not in text, text


def test_accents_and_braces_are_dropped() -> None:
    assert reference("penson2011").text.startswith("Penson and Zyczkowski (2011), Product of Ginibre matrices")


def test_letters_of_other_alphabets_are_kept() -> None:
    assert "Løkse" in reference("yu2024").text


def test_unknown_key_is_its_own_text() -> None:
    assert reference("nobody1900").text == "nobody1900" and reference("nobody1900").address is None
