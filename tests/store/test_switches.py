"""Pauses of schedules are kept; the links between events and jobs can be read."""

from __future__ import annotations

from shelfhook.model import EventKind, JobRequest, NewEvent, Trigger
from shelfhook.store import Store
from shelfhook.store.switches import ON, Switch

CRON = ("0 3 * * *", "UTC")


def test_a_schedule_that_nobody_paused_is_on(store: Store) -> None:
    assert store.switches.of("nightly") == ON
    assert not ON.off
    assert not ON.paused(0.0)


def test_a_pause_says_by_whom_and_since_when(store: Store) -> None:
    store.switches.pause("nightly", *CRON, "ann", 10.0)
    found = store.switches.of("nightly")
    assert found == Switch("ann", 10.0, None)
    assert found.off
    assert found.reason == "paused by ann"


def test_a_second_pause_leaves_the_first_as_it_is(store: Store) -> None:
    store.switches.pause("nightly", *CRON, "ann", 10.0)
    store.switches.pause("nightly", *CRON, "bob", 20.0)
    assert store.switches.of("nightly") == Switch("ann", 10.0, None)


def test_after_a_resume_only_what_fell_into_the_pause_is_skipped(store: Store) -> None:
    store.switches.pause("nightly", *CRON, "ann", 10.0)
    store.switches.resume("nightly", 20.0)
    store.switches.resume("nightly", 30.0)
    found = store.switches.of("nightly")
    assert found == Switch("ann", 10.0, 20.0)
    assert [found.paused(due) for due in (9.9, 10.0, 19.9, 20.0)] == [False, True, True, False]


def test_a_pause_is_no_change_of_the_schedules_times(store: Store) -> None:
    assert store.schedules.know("nightly", *CRON, 5.0) == 5.0
    store.switches.pause("nightly", *CRON, "ann", 10.0)
    assert store.schedules.know("nightly", *CRON, 20.0) == 5.0


def test_to_resume_what_nobody_knows_is_nothing(store: Store) -> None:
    store.switches.resume("nightly", 20.0)
    assert store.switches.all() == {}


def test_an_event_names_the_jobs_that_have_taken_it(store: Store) -> None:
    store.inbox.accept([NewEvent("komga", EventKind.LIBRARY_SCANNED, "d1", library="L1")], 1.0)
    wanted = [JobRequest(name, "komga", "L1", Trigger.SCAN) for name in ("one", "two")]
    ids = store.jobs.take_events("komga", "L1", wanted, 2.0)
    [event] = store.inbox.page()
    found = store.inbox.jobs_of([event.seq, 99])
    assert {seq: [(one.job, one.routine) for one in jobs] for seq, jobs in found.items()} == {
        event.seq: [(ids[0], "one"), (ids[1], "two")]
    }
    assert store.inbox.jobs_of([]) == {}
