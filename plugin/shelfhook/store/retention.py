"""Cleaning up: old jobs go with everything that hangs on them, a slice at a time.

Each slice is a transaction of its own, found by an index: between two of them the writer does what
others want, so that deliveries and outcomes never wait for more than one slice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text

from shelfhook.store.outgoing_operations import TRIM as TRIM_OUTGOING
from shelfhook.store.tables import CURRENT
from shelfhook.store.writer import Writer

SLICE = 2_000
"""Rows per transaction: a job of a million items must not hold the write lock for minutes."""

OLD = text(
    "SELECT num FROM jobs WHERE state IN ('completed', 'failed', 'cancelled')"
    " AND finished_at < :before"
    # A retry reads the failed items of its parent.
    " AND NOT EXISTS (SELECT 1 FROM jobs AS child WHERE child.parent = jobs.id"
    " AND child.parent <> '' AND child.state IN ('queued', 'running', 'paused'))"
    # What is not told yet is given up some day; until then the message needs its job.
    " AND NOT EXISTS (SELECT 1 FROM outgoing AS o"
    " WHERE o.job_num = jobs.num AND o.state = 'pending')"
    " ORDER BY num"
)
# What an item's last look has found is kept, with that item of that job: while the item stays as it
# is nobody looks again.
LIVE = (
    "EXISTS (SELECT 1 FROM findings AS f WHERE f.job_num = i.job_num AND f.seq = i.seq"
    f" AND f.{CURRENT})"
)
TRIM_CHANGES = text(
    "DELETE FROM changes WHERE id IN"
    " (SELECT id FROM changes WHERE job_num = :num ORDER BY seq LIMIT :slice)"
)
END = text(
    "SELECT seq FROM job_items WHERE job_num = :num AND seq > :after ORDER BY seq"
    " LIMIT 1 OFFSET :slice"
)
LAST = text("SELECT max(seq) FROM job_items WHERE job_num = :num")
TRIM_ITEMS = text(
    "DELETE FROM job_items WHERE job_num = :num AND seq IN (SELECT i.seq FROM job_items AS i"
    f" WHERE i.job_num = :num AND i.seq > :after AND i.seq <= :last AND NOT {LIVE})"
)
TRIM_JOB = text(
    "DELETE FROM jobs WHERE num = :num"
    " AND NOT EXISTS (SELECT 1 FROM job_items WHERE job_num = :num)"
)
TRIM_EVENTS = text(
    "DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE state <> 'waiting'"
    " AND received_at < :before AND NOT EXISTS (SELECT 1 FROM job_events WHERE event_seq = seq)"
    " LIMIT :slice)"
)
TRIM_FIRES = text(
    "DELETE FROM fires WHERE due_at < :before AND EXISTS (SELECT 1 FROM fires AS f"
    " WHERE f.schedule = fires.schedule AND f.due_at > fires.due_at)"
)
TRIM_REJECTIONS = text("DELETE FROM rejections WHERE last_at < :before")
PASSED = text(
    f"UPDATE findings SET is_current = false WHERE {CURRENT} AND EXISTS (SELECT 1 FROM jobs AS j"
    " JOIN item_states AS s ON s.routine = j.routine AND s.host = j.host"
    " WHERE j.num = findings.job_num AND s.item_id = findings.item_id AND s.since < :before)"
)
TRIM_STATES = text(
    "DELETE FROM item_states WHERE (routine, host, item_id) IN (SELECT routine, host, item_id"
    " FROM item_states WHERE since < :before LIMIT :slice)"
)
YEAR = 365 * 86_400.0
"""What is known of an item outlives the jobs: else each item would be looked at anew each month."""


class Place(NamedTuple):
    """How far a job has been trimmed: up to the item of this number."""

    num: int
    after: int = -1


def clean(writer: Writer, before: float) -> int:
    """Delete jobs that ended before a time, and events that no job knows any more.

    Waiting events are never touched, and each schedule keeps its last due time. Gives the number
    of jobs that went.
    """
    writer.call(forget_findings, before - YEAR)
    jobs = 0
    for num in writer.call(old_jobs, before):
        while writer.call(trim_changes, num):
            pass
        place: Place | None = Place(num)
        while place is not None:
            place = writer.call(trim_items, place)
        jobs += writer.call(trim_job, num)
    while writer.call(trim_events, before):
        pass
    return jobs


def old_jobs(connection: Connection, calls: Sequence[float]) -> list[list[int]]:
    """The jobs that ended before a time and that no other one needs."""
    return [
        [int(num) for num in connection.execute(OLD, {"before": before}).scalars()]
        for before in calls
    ]


def trim_changes(connection: Connection, calls: Sequence[int]) -> list[int]:
    """Delete one slice of a job's changes; gives how many."""
    return [
        connection.execute(TRIM_CHANGES, {"num": num, "slice": SLICE}).rowcount for num in calls
    ]


def trim_items(connection: Connection, calls: Sequence[Place]) -> list[Place | None]:
    """Delete what may go of one slice of a job's items; gives how far, None at the end."""
    answers: list[Place | None] = []
    for num, after in calls:
        end = {"num": num, "after": after, "slice": SLICE - 1}
        last = connection.execute(END, end).scalar()
        upto = connection.execute(LAST, {"num": num}).scalar() if last is None else last
        if upto is not None:
            connection.execute(TRIM_ITEMS, {"num": num, "after": after, "last": upto})
        answers.append(None if last is None else Place(num, int(last)))
    return answers


def trim_job(connection: Connection, calls: Sequence[int]) -> list[int]:
    """Delete a job none of whose items is left, with its samples and its log."""
    return [connection.execute(TRIM_JOB, {"num": num}).rowcount for num in calls]


def forget_findings(connection: Connection, calls: Sequence[float]) -> list[None]:
    """What was found at items that are about to be forgotten holds no longer."""
    for before in calls:
        connection.execute(PASSED, {"before": before})
    return [None] * len(calls)


def trim_events(connection: Connection, calls: Sequence[float]) -> list[int]:
    """Delete one slice of events that are done with, old fires, rejections, forgotten items."""
    answers = []
    for before in calls:
        connection.execute(TRIM_FIRES, {"before": before})
        connection.execute(TRIM_OUTGOING, {"before": before})
        connection.execute(TRIM_REJECTIONS, {"before": before})
        values = {"before": before, "slice": SLICE}
        gone = connection.execute(TRIM_EVENTS, values).rowcount
        old = {"before": before - YEAR, "slice": SLICE}
        answers.append(gone + connection.execute(TRIM_STATES, old).rowcount)
    return answers
