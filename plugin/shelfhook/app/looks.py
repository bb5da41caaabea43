"""How the hosts are: their health and libraries, and which of them are not called just now."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from shelfhook.errors import ShelfhookError
from shelfhook.ports import Clock, Host
from shelfhook.store import Store
from shelfhook.store.status import Beat

log = logging.getLogger("shelfhook.engine")

HOST_LOOK = 15.0
"""Seconds between two looks at a host's health and libraries."""


class Looks:
    """Looks at hosts and publishes what it sees.

    Args:
        known: told of all libraries of a host (id → name).
    """

    def __init__(
        self,
        hosts: Mapping[str, Host],
        store: Store,
        clock: Clock,
        known: Callable[[str, Mapping[str, str]], None],
    ) -> None:
        self._hosts = hosts
        self._store = store
        self._clock = clock
        self._known = known
        self._down = True  # jobs may say so since an earlier run
        self._libraries: dict[str, list[dict[str, str]]] = {}
        """As each host last told them; only its own look changes them once all has begun."""

    def take_up(self) -> None:
        """Forget an earlier run's signs of life, but not what its hosts last told of themselves."""
        gone = []
        for beat in self._store.status.beats():
            host = beat.name.removeprefix("host:")
            if host != beat.name and host in self._hosts:
                self._libraries[host] = list(beat.detail.get("libraries") or ())
            else:
                gone.append(beat.name)
        self._store.status.forget(gone)

    def look(self, name: str) -> None:
        """Publish a host's health and libraries; one that is down is told, and asked again."""
        host = self._hosts[name]
        check = host.check()
        ok, message = check.ok, check.message
        if ok:
            try:
                told = host.libraries()
            except ShelfhookError as error:
                ok, message = False, str(error)
            else:
                self._libraries[name] = [
                    {"id": lib.id, "name": lib.name, "root": lib.root} for lib in told
                ]
                self._known(name, {lib.id: lib.name for lib in told})
        detail = {
            "ok": ok,
            "message": message,
            "version": check.version,
            "libraries": self._libraries.get(name, []),  # names hold through an outage
        }
        self._store.status.beat([Beat(f"host:{name}", self._clock.now(), HOST_LOOK, ok, detail)])
        if not ok:
            log.warning("Host %s: %s", name, message)

    def breakers(self) -> list[Beat]:
        """Of each host, whether it is called just now; if not, why, and when it is tried again.

        The jobs that wait for such a host say so, too.
        """
        now, monotonic = self._clock.now(), self._clock.monotonic()
        states = {name: host.down_until() for name, host in self._hosts.items()}
        down = {name: state[1] for name, state in states.items() if state}
        if down or self._down:
            self._store.jobs.explain(down)
        self._down = bool(down)
        return [
            Beat(
                f"breaker:{name}",
                now,
                1.0,
                state is None,
                {"retry_at": now + state[0] - monotonic, "reason": state[1]} if state else {},
            )
            for name, state in states.items()
        ]
