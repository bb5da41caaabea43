"""A library's fields: Calibre's own, and the custom columns that its owner has made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from shelfhook.hosts.calibre.kinds import (
    AUTHORS,
    CHOICE,
    COMMENTS,
    COMPUTED,
    DATE,
    FLAG,
    FLOAT,
    IDENTIFIERS,
    INDEX,
    LANGUAGES,
    NAMES,
    RATING,
    SERIES,
    TEXT,
    TITLE,
    WHOLE,
    WORDS,
    Kind,
)


@dataclass(frozen=True, slots=True)
class Column:
    """One field. `choices` are all values that it may have; () if it may have any."""

    kind: Kind
    choices: tuple[str, ...] = ()

    @property
    def computed(self) -> bool:
        """Whether Calibre makes its value from others: it is neither read nor written here."""
        return self.kind is COMPUTED


BUILT_IN: Mapping[str, Column] = MappingProxyType(
    {
        "title": Column(TITLE),
        "authors": Column(AUTHORS),
        "tags": Column(WORDS),
        "series": Column(SERIES),
        "series_index": Column(INDEX),
        "comments": Column(COMMENTS),
        "publisher": Column(TEXT),
        "pubdate": Column(DATE),
        "rating": Column(RATING),
        "languages": Column(LANGUAGES),
        "identifiers": Column(IDENTIFIERS),
    }
)
_KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "text": TEXT,
        "series": SERIES,
        "comments": COMMENTS,
        "enumeration": CHOICE,
        "datetime": DATE,
        "int": WHOLE,
        "float": FLOAT,
        "bool": FLAG,
        "rating": RATING,
        "composite": COMPUTED,
    }
)


def custom(told: Mapping[str, Any]) -> Column:
    """A custom column, from what the server tells of it: with a book, or in a list of all.

    A kind that we do not know counts as computed, so that nobody writes it.
    """
    several = told.get("is_multiple2") or told.get("multiple_seps") or {}
    kind = _KINDS.get(str(told.get("datatype")), COMPUTED)
    if kind is TEXT and several:
        kind = NAMES if str(several.get("list_to_ui", "")).strip() == "&" else WORDS
    display = told.get("display") or {}
    choices = display.get("enum_values") or () if kind is CHOICE else ()
    return Column(kind, tuple(str(one) for one in choices))
