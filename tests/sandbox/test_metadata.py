"""What a PATCH stores."""

from typing import Any

import pytest

from shelfhook.sandbox.client import SandboxError
from shelfhook.sandbox.message import ViolationsError
from shelfhook.sandbox.patches import BOOK_FIELDS, SERIES_FIELDS, read_patch
from shelfhook.sandbox.server import SandboxServer


def _patched(server: SandboxServer, body: dict[str, Any]) -> Any:
    book = server.books()[0]["id"]
    server.call("PATCH", f"/api/v1/books/{book}/metadata", body)
    return server.book(book)["metadata"]


def test_absent_fields_keep_their_values(small: SandboxServer) -> None:
    _patched(small, {"summary": "It rains.", "tags": ["sea"]})
    metadata = _patched(small, {"title": "Rain"})
    assert (metadata["title"], metadata["summary"], metadata["tags"]) == (
        "Rain",
        "It rains.",
        ["sea"],
    )


def test_null_clears_what_may_be_empty_and_is_ignored_elsewhere(small: SandboxServer) -> None:
    filled = {
        "title": "Rain",
        "number": "7",
        "numberSort": 7.5,
        "summary": "It rains.",
        "releaseDate": "2014-01-31",
        "authors": [{"name": "Ada", "role": "writer"}],
        "tags": ["sea"],
        "isbn": "9780306406157",
        "links": [{"label": "home", "url": "https://example.org/"}],
    }
    _patched(small, filled)
    metadata = _patched(small, dict.fromkeys(filled))
    assert (metadata["title"], metadata["number"], metadata["numberSort"]) == ("Rain", "7", 7.5)
    assert (metadata["summary"], metadata["isbn"]) == ("", "")
    assert metadata["authors"] == metadata["tags"] == metadata["links"] == []
    assert "releaseDate" not in metadata


def test_lists_replace_the_whole_list(small: SandboxServer) -> None:
    _patched(small, {"tags": ["a", "b"]})
    assert _patched(small, {"tags": ["c"]})["tags"] == ["c"]


def test_values_are_normalised_as_komga_does() -> None:
    stored = read_patch(
        {
            "tags": [" Sea ", "SEA", "night", " "],
            "isbn": "978-0-306-40615-7",
            "authors": [{"name": " Ada ", "role": " Writer"}],
        },
        BOOK_FIELDS,
    )
    assert stored["tags"] == ["sea", "night"]
    assert stored["isbn"] == "9780306406157"
    assert stored["authors"] == [{"name": "Ada", "role": "writer"}]


@pytest.mark.parametrize(
    ("given", "stored"), [("EN", "en"), ("en-us", "en-US"), ("ZH-hant-tw", "zh-Hant-TW"), ("", "")]
)
def test_languages_are_written_as_bcp_47_wants(given: str, stored: str) -> None:
    assert read_patch({"language": given}, SERIES_FIELDS) == {"language": stored}


def test_null_does_not_clear_a_series_summary_but_an_empty_string_does() -> None:
    assert read_patch({"summary": None, "publisher": None, "language": None}, SERIES_FIELDS) == {}
    assert read_patch({"summary": ""}, SERIES_FIELDS) == {"summary": ""}
    assert read_patch({"genres": None, "ageRating": None}, SERIES_FIELDS) == {
        "genres": [],
        "ageRating": None,
    }


def test_a_lock_is_set_only_by_its_own_field(small: SandboxServer) -> None:
    assert _patched(small, {"title": "Rain"})["titleLock"] is False
    assert _patched(small, {"titleLock": True})["titleLock"] is True
    assert _patched(small, {"title": "Locks never stop a PATCH"})["title"].startswith("Locks")


@pytest.mark.parametrize(
    "body",
    [
        {"title": "  "},
        {"title": 5},
        {"number": ""},
        {"numberSort": "1"},
        {"releaseDate": "2014-13-01"},
        {"tags": "sea"},
        {"isbn": "9780306406158"},
        {"authors": [{"name": "Ada"}]},
        {"links": [{"label": "home", "url": "nowhere"}]},
        {"titleLock": "yes"},
    ],
)
def test_a_wrong_value_is_refused_and_nothing_of_its_body_stored(body: dict[str, Any]) -> None:
    with pytest.raises(ViolationsError) as refused:
        read_patch({"summary": "fine", **body}, BOOK_FIELDS)
    assert [name for name, _ in refused.value.found] == list(body)


def test_a_bulk_patch_skips_ids_it_does_not_know(small: SandboxServer) -> None:
    book = small.books()[3]["id"]
    small.call("PATCH", "/api/v1/books/metadata", {"0NOBODY": {"title": "x"}, book: {"title": "y"}})
    assert small.book(book)["metadata"]["title"] == "y"


def test_a_book_that_is_not_there_is_a_404_without_a_body(small: SandboxServer) -> None:
    with pytest.raises(SandboxError) as missing:
        small.call("PATCH", "/api/v1/books/0NOBODY/metadata", {"title": "x"})
    assert (missing.value.status, str(missing.value)) == (404, "404: ")


def test_a_patch_leaves_the_books_own_time_and_moves_its_metadatas(small: SandboxServer) -> None:
    before = small.books()[0]
    small.world.catalogue.books[before["id"]].metadata["lastModified"] = "2001-01-01T00:00:00Z"
    small.call("PATCH", f"/api/v1/books/{before['id']}/metadata", {"title": "x"})
    after = small.book(before["id"])
    assert after["lastModified"] == before["lastModified"]
    assert after["metadata"]["lastModified"] >= before["metadata"]["lastModified"]
