from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from shelfhook.clock import SystemClock
from shelfhook.hosts.limits import Budget, Deadline
from tests.support.clock import FakeClock


def test_a_deadline_counts_down_and_stops_at_zero() -> None:
    clock = FakeClock()
    deadline = Deadline(clock, 10.0)
    clock.advance(4.0)
    assert deadline.left() == 6.0
    clock.advance(60.0)
    assert deadline.left() == 0.0


def test_a_deadline_can_be_put_off_and_says_how_long_it_was_in_all() -> None:
    clock = FakeClock()
    deadline = Deadline(clock, 10.0)
    clock.advance(9.0)
    deadline.extend(5.0)
    assert (deadline.left(), deadline.seconds) == (6.0, 15.0)


def test_no_more_calls_are_under_way_than_the_budget_allows() -> None:
    budget = Budget(3, SystemClock())
    lock = threading.Lock()
    under_way = highest = 0
    start = threading.Barrier(12)

    def call(_: int) -> None:
        nonlocal under_way, highest
        start.wait(10)
        for _round in range(50):
            assert budget.take(10.0)
            with lock:
                under_way += 1
                highest = max(highest, under_way)
            with lock:
                under_way -= 1
            budget.give()

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(call, range(12)))
    assert 1 <= highest <= 3
    assert all(budget.take(0.0) for _ in range(3)), "every place came back"
    assert not budget.take(0.0)


def test_who_finds_no_place_in_time_is_told_so_and_leaves_the_queue() -> None:
    clock = FakeClock()
    budget = Budget(1, clock)
    assert budget.take(1.0)
    assert not budget.take(5.0)
    assert clock.waits == [5.0]
    budget.give()
    assert budget.take(0.0), "the place went to nobody who had left"


def test_a_place_given_back_goes_to_who_waits_and_not_to_a_newcomer() -> None:
    queued = threading.Event()

    class Watching(SystemClock):
        def wait(self, event: threading.Event, seconds: float) -> bool:
            queued.set()
            return super().wait(event, seconds)

    budget = Budget(1, Watching())
    assert budget.take(0.0)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(budget.take, 10.0)
        assert queued.wait(10)
        budget.give()
        assert waiting.result(10)
    assert not budget.take(0.0)


def test_closing_sends_everybody_away() -> None:
    queued = threading.Event()

    class Watching(SystemClock):
        def wait(self, event: threading.Event, seconds: float) -> bool:
            queued.set()
            return super().wait(event, seconds)

    budget = Budget(1, Watching())
    assert budget.take(0.0)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(budget.take, 60.0)
        assert queued.wait(10)
        budget.close()
        assert waiting.result(10) is False
    assert not budget.take(0.0)
