"""Ripe events become jobs: one for each routine that listens."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from shelfhook.errors import ShelfhookError
from shelfhook.model import Event, EventKind, JobRequest, Trigger
from shelfhook.ports import Clock, Host
from shelfhook.rules import Patience, is_echo, ripe_at
from shelfhook.settings import RoutineSettings
from shelfhook.store import Store
from shelfhook.store.inbox import Waiting

log = logging.getLogger("shelfhook.coalesce")

LOOKED_AT = 500
"""Item events of a batch that are checked for echoes; a larger batch is somebody else's work."""


class Coalescer:
    """Holds events until they are ripe, then hands them over in one transaction.

    Called by one housekeeping tick at a time. What came before the hand-over belongs to its job;
    what comes while that job runs makes another.
    """

    def __init__(
        self,
        store: Store,
        routines: Mapping[str, RoutineSettings],
        hosts: Mapping[str, Host],
        clock: Clock,
        patience: Patience,
    ) -> None:
        self._store = store
        self._routines = routines
        self._hosts = hosts
        self._clock = clock
        self._patience = patience
        self._names: dict[tuple[str, str], str] = {}

    def know_libraries(self, host: str, libraries: Mapping[str, str]) -> None:
        """Learn a host's libraries (id → name), so that routines may name either."""
        for library, name in libraries.items():
            self._names[host, library] = name

    def tick(self) -> list[str]:
        """Turn what is ripe into jobs; gives their ids."""
        ids: list[str] = []
        now = self._clock.now()
        for waiting in self._store.inbox.waiting():
            if now >= ripe_at(waiting.first_at, waiting.last_at, self._patience):
                ids += self._hand_over(waiting, now)
        return ids

    def _hand_over(self, waiting: Waiting, now: float) -> list[str]:
        if not waiting.scans and waiting.count <= LOOKED_AT:
            kinds = self._drop_echoes(waiting)
            if not kinds:
                return []
        else:
            kinds = self._kinds(waiting)
        wanted = [
            JobRequest(
                routine=name,
                host=waiting.host,
                library=waiting.library,
                trigger=Trigger.SCAN,
                priority=routine.priority,
                dry_run=routine.dry_run,
            )
            for name, routine in self._routines.items()
            if self._listens(routine, waiting, kinds)
        ]
        ids = self._store.jobs.take_events(waiting.host, waiting.library, wanted, now)
        log.info(
            "%d event(s) of %s %s: %s",
            waiting.count,
            waiting.host,
            waiting.library,
            ", ".join(f"job {job[:8]}" for job in ids) or "no routine listens",
        )
        return ids

    def _kinds(self, waiting: Waiting) -> set[EventKind]:
        kinds = {EventKind.LIBRARY_SCANNED} if waiting.scans else set()
        if waiting.count > waiting.scans:
            some = self._store.inbox.waiting_items(waiting.host, waiting.library, LOOKED_AT)
            kinds |= {event.kind for event in some}
        return kinds

    def _listens(self, routine: RoutineSettings, waiting: Waiting, kinds: set[EventKind]) -> bool:
        if routine.host != waiting.host or not routine.triggers.enabled:
            return False
        if not kinds & set(routine.triggers.events):
            return False
        named = {waiting.library, self._names.get((waiting.host, waiting.library), "")}
        return not routine.libraries or bool(named & set(routine.libraries))

    def _drop_echoes(self, waiting: Waiting) -> set[EventKind]:
        """Set aside events that only tell of our own writes; gives the kinds that are left."""
        events = self._store.inbox.waiting_items(waiting.host, waiting.library, LOOKED_AT)
        echoes: dict[str, bool] = {}
        for event in events:
            if event.item not in echoes and event.kind is EventKind.ITEM_CHANGED:
                echoes[event.item] = self._is_echo(event)
        dropped = [
            event
            for event in events
            if event.kind is EventKind.ITEM_CHANGED and echoes.get(event.item)
        ]
        if dropped:
            self._store.inbox.drop([event.seq for event in dropped], "an echo of our own write")
        gone = {event.seq for event in dropped}
        return {event.kind for event in events if event.seq not in gone}

    def _is_echo(self, event: Event) -> bool:
        left = self._store.ledger.fingerprint(event.host, event.item)
        host = self._hosts.get(event.host)
        if left is None or host is None:
            return False
        try:
            present = host.fingerprint(host.item(event.item))
        except ShelfhookError:
            return False  # cannot be told now: better a job too many than an event lost
        return is_echo(event.kind, left, present)
