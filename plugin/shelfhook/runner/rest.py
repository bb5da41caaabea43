"""When a job rests: a person wished it, or its host is down. Nothing of it is lost meanwhile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from shelfhook.model import PAUSED_BY_WISH, Job, JobState, Wish
from shelfhook.rules import Claim, weight_of
from shelfhook.runner.pace import Pace
from shelfhook.runner.setting import Setting

log = logging.getLogger("shelfhook.job")


LONGEST = 3600.0
"""Seconds after which a host is asked again, whatever pause it had asked for."""


class Rest:
    """Pauses and wakes one job: its pace, its state in the store, its seat and its share.

    `wish` may come from any thread, and stops new items at once; all else is the orchestrator's.
    The lock guards the wish and the pause that follows from it.

    Args:
        seat: called with True when the job needs a seat among the running ones (tells whether it
            got one) and with False when it gives it back.
    """

    def __init__(
        self, setting: Setting, job: Job, workers: int, pace: Pace, seat: Callable[[bool], bool]
    ) -> None:
        self._s = setting
        self._job = job
        self._host = setting.hosts[job.host]
        self._workers = workers
        self._pace = pace
        self._seat = seat
        self._pausing = threading.Lock()
        self._wished = job.wish is Wish.PAUSE
        self._down: tuple[float, str] | None = None
        self._resting = False
        self._by_wish = False

    @property
    def resting(self) -> bool:
        """Whether the job rests now."""
        return self._resting

    @property
    def wished(self) -> bool:
        """Whether a person wants it to rest."""
        return self._wished

    @property
    def settled(self) -> bool:
        """Whether the store says that the job rests because a person wants it."""
        return self._resting and self._by_wish

    def wish(self, pause: bool) -> None:
        """A person wants the job to rest, or to go on."""
        with self._pausing:
            self._wished = pause
            if pause:
                self._pace.pause(True)  # at once; going on is the orchestrator's to say

    def begin(self) -> None:
        """Take part in the host's budget; begin nothing if a pause is wished already."""
        self._pace.pause(self._wished)
        self._claim(self._workers)

    def leave(self) -> None:
        """Give the share back."""
        self._s.budget.leave(self._job.host, self._job.id)

    def host_down(self, error: Exception) -> None:
        """The host is away: rest until its breaker lets a call through."""
        if self._down is None:
            self._pace.pause(True)
            asked = getattr(error, "retry_after", None) or 1.0
            wait = min(asked, LONGEST)
            self._down = (self._s.clock.monotonic() + wait, f"the host is down: {error}")

    def look(self) -> bool:
        """Rest or go on as things are now; tells whether the host has just come back."""
        back = self._down is not None and self._host_is_back()
        by_wish = self._wished
        if not by_wish and self._down is None:
            if self._resting:
                self._go_on()
        elif not self._resting or by_wish != self._by_wish:
            self._rest(by_wish)
        with self._pausing:
            self._pace.pause(self._resting or self._wished)
        return back

    def _rest(self, by_wish: bool) -> None:
        """Begin nothing, and leave seat and budget to others.

        A person's pause is written down as such also where the host is down already: it outlasts
        that, and a restart.
        """
        now, jobs = self._s.clock.now(), self._s.store.jobs
        reason = PAUSED_BY_WISH if by_wish or self._down is None else self._down[1]
        if self._resting:
            jobs.move(self._job.num, JobState.RUNNING, now)  # else the reason could not change
        self._resting, self._by_wish = True, by_wish
        jobs.move(self._job.num, JobState.PAUSED, now, reason)
        self._claim(0)
        self._seat(False)
        log.info("Job %s is paused: %s", self._job.short, reason)
        self._s.journal.note(self._job.num, "paused", reason, "info" if by_wish else "warning")

    def _go_on(self) -> None:
        """Take seat and budget again; while every seat is taken, stay paused."""
        if not self._seat(True):
            return
        self._resting = False
        self._s.store.jobs.move(self._job.num, JobState.RUNNING, self._s.clock.now())
        self._claim(self._workers)
        log.info("Job %s goes on", self._job.short)
        self._s.journal.note(self._job.num, "resumed", "it goes on")

    def _host_is_back(self) -> bool:
        """When it is time, ask the host whether it is back."""
        assert self._down is not None
        breaker = self._host.down_until()
        until = max(self._down[0], breaker[0] if breaker else 0.0)
        if self._s.clock.monotonic() < until:
            return False
        check = self._host.check()
        if not check.ok:
            self._down = (self._s.clock.monotonic() + 1.0, f"the host is down: {check.message}")
            return False
        self._down = None
        self._s.journal.note(self._job.num, "host", "the host answers again")
        return True

    def _claim(self, ceiling: int) -> None:
        """Ask for at most `ceiling` calls of the host's budget; 0 leaves it to others."""
        claim = Claim(weight_of(self._job.priority), ceiling)
        self._s.budget.join(self._job.host, self._job.id, claim, self._pace.share)
