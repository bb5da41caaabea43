"""Writer operations that move jobs from state to state, each a conditional update.

A final state never changes: every statement names the states it may leave.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, select, text

from shelfhook.errors import Conflict, Unknown
from shelfhook.model import (
    PAUSED_BY_WISH,
    EventKind,
    JobLine,
    JobRequest,
    JobState,
    NewEvent,
    Wish,
)
from shelfhook.store.inbox import accept_all
from shelfhook.store.job_log import write_all
from shelfhook.store.outgoing_operations import add_callbacks
from shelfhook.store.rows import insert, pack, storable
from shelfhook.store.tables import RUNNING, events, jobs
from shelfhook.store.transition_statements import (
    CANCEL_ITEMS,
    CANCEL_QUEUED,
    CLAIM,
    JOB_OF_EVENT,
    KEEP_PAUSE,
    LEAVES,
    LINK_COLUMNS,
    LINK_ONE,
    QUEUE,
    REQUEUE,
    TAKE_ONE,
)

Named: TypeAlias = tuple[JobRequest, str]
"""A request and the id its job gets, if it makes one."""


def request_all(
    connection: Connection, calls: Sequence[tuple[JobRequest, NewEvent, str, float]]
) -> list[tuple[str, bool]]:
    """Store the call as an event and queue its job; the same event again gives the same job."""
    answers = []
    for wanted, event, job_id, now in calls:
        receipt = accept_all(connection, [((event,), now)])[0][0]
        known = connection.execute(JOB_OF_EVENT, {"event": receipt.event_id}).scalar()
        if known is not None:
            answers.append((str(known), False))
            continue
        num, actual = _queue(connection, wanted, job_id, now)
        connection.execute(LINK_ONE, {"num": num, "event": receipt.event_id})
        connection.execute(TAKE_ONE, {"event": receipt.event_id})
        answers.append((actual, actual == job_id))
    return answers


def take_all(
    connection: Connection,
    calls: Sequence[tuple[str, str, tuple[Named, ...], float, frozenset[EventKind] | None]],
) -> list[list[str]]:
    """Waiting events of a library become jobs, or are dropped where no routine listens."""
    link = insert("job_events", LINK_COLUMNS, connection.dialect, tail="ON CONFLICT DO NOTHING")
    answers = []
    for host, library, wanted, now, kinds in calls:
        # One statement says which events are meant: another process may add to them meanwhile.
        seqs = _close_waiting(connection, host, library, kinds, listened=bool(wanted))
        ids = []
        for request, job_id in wanted:
            num, actual = _queue(connection, request, job_id, now)
            connection.execute(link, {"rows": pack([(num, seq) for seq in seqs])})
            ids.append(actual)
        answers.append(ids)
    return answers


def _close_waiting(
    connection: Connection,
    host: str,
    library: str,
    kinds: frozenset[EventKind] | None,
    *,
    listened: bool,
) -> list[int]:
    """Take or drop a library's waiting events (of some kinds); gives their numbers."""
    state, note = ("taken", "") if listened else ("dropped", "no routine listens to it")
    statement = events.update().where(
        events.c.state == "waiting", events.c.host == host, events.c.library == library
    )
    if kinds is not None:
        statement = statement.where(events.c.kind.in_([str(kind) for kind in kinds]))
    closed = connection.execute(statement.values(state=state, note=note).returning(events.c.seq))
    return [int(row[0]) for row in closed]


def _queue(connection: Connection, wanted: JobRequest, job_id: str, now: float) -> tuple[int, str]:
    row = connection.execute(
        QUEUE,
        {
            "id": job_id,
            "routine": wanted.routine,
            "host": wanted.host,
            "library": storable(wanted.library),
            "scope": wanted.scope,
            "trigger": str(wanted.trigger),
            "priority": wanted.priority,
            "dry_run": wanted.dry_run,
            "parent": wanted.parent,
            "items": json.dumps(wanted.items),
            "everything": wanted.everything,
            "requested_by": storable(wanted.requested_by),
            "now": now,
        },
    ).one()
    add_callbacks(connection, int(row[0]), wanted.callbacks)
    return int(row[0]), str(row[1])


