"""A job's own log: what happened to it as a whole, and to a few of its items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select, text

from shelfhook.model import JobLine
from shelfhook.store.rows import INT, REAL, TEXT, insert, pack
from shelfhook.store.tables import job_log, jobs
from shelfhook.store.writer import Writer

MOST = 500
"""Lines that are kept of a job; what follows is counted, but for how it ended."""
MORE = "more"
"""Kind of the line that counts what is not kept."""
ALWAYS = frozenset({"ended"})
COLUMNS = {
    "job_num": INT,
    "at": REAL,
    "level": TEXT,
    "kind": TEXT,
    "message": TEXT,
    "count": INT,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a job's log. `count` is for how many it stands: 1, but for those of kind `more`.

    `level` is info, warning or error; `id` grows with time.
    """

    id: int
    at: float
    level: str
    kind: str
    message: str
    count: int


class JobLog:
    """Writes and reads the logs of jobs."""

    def __init__(self, writer: Writer, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader

    def write(self, lines: Sequence[JobLine]) -> None:
        """Write lines of any jobs; those of jobs that are gone are left out."""
        if lines:
            self._writer.call(write_all, tuple(lines))

    def page(self, job_num: int, *, after: int = 0, limit: int = 200) -> list[Entry]:
        """Lines of a job in order; `after` is the last page's largest `id`."""
        query = (
            select(job_log)
            .where(job_log.c.job_num == job_num, job_log.c.id > after)
            .order_by(job_log.c.id)
            .limit(limit)
        )
        with self._reader.connect() as connection:
            return [_entry(row) for row in connection.execute(query)]


def _entry(row: Row[Any]) -> Entry:
    return Entry(row.id, row.at, row.level, row.kind, row.message, row._mapping["count"])


COUNT_MORE = text(
    f"UPDATE job_log SET count = count + :count, at = :at WHERE job_num = :num AND kind = '{MORE}'"
)


def write_all(connection: Connection, calls: Sequence[tuple[JobLine, ...]]) -> list[None]:
    """Writer operation behind `JobLog.write`.

    How many lines there are is counted once for all of a job's: that two processes may both find
    room for the last one does no harm.
    """
    of_jobs: dict[int, list[JobLine]] = {}
    for lines in calls:
        for line in lines:
            of_jobs.setdefault(line.job_num, []).append(line)
    for num, count in _present(connection, of_jobs).items():
        _write(connection, num, of_jobs[num], MOST - count)
    return [None] * len(calls)


def _present(connection: Connection, nums: Iterable[int]) -> Mapping[int, int]:
    """How many lines there are of each of these jobs that exists."""
    query = (
        select(jobs.c.num, func.count(job_log.c.id))
        .select_from(jobs.outerjoin(job_log, job_log.c.job_num == jobs.c.num))
        .where(jobs.c.num.in_(list(nums)))
        .group_by(jobs.c.num)
    )
    return {int(num): int(count) for num, count in connection.execute(query)}


def _write(connection: Connection, num: int, lines: Sequence[JobLine], room: int) -> None:
    kept: list[JobLine] = []
    left_out: list[JobLine] = []
    for line in lines:
        (kept if len(kept) < room or line.kind in ALWAYS else left_out).append(line)
    rows = [[num, one.at, one.level, one.kind, one.message, 1] for one in kept]
    if left_out:
        count = sum(one.count for one in left_out)
        values = {"num": num, "count": count, "at": left_out[-1].at}
        if not connection.execute(COUNT_MORE, values).rowcount:
            told = "more lines in the service's own log"
            rows.append([num, left_out[-1].at, "info", MORE, told, count])
    if rows:
        connection.execute(insert("job_log", COLUMNS, connection.dialect), {"rows": pack(rows)})
