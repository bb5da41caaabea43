"""Values in the form in which Calibre stores them.

Without this a second run would never find that nothing is left to do: Calibre answers the language
"en" with "eng". Measured on 6.13; the tests hold each rule against a real server. A value that
makes no sense comes back as it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from shelfhook.hosts.calibre import languages
from shelfhook.model import Value

UNKNOWN = "Unknown"
"""What Calibre calls a book without a title, and an author who is not known."""
FIRST_PLACE = 1.0
"""Calibre's number of a book in a series when nobody has given one."""
MOST_STARS = 10
"""A rating counts half stars."""

_NUMBERED = re.compile(r"(.*)\s+\[([.0-9]+)\]")
_NO_DATE = datetime(101, 1, 2, tzinfo=UTC)
"""Calibre's "no date" lies a day before."""


def text(value: Value) -> Value:
    """Without white space around it; None is the empty one."""
    if isinstance(value, bool | list | tuple | Mapping):
        return value
    return str(value).strip() or None if value is not None else None


def series(value: Value) -> Value:
    """As `text`; Calibre reads "Saga [3]" as number 3 of "Saga"."""
    found = text(value)
    while isinstance(found, str) and (match := _NUMBERED.fullmatch(found)) and _real(match[2]):
        found = match[1].strip() or None
    return found


def words(value: Value) -> Value:
    """Each word once, whatever its case, and sorted: their order says nothing. No commas."""
    found = _texts(value, ",", ";")
    if found is None:
        return value
    found.sort(key=lambda word: (word.lower(), word))
    return found


def names(value: Value) -> Value:
    """Each name once, in the order given; `&` stands between names, so none holds it."""
    found = _texts(value, "&", ";")
    return value if found is None else found


def authors(value: Value) -> Value:
    """As `names`; Calibre has no book without an author."""
    found = _texts(value, "&", ";")
    if found is None:
        return value
    return [author.replace("|", ",") for author in found] or [UNKNOWN]


def language_codes(value: Value) -> Value:
    """Each language once, in the order given."""
    found = _texts(value, "", "")
    if found is None:
        return value
    return list(dict.fromkeys(code for one in found if (code := languages.code(one))))


def identifiers(value: Value) -> Value:
    """Names in lower case without colons and commas, and what they stand for."""
    if value is None:
        return {}
    if not isinstance(value, Mapping) or any(_odd(one) for one in value.values()):
        return value
    pairs = [(_identifier_name(name), _identifier(one)) for name, one in value.items()]
    return {name: one for name, one in sorted(pairs) if name and one}


def moment(value: Value) -> Value:
    """A moment in UTC, written as in 2012-03-14T00:00:00+00:00; a day begins at midnight, UTC."""
    if value is None or (isinstance(value, str) and value.strip() in ("", "None")):
        return None
    found = instant(value)
    if found is None:
        return value
    return found.isoformat() if found >= _NO_DATE else None


def whole(value: Value) -> Value:
    """A whole number, cut off behind the point."""
    number = _number(value)
    return value if number is None and value not in (None, "") else _cut(number)


def real(value: Value) -> Value:
    """A number."""
    number = _number(value)
    return value if number is None and value not in (None, "") else _floated(number)


def place(value: Value) -> Value:
    """As `real`; without a number it is the first."""
    found = real(value)
    return FIRST_PLACE if found is None else found


def flag(value: Value) -> Value:
    """Yes, no, or (None) not said."""
    if isinstance(value, str):
        return {"true": True, "false": False, "none": None, "": None}.get(value.lower(), value)
    return bool(value) if isinstance(value, int) else value


def rating(value: Value) -> Value:
    """Half stars from 1 to 10; 0 is none."""
    number = whole(value)
    if isinstance(number, bool) or not isinstance(number, int):
        return number
    return min(MOST_STARS, max(0, number)) or None


def instant(value: Value) -> datetime | None:
    """The moment that a text names, in UTC; None if it names none."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _texts(value: Value, part: str, instead: str) -> list[str] | None:
    """The texts of a list, each once and none empty; None if they are something else."""
    many = value if isinstance(value, list | tuple) else () if value is None else (value,)
    if any(_odd(one) for one in many):
        return None
    found = [str(one) for one in many if one is not None]
    if part:
        found = [one.replace(part, instead) for one in found]
    once: dict[str, str] = {}
    for one in (" ".join(word.split()) for word in found):
        once.setdefault(one.lower(), one)
    return [one for one in once.values() if one]


def _odd(value: Value) -> bool:
    return isinstance(value, bool | list | tuple | Mapping)


def _identifier_name(name: str) -> str:
    return name.lower().strip().replace(":", "").replace(",", "")


def _identifier(value: Value) -> str:
    return "" if value is None else str(value).strip().replace(",", "|")


def _number(value: Value) -> int | float | None:
    if isinstance(value, int | float):
        number: int | float = value
    elif isinstance(value, str) and _real(value):
        number = int(value) if value.strip().lstrip("+-").isdigit() else float(value)
    else:
        return None
    return number if not isinstance(number, float) or math.isfinite(number) else None


def _cut(number: float | None) -> Value:
    return None if number is None else int(number)


def _floated(number: float | None) -> Value:
    try:
        return None if number is None else float(number)
    except OverflowError:  # a whole number beyond all floats
        return number


def _real(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
