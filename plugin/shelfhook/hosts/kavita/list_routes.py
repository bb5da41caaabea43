"""The calls of reading lists, as values."""

from __future__ import annotations

import json
from typing import Any

from shelfhook.hosts.calls import Call
from shelfhook.hosts.kavita.routes import the_id

PAGE = 100
_ROOT = "/api/ReadingList"


def page(number: int) -> Call:
    """One page of our own lists, from 1, by title."""
    route = f"{_ROOT}/lists"
    path = f"{route}?PageNumber={number}&PageSize={PAGE}&includePromoted=false"
    return Call("POST", path, route)


def items(list_id: str) -> Call:
    """All items of a list that lie in libraries which we may see."""
    return _of("GET", "/items", list_id)


def one(list_id: str) -> Call:
    """A list, without its items."""
    return _of("GET", "", list_id)


def create(name: str) -> Call:
    """Make an empty list."""
    return _post("/create", {"title": name})


def add(list_id: str, series: int, chapter: str) -> Call:
    """Put a chapter at the end of a list, if it is not on it already."""
    body = {
        "chapterId": the_id("book", chapter),
        "seriesId": series,
        "readingListId": the_id("read-list", list_id),
    }
    return _post("/update-by-chapter", body)


def take_off(list_id: str, item: int) -> Call:
    """Take an item off a list."""
    number = the_id("read-list", list_id)
    return _post(
        "/delete-item",
        {"readingListId": number, "readingListItemId": item, "fromPosition": 0, "toPosition": 0},
    )


def remove(list_id: str) -> Call:
    """Delete a list; its members stay."""
    return _of("DELETE", "", list_id)


def _of(method: str, tail: str, list_id: str) -> Call:
    route = f"{_ROOT}{tail}"
    path = f"{route}?readingListId={the_id('read-list', list_id)}"
    return Call(method, path, route, entity=f"read-list {list_id}")


def _post(tail: str, body: dict[str, Any]) -> Call:
    return Call("POST", f"{_ROOT}{tail}", f"{_ROOT}{tail}", json.dumps(body).encode())
