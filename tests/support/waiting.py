"""Waiting for what other threads do, always with a time limit. The one place that polls."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

LIMIT = 20.0
"""Seconds after which a test gives up; generous, since the machine may be busy."""


def wait_until(predicate: Callable[[], T], limit: float = LIMIT, what: str = "") -> T:
    """Ask again and again until the answer is true; give that answer."""
    deadline = time.monotonic() + limit
    while not (answer := predicate()):
        if time.monotonic() > deadline:
            raise TimeoutError(what or f"it did not come true within {limit:g} s")
        time.sleep(0.005)
    return answer


class Background(Generic[T]):
    """Runs a function in a thread of its own; `result` gives what it gave or raises."""

    def __init__(self, function: Callable[[], T], name: str = "background") -> None:
        self._function = function
        self._answer: T | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._answer = self._function()
        except BaseException as error:  # noqa: BLE001 - handed to whoever asks for the result
            self._error = error

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def result(self, limit: float = LIMIT) -> T:
        self._thread.join(limit)
        if self._thread.is_alive():
            raise TimeoutError(f"{self._thread.name} did not end within {limit:g} s")
        if self._error is not None:
            raise self._error
        return self._answer  # type: ignore[return-value]


class Gate:
    """Open at first. While it is shut, whoever comes waits; `arrived` counts all who came.

    The condition guards all below.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._shut = False
        self._queue: list[int] = []
        self.arrived = 0

    @property
    def waiting(self) -> int:
        """How many stand before the gate."""
        with self._changed:
            return len(self._queue)

    def shut(self) -> None:
        with self._changed:
            self._shut = True

    def open(self) -> None:
        with self._changed:
            self._shut = False
            self._queue.clear()
            self._changed.notify_all()

    def let(self, count: int) -> None:
        """Let those pass who have waited longest, so many of them; it stays shut for others."""
        with self._changed:
            del self._queue[:count]
            self._changed.notify_all()

    def go(self) -> None:
        """Pass, or wait for it."""
        with self._changed:
            self.arrived += 1
            if not self._shut:
                return
            place = self.arrived
            self._queue.append(place)
            self._changed.notify_all()
            if not self._changed.wait_for(lambda: place not in self._queue, 60):
                self._queue.remove(place)
            self._changed.notify_all()

    def wait_for(self, count: int, limit: float = LIMIT) -> None:
        """Wait until so many stand before the shut gate."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._queue) == count, limit):
                raise TimeoutError(f"{len(self._queue)} instead of {count} wait at the gate")
