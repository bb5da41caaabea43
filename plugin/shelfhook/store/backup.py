"""A copy of the whole state, made while the service runs, and the way back.

SQLite's online backup copies all pages within one read transaction: what it gives is the state at
one moment, and nobody waits for it, since readers and the writer do not block each other in WAL
mode (https://www.sqlite.org/backup.html). Into a database it writes within one transaction, too, so
that a crash leaves either the former state or the new one.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from shelfhook.errors import Conflict, Permanent, StoreUnavailable, Unknown
from shelfhook.store import engine, migrate
from shelfhook.store.lease import FileLease

PATIENCE = 30.0
"""Seconds to wait for a database that is locked."""
PARTLY = ".part"


def back_up(database: str, target: Path) -> int:
    """Write the state into a new file; gives its size in bytes. The service may run.

    The file appears under its name when it is whole and was checked, readable by us alone.

    Raises:
        Conflict: there is such a file already, or the database is PostgreSQL.
        Unknown: there is no database.
        Permanent: the file cannot be written.
        StoreUnavailable: the database cannot be read, or the copy is not sound.
    """
    source = _file_of(database, f"pg_dump --format=custom --file={target}", "DATABASE")
    if target.exists():
        raise Conflict(f"{target} is there already; name another file, or remove it first")
    if not source.exists():
        raise Unknown("database", str(source))
    partly = target.with_name(target.name + PARTLY)
    try:
        partly.unlink(missing_ok=True)
        os.close(os.open(partly, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _copy(source, partly)
        check(partly)
        _durably(partly, target)
    except OSError as error:
        raise Permanent(
            f"{target} cannot be written ({error.strerror}); see folder, rights, room"
        ) from None
    finally:
        partly.unlink(missing_ok=True)
    return target.stat().st_size


def restore(database: str, source: Path, aside: Path) -> bool:
    """Put a backup in the place of the state. No engine may run, and none can start meanwhile.

    Args:
        database: URL of the state.
        source: what `back_up` has written.
        aside: a new file for the state that is replaced.

    Returns whether there was a state, which now lies in `aside`.

    Raises:
        Conflict: an engine is at work, or the database is PostgreSQL.
        Unknown: there is no such backup.
        Permanent: the backup is damaged, not ours, or of a newer version.
    """
    target = _file_of(database, "pg_restore --clean --if-exists --dbname=DATABASE", str(source))
    if not source.exists():
        raise Unknown("backup", str(source))
    check(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _no_engine(target.parent):
        there = target.exists()
        if there:
            aside.parent.mkdir(parents=True, exist_ok=True)
            back_up(database, aside)
        _copy(source, target)
        check(target)
    return there


def check(file: Path) -> None:
    """Whether a file is a sound state of ours that this version can read.

    Raises:
        Permanent: it is not.
    """
    with _open(file, "ro") as connection, _told(file):
        found = connection.execute("PRAGMA integrity_check(3)").fetchall()
        if found != [("ok",)]:
            raise Permanent(f"{file} is damaged: {'; '.join(str(row[0]) for row in found)}")
        tables = "SELECT count(*) FROM sqlite_master WHERE name IN ('alembic_version', 'job_items')"
        if connection.execute(tables).fetchone() != (2,):
            raise Permanent(f"{file} holds no state of Shelfhook's")
        version = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        if version > migrate.HEAD:
            raise Permanent(
                f"{file} is of a newer Shelfhook (schema {version}, here {migrate.HEAD}); install"
                " that version first"
            )


def _file_of(database: str, command: str, last: str) -> Path:
    url = engine.parse(database)
    if engine.folder_of(url) is None:
        raise Conflict(
            "the state is in PostgreSQL, which has tools of its own for this; stop the engine"
            f" before you restore, and call: {command} {last} (DATABASE is its name there, or"
            f" postgresql://{url.username or 'user'}@{url.host or 'server'}/{url.database})"
        )
    return Path(url.database or "").absolute()


@contextmanager
def _no_engine(folder: Path) -> Iterator[None]:
    """Hold the lease, so that no engine runs and none begins."""
    lease = FileLease(folder / "engine.lock")
    if not lease.acquire():
        raise Conflict("an engine is at work on this state; stop the service before you restore")
    try:
        yield
    finally:
        lease.release()


def _copy(source: Path, target: Path) -> None:
    with _open(source, "ro") as here, _open(target, "rwc") as there, _told(source):
        here.backup(there)  # all pages in one step: one moment's state
        if target.name.endswith(PARTLY):
            there.execute("PRAGMA journal_mode=DELETE").fetchall()  # one file, no -wal beside it


@contextmanager
def _open(file: Path, mode: str) -> Iterator[sqlite3.Connection]:
    with _told(file):
        found = sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", PATIENCE, uri=True)
    with closing(found) as connection:
        yield connection


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """What SQLite raises, in our words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(f"{file}: {error}") from None
    except sqlite3.DatabaseError as error:
        raise Permanent(f"{file}: {error}") from None


def _durably(partly: Path, target: Path) -> None:
    """Give a whole file its name; both survive a power cut."""
    _sync(partly)
    partly.rename(target)
    _sync(target.absolute().parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
