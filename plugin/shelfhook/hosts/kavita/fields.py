"""Which fields Kavita's books (its chapters) and series have, and where they stand.

The names are Kavita's, but for two that Shelfhook's actions know by other names: `title` is
`titleName`, `titleSort` is `sortName`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shelfhook.hosts.kavita import kinds
from shelfhook.hosts.kavita.kinds import Kind


@dataclass(frozen=True, slots=True)
class Field:
    """One field: the property that holds it, the property that locks it ("": none does)."""

    key: str
    kind: Kind
    lock: str = ""


def _people(*, locations: str) -> Mapping[str, Field]:
    roles = {
        "writers": "writerLocked",
        "coverArtists": "coverArtistLocked",
        "publishers": "publisherLocked",
        "characters": "characterLocked",
        "pencillers": "pencillerLocked",
        "inkers": "inkerLocked",
        "imprints": "imprintLocked",
        "colorists": "coloristLocked",
        "letterers": "lettererLocked",
        "editors": "editorLocked",
        "translators": "translatorLocked",
        "teams": "",  # there is a lock, but neither of Kavita's updates stores it
        "locations": locations,
    }
    return {name: Field(name, kinds.PEOPLE, lock) for name, lock in roles.items()}


BOOK: Mapping[str, Field] = {
    "title": Field("titleName", kinds.TEXT, "titleNameLocked"),
    "summary": Field("summary", kinds.TEXT, "summaryLocked"),
    "releaseDate": Field("releaseDate", kinds.DATE, "releaseDateLocked"),
    "ageRating": Field("ageRating", kinds.AGE_RATING, "ageRatingLocked"),
    "language": Field("language", kinds.TEXT, "languageLocked"),
    "isbn": Field("isbn", kinds.TEXT, "isbnLocked"),
    "webLinks": Field("webLinks", kinds.LINKS),
    "sortOrder": Field("sortOrder", kinds.NUMBER, "sortOrderLocked"),
    "genres": Field("genres", kinds.GENRES, "genresLocked"),
    "tags": Field("tags", kinds.TAGS, "tagsLocked"),
    **_people(locations=""),  # of a chapter, too, this lock is not stored
}
NAMES: Mapping[str, Field] = {
    "titleSort": Field("sortName", kinds.TEXT, "sortNameLocked"),
    "localizedName": Field("localizedName", kinds.TEXT, "localizedNameLocked"),
}
"""Of a series; `POST /api/Series/update` writes them."""
METADATA: Mapping[str, Field] = {
    "summary": Field("summary", kinds.TEXT, "summaryLocked"),
    "releaseYear": Field("releaseYear", kinds.YEAR, "releaseYearLocked"),
    "ageRating": Field("ageRating", kinds.AGE_RATING, "ageRatingLocked"),
    "language": Field("language", kinds.TEXT, "languageLocked"),
    "publicationStatus": Field("publicationStatus", kinds.STATUS, "publicationStatusLocked"),
    "webLinks": Field("webLinks", kinds.LINKS),
    "genres": Field("genres", kinds.GENRES, "genresLocked"),
    "tags": Field("tags", kinds.TAGS, "tagsLocked"),
    **_people(locations="locationLocked"),
}
"""Of a series; `POST /api/Series/metadata` writes them."""
OF_ENTITY: Mapping[str, Mapping[str, Field]] = {"book": BOOK, "series": {**NAMES, **METADATA}}

HIDDEN_LOCKS = frozenset({"titleNameLocked", "releaseDateLocked", "isbnLocked", "sortOrderLocked"})
"""Of a chapter: Kavita 0.8.3 takes them, and each write replaces them, but nothing shows them."""

READ_ONLY_CHAPTER = frozenset(
    {
        "range",
        "number",
        "minNumber",
        "maxNumber",
        "pages",
        "isSpecial",
        "title",
        "files",
        "pagesRead",
        "lastReadingProgressUtc",
        "lastReadingProgress",
        "coverImageLocked",
        "volumeId",
        "createdUtc",
        "lastModifiedUtc",
        "created",
        "wordCount",
        "volumeTitle",
        "minHoursToRead",
        "maxHoursToRead",
        "avgHoursToRead",
        "publicationStatus",
        "count",
        "totalCount",
        "publicationStatusLocked",
        "releaseYearLocked",
        "coverImage",
        "primaryColor",
        "secondaryColor",
    }
)
"""What a chapter shows and an update does not take. All else goes back as it came, also what a
later Kavita shows: it would clear what is missing."""
WRITTEN_SERIES = (
    "id",
    "localizedName",
    "sortName",
    "coverImageLocked",
    "sortNameLocked",
    "localizedNameLocked",
)
"""What `POST /api/Series/update` takes."""
