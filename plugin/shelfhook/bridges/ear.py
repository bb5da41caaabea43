"""Reads a host's stream in a thread of its own: it is drained however long the rest takes."""

from __future__ import annotations

import threading
from collections import deque

from shelfhook.ports import Clock, Tells, Tiding

MOST = 5_000
"""Tidings that are taken at once: of a burst no commit grows so large that others wait for it."""


class Ear:
    """One stream, from its beginning to its end.

    Its thread only puts what it hears into a deque, whose ends need no lock between one who puts
    and one who takes. It ends with the stream: when the host ends it, when it breaks or is silent
    for too long, or by the host's `close`; after `leave` with the next message at the latest.
    """

    def __init__(self, tells: Tells, name: str) -> None:
        self._tells = tells
        self._heard: deque[Tiding] = deque()
        self._stirred = threading.Event()
        self._over = False
        self._left = False
        self.error: Exception | None = None
        """Why the stream is over; None if it ended in good order. For after `take` gave None."""
        self._thread = threading.Thread(target=self._listen, name=name, daemon=True)

    def start(self) -> None:
        """Open the stream."""
        self._thread.start()

    def take(self, clock: Clock, seconds: float) -> list[Tiding] | None:
        """What was heard, waiting a little if there is nothing; None once all of it is over."""
        over = self._over  # looked at first: what was heard before the end must not be lost
        if not (over or self._heard):
            clock.wait(self._stirred, seconds)
        self._stirred.clear()
        batch = [self._heard.popleft() for _ in range(min(MOST, len(self._heard)))]
        return None if over and not batch else batch

    def leave(self) -> None:
        """Listen no more."""
        self._left = True

    def join(self, seconds: float) -> None:
        """Wait for the thread's end, at most so long."""
        self._thread.join(seconds)

    def _listen(self) -> None:
        try:
            stream = self._tells.tidings()
            try:
                for tiding in stream:
                    if self._left:
                        return
                    self._heard.append(tiding)
                    self._stirred.set()
            finally:
                close = getattr(stream, "close", None)
                if close is not None:
                    close()
        except Exception as failure:  # noqa: BLE001 - a thread's root: the bridge tells it
            self.error = failure
        finally:
            self._over = True
            self._stirred.set()
