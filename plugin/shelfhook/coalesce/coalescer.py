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
        self._known_at: dict[str, float] = {}

    def know_libraries(self, host: str, libraries: Mapping[str, str]) -> None:
        """Learn a host's libraries (id → name), so that routines may name either."""
        for library, name in libraries.items():
            self._names[host, library] = name
        self._known_at[host] = self._clock.now()

    def tick(self) -> list[str]:
        """Turn what is ripe into jobs; gives their ids."""
        ids: list[str] = []
        now = self._clock.now()
        for waiting in self._store.inbox.waiting():
            if now >= ripe_at(waiting.first_at, waiting.last_at, self._patience):
                ids += self._hand_over(waiting, now)
        return ids

    def _hand_over(self, waiting: Waiting, now: float) -> list[str]:
        kinds = self._store.inbox.kinds(waiting.host, waiting.library)
        if not waiting.scans and waiting.count <= LOOKED_AT:
            kinds = self._without_echoes(waiting, kinds)
        if not kinds or self._undecided(waiting, kinds):
            return []
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
            if self._listens(routine, waiting, kinds) and self._names_it(routine, waiting)
        ]
        ids = self._store.jobs.take_events(waiting.host, waiting.library, wanted, now, kinds=kinds)
        log.info(
            "%d event(s) of %s %s: %s",
            waiting.count,
            waiting.host,
            waiting.library,
            ", ".join(f"job {job[:8]}" for job in ids) or "no routine listens",
        )
        return ids

    def _listens(self, routine: RoutineSettings, waiting: Waiting, kinds: set[EventKind]) -> bool:
        if routine.host != waiting.host or not routine.triggers.enabled:
            return False
        return bool(kinds & set(routine.triggers.events))

    def _names_it(self, routine: RoutineSettings, waiting: Waiting) -> bool:
        named = {waiting.library, self._names.get((waiting.host, waiting.library), "")}
        return not routine.libraries or bool(named & set(routine.libraries))

    def _undecided(self, waiting: Waiting, kinds: set[EventKind]) -> bool:
        """Whether a routine may mean this library by a name that we do not know yet.

        Until the host has told us its libraries the events wait: dropped, they would be lost.
        """
        if (waiting.host, waiting.library) in self._names or waiting.host not in self._hosts:
            return False
        if self._known_at.get(waiting.host, 0.0) > waiting.first_at:
            return False
        return any(
            self._listens(routine, waiting, kinds) and not self._names_it(routine, waiting)
            for routine in self._routines.values()
        )

    def _without_echoes(self, waiting: Waiting, kinds: set[EventKind]) -> set[EventKind]:
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
        changes = [event for event in events if event.kind is EventKind.ITEM_CHANGED]
        if dropped and len(dropped) == len(changes):
            return kinds - {EventKind.ITEM_CHANGED}  # what has come meanwhile is looked at later
        return kinds

    def _is_echo(self, event: Event) -> bool:
        left = self._store.ledger.fingerprint(event.host, event.item)
        host = self._hosts.get(event.host)
        if left is None or host is None:
            return False
        try:
            present = host.fingerprint(host.item(event.item))
        except ShelfhookError:
            return False  # cannot be told now: better a job too many than an event lost
        except Exception:  # an extension's code: it must not keep all other events waiting
            log.exception("The host %s could not tell about item %s", event.host, event.item)
            return False
        return is_echo(event.kind, left, present)
