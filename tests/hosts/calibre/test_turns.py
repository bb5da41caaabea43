from __future__ import annotations

import threading

import pytest

from shelfhook.errors import HostDown, Transient
from shelfhook.hosts.calibre.turns import AT_ONCE, TURN_SECONDS, Turns
from tests.support.clock import FakeClock
from tests.support.waiting import Background, Gate, wait_until


def hold(turns: Turns, item_id: str, gate: Gate) -> Background[None]:
    """Takes a book and a place in a thread of its own, and keeps them until the gate opens."""

    def work() -> None:
        with turns.alone(item_id), turns.place(item_id):
            gate.go()

    return Background(work)


def test_a_thread_may_take_its_book_again() -> None:
    turns = Turns(FakeClock())
    with turns.alone("a/1"), turns.alone("a/1"), turns.place("a/1"):
        pass


def test_a_book_has_one_writer_at_a_time() -> None:
    turns, gate, entered = Turns(FakeClock()), Gate(), threading.Event()
    gate.shut()
    first = hold(turns, "a/1", gate)
    gate.wait_for(1)

    def second() -> None:
        with turns.alone("a/1"):
            entered.set()

    waiting = Background(second)
    assert not entered.wait(0.05)
    gate.open()
    first.result()
    waiting.result()
    assert entered.is_set()


def test_a_writer_that_finds_no_place_in_time_may_try_later() -> None:
    clock = FakeClock()
    turns, gate = Turns(clock), Gate()
    gate.shut()
    holding = [hold(turns, f"a/{number}", gate) for number in range(AT_ONCE)]
    gate.wait_for(AT_ONCE)
    with pytest.raises(Transient, match="it was not its turn in time"), turns.place("a/99"):
        pass
    assert clock.waits == [TURN_SECONDS]
    gate.open()
    for one in holding:
        one.result()
    with turns.place("a/99"):
        pass


def test_who_waits_for_a_place_is_sent_away_by_close() -> None:
    clock = FakeClock()
    clock.instant = False
    turns, gate = Turns(clock), Gate()
    gate.shut()
    holding = [hold(turns, f"a/{number}", gate) for number in range(AT_ONCE)]
    gate.wait_for(AT_ONCE)
    waiting = hold(turns, "a/99", gate)
    wait_until(lambda: clock.waits)
    turns.close()
    with pytest.raises(HostDown, match="has closed its connections"):
        waiting.result()
    gate.open()
    for one in holding:
        one.result()
