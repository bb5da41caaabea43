"""Sets aside events that only tell of our own writes."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from itertools import chain

from shelfhook.errors import ShelfhookError
from shelfhook.model import EventKind
from shelfhook.ports import Clock, Host
from shelfhook.rules import UNSETTLED, is_echo
from shelfhook.store import Store
from shelfhook.store.inbox import Told, Waiting

log = logging.getLogger("shelfhook.coalesce")

MOST = 50_000
"""Events of a batch that are looked at; what is beyond is no echo."""
ONE_BY_ONE = 100
"""Items that are asked for by themselves; more are looked up in the library's listing."""
ALLOWANCE = 2.0
"""Seconds for asking the host one by one; what is not known by then is no echo."""
LISTING = 8.0
"""Seconds for the listing: below what makes the tick's sign of life late."""
PAGE = 500
NOTE = "an echo of our own write"


class Echoes:
    """Compares what events tell of with the states in which we left the items."""

    def __init__(self, store: Store, hosts: Mapping[str, Host], clock: Clock) -> None:
        self._store = store
        self._hosts = hosts
        self._clock = clock

    def set_aside(self, waiting: Waiting, library: str) -> bool:
        """Drop the echoes among a library's events; whether every change in it was one.

        Args:
            library: the library's id at its host.
        """
        told = self._store.inbox.waiting_changes(waiting.host, waiting.library, MOST + 1)
        if not told or len(told) > MOST:
            return False
        left = self._store.ledger.left_of(waiting.host, {one.item for one in told})
        present = self._fingerprints(waiting.host, library, left)
        echoes = [one for one in told if _is_one(one, left, present)]
        if echoes:
            self._store.inbox.drop([one.seq for one in echoes], NOTE)
            self._settle(waiting.host, {one.item for one in echoes}, left, present)
        return len(echoes) == len(told)

    def set_scans_aside(self, waiting: Waiting) -> None:
        """Drop the scans that were concluded from a library's changes, all of which were echoes."""
        scans = self._store.inbox.waiting_scans(waiting.host, waiting.library, waiting.last_at)
        self._store.inbox.drop(scans, NOTE)

    def _settle(
        self,
        host: str,
        items: Collection[str],
        left: Mapping[str, tuple[str, float]],
        present: Mapping[str, str],
    ) -> None:
        """What a command has made of an item counts as the state that we left."""
        unsettled = {i: UNSETTLED + present[i] for i in items if left[i][0].startswith(UNSETTLED)}
        if unsettled:
            self._store.ledger.settle(host, unsettled)

    def _fingerprints(self, host: str, library: str, items: Collection[str]) -> dict[str, str]:
        """How these items look now; without those that the host cannot tell in time.

        Better a job too many than an event lost.
        """
        adapter = self._hosts.get(host)
        found: dict[str, str] = {}
        if adapter is None or not items:
            return found
        try:
            if len(items) > ONE_BY_ONE:
                self._listed(adapter, library, set(items), found)
            else:
                self._asked(adapter, items, found)
        except ShelfhookError as error:
            log.info("The host %s could not tell about echoes: %s", host, error)
        except Exception:  # an extension's code: it must not keep all other events waiting
            log.exception("The host %s could not tell about echoes", host)
        return found

    def _asked(self, adapter: Host, items: Collection[str], found: dict[str, str]) -> None:
        until = self._clock.monotonic() + ALLOWANCE
        for item in items:
            if self._clock.monotonic() >= until:
                return
            try:
                found[item] = adapter.fingerprint(adapter.item(item))
            except ShelfhookError:
                continue  # gone, or cannot be told now: the others may

    def _listed(self, adapter: Host, library: str, wanted: set[str], found: dict[str, str]) -> None:
        until = self._clock.monotonic() + LISTING
        # Some hosts tell of a book and not of its library.
        among = [library] if library else [one.id for one in adapter.libraries()]
        for page in chain.from_iterable(adapter.pages(one, size=PAGE) for one in among):
            for ref in page.refs:
                if ref.id in wanted and ref.fingerprint:
                    found[ref.id] = ref.fingerprint
                    wanted.discard(ref.id)
            if not wanted or self._clock.monotonic() >= until:
                return


def _is_one(told: Told, left: Mapping[str, tuple[str, float]], present: Mapping[str, str]) -> bool:
    fingerprint, at = left.get(told.item, (None, 0.0))
    kind = EventKind.ITEM_CHANGED
    return is_echo(kind, fingerprint, present.get(told.item), told.received_at - at)
