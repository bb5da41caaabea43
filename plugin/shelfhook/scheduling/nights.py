"""Schedules: every due time ends as ran, skipped (with a reason) or missed, and is shown so."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping

from shelfhook.coalesce.calls import Call, Calls
from shelfhook.model import FireResult, Trigger
from shelfhook.ports import Clock
from shelfhook.rules import settle_due
from shelfhook.rules.pauses import skip_paused
from shelfhook.scheduling.cron import due_between, next_due
from shelfhook.settings import RoutineSettings
from shelfhook.store import Store
from shelfhook.store.schedules import Due

log = logging.getLogger("shelfhook.schedule")


class Nights:
    """Settles due times against the fire log. The log's unique due time makes each happen once,
    whatever the number of processes; what fell due while nobody ran is noticed at the next start.
    """

    def __init__(
        self,
        store: Store,
        routines: Mapping[str, RoutineSettings],
        calls: Calls,
        clock: Clock,
    ) -> None:
        self._store = store
        self._calls = calls
        self._clock = clock
        self._scheduled = {
            name: routine
            for name, routine in routines.items()
            if routine.triggers.cron and routine.triggers.enabled
        }

    @property
    def scheduled(self) -> Mapping[str, RoutineSettings]:
        """The routines that have a schedule."""
        return self._scheduled

    def settle(self, name: str) -> None:
        """Log every due time of a schedule up to now, and queue a job for the one that runs."""
        triggers = self._scheduled[name].triggers
        now = self._clock.now()
        since = self._store.schedules.know(name, triggers.cron, triggers.timezone, now)
        due = due_between(triggers.cron, triggers.timezone, since, now)
        switch = self._store.switches.of(name)
        settled = settle_due(due, now, triggers.misfire_hours * 3600)
        for moment, result, reason in skip_paused(settled, switch.paused, switch.reason):
            if self._store.schedules.log(self._due(name, moment, result, reason), now):
                log.info("Schedule %s: %s %s", name, result, reason)

    def settle_all(self) -> None:
        """Settle every schedule; done at the start and, for safety, now and then."""
        for name in self._scheduled:
            self.settle(name)

    def next(self) -> dict[str, float]:
        """When each schedule is due next (seconds since the epoch)."""
        now = self._clock.now()
        found = {
            name: next_due(routine.triggers.cron, routine.triggers.timezone, now)
            for name, routine in self._scheduled.items()
        }
        return {name: due for name, due in found.items() if due is not None}

    def _due(self, name: str, moment: float, result: FireResult, reason: str) -> Due:
        if result is not FireResult.RAN:
            return Due(name, moment, result, reason)
        call = Call(name, trigger=Trigger.SCHEDULE, delivery=f"schedule:{name}:{moment:.0f}")
        request, event = self._calls.prepare(call)
        return Due(name, moment, result, reason, request, event, str(uuid.uuid4()))
