"""One job from its first page to its final state."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import pytest

from shelfhook.errors import HostDown, Permanent, StoreUnavailable, Transient
from shelfhook.model import PAUSED_BY_WISH, ItemRef, Job, JobState, Outcome, Wish
from shelfhook.runner import Runner
from tests.support.engines import Bench
from tests.support.hosts import FakeHost, Nothing, Retitle
from tests.support.waiting import Background, wait_until


def state_of(bench: Bench, runner: Runner) -> Job:
    return bench.store.jobs.get(runner.job.id)


def in_state(bench: Bench, runner: Runner, state: JobState) -> Job:
    wait_until(lambda: state_of(bench, runner).state is state, what=f"never {state}")
    return state_of(bench, runner)


@pytest.mark.parametrize(("items", "workers"), [(0, 4), (1, 1), (3, 4), (4, 4), (50, 4), (200, 16)])
def test_n_items_in_are_n_outcomes(tmp_path: Path, items: int, workers: int) -> None:
    host = FakeHost(items)
    with Bench(tmp_path, host, Retitle(), workers=workers, page_size=40) as bench:
        job = bench.run()
        assert (job.state, job.total, job.listed) == (JobState.COMPLETED, items, items)
        assert job.counts.changed == items
        assert list(bench.outcomes(job).values()) == [Outcome.CHANGED] * items
    assert len(host.written) == items
    assert not [t.name for t in threading.enumerate() if t.name.startswith(f"job-{job.short}")]


def test_processed_is_the_count_of_outcomes_at_every_moment(tmp_path: Path) -> None:
    host = FakeHost(300)
    torn: list[tuple[int, int]] = []
    with Bench(tmp_path, host, Nothing(), page_size=20) as bench:
        runner = bench.runner()
        running = Background(runner.run)
        while not running.done:
            with bench.store._read_engine.connect() as connection:
                processed, outcomes = connection.exec_driver_sql(
                    "SELECT unchanged, (SELECT count(*) FROM job_items WHERE outcome IS NOT NULL)"
                    " FROM jobs"
                ).one()
            if processed != outcomes:
                torn.append((processed, outcomes))
        running.result()
    assert torn == []


def test_one_bad_item_never_stops_the_rest(tmp_path: Path) -> None:
    host = FakeHost(20)
    host.fail_read("b3", Permanent("cannot be read"))
    host.fail_write("b5", RuntimeError("surprise"))
    del host.books["b7"]
    with Bench(tmp_path, host, Retitle()) as bench:
        job = bench.run()
        assert job.state is JobState.COMPLETED
        outcomes = bench.outcomes(job)
    assert (outcomes.pop("b3"), outcomes.pop("b5"), outcomes.pop("b7")) == (
        Outcome.FAILED,
        Outcome.FAILED,
        Outcome.SKIPPED,
    )
    assert set(outcomes.values()) == {Outcome.CHANGED}


def test_never_more_items_at_once_than_workers_or_the_hosts_budget(tmp_path: Path) -> None:
    host = FakeHost(60)
    with Bench(tmp_path, host, Nothing(), workers=8, budget=3) as bench:
        host.reads.shut()
        running = Background(bench.runner().run)
        host.reads.wait_for(3)
        host.reads.open()
        assert running.result() is JobState.COMPLETED
    assert host.most_reads == 3


def test_overload_halves_the_limit(tmp_path: Path) -> None:
    host = FakeHost(200)
    with Bench(tmp_path, host, Nothing(), workers=8) as bench:
        host.reads.shut()
        runner = bench.runner()
        running = Background(runner.run)
        host.reads.wait_for(8)
        host.overloaded += 1
        wait_until(lambda: runner.limit_to_publish() == 4)
        host.reads.open()
        assert running.result() is JobState.COMPLETED


# -- cancel --


def test_after_a_cancel_at_most_the_items_at_work_finish(tmp_path: Path) -> None:
    host = FakeHost(40)
    with Bench(tmp_path, host, Retitle(), workers=4, page_size=10) as bench:
        host.reads.shut()
        runner = bench.runner()
        running = Background(runner.run)
        host.reads.wait_for(4)
        host.reads.let(4)
        host.reads.wait_for(4)
        runner.wish(Wish.CANCEL)
        before = sum(host.read.values())
        host.reads.open()
        assert running.result() is JobState.CANCELLED
        assert sum(host.read.values()) - before <= 4
        job = state_of(bench, runner)
        outcomes = bench.outcomes(job)
        assert job.counts.processed == job.total == len(outcomes)
        assert job.counts.changed == len(host.written) <= 8
        assert set(outcomes.values()) == {Outcome.CHANGED, Outcome.CANCELLED}


def test_a_cancelled_state_never_changes(tmp_path: Path) -> None:
    host = FakeHost(10)
    with Bench(tmp_path, host, Retitle()) as bench:
        host.reads.shut()
        runner = bench.runner()
        running = Background(runner.run)
        host.reads.wait_for(4)
        runner.wish(Wish.CANCEL)
        host.reads.open()
        running.result()
        for state in JobState:
            assert not bench.store.jobs.move(runner.job.num, state, 1.0)
        assert state_of(bench, runner).state is JobState.CANCELLED


def test_a_paused_job_can_be_cancelled(tmp_path: Path) -> None:
    host = FakeHost(40)
    with Bench(tmp_path, host, Retitle()) as bench:
        host.reads.shut()
        runner = bench.runner()
        running = Background(runner.run)
        host.reads.wait_for(4)
        runner.wish(Wish.PAUSE)
        in_state(bench, runner, JobState.PAUSED)
        host.reads.open()
        runner.wish(Wish.CANCEL)
        assert running.result() is JobState.CANCELLED
        assert state_of(bench, runner).counts.processed == 40


def test_a_cancel_that_comes_after_the_last_item_leaves_the_job_completed(tmp_path: Path) -> None:
    host = FakeHost(3)
    with Bench(tmp_path, host, Retitle(), workers=4) as bench:
        host.writes.shut()
        runner = bench.runner()
        running = Background(runner.run)
        host.writes.wait_for(3)
        wait_until(lambda: state_of(bench, runner).total == 3)
        runner.wish(Wish.CANCEL)
        host.writes.open()
        assert running.result() is JobState.COMPLETED


# -- pause --


def test_while_paused_nothing_begins_and_a_resume_goes_on(tmp_path: Path) -> None:
    host = FakeHost(40)
    seats: list[bool] = []

    def seat(wanted: bool) -> bool:
        seats.append(wanted)
        return True

    with Bench(tmp_path, host, Retitle(), page_size=10) as bench:
        host.reads.shut()
        runner = bench.runner(seat=seat)
        running = Background(runner.run)
        host.reads.wait_for(4)
        runner.wish(Wish.PAUSE)
        host.reads.open()
        job = in_state(bench, runner, JobState.PAUSED)
        assert job.reason == PAUSED_BY_WISH
        wait_until(lambda: state_of(bench, runner).counts.processed == 4)
        assert sum(host.read.values()) == 4
        runner.wish(Wish.RESUME)
        assert running.result() is JobState.COMPLETED
        assert state_of(bench, runner).counts.changed == 40
    assert seats == [False, True]


def test_the_orchestrator_never_undoes_a_pause_that_it_has_not_seen_yet(tmp_path: Path) -> None:
    """A pause is granted by another thread while the orchestrator looks: it must hold at once."""
    host = FakeHost(400)
    with Bench(tmp_path, host, Nothing(), page_size=400) as bench:
        for _ in range(5):
            host.reads.shut()
            runner = bench.runner()
            original = runner._pace.pause

            def pause(
                paused: bool,
                runner: Runner = runner,
                original: object = original,
                once: list[int] = [],  # noqa: B006 - one per round would do as well
            ) -> None:
                if not paused and runner._pool is not None and runner not in once:
                    once.append(runner)  # type: ignore[arg-type]
                    other = Background(lambda: runner.wish(Wish.PAUSE))
                    with suppress(TimeoutError):  # it may wait for us, which is as good
                        other.result(0.2)
                original(paused)  # type: ignore[operator]

            runner._pace.pause = pause  # type: ignore[method-assign]
            running = Background(runner.run)
            in_state(bench, runner, JobState.PAUSED)
            begun = host.reads.arrived
            host.reads.open()
            wait_until(lambda: host.reads.waiting == 0)
            assert begun <= 4
            runner._pace.pause = original  # type: ignore[method-assign]
            assert host.reads.arrived == begun
            runner.wish(Wish.CANCEL)
            running.result()
            host.reads.arrived = 0


def test_a_job_that_wants_to_go_on_waits_until_a_seat_is_free(tmp_path: Path) -> None:
    host = FakeHost(10)
    free = threading.Event()

    def seat(wanted: bool) -> bool:
        return not wanted or free.is_set()

    with Bench(tmp_path, host, Retitle()) as bench:
        bench.queue()
        job = bench.claim()
        bench.store.jobs.wish(job.id, Wish.PAUSE, 1.0)
        runner = bench.runner(bench.store.jobs.get(job.id), seat=seat)
        running = Background(runner.run)
        in_state(bench, runner, JobState.PAUSED)
        runner.wish(Wish.RESUME)
        runner.wish(Wish.RESUME)
        assert state_of(bench, runner).state is JobState.PAUSED
        assert sum(host.read.values()) == 0
        free.set()
        assert running.result() is JobState.COMPLETED


@pytest.mark.parametrize("how", ["drained", "killed"])
def test_a_pause_survives_a_restart(tmp_path: Path, how: str) -> None:
    host = FakeHost(10)
    with Bench(tmp_path, host, Retitle()) as bench:
        host.reads.shut()
        runner = bench.runner()
        running = Background(runner.run)
        host.reads.wait_for(4)
        runner.wish(Wish.PAUSE)
        in_state(bench, runner, JobState.PAUSED)
        if how == "drained":
            runner.drain()
            host.reads.open()
            assert running.result() is JobState.QUEUED
        else:
            bench.store.jobs.requeue_running("killed")
        job = bench.claim()
        assert job.wish is Wish.PAUSE
        host.reads.open()
        if how == "killed":
            runner.drain()
            running.result()
            bench.store.jobs.claim(0.0)
            return
        again = bench.runner(job)
        going = Background(again.run)
        in_state(bench, again, JobState.PAUSED)
        again.wish(Wish.RESUME)
        assert going.result() is JobState.COMPLETED


# -- the host goes away --


@pytest.mark.parametrize("items", [6, 50])
def test_an_outage_costs_time_and_no_item(tmp_path: Path, items: int) -> None:
    """With 6 items the listing has ended and nothing waits any more when the host goes."""
    host = FakeHost(items)
    with Bench(tmp_path, host, Retitle(), page_size=10) as bench:
        host.reads.shut()
        runner = bench.runner()
        running = Background(runner.run)
        host.reads.wait_for(4)
        wait_until(lambda: state_of(bench, runner).total == items or items > 10)
        host.down = True
        host.reads.open()
        job = in_state(bench, runner, JobState.PAUSED)
        assert "the host is down: fake: no answer" in job.reason
        assert runner.paused
        host.down = False
        assert running.result() is JobState.COMPLETED
        job = state_of(bench, runner)
        assert (job.total, job.counts.changed, job.reason) == (items, items, "")
    assert sorted(book for book, _ in host.written) == sorted(host.books)


def test_an_outage_at_the_first_page_pauses_the_job_until_the_host_is_back(tmp_path: Path) -> None:
    host = FakeHost(10)
    host.down = True
    with Bench(tmp_path, host, Retitle()) as bench:
        runner = bench.runner()
        running = Background(runner.run)
        in_state(bench, runner, JobState.PAUSED)
        host.down = False
        assert running.result() is JobState.COMPLETED
        assert state_of(bench, runner).counts.changed == 10


def test_an_outage_while_listing_costs_no_item(tmp_path: Path) -> None:
    host = FakeHost(30)
    host.page_errors.extend([None, HostDown("fake: no answer", retry_after=0.01)])
    with Bench(tmp_path, host, Retitle(), page_size=10) as bench:
        job = bench.run()
        assert (job.state, job.total, job.counts.changed) == (JobState.COMPLETED, 30, 30)


def test_a_job_can_be_cancelled_while_its_host_is_away(tmp_path: Path) -> None:
    host = FakeHost(30)
    with Bench(tmp_path, host, Retitle()) as bench:
        host.down = True
        runner = bench.runner()
        running = Background(runner.run)
        in_state(bench, runner, JobState.PAUSED)
        runner.wish(Wish.CANCEL)
        assert running.result() is JobState.CANCELLED


def test_a_pause_by_a_person_outlasts_the_outage_and_says_who(tmp_path: Path) -> None:
    host = FakeHost(30)
    with Bench(tmp_path, host, Retitle()) as bench:
        host.down = True
        runner = bench.runner()
        running = Background(runner.run)
        in_state(bench, runner, JobState.PAUSED)
        runner.wish(Wish.PAUSE)
        host.down = False
        wait_until(lambda: state_of(bench, runner).reason == PAUSED_BY_WISH)
        assert state_of(bench, runner).state is JobState.PAUSED
        assert sum(host.read.values()) == 0
        runner.wish(Wish.RESUME)
        assert running.result() is JobState.COMPLETED


# -- stop and go on --


def test_a_drained_job_ends_what_runs_and_goes_on_later(tmp_path: Path) -> None:
    host = FakeHost(40)
    with Bench(tmp_path, host, Retitle(), page_size=10) as bench:
        host.writes.shut()
        runner = bench.runner()
        running = Background(runner.run)
        host.writes.wait_for(4)
        runner.drain()
        host.writes.open()
        assert running.result() is JobState.QUEUED
        job = state_of(bench, runner)
        assert job.counts.changed == len(host.written) == 4
        assert bench.runner(bench.claim()).run() is JobState.COMPLETED
        job = state_of(bench, runner)
        assert (job.total, job.counts.changed) == (40, 40)
    assert len(host.written) == 40


def test_a_restart_in_the_middle_of_the_listing_lists_the_rest(tmp_path: Path) -> None:
    host = FakeHost(30)
    with Bench(tmp_path, host, Retitle(), page_size=10) as bench:
        bench.queue()
        job = bench.claim()
        page = next(iter(host.pages("lib", size=10)))
        bench.store.ledger.add(job.num, 0, page.refs)
        job = bench.run_again()
        assert (job.state, job.total, job.counts.changed) == (JobState.COMPLETED, 30, 30)
    assert len(host.written) == 30


# -- what is broken is said --


def test_a_database_that_goes_away_ends_the_run_and_no_item_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = FakeHost(20)
    with Bench(tmp_path, host, Retitle(), page_size=10) as bench:
        away = threading.Event()
        note = bench.store.ledger.note

        def note_or_not(*arguments: object) -> list[int]:
            if away.is_set():
                raise StoreUnavailable("the database failed: disk I/O error")
            return note(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(bench.store.ledger, "note", note_or_not)
        host.reads.shut()
        runner = bench.runner()
        running = Background(runner.run)
        host.reads.wait_for(4)
        away.set()
        host.reads.open()
        with pytest.raises(StoreUnavailable):
            running.result()
        away.clear()
        job = bench.run_again("the database was away")
        assert (job.state, job.counts.changed, job.total) == (JobState.COMPLETED, 20, 20)
    assert len(host.written) == 20


def test_a_listing_that_loses_its_database_is_no_failed_listing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Bench(tmp_path, FakeHost(20), Retitle()) as bench:

        def away(*_: object) -> None:
            raise StoreUnavailable("the database failed: disk I/O error")

        runner_of = bench.runner
        monkeypatch.setattr(bench.store.ledger, "listed", away)
        with pytest.raises(StoreUnavailable):
            runner_of().run()
        monkeypatch.undo()
        assert bench.run_again().counts.changed == 20


@pytest.mark.parametrize("error", [Transient("busy"), HostDown("away", retry_after=0.01)])
def test_an_item_of_a_resumed_job_is_tried_again_like_any_other(
    tmp_path: Path, error: Exception
) -> None:
    host = FakeHost(5)
    with Bench(tmp_path, host, Retitle()) as bench:
        bench.queue()
        job = bench.claim()
        bench.store.ledger.add(job.num, 0, next(iter(host.pages("lib", size=500))).refs)
        host.fail_read("b2", error)
        job = bench.run_again()
        assert job.counts.changed == 5


# -- memory --


def test_memory_does_not_grow_with_the_number_of_items(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise 12: what waits in memory is a page and a window, of 20,000 items too."""
    page, workers = 250, 4
    with Bench(tmp_path, FakeHost(20_000), Nothing(), workers=workers, page_size=page) as bench:
        runner = bench.runner()
        feed, most = runner._stream.feed, 0

        def watched(items: list[object]) -> None:
            nonlocal most
            feed(items)  # type: ignore[arg-type]
            most = max(most, runner._stream.backlog)

        monkeypatch.setattr(runner._stream, "feed", watched)
        assert Background(runner.run).result(60) is JobState.COMPLETED
        assert state_of(bench, runner).counts.unchanged == 20_000
    assert 0 < most <= page + page // 2 + workers


