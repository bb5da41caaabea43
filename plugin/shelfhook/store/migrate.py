"""Bringing the database to the present schema with Alembic.

Alembic is only imported when there is something to do: a restart after a crash must be quick.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from shelfhook.errors import ConfigurationError, StoreUnavailable
from shelfhook.store import engine

HEAD = "0009"
"""The newest revision; a test holds it against the scripts."""
SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(url: URL) -> None:
    """Make the schema current. Two processes that start at once do it one after the other.

    Raises:
        ConfigurationError: the database is newer than this program, or the folder is not writable.
        StoreUnavailable: the database cannot be reached.
    """
    folder = engine.folder_of(url)
    if folder is not None:
        _writable(folder)
    writing = engine.writing(url)
    try:
        with _alone(folder), writing.connect() as connection:
            present = _present(connection)
            if present == HEAD:
                return
            if present is not None and present > HEAD:
                raise ConfigurationError(
                    [
                        f"paths.database: its schema {present} is newer than this"
                        f" Shelfhook's {HEAD}; install the newer version, or restore a backup"
                    ]
                )
            _run(connection)
    except DBAPIError as error:
        told = str(error.orig).partition("\n")[0]
        raise StoreUnavailable(f"the database cannot be opened: {told}") from None
    finally:
        writing.dispose()


def _present(connection: Connection) -> str | None:
    with connection.begin():
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _run(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    with connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(5461067)"))
            if connection.execute(text("SELECT to_regclass('alembic_version')")).scalar():
                found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
                if found == HEAD:  # the other process was quicker
                    return
        command.upgrade(config, "head")


def _writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "migrate.lock").open("a").close()
    except OSError as error:
        raise ConfigurationError(
            [f"paths.data: {folder} cannot be written ({error.strerror}); choose another folder"]
        ) from None


@contextmanager
def _alone(folder: Path | None) -> Iterator[None]:
    """Hold a lock file beside SQLite; PostgreSQL has an advisory lock inside the transaction."""
    if folder is None:
        yield
        return
    with (folder / "migrate.lock").open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # ends with the file
        yield
