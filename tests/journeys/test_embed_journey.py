"""`embed` from the command line: metadata in the files and out again, byte for byte."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.journeys.library import Books, Json, library, shelve

ROUTINES = """
[routines.embed]
actions = [{ name = "embed" }]
[routines.whole-series]
actions = [{ name = "embed", rename_series = true, clear = true }]
[routines.tidy]
locks = "set"
actions = [
  { name = "normalize", publishers = { "QP" = "Quayside Press" }, sort_title = "move-article" },
  { name = "tags", rules = [{ on = "series", field = "genres", add = ["Comics"] }] },
  { name = "embed" },
]
"""


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    for number in range(1, 9):
        shelve(tmp_path, f"Salt Lanterns/Salt Lanterns #{number:03}.cbz")
        told: Json = {"Title": f"Part {number}", "Number": number, "Series": "The Iron Harbor"}
        told |= {"Publisher": "QP", "Genre": "Drama", "Tags": "sea", "Inker": "Ada"}
        shelve(tmp_path, f"Harbor/harbor {number}.cbz", **told)
        shelve(tmp_path, f"Tidal Archive/tidal {number}.cbz", Notes="kept")
    with library(tmp_path, ROUTINES) as made:
        for number in range(1, 9):
            path = f"/api/v1/books/{made.book(f'tidal {number}.cbz')['id']}/metadata"
            made.sandbox.call("PATCH", path, {"title": f"Tide {number}", "summary": "by hand"})
        yield made


def told_by(books: Books, name: str) -> dict[str, str]:
    """What the file's ComicInfo.xml says."""
    with zipfile.ZipFile(books.book(name)["url"]) as archive:
        root = ElementTree.fromstring(archive.read("ComicInfo.xml"))
    return {child.tag: child.text or "" for child in root}


@pytest.mark.parametrize("routine", ["embed", "whole-series", "tidy"])
def test_what(books: Books, routine) -> None:
    with books.there_and_back(routine) as shown:
        import json

        for s in shown:
            print(json.dumps(s))
        for f in ("harbor 2.cbz", "tidal 3.cbz"):
            print(told_by(books, f))
