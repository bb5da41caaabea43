"""Which libraries the hosts have, as the engine last heard; asked for at most once a second.

A library is found by its id, its name, or a path in it. A path may be the host's own (below a
library's root), or this machine's, where `[hosts.<name>.paths]` says how the two go together.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from shelfhook.errors import Permanent, Unknown
from shelfhook.files.mapping import HostPath, parse
from shelfhook.model import Library
from shelfhook.ports import Clock
from shelfhook.store.status import Beat, Status

KEEP = 1.0
"""Seconds for which what was read holds."""
Key: TypeAlias = tuple[str, ...]
"""A folder, the same however it is written (see `HostPath.key`)."""
Paths: TypeAlias = Mapping[str, Path]
"""The host's folders and where they lie on this machine."""


@dataclass(frozen=True, slots=True)
class Known:
    """One host's libraries.

    Attributes:
        by_name: the id behind each name that only one of them has.
        by_folded: the same for names that differ from all others by more than their case.
        by_folder: the id of the library in each folder; None for one that two of them claim.
    """

    ids: frozenset[str] = frozenset()
    by_name: Mapping[str, str] = field(default_factory=dict)
    by_folded: Mapping[str, str] = field(default_factory=dict)
    by_folder: Mapping[Key, str | None] = field(default_factory=dict)
    shown: tuple[str, ...] = ()


NOTHING = Known()


class Libraries:
    """A short-lived copy of what the engine publishes with the beat `host:<name>`.

    Args:
        paths: for each host, where its folders lie on this machine.
    """

    def __init__(
        self, status: Status, clock: Clock, paths: Mapping[str, Paths] | None = None
    ) -> None:
        self._status = status
        self._back = {host: _back(pairs) for host, pairs in (paths or {}).items()}
        self._clock = clock
        self._reading = threading.Lock()  # held by the one thread that reads anew
        self._hosts: Mapping[str, Known] | None = None
        self._read_at = 0.0

    @property
    def fresh(self) -> bool:
        """Whether the next question is answered without asking the store."""
        return self._hosts is not None and self._clock.monotonic() - self._read_at <= KEEP

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

    def find(self, host: str, library: str) -> str:
        """As `require`, for names that somebody has typed: their case does not matter.

        Raises:
            Unknown: the host's libraries are known, and this is none of them.
        """
        known = self._known(host)
        if library in known.ids or library in known.by_name:
            return self.translate(host, library)
        return known.by_folded.get(library.casefold()) or self.require(host, library)

    def at(self, host: str, path: str) -> str | None:
        """The id of the library in whose folder a path lies, the innermost if there are several.

        None if it lies in none, or in one that two libraries claim; "" as long as the host's
        libraries are not known.

        Raises:
            Permanent: no path looks like that.
        """
        wanted = parse(path)
        known = self._known(host)
        if not known.ids:
            return ""
        folder = _innermost(wanted, known.by_folder)
        if folder is None:
            wanted = self._as_the_host_sees(host, wanted)
            folder = _innermost(wanted, known.by_folder)
        return None if folder is None else known.by_folder[folder]

    def _as_the_host_sees(self, host: str, path: HostPath) -> HostPath:
        """A path of this machine as one of the host's; what is not mapped stays as it is."""
        back = self._back.get(host, {})
        ours = _innermost(path, back)
        if ours is None:
            return path
        theirs = back[ours]
        rest = path.parts[len(ours) - 1 :]  # a key is the anchor and the parts
        return HostPath(theirs.anchor, theirs.parts + rest)

    def _known(self, host: str) -> Known:
        hosts = self._hosts
        if hosts is None or not self.fresh:
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
    libraries = [_library(one) for one in beat.detail.get("libraries") or ()]
    return Known(
        ids=frozenset(one.id for one in libraries),
        by_name=_unique((one.name, one.id) for one in libraries),
        by_folded=_unique((one.name.casefold(), one.id) for one in libraries),
        by_folder=_by_folder(libraries),
        shown=tuple(f"{one.id} ({one.name})" for one in libraries),
    )


def _library(told: Mapping[str, Any]) -> Library:
    return Library(str(told["id"]), str(told["name"]), str(told.get("root") or ""))


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    told = list(pairs)
    times = Counter(name for name, _ in told)
    return {name: library for name, library in told if times[name] == 1}


def _by_folder(libraries: Iterable[Library]) -> dict[Key, str | None]:
    found: dict[Key, str | None] = {}
    for library in libraries:
        root = _whole(library.root)
        if root is not None:
            found[root.key] = None if root.key in found else library.id
    return found


def _back(paths: Paths) -> dict[Key, HostPath]:
    """The host's folder behind each of this machine's that is mapped."""
    pairs = [(_whole(str(ours)), _whole(theirs)) for theirs, ours in paths.items()]
    return {ours.key: theirs for ours, theirs in pairs if ours and theirs}


def _innermost(path: HostPath, among: Collection[Key]) -> Key | None:
    """The longest of these folders in which a path lies; None if it lies in none."""
    key = path.key
    # No further than the folders go: a path of a megabyte would take minutes.
    lengths = range(min(len(key), max(map(len, among), default=0)), 0, -1)
    return next((key[:length] for length in lengths if key[:length] in among), None)


def _whole(path: str) -> HostPath | None:
    """A folder taken apart; None for what is no whole path."""
    try:
        parsed = parse(path)
    except Permanent:
        return None
    return parsed if parsed.anchor else None
