"""Jobs as the web side and the command line see them: look, wish, queue."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, Row, func, select, text

from shelfhook.errors import Unknown
from shelfhook.model import (
    Counts,
    EventKind,
    Job,
    JobRequest,
    JobState,
    NewEvent,
    Trigger,
    Wish,
)
from shelfhook.store import listing, transitions
from shelfhook.store.explaining import explain_all
from shelfhook.store.tables import CHILD, jobs
from shelfhook.store.transition_statements import CLAIMABLE
from shelfhook.store.writer import Writer


class Jobs:
    """Reads jobs and changes their state; every change is conditional on the state before."""

    def __init__(self, writer: Writer, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader

    # -- looking --

    def get(self, job_id: str) -> Job:
        """One job, by its whole id or by a beginning of at least eight characters.

        Raises:
            Unknown: there is none, or the beginning fits several.
        """
        query = select(jobs).limit(2)
        if len(job_id) >= 36:
            query = query.where(jobs.c.id == job_id)
        elif len(job_id) >= 8:
            query = query.where(*listing.begins(job_id))
        else:
            raise Unknown("job", job_id)
        with self._reader.connect() as connection:
            rows = connection.execute(query).all()
        if len(rows) != 1:
            raise Unknown("job", job_id)
        return as_job(rows[0])

    def page(
        self,
        *,
        before: int | None = None,
        limit: int = 50,
        states: Sequence[JobState] = (),
        routine: str = "",
        host: str = "",
        trigger: Trigger | None = None,
    ) -> list[Job]:
        """Jobs, newest first; `before` is the last page's smallest `num`."""
        wanted = listing.Chosen(tuple(states), routine, host, trigger)
        query = listing.page(wanted, before, limit)
        with self._reader.connect() as connection:
            return [as_job(row) for row in connection.execute(query)]

    def children(self, job_id: str, *, limit: int = 50) -> list[Job]:
        """Jobs that retry, undo or apply this one, newest first."""
        query = select(jobs).where(jobs.c.parent == job_id, text(CHILD))
        query = query.order_by(jobs.c.num.desc()).limit(limit)
        with self._reader.connect() as connection:
            return [as_job(row) for row in connection.execute(query)]

    def in_states(self, *states: JobState) -> list[Job]:
        """All jobs in these states, best first (priority, then age)."""
        query = (
            select(jobs)
            .where(jobs.c.state.in_([str(state) for state in states]))
            .order_by(jobs.c.priority.desc(), jobs.c.num)
        )
        with self._reader.connect() as connection:
            return [as_job(row) for row in connection.execute(query)]

    def claimable(self, down: Sequence[str] = ()) -> int:
        """How many queued jobs could be claimed now, leaving out hosts that are down."""
        values = {"down": list(down)}
        with self._reader.connect() as connection:
            return int(connection.execute(CLAIMABLE, values).scalar_one())

    def wishes(self) -> list[Job]:
        """Jobs of which somebody wants something."""
        query = select(jobs).where(jobs.c.wish.is_not(None))
        with self._reader.connect() as connection:
            return [as_job(row) for row in connection.execute(query)]

    def count(self, *states: JobState) -> int:
        """How many jobs are in these states."""
        query = select(func.count()).where(jobs.c.state.in_([str(s) for s in states]))
        with self._reader.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def first_start(self) -> float | None:
        """When the first of all jobs that are kept has begun."""
        with self._reader.connect() as connection:
            found = connection.execute(select(func.min(jobs.c.started_at))).scalar()
        return None if found is None else float(found)

    # -- queuing and wishing --

    def request(self, wanted: JobRequest, event: NewEvent, now: float) -> tuple[Job, bool]:
        """Drop a call into the inbox and queue its job in one transaction.

        Returns the job and whether it is new: a job that already waits for the same routine,
        library and scope takes the call in.
        """
        job_id, created = self._writer.call(
            transitions.request_all, (wanted, event, str(uuid.uuid4()), now)
        )
        return self.get(job_id), created

    def take_events(
        self,
        host: str,
        library: str,
        wanted: Sequence[JobRequest],
        now: float,
        *,
        kinds: Collection[EventKind] | None = None,
    ) -> list[str]:
        """Let the waiting events of a library become jobs, one per request; gives their ids.

        With no request at all the events are dropped: nobody listens. `kinds` are those that the
        requests were chosen for; what has come of other kinds meanwhile goes on waiting.
        """
        named = tuple((request, str(uuid.uuid4())) for request in wanted)
        meant = None if kinds is None else frozenset(kinds)
        return self._writer.call(transitions.take_all, (host, library, named, now, meant))

    def wish(self, job_id: str, wish: Wish, now: float, by: str = "") -> Job:
        """Write down what somebody wants of a job; a queued job is cancelled at once.

        Args:
            by: name of the person, for the job's log.

        Raises:
            Unknown: there is no such job.
            Conflict: the job's state does not allow it.
        """
        job = self.get(job_id)
        self._writer.call(transitions.ask_all, (job.num, wish, now, by))
        return self.get(job.id)

    # -- what the engine does --

    def claim(self, now: float, down: Sequence[str] = ()) -> Job | None:
        """Take the best queued job whose routine and library is not running: it is now running.

        Jobs of hosts that are down are left waiting: they would only hold a thread each.
        """
        row = self._writer.call(transitions.claim_all, (now, tuple(down)))
        return None if row is None else as_job(row)

    def move(self, num: int, state: JobState, now: float, reason: str = "") -> bool:
        """Change a job's state if the present one allows it; tells whether it did.

        Reaching a final state drops any wish left.
        """
        return self._writer.call(transitions.move_all, (num, state, now, reason))

    def grant(self, num: int, wish: Wish) -> None:
        """Strike out a wish that has been granted, unless it has become another meanwhile."""
        self._writer.call(transitions.grant_all, (num, wish))

    def mark(self, num: int, *, limit: int | None = None, stalled_at: float | None = None) -> None:
        """Note the present limit, or since when the job makes no progress (0 clears the mark)."""
        self._writer.call(transitions.mark_all, (num, limit, stalled_at))

    def explain(self, down: Mapping[str, str]) -> None:
        """Say of queued jobs why they are not begun: these hosts are down, for these reasons."""
        self._writer.call(explain_all, dict(down))

    def requeue_running(self, reason: str) -> list[str]:
        """After a crash: running and paused jobs wait again, their ledger kept; gives their ids."""
        return self._writer.call(transitions.requeue_all, reason)


def as_job(row: Row[Any]) -> Job:
    """A row as a value."""
    return Job(
        num=row.num,
        id=row.id,
        routine=row.routine,
        host=row.host,
        library=row.library,
        trigger=Trigger(row.trigger),
        state=JobState(row.state),
        priority=row.priority,
        dry_run=bool(row.dry_run),
        parent=row.parent,
        items=tuple(json.loads(row.items)),
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        listed=row.listed,
        total=row.total,
        counts=Counts(
            row.changed, row.unchanged, row.planned, row.skipped, row.failed, row.cancelled
        ),
        wish=Wish(row.wish) if row.wish else None,
        reason=row.reason,
        stalled_at=row.stalled_at,
        progress_at=row.progress_at,
        limit=row.limit_now,
        version=row.version,
        everything=bool(row.everything),
        requested_by=row.requested_by,
    )
