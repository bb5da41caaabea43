"""Every call that the adapter can make of Kavita, as values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from shelfhook.errors import Gone, Permanent
from shelfhook.hosts.calls import Call

ADMIN = "Admin"
"""The role that may change anything."""
LIBRARY_FIELD = 19
"""Of `FilterField`: the library."""
BY_CREATED, BY_CHAPTER_ADDED = 2, 4
"""Of `SortField`."""
COMMANDS = ("analyze", "refresh")
_CHECK_SECONDS = 10.0
_LARGEST_ID = 2**31 - 1
_ID = re.compile(r"[1-9][0-9]{0,9}")


def health() -> Call:
    """Whether the server is up; needs no login."""
    return Call("GET", "/api/Health", "/api/Health", retries=0, seconds=_CHECK_SECONDS)


def login(body: bytes) -> Call:
    """A token for a key or a password.

    Not `/api/Plugin/authenticate`, which gives the same token: there the key stands in the URL,
    and with that in every log and message that names it.
    """
    return Call("POST", "/api/Account/login", "/api/Account/login", body)


def me(*, now: bool = False) -> Call:
    """Who we are; `now` asks once and briefly, where the health endpoint is walled off."""
    route = "/api/Account/refresh-account"
    return Call("GET", route, route, retries=0, seconds=_CHECK_SECONDS) if now else _get(route)


def info(*, now: bool = False) -> Call:
    """The server's version; refused to those who are no administrators."""
    route = "/api/Server/server-info-slim"
    if now:
        return Call("GET", route, route, right=ADMIN, retries=0, seconds=_CHECK_SECONDS)
    return Call("GET", route, route, right=ADMIN)


def libraries() -> Call:
    """All libraries that we may see."""
    return _get("/api/Library/libraries")


def series_page(library: str, number: int, size: int, *, sort: int, ascending: bool) -> Call:
    """One page of a library's series, from 1; page 0 would be all of them."""
    body = {
        "statements": [
            {"field": LIBRARY_FIELD, "comparison": 0, "value": str(the_id("library", library))}
        ],
        "combination": 1,
        "limitTo": 0,
        "sortOptions": {"sortField": sort, "isAscending": ascending},
    }
    path = f"/api/Series/v2?PageNumber={number}&PageSize={size}"
    return Call("POST", path, "/api/Series/v2", _json(body))


def volumes(series_id: str) -> Call:
    """All volumes of a series with all their chapters; an empty list if there is no such series."""
    return _get("/api/Series/volumes", "seriesId", "series", series_id)


def chapter(chapter_id: str) -> Call:
    """One chapter."""
    return _get("/api/Chapter", "chapterId", "book", chapter_id)


def series_of(chapter_id: str) -> Call:
    """The series that a chapter belongs to."""
    return _get("/api/Search/series-for-chapter", "chapterId", "book", chapter_id)


def series(series_id: str) -> Call:
    """A series, without its metadata."""
    number = the_id("series", series_id)
    return Call(
        "GET", f"/api/Series/{number}", "/api/Series/{seriesId}", entity=f"series {series_id}"
    )


def metadata(series_id: str) -> Call:
    """A series' metadata."""
    return _get("/api/Series/metadata", "seriesId", "series", series_id)


def file(chapter_id: str) -> Call:
    """A chapter's file; of several files an archive with all of them."""
    number = the_id("book", chapter_id)
    route = "/api/Download/chapter"
    return Call(
        "GET",
        f"{route}?chapterId={number}",
        route,
        entity=f"book {chapter_id}",
        accept="application/octet-stream, */*;q=0.5",
        right="Download",
    )


def write_chapter(body: Mapping[str, Any]) -> Call:
    """Replace a chapter's metadata by these."""
    return _post("/api/Chapter/update", body, f"book {body['id']}")


def write_series(body: Mapping[str, Any]) -> Call:
    """Replace a series' names and their locks by these."""
    return _post("/api/Series/update", body, f"series {body['id']}")


def write_metadata(body: Mapping[str, Any]) -> Call:
    """Replace a series' metadata by these."""
    wrapped = {"seriesMetadata": dict(body)}
    return _post("/api/Series/metadata", wrapped, f"series {body['seriesId']}")


def scan_library(library: str) -> Call:
    """Have a library scanned, also where its folders have not changed."""
    route = "/api/Library/scan"
    path = f"{route}?libraryId={the_id('library', library)}&force=true"
    return Call("POST", path, route, entity=f"library {library}", right=ADMIN)


def analyze_library(library: str) -> Call:
    """Have a library's words counted anew."""
    route = "/api/Library/analyze"
    path = f"{route}?libraryId={the_id('library', library)}"
    return Call("POST", path, route, entity=f"library {library}", right=ADMIN)


def command_series(command: str, library: int, series_id: int) -> Call:
    """Have a series scanned (`refresh`) or its words counted (`analyze`)."""
    body = {"libraryId": library, "seriesId": series_id, "forceUpdate": True}
    tail = {"refresh": "scan", "analyze": "analyze"}[command]
    return _post(f"/api/Series/{tail}", body, f"series {series_id}")


def vocabulary(name: str) -> Call:
    """All `genres` or `tags` of the server."""
    return _get(f"/api/Metadata/{name}")


def negotiate() -> Call:
    """Ask the hub for a connection; not in Kavita's OpenAPI document."""
    route = "/hubs/messages/negotiate"
    return Call("POST", f"{route}?negotiateVersion=1", route, retries=0)


def check_command(entity: str, command: str) -> None:
    """Refuse what Kavita cannot do.

    Raises:
        Permanent: there is no such command, or no such entity.
    """
    if command not in COMMANDS:
        raise Permanent(f"Kavita has no command {command!r}; it has {', '.join(COMMANDS)}")
    if entity not in ("book", "series", "library"):
        raise Permanent(f"Kavita cannot {command} a {entity!r}, only a book, series or library")


def the_id(entity: str, entity_id: str) -> int:
    """An id as Kavita's number.

    Raises:
        Gone: no entity can have such an id.
    """
    number = int(entity_id) if _ID.fullmatch(entity_id) else 0
    if 0 < number <= _LARGEST_ID:
        return number
    raise Gone(f"{entity} {entity_id!r} cannot exist")


def _get(route: str, name: str = "", entity: str = "", entity_id: str = "") -> Call:
    if not name:
        return Call("GET", route, route)
    path = f"{route}?{name}={the_id(entity, entity_id)}"
    return Call("GET", path, route, entity=f"{entity} {entity_id}")


def _post(route: str, body: Mapping[str, Any], entity: str) -> Call:
    return Call("POST", route, route, _json(body), entity=entity, right=ADMIN)


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body).encode()
