"""How a job went along: done, failed and limit, a few hundred times over its whole course."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select, text

from shelfhook.store.tables import samples
from shelfhook.store.writer import Writer


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment of a job: how many items had ended and failed, and the limit then."""

    at: float
    done: int
    failed: int
    limit: int


@dataclass(frozen=True, slots=True)
class NewSample:
    """A sample to be taken of a job, and the times of those that make room for it."""

    job_num: int
    at: float
    drop: tuple[float, ...] = ()


class Samples:
    """Takes samples from the jobs' own rows, and reads them."""

    def __init__(self, writer: Writer, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader

    def take(self, new: Sequence[NewSample]) -> None:
        """Sample jobs as their rows are now. A job that has been deleted is left out."""
        if new:
            self._writer.call(take_all, tuple(new))

    def of(self, job_num: int) -> list[Sample]:
        """A job's samples, in order."""
        query = select(samples).where(samples.c.job_num == job_num).order_by(samples.c.at)
        with self._reader.connect() as connection:
            return [
                Sample(row.at, row.done, row.failed, row.limit_now)
                for row in connection.execute(query)
            ]

    def times(self, job_num: int) -> list[float]:
        """The times of a job's samples, in order."""
        query = select(samples.c.at).where(samples.c.job_num == job_num).order_by(samples.c.at)
        with self._reader.connect() as connection:
            return list(connection.execute(query).scalars())


TAKE = text(
    "INSERT INTO samples (job_num, at, done, failed, limit_now) SELECT num, :at,"
    " changed + unchanged + planned + skipped + failed + cancelled, failed, limit_now"
    " FROM jobs WHERE num = :num ON CONFLICT DO NOTHING"
)


def take_all(connection: Connection, calls: Sequence[tuple[NewSample, ...]]) -> list[None]:
    """Writer operation behind `Samples.take`."""
    for new in calls:
        for one in new:
            if one.drop:
                gone = (samples.c.job_num == one.job_num) & samples.c.at.in_(one.drop)
                connection.execute(samples.delete().where(gone))
            connection.execute(TAKE, {"num": one.job_num, "at": one.at})
    return [None] * len(calls)
