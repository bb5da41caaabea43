"""`normalize` from the command line: books and series named, taken back, and left to people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.library import Books, library, shelve

ROUTINES = """
[routines.names]
[[routines.names.actions]]
name = "normalize"
pad_number = 3
series_title = "{title}"
sort_title = "move-article"
publishers = { "Quayside" = "Quayside Press", "QP" = "Quayside Press" }
"""


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    for number in range(1, 9):
        name = f"The Iron Harbor (2004)/The Iron Harbor {number:03} (2004) (Digital).cbz"
        shelve(tmp_path, name)
        told = {"Title": f"Part {number}", "Number": number, "Publisher": "quayside"}
        told |= {"Series": "A Quiet Compass", "LanguageISO": "english"}
        shelve(tmp_path, f"A Quiet Compass/quiet {number}.cbz", **told)
        shelve(tmp_path, f"Paper Lanterns/Paper Lanterns - Part Title {number}.cbz")
    with library(tmp_path, ROUTINES) as made:
        yield made


def test_what(books: Books) -> None:
    with books.there_and_back("names") as shown:
        import json
        for s in shown: print(json.dumps(s))
        for n, s in books.series().items(): print(n, s["metadata"])
    assert 0
