"""Reads series, number and title from a comic's file name, and says nothing when in doubt.

`comicfn2dict` does the parsing. It always finds *something*, so what it finds counts here only if
the name gives good reason for it: "Apollo 13.cbz" is no thirteenth issue, "Apollo 013.cbz" is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Found: TypeAlias = Mapping[str, object]

LONGEST_NAME = 255
"""What file systems allow; anything longer is no file name."""

_NUMBER = re.compile(
    r"c?(?P<sign>-?)(?P<whole>[0-9]{0,6})(?P<half>½)?(?P<decimals>\.[0-9]{1,2})?"
    r"(?P<suffix>[a-d]|\.?(?:AU|BEY|DEL|HU|INH|LR|MU|NOW))?"
)
_BRACKETED = re.compile(r"\s*[(\[{][^()\[\]{}]*[)\]}]")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Number:
    """A book's number: as text for people, as a float for sorting."""

    text: str
    sort: float


@dataclass(frozen=True, slots=True)
class FileName:
    """What a file name says. Texts are "" where it says nothing.

    `volume_only` means that the number is the volume's: "Saga v03.cbz".
    """

    series: str
    number: Number
    title: str
    year: str
    volume_only: bool
    volume: str = ""


def stem(name: str) -> str:
    """The name without its extension, as a server makes a title of it."""
    head, dot, _ = name.rpartition(".")
    return head if dot else name


def read(name: str) -> FileName | None:
    """What the name says, or None when it has no number that can be trusted."""
    if len(name) > LONGEST_NAME:
        return None
    found = _parse(name)
    raw = _text(found, "issue")
    number = as_number(raw)
    if number is None or not _marked(raw, found, stem(name)):
        return None
    # What follows a number at the very beginning may be a series or a title; who knows.
    in_front = _begins_with(raw, stem(name))
    return FileName(
        series="" if in_front else _text(found, "series"),
        number=number,
        title="" if in_front else _title(found, name),
        year=_text(found, "year"),
        volume_only=_volume_only(found, name),
        volume=_text(found, "volume").lstrip("0"),
    )


def as_number(raw: str) -> Number | None:
    """The number in its short form ("012.5" → "12.5"), or None if `raw` is none."""
    match = _NUMBER.fullmatch(raw)
    if match is None or not (match["whole"] or match["half"]):
        return None
    if match["half"] and match["decimals"]:
        return None
    sign, decimals, half = match["sign"], match["decimals"] or "", match["half"] or ""
    whole = match["whole"].lstrip("0") or ("" if half else "0")
    size = float(f"{whole or '0'}{decimals}") + (0.5 if half else 0.0)
    if not size:
        sign = ""  # "-0" is no number of its own
    text = f"{sign}{whole}{half}{decimals}{match['suffix'] or ''}"
    return Number(text, -size if sign else size)


def padded(number: str, digits: int) -> str:
    """The number with zeros before it ("7.5" → "007.5"); what is no number stays as it is."""
    match = _NUMBER.fullmatch(number)
    if match is None or not match["whole"] or number.startswith("c"):
        return number
    sign = match["sign"]
    return f"{sign}{match['whole'].zfill(digits)}{number[len(sign) + len(match['whole']) :]}"


def _parse(name: str) -> Found:
    # Imported here: its regular expressions would cost every start of the program some 15 ms.
    from comicfn2dict import comicfn2dict

    found: Found = comicfn2dict(name)
    if "issue" in found or "title" not in found:
        return found
    # It splits "Series 012 - Title" at the dash before it looks for the number, which then stays
    # at the end of the series.
    head: Found = comicfn2dict(f"{_text(found, 'series')}.cbz")
    return {**found, **head} if "issue" in head else found


def _text(found: Found, key: str) -> str:
    value = found.get(key, "")
    return value.strip() if isinstance(value, str) else ""


def _marked(raw: str, found: Found, stem_: str) -> bool:
    """Whether the name shows that `raw` is a number of a series, not a part of its name."""
    if not _stands_alone(raw, stem_):
        return False
    if f"#{raw}" in stem_ or "issue_count" in found or "volume" in found:
        return True
    padded = raw.lstrip("c-").startswith("0")
    if _begins_with(raw, stem_):
        return padded  # "100 Bullets", but "001 - Pilot"
    if _YEAR.fullmatch(raw):
        return False
    long = sum(character.isdigit() for character in raw) >= 3
    return padded or long or raw.startswith("c") or "½" in raw or f" {raw} - " in stem_


def _stands_alone(raw: str, stem_: str) -> bool:
    """Whether all digits around it belong to it: of "012 2012" the parser makes December and 0."""
    return re.search(rf"(?<![0-9]){re.escape(raw.lstrip('-'))}(?![0-9])", stem_) is not None


def _begins_with(raw: str, stem_: str) -> bool:
    return stem_.lstrip("(# ").startswith(raw)


def _title(found: Found, name: str) -> str:
    """The title. What stands in brackets is none: a format, a group or a variant."""
    title = _text(found, "title")
    if re.search(r"[(\[{]\s*" + re.escape(title), name):
        title = _text(_parse(f"{_BRACKETED.sub('', stem(name))}.cbz"), "title")
    return title if any(character.isalpha() for character in title) else ""


def _volume_only(found: Found, name: str) -> bool:
    """Whether the parser copied the volume for want of an issue: the number then occurs once."""
    volume = _text(found, "volume")
    if not volume or volume != _text(found, "issue"):
        return False
    occurrences = [run for run in re.findall(r"[0-9]+", stem(name)) if run == volume]
    return len(occurrences) <= 1
