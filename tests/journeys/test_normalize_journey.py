"""`normalize` from the command line: books and series named, taken back, and left to people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.library import Books, Json, library, shelve

ROUTINES = """
[routines.names]
[[routines.names.actions]]
name = "normalize"
pad_number = 3
date_from_year = true
series_title = "{title}"
sort_title = "move-article"
publishers = { "Quayside" = "Quayside Press" }

[routines.kept]
locks = "set"
actions = [{ name = "normalize", pad_number = 3 }]
"""
HARBOR = "The Iron Harbor (2004)"
COMPASS = "A Quiet Compass"
PART_2 = "The Iron Harbor 002 (2004) (Digital).cbz"


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    for number in range(1, 9):
        shelve(tmp_path, f"{HARBOR}/The Iron Harbor {number:03} (2004) (Digital).cbz")
        told: Json = {"Title": f"Part {number}", "Number": number, "Publisher": "quayside"}
        told |= {"Series": COMPASS, "LanguageISO": "english"}
        shelve(tmp_path, f"{COMPASS}/quiet {number}.cbz", **told)
        shelve(tmp_path, f"Paper Lanterns/Paper Lanterns #{number}.5 - Low Water (1999).cbz")
    with library(tmp_path, ROUTINES) as made:
        yield made


def of_series(books: Books, name: str) -> Json:
    metadata: Json = books.series()[name]["metadata"]
    return metadata


def edit_series(books: Books, name: str, **fields: object) -> None:
    path = f"/api/v1/series/{books.series()[name]['id']}/metadata"
    books.sandbox.call("PATCH", path, fields)


def test_books_and_series_get_their_names_and_lose_them_again(books: Books) -> None:
    with books.there_and_back("names") as shown:
        book = books.book(PART_2)["metadata"]
        assert (book["title"], book["number"]) == ("The Iron Harbor #2", "002")
        assert (book["numberSort"], book["releaseDate"]) == (2.0, "2004-01-01")
        half = books.book("Paper Lanterns #2.5 - Low Water (1999).cbz")["metadata"]
        assert (half["title"], half["number"], half["numberSort"]) == ("Low Water", "002.5", 2.5)
        harbor, compass = of_series(books, HARBOR), of_series(books, COMPASS)
        assert (harbor["title"], harbor["titleSort"]) == ("The Iron Harbor", "Iron Harbor, The")
        assert (compass["publisher"], compass["language"]) == ("Quayside Press", "en")
        assert compass["titleSort"] == "Quiet Compass, A"
        changes = books.changes(shown)
        those = [change["after"] for change in changes if change["entity"] == "series"]
        assert {"title": "The Iron Harbor", "titleSort": "Iron Harbor, The"} in those
        assert len(those) == 2, "of each series once"
        assert len(changes) == 3 * 8 + 2


def test_a_series_renamed_by_hand_before_the_apply_is_refused_by_name(books: Books) -> None:
    shown = books.shown("names")
    edit_series(books, HARBOR, title="Iron Harbor")
    job = books.document("apply", shown["id"])
    assert (job["counts"]["failed"], job["counts"]["skipped"]) == (0, 0)
    assert of_series(books, HARBOR)["title"] == "Iron Harbor"
    assert of_series(books, COMPASS)["publisher"] == "Quayside Press"
    assert books.book(PART_2)["metadata"]["number"] == "002", "its books are as they were shown"
    (reason,) = (item["reason"] for item in books.items(job) if item["reason"])
    assert "the series" in reason
    assert "title is 'Iron Harbor'" in reason


def test_the_terminal_tells_what_was_refused(books: Books) -> None:
    shown = books.shown("names")
    edit_series(books, HARBOR, title="Iron Harbor")
    table, _ = books.shelfhook("apply", shown["id"])
    assert "changed since" in table or "findings" in table


def test_a_series_edited_by_hand_before_the_undo_stays(books: Books) -> None:
    job = books.document("run", "names")
    edit_series(books, COMPASS, summary="written by hand")
    by_hand = of_series(books, COMPASS)
    undo = books.document("undo", job["id"])
    (conflict,) = books.findings(undo)
    assert (conflict["code"], undo["counts"]["failed"]) == ("undo.conflict", 0)
    assert of_series(books, COMPASS) == by_hand
    assert of_series(books, HARBOR)["title"] == HARBOR
    assert books.book("quiet 3.cbz")["metadata"]["number"] == "3", "its books come back"


def test_what_is_written_may_be_locked_and_is_unlocked_by_the_undo(books: Books) -> None:
    path = f"/api/v1/books/{books.book(PART_2)['id']}/metadata"
    books.sandbox.call("PATCH", path, {"titleLock": True})
    with books.there_and_back("kept"):
        locked = books.book(PART_2)["metadata"]
        assert locked["title"] == Path(PART_2).stem
        written = books.book(PART_2.replace("002", "003"))["metadata"]
        assert (written["title"], written["titleLock"]) == ("The Iron Harbor #3", True)


def test_numbers_that_are_locked_survive_a_new_neighbour(books: Books) -> None:
    books.document("run", "kept")
    shelve(books.folder, f"{HARBOR}/The Iron Harbor 000 (2004).cbz")
    books.sandbox.scan()
    assert books.book(PART_2)["metadata"]["number"] == "002", "Komga counts the others anew"
    job = books.document("run", "kept")
    (new,) = books.changes(job)
    assert new["after"]["number"] == "000"
