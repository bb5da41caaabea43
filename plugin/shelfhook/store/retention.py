"""Cleaning up: old jobs go with everything that hangs on them, a slice at a time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from shelfhook.store.outgoing_operations import TRIM as TRIM_OUTGOING
from shelfhook.store.writer import Writer

SLICE = 5_000
"""Rows per transaction: a job of a million items must not hold the write lock for minutes."""

OLD = (
    "jobs.state IN ('completed', 'failed', 'cancelled') AND jobs.finished_at < :before"
    # A retry reads the failed items of its parent.
    " AND NOT EXISTS (SELECT 1 FROM jobs AS child WHERE child.parent = jobs.id"
    " AND child.state IN ('queued', 'running', 'paused'))"
)
# What an item's last look has found is kept, with that item of that job: while the item stays as it
# is nobody looks again.
LIVE = (
    "EXISTS (SELECT 1 FROM item_states AS s WHERE s.routine = jobs.routine AND s.host = jobs.host"
    " AND s.item_id = i.item_id AND s.job_num = i.job_num) AND EXISTS (SELECT 1 FROM findings AS f"
    " WHERE f.job_num = i.job_num AND f.seq = i.seq)"
)
TRIM_CHANGES = text(
    "DELETE FROM changes WHERE id IN (SELECT c.id FROM changes AS c JOIN jobs ON num = job_num"
    f" WHERE {OLD} LIMIT :slice)"
)
OLDEST = text(
    f"SELECT num FROM jobs WHERE {OLD}"
    " AND (NOT EXISTS (SELECT 1 FROM job_items AS i WHERE i.job_num = jobs.num)"
    f" OR EXISTS (SELECT 1 FROM job_items AS i WHERE i.job_num = jobs.num AND NOT ({LIVE})))"
    " ORDER BY num LIMIT 1"
)
TRIM_ITEMS = text(
    "DELETE FROM job_items WHERE job_num = :num AND seq IN (SELECT i.seq FROM job_items AS i"
    f" JOIN jobs ON jobs.num = i.job_num WHERE i.job_num = :num AND NOT ({LIVE}) LIMIT :slice)"
)
LEFT = text("SELECT 1 FROM job_items WHERE job_num = :num LIMIT 1")
TRIM_EVENTS = text(
    "DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE state <> 'waiting'"
    " AND received_at < :before AND NOT EXISTS (SELECT 1 FROM job_events WHERE event_seq = seq)"
    " LIMIT :slice)"
)
TRIM_FIRES = text(
    "DELETE FROM fires WHERE due_at < :before AND EXISTS (SELECT 1 FROM fires AS f"
    " WHERE f.schedule = fires.schedule AND f.due_at > fires.due_at)"
)

TRIM_STATES = text(
    "DELETE FROM item_states WHERE (routine, host, item_id) IN (SELECT routine, host, item_id"
    " FROM item_states WHERE since < :before LIMIT :slice)"
)
YEAR = 365 * 86_400.0
"""What is known of an item outlives the jobs: else each item would be looked at anew each month."""


def clean(writer: Writer, before: float) -> int:
    """Delete jobs that ended before a time, and events that no job knows any more.

    Waiting events are never touched, and each schedule keeps its last due time. Gives the number
    of jobs that went.
    """
    while writer.call(trim_changes, before):
        pass
    jobs = 0
    while (rest := writer.call(trim_job, before)) is not None:
        jobs += rest == 0
    while writer.call(trim_events, before):
        pass
    return jobs


def trim_changes(connection: Connection, calls: Sequence[float]) -> list[int]:
    """Delete one slice of old jobs' changes."""
    return [
        connection.execute(TRIM_CHANGES, {"before": before, "slice": SLICE}).rowcount
        for before in calls
    ]


def trim_job(connection: Connection, calls: Sequence[float]) -> list[int | None]:
    """Delete one slice of the oldest job's items, or the job itself once they are gone (0)."""
    answers: list[int | None] = []
    for before in calls:
        num = connection.execute(OLDEST, {"before": before}).scalar()
        if num is None:
            answers.append(None)
            continue
        items = connection.execute(TRIM_ITEMS, {"num": num, "slice": SLICE}).rowcount
        left = connection.execute(LEFT, {"num": num}).first() is not None
        if not items and not left:
            connection.execute(text("DELETE FROM jobs WHERE num = :num"), {"num": num})
        answers.append(items)
    return answers


def trim_events(connection: Connection, calls: Sequence[float]) -> list[int]:
    """Delete one slice of events that are done with, of old fires and of forgotten items."""
    answers = []
    for before in calls:
        connection.execute(TRIM_FIRES, {"before": before})
        connection.execute(TRIM_OUTGOING, {"before": before})
        values = {"before": before, "slice": SLICE}
        gone = connection.execute(TRIM_EVENTS, values).rowcount
        old = {"before": before - YEAR, "slice": SLICE}
        answers.append(gone + connection.execute(TRIM_STATES, old).rowcount)
    return answers
