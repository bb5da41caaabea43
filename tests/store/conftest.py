"""Every contract runs against SQLite and against a real PostgreSQL."""

from tests.support.stores import (
    database,
    emptied_postgres,
    open_postgres_stores,
    other,
    postgres_database,
    postgres_server,
    postgres_stores,
    sqlite_store,
    sqlite_template,
    sqlite_url,
    store,
)

__all__ = [
    "database",
    "emptied_postgres",
    "open_postgres_stores",
    "other",
    "postgres_database",
    "postgres_server",
    "postgres_stores",
    "sqlite_store",
    "sqlite_template",
    "sqlite_url",
    "store",
]
