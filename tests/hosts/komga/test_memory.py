"""What was asked a moment ago is not asked again."""

from __future__ import annotations

import threading

import pytest

from shelfhook.errors import Transient
from shelfhook.hosts.komga.memory import KEEP, Memory
from tests.support.clock import FakeClock
from tests.support.waiting import Background


def test_an_answer_holds_for_a_while() -> None:
    clock, asked = FakeClock(), iter(range(10))
    memory: Memory[int] = Memory(clock)
    assert [memory.get("a", lambda: next(asked)) for _ in range(3)] == [0, 0, 0]
    assert memory.get("b", lambda: next(asked)) == 1
    clock.advance(KEEP + 1)
    assert memory.known("a") == 0
    assert memory.get("a", lambda: next(asked)) == 2


def test_what_was_forgotten_is_asked_anew() -> None:
    memory: Memory[str] = Memory(FakeClock())
    memory.get("a", lambda: "old")
    memory.forget("a")
    memory.forget("never known")
    assert memory.known("a") is None
    assert memory.get("a", lambda: "new") == "new"


def test_a_question_that_failed_is_asked_again() -> None:
    memory: Memory[str] = Memory(FakeClock())

    def fail() -> str:
        raise Transient("not now")

    with pytest.raises(Transient):
        memory.get("a", fail)
    assert memory.get("a", lambda: "now") == "now"


def test_one_asks_and_the_others_wait_for_the_answer() -> None:
    memory: Memory[int] = Memory(FakeClock())
    begun, go_on = threading.Event(), threading.Event()
    asked: list[int] = []

    def ask() -> int:
        asked.append(1)
        begun.set()
        assert go_on.wait(10)
        return len(asked)

    first = Background(lambda: memory.get("a", ask))
    assert begun.wait(10)
    others = [Background(lambda: memory.get("a", ask)) for _ in range(4)]
    go_on.set()
    assert {one.result() for one in (first, *others)} == {1}
    assert len(asked) == 1
