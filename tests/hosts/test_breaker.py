from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from shelfhook.errors import HostDown
from shelfhook.hosts.breaker import PROBE_POLL, Breaker
from tests.support.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def breaker(clock: FakeClock) -> Breaker:
    return Breaker(clock, threshold=3, first=1.0, longest=5.0)


def fail(breaker: Breaker, times: int, *, of: str | None = None) -> None:
    for _ in range(times):
        breaker.failed(breaker.enter(), "connection refused", of=of)


def test_a_closed_breaker_lets_calls_through(breaker: Breaker) -> None:
    breaker.check()
    breaker.enter()
    assert breaker.down_until() is None


def test_so_many_failures_in_a_row_open_it_and_it_says_why_and_until_when(
    breaker: Breaker, clock: FakeClock
) -> None:
    fail(breaker, 3)
    assert breaker.down_until() == (clock.monotonic() + 1.0, "connection refused")
    with pytest.raises(HostDown, match="connection refused; next try in 1 s") as caught:
        breaker.enter()
    assert caught.value.retry_after == 1.0


def test_a_success_in_between_starts_the_count_anew(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.succeeded(breaker.enter())
    fail(breaker, 2)
    assert breaker.down_until() is None


def test_failures_of_one_and_the_same_thing_count_once(breaker: Breaker) -> None:
    fail(breaker, 10, of="/books/bad")
    assert breaker.down_until() is None
    fail(breaker, 1, of="/books/worse")
    fail(breaker, 1, of="/books/worst")
    assert breaker.down_until() is not None


def test_after_the_delay_one_of_many_threads_is_the_probe(
    breaker: Breaker, clock: FakeClock
) -> None:
    fail(breaker, 3)
    clock.advance(1.0)
    start = threading.Barrier(8)

    def enter(_: int) -> bool:
        start.wait(10)
        try:
            breaker.enter()
        except HostDown:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(enter, range(8))) == 1


def test_while_the_probe_is_under_way_the_others_are_told_to_look_again_soon(
    breaker: Breaker, clock: FakeClock
) -> None:
    fail(breaker, 3)
    clock.advance(1.0)
    breaker.enter()
    assert breaker.down_until() == (clock.monotonic() + PROBE_POLL, "connection refused")


def test_a_probe_that_succeeds_closes_it(breaker: Breaker, clock: FakeClock) -> None:
    fail(breaker, 3)
    clock.advance(1.0)
    breaker.succeeded(breaker.enter())
    assert breaker.down_until() is None
    fail(breaker, 2)
    assert breaker.down_until() is None


def test_each_probe_that_fails_doubles_the_delay_up_to_the_ceiling(
    breaker: Breaker, clock: FakeClock
) -> None:
    fail(breaker, 3)
    delays = []
    for _ in range(4):
        down = breaker.down_until()
        assert down is not None
        delays.append(down[0] - clock.monotonic())
        clock.advance(delays[-1])
        fail(breaker, 1)
    assert delays == [1.0, 2.0, 4.0, 5.0]


def test_a_probe_that_ends_without_a_verdict_leaves_its_place_to_the_next(
    breaker: Breaker, clock: FakeClock
) -> None:
    fail(breaker, 3)
    clock.advance(1.0)
    breaker.leave(breaker.enter())
    breaker.succeeded(breaker.enter())
    assert breaker.down_until() is None


def test_leaving_after_a_verdict_changes_nothing(breaker: Breaker, clock: FakeClock) -> None:
    fail(breaker, 3)
    clock.advance(1.0)
    probe = breaker.enter()
    breaker.failed(probe, "still refused")
    breaker.leave(probe)
    assert breaker.down_until() == (clock.monotonic() + 2.0, "still refused")


def test_calls_from_before_it_opened_neither_close_it_nor_prolong_it(
    breaker: Breaker, clock: FakeClock
) -> None:
    early = [breaker.enter() for _ in range(3)]
    fail(breaker, 3)
    breaker.succeeded(early[0])
    breaker.failed(early[1], "late")
    breaker.leave(early[2])
    assert breaker.down_until() == (clock.monotonic() + 1.0, "connection refused")
