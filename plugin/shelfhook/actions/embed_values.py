"""A host's values as texts of ComicInfo's elements, and what such texts mean to a host.

Every `…_texts` here has a `…_value` that reads its texts again, as Komga reads them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from shelfhook.archives.comicinfo import clean
from shelfhook.archives.comicinfo_schema import AGE_RATINGS
from shelfhook.model import Value

Texts: TypeAlias = Mapping[str, str]
Write: TypeAlias = Callable[[Value], Texts]
Read: TypeAlias = Callable[[Texts], Value]

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?(?:T.*)?")
_DIRECTIONS = {"LEFT_TO_RIGHT": "No", "RIGHT_TO_LEFT": "YesAndRightToLeft"}
# "Yes" says that it is a manga and leaves open how it is read, so it contradicts nobody.
_READ_DIRECTIONS = {"No": "LEFT_TO_RIGHT", "YesAndRightToLeft": "RIGHT_TO_LEFT"}
_AGES = {
    0: "Everyone",
    3: "Early Childhood",
    6: "Kids to Adults",
    8: "PG",
    10: "Everyone 10+",
    13: "Teen",
    15: "MA15+",
    17: "Mature 17+",
    18: "Adults Only 18+",
}
_READ_AGES = {word.lower().replace(" ", ""): age for word, age in AGE_RATINGS.items()}


def text(element: str) -> tuple[Write, Read]:
    """A text that goes into an element as it is."""
    return lambda value: {element: clean(str(value))}, lambda texts: texts.get(element, "")


def words(element: str) -> tuple[Write, Read]:
    """A list of words, separated by commas.

    ComicInfo knows no way to write a comma within a word: it is left out, so that "King, Jr."
    does not become two.
    """

    def write(value: Value) -> Texts:
        found = (_word(str(one)) for one in listed(value))
        return {element: ", ".join(dict.fromkeys(word for word in found if word))}

    return write, lambda texts: list(split(texts.get(element, "")))


def people(element: str, role: str) -> tuple[Write, Read]:
    """The names of those authors who have a role; see `words`. One without a role has written."""
    write_words, _ = words(element)

    def write(value: Value) -> Texts:
        return write_words([name for name, has in _authors(value) if has == role])

    def read(texts: Texts) -> Value:
        return [{"name": name, "role": role} for name in split(texts.get(element, ""))]

    return write, read


def date_texts(value: Value) -> Texts:
    """`YYYY-MM-DD`, or its beginning."""
    found = _DATE.fullmatch(str(value).strip())
    parts = [str(int(part)) if part else "" for part in found.groups()] if found else []
    return dict(zip(("Year", "Month", "Day"), parts, strict=False))


def date_value(texts: Texts) -> Value:
    """The day; one that is not told is the first."""
    year, month, day = (_whole(texts.get(part, "")) for part in ("Year", "Month", "Day"))
    return None if year is None else f"{year:04}-{month or 1:02}-{day or 1:02}"


def age_texts(value: Value) -> Texts:
    """The word for an age; where there is none, that for the next higher one (of 18 and above, 18).

    Never a milder one: who hides books from a child of 16 must not find them open at 15.
    """
    if isinstance(value, str) and value in AGE_RATINGS:
        return {"AgeRating": value}
    age = _whole(str(value))
    if age is None or age < 0:
        return {}
    return {"AgeRating": _AGES[min((known for known in _AGES if known >= age), default=18)]}


def age_value(texts: Texts) -> Value:
    """The age behind the word, which may be written in any case and spacing."""
    return _READ_AGES.get(texts.get("AgeRating", "").lower().replace(" ", ""))


def direction_texts(value: Value) -> Texts:
    """Left to right or right to left; ComicInfo has no word for any other direction."""
    word = _DIRECTIONS.get(str(value).upper())
    return {"Manga": word} if word else {}


def direction_value(texts: Texts) -> Value:
    """The direction behind the word."""
    return _READ_DIRECTIONS.get(texts.get("Manga", ""))


def links_texts(value: Value) -> Texts:
    """The addresses, separated by spaces; spaces within one are escaped."""
    found = (str(one.get("url") or "") for one in listed(value) if isinstance(one, Mapping))
    urls = [re.sub(r"\s", "%20", clean(url)) for url in found]
    return {"Web": " ".join(dict.fromkeys(url for url in urls if url))}


def links_value(texts: Texts) -> Value:
    """The addresses, each labelled with itself: ComicInfo has no labels."""
    return [{"label": url, "url": url} for url in texts.get("Web", "").split()]


def count_texts(value: Value) -> Texts:
    """A number of books, from 1."""
    count = _whole(str(value))
    return {"Count": str(count)} if count is not None and count > 0 else {}


def count_value(texts: Texts) -> Value:
    """The number; None if the text is none."""
    return _whole(texts.get("Count", ""))


def listed(value: Value) -> Sequence[Value]:
    """The value as a list."""
    if value is None:
        return ()
    return value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)


def split(text_: str) -> Sequence[str]:
    """The words between the commas."""
    return [word for part in text_.split(",") if (word := part.strip())]


def _word(raw: str) -> str:
    return " ".join(clean(raw).replace(",", " ").split())


def _authors(value: Value) -> list[tuple[str, str]]:
    found = []
    for one in listed(value):
        if isinstance(one, Mapping):
            found.append((str(one.get("name") or ""), str(one.get("role") or "").strip().lower()))
        else:
            found.append((str(one), "writer"))
    return found


def _whole(raw: str) -> int | None:
    return int(raw) if re.fullmatch(r"-?[0-9]{1,9}", raw.strip()) else None
