"""The inbox: where accepted events lie until a job has taken them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, select, text

from shelfhook.model import DERIVED, Event, EventKind, NewEvent, Receipt
from shelfhook.store.holds import HOLDS, Hold, Waiting, hold
from shelfhook.store.rows import INT, REAL, TEXT, drop, insert, pack, repeat, storable
from shelfhook.store.tables import DROPPED, REPEATED, events, heartbeats, job_events, jobs
from shelfhook.store.writer import Notice, Ticket, Writer

COLUMNS = {
    "id": TEXT,
    "host": TEXT,
    "kind": TEXT,
    "delivery": TEXT,
    "position": INT,
    "library": TEXT,
    "item": TEXT,
    "routine": TEXT,
    "received_at": REAL,
    "state": TEXT,
}


__all__ = ["Hold", "Inbox", "TakenBy", "Told", "Waiting", "accept_all", "as_event", "event_id"]


class Told(NamedTuple):
    """An item that is said to have changed."""

    seq: int
    item: str
    received_at: float


class TakenBy(NamedTuple):
    """A job that took an event."""

    job: str
    routine: str
    state: str


class Inbox:
    """Accepts events, each once, and hands them to the coalescer."""

    def __init__(self, writer: Writer, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader

    def accept(self, new: Sequence[NewEvent], now: float) -> list[Receipt]:
        """Commit the events of one delivery; an event that is already known is not stored again.

        Returns after the commit, one receipt per event in order.

        Raises:
            StoreUnavailable: nothing was accepted.
        """
        return self._writer.call(accept_all, (tuple(new), now))

    def offer(
        self, new: Sequence[NewEvent], now: float, then: Callable[[Ticket[list[Receipt]]], None]
    ) -> Ticket[list[Receipt]]:
        """As `accept`, without waiting: `then` is called after the commit (see `Notice`)."""
        return self._writer.submit(accept_all, (tuple(new), now), Notice(then))

    def waiting(self) -> list[Waiting]:
        """What waits, grouped by host and library."""
        with self._reader.connect() as connection:
            found = connection.execute(WAITING).all()
        return [Waiting(*row) for row in found]

    def waiting_changes(self, host: str, library: str, limit: int) -> list[Told]:
        """The waiting `item.changed` events of a library, oldest first."""
        query = (
            select(events.c.seq, events.c.item, events.c.received_at)
            .where(
                events.c.state == "waiting",
                events.c.host == host,
                events.c.library == storable(library),
                events.c.kind == str(EventKind.ITEM_CHANGED),
            )
            .order_by(events.c.seq)
            .limit(limit)
        )
        with self._reader.connect() as connection:
            return [Told(*row) for row in connection.execute(query)]

    def kinds(self, host: str, library: str) -> set[EventKind]:
        """Which kinds of event wait for a library."""
        query = (
            select(events.c.kind)
            .distinct()
            .where(
                events.c.state == "waiting",
                events.c.host == host,
                events.c.library == library,
            )
        )
        with self._reader.connect() as connection:
            return {EventKind(kind) for kind in connection.execute(query).scalars()}

    def waiting_scans(self, host: str, library: str, until: float) -> list[int]:
        """The waiting `library.scanned` events that were concluded (see `DERIVED`), up to a moment.

        Those that are certain are never among them, also if the clock was set back meanwhile.
        """
        query = select(events.c.seq).where(
            events.c.state == "waiting",
            events.c.host == host,
            events.c.library == storable(library),
            events.c.kind == str(EventKind.LIBRARY_SCANNED),
            events.c.delivery.startswith(DERIVED, autoescape=True),
            events.c.received_at <= until,
        )
        with self._reader.connect() as connection:
            return list(connection.execute(query).scalars())

    def drop(self, seqs: Sequence[int], note: str) -> None:
        """Set events aside for good, with the reason (an echo, nobody listens)."""
        self._writer.call(drop_all, (tuple(seqs), note))

    def get(self, event_id: str) -> Event | None:
        """One event."""
        with self._reader.connect() as connection:
            row = connection.execute(select(events).where(events.c.id == event_id)).first()
        return as_event(row) if row else None

    def page(
        self,
        *,
        before: int | None = None,
        limit: int = 50,
        state: str = "",
        repeated: bool = False,
    ) -> list[Event]:
        """Events, newest first; `before` is the last page's smallest `seq`.

        Args:
            state: waiting, taken or dropped; "" for all.
            repeated: only those whose delivery came more than once.
        """
        query = select(events).order_by(events.c.seq.desc()).limit(limit)
        if before is not None:
            query = query.where(events.c.seq < before)
        if state:
            query = query.where(text(DROPPED) if state == "dropped" else events.c.state == state)
        if repeated:
            query = query.where(text(REPEATED))
        with self._reader.connect() as connection:
            return [as_event(row) for row in connection.execute(query)]

    def jobs_of(self, seqs: Sequence[int]) -> dict[int, list[TakenBy]]:
        """The jobs that took events, by the events' numbers, in one query."""
        query = (
            select(job_events.c.event_seq, jobs.c.id, jobs.c.routine, jobs.c.state)
            .join_from(job_events, jobs, jobs.c.num == job_events.c.job_num)
            .where(job_events.c.event_seq.in_(list(seqs)))
            .order_by(job_events.c.event_seq, job_events.c.job_num)
        )
        found: dict[int, list[TakenBy]] = {}
        if seqs:
            with self._reader.connect() as connection:
                for row in connection.execute(query):
                    found.setdefault(row.event_seq, []).append(TakenBy(*row[1:]))
        return found

    def holds(self) -> list[Hold]:
        """What waits, by host and library: until when, and why, as the engine told it last."""
        query = select(heartbeats.c.detail).where(heartbeats.c.name == HOLDS)
        with self._reader.connect() as connection:
            told = connection.execute(query).scalar()
        return hold(self.waiting(), json.loads(told) if told else {})


