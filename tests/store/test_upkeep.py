"""Clean-up, the fire log and the signs of life."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shelfhook.errors import Unknown
from shelfhook.model import (
    Change,
    ChangeKind,
    ChangeState,
    FireResult,
    JobState,
    Outcome,
    Trigger,
    Wish,
)
from shelfhook.store import Store, retention
from shelfhook.store.schedules import Due
from shelfhook.store.status import Beat
from tests.support.stores import (
    NOW,
    batch,
    call,
    count,
    job_in,
    queue,
    refs,
    scan,
    together,
    wanted,
)

OLD = NOW - 1_000_000


# -- retention --


def finished(store: Store, at: float, library: str = "L1", items: int = 3) -> str:
    """A job with everything that can hang on one, ended at a time."""
    store.inbox.accept([scan(f"scan-{library}-{at}", library)], at)
    [job_id] = store.jobs.take_events("komga", library, [wanted(library=library)], at)
    job = store.jobs.claim(at)
    assert job is not None
    store.ledger.add(job.num, 0, refs(*(f"i{seq}" for seq in range(items))))
    for seq in range(items):
        change = Change(ChangeKind.FIELDS, "book", f"i{seq}", {"title": ""}, {"title": "x"})
        store.ledger.intend(job.num, seq, [change], ChangeState.INTENDED)
    ends = [(seq, Outcome.CHANGED) for seq in range(items)]
    store.ledger.record(batch(job, *ends, now=at)).wait()
    store.jobs.move(job.num, JobState.COMPLETED, at)
    return job_id


TABLES = ("jobs", "job_items", "changes", "job_events", "events")


def test_the_parent_of_a_retry_stays_until_the_retry_has_ended(store: Store) -> None:
    parent = finished(store, OLD)
    retry, _ = store.jobs.request(
        replace(wanted(), trigger=Trigger.RETRY, parent=parent), call("retry"), NOW
    )
    assert store.clean(NOW - 10) == 0
    assert store.jobs.get(parent).id == parent
    store.jobs.wish(retry.id, Wish.CANCEL, NOW)
    assert store.clean(NOW - 10) == 1


def test_an_old_job_goes_with_everything_that_hangs_on_it(store: Store) -> None:
    gone, kept = finished(store, OLD), finished(store, NOW, library="L2")
    assert store.clean(NOW - 1) == 1
    with pytest.raises(Unknown):
        store.jobs.get(gone)
    assert store.jobs.get(kept).counts.changed == 3
    assert [count(store, table) for table in TABLES] == [1, 3, 3, 1, 1]
    assert store.clean(NOW - 1) == 0


def test_clean_up_goes_slice_by_slice_to_the_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "SLICE", 2)
    for number in range(3):
        finished(store, OLD, library=f"L{number}", items=5)
    assert store.clean(NOW) == 3
    assert [count(store, table) for table in TABLES] == [0] * 5


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING, JobState.PAUSED])
def test_a_job_that_has_not_ended_is_never_cleaned_up(store: Store, state: JobState) -> None:
    job = job_in(store, state)
    assert store.clean(NOW + 1_000_000) == 0
    assert store.jobs.get(job.id).state is state
    assert count(store, "events") == 1  # its call


def test_waiting_events_are_never_cleaned_up_and_dropped_ones_are(store: Store) -> None:
    store.inbox.accept([scan("waits", "L1"), scan("dropped", "L2")], OLD)
    store.jobs.take_events("komga", "L2", [], OLD)
    store.clean(NOW)
    assert [event.delivery for event in store.inbox.page()] == ["waits"]


def test_an_event_stays_as_long_as_one_of_its_jobs(store: Store) -> None:
    store.inbox.accept([scan("d1")], OLD)
    both = [wanted("tidy"), wanted("verify")]
    first, second = store.jobs.take_events("komga", "L1", both, OLD)
    claimed = store.jobs.claim(OLD)
    assert claimed is not None
    assert claimed.id == first
    store.jobs.move(claimed.num, JobState.COMPLETED, OLD)
    assert store.clean(NOW) == 1
    assert count(store, "events") == 1
    assert store.jobs.get(second).state is JobState.QUEUED


def test_fingerprints_outlive_the_job(store: Store) -> None:
    """They protect against echoes for as long as the item looks as we left it."""
    job = job_in(store, JobState.RUNNING)
    store.ledger.add(job.num, 0, refs("a"))
    result = batch(job, (0, Outcome.CHANGED), now=OLD)
    marked = [one._replace(item_id="a", fingerprint="aaa") for one in result.results]
    store.ledger.record(type(result)(job.num, "komga", marked, OLD)).wait()
    store.jobs.move(job.num, JobState.COMPLETED, OLD)
    assert store.clean(NOW) == 1
    assert store.ledger.fingerprint("komga", "a") == "aaa"


def test_each_schedule_keeps_its_last_due_time(store: Store) -> None:
    for name in ("nightly", "weekly"):
        store.schedules.know(name, "0 3 * * *", "", OLD - 9_000)
        for moment in (OLD - 3_000, OLD - 2_000, OLD - 1_000):
            store.schedules.log(Due(name, moment, FireResult.MISSED, "away"), OLD)
    store.schedules.log(Due("weekly", NOW, FireResult.MISSED, "away"), NOW)
    store.clean(NOW - 1)
    assert [fire.due_at for fire in store.schedules.page("nightly")] == [OLD - 1_000]
    assert [fire.due_at for fire in store.schedules.page("weekly")] == [NOW]
    assert store.schedules.know("nightly", "0 3 * * *", "", NOW) == OLD - 1_000


# -- schedules --


def due(moment: float = NOW, name: str = "nightly", job_id: str = "j1") -> Due:
    return Due(
        name,
        moment,
        FireResult.RAN,
        "",
        wanted(name),
        call(f"schedule:{name}:{moment:.0f}", name),
        job_id,
    )


def test_a_new_schedule_counts_from_now_and_a_known_one_from_its_last_due_time(
    store: Store,
) -> None:
    assert store.schedules.know("nightly", "0 3 * * *", "", NOW) == NOW
    assert store.schedules.know("nightly", "0 3 * * *", "", NOW + 50) == NOW
    store.schedules.log(Due("nightly", NOW + 60, FireResult.SKIPPED, "why"), NOW + 61)
    assert store.schedules.know("nightly", "0 3 * * *", "", NOW + 90) == NOW + 60


@pytest.mark.parametrize(
    ("cron", "timezone"), [("0 4 * * *", "UTC"), ("0 3 * * *", "Europe/Berlin")]
)
def test_a_changed_schedule_counts_from_now(store: Store, cron: str, timezone: str) -> None:
    store.schedules.know("nightly", "0 3 * * *", "UTC", NOW)
    store.schedules.log(Due("nightly", NOW + 60, FireResult.SKIPPED, "why"), NOW + 61)
    assert store.schedules.know("nightly", cron, timezone, NOW + 90) == NOW + 90


def test_a_due_time_queues_its_job_in_the_same_commit(store: Store) -> None:
    store.schedules.know("nightly", "0 3 * * *", "", NOW)
    assert store.schedules.log(due(), NOW + 2) is True
    [job] = store.jobs.page()
    assert (job.id, job.routine) == ("j1", "nightly")
    [fire] = store.schedules.page("nightly")
    assert (fire.due_at, fire.logged_at, fire.result) == (NOW, NOW + 2, FireResult.RAN)


def test_racing_threads_in_two_processes_log_a_due_time_once(store: Store, other: Store) -> None:
    store.schedules.know("nightly", "0 3 * * *", "", NOW)
    stores = (store, other)
    first = together(8, lambda n: stores[n % 2].schedules.log(due(job_id=f"job-{n}"), NOW))
    assert first.count(True) == 1
    assert count(store, "fires") == count(store, "jobs") == 1
    assert store.jobs.page()[0].id == f"job-{first.index(True)}"


def test_a_due_time_whose_job_waits_already_is_skipped_and_says_so(store: Store) -> None:
    waiting = queue(store, "nightly")
    store.schedules.know("nightly", "0 3 * * *", "", NOW)
    assert store.schedules.log(due(), NOW) is True
    [fire] = store.schedules.page("nightly")
    assert (fire.result, fire.reason) == (FireResult.SKIPPED, "its job was already waiting")
    assert [job.id for job in store.jobs.page()] == [waiting.id]


def test_a_due_time_beside_a_running_job_runs(store: Store) -> None:
    job_in(store, JobState.RUNNING, "nightly")
    store.schedules.know("nightly", "0 3 * * *", "", NOW)
    store.schedules.log(due(), NOW)
    assert store.schedules.page("nightly")[0].result is FireResult.RAN
    assert store.jobs.count(JobState.QUEUED) == 1


def test_the_fire_log_is_newest_first_and_by_name(store: Store) -> None:
    for name in ("a", "b"):
        store.schedules.know(name, "0 3 * * *", "", NOW)
        for step in range(3):
            store.schedules.log(Due(name, NOW + step, FireResult.MISSED, "why"), NOW)
    assert [fire.due_at for fire in store.schedules.page("a", limit=2)] == [NOW + 2, NOW + 1]
    assert len(store.schedules.page()) == 6


# -- signs of life --


def test_the_last_sign_of_life_of_each_is_read_by_another_process(
    store: Store, other: Store
) -> None:
    store.status.beat([Beat("loop:a", NOW, 0.2, True, {}), Beat("host:k", NOW, 15, True, {"x": 1})])
    store.status.beat([Beat("loop:a", NOW + 1, 0.2, False, {"error": "ValueError: ☃"})])
    assert other.status.beats() == [
        Beat("host:k", NOW, 15, True, {"x": 1}),
        Beat("loop:a", NOW + 1, 0.2, False, {"error": "ValueError: ☃"}),
    ]
    store.status.forget(["loop:a", "unknown"])
    assert [beat.name for beat in other.status.beats()] == ["host:k"]
    store.status.forget([])


def test_many_threads_may_beat_at_once(store: Store) -> None:
    def work(thread: int) -> None:
        for step in range(10):
            store.status.beat([Beat("same", NOW + step, 1, True, {"by": thread})])

    together(8, work)
    [beat] = store.status.beats()
    assert beat.beat_at == NOW + 9


def test_a_store_that_is_well_answers_a_ping(store: Store) -> None:
    store.status.ping()


def test_who_holds_the_lease_is_noted(store: Store, other: Store) -> None:
    store.note_lease(NOW)
    other.note_lease(NOW + 1)
    assert count(store, "lease") == 1
