"""Every call that the adapter can make of Calibre, as values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from shelfhook.hosts.calibre.ids import BookId
from shelfhook.hosts.calls import Call, part_of_path, request

CHANGES = "to make changes"
"""The right that a read-only user lacks."""
_CHECK_SECONDS = 10.0
_NOBODY = 0
"""No book has this number."""


def setup() -> Call:
    """Whether the server is up; needs no login."""
    return Call("GET", "/ajax-setup", "/ajax-setup", retries=0, seconds=_CHECK_SECONDS)


def session() -> Call:
    """Who we are, and how the server is set up."""
    return request("GET", "/interface-data/update")


def may_write() -> Call:
    """Change nothing of a book that cannot exist: who may not write is refused even that."""
    route = f"/cdb/set-fields/{_NOBODY}"
    return request("POST", route, document={"changes": {}, "loaded_book_ids": []}, right=CHANGES)


def libraries() -> Call:
    """All libraries that we may see."""
    return request("GET", "/ajax/library-info")


def columns(library: str) -> Call:
    """The custom columns of a library."""
    return _command("custom_columns", library, [])


def count(library: str) -> Call:
    """How many books a library has, and none of them."""
    return request("GET", "/ajax/search/{library}", {"library": library}, query={"num": 0})


def books_after(library: str, fields: Sequence[str], number: int, size: int) -> Call:
    """The next books of a library in the order of their numbers.

    Asked for by number and not by place, so that nothing shifts when books come or go.
    """
    query = f"id:>{number}" if number else ""
    return _command("list", library, [list(fields), "id", True, query, size])


def newest(library: str, fields: Sequence[str], order: str, most: int) -> Call:
    """The last books of a library by some field, the last one first."""
    return _command("list", library, [list(fields), order, False, "", most])


def book(book_id: BookId) -> Call:
    """One book, or null. The call for one alone answers with a 404, as a proxy may do, too.

    A 403 may mean that there is no such library; `writing.find` looks.
    """
    return request(
        "GET",
        "/ajax/books/{library}",
        {"library": book_id.library},
        query={"ids": book_id.number, "category_urls": "false"},
        entity=f"book {book_id}",
        gone=frozenset({HTTPStatus.FORBIDDEN}),
    )


def set_fields(book_id: BookId, changes: Any) -> Call:
    """Change a book. Sent once only: after an error Calibre takes for done what is not."""
    library, number = part_of_path("library", book_id.library), str(book_id.number)
    return Call(
        "POST",
        f"/cdb/set-fields/{number}/{library}",
        "/cdb/set-fields/{book}/{library}",
        json.dumps({"changes": changes, "loaded_book_ids": [book_id.number]}).encode(),
        entity=f"book {book_id}",
        retries=0,
        right=CHANGES,
    )


def file(book_id: BookId, extension: str) -> Call:
    """A book's file of one format."""
    library, word = part_of_path("library", book_id.library), part_of_path("format", extension)
    return Call(
        "GET",
        f"/get/{word}/{book_id.number}/{library}",
        "/get/{format}/{book}/{library}",
        entity=f"{extension} of book {book_id}",
        accept="*/*",
        gone=frozenset({HTTPStatus.NOT_FOUND}),
    )


def conversion_data(book_id: BookId) -> Call:
    """From which formats to which a book can be converted."""
    return _conversion("GET", "/conversion/book-data/{book}", book_id.number, book_id)


def start_conversion(book_id: BookId, source: str, target: str) -> Call:
    """Have a book converted; gives the job's number. Sent once only: each starts a job."""
    document = {"input_fmt": source, "output_fmt": target, "options": {}}
    route = "/conversion/start/{book}"
    return _conversion("POST", route, book_id.number, book_id, document, repeatable=False)


def conversion_status(book_id: BookId, job: int, *, abort: bool = False) -> Call:
    """How far a conversion is. The first answer that it is done also adds the new format."""
    more = {"abort_job": "1"} if abort else {}
    return _conversion("GET", "/conversion/status/{job}", job, book_id, query=more)


def _conversion(
    method: str,
    route: str,
    number: int,
    book_id: BookId,
    document: object = None,
    query: dict[str, str] | None = None,
    **more: Any,
) -> Call:
    # An unknown library would be the default one: who calls has found the book in it before.
    return request(
        method,
        route,
        {route.partition("{")[2].rstrip("}"): str(number)},
        query={"library_id": book_id.library, **(query or {})},
        document=document,
        right=CHANGES,
        gone=frozenset({HTTPStatus.NOT_FOUND}),
        **more,
    )


def _command(name: str, library: str, arguments: Sequence[object]) -> Call:
    """A command of `calibredb`; its version is 0 as long as its arguments are these."""
    route = f"/cdb/cmd/{name}/0"
    path = f"{route}?{urlencode({'library_id': library})}"
    return Call("POST", path, route, json.dumps(arguments).encode())
