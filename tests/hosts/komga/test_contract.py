"""Every call that the adapter can send, held against Komga's own OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.message import Message
from email.parser import BytesParser
from urllib.parse import urlsplit

import pytest

from shelfhook.hosts.calls import Call
from shelfhook.hosts.komga import cover_routes, list_routes, mapping, past_routes, routes
from shelfhook.hosts.komga.normal import BOOK, SERIES, UNCLEARABLE, Normal, normal
from shelfhook.model import Value
from shelfhook.ports import Import
from tests.hosts.komga import build
from tests.support.openapi import Contract, ContractError, contract_file, contract_or_skip

BOOK_VALUES: dict[str, Value] = {
    name: build.metadata()[name] for name in BOOK if not name.endswith("Lock")
}
SERIES_VALUES: dict[str, Value] = {
    "status": "ENDED",
    "title": "Saga",
    "titleSort": "Saga",
    "summary": "s",
    "publisher": "Image",
    "readingDirection": "LEFT_TO_RIGHT",
    "ageRating": 16,
    "language": "en-US",
    "genres": ["b", "a"],
    "tags": ["x"],
    "totalBookCount": 12,
    "sharingLabels": ["kids"],
    "links": [{"label": "a", "url": "http://a.test"}],
    "alternateTitles": [{"label": "jp", "title": "サガ"}],
}


@pytest.fixture
def contract() -> Contract:
    return contract_or_skip()


def writes() -> list[Call]:
    calls = []
    for entity, values in (("book", BOOK_VALUES), ("series", SERIES_VALUES)):
        locks: dict[str, Value] = {f"{name}Lock": True for name in values}
        cleared: dict[str, Value] = {name: None for name in values if name not in UNCLEARABLE}
        calls += [
            routes.write(entity, "X", mapping.update(entity, {**values, **locks})),
            routes.write(entity, "X", mapping.update(entity, cleared)),
        ]
    return calls


CALLS = [
    routes.info(),
    routes.me(),
    routes.me_now(),
    routes.libraries(),
    routes.book("X"),
    routes.series("X"),
    routes.file("X"),
    routes.books_page("0LIB", 3, 500),
    routes.series_page("0LIB", 3, 500),
    routes.series_books_page("X", 0),
    *writes(),
    *(
        call
        for kind in list_routes.KINDS
        for call in (
            list_routes.page(kind, 2),
            list_routes.create(kind, "A list", ["X", "Y"], ordered=True),
            list_routes.change(kind, "L", ["Y"], ordered=False),
            list_routes.remove(kind, "L"),
        )
    ),
    cover_routes.page("X", 3),
    *(
        call
        for entity in cover_routes.ENTITIES
        for call in (
            cover_routes.covers(entity, "X"),
            cover_routes.choose(entity, "X", "C"),
            cover_routes.remove(entity, "X", "C"),
        )
    ),
    past_routes.history(2),
    past_routes.import_books([Import("/in/a.cbz", "S")], move=True),
    past_routes.import_books([Import("/in/a.cbz", "S", "B", "One")], move=False),
    *(
        routes.command(entity, "X", command)
        for entity in routes.ENTITIES
        for command in routes.COMMANDS
    ),
]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.method} {call.route}")
def test_every_call_is_one_that_komga_knows(contract: Contract, call: Call) -> None:
    parts = urlsplit(call.path)
    body = None if call.body is None else json.loads(call.body)
    contract.check_request(call.method, parts.path, parts.query, body)
    template, operation = contract.operation(call.method, parts.path)
    assert call.route == template
    # what Komga's code answers by itself, the document calls default
    assert {str(call.expects), "default"} & set(operation["responses"])


def test_the_event_stream_is_in_no_document_yet(contract: Contract) -> None:
    call = routes.events()
    with pytest.raises(ContractError, match="no such operation"):
        contract.check_request(call.method, call.path)  # once it is there: into the list above


@pytest.mark.parametrize("entity", cover_routes.ENTITIES)
def test_an_upload_is_a_form_that_komga_knows(contract: Contract, entity: str) -> None:
    call = cover_routes.upload(entity, "X", b"\r\nimage\r\n--")
    parts = urlsplit(call.path)
    template, operation = contract.operation(call.method, parts.path)
    assert (call.route, parts.query) == (template, "selected=true")
    assert {"name": "selected", "in": "query"}.items() <= operation["parameters"][1].items()
    (wanted,) = operation["requestBody"]["content"].items()
    form = BytesParser().parsebytes(
        f"Content-Type: {call.content_type}\r\n\r\n".encode() + (call.body or b"")
    )
    assert (form.get_content_type(), wanted[1]["schema"]["required"]) == (wanted[0], ["file"])
    payload = form.get_payload()
    assert isinstance(payload, list)
    (part,) = payload
    assert isinstance(part, Message)
    assert part.get_param("name", header="Content-Disposition") == "file"
    assert part.get_filename()
    assert part.get_payload(decode=True) == b"\r\nimage\r\n--"


@pytest.mark.parametrize(
    ("schema", "fields"), [("BookMetadataUpdateDto", BOOK), ("SeriesMetadataUpdateDto", SERIES)]
)
def test_the_fields_are_all_that_komga_has(
    contract: Contract, schema: str, fields: Mapping[str, Normal]
) -> None:
    document = json.loads(contract_file().read_text())
    known = set(document["components"]["schemas"][schema]["properties"])
    assert known == set(fields)


def test_the_values_of_these_tests_are_normal() -> None:
    assert normal("series", "language", "en-us") == SERIES_VALUES["language"]
    contract_values = {name: normal("book", name, value) for name, value in BOOK_VALUES.items()}
    assert {*contract_values, *(f"{name}Lock" for name in contract_values)} == set(BOOK)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/v1/books/X", build.book()),
        ("GET", "/api/v1/series/X", build.series()),
        ("POST", "/api/v1/books/list", build.page([build.book()], 0, 20, 1)),
        ("GET", "/api/v1/collections", build.page([build.collection()], 0, 20, 1)),
        ("GET", "/api/v1/readlists/X", build.read_list()),
        ("GET", "/api/v1/books/X/thumbnails", [build.cover()]),
        ("GET", "/api/v2/users/me", build.user()),
        ("GET", "/api/v1/history", build.page([build.happening()], 0, 20, 1)),
    ],
)
def test_the_answers_that_our_tests_invent_are_komgas(
    contract: Contract, method: str, path: str, body: object
) -> None:
    contract.check_response(method, path, 200, body)
