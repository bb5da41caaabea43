from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shelfhook.errors import Permanent
from shelfhook.hosts.komga import mapping
from shelfhook.hosts.komga.normal import BOOK, SERIES, normal
from shelfhook.model import Fields, Item, ItemRef, Value
from tests.hosts.komga.build import book, metadata, series, series_metadata


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("/books/Saga/Saga 001.cbz", "Saga 001.cbz"),
        ("Saga 001.cbz", "Saga 001.cbz"),
        ("C:\\books\\Saga\\Saga 001.cbz", "Saga 001.cbz"),
        ("\\\\nas\\books\\Saga 001.cbz", "Saga 001.cbz"),
        ("/books/AC\\DC 01.cbz", "AC\\DC 01.cbz"),
        ("AC\\DC 01.cbz", "AC\\DC 01.cbz"),
        ("/books/100% 01.cbz", "100% 01.cbz"),
        ("", "Saga 001"),
    ],
)
def test_the_name_is_the_file_name_with_its_extension(url: str, name: str) -> None:
    assert mapping.ref(book(url=url)).name == name


def test_a_book_becomes_an_item_with_normal_fields_and_locks() -> None:
    found = mapping.item(book(metadata=metadata(tags=["Space", "opera"], titleLock=True)))
    assert (found.id, found.name, found.library) == ("0BWZMT2B7C06G", "Saga 001.cbz", "0LIB")
    assert (found.series, found.path) == ("0SER", "/books/Saga/Saga 001.cbz")
    assert (found.entity, found.series_name, found.status) == ("book", "Saga", "READY")
    assert (found.size, found.pages) == (1000, 30)
    assert found.locks == {"title"}
    assert found.fields == {
        "title": "Saga #1",
        "number": "1",
        "numberSort": 1.0,
        "releaseDate": "2012-03-14",
        "summary": "A family on the run.",
        "authors": [{"name": "Brian K. Vaughan", "role": "writer"}],
        "tags": ["opera", "space"],
        "isbn": "9781607066019",
        "links": [{"label": "image", "url": "https://imagecomics.com/saga"}],
        **{f"{name}Lock": name == "title" for name in BOOK if not name.endswith("Lock")},
    }


def test_a_date_that_is_missing_is_none() -> None:
    without = metadata()
    del without["releaseDate"]
    assert mapping.item(book(metadata=without)).fields["releaseDate"] is None


MEDIA = book()["media"]


@pytest.mark.parametrize("status", ["UNKNOWN", "ERROR", "OUTDATED", "UNSUPPORTED"])
def test_of_a_file_that_the_server_could_not_open_no_pages_are_told(status: str) -> None:
    assert mapping.item(book(media={**MEDIA, "status": status})).pages is None


def test_a_series_becomes_an_item_with_normal_fields_and_locks() -> None:
    found = mapping.series(series(metadata=series_metadata(genresLock=True)))
    assert (found.entity, found.id, found.name) == ("series", "0SER", "Saga (2012)")
    assert (found.library, found.path) == ("0LIB", "/books/Saga (2012)")
    assert (found.series, found.series_name, found.size, found.pages) == ("", "", None, None)
    assert found.locks == {"genres"}
    assert set(found.fields) == set(SERIES)
    assert found.fields["genres"] == ["opera", "space"]
    assert all(normal("series", name, value) == value for name, value in found.fields.items())


@pytest.mark.parametrize(
    "change",
    [
        {"booksCount": 4},
        {"booksReadCount": 2},
        {"lastModified": "2025-01-01T00:00:00Z"},
        {"fileLastModified": "2025-01-01T00:00:00Z"},
        {"url": "Saga (2012)"},
        {"url": "/elsewhere/Saga (2012)"},
        {"booksMetadata": {"tags": ["x"]}},
        {"metadata": series_metadata(lastModified="2025-01-01T00:00:00Z")},
    ],
    ids=str,
)
def test_what_moves_by_itself_leaves_a_series_fingerprint(change: dict[str, Any]) -> None:
    assert mapping.series(series(**change)).fingerprint == mapping.series(series()).fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"url": "/books/Saga"},
        {"libraryId": "0OTHER"},
        {"metadata": series_metadata(publisher="Panini")},
        {"metadata": series_metadata(publisherLock=True)},
    ],
    ids=str,
)
def test_a_change_of_a_series_changes_its_fingerprint(change: dict[str, Any]) -> None:
    assert mapping.series(series(**change)).fingerprint != mapping.series(series()).fingerprint


def test_the_fingerprint_of_the_series_that_we_leave_is_known_beforehand() -> None:
    before = mapping.series(series())
    left = replace(before, fields={**before.fields, "genres": ["B ", "a"], "publisher": None})
    then = series_metadata(genres=["a", "b"], publisher="", lastModified="2025-01-01T00:00:00Z")
    assert mapping.fingerprint(left) == mapping.series(series(metadata=then)).fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (mapping.item(book()), mapping.item(book(sizeBytes=7))),
        (mapping.series(series()), mapping.series(series(url="/books/Else"))),
    ],
    ids=["book", "series"],
)
def test_what_stands_behind_the_dot_is_of_the_fields_alone(one: Item, other: Item) -> None:
    halves = [found.fingerprint.split(".") for found in (one, other)]
    assert [len(half) for half in halves] == [2, 2]
    assert halves[0][0] != halves[1][0]
    assert halves[0][1] == halves[1][1]


