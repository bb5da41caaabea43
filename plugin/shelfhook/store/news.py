"""What has changed, in a few small queries: for pages that are live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Engine, func, or_, select

from shelfhook.model import FINAL_STATES, Job, JobState
from shelfhook.store.jobs import as_job
from shelfhook.store.tables import events, findings, fires, heartbeats, jobs, rejections

OPEN = tuple(str(state) for state in JobState if state not in FINAL_STATES)
ABOUT_HOSTS = ("host:", "bridge:", "breaker:")
"""Signs of life that say how a host is."""
AT_ONCE = 500
"""Jobs read by one query."""


class Sign(NamedTuple):
    """A sign of life about a host, as it is stored."""

    host: str
    name: str
    beat_at: float
    every: float
    ok: bool
    detail: str


class News:
    """Reads and compares nothing: it is asked again and again, and tells the present numbers."""

    def __init__(self, reader: Engine) -> None:
        self._reader = reader

    def last_job(self) -> int:
        """The number of the newest job; 0 if there is none."""
        with self._reader.connect() as connection:
            return int(connection.execute(select(func.max(jobs.c.num))).scalar() or 0)

    def versions(self, after: int) -> dict[int, int]:
        """The versions, by number, of the jobs that are open and of those numbered above `after`.

        By the index on the state and the primary key.
        """
        query = select(jobs.c.num, jobs.c.version).where(
            or_(jobs.c.num > after, jobs.c.state.in_(OPEN))
        )
        with self._reader.connect() as connection:
            return {int(num): int(version) for num, version in connection.execute(query)}

    def jobs(self, nums: Sequence[int]) -> list[Job]:
        """These jobs, as far as they are kept."""
        found: list[Job] = []
        with self._reader.connect() as connection:
            for start in range(0, len(nums), AT_ONCE):
                some = nums[start : start + AT_ONCE]
                rows = connection.execute(select(jobs).where(jobs.c.num.in_(some)))
                found += [as_job(row) for row in rows]
        return found

    def inbox(self) -> tuple[int, int]:
        """How many events wait, and the number of the newest event (0 if there is none)."""
        waiting = select(func.count()).where(events.c.state == "waiting").scalar_subquery()
        last = select(func.max(events.c.seq)).scalar_subquery()
        with self._reader.connect() as connection:
            row = connection.execute(select(waiting, last)).one()
        return int(row[0]), int(row[1] or 0)

    def refused(self) -> float:
        """When the last delivery was noted that made no event; few rows are kept of them."""
        with self._reader.connect() as connection:
            return float(connection.execute(select(func.max(rejections.c.last_at))).scalar() or 0)

    def signs(self) -> list[Sign]:
        """Signs of life about hosts, in the order of their names."""
        about = [heartbeats.c.name.startswith(kind, autoescape=True) for kind in ABOUT_HOSTS]
        query = select(heartbeats).where(or_(*about)).order_by(heartbeats.c.name)
        with self._reader.connect() as connection:
            rows = connection.execute(query).all()
        return [
            Sign(r.name.partition(":")[2], r.name, r.beat_at, r.every, bool(r.ok), r.detail)
            for r in rows
        ]

    def counters(self) -> dict[str, int]:
        """Numbers that grow as findings, and entries of the fire log, are added."""
        found = select(func.max(findings.c.id)).scalar_subquery()
        fired = select(func.max(fires.c.id)).scalar_subquery()
        with self._reader.connect() as connection:
            row = connection.execute(select(found, fired)).one()
        return {"findings": int(row[0] or 0), "schedules": int(row[1] or 0)}
