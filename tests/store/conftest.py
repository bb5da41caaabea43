"""Every contract runs against SQLite and against a real PostgreSQL."""

from tests.support.stores import (
    database,
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
    "other",
    "postgres_database",
    "postgres_server",
    "postgres_stores",
    "sqlite_store",
    "sqlite_template",
    "sqlite_url",
    "store",
]
