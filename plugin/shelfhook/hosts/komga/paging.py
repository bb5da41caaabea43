"""Walking through a library page by page, while the library may change under our feet."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shelfhook.errors import Permanent, Transient
from shelfhook.hosts.calls import Call, Json
from shelfhook.hosts.komga import mapping, routes
from shelfhook.hosts.komga.documents import Dto, the_object
from shelfhook.model import Item, ItemRef, Page

TRIES = 3
"""How often a series is listed whose books come and go meanwhile."""


def pages(
    ask: Callable[[Call], Json], library: str, size: int, *, fingerprints: bool = True
) -> Iterator[Page]:
    """A library's books in the order of their files.

    Pages are counted from the start, so a book that is added or removed before the place we have
    reached shifts the rest: one would come twice, or not at all. When the total changes between two
    pages, the former is read again and what slipped back onto it is given; what was on it already
    is not given again. Of a larger shift than a page some may be missed until the next run: their
    events bring them.

    Args:
        ask: makes a call.
        library: id of the library.
        size: books per page.
        fingerprints: whether each book shall have its own.
    """
    read = mapping.ref if fingerprints else mapping.bare_ref
    size = max(1, min(size, routes.LARGEST_PAGE))
    number, total = 0, None
    former: frozenset[str] = frozenset()
    while True:
        refs, now, last = _page(ask, library, number, size, read)
        if number and now != total:
            again, now, last_again = _page(ask, library, number - 1, size, read)
            yield from _news(again, former, now)
            former |= {one.id for one in again}
            refs, now, last = (
                _page(ask, library, number, size, read) if not last_again else ([], now, True)
            )
        yield from _news(refs, former, now)
        if last:
            return
        former = frozenset(one.id for one in refs)
        number, total = number + 1, now


def _news(refs: list[ItemRef], known: frozenset[str], total: int | None) -> Iterator[Page]:
    new = tuple(one for one in refs if one.id not in known)
    if new:
        yield Page(new, total)


def series(ask: Callable[[Call], Json], library: str, size: int) -> Iterator[Item]:
    """A library's series. One that a shift hides is merely not known until the next run."""
    number, last = 0, False
    while not last:
        page = the_object(ask(routes.series_page(library, number, size)))
        content, last = _content(page)
        yield from (mapping.series(one) for one in content)
        number += 1


def books_of(ask: Callable[[Call], Json], series_id: str) -> list[Item]:
    """A series' books: all of them, so where the total changes between two pages, once more.

    Raises:
        Transient: it changed each time.
    """
    for _ in range(TRIES):
        found: list[Item] = []
        totals: set[int | None] = set()
        number, last = 0, False
        while not last:
            page = the_object(ask(routes.series_books_page(series_id, number)))
            content, last = _content(page)
            found += [mapping.item(book) for book in content]
            totals.add(page.get("totalElements"))
            number += 1
        if len(totals) == 1:
            return found
    raise Transient(f"books come and go in series {series_id} while it is listed")


def _page(
    ask: Callable[[Call], Json],
    library: str,
    number: int,
    size: int,
    read: Callable[[Dto], ItemRef],
) -> tuple[list[ItemRef], int | None, bool]:
    page = the_object(ask(routes.books_page(library, number, size)))
    content, last = _content(page)
    return [read(book) for book in content], page.get("totalElements"), last


def _content(page: Dto) -> tuple[list[Dto], bool]:
    """What stands on a page, and whether it is the last."""
    content = page.get("content")
    if not isinstance(content, list):
        raise Permanent("the host's list has no content; is it a Komga server?")
    return content, bool(page.get("last", not content)) or not content
