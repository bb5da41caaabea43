"""`embed` from the command line: metadata in the files and out again, byte for byte."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from shelfhook.model import BY_HOST
from tests.journeys.library import Books, Json, library, shelve
from tests.support.books import pages
from tests.support.comicbox import need_comicbox

ROUTINES = """
[routines.embed]
actions = [{ name = "embed" }]

[routines.metron]
actions = [{ name = "embed", also = ["metroninfo"] }]

[routines.tidy]
locks = "set"
actions = [
  { name = "normalize", publishers = { "QP" = "Quayside Press" }, sort_title = "move-article" },
  { name = "tags", rules = [{ on = "series", field = "genres", add = ["Comics"] }] },
  { name = "embed" },
]
"""
HARBOR = "The Iron Harbor"


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    for number in range(1, 9):
        shelve(tmp_path, f"Salt Lanterns/Salt Lanterns #{number:03}.cbz")
        told: Json = {"Title": f"Part {number}", "Number": number, "Series": HARBOR}
        told |= {"Publisher": "QP", "Genre": "Drama", "Tags": "sea", "Inker": "Ada"}
        shelve(tmp_path, f"{HARBOR}/harbor {number}.cbz", **told)
        path = shelve(tmp_path, f"Tidal Archive/tidal {number}.cbz", Notes="kept")
        os.utime(path, (1e9, 1e9 + number))
        path.chmod(0o640)
    with library(tmp_path, ROUTINES) as made:
        for number in range(1, 9):
            by_hand = {"title": f"Tide {number}", "summary": "by hand"}
            edit(made, f"tidal {number}.cbz", **by_hand)
        yield made


def edit(books: Books, name: str, **fields: object) -> None:
    books.sandbox.call("PATCH", f"/api/v1/books/{books.book(name)['id']}/metadata", fields)


def told_by(books: Books, name: str) -> dict[str, str]:
    """What a file's ComicInfo.xml says."""
    with zipfile.ZipFile(books.book(name)["url"]) as archive:
        assert archive.testzip() is None
        root = ElementTree.fromstring(archive.read("ComicInfo.xml"))
    return {child.tag: child.text or "" for child in root}


def test_what_only_the_host_knew_is_in_the_files_until_the_undo(books: Books) -> None:
    files = books.files()
    with books.there_and_back("embed") as shown:
        expected = {"Title": "Tide 3", "Number": "3", "Summary": "by hand", "Notes": "kept"}
        assert told_by(books, "tidal 3.cbz") == {**expected, "Series": "Tidal Archive"}
        written = {name for name, file in books.files().items() if file != files[name]}
        assert len(written) == 16, "what has it all already is not written"
        for name in written:
            assert books.files()[name][1:] == files[name][1:], "rights and times stay"
            with zipfile.ZipFile(books.root / name) as archive:
                assert {page: archive.read(page) for page in pages(2)} == pages(2)
        told = [one["after"] for one in books.changes(shown) if one["kind"] == "file"]
        del expected["Notes"]
        assert {"comicinfo": {**expected, "Series": "Tidal Archive"}} in told
        assert len(told) == 16


def test_metroninfo_beside_it_says_the_same_until_the_undo(books: Books) -> None:
    need_comicbox()
    with books.there_and_back("metron"):
        for name, title in (("tidal 3.cbz", "Tide 3"), ("harbor 4.cbz", "Part 4")):
            with zipfile.ZipFile(books.book(name)["url"]) as archive:
                assert archive.testzip() is None
                root = ElementTree.fromstring(archive.read("MetronInfo.xml"))
                assert {page: archive.read(page) for page in pages(2)} == pages(2)
            assert root.findtext("Stories/Story") == title
            assert root.findtext("Series/Name") == told_by(books, name)["Series"]


def test_names_tags_and_files_of_a_whole_routine_come_back(books: Books) -> None:
    with books.there_and_back("tidy"):
        series = books.series()[HARBOR]["metadata"]
        assert (series["titleSort"], series["publisher"]) == ("Iron Harbor, The", "Quayside Press")
        for number in range(1, 9):
            told = told_by(books, f"harbor {number}.cbz")
            assert (told["Publisher"], told["Inker"]) == ("Quayside Press", "Ada")
            told = told_by(books, f"Salt Lanterns #{number:03}.cbz")
            assert told["Title"] == f"Salt Lanterns #{number}"


def test_the_undo_keeps_what_the_host_knew_better_than_the_file(books: Books) -> None:
    edit(books, "harbor 4.cbz", title="By hand")
    with books.there_and_back("embed"):
        assert told_by(books, "harbor 4.cbz")["Title"] == "By hand"


def test_what_the_host_reads_out_of_the_file_is_shown_and_goes_with_the_undo(books: Books) -> None:
    edit(books, "harbor 4.cbz", tags=[], title="By hand")
    with books.there_and_back("embed"):
        assert books.book("harbor 4.cbz")["metadata"]["tags"] == ["sea"]
        (job,) = (one for one in books.document("jobs")["jobs"] if one["trigger"] == "apply")
        (item,) = (one for one in books.items(job) if one["name"] == "harbor 4.cbz")
        (found,) = (one for one in item["changes"] if one["action"] == BY_HOST)
        assert (found["before"], found["after"]) == ({"tags": []}, {"tags": ["sea"]})


def test_a_file_that_somebody_else_writes_meanwhile_is_left_alone(books: Books) -> None:
    shown = books.shown("embed")
    shelve(books.folder, "Tidal Archive/tidal 5.cbz", Notes="another edition")
    theirs = books.files()["Tidal Archive/tidal 5.cbz"]
    job = books.document("apply", shown["id"])
    (skipped,) = (item for item in books.items(job) if item["outcome"] == "skipped")
    assert "tidal 5.cbz has changed since" in skipped["reason"]
    assert books.files()["Tidal Archive/tidal 5.cbz"] == theirs

    ours = books.files()
    shelve(books.folder, "Tidal Archive/tidal 6.cbz", Notes="another edition")
    edition = books.files()["Tidal Archive/tidal 6.cbz"]
    undo = books.document("undo", job["id"])
    (conflict,) = books.findings(undo)
    assert "tidal 6.cbz was changed since" in conflict["message"]
    now = books.files()
    assert now["Tidal Archive/tidal 6.cbz"] == edition
    assert now["Tidal Archive/tidal 7.cbz"] != ours["Tidal Archive/tidal 7.cbz"]
