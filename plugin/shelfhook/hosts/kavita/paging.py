"""Walking through a library: its series page by page, and each series' chapters."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shelfhook.errors import Gone
from shelfhook.hosts.calls import Call, Json
from shelfhook.hosts.kavita import mapping, routes
from shelfhook.hosts.kavita.documents import Dto, a_list, promised
from shelfhook.model import ItemRef, Page

SERIES_PAGE = 200

Paged = Callable[[Call], "tuple[list[Dto], int]"]
Ask = Callable[[Call], Json]


def pages(
    ask: Ask, paged: Paged, library: str, size: int, *, fingerprints: bool = True
) -> Iterator[Page]:
    """A library's chapters, `size` at a time: series by series, oldest first.

    Kavita lists no chapters of a whole library, so each series costs a call. What is in memory are
    one page of series, one series' chapters and one page of ours.
    """
    read = mapping.ref if fingerprints else mapping.bare_ref
    size = max(1, size)
    waiting: list[ItemRef] = []
    for one in series(paged, library):
        waiting += [read(chapter, one) for chapter in chapters(ask, str(one["id"]))]
        while len(waiting) >= size:
            yield Page(tuple(waiting[:size]))
            del waiting[:size]
    if waiting:
        yield Page(tuple(waiting))


def chapters(ask: Ask, series_id: str) -> list[Dto]:
    """All chapters of a series, by volume; none of one that has gone meanwhile."""
    try:
        volumes = a_list(ask(routes.volumes(series_id)))
    except Gone:
        return []
    return [one for volume in volumes for one in _chapters(volume)]


def series(paged: Paged, library: str, size: int = SERIES_PAGE) -> Iterator[Dto]:
    """A library's series in the order in which they came, so that a new one shifts none.

    Pages are counted from the start, so one that goes shifts those behind it: when the total
    changes between two pages, the former is read again, and what slipped back onto it is given.
    """
    number, total = 1, 0
    former: frozenset[int] = frozenset()
    while True:
        rows, now = _page(paged, library, number, size)
        if number > 1 and now != total:
            again, _ = _page(paged, library, number - 1, size)
            yield from _news(again, former)
            former |= _ids(again)
            rows, now = _page(paged, library, number, size)
        yield from _news(rows, former)
        if not rows or number * size >= now:
            return
        former, total, number = _ids(rows), now, number + 1


def _page(paged: Paged, library: str, number: int, size: int) -> tuple[list[Dto], int]:
    return paged(routes.series_page(library, number, size, sort=routes.BY_CREATED, ascending=True))


def _news(rows: list[Dto], known: frozenset[int]) -> list[Dto]:
    return [one for one in rows if one.get("id") not in known]


@promised
def _ids(rows: list[Dto]) -> frozenset[int]:
    return frozenset(one["id"] for one in rows)


@promised
def _chapters(volume: Dto) -> list[Dto]:
    return sorted(volume["chapters"], key=lambda one: (one.get("sortOrder") or 0, one["id"]))
