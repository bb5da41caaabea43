"""Deliveries that were turned away: who sent them, and what was wrong. Never what was in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, select, text

from shelfhook.store.rows import storable
from shelfhook.store.tables import rejections
from shelfhook.store.writer import Ticket, Writer

MOST = 1_000
"""Rows that are kept: the last ones."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A delivery that was turned away.

    Attributes:
        host: as the sender named it.
        status, reason: what it was answered.
        address, agent: the sender's address, and what it calls itself.
        count: for how many alike this one stands.
    """

    at: float
    host: str
    status: int
    reason: str
    address: str
    agent: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Rejection:
    """Deliveries of one minute that were turned away alike; `at` is the first one's time."""

    id: int
    at: float
    last_at: float
    host: str
    status: int
    reason: str
    address: str
    agent: str
    count: int


class Rejections:
    """Writes down and reads what was turned away."""

    def __init__(self, writer: Writer, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader

    def note_soon(self, refused: Sequence[Refused]) -> Ticket[None]:
        """Write these down without waiting. Callers see to it that this is not done too often."""
        return self._writer.submit(note_all, tuple(refused))

    def page(self, *, before: int | None = None, limit: int = 50) -> list[Rejection]:
        """Newest first; `before` is the last page's smallest `id`."""
        query = select(rejections).order_by(rejections.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(rejections.c.id < before)
        with self._reader.connect() as connection:
            return [_rejection(row) for row in connection.execute(query)]


def _rejection(row: Row[Any]) -> Rejection:
    told = row._mapping
    return Rejection(**{name: told[name] for name in Rejection.__slots__})


NOTE = text(
    "INSERT INTO rejections (minute, at, last_at, host, status, reason, address, agent, count)"
    " VALUES (:minute, :at, :at, :host, :status, :reason, :address, :agent, :count)"
    " ON CONFLICT (minute, host, status, reason, address) DO UPDATE SET"
    " last_at = excluded.last_at, agent = excluded.agent,"
    " count = rejections.count + excluded.count"
)
TRIM = text(
    "DELETE FROM rejections WHERE id <= (SELECT id FROM rejections ORDER BY id DESC"
    " LIMIT 1 OFFSET :most)"
)


def note_all(connection: Connection, calls: Sequence[tuple[Refused, ...]]) -> list[None]:
    """Writer operation behind `Rejections.note_soon`: alike ones of a minute are one row."""
    for refused in calls:
        for one in refused:
            values = {
                "minute": int(one.at // 60),
                "at": one.at,
                "host": storable(one.host),
                "status": one.status,
                "reason": storable(one.reason),
                "address": storable(one.address),
                "agent": storable(one.agent),
                "count": one.count,
            }
            connection.execute(NOTE, values)
    connection.execute(TRIM, {"most": MOST})
    return [None] * len(calls)
