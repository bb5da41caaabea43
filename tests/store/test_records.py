"""What is written to be looked at: samples, the jobs' logs, refusals, repeats, holds."""

from __future__ import annotations

import pytest

from shelfhook.model import JobLine, JobState, Outcome, Wish
from shelfhook.store import Store, job_log, rejections
from shelfhook.store.holds import HOLDS
from shelfhook.store.rejections import Refused
from shelfhook.store.samples import NewSample, Sample
from shelfhook.store.status import Beat
from tests.support.stores import NOW, batch, count, job_in, queue, refs, scan, together, wanted

# -- samples --


def test_a_sample_is_what_the_jobs_row_says_at_that_moment(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    store.jobs.mark(job.num, limit=3)
    store.samples.take([NewSample(job.num, NOW)])
    store.ledger.add(job.num, 0, refs("a", "b", "c"))
    store.ledger.record(batch(job, (0, Outcome.CHANGED), (1, Outcome.FAILED))).wait()
    store.samples.take([NewSample(job.num, NOW + 2.5)])
    assert store.samples.of(job.num) == [Sample(NOW, 0, 0, 3), Sample(NOW + 2.5, 2, 1, 3)]
    assert store.samples.times(job.num) == [NOW, NOW + 2.5]


def test_samples_that_make_room_go_in_the_same_commit(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    times = [NOW + 0.1 * step for step in range(5)]
    store.samples.take([NewSample(job.num, at) for at in times])
    store.samples.take([NewSample(job.num, NOW + 9, (times[1], times[3]))])
    assert store.samples.times(job.num) == [times[0], times[2], times[4], NOW + 9]


def test_a_job_that_is_gone_and_a_moment_that_is_there_are_left_out(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    store.samples.take([NewSample(4711, NOW), NewSample(job.num, NOW), NewSample(job.num, NOW)])
    assert count(store, "samples") == 1
    store.samples.take([])


# -- a job's log --


def line(num: int, step: int = 0, kind: str = "failed") -> JobLine:
    return JobLine(num, NOW + step, kind, f"line {step}", "warning")


def test_the_lines_of_a_job_come_in_order_and_by_pages(store: Store, other: Store) -> None:
    one, two = queue(store, library="L1"), queue(store, library="L2")
    store.job_log.write([line(n, step) for step in range(3) for n in (one.num, two.num)])
    first = other.job_log.page(one.num, limit=2)
    assert [(e.message, e.level, e.at, e.count) for e in first] == [
        ("line 0", "warning", NOW, 1),
        ("line 1", "warning", NOW + 1, 1),
    ]
    [last] = other.job_log.page(one.num, after=first[-1].id)
    assert last.message == "line 2"


def test_a_full_log_counts_the_rest_and_still_tells_the_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_log, "MOST", 3)
    job = queue(store)
    store.job_log.write([line(job.num, step) for step in range(5)])
    store.job_log.write([line(job.num, 5), line(job.num, 6), line(job.num, 7, "ended")])
    told = store.job_log.page(job.num)
    assert [(one.kind, one.count) for one in told] == [
        ("failed", 1),
        ("failed", 1),
        ("failed", 1),
        ("more", 4),
        ("ended", 1),
    ]


def test_lines_of_a_job_that_is_gone_are_left_out(store: Store) -> None:
    job = queue(store)
    store.job_log.write([line(4711), line(job.num), line(4712)])
    assert count(store, "job_log") == 1
    store.job_log.write([])


def test_what_no_database_holds_is_written_all_the_same(store: Store) -> None:
    job = queue(store)
    store.job_log.write([JobLine(job.num, NOW, "failed", "nul \0 and half \ud800")])
    assert store.job_log.page(job.num)[0].message == "nul \ufffd and half \ufffd"


def test_a_wish_and_who_had_it_stand_in_the_log(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    store.jobs.wish(job.id, Wish.PAUSE, NOW, "ada")
    store.jobs.wish(job.id, Wish.CANCEL, NOW)
    messages = [one.message for one in store.job_log.page(job.num)]
    assert messages == ["pause asked for by ada", "cancel asked for"]


def test_many_threads_in_two_processes_write_one_log(store: Store, other: Store) -> None:
    job = queue(store)
    stores = (store, other)
    together(6, lambda n: stores[n % 2].job_log.write([line(job.num, n)]))
    assert sorted(one.message for one in store.job_log.page(job.num)) == [
        f"line {step}" for step in range(6)
    ]


# -- who asked --


def test_a_job_knows_who_asked_for_it(store: Store) -> None:
    from dataclasses import replace

    from tests.support.stores import call

    job, _ = store.jobs.request(replace(wanted(), requested_by="ada"), call("x"), NOW)
    assert store.jobs.get(job.id).requested_by == "ada"
    assert queue(store, library="L9").requested_by == ""


# -- refusals --


def refused(at: float = NOW, host: str = "komga", reason: str = "token", times: int = 1) -> Refused:
    return Refused(at, host, 401, reason, "10.0.0.9", "curl/8", times)


def test_alike_refusals_of_one_minute_are_one_row(store: Store) -> None:
    start = NOW - NOW % 60
    store.rejections.note_soon([refused(start), refused(start + 5, times=4)]).wait()
    store.rejections.note_soon([refused(start + 59), refused(start + 60)]).wait()
    store.rejections.note_soon([refused(start + 61, reason="body")]).wait()
    told = [(one.reason, one.count, one.at, one.last_at) for one in store.rejections.page()]
    assert told == [
        ("body", 1, start + 61, start + 61),
        ("token", 1, start + 60, start + 60),
        ("token", 6, start, start + 59),
    ]


def test_only_the_last_refusals_are_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejections, "MOST", 3)
    for step in range(7):
        store.rejections.note_soon([refused(NOW + 60 * step, f"h{step}")]).wait()
    first = store.rejections.page(limit=2)
    rest = store.rejections.page(before=first[-1].id)
    assert [one.host for one in (*first, *rest)] == ["h6", "h5", "h4"]


# -- repeats, and which job took an event --


def test_a_delivery_that_comes_again_is_counted(store: Store) -> None:
    store.inbox.accept([scan("d1"), scan("d2")], NOW)
    for step in (5, 9):
        store.inbox.accept([scan("d1")], NOW + step)
    told = {one.delivery: (one.repeats, one.repeated_at) for one in store.inbox.page()}
    assert told == {"d1": (2, NOW + 9), "d2": (0, None)}
    assert [one.delivery for one in store.inbox.page(repeated=True)] == ["d1"]


def test_the_jobs_that_took_events_are_told_for_a_whole_page(store: Store) -> None:
    store.inbox.accept([scan("d1"), scan("d2", "L2"), scan("d3", "L3")], NOW)
    ids = store.jobs.take_events("komga", "L1", [wanted("tidy"), wanted("audit")], NOW)
    store.jobs.take_events("komga", "L3", [], NOW)
    page = {one.delivery: one for one in store.inbox.page()}
    taken = store.inbox.jobs_of([one.seq for one in page.values()])
    assert [(by.job, by.routine) for by in taken[page["d1"].seq]] == list(
        zip(ids, ("tidy", "audit"), strict=True)
    )
    assert set(taken) == {page["d1"].seq}
    assert [one.delivery for one in store.inbox.page(state="dropped")] == ["d3"]
    assert [one.delivery for one in store.inbox.page(state="waiting")] == ["d2"]
    assert store.inbox.jobs_of([]) == {}


# -- holds --


def test_holds_tell_when_they_become_due_and_why_they_wait(store: Store) -> None:
    store.inbox.accept([scan("d1"), scan("d2")], NOW)
    store.inbox.accept([scan("d3")], NOW + 7)
    store.inbox.accept([scan("e1", "L2")], NOW + 1)
    detail = {"quiet": 30, "most": 300, "grace": 60, "reasons": {"komga": {"L2": "a scan goes on"}}}
    store.status.beat([Beat(HOLDS, NOW, 1.0, True, detail)])
    one, two = store.inbox.holds()
    assert (one.library, one.count, one.first_at, one.last_at) == ("L1", 3, NOW, NOW + 7)
    assert (one.due_at, one.latest_at, one.reason) == (NOW + 37, NOW + 300, "")
    assert (two.library, two.due_at, two.reason) == ("L2", NOW + 31, "a scan goes on")
    assert two.latest_at == NOW + 361


def test_without_an_engine_nobody_knows_when_holds_end(store: Store) -> None:
    store.inbox.accept([scan("d1")], NOW)
    [one] = store.inbox.holds()
    assert (one.count, one.due_at, one.latest_at, one.reason) == (1, None, None, "")


# -- clean-up --


def test_records_go_with_their_job_and_by_their_age(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    store.samples.take([NewSample(job.num, NOW)])
    store.job_log.write([line(job.num)])
    store.rejections.note_soon([refused(NOW), refused(NOW + 500, "later")]).wait()
    store.jobs.move(job.num, JobState.COMPLETED, NOW)
    assert store.clean(NOW + 100) == 1
    assert [count(store, one) for one in ("samples", "job_log", "rejections")] == [0, 0, 1]
