"""What is new in a library since a cursor. Calibre tells nobody, but knows when it changed a book.

Calibre writes `last_modified` under the lock that its writes take, so whoever changes later has the
later time, and several books that one call has changed have the same. A search by date knows days
only. So the newest are listed until one comes that the cursor knows.

What was removed is not found: for that all numbers would have to be kept and compared. And if the
server's clock is set back, what changes until it has caught up is not found either; the next scan
of the whole library finds it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from shelfhook.hosts.calibre import routes
from shelfhook.hosts.calibre.documents import plain
from shelfhook.hosts.calibre.ids import BookId
from shelfhook.hosts.calibre.normal import instant
from shelfhook.hosts.calibre.paging import Ask, Listing, read
from shelfhook.ports import News, Sign, Tiding

FIRST = 100
"""Books that are asked for at first: mostly little is new."""
FACTOR = 8
"""How many times as many are asked for when those were too few."""
_FIELDS = ("id", "last_modified", "timestamp")


class Place(NamedTuple):
    """Where a reader stands: behind a book, in the order of times, and of numbers in one moment."""

    at: datetime
    number: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.number}"


class Row(NamedTuple):
    """A book's place, and when it was added."""

    place: Place
    added: datetime


START = Place(datetime.fromisoformat("0101-01-01T00:00:00+00:00"), 0)
"""Before all books."""


def news(ask: Ask, library: str, cursor: str, most: int) -> News:
    """What was added or changed since a cursor. See [`Asked`][shelfhook.ports.Asked]."""
    since = _place(cursor)
    if since is None:
        newest = _rows(read(ask(routes.newest(library, _FIELDS, 1))))
        return News((), str(max((row.place for row in newest), default=START)))
    new = _since(ask, library, since, most)
    told = new[: max(0, most)]
    tidings = [_tiding(library, row, since) for row in told]
    return News(tidings, str(told[-1].place if told else since), len(told) == len(new))


def _since(ask: Ask, library: str, since: Place, most: int) -> list[Row]:
    """All rows behind a place, oldest first."""
    wanted = max(FIRST, most + 1)
    while True:
        listing = read(ask(routes.newest(library, _FIELDS, wanted)))
        rows = _rows(listing)
        if len(listing.ids) < wanted or any(row.place.at < since.at for row in rows):
            return sorted(row for row in rows if row.place > since)
        wanted *= FACTOR


def _rows(listing: Listing) -> list[Row]:
    told: Iterable[tuple[int, dict[str, object]]] = ((n, listing.of(n)) for n in listing.ids)
    found: list[Row] = []
    for number, one in told:
        changed, added = (_time(one.get(name)) for name in ("last_modified", "timestamp"))
        if changed is not None:
            found.append(Row(Place(changed, number), added or START.at))
    return found


def _tiding(library: str, row: Row, since: Place) -> Tiding:
    # Calibre keeps whole seconds of the moment in which a book was added.
    added = row.added >= since.at.replace(microsecond=0)
    sign = Sign.ADDED if added else Sign.CHANGED
    return Tiding(sign, library, str(BookId(library, row.place.number)))


def _time(value: object) -> datetime | None:
    text = plain(value)
    return instant(text) if isinstance(text, str) else None


def _place(cursor: str) -> Place | None:
    """The place that a cursor names; None for "", and for one that is not ours."""
    at, _, number = cursor.partition(" ")
    moment = instant(at)
    with contextlib.suppress(ValueError):
        return Place(moment, int(number)) if moment is not None else None
    return None
