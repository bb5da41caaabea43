"""Kinds of Kavita's values: how each is read, put into its normal form, and written."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shelfhook.errors import Permanent
from shelfhook.hosts.kavita.spelling import key_of
from shelfhook.model import Value

NO_DATE = "0001-01-01T00:00:00"
"""What .NET says for none."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Kind:
    """What may be done with values of one kind.

    Attributes:
        read: from the document's value to ours, in its normal form.
        normal: from anything to the normal form; what makes no sense stays, and `write` refuses it;
            a list or table where a text belongs is `Permanent`.
        write: from the normal form to the document's value, given the old one.
        vocabulary: of what Kavita keeps once for all, the name of that table; else "".
    """

    read: Callable[[Any], Value]
    normal: Callable[[Value], Value]
    write: Callable[[Value, Any], Any]
    vocabulary: str = ""


def words_of(value: Value) -> list[str]:
    """Trimmed words, no blanks, each once by Kavita's own measure, in the order of its keys.

    Raises:
        Permanent: one of them is a list or a table.
    """
    trimmed = (_text(one) for one in _listed(value))
    by_key: dict[str, str] = {}
    for word in trimmed:
        if word:
            by_key.setdefault(key_of(word) or word, word)
    return [by_key[key] for key in sorted(by_key)]


def words(vocabulary: str, name: str) -> Kind:
    """A set of words, each an object whose property `name` holds it."""

    def read(value: Any) -> Value:
        return words_of([one[name] for one in value or ()])

    def write(value: Value, old: Any) -> Any:
        there = {key_of(one[name]): one for one in old or ()}
        return [there.get(key_of(word), {"id": 0, name: word}) for word in _known(value)]

    return Kind(read, words_of, write, vocabulary)


def numbered(table: Mapping[int, str | None], years: Mapping[int, str] | None = None) -> Kind:
    """One of a list of words, which the document has as a number. Numbers of ours are years."""
    numbers = {(word or "").lower(): number for number, word in table.items()}

    def read(value: Any) -> Value:
        return table.get(int(value or 0), str(value))

    def normal(value: Value) -> Value:
        if years and isinstance(value, int | float) and not isinstance(value, bool):
            # never a milder one than was asked for
            return years[min((known for known in years if known >= value), default=max(years))]
        text = _text(value)
        return table[numbers[text.lower()]] if text.lower() in numbers else text

    def write(value: Value, old: Any) -> Any:
        text = str(value or "").lower()
        if text in numbers:
            return numbers[text]
        if str(old) == value:  # a number that a later Kavita has come up with
            return old
        raise Permanent(
            f"Kavita has no {value!r} here, only {', '.join(filter(None, table.values()))}"
        )

    return Kind(read, normal, write)


def _known(value: Value) -> list[str]:
    """The words, if Kavita can tell them apart from all others."""
    found = words_of(value)
    for word in found:
        if not key_of(word):
            raise Permanent(f"Kavita cannot keep {word!r}: it has neither a letter nor a digit")
    return found


def _listed(value: Value) -> Sequence[Value]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else [value]


def _text(value: Value) -> str:
    if isinstance(value, Mapping | list | tuple):
        raise Permanent(f"{value!r:.100} is no text; Kavita keeps no lists within lists or tables")
    return "" if value is None else str(value).strip()


def _as_it_is(value: Value, _old: Any) -> Any:
    return value


def _write_links(value: Value, _old: Any) -> Any:
    return ",".join(_links(value))


def _links(value: Value) -> list[str]:
    parts = [part.strip() for one in _listed(value) for part in _text(one).split(",")]
    return list(dict.fromkeys(filter(None, parts)))


def _read_date(value: Any) -> Value:
    day = str(value or NO_DATE)[:10]
    return None if day == NO_DATE[:10] else day


def _write_date(value: Value, old: Any) -> Any:
    if value is None:
        return NO_DATE
    try:
        date.fromisoformat(str(value) if _DAY.fullmatch(str(value)) else "")
    except ValueError as error:
        raise Permanent(f"{value!r} is no date; Kavita wants YYYY-MM-DD") from error
    unchanged = _read_date(old) == value  # its time of day, which we do not show, stays
    return old if unchanged else f"{value}T00:00:00"


def _number(value: Value) -> Value:
    """Six digits: as many as Kavita's 32-bit numbers keep of every number."""
    try:
        number = float(f"{float(value):.6g}")  # type: ignore[arg-type] # what is none is caught
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) < 3e38 else None


def _write_number(value: Value, _old: Any) -> Any:
    if value is None:
        raise Permanent("Kavita wants a number here and cannot do without")
    return value


def _year(value: Value) -> Value:
    try:
        return int(value) or None  # type: ignore[arg-type] # what is none is caught
    except (TypeError, ValueError, OverflowError):
        return None


def _write_year(value: Value, old: Any) -> Any:
    if value is None and not old:
        return 0
    if not isinstance(value, int) or not 1000 <= value <= 9999:
        raise Permanent(f"Kavita takes no year {value!r}: only 1000 to 9999, and it can clear none")
    return value


TEXT = Kind(_text, _text, _as_it_is)
LINKS = Kind(_links, _links, _write_links)
DATE = Kind(_read_date, lambda value: _text(value) or None, _write_date)
NUMBER = Kind(_number, _number, _write_number)
YEAR = Kind(_year, _year, _write_year)
GENRES = words("genres", "title")
TAGS = words("tags", "title")
PEOPLE = words("people", "name")
AGE_RATING = numbered(
    {
        0: None,
        1: "Rating Pending",
        2: "Early Childhood",
        3: "Everyone",
        4: "G",
        5: "Everyone 10+",
        6: "PG",
        7: "Kids to Adults",
        8: "Teen",
        9: "MA15+",
        10: "Mature 17+",
        11: "M",
        12: "R18+",
        13: "Adults Only 18+",
        14: "X18+",
        -1: "Not Applicable",
    },
    {
        0: "Everyone",
        3: "Early Childhood",
        6: "Kids to Adults",
        8: "PG",
        10: "Everyone 10+",
        13: "Teen",
        15: "MA15+",
        17: "Mature 17+",
        18: "Adults Only 18+",
    },
)
"""ComicInfo's words; the years are those that Shelfhook's `tags` and `embed` mean by them."""
STATUS = numbered({0: "Ongoing", 1: "Hiatus", 2: "Completed", 3: "Cancelled", 4: "Ended"})
