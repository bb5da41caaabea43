"""The work behind the API: scans, analyses, imports, patches, and the events they cause."""

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from shelfhook.sandbox.archive import comic_info_of, inspect
from shelfhook.sandbox.catalogue import Catalogue
from shelfhook.sandbox.comicinfo import summed_up
from shelfhook.sandbox.covers import Covers
from shelfhook.sandbox.events import EventHub
from shelfhook.sandbox.ids import stamp
from shelfhook.sandbox.lists import COLLECTION, READ_LIST, Kind, Lists
from shelfhook.sandbox.patches import unlocked
from shelfhook.sandbox.records import Book, JsonObject, Library, Series
from shelfhook.sandbox.scanning import Comparison, book_event, series_event
from shelfhook.sandbox.tasks import Group, TaskQueue
from shelfhook.sandbox.walker import walk


class Librarian:
    """Changes rows under the catalogue's lock; reads files without it, in tasks."""

    def __init__(
        self,
        catalogue: Catalogue,
        tasks: TaskQueue,
        hub: EventHub,
        scanned: Callable[[Library], None],
        *,
        lists: Mapping[Kind, Lists],
        covers: Covers,
    ) -> None:
        self._catalogue = catalogue
        self._tasks = tasks
        self._hub = hub
        self._scanned = scanned
        self._lists = lists
        self._covers = covers

    def load(self, library: Library) -> None:
        """Fill a library at the start, at once and without a word to anyone."""
        if library.root is None:
            return
        with self._catalogue.lock:
            comparison = Comparison(self._catalogue, library, time.time())
            changes = comparison.apply(list(walk(library.root)), deep=False)
            for book in changes.to_analyze:
                inspection = inspect(Path(book.url))
                book.media, book.comic_info = inspection.media, inspection.comic_info
                if book.comic_info is not None:
                    self._import_book(book)
            for series in self._catalogue.series.values():
                if any(book.comic_info for book in series.books):
                    self._import_series(series)

    def scan(self, library: Library, *, deep: bool) -> None:
        """Queue a scan; when all its tasks have ended, the webhook is told."""
        group = Group(partial(self._scanned, library))
        run = partial(self._scan, library, deep, group)
        self._tasks.submit("ScanLibrary", library.id, run, group)

    def _scan(self, library: Library, deep: bool, group: Group) -> None:
        if library.root is None:
            return
        found = list(walk(library.root))
        with self._catalogue.lock:
            comparison = Comparison(self._catalogue, library, time.time())
            changes = comparison.apply(found, deep=deep)
            for name, payload in changes.events:
                self._hub.publish(name, payload)
        self.analyze(changes.to_analyze, group)
        self.refresh(changes.to_refresh, group)

    def analyze(self, books: Iterable[Book], group: Group | None = None) -> None:
        """Queue the analysis of books."""
        for book in books:
            self._tasks.submit("AnalyzeBook", book.id, partial(self._analyze, book, group), group)

    def _analyze(self, book: Book, group: Group | None) -> None:
        library = self._catalogue.libraries.get(book.library_id)
        inspection = inspect(Path(book.url)) if library and library.root else None
        with self._catalogue.lock:
            if book.id not in self._catalogue.books:
                return
            if inspection is not None:
                book.media, book.comic_info = inspection.media, inspection.comic_info
                self._catalogue.structure += 1
            self._hub.publish("BookChanged", book_event(book))
            if book.media.status == "READY":
                self._covers.regenerated(book)
        if book.media.status == "READY":
            self.refresh([book], group)

    def refresh(self, books: Iterable[Book], group: Group | None = None) -> None:
        """Queue the import of books' ComicInfo.xml."""
        for book in books:
            run = partial(self._refresh, book, group)
            self._tasks.submit("RefreshBookMetadata", book.id, run, group)

    def _refresh(self, book: Book, group: Group | None) -> None:
        library = self._catalogue.libraries.get(book.library_id)
        told = comic_info_of(Path(book.url)) if library and library.root else None
        with self._catalogue.lock:
            series = self._catalogue.series.get(book.series_id)
            if book.id not in self._catalogue.books or series is None:
                return
            book.comic_info = told
            if told is not None:
                self._import_book(book)
                self._hub.publish("BookChanged", book_event(book))
        self.refresh_series(series, group)

    def refresh_series(self, series: Series, group: Group | None = None) -> None:
        """Queue the import of what its books say about a series."""
        run = partial(self._refresh_series, series, group)
        self._tasks.submit("RefreshSeriesMetadata", series.id, run, group)

    def _refresh_series(self, series: Series, group: Group | None) -> None:
        with self._catalogue.lock:
            self._import_series(series)
        self._aggregate_later(series, group)

    def _import_book(self, book: Book) -> None:
        told = book.comic_info["book"] if book.comic_info is not None else None
        if isinstance(told, dict):
            book.metadata.update(unlocked(told, book.metadata))
            book.metadata["lastModified"] = stamp(time.time())
            self._catalogue.content += 1

    def _import_series(self, series: Series) -> None:
        """Store for each field what its books tell."""
        told = [book.comic_info["series"] for book in series.books if book.comic_info is not None]
        offered = summed_up([one for one in told if isinstance(one, dict)])
        if offered:
            series.metadata.update(unlocked(offered, series.metadata))
            series.metadata["lastModified"] = stamp(time.time())

    def patch_books(self, patches: Iterable[tuple[Book, JsonObject]]) -> None:
        """Store values and tell everyone, even when nothing became different.

        Of each book at once, and of each series once, some time later. When a patch turns out to
        be wrong, those before it stay.
        """
        touched: dict[str, Series] = {}
        try:
            for book, values in patches:
                with self._catalogue.lock:
                    self._store(book.metadata, values)
                    series = touched[book.series_id] = self._catalogue.series[book.series_id]
                    series.aggregate = None
                    self._catalogue.content += 1
                    self._hub.publish("BookChanged", book_event(book))
        finally:
            for series in touched.values():
                self._aggregate_later(series, None)

    def patch_series(self, series: Series, values: JsonObject) -> None:
        """Store values and tell everyone."""
        with self._catalogue.lock:
            self._store(series.metadata, values)
            self._hub.publish("SeriesChanged", series_event(series))

    def _store(self, metadata: JsonObject, values: JsonObject) -> None:
        metadata.update(values)
        metadata["lastModified"] = stamp(time.time())

    def _aggregate_later(self, series: Series, group: Group | None) -> None:
        run = partial(self._aggregate, series)
        self._tasks.submit("AggregateSeriesMetadata", series.id, run, group)

    def _aggregate(self, series: Series) -> None:
        with self._catalogue.lock:
            series.aggregate = None
            if series.id in self._catalogue.series:
                self._hub.publish("SeriesChanged", series_event(series))

    def empty_trash(self, library: Library) -> None:
        """Queue the removal of soft-deleted rows."""
        self._tasks.submit("EmptyTrash", library.id, partial(self._empty_trash, library))

    def _empty_trash(self, library: Library) -> None:
        with self._catalogue.lock:
            mine = [s for s in self._catalogue.series.values() if s.library_id == library.id]
            for series in mine:
                deleted = [book for book in series.books if book.deleted]
                for book in deleted:
                    self.remove(book)
                if not series.books:
                    self._remove_series(series)
                elif deleted:
                    self.refresh(self._catalogue.renumber(series))
            for lists in self._lists.values():
                lists.remove_empty()

    def _remove_series(self, series: Series) -> None:
        self._catalogue.remove_series(series)
        self._lists[COLLECTION].forget(series.id)
        self._covers.forget(series.id)
        self._hub.publish("SeriesDeleted", series_event(series))

    def remove(self, book: Book) -> None:
        """Take a book away for good, and tell everyone."""
        with self._catalogue.lock:
            self._catalogue.remove_book(book)
            self._lists[READ_LIST].forget(book.id)
            self._covers.forget(book.id)
            self._hub.publish("BookDeleted", book_event(book))
