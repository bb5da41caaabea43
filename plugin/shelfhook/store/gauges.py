"""Numbers about the store as a whole, for metrics and reports. All of them are small queries."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Engine, Select, func, or_, select, text

from shelfhook.model import FINAL_STATES, Job, JobState
from shelfhook.store.jobs import as_job
from shelfhook.store.migrate import HEAD
from shelfhook.store.tables import events, jobs, lease

SIZES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


class Holder(NamedTuple):
    """Who last took the lease (`machine:process id`), and when."""

    name: str
    since: float


class Gauges:
    """Reads and counts; changes nothing."""

    schema = HEAD

    def __init__(self, reader: Engine) -> None:
        self._reader = reader

    def jobs_by_state(self) -> dict[JobState, int]:
        """How many jobs are in each state, with the states that none is in."""
        query = select(jobs.c.state, func.count()).group_by(jobs.c.state)
        with self._reader.connect() as connection:
            found = {str(state): int(count) for state, count in connection.execute(query)}
        return {state: found.get(str(state), 0) for state in JobState}

    def oldest_queued(self) -> float | None:
        """When the job was made that has waited longest to be begun; None if none waits."""
        query = select(func.min(jobs.c.created_at)).where(jobs.c.state == str(JobState.QUEUED))
        with self._reader.connect() as connection:
            found = connection.execute(query).scalar()
        return None if found is None else float(found)

    def last_event(self) -> int:
        """The number of the newest event; 0 if there is none."""
        with self._reader.connect() as connection:
            return int(connection.execute(select(func.max(events.c.seq))).scalar() or 0)

    def events_after(self, seq: int, until: int) -> list[tuple[str, str, int]]:
        """Host, kind and number of the events numbered above `seq`, up to `until`."""
        query = (
            select(events.c.host, events.c.kind, func.count())
            .where(events.c.seq > seq, events.c.seq <= until)
            .group_by(events.c.host, events.c.kind)
        )
        with self._reader.connect() as connection:
            return [(host, kind, int(count)) for host, kind, count in connection.execute(query)]

    def last_job(self) -> int:
        """The number of the newest job; 0 if there is none."""
        with self._reader.connect() as connection:
            return int(connection.execute(select(func.max(jobs.c.num))).scalar() or 0)

    def open_jobs(self) -> list[Job]:
        """The jobs that have not ended."""
        final = [str(state) for state in FINAL_STATES]
        return self._jobs(select(jobs).where(jobs.c.state.not_in(final)))

    def jobs_after(self, num: int, also: Collection[int]) -> list[Job]:
        """The jobs numbered above `num`, and these."""
        return self._jobs(select(jobs).where(or_(jobs.c.num > num, jobs.c.num.in_(list(also)))))

    def lease(self) -> Holder | None:
        """Who last took the lease; None if nobody ever did. It may have ended since."""
        with self._reader.connect() as connection:
            row = connection.execute(select(lease.c.holder, lease.c.since)).first()
        return None if row is None else Holder(str(row[0]), float(row[1]))

    def size(self) -> int:
        """Bytes that the database takes."""
        query = text(SIZES[self._reader.dialect.name])
        with self._reader.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def _jobs(self, query: Select[Any]) -> list[Job]:
        with self._reader.connect() as connection:
            return [as_job(row) for row in connection.execute(query)]
