"""What is kept of an item from job to job."""

from __future__ import annotations

import pytest

from shelfhook.model import Finding, Job, JobState, Outcome, Result, Severity, Shelf
from shelfhook.store import Store
from shelfhook.store.entries import Batch
from shelfhook.store.findings import Wanted
from shelfhook.store.status import Beat
from tests.support.stores import NOW, job_in, refs

CRC = Finding("archive.crc", Severity.ERROR, "page 3 is damaged", "get it anew", "p3", "audit")


@pytest.fixture
def job(store: Store) -> Job:
    made = job_in(store, JobState.RUNNING)
    store.ledger.add(made.num, 0, refs("a", "b", "c"))
    return made


def record(store: Store, job: Job, *results: Result, recipe: str = "r", now: float = NOW) -> None:
    store.ledger.record(Batch(job.num, job.host, results, now, job.routine, recipe)).wait()


def failed(seen: str = "f") -> Result:
    return Result(0, "a", Outcome.FAILED, "too long", seen=seen, name="a.cbz")


def test_an_item_that_was_done_is_known_by_its_fingerprint(store: Store, job: Job) -> None:
    assert not store.states.any("tidy", "komga")
    record(store, job, Result(0, "a", Outcome.CHANGED, seen="f1"), Result(1, "b", Outcome.SKIPPED))
    assert store.states.any("tidy", "komga")
    known = store.states.of("tidy", "komga", ["a", "b", "nobody"])
    assert {name: (one.fingerprint, one.recipe) for name, one in known.items()} == {
        "a": ("f1", "r")
    }
    assert store.states.of("other", "komga", ["a"]) == {}


def test_failures_in_a_row_are_counted_until_a_success(store: Store, job: Job) -> None:
    for count in (1, 2, 3):
        record(store, job, failed())
        assert store.states.of("tidy", "komga", ["a"])["a"].failures == count
    (one,) = store.states.failing(3)
    assert (one.name, one.reason, one.failures) == ("a.cbz", "too long", 3)
    record(store, job, Result(0, "a", Outcome.UNCHANGED, seen="f"))
    assert store.states.failing(1) == []


def test_failures_of_an_item_that_has_changed_begin_anew(store: Store, job: Job) -> None:
    record(store, job, failed("f"))
    record(store, job, failed("g"))
    assert store.states.of("tidy", "komga", ["a"])["a"].failures == 1


def test_a_job_without_a_routine_leaves_nothing_behind(store: Store, job: Job) -> None:
    results = [Result(0, "a", Outcome.CHANGED, seen="f1")]
    store.ledger.record(Batch(job.num, job.host, results, NOW)).wait()
    assert not store.states.any("tidy", "komga")


def test_a_released_item_is_forgotten(store: Store, job: Job) -> None:
    record(store, job, failed())
    assert store.states.release("komga", "a", "other") == 0
    assert store.states.release("komga", "a") == 1
    assert store.states.of("tidy", "komga", ["a"]) == {}


def test_failing_items_are_paged(store: Store, job: Job) -> None:
    record(store, job, failed(), failed()._replace(seq=1, item_id="b"))
    (first,) = store.states.failing(1, limit=1)
    place = (first.host, first.routine, first.item_id)
    assert [one.item_id for one in store.states.failing(1, after=place)] == ["b"]


def test_what_is_known_outlives_the_jobs_by_a_year(store: Store, job: Job) -> None:
    record(store, job, failed(), now=NOW)
    store.jobs.move(job.num, JobState.COMPLETED, NOW)
    store.clean(NOW + 100)
    assert store.states.any("tidy", "komga")
    store.clean(NOW + 366 * 86_400)
    assert not store.states.any("tidy", "komga")


# -- findings --


def test_findings_come_back_as_they_were_found(store: Store, job: Job) -> None:
    shelf = Shelf("Saga", "0LIB")
    record(store, job, Result(1, "b", Outcome.UNCHANGED, findings=(CRC,), shelf=shelf))
    (found,) = store.findings.page(Wanted(job=job.num), 10)
    assert (found.finding, found.item_id, found.name) == (CRC, "b", "b.cbz")
    assert (found.job, found.host) == (job.id, "komga")
    (row,) = store.findings.rows(Wanted())
    assert (row.code, row.item, row.severity) == ("archive.crc", "b.cbz", Severity.ERROR)
    assert (row.series, row.library) == ("Saga", "0LIB")


