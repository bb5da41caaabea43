"""Writing: one writer for each book, few for the server, and every answer looked at."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from shelfhook.errors import Gone, HostDown, Permanent, Refused, ShelfhookError, Transient
from shelfhook.hosts.calibre import mapping, routes
from shelfhook.hosts.calibre.changes import encoded, lost, wanted
from shelfhook.hosts.calibre.documents import Record, the_object
from shelfhook.hosts.calibre.ids import BookId
from shelfhook.hosts.calibre.paging import Ask
from shelfhook.hosts.limits import Budget
from shelfhook.model import Fields
from shelfhook.ports import Clock

AT_ONCE = 4
"""Writes that Calibre does side by side; with more it gets slower (measured: 92, 132 and 124 writes
a second with 1, 4 and 8 clients)."""
TURN_SECONDS = 600.0
"""How long a write waits for its turn, at most."""
_STRIPES = 64


class Turns:
    """Who may write when.

    One of the locks is held while a book is read, changed and written: Calibre replaces whole
    fields, so of two writers one would undo the other's work. Two books may share a lock, which
    costs a little time and nothing else. A thread may take its lock again, but never that of
    another book while it holds one; so no two wait for each other. Whoever holds one ends, because
    each call has a total time. The places are taken after the lock, and nobody who has a place
    waits for a lock.
    """

    def __init__(self, clock: Clock) -> None:
        self._locks = tuple(threading.RLock() for _ in range(_STRIPES))
        self._places = Budget(AT_ONCE, clock)

    @contextmanager
    def alone(self, item_id: str) -> Iterator[None]:
        """Nobody else writes this book meanwhile."""
        with self._locks[zlib.crc32(item_id.encode("utf-8", "replace")) % _STRIPES]:
            yield

    @contextmanager
    def place(self, item_id: str) -> Iterator[None]:
        """One of the few places at the server.

        Raises:
            Transient: there was none in time, or the adapter was closed.
        """
        if not self._places.take(TURN_SECONDS):
            raise Transient(f"book {item_id} was not written: it was not its turn in time")
        try:
            yield
        finally:
            self._places.give()

    def close(self) -> None:
        """Send away who waits for a place."""
        self._places.close()


def find(ask: Ask, book_id: BookId) -> Record:
    """A book, read fresh.

    Raises:
        Gone: it is not there.
    """
    told = _told(ask, book_id).get(str(book_id.number))
    if not mapping.is_book(told):
        raise Gone(f"book {book_id} is not there")
    return the_object(told)


def _told(ask: Ask, book_id: BookId) -> Record:
    try:
        return the_object(ask(routes.book(book_id)))
    except Refused:  # said of a library that does not exist, too
        known = mapping.libraries(the_object(ask(routes.libraries())))
        if any(one.id == book_id.library for one in known):
            raise
        raise Gone(f"book {book_id} is not there: we see no such library") from None


def write(ask: Ask, book_id: BookId, fields: Fields) -> None:
    """Set fields of a book; those that are so already are not sent.

    Raises:
        Gone: the book is not there. It is looked for first: Calibre would make a ghost of it.
        Permanent: see `changes.wanted`; or Calibre did not keep a value.
        Transient: it may work later; the message says what stands already.
    """
    book = find(ask, book_id)
    before, columns = mapping.item(book_id, book), mapping.columns_of_book(book)
    values = wanted(before, fields, columns)
    if not values:
        return
    try:
        record = change(ask, book_id, encoded(values, columns))
    except HostDown:
        raise
    except Transient as error:
        _look_what_stands(ask, book_id, values, error)
        return
    missing = lost(values, record, columns)
    if missing:
        with suppress(ShelfhookError):  # what comes in its place is nobody's wish
            change(ask, book_id, encoded({one: before.fields[one] for one in missing}, columns))
        told = "; ".join(
            f"{one} became {_short(record.get(one))} instead of {_short(values[one])}, and was"
            " put back"
            for one in missing
        )
        raise Permanent(f"Calibre did not take all of what book {book_id} was to get: {told}")


def change(ask: Ask, book_id: BookId, sent: Fields) -> Record:
    """Send changes of a book that is there; gives Calibre's record of it.

    Raises:
        Gone: it was removed in this very moment.
    """
    record = the_object(ask(routes.set_fields(book_id, sent))).get(str(book_id.number))
    if not mapping.is_book(record):
        raise Gone(f"book {book_id} is no longer there")
    return the_object(record)


def _look_what_stands(ask: Ask, book_id: BookId, values: Fields, error: Transient) -> None:
    """After a write without a good answer: all may be done, or a part, or nothing.

    Raises:
        Transient: not all is done.
        Gone: the book is no longer there.
    """
    try:
        now = mapping.item(book_id, find(ask, book_id)).fields
    except Gone:
        raise
    except ShelfhookError:
        raise error from None
    done = [name for name, value in values.items() if now.get(name) == value]
    if len(done) == len(values):
        return
    missing = ", ".join(name for name in values if name not in done)
    if not done:
        told = f"nothing of it was written ({missing})"
    else:
        told = f"{', '.join(done)} was written, {missing} was not"
    raise Transient(
        f"{error}; {told}", retry_after=error.retry_after, overload=error.overload
    ) from error


def _short(value: object) -> str:
    return repr(value)[:100]
