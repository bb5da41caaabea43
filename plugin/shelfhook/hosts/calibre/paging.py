"""Walking through a library by the numbers of its books."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from shelfhook.hosts.calibre import mapping, routes
from shelfhook.hosts.calibre.columns import BUILT_IN, Column
from shelfhook.hosts.calibre.documents import (
    CALIBRE,
    Record,
    member,
    numbers,
    the_object,
    the_result,
)
from shelfhook.hosts.calibre.ids import BookId
from shelfhook.hosts.calls import Call, Json
from shelfhook.hosts.values import reading
from shelfhook.model import ItemRef, Page

LARGEST_PAGE = 2000
"""Books; a page of these is about 1 MB, and many times that if they have long comments."""
_NAMED = ("id", "title", "authors", "series", "formats", "uuid")
_WHOLE = (*BUILT_IN, "id", "formats", "uuid", "size")

Ask: TypeAlias = Callable[[Call], Json]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list has told: for each field, a value for each book by its number as a text."""

    ids: list[int]
    data: Record

    def of(self, number: int) -> dict[str, Any]:
        """All that it says of one book."""
        key = str(number)
        return {field: values.get(key) for field, values in self.data.items()}


def pages(
    ask: Ask,
    columns: Callable[[], Mapping[str, Column]],
    library: str,
    size: int,
    *,
    fingerprints: bool = True,
) -> Iterator[Page]:
    """A library's books in the order of their numbers, which are never given twice.

    Each page begins behind the last number of the one before: a book that is added or removed
    meanwhile moves no other. Nothing is held but a page.

    Args:
        ask: makes a call.
        columns: gives the library's fields.
        library: id of the library.
        size: books per page.
        fingerprints: whether each book shall have its own.
    """
    size = max(1, min(size, LARGEST_PAGE))
    total = _total(the_object(ask(routes.count(library))))
    known = columns() if fingerprints else {}
    wanted = [*_WHOLE, *starred(known)] if fingerprints else list(_NAMED)
    last = 0
    while True:
        listing = read(ask(routes.books_after(library, wanted, last, size)))
        told = [(number, listing.of(number)) for number in listing.ids]
        with reading(CALIBRE):
            refs = tuple(_ref(library, n, one, known) for n, one in told if mapping.is_book(one))
        if refs:
            yield Page(refs, total)
        if len(listing.ids) < size:
            return
        last = max(last + 1, *listing.ids)  # never the same page again, whatever comes


def starred(columns: Mapping[str, Column]) -> list[str]:
    """Custom columns as a list wants them to be called."""
    return [
        f"*{name[1:]}"
        for name, column in columns.items()
        if name.startswith("#") and not column.computed
    ]


def read(document: Json) -> Listing:
    """A list's answer.

    Raises:
        Permanent: it is an error, or no list.
    """
    result = the_result(document)
    data = member(result, "data")
    for values in data.values():
        the_object(values)
    return Listing(numbers(result, "book_ids"), data)


def _total(found: Record) -> int | None:
    total = found.get("total_num")
    return total if isinstance(total, int) else None


def _ref(library: str, number: int, told: Record, columns: Mapping[str, Column]) -> ItemRef:
    formats = [str(one) for one in told["formats"] or ()]
    fields = mapping.fields_of(told, columns or BUILT_IN)
    mark = ""
    if columns:
        size = int(told["size"] or 0)
        mark = mapping.fingerprint_of(str(told["uuid"]), formats, size, fields)
    return ItemRef(
        id=str(BookId(library, number)),
        name=mapping.name_of(fields, formats),
        series_name=str(fields["series"] or ""),
        fingerprint=mark,
    )
