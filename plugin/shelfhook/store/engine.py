"""Connections: one that writes, a small pool that reads.

SQLite runs in WAL mode with `synchronous=FULL`, so that a commit that returned survives a power
cut; PostgreSQL is a matter of the URL.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
)

from shelfhook.errors import ConfigurationError, Permanent, ShelfhookError, StoreUnavailable

FOLD = "shelfhook_fold"
"""A function for readers: SQLite's own ones know the case of English letters alone."""
MINIMUM_SQLITE = (3, 38)
"""`->>` and `RETURNING` are needed."""


def parse(database: str) -> URL:
    """The database's URL, with the driver we ship for PostgreSQL filled in.

    Raises:
        ConfigurationError: it is no URL, or of a kind that is not supported.
    """
    try:
        url = make_url(database)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise ConfigurationError(
            ["paths.database: not a database URL; write sqlite:///file.db or postgresql://…"]
        ) from None
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigurationError(
            [f"paths.database: {url.get_backend_name()} is not supported; use SQLite or PostgreSQL"]
        )
    return url


def folder_of(url: URL) -> Path | None:
    """The folder of a SQLite file; None for PostgreSQL."""
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise ConfigurationError(
            ["paths.database: a SQLite database needs a file; write sqlite:///folder/file.db"]
        )
    return Path(url.database).absolute().parent


def writing(url: URL) -> Engine:
    """An engine for the writer thread: every transaction takes the write lock at its start."""
    engine = _make(url, pool_size=1, max_overflow=0)
    if url.get_backend_name() == "sqlite":

        @event.listens_for(engine, "begin")
        def _begin(connection: Any) -> None:
            # A deferred transaction that turns into a writer fails at once instead of waiting.
            # Said to the driver itself: the writer begins hundreds of transactions a second.
            try:
                connection.connection.dbapi_connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:  # past SQLAlchemy, so in its words
                raise OperationalError("BEGIN IMMEDIATE", None, error) from None

    return engine


def reading(url: URL) -> Engine:
    """An engine for readers: autocommit, refuses writes on SQLite."""
    engine = _make(url, pool_size=5, max_overflow=20).execution_options(
        isolation_level="AUTOCOMMIT"
    )

    @event.listens_for(engine, "handle_error")
    def _ours(context: ExceptionContext) -> None:
        if isinstance(context.sqlalchemy_exception, DBAPIError) and not context.is_pre_ping:
            raise plain(context.sqlalchemy_exception)

    if url.get_backend_name() == "sqlite":

        @event.listens_for(engine, "connect")
        def _read_only(connection: Any, _record: Any) -> None:
            connection.create_function(FOLD, 1, str.casefold, deterministic=True)
            connection.execute("PRAGMA query_only=ON")

    return engine


def plain(error: DBAPIError) -> ShelfhookError:
    """A failure of the database as ours: without statement and values, which may hold secrets."""
    told = str(error.orig).partition("\n")[0]
    if isinstance(error, (OperationalError, InterfaceError)):
        return StoreUnavailable(f"the database failed: {told}")
    return Permanent(f"the database refused: {told}")


def _make(url: URL, **pool: int) -> Engine:
    try:
        if url.get_backend_name() == "sqlite":
            _check_version()
            engine = create_engine(
                url, connect_args={"check_same_thread": False}, hide_parameters=True, **pool
            )
            event.listen(engine, "connect", _sqlite_connect)
            return engine
        return create_engine(url, pool_pre_ping=True, hide_parameters=True, **pool)
    except (NoSuchModuleError, ModuleNotFoundError):
        raise ConfigurationError(
            ["paths.database: the PostgreSQL driver is missing; install shelfhook[postgres]"]
        ) from None


def _check_version() -> None:
    if sqlite3.sqlite_version_info < MINIMUM_SQLITE:
        least = ".".join(str(part) for part in MINIMUM_SQLITE)
        raise ConfigurationError(
            [
                f"paths.database: SQLite {sqlite3.sqlite_version} is too old; install {least} or"
                " newer with Python, or use PostgreSQL"
            ]
        )


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see `writing`
    for pragma in (
        "busy_timeout=30000",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-4000",  # kilobytes, per connection
    ):
        connection.execute(f"PRAGMA {pragma}").close()
