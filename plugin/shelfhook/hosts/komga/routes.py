"""Every call that the adapter can make of Komga, as values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

from shelfhook.errors import Gone, Permanent
from shelfhook.hosts.calls import Call
from shelfhook.model import Value

LARGEST_PAGE = 2000
"""Komga clamps larger ones without saying so."""
COMMANDS = {"analyze": "analyze", "refresh": "metadata/refresh"}
ENTITIES = {"book": "books", "series": "series", "library": "libraries"}
ADMIN = "ADMIN"
"""The right to change anything."""
_CHECK_SECONDS = 10.0


def health() -> Call:
    """Whether the server is up; needs no login."""
    return Call("GET", "/actuator/health", "/actuator/health", retries=0, seconds=_CHECK_SECONDS)


def info() -> Call:
    """The server's version; needs the role ADMIN."""
    return Call("GET", "/actuator/info", "/actuator/info", retries=0, seconds=_CHECK_SECONDS)


def me() -> Call:
    """Who we are."""
    return Call("GET", "/api/v2/users/me", "/api/v2/users/me")


def me_now() -> Call:
    """Who we are, asked once and briefly, where the health endpoint is walled off."""
    route = "/api/v2/users/me"
    return Call("GET", route, route, retries=0, seconds=_CHECK_SECONDS)


def libraries() -> Call:
    """All libraries that we may see."""
    return Call("GET", "/api/v1/libraries", "/api/v1/libraries")


def book(book_id: str) -> Call:
    """One book."""
    path = f"/api/v1/books/{quoted('book', book_id)}"
    return Call("GET", path, "/api/v1/books/{bookId}", entity=f"book {book_id}")


def series(series_id: str) -> Call:
    """One series."""
    path = f"/api/v1/series/{quoted('series', series_id)}"
    return Call("GET", path, "/api/v1/series/{seriesId}", entity=f"series {series_id}")


def file(book_id: str) -> Call:
    """A book's file."""
    return Call(
        "GET",
        f"/api/v1/books/{quoted('book', book_id)}/file",
        "/api/v1/books/{bookId}/file",
        entity=f"book {book_id}",
        accept="application/octet-stream, */*;q=0.5",
        right="FILE_DOWNLOAD",
    )


def events() -> Call:
    """The stream of events; not in Komga's OpenAPI document."""
    return Call("GET", "/sse/v1/events", "/sse/v1/events", accept="text/event-stream")


def books_page(library: str, number: int, size: int) -> Call:
    """One page of a library's books, in the order of their files, without the deleted ones.

    Sorted by url because Komga's own order is undefined and may differ from page to page.
    """
    path = f"/api/v1/books/list?page={number}&size={size}&sort=url,asc"
    return Call("POST", path, "/api/v1/books/list", _that_are("libraryId", library))


def series_books_page(series_id: str, number: int) -> Call:
    """One page, as large as can be, of a series' books, likewise."""
    path = f"/api/v1/books/list?page={number}&size={LARGEST_PAGE}&sort=url,asc"
    return Call("POST", path, "/api/v1/books/list", _that_are("seriesId", series_id))


def newest_books(library: str, order: str, number: int, size: int) -> Call:
    """One page of all of a library's books, the deleted ones too, newest first.

    Args:
        order: what makes them new: `created` or `lastModified`.
    """
    query = f"page={number}&size={size}&sort={order},desc&sort=url,asc"
    search = {"condition": {"libraryId": {"operator": "is", "value": library}}}
    path = f"/api/v1/books/list?{query}"
    return Call("POST", path, "/api/v1/books/list", json.dumps(search).encode())


def series_page(library: str, number: int, size: int) -> Call:
    """One page of a library's series, without the deleted ones, in the order of their folders."""
    path = f"/api/v1/series/list?page={number}&size={size}&sort=url,asc"
    return Call("POST", path, "/api/v1/series/list", _that_are("libraryId", library))


def _that_are(field: str, value: str) -> bytes:
    search = {
        "condition": {
            "allOf": [
                {field: {"operator": "is", "value": value}},
                {"deleted": {"operator": "isFalse"}},
            ]
        }
    }
    return json.dumps(search).encode()


def write(entity: str, entity_id: str, fields: Mapping[str, Value]) -> Call:
    """Set metadata of a book or a series."""
    start, route = entity_path(entity, entity_id, ("book", "series"))
    return Call(
        "PATCH",
        f"{start}/metadata",
        f"{route}/metadata",
        json.dumps(fields).encode(),
        expects=204,
        entity=f"{entity} {entity_id}",
        right=ADMIN,
    )


def command(entity: str, entity_id: str, name: str) -> Call:
    """Have the server analyze or refresh a book, a series or a library.

    Raises:
        Permanent: there is no such command.
    """
    if name not in COMMANDS:
        raise Permanent(f"Komga has no command {name!r}; it has {', '.join(sorted(COMMANDS))}")
    start, route = entity_path(entity, entity_id, tuple(ENTITIES))
    tail = COMMANDS[name]
    return Call(
        "POST",
        f"{start}/{tail}",
        f"{route}/{tail}",
        expects=202,
        entity=f"{entity} {entity_id}",
        right=ADMIN,
    )


def entity_path(entity: str, entity_id: str, allowed: tuple[str, ...]) -> tuple[str, str]:
    """Where an entity is, as a path and as a route.

    Raises:
        Permanent: it is none of the allowed.
        Gone: no entity can have such an id.
    """
    if entity not in allowed:
        raise Permanent(f"Komga cannot do this to a {entity!r}, only to {', '.join(allowed)}")
    start = f"/api/v1/{ENTITIES[entity]}"
    return f"{start}/{quoted(entity, entity_id)}", f"{start}/{{{entity}Id}}"


def quoted(entity: str, entity_id: str) -> str:
    """An id as a part of a path.

    Raises:
        Gone: no entity can have such an id.
    """
    # "", "." and ".." would make another path of it; no id of Komga's looks like that
    if not entity_id.strip("."):
        raise Gone(f"{entity} {entity_id!r} cannot exist")
    return quote(entity_id, safe="")
