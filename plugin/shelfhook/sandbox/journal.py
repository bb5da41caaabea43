"""What was asked of the sandbox: every request under the host's paths, in order.

An entry is written after the request's work and before its answer leaves: whoever has the
answer finds the entry, and a write that was applied is in the journal even if its answer was
lost. With a file each entry is handed to the system at once and survives a SIGKILL of ours.
"""

import json
import os
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass
from pathlib import Path

from shelfhook.sandbox.records import JsonObject

_LISTS = ("/api/v1/books/list", "/api/v1/series/list")  # POSTs that change nothing
_READS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Filter:
    """Which entries are meant; what is None does not matter."""

    since: int = 0
    method: str | None = None
    route: str | None = None
    book_id: str | None = None
    writes: bool = False
    applied: bool = False  # only those whose work was done, whether or not the answer got out

    def matches(self, entry: JsonObject) -> bool:
        """Say whether an entry is meant."""
        return (
            (self.method is None or entry["method"] == self.method)
            and (self.route is None or entry["route"] == self.route)
            and (self.book_id is None or entry["bookId"] == self.book_id)
            and (not self.writes or is_write(entry))
            and (not self.applied or entry["applied"] is True)
        )


def is_write(entry: JsonObject) -> bool:
    """Say whether the request changes the host (the lists are POSTs, but only read)."""
    return entry["method"] not in _READS and entry["path"] not in _LISTS


def read_file(path: Path) -> list[JsonObject]:
    """Read a journal's file, also one whose last line was cut short by a SIGKILL."""
    whole = path.read_bytes().rpartition(b"\n")[0]
    return [json.loads(line) for line in whole.splitlines()]


class Journal:
    """A bounded list in memory and, if a path is given, a file that is only appended to."""

    def __init__(self, size: int, file: Path | None) -> None:
        # Guards all below; it is notified of each new entry for those who wait.
        self._changed = threading.Condition()
        self._entries: deque[JsonObject] = deque(maxlen=size)
        self._routes: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()
        self._last = 0
        self._file: int | None = None
        if file is not None:
            self._file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def record(self, entry: JsonObject) -> None:
        """Number and keep an entry; `entry` must hold method, path, route, status, bookId."""
        with self._changed:
            self._last += 1
            numbered: JsonObject = {"seq": self._last, "time": time.time(), **entry}
            if self._file is not None:
                os.write(self._file, json.dumps(numbered).encode() + b"\n")
            self._entries.append(numbered)
            self._routes[f"{entry['method']} {entry['route']}"] += 1
            self._statuses[str(entry["status"])] += 1
            self._changed.notify_all()

    def entries(self, which: Filter) -> list[JsonObject]:
        """Give the entries that are meant, oldest first."""
        with self._changed:
            return self._select(which)

    def wait(self, which: Filter, at_least: int, timeout: float) -> list[JsonObject]:
        """Wait until so many entries match, or the time is over; give those that do."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._select(which)) >= at_least, timeout)
            return self._select(which)

    def _select(self, which: Filter) -> list[JsonObject]:
        newest_first: list[JsonObject] = []
        for entry in reversed(self._entries):
            if isinstance(seq := entry["seq"], int) and seq <= which.since:
                break
            if which.matches(entry):
                newest_first.append(entry)
        return newest_first[::-1]

    def summary(self) -> JsonObject:
        """Count requests by method and route template, and by status."""
        with self._changed:
            return {
                "requests": sum(self._routes.values()),
                "last": self._last,
                "routes": dict(self._routes),
                "statuses": dict(self._statuses),
            }

    def clear(self) -> None:
        """Forget the entries in memory; the numbering and the file go on."""
        with self._changed:
            self._entries.clear()
            self._routes.clear()
            self._statuses.clear()

    def close(self) -> None:
        """Close the file."""
        with self._changed:
            if self._file is not None:
                os.close(self._file)
                self._file = None
