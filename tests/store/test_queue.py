"""Events and calls become jobs: one waiting job absorbs, nothing is lost."""

from __future__ import annotations

import pytest

from shelfhook.errors import Unknown
from shelfhook.model import EventKind, Job, JobRequest, JobState, NewEvent, Trigger
from shelfhook.store import Store
from tests.support.stores import (
    NOW,
    call,
    changed,
    count,
    job_in,
    queue,
    scan,
    together,
    wanted,
)


def taken_by(store: Store, job: Job) -> int:
    return count(store, "job_events", f"job_num = {job.num}")


# -- waiting events --


def test_waiting_events_become_one_job_for_the_routine(store: Store) -> None:
    store.inbox.accept([scan("d1"), scan("d2"), changed("d3", "B1")], NOW)
    [job_id] = store.jobs.take_events("komga", "L1", [wanted()], NOW + 1)
    job = store.jobs.get(job_id)
    assert (job.state, job.routine, job.library) == (JobState.QUEUED, "tidy", "L1")
    assert (job.created_at, job.started_at, job.total) == (NOW + 1, None, None)
    assert taken_by(store, job) == 3
    assert {event.state for event in store.inbox.page()} == {"taken"}


def test_a_waiting_job_absorbs_what_comes_before_it_runs(store: Store) -> None:
    store.inbox.accept([scan("d1")], NOW)
    first = store.jobs.take_events("komga", "L1", [wanted()], NOW)
    store.inbox.accept([scan("d2")], NOW)
    assert store.jobs.take_events("komga", "L1", [wanted()], NOW) == first
    assert count(store, "jobs") == 1
    assert taken_by(store, store.jobs.get(first[0])) == 2


def test_an_event_that_comes_while_the_job_runs_makes_one_more_job(store: Store) -> None:
    running = job_in(store, JobState.RUNNING)
    later = set()
    for number in range(3):
        store.inbox.accept([scan(f"d{number}")], NOW)
        later |= set(store.jobs.take_events("komga", "L1", [wanted()], NOW))
    assert len(later) == 1
    assert running.id not in later
    assert store.jobs.count(JobState.QUEUED) == 1


def test_two_routines_each_get_a_job_from_the_same_events(store: Store) -> None:
    store.inbox.accept([scan("d1"), scan("d2")], NOW)
    ids = store.jobs.take_events("komga", "L1", [wanted("tidy"), wanted("verify")], NOW)
    jobs = [store.jobs.get(job_id) for job_id in ids]
    assert [job.routine for job in jobs] == ["tidy", "verify"]
    assert [taken_by(store, job) for job in jobs] == [2, 2]


def test_events_that_no_routine_listens_to_are_dropped_with_a_note(store: Store) -> None:
    [receipt] = store.inbox.accept([scan("d1")], NOW)
    assert store.jobs.take_events("komga", "L1", [], NOW) == []
    event = store.inbox.get(receipt.event_id)
    assert event is not None
    assert (event.state, event.note) == ("dropped", "no routine listens to it")


def test_taking_leaves_other_libraries_and_hosts_alone(store: Store) -> None:
    store.inbox.accept([scan("d1"), scan("d2", library="L2"), scan("d3", host="kavita")], NOW)
    store.jobs.take_events("komga", "L1", [wanted()], NOW)
    left = {(group.host, group.library) for group in store.inbox.waiting()}
    assert left == {("komga", "L2"), ("kavita", "L1")}


def test_taking_by_kind_leaves_what_was_not_looked_at(store: Store) -> None:
    """A scan that came between the look and the hand-over must not be dropped unheard."""
    store.inbox.accept([changed("d1", "B1")], NOW)
    [late] = store.inbox.accept([scan("d2")], NOW)
    store.jobs.take_events("komga", "L1", [], NOW, kinds={EventKind.ITEM_CHANGED})
    kept = store.inbox.get(late.event_id)
    assert kept is not None
    assert kept.state == "waiting"
    assert store.inbox.kinds("komga", "L1") == {EventKind.LIBRARY_SCANNED}


def test_no_event_is_lost_between_two_processes_that_accept_and_take(
    store: Store, other: Store
) -> None:
    """While one process takes, another accepts: every event ends linked to a job or waiting."""

    def work(number: int) -> None:
        for step in range(15):
            if number == 0:
                store.jobs.take_events("komga", "L1", [wanted()], NOW)
                store.jobs.claim(NOW)
                for job in store.jobs.in_states(JobState.RUNNING):
                    store.jobs.move(job.num, JobState.COMPLETED, NOW)
            else:
                other.inbox.accept([scan(f"d{number}-{step}")], NOW)

    together(4, work)
    unlinked = "state = 'taken' AND seq NOT IN (SELECT event_seq FROM job_events)"
    assert count(store, "events", unlinked) == 0
    assert count(store, "events") == 45


def test_a_waiting_job_beside_a_resumed_one_is_allowed(store: Store) -> None:
    resumed = job_in(store, JobState.RUNNING)
    waiting = queue(store)
    assert store.jobs.requeue_running("restarted") == [resumed.id]
    assert store.jobs.count(JobState.QUEUED) == 2
    assert queue(store).id == waiting.id  # and still only one waits
    claimed = store.jobs.claim(NOW)
    assert claimed is not None
    assert claimed.id == resumed.id
    assert store.jobs.claim(NOW) is None


# -- calls --


def test_the_same_call_again_gives_the_same_job(store: Store) -> None:
    job, created = store.jobs.request(wanted(), call("c1"), NOW)
    again, created_again = store.jobs.request(wanted(), call("c1"), NOW + 1)
    assert (created, created_again, again.id) == (True, False, job.id)
    assert taken_by(store, job) == 1