def wish_all(connection: Connection, calls: Sequence[tuple[int, Wish, float]]) -> list[None]:
    """Write down a wish, if the job's state allows it; a queued job is cancelled right here."""
    for num, wish, now in calls:
        # Locks the row on PostgreSQL: between the look and the update nobody else moves the job.
        columns = (jobs.c.state, jobs.c.reason, jobs.c.wish)
        look = select(*columns).where(jobs.c.num == num).with_for_update()
        found = connection.execute(look).first()
        if found is None:
            raise Unknown("job", str(num))  # cleaned up meanwhile
        state = JobState(found.state)
        if state is JobState.QUEUED and wish is Wish.CANCEL:
            items = connection.execute(CANCEL_ITEMS, {"num": num}).rowcount
            connection.execute(CANCEL_QUEUED, {"num": num, "now": now, "items": items})
            continue
        _refuse(state, Wish(found.wish) if found.wish else None, wish)
        needless = _needless(state, found.reason, wish)
        connection.execute(
            text("UPDATE jobs SET wish = :wish, version = version + 1 WHERE num = :num"),
            {"num": num, "wish": None if needless else str(wish)},
        )
    return [None] * len(calls)


def ask_all(connection: Connection, calls: Sequence[tuple[int, Wish, float, str]]) -> list[None]:
    """Write down wishes, and in the jobs' logs who had them."""
    wish_all(connection, [(num, wish, now) for num, wish, now, _ in calls])
    lines = tuple(
        JobLine(num, now, "asked", f"{wish!s} asked for" + (f" by {storable(by)}" if by else ""))
        for num, wish, now, by in calls
    )
    write_all(connection, [lines])
    return [None] * len(calls)


def _refuse(state: JobState, before: Wish | None, wish: Wish) -> None:
    if state.final:
        raise Conflict(f"the job is {state} already; it cannot be changed with {wish!s}")
    if before is Wish.CANCEL and wish is not Wish.CANCEL:
        raise Conflict(f"the job is being cancelled; it cannot be changed with {wish!s}")


def _needless(state: JobState, reason: str, wish: Wish) -> bool:
    """Whether a wish only strikes out an older one.

    A job that rests because its host is down is not yet paused on request; and a running one may
    have heard of a pause that is not written down yet, so its engine must hear of the resume.
    """
    if wish is Wish.PAUSE:
        return state is JobState.PAUSED and reason == PAUSED_BY_WISH
    return state is JobState.QUEUED and wish is Wish.RESUME


def claim_all(
    connection: Connection, calls: Sequence[tuple[float, tuple[str, ...]]]
) -> list[Row[Any] | None]:
    """Each call claims the best job left, but none of a host that is down."""
    return [
        connection.execute(CLAIM, {"now": now, "down": list(down)}).first() for now, down in calls
    ]


def move_all(
    connection: Connection, calls: Sequence[tuple[int, JobState, float, str]]
) -> list[bool]:
    """Conditional update to another state."""
    moved = []
    for num, state, now, reason in calls:
        final = ", finished_at = :now, wish = NULL, limit_now = 0" if state.final else ""
        if state is JobState.QUEUED:
            final = f", {KEEP_PAUSE}"
        statement = text(
            f"UPDATE jobs SET state = :state, reason = :reason, stalled_at = NULL,"
            f" progress_at = :now, version = version + 1{final}"
            f" WHERE num = :num AND state IN {LEAVES[state]}"
        )
        values = {"num": num, "state": str(state), "now": now, "reason": storable(reason)}
        if state is JobState.QUEUED:
            values["by_wish"] = PAUSED_BY_WISH
        moved.append(connection.execute(statement, values).rowcount == 1)
    return moved


def grant_all(connection: Connection, calls: Sequence[tuple[int, Wish]]) -> list[None]:
    """Strike out wishes that were granted."""
    for num, wish in calls:
        connection.execute(
            text(
                "UPDATE jobs SET wish = NULL, version = version + 1"
                " WHERE num = :num AND wish = :wish"
            ),
            {"num": num, "wish": str(wish)},
        )
    return [None] * len(calls)


def mark_all(
    connection: Connection, calls: Sequence[tuple[int, int | None, float | None]]
) -> list[None]:
    """Note limit and stall; neither is progress."""
    for num, limit, stalled_at in calls:
        if limit is not None:
            connection.execute(
                text(
                    "UPDATE jobs SET limit_now = :limit, version = version + 1"
                    f" WHERE num = :num AND {RUNNING}"
                ),
                {"num": num, "limit": limit},
            )
        if stalled_at is not None:
            connection.execute(
                text(
                    "UPDATE jobs SET stalled_at = :at, version = version + 1"
                    f" WHERE num = :num AND {RUNNING}"
                ),
                {"num": num, "at": stalled_at or None},
            )
    return [None] * len(calls)


def requeue_all(connection: Connection, calls: Sequence[str]) -> list[list[str]]:
    """Running jobs wait again; a paused one will be paused again when it is claimed."""
    answers = []
    for reason in calls:
        rows = connection.execute(REQUEUE, {"reason": reason, "by_wish": PAUSED_BY_WISH})
        answers.append([str(row[0]) for row in rows])
    return answers
