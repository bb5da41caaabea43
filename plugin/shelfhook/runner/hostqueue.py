"""A job that has told its host to do things ends when the host has done them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from shelfhook.model import Job
from shelfhook.ports import Action, Clock, Host

log = logging.getLogger("shelfhook.job")

LISTEN = 12.0
"""Seconds for the host to tell; Komga does so every ten."""
SILENT = 2
"""Questions in a row without an answer, until the host counts as one that cannot tell."""
HEED = 0.5
"""Seconds after which a cancel is heard at the latest."""
PAUSE = 2.0
"""Seconds between two questions to a host that answers at once."""


class Question:
    """One question to a host, in a thread of its own, so that who waits can hear of a cancel.

    The thread `backlog_<host>` ends with the answer, at the latest after `seconds`, or by the
    host's `close`; nobody waits for that of a question that was given up. Its fields are written
    before the event is set, and read after.
    """

    def __init__(self, host: Host, seconds: float) -> None:
        self._host = host
        self._seconds = seconds
        self._done = threading.Event()
        self.tasks: int | None = None
        self.error: Exception | None = None
        name = f"backlog_{host.name}"
        threading.Thread(target=self._ask, name=name, daemon=True).start()

    def answered(self, clock: Clock, stopping: threading.Event) -> bool:
        """Wait for the answer; False if we shall stop first."""
        while not stopping.is_set():
            if clock.wait(self._done, HEED):
                return True
        return False

    def _ask(self) -> None:
        try:
            self.tasks = self._host.backlog(self._seconds)
        except Exception as failure:  # noqa: BLE001 - a thread's root: the orchestrator tells it
            self.error = failure
        finally:
            self._done.set()


def longest(actions: Sequence[Action]) -> float:
    """How many seconds a job waits at most: the most patient of its actions says so."""
    return max((float(getattr(action, "wait_seconds", 0.0)) for action in actions), default=0.0)


def wait(
    job: Job,
    host: Host,
    clock: Clock,
    seconds: float,
    stopping: threading.Event,
    progressed: Callable[[], None],
) -> bool:
    """Wait until the host's queue is empty of what we caused; whether it is.

    A host that cannot tell is not waited for: other tasks may sit in its queue for weeks.

    Args:
        seconds: the longest wait.
        stopping: ends the wait.
        progressed: called whenever the host has told something, so that the job is not stalled.
    """
    until = clock.monotonic() + seconds
    silent = 0
    while not stopping.is_set():
        left = until - clock.monotonic()
        if left <= 0:
            log.info("Job %s waits no longer for the tasks of %s", job.short, host.name)
            return False
        question = Question(host, min(LISTEN, left))
        if not question.answered(clock, stopping):
            return False
        if question.error is not None:
            log.info("The host %s does not tell its tasks: %s", host.name, question.error)
            return False
        tasks = question.tasks
        progressed()
        silent = silent + 1 if tasks is None else 0
        if tasks == 0 or silent >= SILENT:
            return tasks == 0
        log.info("Job %s waits for %s task(s) of %s", job.short, tasks, host.name)
        clock.wait(stopping, min(PAUSE, left))
    return False
