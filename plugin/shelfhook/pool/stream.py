"""The stream that feeds the workers of an item pool. It knows nothing of jobs, SQL or HTTP."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from types import TracebackType
from typing import Generic, TypeVar

from shelfhook.pool.items import ItemPool

T = TypeVar("T")
R = TypeVar("R")

BATCH = 256
"""Results that wake the collector at once; fewer wait for its next look."""


class Stream(Generic[T, R]):
    """Feeds items to the workers of a pool, at most `limit` at work at once.

    One condition guards the limit and the end; taking an item and handing in a result are atomic
    deque operations and need no lock. Every worker's loop ends when the stream is closed and
    drained, or cut.

    Args:
        work: does one item; what it raises cuts the stream, see `raise_crashed`.
        workers: how many loops there will be; the limit's ceiling.
    """

    def __init__(self, work: Callable[[T], R], workers: int) -> None:
        self._work = work
        self._workers = workers
        self._limit = workers
        self._waiting: deque[T] = deque()
        self._results: deque[R] = deque()
        self._changed = threading.Condition()
        self._collectable = threading.Event()
        self._low = -1
        self._closed = False
        self._cut = False
        self._alive = 0
        self._sleepers = 0
        self._futures: list[Future[None]] = []

    # -- the collector's side --

    def start(self, pool: ItemPool) -> None:
        """Put one loop into each of the pool's threads."""
        self._alive = self._workers
        self._futures = [pool.submit(self._loop, index) for index in range(self._workers)]

    def feed(self, items: Iterable[T]) -> None:
        """Add items behind those that wait."""
        self._waiting.extend(items)
        if self._sleepers:
            with self._changed:
                self._changed.notify_all()

    def collect(self, timeout: float) -> list[R]:
        """Results so far; waits up to `timeout` seconds for many, for hunger or for the end."""
        if not self._finished():
            self._collectable.wait(timeout)
        self._collectable.clear()
        results: list[R] = []
        take = self._results.popleft
        while True:
            try:
                results.append(take())
            except IndexError:
                return results

    def call_at(self, low: int) -> None:
        """Wake the collector when `low` or fewer items are left waiting; -1 for never."""
        self._low = low

    @property
    def backlog(self) -> int:
        """Items waiting to be taken."""
        return len(self._waiting)

    @property
    def started(self) -> bool:
        """Whether the workers have been put to work."""
        return bool(self._futures)

    @property
    def closed(self) -> bool:
        """Whether no more items will come."""
        return self._closed

    @property
    def finished(self) -> bool:
        """Every loop has ended and every result was collected."""
        return self._finished() and not self._results

    def limit(self, count: int) -> None:
        """From now on at most `count` items are begun at once; 0 pauses."""
        with self._changed:
            self._limit = max(0, min(self._workers, count))
            self._changed.notify_all()

    def close(self) -> None:
        """No more items will come; the loops end when all are done."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def cut(self) -> None:
        """Begin nothing any more: what waits is dropped, what runs ends."""
        with self._changed:
            self._cut = self._closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def wake(self) -> None:
        """Make the collector look up now."""
        self._collectable.set()

    def raise_crashed(self) -> None:
        """Raise what ended a worker's loop, if anything did."""
        for future in self._futures:
            if future.done():
                future.result()

    # -- the workers' side --

    def _loop(self, index: int) -> None:
        try:
            while self._ready(index):
                try:
                    item = self._waiting.popleft()
                except IndexError:
                    continue
                self._results.append(self._work(item))
                wanted = len(self._waiting) <= self._low or len(self._results) >= BATCH
                if wanted and not self._collectable.is_set():
                    self._collectable.set()
        except BaseException:
            self.cut()  # one worker that breaks ends the others' work; see `raise_crashed`
            raise
        finally:
            with self._changed:
                self._alive -= 1
                self._changed.notify_all()  # those above the limit shall see that nothing is left
            self._collectable.set()

    def _ready(self, index: int) -> bool:
        """Wait until this worker may take an item; False when its loop shall end."""
        if index < self._limit and self._waiting and not self._cut:
            return True  # no lock on the way that nearly every item takes
        with self._changed:
            # Counted before looking: `feed` adds first and then asks for sleepers, so one of the
            # two always sees the other.
            self._sleepers += 1
            try:
                self._collectable.set()
                while not self._cut:
                    if self._waiting:
                        if index < self._limit:
                            return True
                    elif self._closed:
                        return False
                    self._changed.wait()
                return False
            finally:
                self._sleepers -= 1

    def _finished(self) -> bool:
        return bool(self._futures) and self._alive == 0

    def __enter__(self) -> Stream[T, R]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cut()