@pytest.mark.parametrize(
    ("entity", "field", "lock"),
    [
        ("book", "title", "titleLock"),
        ("book", "authors", "authorsLock"),
        ("series", "publisher", "publisherLock"),
        ("book", "publisher", ""),
        ("series", "isbn", ""),
        ("book", "titleLock", ""),
        ("library", "title", ""),
    ],
)
def test_a_field_has_the_lock_that_komga_gives_it(entity: str, field: str, lock: str) -> None:
    assert mapping.lock(entity, field) == lock


@pytest.mark.parametrize(
    "change",
    [
        {"lastModified": "2025-01-01T00:00:00Z"},
        {"fileHash": "abc"},
        {"number": 7},
        {"url": "Saga 001.cbz"},
        {"url": "/elsewhere/Saga 001.cbz"},
        {"metadata": metadata(lastModified="2025-01-01T00:00:00Z")},
        {"metadata": metadata(tags=["opera", "space"])},
        {"readProgress": {"page": 3}},
        {"media": {**MEDIA, "comment": "ERR_1005"}},
    ],
    ids=str,
)
def test_what_is_no_change_of_the_item_leaves_its_fingerprint(change: dict[str, Any]) -> None:
    assert mapping.item(book(**change)).fingerprint == mapping.item(book()).fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"fileLastModified": "2025-01-01T00:00:00Z"},
        {"sizeBytes": 1001},
        {"url": "/books/Saga/Saga 002.cbz"},
        {"seriesId": "0OTHER"},
        {"media": {**MEDIA, "status": "OUTDATED"}},
        {"metadata": metadata(title="Other")},
        {"metadata": metadata(tags=["space"])},
        {"metadata": metadata(titleLock=True)},
    ],
    ids=str,
)
def test_a_change_of_the_item_changes_its_fingerprint(change: dict[str, Any]) -> None:
    assert mapping.item(book(**change)).fingerprint != mapping.item(book()).fingerprint


@pytest.mark.parametrize(
    ("written", "then"),
    [
        ({"title": " New "}, {"title": "New"}),
        ({"tags": ["B", "a"], "tagsLock": True}, {"tags": ["a", "b"], "tagsLock": True}),
        ({"releaseDate": None}, {"releaseDate": None}),
        ({"titleLock": False}, {}),
        ({}, {}),
    ],
    ids=str,
)
def test_the_fingerprint_of_what_we_leave_is_known_beforehand(
    written: Fields, then: dict[str, Any]
) -> None:
    before = mapping.item(book())
    left = replace(before, fields={**before.fields, **written})
    afterwards = mapping.item(book(metadata=metadata(**then, lastModified="2025-01-01T00:00:00Z")))
    assert mapping.fingerprint(left) == afterwards.fingerprint


def test_a_lock_taken_off_is_foreseen_too() -> None:
    locked = mapping.item(book(metadata=metadata(titleLock=True)))
    left = replace(locked, fields={**locked.fields, "titleLock": False})
    assert mapping.fingerprint(left) == mapping.item(book()).fingerprint


def test_the_fingerprint_of_an_item_as_it_was_read_is_its_own() -> None:
    found = mapping.item(book())
    assert mapping.fingerprint(found) == found.fingerprint


def test_a_listing_says_enough_to_choose_by() -> None:
    assert mapping.ref(book()) == ItemRef(
        "0BWZMT2B7C06G",
        "Saga 001.cbz",
        "0SER",
        series_name="Saga",
        status="READY",
        fingerprint=mapping.item(book()).fingerprint,
    )


@pytest.mark.parametrize(
    ("entity", "fields", "body"),
    [
        ("book", {"title": " x ", "titleLock": True}, {"title": "x", "titleLock": True}),
        ("book", {"summary": None, "tags": None}, {"summary": "", "tags": []}),
        ("book", {"releaseDate": None, "isbn": None}, {"releaseDate": None, "isbn": ""}),
        ("series", {"publisher": None, "summary": None}, {"publisher": "", "summary": ""}),
        ("series", {"language": None, "ageRating": None}, {"language": "", "ageRating": None}),
    ],
)
def test_an_update_clears_fields_in_the_way_that_works(
    entity: str, fields: Fields, body: dict[str, Value]
) -> None:
    assert mapping.update(entity, fields) == body


@pytest.mark.parametrize(
    ("entity", "field"),
    [
        ("book", "title"),
        ("book", "number"),
        ("book", "numberSort"),
        ("series", "title"),
        ("series", "titleSort"),
        ("series", "status"),
    ],
)
def test_what_komga_cannot_clear_is_refused_instead_of_being_ignored(
    entity: str, field: str
) -> None:
    with pytest.raises(Permanent, match=f"cannot clear the field '{field}'"):
        mapping.update(entity, {field: None})


@pytest.mark.parametrize(
    ("entity", "field"), [("book", "titel"), ("book", "publisherLock"), ("series", "isbn")]
)
def test_a_field_that_komga_would_silently_ignore_is_refused(entity: str, field: str) -> None:
    with pytest.raises(Permanent, match=f"Komga's {entity} has no field '{field}'"):
        mapping.update(entity, {field: "x"})
