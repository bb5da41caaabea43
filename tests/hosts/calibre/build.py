"""Calibre's JSON for tests, as a real server gave it."""

from __future__ import annotations

from typing import Any

from shelfhook.hosts.calibre import CalibreHost, connect
from shelfhook.ports import HostOptions
from tests.support.clock import FakeClock

URL = "http://calibre.test:8080/base"
PASSWORD = "p4ssw0rd-of-admin"
BASIC = {"WWW-Authenticate": 'Basic realm="calibre"'}


def host(**options: Any) -> CalibreHost:
    clock = options.pop("clock", None) or FakeClock()
    login = {"username": "admin", "password": PASSWORD, **options}
    return connect(HostOptions("mine", "calibre", login.pop("url", URL), **login), clock)


def book(number: int = 7, **changes: Any) -> dict[str, Any]:
    """A book as `/ajax/books` has it."""
    path = f"/books/Unknown/Saga 001 ({number})/Saga 001 - Unknown.cbz"
    values: dict[str, Any] = {
        "title": "Saga 001",
        "authors": ["Unknown"],
        "tags": [],
        "series": None,
        "series_index": None,
        "comments": None,
        "publisher": None,
        "pubdate": "None",
        "rating": 0.0,
        "languages": [],
        "identifiers": {},
        "uuid": f"uuid-{number}",
        "application_id": number,
        "timestamp": "2026-11-24T17:05:59+00:00",
        "last_modified": "2026-11-24T17:15:09.707471+00:00",
        "user_metadata": {},
        "formats": ["cbz"],
        "format_metadata": {
            "cbz": {"path": path, "size": 1000, "mtime": "2026-11-24T17:05:59.307495+00:00"}
        },
    }
    return {**values, **changes}


def record(number: int = 7, **changes: Any) -> dict[str, Any]:
    """The same book as a write answers with."""
    values: dict[str, Any] = {
        "formats": ["CBZ"],
        "format_sizes": {"CBZ": 1000},
        "authors": ["Unknown"],
        "author_sort": "Unknown",
        "series_index": 1.0,
        "size": 1000,
        "title": "Saga 001",
        "sort": "Saga 001",
        "uuid": f"uuid-{number}",
    }
    return {str(number): {**values, **changes}}


def column(datatype: str, value: Any = None, **changes: Any) -> dict[str, Any]:
    """A custom column as it comes with a book."""
    values = {
        "datatype": datatype,
        "is_multiple": None,
        "is_multiple2": {},
        "display": {},
        "#value#": value,
        "#extra#": None,
    }
    return {**values, **changes}


def listing(**data: dict[str, Any]) -> dict[str, Any]:
    """What a list answers: `listing(title={"1": "A"}, …)`; the numbers are those of `uuid`."""
    ids = [int(one) for one in data["uuid"]]
    return {"result": {"book_ids": ids, "data": data, "metadata": {}, "fields": [*data]}}
