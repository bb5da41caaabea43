"""Many rows in one statement, on SQLite and PostgreSQL alike.

`executemany` steps row by row and takes the interpreter's lock back after each, which under busy
workers costs more than the row. One JSON array as the only parameter lets the database do the whole
batch while Python goes on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, TextClause, text

TEXT, INT, REAL, BOOL = "TEXT", "BIGINT", "DOUBLE PRECISION", "BOOLEAN"


def source(columns: Mapping[str, str], dialect: Dialect) -> str:
    """A subquery that reads the parameter `:rows`, an array of arrays, as typed columns."""
    table = (
        "json_each(:rows) AS e"
        if dialect.name == "sqlite"
        else "jsonb_array_elements(CAST(:rows AS jsonb)) AS e(value)"
    )
    picked = ", ".join(
        f"CAST(e.value->>{place} AS {kind}) AS {name}"
        for place, (name, kind) in enumerate(columns.items())
    )
    return f"(SELECT {picked} FROM {table}) AS r"


def insert(
    table: str, columns: Mapping[str, str], dialect: Dialect, *, tail: str = ""
) -> TextClause:
    """`INSERT … SELECT` of all rows; `tail` is what follows (`ON CONFLICT`, `RETURNING`)."""
    names = ", ".join(columns)
    # WHERE true: SQLite would otherwise take ON CONFLICT for a join's ON.
    return text(
        f"INSERT INTO {table} ({names}) SELECT {names} "
        f"FROM {source(columns, dialect)} WHERE true {tail}"
    )


def pack(rows: Sequence[Sequence[Any]]) -> str:
    """The rows as the value of `:rows`."""
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
