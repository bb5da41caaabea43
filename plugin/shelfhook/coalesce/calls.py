"""A routine called by hand or by a schedule: into the inbox, and a job from it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from shelfhook.errors import Conflict, NothingPlanned, Unknown
from shelfhook.model import (
    ChangeState,
    EventKind,
    Job,
    JobRequest,
    NewEvent,
    Outcome,
    Trigger,
)
from shelfhook.ports import Clock
from shelfhook.settings import RoutineSettings
from shelfhook.store import Store


@dataclass(frozen=True, slots=True)
class Call:
    """What somebody asks for.

    Attributes:
        library: id of a library; "" means all libraries of the routine.
        items: ids to restrict the run to.
        dry_run: stop before anything is changed; None leaves it to the routine.
        everything: look also at items that have stayed as they were.
        callbacks: URLs that are told how it goes; allowed, as the caller has made sure.
        by: name of the person who asks.
        delivery: identifies the call, so that the same one twice is one job; "" makes one up.
    """

    routine: str
    library: str = ""
    items: tuple[str, ...] = ()
    dry_run: bool | None = None
    priority: int | None = None
    everything: bool = False
    trigger: Trigger = Trigger.ADMIN
    delivery: str = ""
    callbacks: tuple[str, ...] = ()
    by: str = ""


class Calls:
    """Turns calls into jobs. Used by the web side, the command line and the schedules alike."""

    def __init__(self, store: Store, routines: Mapping[str, RoutineSettings], clock: Clock) -> None:
        self._store = store
        self._routines = routines
        self._clock = clock

    def routine(self, name: str) -> RoutineSettings:
        """A routine by name.

        Raises:
            Unknown: there is none of that name.
        """
        try:
            return self._routines[name]
        except KeyError:
            raise Unknown("routine", name, sorted(self._routines)) from None

    def prepare(self, call: Call) -> tuple[JobRequest, NewEvent]:
        """The request and the event that a call becomes; nothing is stored yet."""
        routine = self.routine(call.routine)
        request = JobRequest(
            routine=routine.name,
            host=routine.host,
            library=call.library,
            trigger=call.trigger,
            priority=routine.priority if call.priority is None else call.priority,
            dry_run=routine.dry_run if call.dry_run is None else call.dry_run,
            items=call.items,
            everything=call.everything,
            callbacks=call.callbacks,
            requested_by=call.by,
        )
        return request, self._event(request, call.delivery)

    def call(self, call: Call) -> tuple[Job, bool]:
        """Queue a job; gives it and whether it is new (an equal one may be waiting already).

        Raises:
            Unknown: the routine does not exist.
        """
        request, event = self.prepare(call)
        return self._store.jobs.request(request, event, self._clock.now())

    def retry(self, job_id: str, *, delivery: str = "", by: str = "") -> tuple[Job, bool]:
        """Queue a job over the failed items of a finished one.

        Args:
            delivery: identifies the call, as in `Call`; so of `undo` and `apply`.

        Raises:
            Unknown: there is no such job.
            Conflict: it has not finished, or nothing failed.
        """
        job = self._ended(job_id, "retried")
        if job.trigger in (Trigger.UNDO, Trigger.APPLY):
            raise Conflict(
                f"the job is an {job.trigger}; repeat that with its job {job.parent[:8]}"
            )
        if not self._store.ledger.items(job.num, outcome=Outcome.FAILED, limit=1):
            raise Conflict("no item of the job failed; there is nothing to retry")
        self.routine(job.routine)
        return self._continue(job, Trigger.RETRY, job.dry_run, delivery, by)

    def undo(
        self, job_id: str, *, dry_run: bool = False, delivery: str = "", by: str = ""
    ) -> tuple[Job, bool]:
        """Queue a job that takes another one's changes back; an undo can be undone likewise.

        Raises:
            Unknown: there is no such job.
            Conflict: it has not finished, or has changed nothing.
        """
        job = self._ended(job_id, "undone")
        made = (ChangeState.APPLIED, ChangeState.INTENDED)
        if job.dry_run or not self._store.ledger.has_changes(job.num, made):
            raise Conflict("the job has changed nothing; there is nothing to undo")
        return self._continue(job, Trigger.UNDO, dry_run, delivery, by)

    def apply(self, job_id: str, *, delivery: str = "", by: str = "") -> tuple[Job, bool]:
        """Queue a job that does what a dry run has shown.

        Raises:
            Unknown: there is no such job, or its routine is not there any more.
            Conflict: it is no dry run, or has not finished.
            NothingPlanned: it has planned nothing.
        """
        job = self._ended(job_id, "applied")
        if not job.dry_run:
            raise Conflict("the job was no dry run; its changes are made already")
        if not self._store.ledger.has_changes(job.num, (ChangeState.PLANNED,)):
            raise NothingPlanned(job.id)
        # The dry run of an undo shows what undo would do now: the undo itself finds out anew.
        if job.trigger is Trigger.UNDO:
            return self.undo(job.parent, delivery=delivery, by=by)
        self.routine(job.routine)
        return self._continue(job, Trigger.APPLY, False, delivery, by)

    def _ended(self, job_id: str, what: str) -> Job:
        job = self._store.jobs.get(job_id)
        if not job.state.final:
            raise Conflict(f"the job is still {job.state}; it can be {what} once it has ended")
        return job

    def _continue(
        self, parent: Job, trigger: Trigger, dry_run: bool, delivery: str, by: str
    ) -> tuple[Job, bool]:
        request = JobRequest(
            routine=parent.routine,
            host=parent.host,
            library=parent.library,
            trigger=trigger,
            priority=parent.priority,
            dry_run=dry_run,
            parent=parent.id,
            requested_by=by,
        )
        event = self._event(request, delivery)
        return self._store.jobs.request(request, event, self._clock.now())

    def _event(self, request: JobRequest, delivery: str) -> NewEvent:
        return NewEvent(
            host=request.host,
            kind=EventKind.ROUTINE_CALLED,
            delivery=delivery or f"{request.trigger}:{uuid.uuid4()}",
            library=request.library,
            routine=request.routine,
        )
