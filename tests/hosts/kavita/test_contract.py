"""Every call that the adapter can send, and the fake's answers, held against Kavita's document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from shelfhook.hosts.calls import Call
from shelfhook.hosts.kavita import KavitaHost, list_routes, routes
from shelfhook.hosts.kavita.fields import (
    BOOK,
    HIDDEN_LOCKS,
    METADATA,
    READ_ONLY_CHAPTER,
    WRITTEN_SERIES,
)
from tests.support.kavita import KavitaServer
from tests.support.kavita.contract import kavita_contract, kavita_document
from tests.support.openapi import Contract, ContractError

CALLS = [
    routes.health(),
    routes.login(b'{"username":"","password":"","apiKey":"k"}'),
    routes.me(),
    routes.info(now=True),
    routes.libraries(),
    routes.series_page("3", 2, 500, sort=routes.BY_CREATED, ascending=True),
    routes.series_page("3", 1, 50, sort=routes.BY_CHAPTER_ADDED, ascending=False),
    routes.volumes("1"),
    routes.chapter("1"),
    routes.series_of("1"),
    routes.series("1"),
    routes.metadata("1"),
    routes.file("1"),
    routes.vocabulary("genres"),
    routes.vocabulary("tags"),
    routes.scan_library("1"),
    routes.analyze_library("1"),
    routes.command_series("refresh", 1, 2),
    routes.command_series("analyze", 1, 2),
    list_routes.page(1),
    list_routes.one("1"),
    list_routes.items("1"),
    list_routes.create("A list"),
    list_routes.add("1", 2, "3"),
    list_routes.take_off("1", 2),
    list_routes.remove("1"),
]


@pytest.fixture
def contract() -> Contract:
    return kavita_contract()


@pytest.fixture
def schemas(contract: Contract) -> Any:
    return kavita_document()["components"]["schemas"]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.method} {call.path}")
def test_every_call_is_one_that_kavita_knows(contract: Contract, call: Call) -> None:
    parts = urlsplit(call.path)
    body = None if call.body is None else json.loads(call.body)
    contract.check_request(call.method, parts.path, parts.query, body)
    assert contract.operation(call.method, parts.path)[0] == call.route


def test_the_hub_is_in_no_document(contract: Contract) -> None:
    call = routes.negotiate()
    with pytest.raises(ContractError, match="no such operation"):
        contract.check_request(call.method, call.route)


def test_an_update_of_a_chapter_takes_what_we_say_it_takes(schemas: Any) -> None:
    shown = set(schemas["ChapterDto"]["properties"])
    taken = set(schemas["UpdateChapterDto"]["properties"])
    assert shown - READ_ONLY_CHAPTER == taken - HIDDEN_LOCKS
    assert taken - shown == HIDDEN_LOCKS
    assert set(WRITTEN_SERIES) == set(schemas["UpdateSeriesDto"]["properties"])


def test_the_fields_are_all_that_can_be_written(schemas: Any) -> None:
    taken = set(schemas["UpdateChapterDto"]["properties"]) - {"id"}
    ours = {one.key for one in BOOK.values()} | {one.lock for one in BOOK.values()}
    assert taken - ours == {"teamLocked", "locationLocked"}
    written = set(schemas["SeriesMetadataDto"]["properties"]) - {"id", "seriesId"}
    series = {one.key for one in METADATA.values()} | {one.lock for one in METADATA.values()}
    assert written - series == {"maxCount", "totalCount", "teamLocked"}


@pytest.fixture
def seen(old: KavitaServer, host: KavitaHost, monkeypatch: Any) -> Iterator[list[tuple[Any, ...]]]:
    """What goes over the wire, both ways, while the adapter does all that it can."""
    found: list[tuple[Any, ...]] = []
    answer = old.answer

    def noting(method: str, target: str, headers: dict[str, str], body: Any) -> Any:
        told = answer(method, target, headers, body)
        found.append((method, target, body, told))
        return told

    monkeypatch.setattr(old, "answer", noting)
    yield found


def exercise(old: KavitaServer, host: KavitaHost) -> None:
    host.check()
    host.whoami()
    host.libraries()
    list(host.pages("1", size=2))
    list(host.series_marks("1"))
    people = {name: ["Ann"] for name, field in BOOK.items() if field.kind.vocabulary == "people"}
    words = {"genres": ["a"], "tags": ["b"], "summary": "s", "ageRating": "Teen", "language": "en"}
    host.write("book", "1", {**words, **people, "title": "T", "releaseDate": "2020-01-01"})
    host.write("series", "1", {**words, **people, "titleSort": "x", "writerLocked": True})
    host.write("series", "1", {"writers": ["Bob"], "releaseYear": 2020})
    host.item("1")
    made = host.write_list("read-list", "L", ["1", "2"], ordered=True)
    host.write_list("read-list", "L", ["2"], ordered=True, list_id=made)
    host.find_list("read-list", "L")
    host.remove_list("read-list", made)
    for entity in ("book", "series", "library"):
        for command in routes.COMMANDS:
            host.command(entity, "1", command)
    host.news("1", host.news("1", "", 5).cursor, 5)


def test_what_goes_over_the_wire_is_what_the_document_says(
    contract: Contract, old: KavitaServer, host: KavitaHost, seen: list[tuple[Any, ...]]
) -> None:
    exercise(old, host)
    for method, target, body, told in seen:
        parts = urlsplit(target)
        contract.check_request(method, parts.path, parts.query, body)
        if told.status == 200 and told.raw is None and told.document is not None:
            one_list = (method, parts.path) == ("GET", "/api/ReadingList")
            document = [told.document] if one_list else told.document
            contract.check_response(method, _documented(parts.path), 200, document)
    assert len({urlsplit(target).path for _, target, _, _ in seen}) >= 20


def _documented(path: str) -> str:
    """Where the document says what a route answers.

    Of two it says something else than what Kavita's code does: the series there are DTOs, and what
    is asked for by its id is one list.
    """
    return "/api/Series/all-v2" if path == "/api/Series/v2" else path
