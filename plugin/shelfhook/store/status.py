"""What the processes tell one another: heartbeats, with the state of loops and hosts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, select, text

from shelfhook.store.rows import BOOL, REAL, TEXT, insert, pack
from shelfhook.store.tables import heartbeats
from shelfhook.store.writer import Writer

COLUMNS = {"name": TEXT, "beat_at": REAL, "every": REAL, "ok": BOOL, "detail": TEXT}


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life. Names are `loop:<name>`, `host:<name>`, `bridge:<host>` (where its events
    come from), `breaker:<host>` (whether it is called just now), `scheduler`, `metrics:engine`
    (what the engine has counted since its start).

    `every` is the seconds within which the next one is due; `detail` is JSON.
    """

    name: str
    beat_at: float
    every: float
    ok: bool
    detail: Mapping[str, Any]


class Status:
    """Writes and reads heartbeats."""

    def __init__(self, writer: Writer, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader

    def beat(self, beats: Sequence[Beat]) -> None:
        """Write signs of life."""
        self._writer.call(beat_all, tuple(beats))

    def beats(self) -> list[Beat]:
        """The last sign of each."""
        with self._reader.connect() as connection:
            rows = connection.execute(select(heartbeats).order_by(heartbeats.c.name)).all()
        return [Beat(r.name, r.beat_at, r.every, bool(r.ok), json.loads(r.detail)) for r in rows]

    def forget(self, names: Sequence[str]) -> None:
        """Drop signs of what no longer exists (a host taken out of the settings)."""
        self._writer.call(forget_all, tuple(names))

    def ping(self) -> None:
        """Ask the database something small; raises what it raises."""
        with self._reader.connect() as connection:
            connection.execute(text("SELECT 1"))


def beat_all(connection: Connection, calls: Sequence[tuple[Beat, ...]]) -> list[None]:
    """Writer operation behind `Status.beat`; the last of a name within a group wins."""
    latest = {beat.name: beat for beats in calls for beat in beats}
    rows = [[b.name, b.beat_at, b.every, b.ok, json.dumps(b.detail)] for b in latest.values()]
    tail = (
        "ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at, every = excluded.every,"
        " ok = excluded.ok, detail = excluded.detail"
    )
    connection.execute(
        insert("heartbeats", COLUMNS, connection.dialect, tail=tail), {"rows": pack(rows)}
    )
    return [None] * len(calls)


def forget_all(connection: Connection, calls: Sequence[tuple[str, ...]]) -> list[None]:
    """Writer operation behind `Status.forget`."""
    for names in calls:
        connection.execute(heartbeats.delete().where(heartbeats.c.name.in_(names)))
    return [None] * len(calls)
