"""How many of a job's items are at work at once: one number with four reasons to move.

Pause (0), the job's share of its host's budget, overload (halved, then one more after a streak of
successes), and the routine's `workers` as the ceiling.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from shelfhook.rules import Scaling, scale


class Pace:
    """Combines the four and tells the stream. The lock guards them; `tell` is called within it."""

    def __init__(self, ceiling: int, tell: Callable[[int], None], scaling: Scaling) -> None:
        self._lock = threading.Lock()
        self._ceiling = ceiling
        self._tell = tell
        self._scaling = scaling
        self._share = ceiling
        self._bearable = ceiling
        self._streak = 0
        self._paused = False
        self._now = ceiling

    @property
    def now(self) -> int:
        """The limit."""
        return self._now

    def pause(self, paused: bool) -> None:
        """Begin nothing, or go on."""
        with self._lock:
            self._paused = paused
            self._update()

    def share(self, calls: int) -> None:
        """Hear the job's share of the host's budget."""
        with self._lock:
            self._share = calls
            self._update()

    def report(self, error: Exception | None) -> None:
        """Hear how an item's attempt went; a success lets a lowered limit grow again."""
        if self._bearable >= self._ceiling:
            return  # nothing to learn: no lock on the way that nearly every item takes
        if error is None:
            self._learn(overloaded=False)

    def overload(self) -> None:
        """Hear that the host has shown overload since the last time, in whatever call."""
        self._learn(overloaded=True)

    def _learn(self, *, overloaded: bool) -> None:
        with self._lock:
            self._streak = 0 if overloaded else self._streak + 1
            before = self._bearable
            self._bearable = scale(before, self._ceiling, self._streak, overloaded, self._scaling)
            if self._bearable != before:
                self._streak = 0
            self._update()

    def _update(self) -> None:
        limit = 0 if self._paused else min(self._ceiling, self._share, self._bearable)
        if limit != self._now:
            self._now = limit
            self._tell(limit)
