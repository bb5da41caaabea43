"""What is new in a library since a cursor. Calibre tells nobody, but it can be asked.

Books that were added are known by their numbers, which only grow (SQLite's AUTOINCREMENT); their
times would not do, since Calibre cuts off the fraction of the second in which a book was added.
Books that were changed are known by `last_modified`, which Calibre writes under the lock that its
writes take: whoever changes later has the later time, and books that one call has changed have the
same. A search by date knows days only, so the newest are listed until one comes that the cursor
knows.

What was removed is not found: for that all numbers would have to be kept and compared. And if the
server's clock is set back, what changes until it has caught up is not found either; the next run
over the whole library finds it.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import NamedTuple

from shelfhook.hosts.calibre import routes
from shelfhook.hosts.calibre.documents import plain
from shelfhook.hosts.calibre.ids import LARGEST, BookId
from shelfhook.hosts.calibre.normal import instant
from shelfhook.hosts.calibre.paging import Ask, Listing, read
from shelfhook.ports import News, Sign, Tiding

FIRST = 100
"""Books that are asked for at first: mostly little is new."""
FACTOR = 8
"""How many times as many are asked for when those were too few."""
CHANGED = "last_modified"


class Place(NamedTuple):
    """Where a reader of changes stands: behind a book, by time, and by number in one moment."""

    at: datetime
    number: int


START = Place(datetime.fromisoformat("0101-01-01T00:00:00+00:00"), 0)
"""Before all changes."""


class Cursor(NamedTuple):
    """How far a library was read: the changes, and the highest number."""

    place: Place
    highest: int

    def __str__(self) -> str:
        return json.dumps([self.place.at.isoformat(), self.place.number, self.highest])


def news(ask: Ask, library: str, cursor: str, most: int) -> News:
    """What was added or changed since a cursor. See [`Asked`][shelfhook.ports.Asked]."""
    since, most = _cursor(cursor), max(1, most)
    if since is None:
        return News((), str(_now(ask, library)))
    added = read(ask(routes.books_after(library, ("id",), since.highest, most + 1))).ids
    if len(added) > most:
        after = Cursor(since.place, added[most - 1])
        return News(_tidings(Sign.ADDED, library, added[:most]), str(after), complete=False)
    changes = _changes(ask, library, since.place, most)
    told, place = _taken(changes, since, most - len(added))
    tidings = [
        *_tidings(Sign.ADDED, library, added),
        *_tidings(Sign.CHANGED, library, [one.number for one in told]),
    ]
    after = Cursor(place, max([since.highest, *added]))
    return News(tidings, str(after), complete=place == max([since.place, *changes]))


def _now(ask: Ask, library: str) -> Cursor:
    changes = _places(read(ask(routes.newest(library, ("id", CHANGED), CHANGED, 1))))
    last = read(ask(routes.newest(library, ("id",), "id", 1))).ids
    # All that were changed in that moment count as told.
    place = Place(changes[0].at, LARGEST) if changes else START
    return Cursor(place, max(last, default=0))


def _changes(ask: Ask, library: str, since: Place, most: int) -> list[Place]:
    """All changes behind a place, oldest first."""
    wanted = max(FIRST, most + 1)
    while True:
        listing = read(ask(routes.newest(library, ("id", CHANGED), CHANGED, wanted)))
        places = _places(listing)
        if len(listing.ids) < wanted or any(one.at < since.at for one in places):
            return sorted(one for one in places if one > since)
        wanted *= FACTOR


def _taken(changes: list[Place], since: Cursor, room: int) -> tuple[list[Place], Place]:
    """The changes to tell, and the place behind them. Books that are new are told as such."""
    told: list[Place] = []
    place = since.place
    for change in changes:
        if change.number <= since.highest:
            if len(told) >= room:
                break
            told.append(change)
        place = change
    return told, place


def _places(listing: Listing) -> list[Place]:
    found: list[Place] = []
    for number in listing.ids:
        text = plain(listing.of(number).get(CHANGED))
        at = instant(text) if isinstance(text, str) else None
        if at is not None:
            found.append(Place(at, number))
    return found


def _tidings(sign: Sign, library: str, numbers: list[int]) -> list[Tiding]:
    return [Tiding(sign, library, str(BookId(library, number))) for number in numbers]


def _cursor(text: str) -> Cursor | None:
    """A cursor that we gave; None for "", and for any other."""
    try:
        at, number, highest = json.loads(text)
        moment = instant(at)
        found = None if moment is None else Cursor(Place(moment, int(number)), int(highest))
    except (ValueError, TypeError, RecursionError):
        return None
    return found
