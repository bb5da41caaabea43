"""A job that has told its host to do things ends when the host has done them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from shelfhook.errors import HostDown, ShelfhookError
from shelfhook.model import Job
from shelfhook.ports import Action, Clock, Host

log = logging.getLogger("shelfhook.job")

LISTEN = 12.0
"""Seconds for the host to tell; Komga does so every ten."""
SILENT = 2
"""Questions in a row without an answer, until the host counts as one that cannot tell."""
FOR_A_LOOK = 600.0
"""Seconds to wait, at least, where it is to be seen what the host makes of what was written."""
AWAY = -1
"""In place of a count: the host is not there."""
PAUSE = 2.0
"""Seconds between two questions to a host that answers at once."""


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

    A host that cannot tell is not waited for: other tasks may sit in its queue for weeks. One that
    is away is: its queue outlasts that.

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
        try:
            tasks = _ask(host, min(LISTEN, left))
        except ShelfhookError as error:
            log.info("The host %s does not tell its tasks: %s", host.name, error)
            return False
        progressed()
        silent = silent + 1 if tasks is None else 0
        if tasks == 0 or silent >= SILENT:
            return tasks == 0
        told = "the return" if tasks == AWAY else f"{tasks} task(s)"
        log.info("Job %s waits for %s of %s", job.short, told, host.name)
        clock.wait(stopping, min(PAUSE, left))
    return False


def _ask(host: Host, seconds: float) -> int | None:
    """How many tasks are left; None if the host does not tell, and `AWAY` if it is not there."""
    try:
        tasks = host.backlog(seconds)
    except HostDown:
        return AWAY
    return AWAY if tasks is None and not host.check().ok else tasks


class Watch:
    """Waits for a host's queue in a thread `job-<8>-queue`, so that wishes are heard meanwhile.

    The thread ends when the host has done what it had to do, after `seconds`, or, once `stopping`
    is set, with the question that is under way; by then it has nothing more to do with the job.

    Args:
        wake: called when the wait is over.
    """

    def __init__(
        self,
        job: Job,
        host: Host,
        clock: Clock,
        seconds: float,
        stopping: threading.Event,
        progressed: Callable[[], None],
        wake: Callable[[], None],
    ) -> None:
        self._over = threading.Event()
        self._failure: Exception | None = None
        self.settled = False

        def run() -> None:
            try:
                self.settled = wait(job, host, clock, seconds, stopping, progressed)
            except Exception as error:  # noqa: BLE001 - a thread's root: `over` raises it
                self._failure = error
            self._over.set()
            wake()

        threading.Thread(target=run, name=f"job-{job.short}-queue", daemon=True).start()

    @property
    def over(self) -> bool:
        """Whether the wait is over; raises what ended it before its time."""
        if self._over.is_set() and self._failure is not None:
            raise self._failure
        return self._over.is_set()
