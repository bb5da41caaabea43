"""What is new in a library since a cursor, for when the hub is out of reach or was not listened to.

Kavita can be asked for nothing since a moment, but it sorts series by when they last got a chapter,
and its chapters' ids only grow. So the series that got one since are read, and in them the chapters
behind the highest id that we know. That a scan has ended shows in the library's `lastScanned`.

`lastChapterAdded` is the server's local time: in the hour in which clocks are put back an addition
may look older than it is, and is then told by the end of the scan alone. What was changed or
removed is told by that, too: no list of Kavita's shows it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice

from shelfhook.hosts.kavita import paging, routes
from shelfhook.hosts.kavita.documents import Dto, a_list, promised
from shelfhook.hosts.kavita.paging import Ask, Paged
from shelfhook.ports import News, Sign, Tiding

PAGE = 50
"""Series on a page: mostly few are new."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far was read: two times as Kavita writes them, and the highest id of a chapter."""

    scanned: str
    added: str
    chapter: int


def news(ask: Ask, paged: Paged, library: str, cursor: str, most: int) -> News:
    """What has come since a cursor, and whether a scan has ended.

    See [`Asked`][shelfhook.ports.Asked].
    """
    known = _read(cursor)
    scanned = _scanned(ask, library)
    newest, found = _since(ask, paged, library, known, most)
    now = Place(
        max(scanned, known.scanned if known else ""),
        max(newest, known.added if known else ""),
        max([known.chapter if known else 0, *found]),
    )
    if known is None:
        return News((), json.dumps(asdict(now)))
    tidings = [Tiding(Sign.ADDED, library, str(one)) for one in sorted(found)]
    if scanned > known.scanned:
        tidings.append(Tiding(Sign.SCANNED, library))
    return News(tidings[:most], json.dumps(asdict(now)), complete=len(tidings) <= most)


def _since(
    ask: Ask, paged: Paged, library: str, known: Place | None, most: int
) -> tuple[str, list[int]]:
    """When the newest chapter came, and the ids of those that are new, one more than are wanted.

    Without a place to begin at, those of the newest series alone: the highest id is among them.
    """
    newest = ""
    found: list[int] = []
    for one in _latest(paged, library):
        added = _added(one)
        newest = newest or added
        if added <= (known.added if known else "") or (known is None and added < newest):
            break
        chapters = (chapter["id"] for chapter in paging.chapters(ask, str(one["id"])))
        found += [number for number in chapters if known is None or number > known.chapter]
        if known is not None and len(found) > most:
            break
    return newest, found


def _latest(paged: Paged, library: str) -> Iterator[Dto]:
    """The library's series, those that got a chapter last first."""
    number = 1
    while True:
        rows, total = paged(
            routes.series_page(library, number, PAGE, sort=routes.BY_CHAPTER_ADDED, ascending=False)
        )
        yield from rows
        if not rows or number * PAGE >= total:
            return
        number += 1


def _read(cursor: str) -> Place | None:
    try:
        place = Place(**json.loads(cursor))
    except (ValueError, TypeError, RecursionError):
        return None
    fits = isinstance(place.scanned, str) and isinstance(place.added, str)
    return place if fits and isinstance(place.chapter, int) else None


@promised
def _scanned(ask: Ask, library: str) -> str:
    """When the library was scanned last; "" if it is no longer there."""
    found = (one for one in a_list(ask(routes.libraries())) if str(one["id"]) == library)
    return next((str(one["lastScanned"]) for one in islice(found, 1)), "")


@promised
def _added(series: Dto) -> str:
    return str(series["lastChapterAdded"])
