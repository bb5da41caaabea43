"""Calibre's fields by the names that actions know: see [`Vocabulary`][shelfhook.ports.Vocabulary].

| common | Calibre |
|---|---|
| number, numberSort | series_index, of a book that is in a series |
| summary | comments, without their HTML |
| releaseDate | pubdate, the nearest midnight in UTC |
| authors | authors, who all write; nobody for Calibre's "Unknown" |
| isbn | identifiers.isbn |
| language, languages | languages: the first, and all, in two letters where there are two |
| of the series: title, publisher, language | series, publisher, languages |

`title`, `tags`, `publisher` and `series` are called alike.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from shelfhook.hosts.calibre import languages, normal
from shelfhook.model import Fields, Item, Value
from shelfhook.ports import Said, Vocabulary

HALF_A_DAY = timedelta(hours=12)
"""Calibre writes a day as its midnight in the time zone of the computer that it ran on."""
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/h[1-6])\b[^<>]*>\n?", re.IGNORECASE)


def common(book: Item) -> Said:
    """What a book says in the common words."""
    fields = book.fields
    spoken = [languages.short(str(one)) for one in _listed(fields.get("languages"))]
    language = spoken[0] if spoken else ""
    said: dict[str, Value] = {
        **_number(fields),
        "summary": _plain(fields.get("comments")),
        "releaseDate": _day(fields.get("pubdate")),
        "authors": [{"name": name, "role": "writer"} for name in _names(fields.get("authors"))],
        "isbn": _isbn(fields),
        "language": language,
        "languages": spoken,
    }
    publisher = fields.get("publisher") or ""
    series = {"title": fields.get("series") or "", "publisher": publisher, "language": language}
    return Said(said, series)


def own(book: Item, wanted: Fields) -> Fields:
    """Calibre's fields for what is wanted by common names; what is so already is left out."""
    said = common(book).fields
    new = {name: value for name, value in wanted.items() if name not in said or value != said[name]}
    found: dict[str, Value] = {name: new[name] for name in new if name not in _COMMON}
    place = _place(new)
    if place is not None and (new.get("series") or book.fields.get("series")):
        found["series_index"] = place
    if "summary" in new:
        found["comments"] = new["summary"]
    if "releaseDate" in new:
        found["pubdate"] = new["releaseDate"] or None
    if "authors" in new:
        found["authors"] = _names(new["authors"])
    if "isbn" in new:
        found["identifiers"] = {**_identifiers(book.fields), "isbn": new["isbn"] or None}
    if "language" in new or "languages" in new:
        found["languages"] = new.get("languages", new.get("language"))
    return found


VOCABULARY = Vocabulary(common, own)
_COMMON = frozenset(
    {
        *("number", "numberSort", "summary", "releaseDate", "authors", "isbn"),
        *("language", "languages"),
    }
)
"""Names that stand for a field of another name or form."""


def _number(fields: Fields) -> dict[str, Value]:
    """The place in the series, as a text and as a number; none without a series."""
    place = fields.get("series_index") if fields.get("series") else None
    if isinstance(place, bool) or not isinstance(place, int | float):
        return {"number": "", "numberSort": None}
    return {"number": f"{place:.6f}".rstrip("0").rstrip("."), "numberSort": float(place)}


def _place(new: Fields) -> float | None:
    """The place to write: of both numbers the one for sorting, if it is one."""
    for name in ("numberSort", "number"):
        found = normal.real(new.get(name))
        if isinstance(found, float) and math.isfinite(found):
            return found
    return None


def _plain(comments: Value) -> str:
    """Comments without their HTML; what holds no tag stays as it is."""
    text = str(comments or "")
    if not _TAG.search(text):
        return text
    lines = html.unescape(_TAG.sub("", _BREAK.sub("\n", text))).splitlines()
    return "\n".join(line.strip() for line in lines).strip()


def _day(pubdate: Value) -> str | None:
    moment = normal.instant(pubdate)
    try:
        return None if moment is None else (moment + HALF_A_DAY).date().isoformat()
    except OverflowError:  # the last day of all
        return None


def _names(authors: Value) -> list[str]:
    """Names of writers, from either form; Calibre has no other roles."""
    found = []
    for one in _listed(authors):
        if not isinstance(one, Mapping):
            found.append(str(one))
        elif str(one.get("role") or "writer").lower() == "writer":
            found.append(str(one.get("name") or ""))
    return [name for name in found if name and name != normal.UNKNOWN]


def _isbn(fields: Fields) -> str:
    return str(_identifiers(fields).get("isbn") or "")


def _identifiers(fields: Fields) -> Mapping[str, Value]:
    found = fields.get("identifiers")
    return found if isinstance(found, Mapping) else {}


def _listed(value: Value) -> Sequence[Value]:
    if value is None:
        return ()
    return value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