def test_a_listing_that_fails_again_and_again_on_a_host_that_is_well_fails_the_job(
    tmp_path: Path,
) -> None:
    host = FakeHost(30)
    fails = [Transient("bad page", retry_after=0.01) for _ in range(60)]
    host.page_errors.extend([None, *fails])
    with Bench(tmp_path, host, Retitle(), page_size=10) as bench:
        job = bench.run()
        assert (job.state, job.reason) == (JobState.FAILED, "bad page")
        assert job.counts.processed == job.total == 10


def test_a_cancel_that_a_crash_interrupted_still_ends_as_cancelled(tmp_path: Path) -> None:
    host = FakeHost(6)
    with Bench(tmp_path, host, Retitle()) as bench:
        runner = bench.runner()
        bench.store.ledger.add(runner.job.num, 0, [ItemRef("b0", "b0.cbz")])
        bench.store.jobs.wish(runner.job.id, Wish.CANCEL, 1.0)
        bench.store.ledger.cancel_pending(runner.job.num, 1.0)
        bench.store.ledger.listed(runner.job.num)
        bench.store.jobs.requeue_running("a crash came here")
        again = bench.runner(bench.claim())
        again.wish(Wish.CANCEL)
        assert again.run() is JobState.CANCELLED


def test_a_failure_that_a_crash_interrupted_never_becomes_a_success(tmp_path: Path) -> None:
    host = FakeHost(6)
    with Bench(tmp_path, host, Retitle()) as bench:
        runner = bench.runner()
        bench.store.ledger.add(runner.job.num, 0, [ItemRef("b0", "b0.cbz")])
        bench.store.ledger.cancel_pending(runner.job.num, 1.0)
        bench.store.ledger.listed(runner.job.num)
        bench.store.jobs.requeue_running("a crash came here")
        assert bench.runner(bench.claim()).run() is JobState.FAILED
