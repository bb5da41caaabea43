"""The elements of ComicInfo.xml, version 2.1: their order, their types and their words.

Read from the schema of the Anansi project (`drafts/v2.1/ComicInfo.xsd`).
"""

from __future__ import annotations

from collections.abc import Mapping

from shelfhook.errors import Permanent

ELEMENTS: tuple[str, ...] = (
    "Title",
    "Series",
    "Number",
    "Count",
    "Volume",
    "AlternateSeries",
    "AlternateNumber",
    "AlternateCount",
    "Summary",
    "Notes",
    "Year",
    "Month",
    "Day",
    "Writer",
    "Penciller",
    "Inker",
    "Colorist",
    "Letterer",
    "CoverArtist",
    "Editor",
    "Translator",
    "Publisher",
    "Imprint",
    "Genre",
    "Tags",
    "Web",
    "PageCount",
    "LanguageISO",
    "Format",
    "BlackAndWhite",
    "Manga",
    "Characters",
    "Teams",
    "Locations",
    "ScanInformation",
    "StoryArc",
    "StoryArcNumber",
    "SeriesGroup",
    "AgeRating",
    "Pages",
    "CommunityRating",
    "MainCharacterOrTeam",
    "Review",
    "GTIN",
)
"""In the schema's order, which is a sequence."""

ORDER: Mapping[str, int] = {name: place for place, name in enumerate(ELEMENTS)}
INTEGERS = frozenset(
    {"Count", "Volume", "AlternateCount", "Year", "Month", "Day", "PageCount"},
)
NESTED = frozenset({"Pages"})
"""Elements that hold others; nobody sets them with a text."""

AGE_RATINGS: Mapping[str, int | None] = {
    "Unknown": None,
    "Adults Only 18+": 18,
    "Early Childhood": 3,
    "Everyone": 0,
    "Everyone 10+": 10,
    "G": 0,
    "Kids to Adults": 6,
    "M": 17,
    "MA15+": 15,
    "Mature 17+": 17,
    "PG": 8,
    "R18+": 18,
    "Rating Pending": None,
    "Teen": 13,
    "X18+": 18,
}
"""The schema's words, with the age that Komga reads into each."""

WORDS: Mapping[str, frozenset[str]] = {
    "AgeRating": frozenset(AGE_RATINGS),
    "BlackAndWhite": frozenset({"Unknown", "No", "Yes"}),
    "Manga": frozenset({"Unknown", "No", "Yes", "YesAndRightToLeft"}),
}
"""Elements that take one of a list of words."""

_LEAST, _MOST = -(2**31), 2**31 - 1


def check_text(element: str, text: str) -> None:
    """Refuse what the schema does not allow in an element; "" is always allowed and removes it.

    Raises:
        Permanent: no such element, or not a value of its type.
    """
    if element not in ORDER or element in NESTED:
        raise Permanent(f"{element!r} is not an element of ComicInfo.xml that can be set")
    if not text:
        return
    if element in WORDS and text not in WORDS[element]:
        known = ", ".join(sorted(WORDS[element]))
        raise Permanent(f"{text!r} is not a value of ComicInfo's {element}; use one of: {known}")
    if element in INTEGERS and not _is_int(text):
        raise Permanent(f"{text!r} is not a whole number, which ComicInfo's {element} must be")
    if element == "CommunityRating" and not _is_rating(text):
        raise Permanent(f"{text!r} is not a rating from 0 to 5, as in 4.5")


def _is_int(text: str) -> bool:
    digits = text.removeprefix("-")
    return (
        digits.isascii()
        and digits.isdigit()
        and len(digits) <= 10
        and (_LEAST <= int(text) <= _MOST)
    )


def _is_rating(text: str) -> bool:
    whole, dot, fraction = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) == 1):
        return False
    if dot and not (fraction.isascii() and fraction.isdigit() and len(fraction) == 1):
        return False
    return float(text) <= 5
