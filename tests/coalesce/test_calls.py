"""A routine called by hand: into the inbox, and a job from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from shelfhook.coalesce.calls import Call, Calls
from shelfhook.errors import Conflict, Unknown
from shelfhook.model import EventKind, Job, JobState, Outcome, Trigger
from shelfhook.store import Store
from tests.support.clock import FakeClock
from tests.support.engines import make_settings
from tests.support.stores import NOW, batch, refs


@pytest.fixture
def calls(sqlite_store: Store, tmp_path: Path) -> Calls:
    routines = {"sweep": {"priority": 7}, "careful": {"dry_run": True}}
    return Calls(sqlite_store, make_settings(tmp_path, routines=routines).routines, FakeClock(NOW))


def ended(store: Store, job: Job, state: JobState, *ends: Outcome) -> Job:
    """The job, run to its end with these outcomes."""
    assert store.jobs.claim(NOW) is not None
    store.ledger.add(job.num, 0, refs(*(f"i{seq}" for seq in range(len(ends)))))
    store.ledger.record(batch(job, *enumerate(ends))).wait()
    store.jobs.move(job.num, state, NOW)
    return store.jobs.get(job.id)


def test_a_call_takes_what_it_does_not_say_from_its_routine(calls: Calls) -> None:
    job, created = calls.call(Call("sweep", library="lib"))
    assert created
    assert (job.routine, job.host, job.library) == ("sweep", "fake", "lib")
    assert (job.priority, job.dry_run, job.trigger) == (7, False, Trigger.ADMIN)
    assert calls.call(Call("careful"))[0].dry_run


def test_a_call_may_say_otherwise(calls: Calls) -> None:
    call = Call("sweep", items=("b2", "b1"), dry_run=True, priority=-3, trigger=Trigger.CLI)
    job, _ = calls.call(call)
    assert (job.items, job.dry_run, job.priority) == (("b2", "b1"), True, -3)
    assert job.trigger is Trigger.CLI


def test_a_call_is_an_event_that_its_job_has_taken(calls: Calls, sqlite_store: Store) -> None:
    calls.call(Call("sweep", library="lib", delivery="d1"))
    [event] = sqlite_store.inbox.page()
    assert (event.kind, event.delivery, event.routine, event.state) == (
        EventKind.ROUTINE_CALLED,
        "d1",
        "sweep",
        "taken",
    )


def test_an_unknown_routine_is_named_with_the_known_ones(calls: Calls, sqlite_store: Store) -> None:
    with pytest.raises(Unknown, match="unknown routine 'swep'; known: careful, sweep"):
        calls.call(Call("swep"))
    assert sqlite_store.inbox.page() == []


def test_the_same_delivery_twice_is_one_job(calls: Calls) -> None:
    job, created = calls.call(Call("sweep", delivery="d1"))
    again, created_again = calls.call(Call("sweep", delivery="d1"))
    assert (again.id, created, created_again) == (job.id, True, False)


def test_calls_without_a_delivery_are_different_calls_that_share_a_waiting_job(
    calls: Calls, sqlite_store: Store
) -> None:
    job, _ = calls.call(Call("sweep"))
    joined, created = calls.call(Call("sweep"))
    assert (joined.id, created) == (job.id, False)
    assert len(sqlite_store.inbox.page()) == 2
    sqlite_store.jobs.claim(NOW)
    assert calls.call(Call("sweep"))[1]


@pytest.mark.parametrize("state", [JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED])
def test_a_finished_jobs_failed_items_can_be_tried_again(
    calls: Calls, sqlite_store: Store, state: JobState
) -> None:
    first, _ = calls.call(Call("sweep", library="lib", dry_run=True, priority=3))
    first = ended(sqlite_store, first, state, Outcome.FAILED, Outcome.CHANGED)
    again, created = calls.retry(first.short)
    assert created
    assert (again.parent, again.trigger, again.state) == (first.id, Trigger.RETRY, JobState.QUEUED)
    assert (again.library, again.dry_run, again.priority) == ("lib", True, 3)
    joined, created = calls.retry(first.id)
    assert (joined.id, created) == (again.id, False)


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING, JobState.PAUSED])
def test_a_job_that_has_not_ended_cannot_be_retried(
    calls: Calls, sqlite_store: Store, state: JobState
) -> None:
    job, _ = calls.call(Call("sweep"))
    if state is not JobState.QUEUED:
        sqlite_store.jobs.claim(NOW)
        sqlite_store.jobs.move(job.num, state, NOW)
    with pytest.raises(Conflict, match=f"still {state}; it can be retried once it has ended"):
        calls.retry(job.id)


def test_a_job_without_a_failed_item_cannot_be_retried(calls: Calls, sqlite_store: Store) -> None:
    job, _ = calls.call(Call("sweep"))
    ended(sqlite_store, job, JobState.COMPLETED, Outcome.CHANGED, Outcome.SKIPPED)
    with pytest.raises(Conflict, match="nothing to retry"):
        calls.retry(job.id)


def test_an_unknown_job_cannot_be_retried(calls: Calls) -> None:
    with pytest.raises(Unknown, match="unknown job"):
        calls.retry("0" * 36)


def test_a_job_whose_routine_has_gone_cannot_be_retried(
    calls: Calls, sqlite_store: Store, tmp_path: Path
) -> None:
    job, _ = calls.call(Call("sweep"))
    ended(sqlite_store, job, JobState.COMPLETED, Outcome.FAILED)
    routines = make_settings(tmp_path, routines={"careful": {}}).routines
    with pytest.raises(Unknown, match="unknown routine 'sweep'"):
        Calls(sqlite_store, routines, FakeClock(NOW)).retry(job.id)