def test_the_same_call_again_gives_the_same_job_even_after_it_has_ended(store: Store) -> None:
    job, _ = store.jobs.request(wanted(), call("c1"), NOW)
    store.jobs.claim(NOW)
    store.jobs.move(job.num, JobState.COMPLETED, NOW)
    again, created = store.jobs.request(wanted(), call("c1"), NOW + 1)
    assert (again.id, created) == (job.id, False)


def test_sixteen_threads_with_the_same_call_get_one_job(store: Store, other: Store) -> None:
    stores = (store, other)
    made = together(16, lambda n: stores[n % 2].jobs.request(wanted(), call("c1"), NOW))
    assert len({job.id for job, _ in made}) == 1
    assert sum(created for _, created in made) == 1


def test_another_call_for_the_same_thing_joins_the_job_that_waits(store: Store) -> None:
    job, _ = store.jobs.request(wanted(), call("c1"), NOW)
    joined, created = store.jobs.request(wanted(), call("c2"), NOW)
    assert (joined.id, created) == (job.id, False)
    assert taken_by(store, job) == 2


@pytest.mark.parametrize(
    "different",
    [
        wanted(dry_run=True),
        wanted(items=("B1",)),
        wanted(items=("B2",)),
        wanted(parent="00000000-0000-0000-0000-000000000001"),
        wanted(library="L2"),
        wanted(library=""),
        wanted(routine="verify"),
    ],
    ids=str,
)
def test_calls_for_different_things_are_different_jobs(store: Store, different: object) -> None:
    first, _ = store.jobs.request(wanted(), call("c1"), NOW)
    other_items, _ = store.jobs.request(wanted(items=("B9",)), call("c2"), NOW)
    job, created = store.jobs.request(different, call("c3"), NOW)  # type: ignore[arg-type]
    assert created
    assert len({first.id, other_items.id, job.id}) == 3


def test_the_order_of_items_does_not_make_another_job(store: Store) -> None:
    first, _ = store.jobs.request(wanted(items=("B1", "B2")), call("c1"), NOW)
    again, _ = store.jobs.request(wanted(items=("B2", "B1")), call("c2"), NOW)
    assert again.id == first.id
    assert first.items == ("B1", "B2")


@pytest.mark.parametrize(("first", "second", "left"), [(0, 10, 10), (10, 0, 10), (-5, -9, -5)])
def test_joining_raises_the_priority_and_never_lowers_it(
    store: Store, first: int, second: int, left: int
) -> None:
    store.jobs.request(wanted(priority=first), call("c1"), NOW)
    job, _ = store.jobs.request(wanted(priority=second), call("c2"), NOW)
    assert job.priority == left


def test_a_call_does_not_take_events_that_wait(store: Store) -> None:
    [receipt] = store.inbox.accept([scan("d1")], NOW)
    queue(store)
    event = store.inbox.get(receipt.event_id)
    assert event is not None
    assert event.state == "waiting"


def test_a_call_is_an_event_in_the_inbox(store: Store) -> None:
    job, _ = store.jobs.request(wanted(), call("c1"), NOW)
    [event] = store.inbox.page()
    assert (event.kind, event.delivery, event.state) == (EventKind.ROUTINE_CALLED, "c1", "taken")
    assert taken_by(store, job) == 1


# -- looking --


def test_a_job_is_found_by_its_id_or_the_first_eight_characters(store: Store) -> None:
    job = queue(store)
    assert store.jobs.get(job.id) == store.jobs.get(job.short) == job


@pytest.mark.parametrize("name", ["", "1234567", "12345678", "%" * 8, "_" * 36, "x" * 36])
def test_an_unknown_job_is_unknown(store: Store, name: str) -> None:
    queue(store)
    with pytest.raises(Unknown, match="unknown job"):
        store.jobs.get(name)


def test_pages_of_jobs_are_newest_first_and_filtered(store: Store) -> None:
    jobs = [queue(store, library=f"L{number}") for number in range(5)]
    other = queue(store, "verify")
    first = store.jobs.page(limit=2)
    assert [job.id for job in first] == [other.id, jobs[4].id]
    second = store.jobs.page(before=first[-1].num, limit=2)
    assert [job.id for job in second] == [jobs[3].id, jobs[2].id]
    assert [job.id for job in store.jobs.page(routine="verify")] == [other.id]
    assert store.jobs.page(states=[JobState.RUNNING]) == []
    assert len(store.jobs.page(states=[JobState.RUNNING, JobState.QUEUED])) == 6


def test_a_call_keeps_an_event_of_its_host_only(store: Store) -> None:
    event = NewEvent("komga", EventKind.ROUTINE_CALLED, "c1", library="L1", routine="tidy")
    store.jobs.request(wanted(), event, NOW)
    assert store.inbox.waiting() == []


def test_queued_jobs_say_that_their_host_is_down_until_it_is_not(store: Store) -> None:
    running = job_in(store, JobState.RUNNING, "two", "L2")
    waiting = queue(store, "one")
    other = store.jobs.request(
        JobRequest("x", "other", "L", Trigger.ADMIN),
        NewEvent("other", EventKind.ROUTINE_CALLED, "y", library="L"),
        NOW,
    )[0]
    for _ in range(2):
        store.jobs.explain({"komga": "no connection"})
    assert store.jobs.get(waiting.id).reason == "the host is down: no connection"
    assert store.jobs.get(waiting.id).version == waiting.version + 1
    assert store.jobs.get(running.id).reason == ""
    assert store.jobs.get(other.id).reason == ""
    store.jobs.explain({})
    assert store.jobs.get(waiting.id).reason == ""
