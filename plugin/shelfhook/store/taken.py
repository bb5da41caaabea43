"""Which jobs have taken which events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Engine, select

from shelfhook.store.tables import job_events, jobs


class TakenBy(NamedTuple):
    """A job that has taken an event."""

    event_seq: int
    job: str
    routine: str


class Taken:
    """Reads the links between inbox and jobs; they are written as a job is queued."""

    def __init__(self, reader: Engine) -> None:
        self._reader = reader

    def by_events(self, seqs: Sequence[int]) -> list[TakenBy]:
        """The jobs that have taken some events, oldest job first."""
        query = (
            select(job_events.c.event_seq, jobs.c.id, jobs.c.routine)
            .join(jobs, jobs.c.num == job_events.c.job_num)
            .where(job_events.c.event_seq.in_(seqs))
            .order_by(job_events.c.event_seq, jobs.c.num)
        )
        with self._reader.connect() as connection:
            return [TakenBy(*row) for row in connection.execute(query)]
