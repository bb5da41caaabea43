"""Which job runs, when, with whom; and what becomes of those that cannot."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from shelfhook.errors import Conflict, StoreUnavailable
from shelfhook.model import PAUSED_BY_WISH, Job, JobState, Outcome, Wish
from shelfhook.runner import Runner
from tests.support.engines import ACTIONS, Shelf, shelf
from tests.support.hosts import FakeAction, FakeHost
from tests.support.waiting import Background, wait_until

IDLE: Mapping[str, Any] = {"actions": [{"name": "nothing"}]}


def wish(desk: Shelf, job: Job, what: Wish) -> None:
    desk.store.jobs.wish(job.id, what, desk.clock.now())


def granted(desk: Shelf, job: Job) -> None:
    wait_until(lambda: desk.job(job).wish is None or desk.job(job).state.final)


# -- the seed's scenarios --


@pytest.mark.parametrize("items", [3, 4, 20, 50])
def test_a_job_of_few_or_many_items_with_four_workers_ends(tmp_path: Path, items: int) -> None:
    host = FakeHost(items)
    with shelf(tmp_path, host) as desk:
        job = desk.wait(desk.call())
        assert (job.state, job.total, job.counts.changed) == (JobState.COMPLETED, items, items)
    assert len(host.written) == items


def test_several_jobs_at_once_all_end(tmp_path: Path) -> None:
    host = FakeHost({f"lib{n}": [f"b{n}-{i}" for i in range(20)] for n in range(6)})
    with shelf(tmp_path, host, concurrent_jobs=3) as desk:
        jobs = [desk.call(library=f"lib{n}") for n in range(6)]
        for job in jobs:
            assert desk.wait(job).counts.changed == 20
    assert len(host.written) == 120
    assert host.most_at_once == 1


def test_one_orchestrator_one_worker_one_item(tmp_path: Path) -> None:
    with shelf(
        tmp_path, FakeHost(1), routines={"sweep": {"workers": 1}}, concurrent_jobs=1
    ) as desk:
        assert desk.wait(desk.call()).counts.changed == 1


# -- which job, and how many --


def test_two_jobs_overlap_in_time_when_two_may_run(tmp_path: Path) -> None:
    host = FakeHost({"a": ["a1"], "b": ["b1"]})
    host.reads.shut()
    with shelf(tmp_path, host, concurrent_jobs=2) as desk:
        jobs = [desk.call(library="a"), desk.call(library="b")]
        host.reads.wait_for(2)  # both are at an item, and neither has ended
        assert [desk.job(job).state for job in jobs] == [JobState.RUNNING] * 2
        host.reads.open()
        for job in jobs:
            desk.wait(job)


def test_a_job_that_waits_for_an_orchestrator_says_queued(tmp_path: Path) -> None:
    host = FakeHost({"a": ["a1"], "b": ["b1"]})
    host.reads.shut()
    with shelf(tmp_path, host, concurrent_jobs=1) as desk:
        first, second = desk.call(library="a"), desk.call(library="b")
        host.reads.wait_for(1)
        assert desk.job(first).state is JobState.RUNNING
        waiting = desk.job(second)
        assert (waiting.state, waiting.started_at) == (JobState.QUEUED, None)
        host.reads.open()
        first, second = desk.wait(first), desk.wait(second)
        assert second.started_at is not None
        assert first.finished_at is not None
        assert second.started_at >= first.finished_at


def test_a_job_that_waits_more_than_a_second_for_an_orchestrator_still_runs(tmp_path: Path) -> None:
    """APScheduler would drop it without a word after a second, if it were not told otherwise."""
    host = FakeHost({"a": ["a1"], "b": ["b1"]})
    with shelf(tmp_path, host, started=False, concurrent_jobs=1) as desk:
        threads, held = 1 + 32, threading.Event()
        busy = threading.Barrier(threads + 1)

        def hold() -> None:
            busy.wait(20)
            held.wait(20)

        desk.start()
        for _ in range(threads):
            desk.engine._scheduler.orchestrate(hold)
        busy.wait(20)  # every thread of the executor is taken now
        job = desk.call(library="a")
        assert not threading.Event().wait(1.3)  # what must pass by itself: the scheduler's grace
        assert desk.job(job).state is JobState.QUEUED
        held.set()
        assert desk.wait(job).state is JobState.COMPLETED


def test_only_one_job_of_a_routine_and_library_runs_at_a_time(tmp_path: Path) -> None:
    host = FakeHost(10)
    host.reads.shut()
    with shelf(tmp_path, host, concurrent_jobs=4) as desk:
        first = desk.call()
        host.reads.wait_for(4)
        second = desk.call()
        third = desk.call()
        assert second.id == third.id != first.id  # one waits, and takes the other call in
        wait_until(lambda: desk.store.jobs.claimable() == 0)
        assert desk.job(second).state is JobState.QUEUED
        host.reads.open()
        first, second = desk.wait(first), desk.wait(second)
        assert first.finished_at is not None
        assert second.started_at is not None
        assert second.started_at >= first.finished_at
        assert second.counts.unchanged == 10


def test_the_best_job_runs_first_by_priority_and_then_by_age(tmp_path: Path) -> None:
    host = FakeHost({name: [f"{name}1"] for name in "abcde"})
    host.reads.shut()
    order: list[str] = []
    with shelf(tmp_path, host, concurrent_jobs=1) as desk:
        host.on_read = order.append
        jobs = [desk.call(library="a")]
        host.reads.wait_for(1)
        for library, priority in (("b", 0), ("c", 20), ("d", -5), ("e", 20)):
            jobs.append(desk.call(library=library, priority=priority))
        host.reads.open()
        for job in jobs:
            desk.wait(job)
    assert order == ["a1", "c1", "e1", "b1", "d1"]


def test_a_job_of_higher_priority_gets_more_of_the_hosts_budget(tmp_path: Path) -> None:
    host = FakeHost({"a": [f"a{i}" for i in range(20)], "b": [f"b{i}" for i in range(20)]})
    host.reads.shut()
    routines = {"low": {"workers": 6}, "high": {"workers": 6, "priority": 10}}
    with shelf(tmp_path, host, routines=routines, budget=6) as desk:
        low = desk.call("low", library="a")
        host.reads.wait_for(6)
        high = desk.call("high", library="b")
        host.reads.wait_for(10)  # six of the first that had begun, and the second's share
        wait_until(lambda: (desk.job(low).limit, desk.job(high).limit) == (2, 4))
        host.reads.open()
        desk.wait(low)
        desk.wait(high)


# -- wishes --


def test_a_cancel_leaves_at_most_the_items_at_work_and_a_final_state(tmp_path: Path) -> None:
    host = FakeHost(40)
    host.reads.shut()
    with shelf(tmp_path, host) as desk:
        job = desk.call()
        host.reads.wait_for(4)
        wish(desk, job, Wish.CANCEL)
        (runner,) = desk.engine.dispatcher.running()
        wait_until(runner._cancelled.is_set)
        host.reads.open()
        ended = desk.wait(job)
        assert (ended.state, ended.wish) == (JobState.CANCELLED, None)
        assert len(host.written) <= 4
        assert ended.counts.processed == ended.total
        with pytest.raises(Conflict):
            wish(desk, job, Wish.RESUME)


def test_a_queued_job_is_cancelled_without_ever_running(tmp_path: Path) -> None:
    host = FakeHost({"a": ["a1"], "b": ["b1"]})
    host.reads.shut()
    with shelf(tmp_path, host, concurrent_jobs=1) as desk:
        first, second = desk.call(library="a"), desk.call(library="b")
        host.reads.wait_for(1)
        wish(desk, second, Wish.CANCEL)
        assert desk.job(second).state is JobState.CANCELLED
        host.reads.open()
        desk.wait(first)
    assert [book for book, _ in host.written] == ["a1"]


@pytest.mark.parametrize("how", ["killed", "drained"])
def test_a_cancel_that_was_heard_holds_over_a_crash(tmp_path: Path, how: str) -> None:
    """The engine dies after it has heard the wish and before the job has ended."""
    host = FakeHost(40)
    host.reads.shut()
    with shelf(tmp_path, host) as desk:
        job = desk.call()
        host.reads.wait_for(4)
        wish(desk, job, Wish.CANCEL)
        (runner,) = desk.engine.dispatcher.running()
        wait_until(runner._cancelled.is_set)
        assert desk.job(job).wish is Wish.CANCEL
        if how == "killed":
            desk.store.jobs.requeue_running("a crash")
            assert desk.job(job).wish is Wish.CANCEL
            desk.store.jobs.claim(desk.clock.now())
        host.reads.open()
        assert desk.wait(job).state is JobState.CANCELLED


def test_a_pause_is_struck_out_when_the_job_rests_and_a_resume_goes_on(tmp_path: Path) -> None:
    host = FakeHost(40)
    host.reads.shut()
    with shelf(tmp_path, host) as desk:
        job = desk.call()
        host.reads.wait_for(4)
        wish(desk, job, Wish.PAUSE)
        desk.wait(job, JobState.PAUSED)
        granted(desk, job)
        host.reads.open()
        wait_until(lambda: desk.job(job).counts.processed == 4)
        wait_until(lambda: desk.job(job).limit == 0)
        assert len(host.written) == 4
        wish(desk, job, Wish.RESUME)
        assert desk.wait(job).counts.changed == 40


def test_a_queued_job_with_a_wish_to_pause_rests_as_soon_as_it_is_claimed(tmp_path: Path) -> None:
    host = FakeHost(10)
    with shelf(tmp_path, host, started=False) as desk:
        job = desk.call()
        wish(desk, job, Wish.PAUSE)
        desk.start()
        desk.wait(job, JobState.PAUSED)
        assert sum(host.read.values()) == 0
        wish(desk, job, Wish.RESUME)
        assert desk.wait(job).counts.changed == 10


def test_a_paused_job_gives_its_seat_to_another_and_gets_one_again(tmp_path: Path) -> None:
    host = FakeHost({"a": [f"a{i}" for i in range(8)], "b": ["b1"], "c": ["c1"]})
    host.reads.shut()
    with shelf(tmp_path, host, concurrent_jobs=1) as desk:
        first = desk.call(library="a")
        host.reads.wait_for(4)
        second = desk.call(library="b")
        wish(desk, first, Wish.PAUSE)
        desk.wait(first, JobState.PAUSED)
        host.reads.wait_for(5)  # with the second job's item
        assert desk.job(second).state is JobState.RUNNING
        wish(desk, first, Wish.RESUME)
        assert desk.job(first).state is JobState.PAUSED  # no seat is free
        assert desk.job(first).wish is Wish.RESUME  # nor is it granted: a crash must not forget it
        host.reads.open()
        desk.wait(second)
        assert desk.wait(first).counts.changed == 8


def test_a_wish_is_granted_while_an_echo_is_looked_at_on_a_host_that_hangs(tmp_path: Path) -> None:
    """One hung call must not block everything."""
    from shelfhook.model import EventKind, NewEvent

    host = FakeHost(40)
    with shelf(tmp_path, host) as desk:
        desk.wait(desk.call())
        for book in host.books:
            host.books[book]["title"] = "changed by somebody"
        host.reads.shut()
        job = desk.call()
        host.reads.wait_for(4)
        echo = NewEvent("fake", EventKind.ITEM_CHANGED, "d1", 0, "lib", "b39")
        desk.store.inbox.accept([echo], desk.clock.now())
        host.reads.wait_for(5)  # the coalescer's look hangs
        wish(desk, job, Wish.CANCEL)
        (runner,) = desk.engine.dispatcher.running()
        wait_until(runner._cancelled.is_set, limit=5)
        host.reads.open()
        desk.wait(job)


# -- stop, start, crash --


def test_a_drain_ends_what_runs_and_the_next_start_goes_on(tmp_path: Path) -> None:
    host = FakeHost(40)
    host.writes.shut()
    with shelf(tmp_path, host) as desk:
        job = desk.call()
        host.writes.wait_for(4)
        stopping = Background(desk.engine.stop)
        wait_until(lambda: desk.engine.dispatcher._draining)
        host.writes.open()
        assert stopping.result()
        waiting = desk.job(job)
        assert (waiting.state, waiting.counts.changed) == (JobState.QUEUED, 4)
        assert not [t for t in threading.enumerate() if t.name.startswith(("job-", "housekeep"))]
        desk.restart()
        ended = desk.wait(job)
        assert (ended.state, ended.counts.changed, ended.total) == (JobState.COMPLETED, 40, 40)
    assert len(host.written) == 40


def test_a_drain_does_not_wait_for_a_host_that_hangs_in_a_check(tmp_path: Path) -> None:
    host = FakeHost(1)
    host.checks.shut()
    with shelf(tmp_path, host) as desk:
        host.checks.wait_for(1)  # the first look at the start
        assert Background(desk.engine.stop).result(5)


def test_items_that_outlast_the_drain_are_told(tmp_path: Path) -> None:
    host = FakeHost(10)
    host.writes.shut()
    with shelf(tmp_path, host, drain_seconds=0.2) as desk:
        job = desk.call()
        host.writes.wait_for(4)
        assert desk.engine.stop() is False
        host.writes.open()
        desk.wait(job, JobState.QUEUED)


def test_jobs_that_ran_when_the_engine_died_go_on_after_the_next_start(tmp_path: Path) -> None:
    host = FakeHost(10)
    with shelf(tmp_path, host, started=False) as desk:
        job = desk.call()
        desk.store.jobs.claim(desk.clock.now())  # ... and there it died
        assert desk.job(job).state is JobState.RUNNING
        desk.start()
        assert desk.wait(job).counts.changed == 10


@pytest.mark.parametrize("reason", [PAUSED_BY_WISH, "the host is down: no answer"])
def test_a_pause_by_a_person_survives_a_crash_and_one_by_the_host_does_not(
    tmp_path: Path, reason: str
) -> None:
    with shelf(tmp_path, FakeHost(10), started=False) as desk:
        job = desk.call()
        claimed = desk.store.jobs.claim(desk.clock.now())
        assert claimed is not None
        desk.store.jobs.move(claimed.num, JobState.PAUSED, desk.clock.now(), reason)
        desk.start()
        if reason == PAUSED_BY_WISH:
            assert desk.wait(job, JobState.PAUSED).reason == PAUSED_BY_WISH
        else:
            assert desk.wait(job).state is JobState.COMPLETED


# -- jobs that cannot run --


def test_a_routine_that_is_gone_from_the_settings_fails_its_job_and_says_so(tmp_path: Path) -> None:
    with shelf(tmp_path, FakeHost(1), started=False, routines={"sweep": {}, "old": {}}) as desk:
        job = desk.call("old")
        desk.with_routines({"sweep": {}})
        desk.restart()
        ended = desk.wait(job)
        assert (ended.state, ended.reason) == (
            JobState.FAILED,
            "unknown routine 'old'; known: sweep",
        )
        assert (ended.total, ended.counts.processed) == (0, 0)


def test_an_action_whose_command_the_host_lacks_is_refused_before_any_item(tmp_path: Path) -> None:
    host = FakeHost(5, capabilities=frozenset({"refresh"}))
    routines = {"sweep": {"actions": [{"name": "retitle"}, {"name": "analyze-it"}]}}
    with shelf(tmp_path, host, routines=routines) as desk:
        ended = desk.wait(desk.call())
        assert ended.state is JobState.FAILED
        for part in ("'analyze-it'", "analyze", "'fake'"):
            assert part in ended.reason
        assert desk.items(ended) == []
    assert sum(host.read.values()) == 0


class Breaking(FakeAction):
    """An action that cannot be made."""

    name = "breaking"

    def __init__(self, parameters: object = None) -> None:
        raise TypeError("a foreign action's own bug")


def test_an_action_that_cannot_be_made_fails_its_job_and_not_the_engine(tmp_path: Path) -> None:
    routines = {"sweep": {}, "broken": {"actions": [{"name": "breaking"}]}}
    with shelf(
        tmp_path, FakeHost(3), routines=routines, actions={**ACTIONS, "breaking": Breaking}
    ) as desk:
        broken = desk.wait(desk.call("broken"))
        assert (broken.state, broken.reason) == (
            JobState.FAILED,
            "TypeError: a foreign action's own bug",
        )
        assert desk.wait(desk.call()).counts.changed == 3


def test_an_orchestrator_that_breaks_fails_its_job_and_leaves_the_others_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    host = FakeHost({"a": [f"a{i}" for i in range(9)], "b": [f"b{i}" for i in range(9)]})
    host.reads.shut()
    step = Runner._step

    def breaking(self: Runner) -> None:
        if self.job.library == "a" and host.reads.waiting == 8:
            host.reads.open()
            raise ZeroDivisionError("a bug of ours")
        step(self)

    monkeypatch.setattr(Runner, "_step", breaking)
    with shelf(tmp_path, host) as desk:
        bad, good = desk.call(library="a"), desk.call(library="b")
        ended = desk.wait(bad)
        assert (ended.state, ended.reason) == (
            JobState.FAILED,
            "ZeroDivisionError: a bug of ours",
        )
        assert ended.total == ended.counts.processed == 9
        assert None not in desk.outcomes(ended).values()
        assert desk.wait(good).counts.changed == 9
    assert "a bug of ours" in caplog.text


# -- the database goes away --


def test_a_job_that_loses_its_database_waits_again_and_no_item_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = FakeHost(40)
    with shelf(tmp_path, host) as desk:
        away = threading.Event()
        refused = threading.Event()
        submit = desk.store.writer.submit

        def submit_or_not(operation: object, argument: object) -> object:
            if away.is_set():
                refused.set()
                raise StoreUnavailable("the database failed: disk I/O error")
            return submit(operation, argument)  # type: ignore[arg-type]

        monkeypatch.setattr(desk.store.writer, "submit", submit_or_not)
        host.reads.shut()
        job = desk.call()
        host.reads.wait_for(4)
        away.set()
        host.reads.open()
        assert refused.wait(10)
        wait_until(lambda: not desk.engine.dispatcher.running())
        assert desk.job(job).state is JobState.RUNNING  # nobody could say otherwise
        for _ in range(3):  # sweeps that fail must not forget the job
            with pytest.raises(StoreUnavailable):
                desk.engine.dispatcher._lost.requeue()
        away.clear()
        ended = desk.wait(job)
        assert (ended.state, ended.total) == (JobState.COMPLETED, 40)
        assert set(desk.outcomes(ended).values()) == {Outcome.CHANGED}
    assert sorted(book for book, _ in host.written) == sorted(host.books)


def test_a_claim_whose_answer_was_lost_is_found_and_its_job_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelfhook.dispatch.lost.SURE", 0.3)
    with shelf(tmp_path, FakeHost(5)) as desk:
        claim = desk.store.jobs.claim
        lost: list[Job] = []

        def claim_and_lose(now: float, down: Sequence[str] = ()) -> Job | None:
            job = claim(now, down)
            if job is not None and not lost:
                lost.append(job)
                raise StoreUnavailable("the database did not answer within 60 s")
            return job

        monkeypatch.setattr(desk.store.jobs, "claim", claim_and_lose)
        job = desk.call()
        assert desk.wait(job).counts.changed == 5
        assert [one.id for one in lost] == [job.id]


# -- no progress --


def test_a_job_without_progress_is_marked_with_its_stacks_in_the_log_until_it_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from tests.support.clock import FakeClock

    clock = FakeClock()
    clock.instant = False
    host = FakeHost(6)
    host.reads.shut()
    with shelf(tmp_path, host, clock=clock, stall_seconds=30.0) as desk:
        job = desk.call()
        host.reads.wait_for(4)
        wait_until(lambda: desk.job(job).total == 6)
        look = desk.engine._watchdog.look
        clock.advance(29.0)
        look(desk.engine.dispatcher.running())
        assert desk.job(job).stalled_at is None
        clock.advance(2.0)
        for _ in range(3):
            look(desk.engine.dispatcher.running())
        assert desk.job(job).stalled_at == pytest.approx(clock.now() - 31.0)
        said = [record for record in caplog.records if "made no progress" in record.message]
        assert len(said) == 1
        for part in (f"Job {job.short}", "31 s", f"Thread job-{job.short}-0", "in item"):
            assert part in said[0].message
        host.reads.let(1)
        wait_until(lambda: desk.job(job).counts.processed == 1)
        look(desk.engine.dispatcher.running())
        assert desk.job(job).stalled_at is None
        host.reads.open()
        desk.wait(job)


def test_a_paused_job_is_never_called_stalled(tmp_path: Path) -> None:
    from tests.support.clock import FakeClock

    clock = FakeClock()
    clock.instant = False
    host = FakeHost(6)
    host.reads.shut()
    with shelf(tmp_path, host, clock=clock, stall_seconds=30.0) as desk:
        job = desk.call()
        host.reads.wait_for(4)
        wish(desk, job, Wish.PAUSE)
        desk.wait(job, JobState.PAUSED)
        clock.advance(90.0)
        desk.engine._watchdog.look(desk.engine.dispatcher.running())
        assert desk.job(job).stalled_at is None
        wish(desk, job, Wish.CANCEL)
        host.reads.open()
        desk.wait(job)


def test_a_job_that_wants_its_seat_back_comes_before_new_ones(tmp_path: Path) -> None:
    host = FakeHost({"a": [f"a{i}" for i in range(8)], "b": ["b1"], "c": ["c1"]})
    host.reads.shut()
    with shelf(tmp_path, host, concurrent_jobs=1) as desk:
        first = desk.call(library="a")
        host.reads.wait_for(4)
        wish(desk, first, Wish.PAUSE)
        second = desk.call(library="b")
        host.reads.wait_for(5)
        third = desk.call(library="c")
        wish(desk, first, Wish.RESUME)
        wait_until(lambda: desk.engine.dispatcher._seats._wanting)
        host.reads.open()
        done = [desk.wait(job) for job in (first, second, third)]
        ends = [job.finished_at or 0.0 for job in done]
        started = done[2].started_at or 0.0
        assert started >= ends[0]  # the third had to wait for the first, which came back


def test_jobs_of_a_host_whose_breaker_is_open_are_left_waiting(tmp_path: Path) -> None:
    host = FakeHost(3)
    with shelf(tmp_path, host) as desk:
        host.breaker = (1e12, "no answer")
        job = desk.call()
        desk.engine.dispatcher.sweep()
        assert desk.store.jobs.claim(desk.clock.now(), ["fake"]) is None
        assert desk.job(job).state is JobState.QUEUED
        host.breaker = None
        assert desk.wait(job).counts.changed == 3
