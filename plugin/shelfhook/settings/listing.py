"""The settings key by key: what holds, what it means, and where it came from. No secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shelfhook.settings import shape
from shelfhook.settings.display import MASK, masked
from shelfhook.settings.sources import Source, source_of
from shelfhook.settings.whole import Settings


@dataclass(frozen=True, slots=True)
class Entry:
    """One key.

    Attributes:
        table: what stands in brackets in the file, such as `hosts.komga`.
        key: the rest of the way, such as `triggers.cron`.
        value: as plain text; a secret is masked, or "" if it is not set.
        secret: whether it is one.
        means: what the key does, in the words of the documentation.
    """

    table: str
    key: str
    value: str
    secret: bool
    means: str
    source: Source


def listed(settings: Settings) -> list[Entry]:
    """Every key with its effective value, in the order of the documentation."""
    return [
        _entry(settings, path, value)
        for path, value in _values(masked(settings), ())
        if not _is_empty_table(value)
    ]


def _entry(settings: Settings, path: tuple[str | int, ...], value: Any) -> Entry:
    field = shape.field_at(path)
    table = path[:2] if path[0] in shape.NAMED_TABLES else path[:1]
    return Entry(
        table=shape.dotted(table),
        key=shape.dotted(path[len(table) :]),
        value=_text(value),
        secret=value == MASK or shape.is_secret(path),
        means=(field.description or "") if field else "",
        source=source_of(settings.sources, shape.dotted(path)),
    )


def _values(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The leaves, and whole what has no keys of its own."""
    if isinstance(value, Mapping) and value:
        for name, one in value.items():
            yield from _values(one, (*path, str(name)))
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        for place, one in enumerate(value):
            yield from _values(one, (*path, place))
    else:
        yield path, value


def _is_empty_table(value: object) -> bool:
    return isinstance(value, Mapping) and not value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "" if value is None else str(value)
