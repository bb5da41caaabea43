"""What is sent to be written, and what the adapter makes of the answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
import responses

from shelfhook.errors import Gone, HostDown, Permanent, Transient
from shelfhook.hosts.calibre import CalibreHost
from tests.hosts.calibre import build
from tests.hosts.calibre.build import URL

BOOKS = f"{URL}/ajax/books/lib"
SET = f"{URL}/cdb/set-fields/7/lib"


@pytest.mark.parametrize(
    ("before", "fields", "sent"),
    [
        ({"tags": ["b", "a"]}, {"tags": ["b", "a", "A"]}, None),
        ({"rating": 3.5}, {"rating": 7}, None),
        ({}, {"title": "Saga 001 ", "series": None, "series_index": None}, None),
        ({}, {"title": "x", "rating": 0}, {"title": "x"}),
        ({}, {"series": "S"}, {"series": "S", "series_index": 1.0}),
        ({}, {"series_index": 3, "series": "S"}, {"series": "S", "series_index": 3.0}),
        (
            {"series": "S", "series_index": 3.0},
            {"series": None},
            {"series": None, "series_index": 1.0},
        ),
        ({"series": "S", "series_index": 3.0}, {"series": "T"}, {"series": "T"}),
        ({"series": "S", "series_index": 3.0}, {"series_index": None}, {"series_index": 1.0}),
        (
            {},
            {"pubdate": "2012-03-31"},
            {"pubdate": {"jPoAv3zOyHvQ5JFNYg4hJ9": 0, "v": "2012-03-31T00:00:00+00:00"}},
        ),
    ],
)
def test_only_what_differs_is_sent(
    mocked: responses.RequestsMock,
    faked: CalibreHost,
    before: dict[str, Any],
    fields: dict[str, Any],
    sent: dict[str, Any] | None,
) -> None:
    mocked.get(BOOKS, json={"7": build.book(**before)})
    if sent is not None:
        mocked.post(SET, json=build.record(**{**before, **fields, **_shown(sent)}))
    faked.write("book", "lib/7", fields)
    bodies = [json.loads(call.request.body or b"") for call in mocked.calls[1:]]
    assert bodies == ([] if sent is None else [{"changes": sent, "loaded_book_ids": [7]}])


def _shown(sent: dict[str, Any]) -> dict[str, Any]:
    """What Calibre answers to it."""
    return {name: one["v"] if isinstance(one, dict) else one for name, one in sent.items()}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"title": "x", "nothing": 1}, "has no field 'nothing'"),
        ({"title": "x", "#made": 1}, "computes '#made' from other fields"),
        ({"title": "x", "#choice": "c"}, "it may be 'a', 'b'"),
        ({"title": "x", "pubdate": "yesterday"}, "which is a date"),
        ({"title": "x", "tags": [["a"]]}, "which is a list of texts"),
        ({"title": "x", "series_index": 3}, "it is in no series"),
    ],
)
def test_what_cannot_be_stored_is_refused_before_anything_is_written(
    mocked: responses.RequestsMock, faked: CalibreHost, fields: dict[str, Any], told: str
) -> None:
    columns = {
        "#made": build.column("composite", "x"),
        "#choice": build.column("enumeration", display={"enum_values": ["a", "b"]}),
    }
    mocked.get(BOOKS, json={"7": build.book(user_metadata=columns)})
    with pytest.raises(Permanent, match=told):
        faked.write("book", "lib/7", fields)
    assert len(mocked.calls) == 1


def test_an_unknown_book_is_never_written_since_that_would_make_a_ghost_of_it(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, json={"7": None})
    with pytest.raises(Gone):
        faked.write("book", "lib/7", {"title": "x"})
    assert len(mocked.calls) == 1


def test_a_book_that_is_removed_in_the_very_moment_is_gone(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, json={"7": build.book()})
    mocked.post(SET, json={"7": {"title": "x", "formats": []}})
    with pytest.raises(Gone):
        faked.write("book", "lib/7", {"title": "x"})


def test_a_value_that_calibre_drops_in_silence_is_told_and_put_back(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, json={"7": build.book(languages=["eng"])})
    mocked.post(SET, json=build.record(title="x", languages=[]))
    mocked.post(SET, json=build.record(title="x", languages=["eng"]))
    with pytest.raises(Permanent, match=r"languages became \[\] instead of \['qqq'\]"):
        faked.write("book", "lib/7", {"title": "x", "languages": ["qqq"]})
    assert json.loads(mocked.calls[2].request.body or b"")["changes"] == {"languages": ["eng"]}


def posted(mocked: responses.RequestsMock) -> list[Any]:
    """What was sent to be written."""
    calls = [call.request for call in mocked.calls if call.request.method == "POST"]
    return [json.loads(one.body or b"")["changes"] for one in calls]


def test_after_a_500_every_field_is_put_back_since_nobody_knows_what_stands(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, json={"7": build.book()})
    mocked.post(SET, status=500, body="")
    mocked.post(SET, json=build.record())
    with pytest.raises(Transient, match="nothing of it was kept"):
        faked.write("book", "lib/7", {"title": "x", "tags": ["a"]})
    assert posted(mocked) == [{"title": "x", "tags": ["a"]}, {"title": "Saga 001"}, {"tags": []}]


def test_a_field_that_cannot_be_put_back_is_named(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, json={"7": build.book()})
    mocked.post(SET, status=500, body="")
    mocked.post(SET, json=build.record())
    mocked.post(SET, status=500, body="")
    with pytest.raises(Transient, match="tags may be written in part and could not be put back"):
        faked.write("book", "lib/7", {"title": "x", "tags": ["a"]})


@pytest.mark.parametrize("now", [{}, {"title": "x"}])
def test_a_write_without_an_answer_that_was_not_done_says_so(
    mocked: responses.RequestsMock, faked: CalibreHost, now: dict[str, Any]
) -> None:
    mocked.get(BOOKS, json={"7": build.book()})
    mocked.post(SET, status=504, body="")
    mocked.get(BOOKS, json={"7": build.book(**now)})
    with pytest.raises(Transient, match="tags of it was not written"):
        faked.write("book", "lib/7", {"title": "x", "tags": ["a"]})
    assert len(posted(mocked)) == 1


def test_a_write_of_which_only_the_answer_was_lost_has_succeeded(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, json={"7": build.book()})
    mocked.post(SET, status=504, body="")
    mocked.get(BOOKS, json={"7": build.book(title="x")})
    faked.write("book", "lib/7", {"title": "x"})


def test_a_server_that_is_down_is_not_asked_what_stands(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, json={"7": build.book()})
    mocked.post(SET, body=requests.exceptions.ConnectTimeout())
    with pytest.raises(HostDown):
        faked.write("book", "lib/7", {"title": "x"})
    assert len([call for call in mocked.calls if call.request.method == "GET"]) == 1


@pytest.mark.parametrize("entity", ["series", "library", "shelf"])
def test_only_books_are_written(faked: CalibreHost, entity: str) -> None:
    with responses.RequestsMock(), pytest.raises(Permanent, match="only a book"):
        faked.write(entity, "lib/7", {"title": "x"})
