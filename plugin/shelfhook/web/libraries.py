"""Which libraries the hosts have, as the engine last heard; asked for at most once a second."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from shelfhook.errors import Unknown
from shelfhook.ports import Clock
from shelfhook.store.status import Beat, Status

KEEP = 1.0
"""Seconds for which what was read holds."""


@dataclass(frozen=True, slots=True)
class Known:
    """One host's libraries: their ids, and the id behind each name that only one of them has."""

    ids: frozenset[str] = frozenset()
    by_name: Mapping[str, str] = field(default_factory=dict)
    shown: tuple[str, ...] = ()


NOTHING = Known()


class Libraries:
    """A short-lived copy of what the engine publishes with the beat `host:<name>`."""

    def __init__(self, status: Status, clock: Clock) -> None:
        self._status = status
        self._clock = clock
        self._reading = threading.Lock()  # held by the one thread that reads anew
        self._hosts: Mapping[str, Known] | None = None
        self._read_at = 0.0

    def translate(self, host: str, library: str) -> str:
        """The id of the library that is meant; what is not known stays as it is."""
        known = self._known(host)
        return library if library in known.ids else known.by_name.get(library, library)

    def require(self, host: str, library: str) -> str:
        """The id of the library that is meant.

        Raises:
            Unknown: the host's libraries are known, and this is none of them.
        """
        known = self._known(host)
        found = library if library in known.ids else known.by_name.get(library)
        if found is not None or not known.ids:
            return found or library
        raise Unknown("library", library, list(known.shown))

    def _known(self, host: str) -> Known:
        hosts = self._hosts
        if hosts is None or self._clock.monotonic() - self._read_at > KEEP:
            hosts = self._refresh()
        return hosts.get(host, NOTHING)

    def _refresh(self) -> Mapping[str, Known]:
        """Read anew; while one thread does, the others go on with what they have."""
        if not self._reading.acquire(blocking=self._hosts is None):
            return self._hosts or {}
        try:
            self._hosts = {
                beat.name.removeprefix("host:"): _known_from(beat)
                for beat in self._status.beats()
                if beat.name.startswith("host:")
            }
            self._read_at = self._clock.monotonic()
            return self._hosts
        finally:
            self._reading.release()


def _known_from(beat: Beat) -> Known:
    libraries = [(str(one["id"]), str(one["name"])) for one in beat.detail.get("libraries") or ()]
    times = Counter(name for _, name in libraries)
    return Known(
        ids=frozenset(library for library, _ in libraries),
        by_name={name: library for library, name in libraries if times[name] == 1},
        shown=tuple(f"{library} ({name})" for library, name in libraries),
    )
