"""The rows in memory, and the lists made of them."""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

from shelfhook.sandbox.message import HttpError
from shelfhook.sandbox.patches import unlocked
from shelfhook.sandbox.records import Book, JsonObject, Library, Series

_DIGITS = re.compile(r"(\d+)")
_REMEMBERED_LISTS = 32


class Catalogue:
    """Libraries, series and books by id.

    `lock` guards every row and index: whoever reads or writes rows holds it. It is held for
    the time of one request's work or one task's step, never while a file is read.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.libraries: dict[str, Library] = {}
        self.series: dict[str, Series] = {}
        self.books: dict[str, Book] = {}
        # A remembered list is good while these numbers stay: rows came, went or changed state;
        # metadata changed. A PATCH must not make 100,000 rows be filtered again per page.
        self.structure = 0
        self.content = 0
        self._lists: OrderedDict[str, tuple[tuple[int, int], Sequence[Book]]] = OrderedDict()

    def library(self, library_id: str) -> Library:
        """Give a library, or end the request with a 404."""
        found = self.libraries.get(library_id)
        if found is None:
            raise HttpError(404)
        return found

    def one_series(self, series_id: str) -> Series:
        """Give a series, or end the request with a 404."""
        found = self.series.get(series_id)
        if found is None:
            raise HttpError(404)
        return found

    def book(self, book_id: str) -> Book:
        """Give a book, or end the request with a 404 without a body, as Komga does."""
        found = self.books.get(book_id)
        if found is None:
            raise HttpError(404, silent=True)
        return found

    def add_book(self, series: Series, book: Book) -> None:
        """Put a book into its series; `renumber` must follow when all are in."""
        self.books[book.id] = book
        series.books.append(book)
        series.aggregate = None
        self.structure += 1

    def remove_book(self, book: Book) -> None:
        """Take a book's row away for good."""
        del self.books[book.id]
        series = self.series[book.series_id]
        series.books.remove(book)
        series.aggregate = None
        self.structure += 1

    def remove_series(self, series: Series) -> None:
        """Take a series' row and those of its books away for good."""
        for book in series.books:
            del self.books[book.id]
        del self.series[series.id]
        self.structure += 1

    def renumber(self, series: Series) -> list[Book]:
        """Sort a series by natural name and number it; give the books whose numbers changed.

        Numbers that were written and not locked are counted anew, too: Komga does the same.
        """
        series.books.sort(key=lambda book: natural(book.name))
        moved = False
        counted = []
        for place, book in enumerate(series.books, start=1):
            moved = moved or book.number != place
            book.number = place
            if _count(book):
                counted.append(book)
        if moved or counted:
            self.structure += 1
            self.content += 1
        return counted

    def listed_books(
        self, key: str, make: Callable[[], Sequence[Book]], *, by_content: bool
    ) -> Sequence[Book]:
        """Give the list of that key, made anew only when rows it depends on have changed."""
        version = (self.structure, self.content if by_content else 0)
        known = self._lists.get(key)
        if known is not None and known[0] == version:
            self._lists.move_to_end(key)
            return known[1]
        made = make()
        self._lists[key] = (version, made)
        self._lists.move_to_end(key)
        if len(self._lists) > _REMEMBERED_LISTS:
            self._lists.popitem(last=False)
        return made


def _count(book: Book) -> bool:
    """Carry a place into the metadata, save where it is locked; say whether that was news."""
    if book.own_metadata is None:
        return False  # it will be made with this number
    counted: JsonObject = {"number": str(book.number), "numberSort": float(book.number)}
    kept = unlocked(counted, book.own_metadata)
    news = any(book.own_metadata[name] != value for name, value in kept.items())
    book.own_metadata.update(kept)
    return news


def natural(name: str) -> list[tuple[int, int, str]]:
    """Give a sort key in which "Part 9" stands before "Part 10"."""
    return [
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in _DIGITS.split(name.lower())
        if part
    ]
