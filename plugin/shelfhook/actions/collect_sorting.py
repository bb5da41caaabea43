"""Keys of the places of members on a list: texts that sort as numbers, names and dates do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from shelfhook.actions import filenames
from shelfhook.actions.wishes import text_of
from shelfhook.actions.wording import plain
from shelfhook.model import Item

_DIGITS = re.compile(r"[0-9]+")
_BETWEEN = "\t"
"""Sorts before anything that a name may hold."""
_ZERO = 1_000_000.0
"""Added to numbers, so that those below zero sort, too."""


def natural(text: str) -> str:
    """A name's key: case and accents do not count, and 9 comes before 10."""
    return _DIGITS.sub(lambda digits: digits[0].lstrip("0").zfill(12), plain(text))


def number(value: float) -> str:
    """A number's key."""
    return f"{value + _ZERO:016.4f}"


def key(item: Item, sort: str) -> str:
    """The key of a book or series in one of the orders that a rule may have; "" for none."""
    if sort == "name":
        title = text_of(item, "titleSort") or text_of(item, "title") or item.name
        return natural(title)
    if sort == "series-number":
        return _by_number(item)
    if sort == "date":
        # what has no date is not older than everything
        return _BETWEEN.join((text_of(item, "releaseDate") or "9999", _by_number(item)))
    return ""


def in_arc(item: Item, said: str) -> str:
    """The key of a book in a story arc, by the number that it has there or else by its date."""
    known = filenames.as_number(said)
    if known:
        return _BETWEEN.join(("0", number(known.sort), _by_number(item)))
    return _BETWEEN.join(("1", key(item, "date")))


def listed(text: str) -> list[str]:
    """The values that an element of ComicInfo lists, each once."""
    return list(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))


def arcs(names: str, numbers: str) -> Mapping[str, str]:
    """Story arcs with the book's number in each: two elements whose lists go side by side."""
    told: Sequence[str] = [one.strip() for one in numbers.split(",")]
    found: dict[str, str] = {}
    for place, name in enumerate(one.strip() for one in names.split(",")):
        if name:
            found.setdefault(name, told[place] if place < len(told) else "")
    return found


def _by_number(item: Item) -> str:
    sort = item.fields.get("numberSort")
    value = float(sort) if isinstance(sort, int | float) else 0.0
    return _BETWEEN.join((natural(item.series_name), number(value), natural(item.name)))
