"""Jobs that nobody runs although the store says that they run: their database went away."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection

from shelfhook.model import JobState
from shelfhook.ports import Clock
from shelfhook.store import Store

log = logging.getLogger("shelfhook.dispatch")

REASON = "the database was away; the job goes on"
SURE = 5.0
"""Seconds for which a job must have been in nobody's hands; a claim needs milliseconds."""


class Lost:
    """Remembers such jobs until they could be made to wait again. The lock guards that memory.

    Args:
        running: numbers of the jobs that somebody runs.
    """

    def __init__(self, store: Store, clock: Clock, running: Callable[[], Collection[int]]) -> None:
        self._store = store
        self._clock = clock
        self._running = running
        self._lock = threading.Lock()
        self._nums: set[int] = set()
        self._turn = threading.Lock()  # held by the one thread that is requeuing
        self._since: dict[int, float] = {}  # touched only by whoever has the turn

    def add(self, num: int) -> None:
        """Remember a job whose run ended without its database."""
        with self._lock:
            self._nums.add(num)

    def requeue(self) -> None:
        """Let them wait again; what cannot be written now stays remembered.

        Raises:
            StoreUnavailable: the database is still away.
        """
        if not self._turn.acquire(blocking=False):
            return  # another thread is at it: acting on what it has just mended would undo it
        try:
            self._requeue()
        finally:
            self._turn.release()

    def _requeue(self) -> None:
        now = self._clock.monotonic()
        jobs = self._store.jobs.in_states(JobState.RUNNING, JobState.PAUSED)
        held = set(self._running())
        # Looked for every time: a claim may have been made although its answer was lost.
        orphans = {job.num for job in jobs} - held
        self._since = {num: self._since.get(num, now) for num in orphans}
        with self._lock:
            due = self._nums | {num for num in orphans if now - self._since[num] >= SURE}
        for job in jobs:
            if job.num in due and job.num not in self._running():
                self._store.jobs.move(job.num, JobState.QUEUED, self._clock.now(), REASON)
                log.warning("Job %s waits again: %s", job.short, REASON)
        with self._lock:
            self._nums -= due
