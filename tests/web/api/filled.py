"""A store with something of everything in it, under the ids of the description's examples."""

from __future__ import annotations

from shelfhook.model import (
    Change,
    ChangeKind,
    ChangeState,
    EventKind,
    Finding,
    FireResult,
    ItemRef,
    Job,
    JobLine,
    JobRequest,
    JobState,
    NewEvent,
    Outcome,
    Result,
    Role,
    Severity,
    Trigger,
)
from shelfhook.ports import Clock
from shelfhook.store import Store, transitions
from shelfhook.store.entries import Batch
from shelfhook.store.outgoing import Channel
from shelfhook.store.outgoing_operations import Message
from shelfhook.store.rejections import Refused
from shelfhook.store.samples import NewSample
from shelfhook.store.schedules import Due
from shelfhook.web.api import examples
from tests.web import desk

ENDED = examples.JOB
SHOWN = examples.DRY_RUN
RUNNING = examples.RUNNING
JOBS = (ENDED, SHOWN, RUNNING)
CRC = Finding("archive.crc", Severity.ERROR, "page 3 is damaged", "get the file anew", "p3.jpg")
TITLE = Change(ChangeKind.FIELDS, "book", "B1", {"title": "a", "tags": []}, {"title": "b"})
TOLD = {"notifications": {"phone": {"urls": ["json://phone.local"]}}}
"""Settings of whom to tell."""
LIBRARIES = {
    "message": "Komga 1.21.2",
    "version": "1.21.2",
    "libraries": [{"id": "L1", "name": "Comics", "root": "/data"}, {"id": "L2", "name": "Manga"}],
}


def fill(store: Store, clock: Clock) -> None:
    """Three jobs (ended, a dry run that has ended, running), events, findings, fires, signs."""
    ended = _job(store, clock, ENDED, "L1")
    results = [
        Result(0, "B1", Outcome.CHANGED, applied=_changes(store, ended, ChangeState.INTENDED)),
        Result(1, "B2", Outcome.FAILED, "it cannot be read", name="b2.cbz", findings=(CRC,)),
    ]
    for _ in range(3):  # set aside after three failures
        batch = Batch(ended.num, "komga", results, clock.now(), "process-all", "r")
        store.ledger.record(batch).wait()
        results = results[-1:]
    _end(store, clock, ended)
    shown = _job(store, clock, SHOWN, "L2", dry_run=True)
    _changes(store, shown, ChangeState.PLANNED)
    planned = [Result(0, "B1", Outcome.PLANNED)]
    store.ledger.record(Batch(shown.num, "komga", planned, clock.now())).wait()
    _end(store, clock, shown)
    _job(store, clock, RUNNING, "L3")
    _around(store, clock)


def _job(store: Store, clock: Clock, job_id: str, library: str, *, dry_run: bool = False) -> Job:
    """A running job with two items."""
    request = JobRequest("process-all", "komga", library, Trigger.ADMIN, dry_run=dry_run)
    event = NewEvent("komga", EventKind.ROUTINE_CALLED, f"test {job_id}", library=library)
    store.writer.call(transitions.request_all, (request, event, job_id, clock.now()))
    job = store.jobs.claim(clock.now())
    assert job is not None
    assert job.id == job_id
    store.ledger.add(job.num, 0, [ItemRef("B1", "b1.cbz", "S1"), ItemRef("B2", "b2.cbz")])
    store.ledger.listed(job.num)
    return job


def _changes(store: Store, job: Job, state: ChangeState) -> tuple[int, ...]:
    return tuple(store.ledger.intend(job.num, 0, [TITLE], state))


def _end(store: Store, clock: Clock, job: Job) -> None:
    assert store.jobs.move(job.num, JobState.COMPLETED, clock.now())


def _around(store: Store, clock: Clock) -> None:
    """Events, a fire log, and what the engine tells of itself and the host."""
    scans = [NewEvent("komga", EventKind.LIBRARY_SCANNED, f"msg_{n}", library="L1") for n in (1, 2)]
    for event in scans:
        store.inbox.accept([event], clock.now())
    store.schedules.know("nightly", "0 3 * * *", "Europe/Berlin", clock.now())
    for hours in range(3):
        due = Due("nightly", clock.now() - 3600 * hours, FireResult.SKIPPED, "its host was down")
        store.schedules.log(due, clock.now())
    _records(store, clock)
    desk.tell(store, clock, "host:komga", LIBRARIES, every=1e9)
    desk.tell(store, clock, "bridge:komga", {"source": "sse", "state": "connected"}, every=1e9)
    desk.tell(store, clock, "scheduler", {"next": {"nightly": clock.now() + 60}}, every=1e9)
    desk.tell(store, clock, "loop:coalesce", every=1e9)
    desk.tell(store, clock, "loop:lease", every=1e9)
    store.note_lease(clock.now())


def _records(store: Store, clock: Clock) -> None:
    """Somebody who signs in, a refusal, a message, and what a job's log and curve need."""
    store.people.add("anna", Role.OPERATOR, "", clock.now())
    job = store.jobs.get(ENDED)
    store.samples.take([NewSample(job.num, clock.now())])
    store.job_log.write([JobLine(job.num, clock.now(), "begun", "begun")])
    refused = Refused(clock.now(), "komga", 401, "the token is wrong", "192.0.2.7", "Mylar", 1)
    store.rejections.note_soon([refused]).wait()
    now, channel = clock.now(), Channel.NOTIFICATION
    message = Message(job.num, channel, "phone/1", "phone/1", "failed", "msg_1", "{}", 0, now, now)
    store.outgoing.put([message])
