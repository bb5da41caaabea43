"""From the fields that somebody wants to what Calibre is sent, and what it says it has kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shelfhook.errors import Permanent
from shelfhook.hosts.calibre.columns import Column
from shelfhook.hosts.calibre.documents import Record, dated
from shelfhook.hosts.calibre.kinds import CHOICE, COMMENTS, DATE
from shelfhook.hosts.calibre.mapping import fields_of
from shelfhook.hosts.calibre.normal import FIRST_PLACE
from shelfhook.model import Fields, Item, Value


def wanted(before: Item, fields: Fields, columns: Mapping[str, Column]) -> dict[str, Value]:
    """The fields that would differ, each in its normal form.

    All is looked at before anything is sent: Calibre writes one field after the other, and what it
    has written before it meets a value that it cannot store stays written.

    Raises:
        Permanent: there is no such field in this library, or it cannot hold the value.
    """
    found: dict[str, Value] = {}
    for name, value in fields.items():
        stored = _checked(name, value, columns.get(name), before)
        if stored != before.fields[name]:
            found[name] = stored
    return _with_its_place(before, found)


def encoded(values: Fields, columns: Mapping[str, Column]) -> dict[str, Any]:
    """The same as Calibre takes it."""
    return {
        name: dated(value) if columns[name].kind is DATE and isinstance(value, str) else value
        for name, value in values.items()
    }


def lost(values: Fields, record: Record, columns: Mapping[str, Column]) -> list[str]:
    """The fields that Calibre's record of a book does not hold as they were sent."""
    kept = fields_of(record, columns)
    # The record has comments as a page may show them, not as they are stored.
    sure = [name for name in values if columns[name].kind is not COMMENTS]
    return [name for name in sure if kept[name] != values[name]]


def _checked(name: str, value: Value, column: Column | None, before: Item) -> Value:
    where = f"Calibre's library {before.library}"
    if column is None:
        raise Permanent(f"{where} has no field {name!r}")
    if column.computed:
        raise Permanent(f"{where} computes {name!r} from other fields: it cannot be written")
    stored = column.kind.normal(value)
    if not column.kind.fits(stored):
        told = repr(stored)[:100]
        raise Permanent(f"{where} cannot store {told} in {name!r}, which is {column.kind.name}")
    if column.kind is CHOICE and stored is not None and stored not in column.choices:
        allowed = ", ".join(map(repr, column.choices))
        raise Permanent(f"{where} cannot store {stored!r} in {name!r}; it may be {allowed}")
    return stored


def _with_its_place(before: Item, found: dict[str, Value]) -> dict[str, Value]:
    """The fields with a place in the series that we know: Calibre may keep a former one.

    Raises:
        Permanent: a place is wanted for a book that is in no series.
    """
    series = found.get("series", before.fields["series"])
    place = found.pop("series_index", None)
    if series is None and place not in (None, FIRST_PLACE):
        raise Permanent(f"book {before.id} cannot have the place {place}: it is in no series")
    moved = "series" in found and None in (series, before.fields["series"])
    if moved and place is None:
        place = FIRST_PLACE
    return found if place is None else {**found, "series_index": place}  # behind the series
