"""Values in the form in which Komga stores them.

Without this a second run would never find that nothing is left to do: Komga answers a tag
"Horror " with "horror". Read from its `BookMetadata`, `SeriesMetadata`, `Author` and
`BCP47TagValidator`.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from shelfhook.model import Value

Normal: TypeAlias = Callable[[Value], Value]


def text(value: Value) -> Value:
    """Without white space around it; None stands for empty."""
    return "" if value is None else str(value).strip()


def required_text(value: Value) -> Value:
    """As `text`, but None stays: Komga ignores it where a value must be."""
    return None if value is None else str(value).strip()


def word_set(value: Value) -> Value:
    """Lower case, trimmed, no blanks, each once, and sorted: Komga's sets have no order."""
    words = {str(one).strip().lower() for one in _listed(value)}
    return sorted(word for word in words if word)


def authors(value: Value) -> Value:
    """Names trimmed, roles trimmed and in lower case, each pair once, in the order given."""
    pairs = [
        (str(one.get("name", "")).strip(), str(one.get("role", "")).strip().lower())
        for one in _mappings(value)
    ]
    return [{"name": name, "role": role} for name, role in dict.fromkeys(pairs)]


def links(value: Value) -> Value:
    """Label and url, each pair once, in the order given."""
    pairs = [(str(one.get("label", "")), str(one.get("url", ""))) for one in _mappings(value)]
    return [{"label": label, "url": url} for label, url in dict.fromkeys(pairs)]


def titles(value: Value) -> Value:
    """Label and title, each pair once, in the order given."""
    pairs = [(str(one.get("label", "")), str(one.get("title", ""))) for one in _mappings(value)]
    return [{"label": label, "title": title} for label, title in dict.fromkeys(pairs)]


def isbn(value: Value) -> Value:
    """The digits alone."""
    return "".join(char for char in str(value or "") if char.isdigit())


def date(value: Value) -> Value:
    """A day as `YYYY-MM-DD`; "" and None clear it."""
    return str(value).strip() or None if value is not None else None


def number(value: Value) -> Value:
    """The number a 32-bit float can hold, written as briefly as possible; None if there is none."""
    try:
        return _as_float32(float(value))  # type: ignore[arg-type] # what is no number is caught
    except (TypeError, ValueError, OverflowError):
        return None


def whole(value: Value) -> Value:
    """A whole number; None if there is none."""
    try:
        return int(value)  # type: ignore[arg-type] # what is no number is caught
    except (TypeError, ValueError, OverflowError):
        return None


def language(value: Value) -> Value:
    """A BCP 47 tag in its canonical case: language low, Script titled, REGION high."""
    parts = str(value or "").strip().split("-")
    return "-".join([parts[0].lower(), *_cased(parts[1:])])


def choice(value: Value) -> Value:
    """One of a list of words, in capitals; "" and None stand for none."""
    return str(value).strip().upper() or None if value is not None else None


def lock(value: Value) -> Value:
    """Whether the server's own imports must leave a field alone."""
    return bool(value)


def _with_locks(rules: Mapping[str, Normal]) -> Mapping[str, Normal]:
    return {**rules, **{f"{name}Lock": lock for name in rules}}


_BOOK: Mapping[str, Normal] = {
    "title": required_text,
    "number": required_text,
    "numberSort": number,
    "releaseDate": date,
    "summary": text,
    "authors": authors,
    "tags": word_set,
    "isbn": isbn,
    "links": links,
}
_SERIES: Mapping[str, Normal] = {
    "status": choice,
    "title": required_text,
    "titleSort": required_text,
    "summary": text,
    "publisher": text,
    "readingDirection": choice,
    "ageRating": whole,
    "language": language,
    "genres": word_set,
    "tags": word_set,
    "totalBookCount": whole,
    "sharingLabels": word_set,
    "links": links,
    "alternateTitles": titles,
}
BOOK = _with_locks(_BOOK)
SERIES = _with_locks(_SERIES)
FIELDS: Mapping[str, Mapping[str, Normal]] = {"book": BOOK, "series": SERIES}
UNCLEARABLE = frozenset({"title", "number", "numberSort", "titleSort", "status"})
"""Komga ignores null for these."""


def normal(entity: str, field: str, value: Value) -> Value:
    """The value of an entity's field as Komga would store it; unknown fields pass as they are."""
    rule = FIELDS.get(entity, {}).get(field)
    return value if rule is None else rule(value)


def _cased(subtags: Sequence[str]) -> list[str]:
    cased: list[str] = []
    extension = False
    for tag in subtags:
        extension = extension or len(tag) == 1  # after a singleton everything is lower case
        if not extension and len(tag) == 4 and tag.isalpha():
            cased.append(tag.title())
        elif not extension and len(tag) == 2:
            cased.append(tag.upper())
        else:
            cased.append(tag.lower())
    return cased


def _as_float32(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("neither infinity nor NaN can be written as JSON")
    packed = struct.pack("<f", value)
    (held,) = struct.unpack("<f", packed)
    briefs = (float(f"{held:.{digits}g}") for digits in range(1, 10))
    return next(brief for brief in briefs if struct.pack("<f", brief) == packed)


def _listed(value: Value) -> Sequence[Value]:
    if value is None:
        return ()
    return value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)


def _mappings(value: Value) -> list[Mapping[str, Value]]:
    return [one for one in _listed(value) if isinstance(one, Mapping)]
