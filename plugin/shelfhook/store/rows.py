"""Many rows in one statement, on SQLite and PostgreSQL alike.

`executemany` steps row by row and takes the interpreter's lock back after each, which under busy
workers costs more than the row. One JSON array as the only parameter lets the database do the whole
batch while Python goes on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, TextClause, text
from sqlalchemy.exc import DBAPIError

ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
"""Made once: json.dumps would make one for each call."""
HALVES = re.compile("[\ud800-\udfff]")
TEXT, INT, REAL, BOOL = "TEXT", "BIGINT", "DOUBLE PRECISION", "BOOLEAN"


def source(columns: tuple[tuple[str, str], ...], dialect: str) -> str:
    """A subquery that reads the parameter `:rows`, an array of arrays, as typed columns."""
    table = (
        "json_each(:rows) AS e"
        if dialect == "sqlite"
        else "jsonb_array_elements(CAST(:rows AS jsonb)) AS e(value)"
    )
    picked = ", ".join(
        f"CAST(e.value->>{place} AS {kind}) AS {name}" for place, (name, kind) in enumerate(columns)
    )
    return f"(SELECT {picked} FROM {table}) AS r"


def insert(
    table: str, columns: Mapping[str, str], dialect: Dialect, *, tail: str = ""
) -> TextClause:
    """`INSERT … SELECT` of all rows; `tail` is what follows (`ON CONFLICT`, `RETURNING`)."""
    return _insert(table, tuple(columns.items()), dialect.name, tail)


@lru_cache(maxsize=64)  # parsing the text costs more than running it
def _insert(
    table: str, columns: tuple[tuple[str, str], ...], dialect: str, tail: str
) -> TextClause:
    names = ", ".join(name for name, _ in columns)
    # WHERE true: SQLite would otherwise take ON CONFLICT for a join's ON.
    return text(
        f"INSERT INTO {table} ({names}) SELECT {names} "
        f"FROM {source(columns, dialect)} WHERE true {tail}"
    )


def run(connection: Connection, statement: TextClause, rows: str) -> list[Any]:
    """Execute a statement whose only parameter is `:rows`, and give what it returns.

    By the driver itself: SQLAlchemy's preparations take longer than the statement, which the writer
    runs hundreds of times a second. Errors are SQLAlchemy's all the same.
    """
    dialect = connection.dialect
    sql = _for_driver(statement, dialect)
    values: Any = (rows,) if dialect.positional else {"rows": rows}
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
    except dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(
            sql, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
        ) from error
    finally:
        cursor.close()


@lru_cache(maxsize=64)
def _for_driver(statement: TextClause, dialect: Dialect) -> str:
    return str(statement.compile(dialect=dialect))


@lru_cache(maxsize=4)
def set_state(dialect: str) -> TextClause:
    """Set the changes whose ids are `:rows` (one-column rows) to `:state`."""
    picked = source((("id", INT),), dialect)
    return text(f"UPDATE changes SET state = :state WHERE id IN (SELECT r.id FROM {picked})")


@lru_cache(maxsize=4)
def drop(dialect: str) -> TextClause:
    """Set the waiting events whose numbers are `:rows` (one-column rows) aside, with `:note`."""
    picked = source((("seq", INT),), dialect)
    return text(
        "UPDATE events SET state = 'dropped', note = :note"
        f" WHERE state = 'waiting' AND seq IN (SELECT r.seq FROM {picked})"
    )


@lru_cache(maxsize=4)
def repeat(dialect: str) -> TextClause:
    """Count the events whose ids are `:rows` (one-column rows) as delivered again, `:now`."""
    picked = source((("id", TEXT),), dialect)
    return text(
        "UPDATE events SET repeats = repeats + 1, repeated_at = :now"
        f" WHERE id IN (SELECT r.id FROM {picked})"
    )


@lru_cache(maxsize=4)
def among(dialect: str) -> str:
    """A subquery that gives the texts of the parameter `:ids`, a JSON array."""
    if dialect == "sqlite":
        return "(SELECT value FROM json_each(:ids))"
    return "(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))"


def pack(rows: Sequence[Sequence[Any]]) -> str:
    """The rows as the value of `:rows`; texts as `storable` makes them."""
    packed = _dump(rows)
    if "\\u0000" in packed or not _encodes(packed):
        packed = _dump([[storable(v) if isinstance(v, str) else v for v in row] for row in rows])
    return packed


def pack_ids(ids: Iterable[str]) -> str:
    """Ids as the value of `:ids`."""
    return json.dumps([storable(one) for one in ids], ensure_ascii=False)


def storable(value: str) -> str:
    """The text with U+FFFD for what no database can hold: NUL, and halves of surrogate pairs.

    Such names come from broken archives by way of a host; they must not fail a whole commit.
    """
    if "\0" in value:
        value = value.replace("\0", "\ufffd")
    return value if _encodes(value) else HALVES.sub("\ufffd", value)


def _encodes(value: str) -> bool:
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _dump(rows: Sequence[Sequence[Any]]) -> str:
    return ENCODER.encode(rows)
