from __future__ import annotations

import asyncio
import threading

import pytest

from shelfhook.web.rsgi.errands import Errands
from tests.web.rsgi.exchanges import run


def test_errands_of_many_threads_are_all_run_on_the_loop_in_each_ones_order() -> None:
    async def story() -> None:
        errands = Errands(asyncio.get_running_loop())
        here, done = threading.get_ident(), asyncio.Event()
        seen: dict[int, list[int]] = {number: [] for number in range(8)}

        def note(thread: int, turn: int) -> None:
            assert threading.get_ident() == here
            seen[thread].append(turn)
            if sum(map(len, seen.values())) == 8_000:
                done.set()

        def leave(thread: int) -> None:
            for turn in range(1_000):
                errands.leave(lambda t=turn: note(thread, t))  # type: ignore[misc]

        threads = [threading.Thread(target=leave, args=(number,)) for number in seen]
        for thread in threads:
            thread.start()
        await asyncio.wait_for(done.wait(), 10)
        assert all(turns == list(range(1_000)) for turns in seen.values())

    run(story())


def test_many_errands_wake_the_loop_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.new_event_loop()
    calls = []
    monkeypatch.setattr(loop, "call_soon_threadsafe", calls.append)
    errands = Errands(loop)
    for _ in range(100):
        errands.leave(lambda: None)
    assert len(calls) == 1
    loop.close()


def test_an_errand_for_a_loop_that_has_ended_is_dropped() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    errands = Errands(loop)
    errands.leave(lambda: pytest.fail("nobody is there to run it"))
