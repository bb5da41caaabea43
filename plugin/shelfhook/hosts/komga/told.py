"""What Komga tells by its event stream, in the words that all hosts share."""

from __future__ import annotations

import json
from typing import Any

from shelfhook.hosts.komga import tasks
from shelfhook.hosts.sse import COMMENT, Event
from shelfhook.ports import Sign, Tiding

SILENCE = 45.0
"""Seconds without a byte after which the stream counts as broken: Komga sends a comment every 15 s
since 1.24."""
NO_ADMIN = "not an administrator: the end of a scan is guessed from silence"
"""What LISTENING says for an account that is told nothing of Komga's tasks."""

BOOKS = {"BookAdded": Sign.ADDED, "BookChanged": Sign.CHANGED, "BookDeleted": Sign.REMOVED}
OF_A_LIBRARY = frozenset(
    {"SeriesAdded", "SeriesChanged", "SeriesDeleted", "LibraryAdded", "LibraryChanged"}
)
"""Something about a library that names no book; what it means for books they tell themselves."""
NOTHING_TO_US = frozenset(
    {
        COMMENT,
        "LibraryDeleted",
        "BookImported",
        "SessionExpired",
        "ReadProgressChanged",
        "ReadProgressDeleted",
        "ReadProgressSeriesChanged",
        "ReadProgressSeriesDeleted",
        *(
            f"{what}{how}"
            for what in (
                "Collection",
                "ReadList",
                "ThumbnailBook",
                "ThumbnailSeries",
                "ThumbnailSeriesCollection",
                "ThumbnailCollection",
                "ThumbnailReadList",
            )
            for how in ("Added", "Changed", "Deleted")
        ),
    }
)


def tiding(event: Event) -> Tiding:
    """What an event says. One that lacks what Komga sends is as unknown as one of no known name."""
    name = event.name
    if name in NOTHING_TO_US:
        return Tiding(Sign.ALIVE)
    if name == tasks.STATUS:
        counted = tasks.read(event.data)
        if counted is not None:
            return Tiding(Sign.BUSY if counted.scan else Sign.IDLE)
    library = book = ""
    if name in BOOKS or name in OF_A_LIBRARY:
        payload = _payload(event.data)
        library, book = _text(payload, "libraryId"), _text(payload, "bookId")
    if library and book and name in BOOKS:
        return Tiding(BOOKS[name], library, book)
    if library and name in OF_A_LIBRARY:
        return Tiding(Sign.CHANGED, library)
    return Tiding(Sign.UNKNOWN, item=name)


def _payload(data: str) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(payload: dict[str, Any], name: str) -> str:
    value = payload.get(name)
    return value if isinstance(value, str) else ""
