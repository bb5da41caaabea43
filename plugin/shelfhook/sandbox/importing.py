"""Takes files into series, as Komga's import does: some time later, and told by an event."""

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from shelfhook.sandbox.catalogue import Catalogue
from shelfhook.sandbox.events import EventHub
from shelfhook.sandbox.history import History
from shelfhook.sandbox.ids import id_of
from shelfhook.sandbox.librarian import Librarian
from shelfhook.sandbox.lists import READ_LIST, Kind, Lists
from shelfhook.sandbox.records import Book, JsonObject, Series
from shelfhook.sandbox.scanning import Comparison
from shelfhook.sandbox.tasks import TaskQueue
from shelfhook.sandbox.walker import walk


@dataclass(frozen=True)
class Wish:
    """One file that somebody wants to be imported. "" stands for what was not given."""

    source: str
    series: str
    upgrades: str = ""
    name: str = ""
    copy: bool = True


class CannotImportError(Exception):
    """Why a file stays where it is, in the words of the event."""


class Importer:
    """Queues imports and does them in tasks; rows are changed under the catalogue's lock."""

    def __init__(
        self,
        catalogue: Catalogue,
        tasks: TaskQueue,
        hub: EventHub,
        librarian: Librarian,
        *,
        lists: Mapping[Kind, Lists],
        history: History,
    ) -> None:
        self._catalogue = catalogue
        self._tasks = tasks
        self._hub = hub
        self._librarian = librarian
        self._lists = lists
        self._history = history

    def submit(self, wish: Wish) -> None:
        """Queue an import; one of the same file into the same series is not queued twice."""
        target = f"{wish.series}_{wish.source}"
        self._tasks.submit("ImportBook", target, partial(self._import, wish))

    def _import(self, wish: Wish) -> None:
        with self._catalogue.lock:
            series = self._catalogue.series.get(wish.series)
        if series is None:
            return  # Komga writes this into its log and tells nobody
        try:
            book = self._take(wish, series)
        except (CannotImportError, OSError) as reason:
            self._tell(wish, None, str(reason))
            return
        told = {"source": wish.source, "upgrade": "Yes" if wish.upgrades else "No"}
        self._history.record("BookImported", book, told)
        self._tell(wish, book)
        self._librarian.analyze([book])

    def _take(self, wish: Wish, series: Series) -> Book:
        source, target, old = self._checked(wish, series)
        if old is not None and Path(old.url) == target:
            target.unlink(missing_ok=True)
        elif target.exists():
            raise CannotImportError("ERR_1021")
        if wish.copy:
            shutil.copy2(source, target)
        else:
            shutil.move(source, target)
        if old is not None and Path(old.url) != target:
            Path(old.url).unlink(missing_ok=True)
            self._history.record("BookFileDeleted", old, {"reason": "another took its place"})
        with self._catalogue.lock:
            return self._row(series, target, old)

    def _checked(self, wish: Wish, series: Series) -> tuple[Path, Path, Book | None]:
        """Give where the file is, where it goes, and the book that makes room for it."""
        source = Path(wish.source)
        name = Path(f"{wish.name}{source.suffix}").name if wish.name else source.name
        if not source.is_file():
            raise CannotImportError("ERR_1018")
        with self._catalogue.lock:
            roots = [row.root for row in self._catalogue.libraries.values() if row.root]
            old = self._catalogue.books.get(wish.upgrades)
        if any(source.is_relative_to(root) for root in roots):
            raise CannotImportError("ERR_1019")
        if old is not None and old.series_id != series.id:
            raise CannotImportError("ERR_1020")
        return source, Path(series.url) / name, old

    def _row(self, series: Series, target: Path, old: Book | None) -> Book:
        """Bring the rows up to date; what an old book had goes to the new one.

        Ids are made of paths here: a book that takes another's path takes its id, too, where Komga
        would give a new one.
        """
        if old is not None and old.url != str(target):
            old.deleted = True  # so that the comparison does not tell of it
        library = self._catalogue.libraries[series.library_id]
        comparison = Comparison(self._catalogue, library, time.time())
        changes = comparison.bring_up(
            next(f for f in walk(Path(series.url)) if f.path == series.url)
        )
        for name, payload in changes.events:
            self._hub.publish(name, payload)
        book = self._catalogue.books[id_of("book", str(target))]
        if old is not None and old is not book:
            book.own_metadata = old.own_metadata
            self._lists[READ_LIST].replace(old.id, book.id)
            self._librarian.remove(old)
        return book

    def _tell(self, wish: Wish, book: Book | None, message: str | None = None) -> None:
        """Say how it ended. Komga says so to administrators, the sandbox to all who listen."""
        payload: JsonObject = {
            "bookId": book.id if book is not None else None,
            "sourceFile": wish.source,
            "success": book is not None,
            "message": message,
        }
        self._hub.publish("BookImported", payload)
