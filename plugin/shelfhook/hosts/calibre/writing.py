"""Writing to a book: looked for first, sent in one call, and the answer looked at."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from shelfhook.errors import Gone, HostDown, Permanent, Refused, ShelfhookError, Transient
from shelfhook.hosts.calibre import mapping, routes
from shelfhook.hosts.calibre.changes import encoded, lost, wanted
from shelfhook.hosts.calibre.columns import Column
from shelfhook.hosts.calibre.documents import Record, the_object
from shelfhook.hosts.calibre.ids import BookId
from shelfhook.hosts.calibre.paging import Ask
from shelfhook.hosts.verdict import Stumbled
from shelfhook.model import Fields


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
    except Gone as error:  # a 403, as a library that does not exist gets, too
        known = mapping.libraries(the_object(ask(routes.libraries())))
        if any(one.id == book_id.library for one in known):
            raise Refused(f"book {book_id} may not be read: {error}") from error
        raise Gone(f"book {book_id} is not there: we see no such library") from error


def write(ask: Ask, book_id: BookId, fields: Fields) -> None:
    """Set fields of a book; those that are so already are not sent.

    Raises:
        Gone: the book is not there. It is looked for first: Calibre would make a ghost of it.
        Permanent: see `changes.wanted`; or Calibre did not keep a value.
        Transient: it may work later; the message says what stands.
    """
    book = find(ask, book_id)
    before, columns = mapping.item(book_id, book), mapping.columns_of_book(book)
    values = wanted(before, fields, columns)
    if not values:
        return
    former = {name: before.fields[name] for name in values}
    try:
        record = change(ask, book_id, encoded(values, columns))
    except HostDown:
        raise
    except Stumbled as error:
        raise _again(error, _put_back(ask, book_id, former, columns)) from error
    except Transient as error:
        _look_what_stands(ask, book_id, values, error)
        return
    missing = lost(values, record, columns)
    if missing:
        with suppress(ShelfhookError):  # what comes in its place is nobody's wish
            change(ask, book_id, encoded({one: former[one] for one in missing}, columns))
        raise Permanent(
            f"Calibre did not take all of what book {book_id} was to get: "
            + "; ".join(_dropped(one, record, values) for one in missing)
        )


def change(ask: Ask, book_id: BookId, sent: Fields) -> Record:
    """Send changes of a book that is there; gives Calibre's record of it.

    Raises:
        Gone: it was removed in this very moment.
    """
    record = the_object(ask(routes.set_fields(book_id, sent))).get(str(book_id.number))
    if not mapping.is_book(record):
        raise Gone(f"book {book_id} is no longer there")
    return the_object(record)


def _put_back(ask: Ask, book_id: BookId, former: Fields, columns: Mapping[str, Column]) -> str:
    """Undo what Calibre had written when it stumbled; says how that ended.

    Reading would not tell what stands: Calibre changes what it holds in memory before its database,
    so after an error it shows values that are gone when it is started again, and takes them for
    written if they are sent once more (measured on 6.13). Sent its former value, each field is
    written anew wherever memory and database may differ.
    """
    stuck: list[str] = []
    for name, value in former.items():
        try:
            change(ask, book_id, encoded({name: value}, columns))
        except ShelfhookError:
            stuck.append(name)
    if not stuck:
        return "nothing of it was kept: what was written by then was put back"
    return (
        f"{', '.join(stuck)} may be written in part and could not be put back; look at the"
        " server's log, start it again, and repeat this"
    )


def _look_what_stands(ask: Ask, book_id: BookId, values: Fields, error: Transient) -> None:
    """After a write without an answer: all may be done, or nothing.

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
    open_ = [name for name, value in values.items() if now.get(name) != value]
    if open_:
        raise _again(error, f"{', '.join(open_)} of it was not written") from error


def _again(error: Transient, told: str) -> Transient:
    return Transient(f"{error}; {told}", retry_after=error.retry_after, overload=error.overload)


def _dropped(name: str, record: Record, values: Fields) -> str:
    was, wish = (repr(one)[:100] for one in (record.get(name), values[name]))
    return f"{name} became {was} instead of {wish}, and was put back"
