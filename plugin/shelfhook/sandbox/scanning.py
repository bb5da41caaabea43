"""Holds what a walk found against the rows, and brings the rows up to date."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from shelfhook.sandbox.catalogue import Catalogue
from shelfhook.sandbox.ids import id_of
from shelfhook.sandbox.records import Book, JsonObject, Library, Media, Series
from shelfhook.sandbox.walker import FoundBook, FoundSeries

_OUTDATED = "OUTDATED"


@dataclass
class Changes:
    """What a scan changed, and what must be done about it."""

    events: list[tuple[str, JsonObject]] = field(default_factory=list)
    to_analyze: list[Book] = field(default_factory=list)
    to_refresh: list[Book] = field(default_factory=list)  # their place in the series moved


def book_event(book: Book) -> JsonObject:
    """Give the payload of BookAdded, BookChanged and BookDeleted."""
    return {"bookId": book.id, "seriesId": book.series_id, "libraryId": book.library_id}


def series_event(series: Series) -> JsonObject:
    """Give the payload of SeriesAdded, SeriesChanged and SeriesDeleted."""
    return {"seriesId": series.id, "libraryId": series.library_id}


class Comparison:
    """One scan of one library; its caller holds the catalogue's lock."""

    def __init__(self, catalogue: Catalogue, library: Library, now: float) -> None:
        self._catalogue = catalogue
        self._library = library
        self._now = now
        self.changes = Changes()

    def apply(self, found: Iterable[FoundSeries], *, deep: bool) -> Changes:
        """Bring the library's rows up to date."""
        by_path = {series.path: series for series in found}
        for series in self._rows():
            if series.url not in by_path:
                self._series_vanished(series)
        for path in sorted(by_path):
            self._compare(by_path[path], deep=deep)
        return self.changes

    def bring_up(self, found: FoundSeries) -> Changes:
        """Bring one series up to date, as after an import."""
        self._compare(found, deep=False)
        return self.changes

    def _rows(self) -> list[Series]:
        every = self._catalogue.series.values()
        return [series for series in every if series.library_id == self._library.id]

    def _series_vanished(self, series: Series) -> None:
        for book in series.books:
            self._book_vanished(book)
        if not series.deleted:
            series.deleted = True
            self._catalogue.structure += 1
            self._tell("SeriesChanged", series_event(series))

    def _book_vanished(self, book: Book) -> None:
        if not book.deleted:
            book.deleted, book.touched = True, self._now
            self._catalogue.structure += 1
            self._tell("BookChanged", book_event(book))

    def _compare(self, found: FoundSeries, *, deep: bool) -> None:
        series_id = id_of("series", found.path)
        series = self._catalogue.series.get(series_id)
        new = series is None
        if series is None:
            series = self._add_series(series_id, found)
            self._tell("SeriesAdded", series_event(series))
        returned, series.deleted = series.deleted, False
        changed = returned or series.modified != found.modified
        series.modified = found.modified
        files = {book.path: book for book in found.books}
        gone = [book for book in series.books if book.url not in files and not book.deleted]
        for book in gone:
            self._book_vanished(book)
        fresh = [file for path, file in files.items() if not self._refind(path, file)]
        added = [self._add_book(series, file) for file in fresh]
        if added or gone or changed or deep:
            self.changes.to_refresh += self._catalogue.renumber(series)
        for book in added:
            self._tell("BookAdded", book_event(book))
        if added or gone or deep:
            self._touch(series)
        if (added or gone or returned) and not new:
            self._tell("SeriesChanged", series_event(series))

    def _refind(self, path: str, file: FoundBook) -> bool:
        """Compare a file with its row; say whether there is one."""
        book = self._catalogue.books.get(id_of("book", path))
        if book is None:
            return False
        if book.deleted:
            book.deleted, book.touched = False, self._now
            self._catalogue.structure += 1
            self._tell("BookChanged", book_event(book))
        if (book.size, book.modified) != (file.size, file.modified):
            book.size, book.modified, book.touched = file.size, file.modified, self._now
            # Nobody is told of this yet: the analysis will tell.
            book.media = Media(_OUTDATED, book.media.media_type, book.media.pages)
            self._catalogue.structure += 1
        if book.media.status in (_OUTDATED, "UNKNOWN"):
            self.changes.to_analyze.append(book)
        return True

    def _touch(self, series: Series) -> None:
        """Bump the rows' time: a series that gained or lost a book bumps every sibling's."""
        series.touched = self._now
        for book in series.books:
            book.touched = self._now
        self._catalogue.structure += 1

    def _add_series(self, series_id: str, found: FoundSeries) -> Series:
        now = self._now
        series = Series(
            series_id, self._library.id, found.path, found.name, found.modified, now, now
        )
        self._catalogue.series[series_id] = series
        return series

    def _add_book(self, series: Series, file: FoundBook) -> Book:
        book = Book(
            id=id_of("book", file.path),
            library_id=series.library_id,
            series_id=series.id,
            url=file.path,
            name=file.name,
            number=0,
            size=file.size,
            modified=file.modified,
            created=self._now,
            touched=self._now,
        )
        self._catalogue.add_book(series, book)
        self.changes.to_analyze.append(book)
        return book

    def _tell(self, name: str, payload: JsonObject) -> None:
        self.changes.events.append((name, payload))
