"""What is new in a library since a cursor, found by listing: Komga's stream does not replay.

Komga can be asked neither for what was created since a moment, nor for what has changed. But it
sorts: so the newest are read until one comes that the cursor knows. Its times are whole seconds,
so the cursor names the books of its last second, too.

`lastModified` is that of the book's row. It moves when the file has changed or was moved to the
trash, for every book of a series that gains or loses one, and in a deep scan; a PATCH does not move
it. What somebody edits while nobody listens is therefore not found here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from shelfhook.errors import Permanent
from shelfhook.hosts.calls import Call, Json
from shelfhook.hosts.komga import routes
from shelfhook.hosts.komga.documents import Dto, of_komga, the_object
from shelfhook.ports import News, Sign, Tiding

FIRST_PAGE = 100
"""Books that are asked for at first: mostly little is new."""
PAGE = 500
TIES = 1000
"""Books of one second that a cursor names. Of more than these, all count as told: those that came
in the same second, but after we had asked, come with the next that is told of their library."""
CREATED, TOUCHED = "created", "lastModified"

Ask: TypeAlias = Callable[[Call], Json]


@dataclass(frozen=True, slots=True)
class Row:
    """What a listing says of a book, as far as it matters here. Times as Komga writes them.

    Attributes:
        second: when it was created, or its row last touched, by the order of the listing.
        key: what tells it from what was told of it before, in the same second.
    """

    id: str
    series: str
    second: str
    key: str
    file: str
    metadata: str
    deleted: bool


@dataclass(frozen=True, slots=True)
class Place:
    """How far one order of the books was read: a second, and the books of that second."""

    second: str = ""
    keys: frozenset[str] = frozenset()

    def told(self, row: Row) -> bool:
        """Whether a book lies before this place."""
        if row.second == self.second:
            return not self.keys or row.key in self.keys
        return row.second < self.second

    def reaches(self, row: Row) -> bool:
        """Whether behind a book, newest first, there may be others that were not told."""
        return row.second > self.second or (row.second == self.second and bool(self.keys))


@dataclass(frozen=True, slots=True)
class Read:
    """The books after a place, newest first; whether those are all; the place of now."""

    rows: Sequence[Row]
    complete: bool
    now: Place


def news(ask: Ask, library: str, cursor: str, most: int) -> News:
    """What has come, changed and gone since a cursor. See [`Asked`][shelfhook.ports.Asked]."""
    places = _read_cursor(cursor)
    came = _since(ask, library, CREATED, places and places[0], most)
    moved = _since(ask, library, TOUCHED, places and places[1], most)
    after = _write_cursor(came.now, moved.now)
    if places is None:
        return News((), after)
    found = _compared(library, came.rows, moved.rows, places[1])
    complete = came.complete and moved.complete and len(found) <= most
    return News(found[:most], after, complete)


def _compared(
    library: str, came: Sequence[Row], moved: Sequence[Row], since: Place
) -> list[Tiding]:
    new = {row.id for row in came}
    others = [row for row in moved if row.id not in new]
    gone = [row for row in others if row.deleted]
    stirred = {row.series for row in (*came, *gone)}
    added = [row for row in came if not row.deleted]
    changed = [row for row in others if not (row.deleted or _only_touched(row, stirred, since))]
    return [
        Tiding(sign, library, row.id)
        for sign, rows in ((Sign.REMOVED, gone), (Sign.ADDED, added), (Sign.CHANGED, changed))
        for row in reversed(rows)
    ]


def _only_touched(row: Row, stirred: set[str], since: Place) -> bool:
    """Whether a book's row has only moved because its series has gained or lost another."""
    return row.series in stirred and row.file < since.second and row.metadata <= since.second


def _since(ask: Ask, library: str, order: str, place: Place | None, most: int) -> Read:
    """Read on from a place; from None nothing is new, and only the place of now is found.

    That place holds even if what is new is not all: whoever asks is told that there is more.
    """
    rows: list[Row] = []
    complete = True
    newest, keys = "", set[str]()
    for row in _rows(ask, library, order):
        newest = newest or row.second
        if row.second == newest:
            keys.add(row.key)
        if place is not None and not place.told(row):
            if len(rows) < most:
                rows.append(row)
            else:
                complete = False
        may_be_new = place is not None and complete and place.reaches(row)
        if not may_be_new and (row.second < newest or len(keys) > TIES):
            break
    now = Place(newest, frozenset() if len(keys) > TIES else frozenset(keys))
    # The newest may have been deleted for good: what was told once stays told.
    return Read(rows, complete, now if place is None or newest >= place.second else place)


def _rows(ask: Ask, library: str, order: str) -> Iterator[Row]:
    """A library's books, those in the trash too, newest first.

    What comes meanwhile pushes others onto the next page, where they are not given again.
    """
    known = set[str]()
    number, size, last = 0, FIRST_PAGE, False
    while not last:
        page = the_object(ask(routes.newest_books(library, order, number, size)))
        content = page.get("content")
        if not isinstance(content, list):
            raise Permanent("the host's list has no content; is it a Komga server?")
        fresh = [row for row in map(_reader(order), content) if row.id not in known]
        known |= {row.id for row in fresh}
        yield from fresh
        last = bool(page.get("last", not content)) or not content
        # From the small first page on to large ones, which begin anew.
        number, size = (0, PAGE) if size == FIRST_PAGE else (number + 1, PAGE)


def _reader(order: str) -> Callable[[Dto], Row]:
    @of_komga
    def read(book: Dto) -> Row:
        file, deleted = str(book["fileLastModified"]), bool(book.get("deleted"))
        return Row(
            id=book["id"],
            series=book["seriesId"],
            second=str(book[order]),
            key=book["id"] if order == CREATED else f"{book['id']} {file} {deleted:d}",
            file=file,
            metadata=str(book["metadata"].get("lastModified") or ""),
            deleted=deleted,
        )

    return read


def _write_cursor(*places: Place) -> str:
    return json.dumps([[place.second, sorted(place.keys)] for place in places])


def _read_cursor(cursor: str) -> tuple[Place, Place] | None:
    """The places that a cursor holds; None for "", and for one that is not ours."""
    try:
        created, touched = (Place(str(at), frozenset(keys)) for at, keys in json.loads(cursor))
    except (ValueError, TypeError):
        return None
    return created, touched
