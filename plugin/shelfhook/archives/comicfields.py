"""What a ComicInfo.xml says, and whether it can be true.

The rules are those of the schema, version 2.1 of the Anansi project, with the leniency of programs
that read it: an empty element says nothing, an unknown one is somebody's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from shelfhook.archives import xmlcheck
from shelfhook.archives.comicinfo_schema import INTEGERS, WORDS
from shelfhook.archives.faults import FaultError, Faults
from shelfhook.archives.xmlcheck import Element

ROOT = "ComicInfo"
PAGE_TYPES = frozenset(
    {
        "FrontCover",
        "InnerCover",
        "Roundup",
        "Story",
        "Advertisement",
        "Editorial",
        "Letters",
        "Preview",
        "BackCover",
        "Other",
        "Deleted",
    }
)
NUMBERS = frozenset({"Number", "AlternateNumber"})
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*")
_MOST_TEXT = 1_000


def check(name: str, content: bytes, faults: Faults, counted: range) -> Mapping[str, str]:
    """Find what is wrong with a ComicInfo.xml.

    Args:
        name: of the entry that it is.
        counted: the numbers of pages that the archive may have; more than one if some of its
            pages cannot be read.

    Returns:
        Its elements with their texts, cut to a sensible length; none if it cannot be read.
    """
    try:
        *inner, root = xmlcheck.read(content)
    except FaultError as fault:
        faults.add(fault.code, name, fault.detail)
        return {}
    if root.path != (ROOT,):
        faults.add("comicinfo.root", name, root.path[0])
        return {}
    fields = _fields([element for element in inner if len(element.path) == 2], faults)
    for element, text in fields.items():
        _check_value(element, text, faults)
    _check_date(fields, faults)
    _check_page_count(fields, counted, faults)
    _check_pages([one for one in inner if one.path[1:] == ("Pages", "Page")], counted, faults)
    return {element: text[:_MOST_TEXT] for element, text in fields.items()}


def _fields(elements: Sequence[Element], faults: Faults) -> dict[str, str]:
    """Texts by name, without those that are empty. Where one is repeated, the first counts."""
    fields: dict[str, str] = {}
    seen: set[str] = set()
    for element in elements:
        name = element.path[1]
        if name in seen:
            faults.add("comicinfo.repeated", name)
        elif element.text.strip():
            fields[name] = element.text.strip()
        seen.add(name)
    return fields


def _check_value(name: str, text: str, faults: Faults) -> None:
    if name in WORDS and text not in WORDS[name]:
        faults.add("comicinfo.choice", name, text)
    elif name in NUMBERS and not any(char.isnumeric() or char == "∞" for char in text):
        faults.add("comicinfo.value", name, f"{text}: no number is in it")
    elif name in INTEGERS and _whole(text) is None:
        faults.add("comicinfo.value", name, f"{text}: not a whole number")
    elif name == "CommunityRating" and not _is_rating(text):
        faults.add("comicinfo.value", name, f"{text}: not a number from 0 to 5")
    elif name == "LanguageISO" and not _LANGUAGE.fullmatch(text):
        faults.add("comicinfo.value", name, f"{text}: not the code of a language")


def _check_date(fields: Mapping[str, str], faults: Faults) -> None:
    """Whether year, month and day, as far as they are given, can be those of a day."""
    given = {name: _whole(fields.get(name, "")) for name in ("Year", "Month", "Day")}
    year, month, day = ((given[name] or -1) for name in ("Year", "Month", "Day"))
    # -1 is the schema's word for "not known"; a leap year and a long month refuse the least
    try:
        date(2000 if year == -1 else year, 1 if month == -1 else month, 1 if day == -1 else day)
    except (ValueError, OverflowError):
        shown = "-".join(fields[name] for name in given if name in fields)
        faults.add("comicinfo.date", "Year", shown)


def _check_page_count(fields: Mapping[str, str], counted: range, faults: Faults) -> None:
    count = _whole(fields.get("PageCount", ""))
    if count is not None and count > 0 and count not in counted:
        faults.add("comicinfo.page-count", "PageCount", f"{count} instead of {counted[-1]}")


def _check_pages(pages: Iterable[Element], counted: range, faults: Faults) -> None:
    seen: set[int] = set()
    for page in pages:
        shown = page.attributes.get("Image", "")
        number = _whole(shown)
        types = page.attributes.get("Type", "").split()
        if number is None or not 0 <= number < counted[-1]:
            faults.add("comicinfo.pages", "Pages", f"there is no page with the number {shown!r}")
        elif number in seen:
            faults.add("comicinfo.pages", "Pages", f"page {number} stands there twice")
        seen.add(-1 if number is None else number)
        for unknown in (one for one in types if one not in PAGE_TYPES):
            faults.add("comicinfo.choice", f"Page {shown} Type", unknown)


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,9}", text.strip()) else None


def _is_rating(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9](\.[0-9]+)?", text)) and float(text) <= 5
