"""The rows of the sandbox: libraries, series, books, and what their metadata starts as."""

from dataclasses import dataclass, field
from pathlib import Path

from shelfhook.sandbox.ids import stamp

JsonObject = dict[str, object]  # the values are JSON values

BOOK_LOCKS = (
    "title",
    "summary",
    "number",
    "numberSort",
    "releaseDate",
    "authors",
    "tags",
    "isbn",
    "links",
)
SERIES_LOCKS = (
    "status",
    "title",
    "titleSort",
    "summary",
    "readingDirection",
    "publisher",
    "ageRating",
    "language",
    "genres",
    "tags",
    "totalBookCount",
    "sharingLabels",
    "links",
    "alternateTitles",
)


@dataclass(frozen=True, slots=True)
class Media:
    """What the analysis of a file said."""

    status: str = "UNKNOWN"
    media_type: str = ""
    pages: int = 0
    comment: str = ""


@dataclass(slots=True)
class Library:
    """One library. `root` is None for a synthetic one, which has no files."""

    id: str
    name: str
    root: Path | None
    switches: dict[str, bool] = field(default_factory=dict)  # those that were set; they only show


@dataclass(slots=True)
class Book:
    """One book. Its metadata is made when first asked for: most of 100,000 never are."""

    id: str
    library_id: str
    series_id: str
    url: str
    name: str
    number: int
    size: int
    modified: float  # the file's time
    created: float
    touched: float  # the row's lastModified
    media: Media = Media()
    deleted: bool = False
    comic_info: JsonObject | None = None  # what the file's ComicInfo.xml said at its analysis
    own_metadata: JsonObject | None = None

    @property
    def metadata(self) -> JsonObject:
        """The metadata as JSON, in the contract's names."""
        if self.own_metadata is None:
            self.own_metadata = new_book_metadata(self.name, self.number, self.created)
        return self.own_metadata


@dataclass(slots=True)
class Series:
    """One series: a directory that holds books."""

    id: str
    library_id: str
    url: str
    name: str
    modified: float
    created: float
    touched: float
    deleted: bool = False
    books: list[Book] = field(default_factory=list)  # by natural name; number = place + 1
    own_metadata: JsonObject | None = None
    aggregate: JsonObject | None = None  # of its books' metadata; None when it must be made anew

    @property
    def metadata(self) -> JsonObject:
        """The metadata as JSON, in the contract's names."""
        if self.own_metadata is None:
            self.own_metadata = new_series_metadata(self.name, self.created)
        return self.own_metadata

    @property
    def title(self) -> str:
        """The title shown with each of its books."""
        return self.name if self.own_metadata is None else str(self.own_metadata["title"])


def new_book_metadata(title: str, number: int, now: float) -> JsonObject:
    """Give a book's metadata as the first import leaves it: the title is the file's stem."""
    values: JsonObject = {
        "title": title,
        "summary": "",
        "number": str(number),
        "numberSort": float(number),
        "releaseDate": None,
        "authors": [],
        "tags": [],
        "isbn": "",
        "links": [],
        "created": stamp(now),
        "lastModified": stamp(now),
    }
    values.update({f"{name}Lock": False for name in BOOK_LOCKS})
    return values


def new_series_metadata(title: str, now: float) -> JsonObject:
    """Give a series' metadata as the first import leaves it."""
    values: JsonObject = {
        "status": "ONGOING",
        "title": title,
        "titleSort": title,
        "summary": "",
        "readingDirection": "",
        "publisher": "",
        "ageRating": None,
        "language": "",
        "genres": [],
        "tags": [],
        "totalBookCount": None,
        "sharingLabels": [],
        "links": [],
        "alternateTitles": [],
        "created": stamp(now),
        "lastModified": stamp(now),
    }
    values.update({f"{name}Lock": False for name in SERIES_LOCKS})
    return values