def test_a_report_calls_libraries_by_their_names_where_they_are_known(
    store: Store, job: Job
) -> None:
    for seq, item, library in ((0, "a", "0LIB"), (1, "b", "0NEW"), (2, "c", "")):
        shelf = Shelf(library=library)
        record(store, job, Result(seq, item, Outcome.UNCHANGED, findings=(CRC,), shelf=shelf))
    theirs = {"libraries": [{"id": "0LIB", "name": "Comics"}]}
    others = {"libraries": [{"id": "0NEW", "name": "of another host"}]}
    store.status.beat([Beat("host:komga", NOW, 60, True, theirs)])
    store.status.beat([Beat("host:other", NOW, 60, True, others), Beat("loop:x", NOW, 1, True, {})])
    assert [row.library for row in store.findings.rows(Wanted())] == ["Comics", "0NEW", job.library]


def test_findings_are_counted_and_chosen(store: Store, job: Job) -> None:
    other = Finding("metadata.title", Severity.INFO, "odd", "look")
    record(store, job, Result(0, "a", Outcome.UNCHANGED, findings=(CRC, other, other)))
    assert store.findings.counts(Wanted()) == {
        (Severity.ERROR, "archive.crc"): 1,
        (Severity.INFO, "metadata.title"): 2,
    }
    assert len(store.findings.page(Wanted(severity="info"), 10)) == 2
    assert len(store.findings.page(Wanted(code="archive."), 10)) == 1
    assert store.findings.page(Wanted(code="arch_ve"), 10) == []
    assert store.findings.page(Wanted(item_id="b"), 10) == []


def test_all_findings_come_in_the_order_of_the_items(
    store: Store, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelfhook.store.findings.PAGE", 2)
    record(store, job, Result(2, "c", Outcome.UNCHANGED, findings=(CRC, CRC, CRC)))
    record(store, job, Result(0, "a", Outcome.UNCHANGED, findings=(CRC, CRC)))
    assert [one.item_id for one in store.findings.all(Wanted())] == ["a", "a", "c", "c", "c"]


def test_without_a_job_only_what_an_items_last_look_found_is_shown(store: Store, job: Job) -> None:
    record(store, job, Result(0, "a", Outcome.UNCHANGED, seen="f", findings=(CRC,)))
    record(store, job, Result(1, "b", Outcome.UNCHANGED, seen="f", findings=(CRC,)))
    store.jobs.move(job.num, JobState.COMPLETED, NOW)
    later = job_in(store, JobState.RUNNING)
    store.ledger.add(later.num, 0, refs("a", "b"))
    record(store, later, Result(0, "a", Outcome.UNCHANGED, seen="g"))
    record(store, later, Result(1, "b", Outcome.UNCHANGED))  # not looked at: it stayed the same
    assert [one.item_id for one in store.findings.page(Wanted(), 10)] == ["b"]
    assert len(store.findings.page(Wanted(job=job.num), 10)) == 2


def test_what_was_found_is_kept_until_the_item_is_looked_at_again(store: Store, job: Job) -> None:
    record(store, job, Result(0, "a", Outcome.UNCHANGED, seen="f", findings=(CRC,)))
    record(store, job, Result(1, "b", Outcome.UNCHANGED, seen="f"))
    store.jobs.move(job.num, JobState.COMPLETED, NOW)
    assert store.clean(NOW + 100) == 0
    assert [row.item.id for row in store.ledger.items(job.num)] == ["a"]
    assert [one.item_id for one in store.findings.page(Wanted(), 10)] == ["a"]

    later = job_in(store, JobState.RUNNING)
    store.ledger.add(later.num, 0, refs("a"))
    record(store, later, Result(0, "a", Outcome.UNCHANGED, seen="g"), now=NOW + 200)
    assert store.clean(NOW + 100) == 1
    assert store.findings.page(Wanted(job=job.num), 10) == []


def test_a_job_that_never_ran_keeps_no_backups(store: Store) -> None:
    assert store.jobs.first_start() is None
    job = job_in(store, JobState.RUNNING)
    assert store.jobs.first_start() == job.started_at


def test_what_was_found_at_an_item_that_is_released_or_forgotten_holds_no_longer(
    store: Store,
) -> None:
    job = job_in(store, JobState.RUNNING)
    store.ledger.add(job.num, 0, refs("a", "b"))
    for seq, name in enumerate(("a", "b")):
        record(store, job, Result(seq, name, Outcome.UNCHANGED, seen="f", findings=(CRC,)))
    assert len(store.findings.page(Wanted(), 10)) == 2
    assert store.states.release("komga", "a") == 1
    assert [one.item_id for one in store.findings.page(Wanted(), 10)] == ["b"]
    store.clean(NOW + 366 * 86_400)
    assert store.findings.page(Wanted(), 10) == []
    assert len(store.findings.page(Wanted(job=job.num), 10)) == 2
