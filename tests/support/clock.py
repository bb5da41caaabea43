"""A clock that stands still until a test moves it."""

from __future__ import annotations

import threading


class FakeClock:
    """Satisfies `shelfhook.ports.Clock`. Waiting threads wake when the test advances far enough.

    The condition guards the time; waiters hold it only while they look.
    """

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._moved = threading.Condition()
        self._now = now
        self._monotonic = 1_000.0
        self.waits: list[float] = []
        self.instant = True
        """Whether a wait passes at once, moving the clock on (for tests of backoff)."""

    def now(self) -> float:
        with self._moved:
            return self._now

    def monotonic(self) -> float:
        with self._moved:
            return self._monotonic

    def advance(self, seconds: float) -> None:
        with self._moved:
            self._now += seconds
            self._monotonic += seconds
            self._moved.notify_all()

    def set_back(self, seconds: float) -> None:
        """The wall clock is corrected; the other one only goes on."""
        with self._moved:
            self._now -= seconds
            self._moved.notify_all()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        with self._moved:
            self.waits.append(seconds)
            if self.instant:
                self._now += seconds
                self._monotonic += seconds
                return event.is_set()
            until = self._monotonic + seconds
            while not event.is_set() and self._monotonic < until:
                self._moved.wait(0.01)  # the event has no hook of its own; look again soon
            return event.is_set()
