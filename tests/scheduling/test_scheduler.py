"""The two executors: a dispatch is never dropped, a tick never dies, and all threads end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest
from apscheduler.events import EVENT_JOB_MISSED
from apscheduler.schedulers.background import BackgroundScheduler

from shelfhook.scheduling.loops import Loops
from shelfhook.scheduling.scheduler import Scheduler
from tests.support.clock import FakeClock
from tests.support.stores import LONG
from tests.support.waiting import wait_until

GRACE = 1.2
"""Seconds; just more than APScheduler's own grace. A real wait: it is what the test is about."""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def loops(clock: FakeClock) -> Loops:
    return Loops(clock)


@pytest.fixture
def scheduler(loops: Loops) -> Iterator[Scheduler]:
    made = Scheduler(2, loops, spare=0)
    made.start()
    yield made
    made.stop()


class Busy:
    """Keeps a thread until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()

    def __call__(self) -> None:
        self.begun.set()
        assert self.go.wait(LONG)


def threads_named(*beginnings: str) -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith(beginnings)}


# -- orchestration --


def test_a_dispatch_that_waits_longer_than_a_second_for_a_thread_still_runs(
    scheduler: Scheduler,
) -> None:
    both = [Busy(), Busy()]
    for busy in both:
        scheduler.orchestrate(busy)
        assert busy.begun.wait(LONG)
    ran = threading.Event()
    scheduler.orchestrate(ran.set)
    assert not ran.wait(GRACE)  # every orchestrator is busy
    for busy in both:
        busy.go.set()
    assert ran.wait(LONG)


def test_with_the_default_of_apscheduler_it_would_have_been_dropped(scheduler: Scheduler) -> None:
    """The control: the same wait, and the job is gone without a word."""
    inner: BackgroundScheduler = scheduler._scheduler
    missed, ran = threading.Event(), threading.Event()
    inner.add_listener(lambda _: missed.set(), EVENT_JOB_MISSED)
    both = [Busy(), Busy()]
    for busy in both:
        scheduler.orchestrate(busy)
        assert busy.begun.wait(LONG)
    inner.add_job(ran.set, executor="orchestration")
    assert not ran.wait(GRACE)
    for busy in both:
        busy.go.set()
    assert missed.wait(LONG)
    assert not ran.is_set()


def test_a_hundred_dispatches_at_once_all_run(scheduler: Scheduler) -> None:
    left = threading.Semaphore(0)
    for _ in range(100):
        scheduler.orchestrate(left.release)
    for _ in range(100):
        assert left.acquire(timeout=LONG)


def test_as_many_dispatches_run_at_once_as_there_are_orchestrators(scheduler: Scheduler) -> None:
    at_once = threading.Barrier(2)
    names: list[str] = []

    def dispatch() -> None:
        names.append(threading.current_thread().name)
        at_once.wait(LONG)

    done = threading.Semaphore(0)
    for _ in range(2):
        scheduler.orchestrate(lambda: (dispatch(), done.release())[1])
    for _ in range(2):
        assert done.acquire(timeout=LONG)
    assert all(name.startswith("job-mgr") for name in names)


def test_busy_orchestrators_do_not_hold_up_the_ticks(scheduler: Scheduler) -> None:
    both = [Busy(), Busy()]
    for busy in both:
        scheduler.orchestrate(busy)
        assert busy.begun.wait(LONG)
    ticked = threading.Event()
    scheduler.every(0.01, "tick", ticked.set)
    assert ticked.wait(LONG)
    for busy in both:
        busy.go.set()


def test_a_dispatch_that_fails_does_not_take_its_orchestrator_with_it(
    scheduler: Scheduler, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise LookupError("stumbled")

    for _ in range(4):
        scheduler.orchestrate(fail)
    ran = threading.Event()
    scheduler.orchestrate(ran.set)
    assert ran.wait(LONG)


# -- ticks --


def test_a_tick_that_fails_is_logged_and_tried_again_and_its_beat_tells(
    scheduler: Scheduler, loops: Loops, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "shelfhook.loops")
    tries = threading.Semaphore(0)
    well = threading.Event()
    looked = threading.Event()

    def tick() -> None:
        tries.release()
        if not well.is_set():
            raise LookupError("stumbled")
        looked.set()

    scheduler.every(0.01, "sweep", tick)
    for _ in range(3):
        assert tries.acquire(timeout=LONG)
    [beat] = loops.beats()
    assert (beat.name, beat.ok, beat.detail) == (
        "loop:sweep",
        False,
        {"error": "LookupError: stumbled"},
    )
    assert "The loop sweep failed; it is tried again" in caplog.text
    assert "Traceback" in caplog.text
    well.set()
    assert looked.wait(LONG)
    assert tries.acquire(timeout=LONG)  # one turn later it has told
    while not loops.beats()[0].ok:
        assert tries.acquire(timeout=LONG)
    assert loops.beats()[0].detail == {}


def test_a_tick_that_hangs_stops_beating_and_the_others_go_on(
    scheduler: Scheduler, loops: Loops, clock: FakeClock
) -> None:
    hung, turns = Busy(), threading.Semaphore(0)
    scheduler.every(0.01, "hung", hung)
    scheduler.every(0.01, "well", turns.release)
    assert hung.begun.wait(LONG)
    clock.advance(100)
    for _ in range(3):
        assert turns.acquire(timeout=LONG)
    ages = {beat.name: clock.now() - beat.beat_at for beat in loops.beats()}
    assert ages["loop:hung"] == 100
    assert ages["loop:well"] == 0
    hung.go.set()


def test_a_tick_never_runs_twice_at_once(scheduler: Scheduler) -> None:
    inside, overlapped, turns = threading.Lock(), threading.Event(), threading.Semaphore(0)
    slow = threading.Event()

    def tick() -> None:
        if not inside.acquire(blocking=False):
            overlapped.set()
            return
        slow.wait(0.05)  # longer than its interval
        inside.release()
        turns.release()

    scheduler.every(0.01, "slow", tick)
    for _ in range(4):
        assert turns.acquire(timeout=LONG)
    assert not overlapped.is_set()


def test_a_loop_that_has_not_ticked_yet_counts_from_its_start(
    loops: Loops, clock: FakeClock
) -> None:
    tick = loops.supervise("later", 60, lambda: None)
    assert [(beat.beat_at, beat.every, beat.ok) for beat in loops.beats()] == [
        (clock.now(), 60, True)
    ]
    clock.advance(5)
    tick()
    assert loops.beats()[0].beat_at == clock.now()


def test_a_schedule_calls_its_tick_in_housekeeping(scheduler: Scheduler) -> None:
    scheduler.at("nightly", "0 3 * * 0", "Europe/Berlin", 6 * 3600, lambda: None)
    job = scheduler._scheduler.get_job("schedule:nightly")
    assert job is not None
    assert (job.executor, job.misfire_grace_time, job.coalesce) == ("housekeeping", 21_600, True)


# -- the end --


def test_the_ticks_and_all_threads_end_with_stop(loops: Loops) -> None:
    before = threads_named("job-mgr", "housekeeping", "APScheduler")
    scheduler = Scheduler(2, loops, spare=0)
    ticked, dispatched = threading.Event(), threading.Event()
    scheduler.every(0.01, "tick", ticked.set)
    assert not scheduler.running
    scheduler.start()
    assert scheduler.running
    scheduler.orchestrate(dispatched.set)
    assert ticked.wait(LONG)
    assert dispatched.wait(LONG)
    scheduler.stop()
    scheduler.stop()
    assert not scheduler.running
    assert threads_named("job-mgr", "housekeeping", "APScheduler") == before
    ticked.clear()
    assert not ticked.wait(0.05)


def test_a_tick_that_asks_for_a_dispatch_while_all_ends_does_not_hang(loops: Loops) -> None:
    """APScheduler's own end holds the lock that this needs until the tick has ended."""
    scheduler = Scheduler(2, loops, spare=0)
    begun, asked = threading.Event(), threading.Event()
    ending = threading.Event()

    def sweep() -> None:
        begun.set()
        assert ending.wait(LONG)
        scheduler.orchestrate(lambda: None)
        asked.set()

    scheduler.every(0.01, "sweep", sweep)
    scheduler.start()
    assert begun.wait(LONG)
    stopper = threading.Thread(target=scheduler.stop, daemon=True)
    stopper.start()
    wait_until(lambda: not scheduler.running)
    ending.set()
    assert asked.wait(LONG)
    stopper.join(LONG)
    assert not stopper.is_alive()


