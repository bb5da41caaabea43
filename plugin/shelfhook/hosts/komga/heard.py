"""What the stream that the bridge reads tells of Komga's tasks, for the jobs that wait for them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from shelfhook.hosts.komga import tasks
from shelfhook.hosts.limits import Deadline
from shelfhook.hosts.sse import Event


class Heard:
    """Passes each status on to whoever waits for the next one.

    The condition guards the three fields. It is notified by the one thread that reads the stream:
    of each status, and when the stream ends, so that nobody waits for a stream that is gone.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open = False
        self._statuses = 0
        self._ours = 0

    @contextmanager
    def listening(self, admin: bool) -> Iterator[None]:
        """While the stream is read; only administrators are told of tasks."""
        with self._changed:
            self._open = admin
        try:
            yield
        finally:
            with self._changed:
                self._open = False
                self._changed.notify_all()

    def tell(self, event: Event) -> None:
        """Look at an event of the stream."""
        counted = tasks.read(event.data) if event.name == tasks.STATUS else None
        if counted is not None:
            with self._changed:
                self._statuses += 1
                self._ours = counted.ours
                self._changed.notify_all()

    def next(self, left: Deadline) -> int | None:
        """The count of our tasks in the next status; None if nobody listens, or it ends first.

        Not in the last one: that may be older than what was just commanded.
        """
        with self._changed:
            seen = self._statuses
            self._changed.wait_for(lambda: self._statuses > seen or not self._open, left.left())
            return self._ours if self._statuses > seen else None
