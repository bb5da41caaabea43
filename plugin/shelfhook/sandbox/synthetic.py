"""A library of any size in memory, without files."""

import time

from shelfhook.sandbox.catalogue import Catalogue
from shelfhook.sandbox.ids import id_of, numbered_id
from shelfhook.sandbox.names import series_name
from shelfhook.sandbox.records import Book, Library, Media, Series

_SERIES_LENGTH = 50
_A_DAY = 86_400.0


def fill(catalogue: Catalogue, books: int, libraries: int) -> None:
    """Add libraries that share the books evenly; ids depend on nothing but the numbers."""
    now = time.time()
    first = 0
    for index in range(libraries):
        name = "Synthetic" if libraries == 1 else f"Synthetic {index + 1}"
        library = Library(id_of("library", name), name, root=None)
        catalogue.libraries[library.id] = library
        count = books // libraries + (index < books % libraries)
        for start in range(first, first + count, _SERIES_LENGTH):
            length = min(_SERIES_LENGTH, first + count - start)
            _add_series(catalogue, library, start, length, now)
        first += count
    catalogue.structure += 1


def _add_series(
    catalogue: Catalogue, library: Library, start: int, length: int, now: float
) -> None:
    name = series_name(len(catalogue.series))
    folder = f"/sandbox/{library.name}/{name}"
    series_id = numbered_id(0, start)
    year = 1980 + start // _SERIES_LENGTH % 45
    ready = Media("READY", "application/zip", 20 + start // _SERIES_LENGTH % 12)
    series = Series(series_id, library.id, folder, name, now - _A_DAY, now, now)
    catalogue.series[series_id] = series
    for number in range(1, length + 1):
        file = f"{name} #{number:03} ({year})"
        book_id = numbered_id(1, start + number - 1)
        book = Book(
            book_id,
            library.id,
            series_id,
            f"{folder}/{file}.cbz",
            file,
            number,
            1_000_000 + number,
            now - _A_DAY,
            now,
            now,
            ready,
        )
        catalogue.books[book_id] = book
        series.books.append(book)
