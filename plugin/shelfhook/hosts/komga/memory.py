"""What was asked a moment ago, and need not be asked again for each item."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from shelfhook.ports import Clock

V = TypeVar("V")

KEEP = 30.0
"""Seconds for which an answer holds: the items of a job follow one another within that."""


class Memory(Generic[V]):
    """Answers by their question.

    The lock is held while one thread asks, so that the others wait for its answer instead of
    asking the same; the deadline of the host's call ends that.

    Args:
        clock: tells how old an answer is.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._asking = threading.Lock()
        self._known: dict[str, tuple[float, V]] = {}

    def get(self, question: str, ask: Callable[[], V]) -> V:
        """The answer, asked for if it is not known or too old. What `ask` raises is not kept."""
        with self._asking:
            known = self._known.get(question)
            now = self._clock.monotonic()
            if known is None or now - known[0] > KEEP:
                known = self._known[question] = (now, ask())
            return known[1]

    def known(self, question: str) -> V | None:
        """The answer as it is known, however old."""
        with self._asking:
            known = self._known.get(question)
            return None if known is None else known[1]

    def forget(self, question: str) -> None:
        """Ask anew the next time."""
        with self._asking:
            self._known.pop(question, None)
