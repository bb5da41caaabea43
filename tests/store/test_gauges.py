from __future__ import annotations

from shelfhook.model import EventKind, JobRequest, JobState, NewEvent, Trigger
from shelfhook.store import Store
from tests.support.stores import NOW


def queue(store: Store, library: str, at: float) -> int:
    event = NewEvent("komga", EventKind.ROUTINE_CALLED, library, library=library)
    return store.jobs.request(JobRequest("r", "komga", library, Trigger.ADMIN), event, at)[0].num


def test_an_empty_store(store: Store) -> None:
    gauges = store.gauges
    assert gauges.jobs_by_state() == dict.fromkeys(JobState, 0)
    assert (gauges.oldest_queued(), gauges.last_event(), gauges.last_job()) == (None, 0, 0)
    assert (gauges.open_jobs(), gauges.lease()) == ([], None)
    assert gauges.size() > 10_000


def test_jobs_by_state_and_the_oldest_that_waits(store: Store) -> None:
    for number, library in enumerate(("a", "b", "c")):
        queue(store, library, NOW + number)
    claimed = store.jobs.claim(NOW + 9)
    assert claimed is not None
    found = store.gauges.jobs_by_state()
    assert (found[JobState.QUEUED], found[JobState.RUNNING]) == (2, 1)
    assert store.gauges.oldest_queued() == NOW + 1
    store.jobs.move(claimed.num, JobState.COMPLETED, NOW + 10)
    assert [job.library for job in store.gauges.open_jobs()] == ["b", "c"]
    later = store.gauges.jobs_after(claimed.num + 1, [claimed.num])
    assert {job.library for job in later} == {"a", "c"}


def test_events_count_by_host_and_kind_between_two_numbers(store: Store) -> None:
    def accept(*names: str) -> int:
        scans = [NewEvent("komga", EventKind.LIBRARY_SCANNED, name) for name in names]
        store.inbox.accept(scans, NOW)
        return store.gauges.last_event()

    first, second = accept("a"), accept("b", "c")
    accept("d")
    assert store.gauges.events_after(first, second) == [("komga", "library.scanned", 2)]


def test_the_holder_of_the_lease_is_noted(store: Store) -> None:
    store.note_lease(NOW)
    found = store.gauges.lease()
    assert found is not None
    assert (":" in found.name, found.since) == (True, NOW)
