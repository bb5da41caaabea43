"""Two workers never in one entity; one number with four reasons to move."""

from __future__ import annotations

import threading

import pytest

from shelfhook.budget import Budget
from shelfhook.rules import Claim, Scaling
from shelfhook.runner.guard import Guard
from shelfhook.runner.pace import Pace
from tests.support.waiting import Background, wait_until

LIMIT = 10.0


def test_only_one_of_many_threads_holds_an_entity() -> None:
    guard, start = Guard(), threading.Barrier(8)
    inside, most, counting = 0, 0, threading.Lock()

    def visit() -> None:
        nonlocal inside, most
        start.wait(LIMIT)
        for _ in range(200):
            guard.take("host", "b1")
            with counting:
                inside += 1
                most = max(most, inside)
            with counting:
                inside -= 1
            guard.give("host", "b1")

    visitors = [Background(visit) for _ in range(8)]
    for visitor in visitors:
        visitor.result(LIMIT)
    assert most == 1


@pytest.mark.parametrize("other", [("host", "b2"), ("elsewhere", "b1")])
def test_another_entity_or_host_is_free(other: tuple[str, str]) -> None:
    guard = Guard()
    guard.take("host", "b1")
    Background(lambda: guard.take(*other)).result(LIMIT)


def test_whoever_waits_gets_the_entity_when_it_is_given_back() -> None:
    guard = Guard()
    guard.take("host", "b1")
    waiter = Background(lambda: guard.take("host", "b1"))
    wait_until(lambda: guard._waiters == 1, LIMIT)
    assert not waiter.done
    guard.give("host", "b1")
    waiter.result(LIMIT)


def paced(ceiling: int = 8) -> tuple[Pace, list[int]]:
    told: list[int] = []
    return Pace(ceiling, told.append, Scaling(successes=2)), told


def test_the_limit_is_the_smallest_of_ceiling_share_and_what_the_host_bears() -> None:
    pace, told = paced()
    pace.share(5)
    pace.overload()  # 8 -> 4
    pace.share(3)
    pace.share(99)
    assert told == [5, 4, 3, 4]
    assert pace.now == 4


def test_a_pause_is_zero_and_ends_where_it_was() -> None:
    pace, told = paced()
    pace.share(5)
    pace.pause(True)
    pace.share(6)
    pace.pause(False)
    assert told == [5, 0, 6]


def test_overload_halves_down_to_one_and_successes_raise_it_again() -> None:
    pace, told = paced()
    for _ in range(5):
        pace.overload()
    assert told == [4, 2, 1]
    for _ in range(20):
        pace.report(None)
    assert told == [4, 2, 1, 2, 3, 4, 5, 6, 7, 8]


def test_a_failed_attempt_that_is_no_overload_neither_raises_nor_lowers() -> None:
    pace, told = paced()
    pace.overload()
    pace.report(ValueError("bad item"))
    pace.report(None)
    pace.report(ValueError("bad item"))
    pace.report(None)
    assert told == [4, 5]


def test_jobs_on_one_host_share_its_budget_and_one_that_leaves_gives_its_share_back() -> None:
    budget = Budget({"host": 6})
    first, _ = paced()
    second, _ = paced()
    budget.join("host", "a", Claim(1.0, 8), first.share)
    assert first.now == 6
    budget.join("host", "b", Claim(2.0, 8), second.share)
    assert (first.now, second.now) == (2, 4)
    budget.join("host", "b", Claim(2.0, 0), second.share)  # paused
    assert (first.now, second.now) == (6, 0)
    budget.leave("host", "b")
    assert first.now == 6
