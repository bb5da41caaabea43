"""APScheduler with its two executors: orchestrators in one, short ticks in the other."""

from __future__ import annotations

import logging
from collections.abc import Callable

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from shelfhook.scheduling.cron import trigger
from shelfhook.scheduling.loops import Loops

log = logging.getLogger("shelfhook.scheduler")

SPARE = 32
"""Orchestrator threads beyond `concurrent_jobs`, for jobs that are paused and have no seat."""


class Scheduler:
    """Says when; what and whether is decided elsewhere, from the store.

    Its threads end with `stop`: APScheduler's own, `job-mgr_*` and `housekeeping_*`.
    """

    def __init__(
        self, concurrent_jobs: int, loops: Loops, spare: int = SPARE, hosts: int = 0
    ) -> None:
        self._loops = loops
        self._executors = {
            "orchestration": ThreadPoolExecutor(
                concurrent_jobs + spare, pool_kwargs={"thread_name_prefix": "job-mgr"}
            ),
            "housekeeping": ThreadPoolExecutor(
                # A host that hangs holds up its look and its coalescing, never the other ticks.
                8 + 2 * hosts,
                pool_kwargs={"thread_name_prefix": "housekeeping"},
            ),
        }
        self._scheduler = _Lasting(executors=self._executors, timezone="UTC")

    def orchestrate(self, dispatch: Callable[[], None]) -> None:
        """Run a dispatch as soon as an orchestrator is free, however late that is.

        APScheduler's default grace of one second would drop it without a word.
        """
        self._scheduler.add_job(dispatch, executor="orchestration", misfire_grace_time=None)

    def every(self, seconds: float, name: str, tick: Callable[[], object]) -> None:
        """Run a short tick again and again, never twice at once."""
        self._scheduler.add_job(
            self._loops.supervise(name, seconds, tick),
            IntervalTrigger(seconds=seconds),
            id=name,
            executor="housekeeping",
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )

    def at(
        self, name: str, cron: str, timezone: str, grace: float, fire: Callable[[], None]
    ) -> None:
        """Call `fire` at the due times of a cron expression, up to `grace` seconds late."""
        self._scheduler.add_job(
            fire,
            trigger(cron, timezone),
            id=f"schedule:{name}",
            executor="housekeeping",
            coalesce=True,
            misfire_grace_time=max(1, int(grace)),
        )

    @property
    def running(self) -> bool:
        """Whether it has been started and not stopped."""
        return bool(self._scheduler.running)

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """Start nothing any more and wait for the ticks that run.

        APScheduler would wait while it holds the lock that `orchestrate` needs, and a tick that
        asks for a dispatch just then would never end. So it only stops, and we wait.
        """
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
            for executor in self._executors.values():
                executor.shutdown(wait=True)


class _Lasting(BackgroundScheduler):  # type: ignore[misc] # APScheduler ships no types
    """Its one thread outlives errors: without it nothing would ever begin again."""

    def _process_jobs(self) -> float | None:
        try:
            seconds: float | None = super()._process_jobs()
        except Exception:
            if not self.running:  # a job was removed while it stopped
                return None
            log.exception("The scheduler failed; it goes on")
            return 1.0
        return seconds
