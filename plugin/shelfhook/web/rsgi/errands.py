"""Errands for the loop from other threads, many with one wake-up.

`call_soon_threadsafe` writes to the loop's own socket each time; a commit that answers a hundred
deliveries would pay that a hundred times.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable


class Errands:
    """What other threads want done on a loop, in their order."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._wanted: deque[Callable[[], object]] = deque()  # its ends are safe for all threads
        self._called = False
        """Whether the loop knows that there is something. Set by others, cleared by the loop before
        it looks, so that an errand is never left lying; at worst the loop looks once in vain."""

    def leave(self, errand: Callable[[], object]) -> None:
        """Let the loop do it soon; from any thread. It must not raise; dropped at the end."""
        self._wanted.append(errand)
        if not self._called:
            self._called = True
            try:
                self._loop.call_soon_threadsafe(self._run)
            except RuntimeError:  # the loop has ended, and all who waited with it
                self._wanted.clear()
                self._called = False

    def _run(self) -> None:
        self._called = False
        for _ in range(len(self._wanted)):
            self._wanted.popleft()()
