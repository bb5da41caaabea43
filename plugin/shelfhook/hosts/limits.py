"""How long one call may take, and how many calls a host may bear at once."""

from __future__ import annotations

import threading
from collections import deque

from shelfhook.ports import Clock


class Deadline:
    """The moment at which a call, with all its retries and waits, is over.

    Args:
        clock: tells the time.
        seconds: how long from now.
    """

    __slots__ = ("_clock", "_ends", "seconds")

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self.seconds = seconds
        self._ends = clock.monotonic() + seconds

    def left(self) -> float:
        """Seconds until the end, never below zero."""
        return max(0.0, self._ends - self._clock.monotonic())

    def extend(self, seconds: float) -> None:
        """Put the end off by so many seconds."""
        self._ends += seconds
        self.seconds += seconds


class Budget:
    """At most `size` calls at once; who asks first is served first.

    The lock guards the count and the queue, and is never held while waiting.

    Args:
        size: how many calls may be under way, at least 1.
        clock: does the waiting.
    """

    def __init__(self, size: int, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._free = max(1, size)
        self._queue: deque[threading.Event] = deque()
        self._closed = False

    def take(self, seconds: float) -> bool:
        """Take a place, waiting at most `seconds`; False if there was none, or after `close`."""
        with self._lock:
            if self._closed:
                return False
            if self._free and not self._queue:
                self._free -= 1
                return True
            turn = threading.Event()
            self._queue.append(turn)
        return self._wait(turn, seconds)

    def give(self) -> None:
        """Give a place back: straight to the longest waiting, so that nobody can push in."""
        with self._lock:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._free += 1

    def close(self) -> None:
        """Send everybody away who waits or comes later."""
        with self._lock:
            self._closed = True
            while self._queue:
                self._queue.popleft().set()

    def _wait(self, turn: threading.Event, seconds: float) -> bool:
        self._clock.wait(turn, seconds)
        with self._lock:
            if self._closed:
                return False
            if turn.is_set():  # also when it came in the instant after the wait had ended
                return True
            self._queue.remove(turn)
            return False
