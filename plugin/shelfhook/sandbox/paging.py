"""Pages and sorting, with Spring's parameters and Spring's wrapper."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from shelfhook.sandbox.message import Request
from shelfhook.sandbox.records import Book, JsonObject, Series

_DEFAULT_SIZE = 20
_LARGEST_SIZE = 2000
Row = TypeVar("Row")
SortKey = Callable[[Row], str | float]


@dataclass(frozen=True)
class PageRequest:
    """Which page is wanted, in which order. The order holds (property, descending) pairs."""

    number: int
    size: int
    order: tuple[tuple[str, bool], ...]
    unpaged: bool = False


def page_request(request: Request, known: Mapping[str, object]) -> PageRequest:
    """Read page, size, sort and unpaged; what is not understood is silently replaced."""
    order = []
    for text in request.query.get("sort", []):
        *names, direction = text.split(",")
        if direction.lower() not in ("asc", "desc"):
            names, direction = [*names, direction], "asc"
        order += [(name, direction.lower() == "desc") for name in names if name in known]
    size = int(request.number("size", _DEFAULT_SIZE))
    return PageRequest(
        max(0, int(request.number("page", 0))),
        min(size, _LARGEST_SIZE) if size > 0 else _DEFAULT_SIZE,
        tuple(order),
        request.flag("unpaged"),
    )


def sort_rows(
    rows: list[Row], order: Sequence[tuple[str, bool]], keys: Mapping[str, SortKey[Row]]
) -> None:
    """Sort in place by several properties: the last first, since sorting is stable."""
    for name, descending in reversed(order):
        rows.sort(key=keys[name], reverse=descending)


def page_of(
    rows: Sequence[Row], wanted: PageRequest, make_dto: Callable[[Row], JsonObject]
) -> JsonObject:
    """Cut the page out and wrap it; only its rows are made into DTOs."""
    total = len(rows)
    size = max(total, 1) if wanted.unpaged else wanted.size
    number = 0 if wanted.unpaged else wanted.number
    content = [make_dto(row) for row in rows[number * size : (number + 1) * size]]
    pages = -(-total // size)
    sort = {"empty": not wanted.order, "sorted": bool(wanted.order), "unsorted": not wanted.order}
    pageable = {
        "offset": number * size,
        "pageNumber": number,
        "pageSize": size,
        "paged": not wanted.unpaged,
        "unpaged": wanted.unpaged,
        "sort": sort,
    }
    return {
        "content": content,
        "pageable": pageable,
        "totalElements": total,
        "totalPages": pages,
        "last": number >= pages - 1,
        "first": number == 0,
        "size": size,
        "number": number,
        "sort": sort,
        "numberOfElements": len(content),
        "empty": not content,
    }


def _book_number(book: Book) -> float:
    value = book.metadata["numberSort"]
    return value if isinstance(value, int | float) else 0.0


BOOK_SORTS: dict[str, SortKey[Book]] = {
    "name": lambda book: book.name.lower(),
    "series": lambda book: book.series_id,
    "created": lambda book: book.created,
    "createdDate": lambda book: book.created,
    "lastModified": lambda book: book.touched,
    "lastModifiedDate": lambda book: book.touched,
    "fileSize": lambda book: book.size,
    "size": lambda book: book.size,
    "fileHash": lambda _: "",
    "url": lambda book: book.url,
    "media.status": lambda book: book.media.status,
    "media.comment": lambda book: book.media.comment,
    "media.mediaType": lambda book: book.media.media_type,
    "media.pagesCount": lambda book: book.media.pages,
    "metadata.title": lambda book: str(book.metadata["title"]).lower(),
    "metadata.numberSort": _book_number,
    "metadata.releaseDate": lambda book: str(book.metadata["releaseDate"] or ""),
}

SERIES_SORTS: dict[str, SortKey[Series]] = {
    "name": lambda series: series.name.lower(),
    "created": lambda series: series.created,
    "createdDate": lambda series: series.created,
    "lastModified": lambda series: series.touched,
    "lastModifiedDate": lambda series: series.touched,
    "url": lambda series: series.url,
    "booksCount": lambda series: len(series.books),
    "metadata.title": lambda series: str(series.metadata["title"]).lower(),
    "metadata.titleSort": lambda series: str(series.metadata["titleSort"]).lower(),
}
