"""Who may write when: one writer for each book, and few for the server."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from shelfhook.errors import HostDown, Transient
from shelfhook.hosts.limits import Budget
from shelfhook.ports import Clock

AT_ONCE = 4
"""Writes that Calibre does side by side; with more it gets slower (measured: 92, 132 and 124 writes
a second with 1, 4 and 8 clients)."""
TURN_SECONDS = 600.0
"""How long a write waits for its turn, at most."""
_STRIPES = 64


class Turns:
    """Who may write when.

    One of the locks is held while a book is read, changed and written: Calibre replaces whole
    fields, so of two writers one would undo the other's work. Two books may share a lock, which
    costs a little time and nothing else. A thread may take its lock again, but never that of
    another book while it holds one; so no two wait for each other. Whoever holds one ends, because
    each call has a total time. The places are taken after the lock, and nobody who has a place
    waits for a lock.
    """

    def __init__(self, clock: Clock) -> None:
        self._locks = tuple(threading.RLock() for _ in range(_STRIPES))
        self._places = Budget(AT_ONCE, clock)
        self._closed = threading.Event()

    @contextmanager
    def alone(self, item_id: str) -> Iterator[None]:
        """Nobody else writes this book meanwhile."""
        with self._locks[zlib.crc32(item_id.encode("utf-8", "replace")) % _STRIPES]:
            yield

    @contextmanager
    def place(self, item_id: str) -> Iterator[None]:
        """One of the few places at the server.

        Raises:
            Transient: there was none in time.
            HostDown: the adapter was closed.
        """
        if not self._places.take(TURN_SECONDS):
            if self._closed.is_set():
                raise HostDown("Shelfhook has closed its connections")
            raise Transient(f"book {item_id} was not written: it was not its turn in time")
        try:
            yield
        finally:
            self._places.give()

    def close(self) -> None:
        """Send away who waits for a place."""
        self._closed.set()
        self._places.close()
