"""Words: the glossary has those of the code, and the pages keep to British spelling."""

from __future__ import annotations

import re

import pytest

from shelfhook.model import ChangeKind, EventKind, Outcome, Trigger
from tests.docs.pages import BLOCK, ROOT, pages

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
AMERICAN = (
    r"\b(?:behaviors?|colors?|colored|centers?|centered|favorites?|honors?|neighbors?|catalogs?"
    r"|canceled|canceling|labeled|licenses|gray|fulfill|program[m]?es)\b"
)


def row(word: str) -> str:
    found = re.search(rf"^\| {word} \| (.*) \|$", GLOSSARY, re.MULTILINE)
    assert found, word
    return found[1]


@pytest.mark.parametrize(
    ("word", "kinds"),
    [("event", EventKind), ("outcome", Outcome), ("trigger", Trigger)],
)
def test_the_glossary_has_the_words_of_the_code(word: str, kinds: type) -> None:
    told = set(re.findall(r"`([\w.]+)`", row(word)))
    internal = {"routine.called"}  # calls use the inbox too; no sender can send it
    assert told == {str(kind) for kind in kinds} - internal  # type: ignore[attr-defined]  # an enum


def test_the_glossary_names_what_can_be_changed() -> None:
    assert all(str(kind) in row("change") for kind in ChangeKind)


def test_the_glossary_is_in_order() -> None:
    words = re.findall(r"^\| (?!word|-)(.*?) \|", GLOSSARY, re.MULTILINE)
    assert words == sorted(words)


@pytest.mark.parametrize("page", pages())
def test_british_spelling(page: str) -> None:
    text = BLOCK.sub("", (ROOT / page).read_text(encoding="utf-8"))
    prose = re.sub(r"`[^`]*`|\]\([^)]*\)", "", text)
    assert re.findall(AMERICAN, prose, re.IGNORECASE) == []
