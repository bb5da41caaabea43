"""The lease: one engine at a time, the others stand by.

Beside SQLite it is a lock on a file, on PostgreSQL an advisory lock. Both end with the process that
holds them, however it ends, so a crash never leaves a stale lease. The table `lease` only says who.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from shelfhook.errors import ShelfhookError
from shelfhook.store.tables import lease

KEY = 0x5348_4F4B
"""The advisory lock's number."""


class Lease(Protocol):
    """Held or not; `acquire` never waits."""

    def acquire(self) -> bool:
        """Try to take it; True if it is ours (already)."""
        ...

    def held(self) -> bool:
        """Whether it is still ours."""
        ...

    def release(self) -> None:
        """Give it back; harmless when it is not ours."""
        ...


class FileLease:
    """A `flock` on a file in the database's folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def acquire(self) -> bool:
        """Try to take it; True if it is ours (already)."""
        if self._file is not None:
            return True
        file = self._path.open("a", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def held(self) -> bool:
        """Whether it is still ours: a file lock lasts as long as the process."""
        return self._file is not None

    def release(self) -> None:
        """Give it back; harmless when it is not ours."""
        if self._file is not None:
            self._file.close()
            self._file = None


class AdvisoryLease:
    """A session-level advisory lock; it ends with the connection that took it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Try to take it; True if it is ours (already)."""
        if self.held():
            return True
        self.release()
        connection = self._engine.connect()
        if connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": KEY}).scalar():
            self._connection = connection
            return True
        connection.close()
        return False

    def held(self) -> bool:
        """Whether it is still ours: the connection that took it still answers."""
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, ShelfhookError):
            return False
        return True

    def release(self) -> None:
        """Give it back; harmless when it is not ours."""
        if self._connection is not None:
            self._connection.invalidate()  # a pooled connection would keep the lock
            self._connection.close()
            self._connection = None


def holder() -> str:
    """How this process names itself in the table."""
    return f"{socket.gethostname()}:{os.getpid()}"


def note_all(connection: Connection, calls: Sequence[float]) -> list[None]:
    """Writer operation: write down that this process holds the lease since now."""
    for now in calls:
        connection.execute(lease.delete())
        connection.execute(lease.insert().values(name="engine", holder=holder(), since=now))
    return [None] * len(calls)