def test_dispatches_that_begin_while_all_ends_break_nothing(loops: Loops) -> None:
    """A one-off job may be removed in the very moment in which the scheduler stops."""
    for _ in range(30):
        scheduler = Scheduler(2, loops, spare=0)
        scheduler.start()
        begun = threading.Event()
        for _ in range(3):
            scheduler.orchestrate(begun.set)
        assert begun.wait(LONG)
        scheduler.stop()


def test_the_scheduler_survives_an_error_of_its_own(
    scheduler: Scheduler, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its one thread must not die: nothing would ever run again, and nobody would notice."""
    failed = threading.Event()

    class Broken:
        def get_next_fire_time(self, previous: object, now: object) -> None:
            failed.set()
            raise LookupError("stumbled")

    ran = threading.Event()
    busy = Busy()
    scheduler.orchestrate(busy)
    assert busy.begun.wait(LONG)
    scheduler.every(0.05, "broken", lambda: None)
    monkeypatch.setattr(scheduler._scheduler.get_job("broken"), "trigger", Broken())
    assert failed.wait(LONG)
    monkeypatch.undo()
    scheduler.orchestrate(ran.set)
    assert ran.wait(LONG)
    assert "it goes on" in caplog.text
    busy.go.set()


def test_stop_waits_for_a_tick_that_runs(loops: Loops) -> None:
    scheduler = Scheduler(2, loops, spare=0)
    busy = Busy()
    scheduler.every(0.01, "busy", busy)
    scheduler.start()
    assert busy.begun.wait(LONG)
    stopped = threading.Event()
    stopper = threading.Thread(target=lambda: (scheduler.stop(), stopped.set()))
    stopper.start()
    assert not stopped.wait(0.05)
    busy.go.set()
    assert stopped.wait(LONG)
    stopper.join(LONG)
