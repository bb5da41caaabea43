"""What bridges keep: events in the inbox, and how far each library was asked for news."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Engine, select, text

from shelfhook.model import BRIDGED, EventKind, NewEvent, Receipt
from shelfhook.store.inbox import accept_all
from shelfhook.store.rows import REAL, TEXT, insert, pack, storable
from shelfhook.store.tables import cursors
from shelfhook.store.writer import Writer

COLUMNS = {"host": TEXT, "library": TEXT, "cursor": TEXT, "asked_at": REAL}
UNFINISHED = text(
    "SELECT DISTINCT library, kind FROM events WHERE state = 'waiting' AND host = :host"
    f" AND substr(delivery, 1, {len(BRIDGED)}) = '{BRIDGED}'"
)
KNOW = (
    "ON CONFLICT (host, library) DO UPDATE SET cursor = excluded.cursor,"
    " asked_at = excluded.asked_at"
)
Kept = tuple[str, tuple[NewEvent, ...], tuple[tuple[str, str], ...], float]


class Cursors:
    """Satisfies [`Notebook`][shelfhook.ports.Notebook]."""

    def __init__(self, writer: Writer, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader

    def cursors(self, host: str) -> dict[str, str]:
        """The cursor of each library of a host that was ever asked about."""
        query = select(cursors.c.library, cursors.c.cursor).where(cursors.c.host == host)
        with self._reader.connect() as connection:
            return {row.library: row.cursor for row in connection.execute(query)}

    def unfinished(self, host: str) -> dict[str, set[EventKind]]:
        """The kinds of events that a bridge has brought and that still wait, by library."""
        found: dict[str, set[EventKind]] = {}
        with self._reader.connect() as connection:
            for library, kind in connection.execute(UNFINISHED, {"host": host}):
                found.setdefault(library, set()).add(EventKind(kind))
        return found

    def keep(
        self, host: str, events: Sequence[NewEvent], cursors: Mapping[str, str], now: float
    ) -> list[Receipt]:
        """Commit events and the cursors that stand for them in one transaction.

        Raises:
            StoreUnavailable: neither was kept.
        """
        return self._writer.call(keep_all, (host, tuple(events), tuple(cursors.items()), now))


def keep_all(connection: Connection, calls: Sequence[Kept]) -> list[list[Receipt]]:
    """Writer operation behind `Cursors.keep`."""
    receipts = accept_all(connection, [(events, now) for _, events, _, now in calls])
    # Of a library asked twice within a group the last answer holds; one statement takes it once.
    latest = {
        (host, storable(library)): [host, library, cursor, now]
        for host, _, places, now in calls
        for library, cursor in places
    }
    if latest:
        statement = insert("cursors", COLUMNS, connection.dialect, tail=KNOW)
        connection.execute(statement, {"rows": pack(list(latest.values()))})
    return receipts
