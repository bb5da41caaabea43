"""Turns rows into the text of a report, a piece at a time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

from shelfhook.errors import Unknown
from shelfhook.reports import page
from shelfhook.reports.row import COLUMNS, Row

Kind: TypeAlias = Literal["csv", "json", "html"]

MEDIA_TYPES: Mapping[Kind, str] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
}

_WIDE = ("\uff1d", "\uff0b", "\uff0d", "\uff20")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *_WIDE)
"""How a cell begins that a spreadsheet would run (OWASP, "CSV Injection"); also in wide signs."""


def render(rows: Iterable[Row], kind: Kind) -> Iterator[str]:
    """The report in pieces of text, to be written as UTF-8.

    Args:
        rows: best ordered by host, library, series and item; the page makes a section whenever the
            series changes.

    Raises:
        Unknown: there is no such kind of report.
    """
    if kind not in _WRITERS:
        raise Unknown("kind of report", kind, sorted(_WRITERS))
    return _WRITERS[kind](row.whole() for row in rows)


def _csv(rows: Iterable[Row]) -> Iterator[str]:
    """RFC 4180, with a line of names. Cells that look like a formula get a `'` in front."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for row in rows:
        yield _emptied(buffer)
        writer.writerow([_harmless(text) for text in row.texts().values()])
    yield _emptied(buffer)


def _emptied(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _json(rows: Iterable[Row]) -> Iterator[str]:
    """One array, an object on each line."""
    before = "[\n"
    for row in rows:
        yield before + json.dumps(row.texts(), ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


_WRITERS: Mapping[Kind, Callable[[Iterable[Row]], Iterator[str]]] = {
    "csv": _csv,
    "json": _json,
    "html": page.write,
}
KINDS: tuple[Kind, ...] = tuple(_WRITERS)
