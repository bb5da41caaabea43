"""Rows as the contract's JSON: BookDto, SeriesDto, LibraryDto, UserDto."""

from pathlib import PurePosixPath

from shelfhook.sandbox.ids import stamp
from shelfhook.sandbox.records import Book, JsonObject, Library, Series
from shelfhook.sandbox.subjects import media_profile

_OFF = (
    "analyzeDimensions",
    "convertToCbz",
    "emptyTrashAfterScan",
    "hashFiles",
    "hashKoreader",
    "hashPages",
    "importBarcodeIsbn",
    "importComicInfoCollection",
    "importComicInfoReadList",
    "importComicInfoSeriesAppendVolume",
    "importEpubBook",
    "importEpubSeries",
    "importLocalArtwork",
    "importMylarSeries",
    "repairExtensions",
    "scanEpub",
    "scanForceModifiedTime",
    "scanOnStartup",
    "scanPdf",
    "unavailable",
)
_ON = ("importComicInfoBook", "importComicInfoSeries", "scanCbx")
LIBRARY_SWITCHES = frozenset((*_OFF, *_ON)) - {"unavailable"}


class DtoMaker:
    """Makes DTOs. With `send_nulls` absent optional values are null, without they are left out."""

    def __init__(self, *, send_nulls: bool) -> None:
        self._send_nulls = send_nulls

    def book(self, book: Book, series: Series, *, full_url: bool) -> JsonObject:
        """Make a BookDto; only administrators see the whole path."""
        return self._finish(
            {
                "id": book.id,
                "seriesId": book.series_id,
                "seriesTitle": series.title,
                "libraryId": book.library_id,
                "name": book.name,
                "url": book.url if full_url else PurePosixPath(book.url).name,
                "number": book.number,
                "created": stamp(book.created),
                "lastModified": stamp(book.touched),
                "fileLastModified": stamp(book.modified),
                "sizeBytes": book.size,
                "size": _readable(book.size),
                "media": _media(book),
                "metadata": self._finish(book.metadata),
                "readProgress": None,
                "deleted": book.deleted,
                "fileHash": "",
                "oneshot": False,
            }
        )

    def series(self, series: Series, *, full_url: bool) -> JsonObject:
        """Make a SeriesDto."""
        count = sum(not book.deleted for book in series.books)
        if series.aggregate is None:
            series.aggregate = aggregate(series)
        return {
            "id": series.id,
            "libraryId": series.library_id,
            "name": series.name,
            "url": series.url if full_url else PurePosixPath(series.url).name,
            "created": stamp(series.created),
            "lastModified": stamp(series.touched),
            "fileLastModified": stamp(series.modified),
            "booksCount": count,
            "booksReadCount": 0,
            "booksUnreadCount": count,
            "booksInProgressCount": 0,
            "metadata": self._finish(series.metadata),
            "booksMetadata": self._finish(series.aggregate),
            "deleted": series.deleted,
            "oneshot": False,
        }

    def _finish(self, values: JsonObject) -> JsonObject:
        if self._send_nulls:
            return values
        return {name: value for name, value in values.items() if value is not None}


def library(row: Library, *, full_root: bool) -> JsonObject:
    """Make a LibraryDto; only administrators see its root."""
    root = str(row.root) if row.root is not None else f"/sandbox/{row.name}"
    values: JsonObject = {"id": row.id, "name": row.name, "root": root if full_root else ""}
    values.update(dict.fromkeys(_OFF, False))
    values.update(dict.fromkeys(_ON, True))
    values.update(row.switches)
    values["scanInterval"] = "DISABLED"
    values["seriesCover"] = "FIRST"
    values["scanDirectoryExclusions"] = ["#recycle", "@eaDir", "@Recycle"]
    return values


def aggregate(series: Series) -> JsonObject:
    """Gather what the books' metadata says of the series."""
    told = [book.own_metadata for book in series.books if book.own_metadata is not None]
    authors: list[object] = []
    tags: set[str] = set()
    for metadata in told:
        authors += [a for a in _items(metadata["authors"]) if a not in authors]
        tags.update(str(tag) for tag in _items(metadata["tags"]))
    dates = [str(metadata["releaseDate"]) for metadata in told if metadata["releaseDate"]]
    summarised = next((metadata for metadata in told if metadata["summary"]), None)
    return {
        "authors": authors,
        "tags": sorted(tags),
        "releaseDate": min(dates, default=None),
        "summary": summarised["summary"] if summarised else "",
        "summaryNumber": summarised["number"] if summarised else "",
        "created": stamp(series.created),
        "lastModified": stamp(series.touched),
    }


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _media(book: Book) -> JsonObject:
    media = book.media
    return {
        "status": media.status,
        "mediaType": media.media_type,
        "pagesCount": media.pages,
        "comment": media.comment,
        "epubDivinaCompatible": False,
        "epubIsKepub": False,
        "mediaProfile": media_profile(media.media_type),
    }


def _readable(size: int) -> str:
    amount = float(size)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.1f} {unit}".replace(".0 ", " ")
        amount /= 1024
    return f"{amount:.1f} GiB"
