"""What metadata fields are called: `releaseDate` is "Release date"."""

from __future__ import annotations

import re
from typing import Final

SPECIAL: Final = {
    "isbn": "ISBN",
    "titleSort": "Sort title",
    "sort_title": "Sort title",
    "numberSort": "Sort number",
    "ageRating": "Age rating",
    "readingDirection": "Reading direction",
    "totalBookCount": "Number of books in the series",
    "alternateTitles": "Other titles",
    "pubdate": "Published",
    "series_index": "Number in the series",
}
HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-]+")
"""Where one word ends and the next begins."""


def in_words(name: str) -> str:
    """A field's name for people; names that we do not know are taken apart."""
    if name in SPECIAL:
        return SPECIAL[name]
    if name.endswith("Lock") and len(name) > 4:
        return f"{in_words(name.removesuffix('Lock'))} (lock)"
    words = [word if word.isupper() else word.lower() for word in HUMP.split(name) if word]
    text = " ".join(words) or name
    return text[:1].upper() + text[1:]
