"""Jobs join and leave a host's budget; each hears its share, in order, and never too much."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import pytest

from shelfhook.budget import Budget
from shelfhook.rules import Claim, share
from tests.support.stores import together


class Ears:
    """Hears the shares of all jobs of a host, and what their sum was at every moment."""

    def __init__(self) -> None:
        self.heard: dict[str, list[int]] = {}
        self.now: dict[str, int] = {}
        self.calling = threading.Lock()
        self.overlapped = False

    def of(self, job: str) -> Callable[[int], None]:
        def listen(calls: int) -> None:
            if not self.calling.acquire(blocking=False):
                self.overlapped = True
                return
            self.heard.setdefault(job, []).append(calls)
            self.now[job] = calls
            self.calling.release()

        return listen


@pytest.fixture
def ears() -> Ears:
    return Ears()


def test_a_job_alone_gets_all_it_can_use(ears: Ears) -> None:
    budget = Budget({"komga": 8})
    budget.join("komga", "a", Claim(1, 16), ears.of("a"))
    assert ears.heard == {"a": [8]}


def test_everybody_hears_when_somebody_joins_or_leaves(ears: Ears) -> None:
    budget = Budget({"komga": 8})
    budget.join("komga", "a", Claim(1, 16), ears.of("a"))
    budget.join("komga", "b", Claim(1, 16), ears.of("b"))
    budget.leave("komga", "a")
    assert ears.heard == {"a": [8, 4], "b": [4, 8]}


def test_a_paused_job_leaves_its_share_to_the_others_and_gets_it_back(ears: Ears) -> None:
    budget = Budget({"komga": 8})
    for job in ("a", "b"):
        budget.join("komga", job, Claim(1, 16), ears.of(job))
    budget.join("komga", "a", Claim(1, 0), ears.of("a"))
    assert ears.now == {"a": 0, "b": 8}
    budget.join("komga", "a", Claim(1, 16), ears.of("a"))
    assert ears.now == {"a": 4, "b": 4}


def test_hosts_do_not_share(ears: Ears) -> None:
    budget = Budget({"komga": 8, "kavita": 2})
    budget.join("komga", "a", Claim(1, 16), ears.of("a"))
    budget.join("kavita", "b", Claim(1, 16), ears.of("b"))
    assert ears.heard == {"a": [8], "b": [2]}


def test_a_host_without_a_budget_bears_four(ears: Ears) -> None:
    Budget({}).join("unknown", "a", Claim(1, 16), ears.of("a"))
    assert ears.heard == {"a": [4]}


def test_leaving_twice_or_never_having_joined_is_harmless(ears: Ears) -> None:
    budget = Budget({"komga": 8})
    budget.leave("komga", "a")
    budget.join("komga", "a", Claim(1, 16), ears.of("a"))
    budget.leave("komga", "a")
    budget.leave("komga", "a")
    assert ears.heard == {"a": [8]}


class Watched(Budget):
    """Notes, whenever everybody has been told, how many calls are given out in all."""

    def __init__(self, ears: Ears, calls: int) -> None:
        super().__init__({"komga": calls})
        self._ears = ears
        self.sums: list[int] = []

    def _tell(self, host: str) -> None:
        super()._tell(host)
        self.sums.append(sum(self._ears.now[job] for job in self._claims.get(host, {})))


def test_threads_that_join_and_leave_are_told_in_order_and_never_more_than_there_is(
    ears: Ears,
) -> None:
    budget = Watched(ears, 6)
    claims: dict[str, Claim] = {}

    def work(number: int) -> None:
        chance = random.Random(number)
        job = f"job-{number}"
        for _ in range(100):
            claim = Claim(chance.choice([0.5, 1, 2]), chance.randint(0, 8))
            budget.join("komga", job, claim, ears.of(job))
            if chance.random() < 0.3:
                budget.leave("komga", job)
        claims[job] = Claim(1 + number, 4)
        budget.join("komga", job, claims[job], ears.of(job))

    together(8, work)
    assert not ears.overlapped
    assert len(budget.sums) > 800
    assert max(budget.sums) <= 6
    # What each heard last is its share: nobody was told something old after something new.
    assert {job: heard[-1] for job, heard in ears.heard.items()} == share(6, claims)
