"""The stream: every item exactly one result, whatever the limit does, and no wake-up is lost."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfhook.pool import ItemPool, Stream
from tests.support.waiting import Gate, wait_until

LIMIT = 15.0


@contextmanager
def flowing(work: Callable[[int], int], workers: int) -> Iterator[Stream[int, int]]:
    with ItemPool("job-testtest", workers) as pool:
        stream: Stream[int, int] = Stream(work, workers)
        with stream:  # cut at the end, whatever happens
            stream.start(pool)
            try:
                yield stream
            finally:
                if isinstance(work, Meter):
                    work.gate.open()


def gather(stream: Stream[int, int], count: int | None = None) -> list[int]:
    """Collect so many results, or all until the end."""
    results: list[int] = []
    deadline = time.monotonic() + LIMIT
    while len(results) < count if count is not None else not stream.finished:
        results += stream.collect(0.02)
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(results)} results instead of {count}; {stream.backlog} wait")
    return results


class Meter:
    """Work that counts how many are at it at once."""

    def __init__(self) -> None:
        self.gate = Gate()
        self._lock = threading.Lock()
        self.now = 0
        self.most = 0
        self.begun: list[int] = []

    def __call__(self, item: int) -> int:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.begun.append(item)
        self.gate.go()
        with self._lock:
            self.now -= 1
        return item


@settings(max_examples=40, deadline=None)
@given(
    portions=st.lists(st.integers(0, 40), max_size=8),
    workers=st.integers(1, 8),
    limits=st.lists(st.integers(0, 9), max_size=8),
    collecting=st.booleans(),
)
def test_every_item_gives_exactly_one_result(
    portions: list[int], workers: int, limits: list[int], collecting: bool
) -> None:
    results: list[int] = []
    with flowing(lambda item: item, workers) as stream:
        total = 0
        for place, portion in enumerate(portions):
            stream.feed(range(total, total + portion))
            total += portion
            if place < len(limits):
                stream.limit(limits[place])
            if collecting:
                results += stream.collect(0)
        stream.limit(workers)
        stream.close()
        results += gather(stream)
    assert Counter(results) == Counter(range(total))


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_limit_below_the_number_of_workers_lets_the_stream_end(limit: int) -> None:
    with flowing(lambda item: item, 4) as stream:
        stream.limit(limit)
        stream.feed(range(50))
        stream.close()
        assert sorted(gather(stream)) == list(range(50))


@pytest.mark.parametrize("fed", [0, 1])
def test_closing_with_nothing_left_ends_every_loop(fed: int) -> None:
    with flowing(lambda item: item, 4) as stream:
        stream.feed(range(fed))
        assert gather(stream, fed) == list(range(fed))
        stream.close()
        assert gather(stream) == []
        assert stream.finished


def test_never_more_at_work_than_a_lowered_limit_once_it_has_taken_effect() -> None:
    meter = Meter()
    with flowing(meter, 8) as stream:
        meter.gate.shut()
        stream.feed(range(200))
        meter.gate.wait_for(8)
        stream.limit(3)
        meter.gate.let(8)  # those that were at work when the limit fell
        meter.gate.wait_for(3)
        wait_until(lambda: meter.now == 3)
        meter.most = 0
        for _ in range(10):
            meter.gate.let(3)
            meter.gate.wait_for(3)
        assert meter.most <= 3
        stream.limit(6)
        meter.gate.wait_for(6)
        meter.gate.open()
        stream.close()
        assert len(gather(stream)) == 200


def test_a_limit_of_zero_begins_nothing_until_it_is_raised() -> None:
    meter = Meter()
    with flowing(meter, 4) as stream:
        stream.feed(range(4))
        assert len(gather(stream, 4)) == 4
        stream.limit(0)
        stream.feed(range(100, 200))
        stream.close()
        assert stream.collect(0.05) == []
        assert (stream.backlog, meter.now) == (100, 0)
        stream.limit(4)
        assert len(gather(stream)) == 100


def test_a_limit_beyond_the_workers_is_all_of_them() -> None:
    meter = Meter()
    with flowing(meter, 2) as stream:
        stream.limit(99)
        meter.gate.shut()
        stream.feed(range(9))
        meter.gate.wait_for(2)
        meter.gate.open()
        stream.close()
        assert len(gather(stream)) == 9
    assert meter.most == 2


def test_after_a_cut_only_what_was_at_work_finishes() -> None:
    meter = Meter()
    with flowing(meter, 4) as stream:
        meter.gate.shut()
        stream.feed(range(40))
        meter.gate.wait_for(4)
        stream.cut()
        stream.feed(range(40, 80))  # a page that came too late
        meter.gate.open()
        assert len(gather(stream)) == 4
        assert len(meter.begun) == 4


def test_a_cut_ends_a_stream_that_is_paused() -> None:
    with flowing(lambda item: item, 4) as stream:
        stream.limit(0)
        stream.feed(range(10))
        stream.cut()
        assert gather(stream) == []


def test_what_breaks_one_workers_loop_ends_the_stream_and_is_raised() -> None:
    def work(item: int) -> int:
        if item == 7:
            raise ValueError("broke its promise")
        return item

    with flowing(work, 2) as stream:
        stream.feed(range(20))
        results = gather(stream)  # nobody closes it: the crash ends it
        assert 7 not in results
        assert len(results) < 20
        with pytest.raises(ValueError, match="broke its promise"):
            stream.raise_crashed()


def test_wake_makes_the_collector_look_up() -> None:
    with flowing(lambda item: item, 1) as stream:
        stream.collect(0.05)  # the hungry worker's own call
        waker = threading.Timer(0.05, stream.wake)
        waker.start()
        begun = time.monotonic()
        assert stream.collect(LIMIT) == []
        assert time.monotonic() - begun < LIMIT / 2
        waker.join(LIMIT)


def test_the_collector_is_called_when_few_items_are_left() -> None:
    meter = Meter()
    with flowing(meter, 1) as stream:
        meter.gate.shut()
        stream.feed(range(10))
        meter.gate.wait_for(1)
        stream.collect(0)
        stream.call_at(5)
        meter.gate.let(1)
        for _ in range(4):
            meter.gate.wait_for(1)
            meter.gate.let(1)
        begun = time.monotonic()
        assert stream.collect(LIMIT)
        assert time.monotonic() - begun < LIMIT / 2
        meter.gate.open()


@pytest.fixture
def hurried() -> Iterator[None]:
    """Threads change places at every opportunity."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hurried")
def test_no_wake_up_is_lost_when_items_come_one_by_one() -> None:
    """Each item is fed only when the one before has its result, so that workers sleep in between;
    the collector waits long: a lost wake-up would be seen as a round that takes this long."""
    with flowing(lambda item: item, 8) as stream:
        for item in range(3000):
            stream.feed([item])
            results: list[int] = []
            while not results:
                begun = time.monotonic()
                results = stream.collect(5.0)
                assert time.monotonic() - begun < 4.0, f"item {item}: nobody was woken"
            assert results == [item]


@pytest.mark.usefixtures("hurried")
def test_no_stream_hangs_at_its_end_however_small() -> None:
    for items in range(300):
        with flowing(lambda item: item, 3) as stream:
            stream.limit(1 + items % 3)
            stream.feed(range(items % 7))
            stream.close()
            assert len(gather(stream)) == items % 7
