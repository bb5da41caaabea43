"""`cover` from the command line: better covers uploaded, taken away again, people's own kept."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import requests
from PIL import Image

from tests.journeys.library import Books, Json, library, shelve
from tests.support.books import picture

ROUTINES = """
[routines.covers]
actions = [{ name = "cover" }]

[routines.second-page]
filter = { name = "*good*" }
actions = [{ name = "cover", page = 2 }]

[routines.anew]
actions = [{ name = "cover", page = 1, regenerate = true }]
"""
WIDE = (48, 36)
BY_HAND = picture(".jpg", 999)


@cache
def blank() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (24, 36), "white").save(target, "PNG")
    return target.getvalue()


def good(number: int) -> bytes:
    return picture(".jpg", 100 + number)


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    for number in range(1, 9):
        wide = [blank(), picture(".jpg", number, WIDE), picture(".png", number, WIDE)]
        shelve(tmp_path, f"Salt Lanterns/{number} good.cbz", good(number))
        shelve(tmp_path, f"Salt Lanterns/{number} blank.cbz", blank(), good(number))
        shelve(tmp_path, f"Salt Lanterns/{number} wide.cbz", *wide, good(number))
    shelve(tmp_path, "Salt Lanterns/nothing.cbz", blank(), leaves=0)
    (tmp_path / "Comics/Salt Lanterns/broken.cbz").write_bytes(b"This was an archive once.")
    with library(tmp_path, ROUTINES) as made:
        yield made


def covers_of(books: Books, name: str) -> list[Json]:
    path = f"/api/v1/books/{books.book(name)['id']}/thumbnails"
    found: list[Json] = books.sandbox.call("GET", path)
    return found


def shown_cover(books: Books, name: str) -> bytes:
    """The image of the cover that is chosen."""
    (chosen,) = (one for one in covers_of(books, name) if one["selected"])
    url = f"{books.sandbox.url}/api/v1/books/{chosen['bookId']}/thumbnails/{chosen['id']}"
    return requests.get(url, headers={"X-API-Key": books.sandbox.admin_key}, timeout=10).content


def upload(books: Books, name: str) -> None:
    """A person's own cover."""
    url = f"{books.sandbox.url}/api/v1/books/{books.book(name)['id']}/thumbnails"
    key, files = {"X-API-Key": books.sandbox.admin_key}, {"file": ("cover", BY_HAND)}
    requests.post(url, headers=key, files=files, timeout=10).raise_for_status()


def test_the_first_good_page_is_the_cover_until_the_undo(books: Books) -> None:
    upload(books, "1 wide.cbz")
    with books.there_and_back("covers") as shown:
        for number in range(1, 9):
            assert shown_cover(books, f"{number} blank.cbz") == good(number)
            if number > 1:
                assert shown_cover(books, f"{number} wide.cbz") == good(number)
            assert len(covers_of(books, f"{number} good.cbz")) == 1
        assert sorted(change["after"]["page"] for change in books.changes(shown)) == 8 * [2] + 7 * [
            4
        ]
        (found,) = books.findings(shown)
        assert (found["item"], found["code"]) == ("nothing.cbz", "cover.none-fits")
        assert covers_of(books, "broken.cbz") == []
    assert shown_cover(books, "1 wide.cbz") == BY_HAND
    assert shown_cover(books, "2 wide.cbz") == blank()


def test_an_undo_can_be_undone(books: Books) -> None:
    undo = books.undone(books.document("run", "second-page"))
    assert shown_cover(books, "4 good.cbz") == good(4)
    books.undone(undo)
    for number in range(1, 9):
        assert shown_cover(books, f"{number} good.cbz") == picture(".jpg", 1)
        assert len(covers_of(books, f"{number} good.cbz")) == 2


def test_a_cover_that_a_person_uploads_meanwhile_stays(books: Books) -> None:
    shown = books.shown("covers")
    upload(books, "3 blank.cbz")
    job = books.document("apply", shown["id"])
    (skipped,) = (item for item in books.items(job) if item["outcome"] == "skipped")
    assert skipped["name"] == "3 blank.cbz"
    assert "another cover was chosen" in skipped["reason"]
    assert shown_cover(books, "3 blank.cbz") == BY_HAND

    upload(books, "4 blank.cbz")
    undo = books.document("undo", job["id"])
    (conflict,) = books.findings(undo)
    assert (conflict["item"], conflict["code"]) == ("4 blank.cbz", "undo.conflict")
    assert shown_cover(books, "4 blank.cbz") == BY_HAND
    assert len(covers_of(books, "4 blank.cbz")) == 3, "nothing of theirs or ours is taken away"
    assert len(covers_of(books, "5 blank.cbz")) == 1


def test_the_servers_own_covers_are_made_anew_once_and_nobody_elses(books: Books) -> None:
    upload(books, "1 wide.cbz")
    (chosen,) = (one["id"] for one in covers_of(books, "1 wide.cbz") if one["selected"])
    books.shown("anew")
    job = books.document("run", "anew")
    assert job["counts"]["failed"] == 0
    books.sandbox.wait_idle()
    writes = books.sandbox.writes()
    assert {write["route"] for write in writes} == {"/api/v1/books/{bookId}/analyze"}
    assert len(writes) == job["counts"]["changed"] == 24, "24 books and `nothing`, without `1 wide`"
    assert books.sandbox.status()["events"]["ThumbnailBookAdded"] == 1 + 24
    assert [one["id"] for one in covers_of(books, "1 wide.cbz") if one["selected"]] == [chosen]
    books.settled("anew")
