"""Ripe events become jobs: one for each routine that listens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shelfhook.coalesce.echoes import Echoes
from shelfhook.model import EventKind, JobRequest, Trigger
from shelfhook.ports import Clock, Host
from shelfhook.rules import Patience, ripe_at
from shelfhook.rules.scans import GRACE
from shelfhook.settings import RoutineSettings
from shelfhook.store import Store
from shelfhook.store.inbox import Waiting

log = logging.getLogger("shelfhook.coalesce")

SCANNED = "the library is perhaps still being scanned"
UNDECIDED = "the host has not told its libraries yet, and a routine may name this one"

TURN = 0.5
"""After so many seconds a tick ends, for its sign of life; the other libraries come at the next."""


@dataclass(frozen=True, slots=True)
class Known:
    """A host's libraries (id → name) and when it told them."""

    names: Mapping[str, str]
    at: float

    def id_of(self, library: str) -> str:
        """The id behind an id or a name; what is not known, or fits several, stays as it is."""
        if library in self.names:
            return library
        fitting = [known for known, name in self.names.items() if name == library]
        return fitting[0] if len(fitting) == 1 else library


NOTHING = Known({}, 0.0)


def ripe(waiting: Waiting, now: float, patience: Patience) -> bool:
    """Whether a library's events become jobs now.

    They do, too, if they seem to come from the future: then the clock was set back. A lead below
    the quiet time is taken for the difference between two machines' clocks.
    """
    if waiting.first_at - now > patience.quiet:
        return True
    return now >= ripe_at(waiting.first_at, waiting.last_at, patience)


def nobody_holds(_host: str, _library: str) -> bool:
    """For an engine without bridges."""
    return False


class Coalescer:
    """Holds events until they are ripe, then hands them over in one transaction.

    Called by one housekeeping tick per host at a time, so that a slow host holds up no other. What
    came before the hand-over belongs to its job; what comes while that job runs makes another.

    Args:
        held: whether the events of a host's library shall wait although they are ripe.
    """

    def __init__(
        self,
        store: Store,
        routines: Mapping[str, RoutineSettings],
        hosts: Mapping[str, Host],
        clock: Clock,
        patience: Patience,
        held: Callable[[str, str], bool] = nobody_holds,
    ) -> None:
        self._store = store
        self._routines = routines
        self._hosts = hosts
        self._clock = clock
        self._patience = patience
        self._held = held
        self._echoes = Echoes(store, hosts, clock)
        self._known: dict[str, Known] = {}  # values are replaced, never changed
        self._why: dict[str, Mapping[str, str]] = {}  # likewise, by each host's own tick

    def know_libraries(self, host: str, libraries: Mapping[str, str]) -> None:
        """Learn all of a host's libraries (id → name), so that routines may name either."""
        self._known[host] = Known(dict(libraries), self._clock.now())

    def tick(self, host: str) -> list[str]:
        """Turn what is ripe of a host's events into jobs; gives their ids."""
        why: dict[str, str] = {}
        groups = [group for group in self._store.inbox.waiting() if group.host == host]
        try:
            return self._turn(groups, why)
        finally:
            self._why[host] = why

    def holding(self) -> dict[str, Any]:
        """How long events are held, and why those of some libraries longer (see `HOLDS`)."""
        reasons = {host: dict(why) for host, why in self._why.copy().items() if why}
        patience = self._patience
        return {"quiet": patience.quiet, "most": patience.most, "grace": GRACE, "reasons": reasons}

    def strays(self) -> list[str]:
        """The same for the events of hosts that are not there any more."""
        groups = self._store.inbox.waiting()
        return self._turn([group for group in groups if group.host not in self._hosts], {})

    def _turn(self, groups: Sequence[Waiting], why: dict[str, str]) -> list[str]:
        """Hand over what is ripe; `why` is told what is held beyond that, and why."""
        ids: dict[str, None] = {}  # two names of one library are one job
        now = self._clock.now()  # after the look, so that no event found is later
        begun = self._clock.monotonic()
        for waiting in groups:
            if self._is_held(waiting, now):
                why[waiting.library] = SCANNED
            elif ripe(waiting, now, self._patience):
                handed = self._hand_over(waiting, now)
                if handed is None:
                    why[waiting.library] = UNDECIDED
                ids |= dict.fromkeys(handed or ())
            if self._clock.monotonic() - begun >= TURN:
                break
        return list(ids)

    def _hand_over(self, waiting: Waiting, now: float) -> list[str] | None:
        """The ids of the jobs; None if it cannot be told yet whose they are."""
        kinds = self._store.inbox.kinds(waiting.host, waiting.library)
        if self._undecided(waiting, kinds, now):
            return None
        library = self._known.get(waiting.host, NOTHING).id_of(waiting.library)
        if not waiting.scans and self._echoes.set_aside(waiting, library):
            kinds = kinds - {EventKind.ITEM_CHANGED}  # what has come meanwhile waits for its turn
            if kinds == {EventKind.LIBRARY_SCANNED}:
                self._echoes.set_scans_aside(waiting)  # concluded from those echoes alone
                return []
        if not kinds:
            return []
        wanted = [
            JobRequest(
                routine=name,
                host=waiting.host,
                library=library,
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

    def _is_held(self, waiting: Waiting, now: float) -> bool:
        """Whether the library is perhaps being scanned.

        The bridge that says so sees to an end. But where something happens without a pause the next
        scan begins as one ends, between two of our ticks: so nothing is held beyond the longest
        wait.
        """
        if now - waiting.first_at >= self._patience.most + GRACE:
            return False
        library = self._known.get(waiting.host, NOTHING).id_of(waiting.library)
        return self._held(waiting.host, library)

    def _listens(self, routine: RoutineSettings, waiting: Waiting, kinds: set[EventKind]) -> bool:
        if routine.host != waiting.host or not routine.triggers.enabled:
            return False
        return bool(kinds & set(routine.triggers.events))

    def _names_it(self, routine: RoutineSettings, waiting: Waiting) -> bool:
        known = self._known.get(waiting.host, NOTHING)
        library = known.id_of(waiting.library)
        named = {waiting.library, library, known.names.get(library, "")}
        return not routine.libraries or bool(named & set(routine.libraries))

    def _undecided(self, waiting: Waiting, kinds: set[EventKind], now: float) -> bool:
        """Whether a routine may mean this library by a name that we do not know yet.

        Until the host has told us its libraries the events wait: dropped, they would be lost.
        """
        if waiting.host not in self._hosts:
            return False
        known = self._known.get(waiting.host)
        if known and known.id_of(waiting.library) in known.names:
            return False
        if known and not known.at <= waiting.first_at <= now:
            return False  # told after the event came, or the clock was set back since
        return any(
            self._listens(routine, waiting, kinds) and not self._names_it(routine, waiting)
            for routine in self._routines.values()
        )
