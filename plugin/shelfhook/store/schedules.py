"""Schedules and their fire log: what was due, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select, text, tuple_

from shelfhook.model import FireResult, JobRequest, NewEvent
from shelfhook.store import transitions
from shelfhook.store.tables import fires
from shelfhook.store.writer import Writer


@dataclass(frozen=True, slots=True)
class Fire:
    """One due time of a schedule (seconds since the epoch) and its result."""

    schedule: str
    due_at: float
    logged_at: float
    result: FireResult
    reason: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """A due time on its way into the log. With a request it becomes a job in the same commit."""

    schedule: str
    due_at: float
    result: FireResult
    reason: str
    request: JobRequest | None = None
    event: NewEvent | None = None
    job_id: str = ""


class Schedules:
    """Remembers since when a schedule exists and every due time's result."""

    def __init__(self, writer: Writer, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader

    def know(self, name: str, cron: str, timezone: str, now: float) -> float:
        """Register a schedule; gives the time from which its due times count.

        A schedule that is new, or whose times have changed, counts from now; a known one from its
        last logged due time, so that what fell due while nobody ran is noticed.
        """
        self._writer.call(know_all, (name, cron, timezone, now))
        query = text(
            "SELECT CASE WHEN max(due_at) > since THEN max(due_at) ELSE since END"
            " FROM schedules LEFT JOIN fires ON schedule = name WHERE name = :name GROUP BY since"
        )
        with self._reader.connect() as connection:
            return float(connection.execute(query, {"name": name}).scalar_one())

    def log(self, due: Due, now: float) -> bool:
        """Write a due time's result, and queue its job if it has one. False if already logged."""
        return self._writer.call(log_all, (due, now))

    def page(
        self, name: str = "", *, before: tuple[float, int] | None = None, limit: int = 50
    ) -> list[Fire]:
        """The fire log, newest due time first; `before` is `due_at` and `id` of the last one."""
        query = select(fires).order_by(fires.c.due_at.desc(), fires.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(tuple_(fires.c.due_at, fires.c.id) < before)
        if name:
            query = query.where(fires.c.schedule == name)
        with self._reader.connect() as connection:
            return [
                Fire(r.schedule, r.due_at, r.logged_at, FireResult(r.result), r.reason, r.id)
                for r in connection.execute(query)
            ]


KNOW = text(
    "INSERT INTO schedules (name, cron, timezone, since) VALUES (:name, :cron, :timezone, :now)"
    " ON CONFLICT (name) DO UPDATE SET cron = excluded.cron, timezone = excluded.timezone,"
    " since = excluded.since WHERE schedules.cron <> excluded.cron"
    " OR schedules.timezone <> excluded.timezone"
)
LOG = text(
    "INSERT INTO fires (schedule, due_at, logged_at, result, reason)"
    " VALUES (:schedule, :due_at, :now, :result, :reason)"
    " ON CONFLICT (schedule, due_at) DO NOTHING"
)

JOINED = text(
    "UPDATE fires SET result = 'skipped', reason = 'its job was already waiting'"
    " WHERE schedule = :schedule AND due_at = :due_at"
)


def know_all(connection: Connection, calls: Sequence[tuple[str, str, str, float]]) -> list[None]:
    """Writer operation behind `Schedules.know`."""
    for name, cron, timezone, now in calls:
        connection.execute(KNOW, {"name": name, "cron": cron, "timezone": timezone, "now": now})
    return [None] * len(calls)


def log_all(connection: Connection, calls: Sequence[tuple[Due, float]]) -> list[bool]:
    """Writer operation behind `Schedules.log`: the unique due time makes a fire happen once."""
    answers = []
    for due, now in calls:
        values = {
            "schedule": due.schedule,
            "due_at": due.due_at,
            "now": now,
            "result": str(due.result),
            "reason": due.reason,
        }
        first = connection.execute(LOG, values).rowcount == 1
        if first and due.request is not None and due.event is not None:
            call = (due.request, due.event, due.job_id, now)
            [(_, created)] = transitions.request_all(connection, [call])
            if not created:
                connection.execute(JOINED, {"schedule": due.schedule, "due_at": due.due_at})
        answers.append(first)
    return answers