WAITING = text(
    "SELECT host, library, min(received_at), max(received_at), count(*),"
    " sum(CASE WHEN kind = 'library.scanned'"
    f" AND substr(delivery, 1, {len(DERIVED)}) <> '{DERIVED}' THEN 1 ELSE 0 END)"
    " FROM events WHERE state = 'waiting' GROUP BY host, library"
)


def event_id(event: NewEvent) -> str:
    """The event's id: a digest of host, delivery and position, so a repeat finds itself.

    Calls have ids of their own: a host, which names its deliveries as it likes, never meets one.
    """
    identity = f"{event.host}\0{event.delivery}\0{event.position}"
    if event.kind is EventKind.ROUTINE_CALLED:
        identity += "\0called"
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def accept_all(
    connection: Connection, calls: Sequence[tuple[tuple[NewEvent, ...], float]]
) -> list[list[Receipt]]:
    """Writer operation behind `Inbox.accept`, for all deliveries of a group at once."""
    identified = [[event_id(event) for event in new] for new, _ in calls]
    rows = [
        [name, e.host, e.kind, e.delivery, e.position, e.library, e.item, e.routine, now, "waiting"]
        for (new, now), names in zip(calls, identified, strict=True)
        for e, name in zip(new, names, strict=True)
    ]
    statement = insert(
        "events", COLUMNS, connection.dialect, tail="ON CONFLICT (id) DO NOTHING RETURNING id"
    )
    fresh = {row[0] for row in connection.execute(statement, {"rows": pack(rows)})}
    receipts = []
    for (_, now), names in zip(calls, identified, strict=True):
        receipts.append([Receipt(name, duplicate=name not in fresh) for name in names])
        if repeated := [[name] for name in names if name not in fresh]:
            values = {"rows": pack(repeated), "now": now}
            connection.execute(repeat(connection.dialect.name), values)
        fresh.difference_update(names)  # a repeat within the same group is a duplicate too
    return receipts


def drop_all(connection: Connection, calls: Sequence[tuple[tuple[int, ...], str]]) -> list[None]:
    """Writer operation behind `Inbox.drop`."""
    for seqs, note in calls:
        values = {"rows": pack([[seq] for seq in seqs]), "note": note}
        connection.execute(drop(connection.dialect.name), values)
    return [None] * len(calls)


def as_event(row: Row[Any]) -> Event:
    """A row as a value."""
    return Event(
        seq=row.seq,
        id=row.id,
        host=row.host,
        kind=EventKind(row.kind),
        delivery=row.delivery,
        library=row.library,
        item=row.item,
        routine=row.routine,
        received_at=row.received_at,
        state=row.state,
        note=row.note,
        repeats=row.repeats,
        repeated_at=row.repeated_at,
    )
