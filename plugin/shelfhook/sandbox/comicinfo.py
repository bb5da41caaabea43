"""ComicInfo.xml as Komga imports it: values for the book, and values for its series."""

from collections import Counter
from collections.abc import Sequence
from xml.etree import ElementTree

from shelfhook.sandbox import cleaning
from shelfhook.sandbox.records import JsonObject

_ROLES = {
    "Writer": "writer",
    "Penciller": "penciller",
    "Inker": "inker",
    "Colorist": "colorist",
    "Letterer": "letterer",
    "CoverArtist": "cover",
    "Editor": "editor",
    "Translator": "translator",
}
_AGE_RATINGS = {"Everyone": 0, "Everyone 10+": 10, "Teen": 13, "MA15+": 15, "Mature 17+": 17}
_DIRECTIONS = {"No": "LEFT_TO_RIGHT", "YesAndRightToLeft": "RIGHT_TO_LEFT"}


def read_comic_info(content: bytes) -> JsonObject | None:
    """Give `{"book": {...}, "series": {...}}`; None when the file is no XML.

    Only what the file really says is there: an import never empties a field.
    """
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - expat bounds entity expansion
    except (ElementTree.ParseError, LookupError, ValueError):  # the last two: of an encoding
        return None
    told = {child.tag: text for child in root if (text := (child.text or "").strip())}
    return {"book": _book(told), "series": _series(told)}


def summed_up(told: Sequence[JsonObject]) -> JsonObject:
    """What all books of a series together tell of it.

    Of genres all, of ages the highest, of all else what most tell; the first among equals.
    """
    summed: JsonObject = {}
    for name in dict.fromkeys(name for one in told for name in one):
        values = [one[name] for one in told if name in one]
        words = [word for value in values if isinstance(value, list) for word in value]
        ages = [value for value in values if isinstance(value, int)]
        if name == "genres":
            summed[name] = list(dict.fromkeys(words))
        elif name == "ageRating":
            summed[name] = max(ages)
        else:
            counts = Counter(map(repr, values))
            summed[name] = max(values, key=lambda value: counts[repr(value)])
    return summed


def _book(told: dict[str, str]) -> JsonObject:
    values: JsonObject = {
        "title": told.get("Title"),
        "summary": told.get("Summary"),
        "number": told.get("Number"),
        "numberSort": _cleaned(cleaning.number, _float(told.get("Number"))),
        "releaseDate": _release_date(told),
        "authors": [
            {"name": name, "role": role}
            for tag, role in _ROLES.items()
            for name in _split(told.get(tag))
        ],
        "links": _cleaned(cleaning.links, _links(told.get("Web"))),
        "tags": cleaning.lowered(list(_split(told.get("Tags")))),
        "isbn": _cleaned(cleaning.isbn, told.get("GTIN")),
    }
    return _only_told(values)


def _series(told: dict[str, str]) -> JsonObject:
    count = told.get("Count", "")
    values: JsonObject = {
        "title": told.get("Series"),
        "titleSort": told.get("Series"),
        "publisher": told.get("Publisher"),
        "readingDirection": _DIRECTIONS.get(told.get("Manga", "")),
        "ageRating": _AGE_RATINGS.get(told.get("AgeRating", "")),
        "language": _cleaned(cleaning.language, told.get("LanguageISO")),
        "genres": cleaning.lowered(list(_split(told.get("Genre")))),
        "totalBookCount": int(count) if count.isdecimal() else None,
    }
    return _only_told(values)


def _only_told(values: JsonObject) -> JsonObject:
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def _cleaned(clean: cleaning.Cleaner, value: object) -> object:
    """Clean a value; one that breaks the rules was not told."""
    try:
        return None if value is None else clean(value)
    except ValueError:
        return None


def _split(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _float(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _links(web: str | None) -> object:
    if not web:
        return None
    host = web.partition("://")[2].partition("/")[0]
    return [{"label": host or web, "url": web}]


def _release_date(told: dict[str, str]) -> object:
    try:
        year, month, day = (int(told.get(tag, 1)) for tag in ("Year", "Month", "Day"))
        return cleaning.day(f"{year:04}-{month:02}-{day:02}") if "Year" in told else None
    except ValueError:
        return None
