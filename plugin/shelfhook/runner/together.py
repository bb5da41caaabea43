"""What all books of a series get together, or none: judged once in a job, before the first."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from shelfhook.errors import Gone
from shelfhook.model import Item
from shelfhook.ports import Host, Judge, SeriesBooks, Sibling, Verdict

PAGE = 1_000
Reasons: TypeAlias = "Callable[[str, Sequence[Item]], Sequence[str]]"
"""For each book of a series why the job does nothing with it, or ""."""


@dataclass(slots=True)
class _Judged:
    """One question about one series.

    The lock is held while the series is listed and judged, so that the other books that ask wait
    for it. Nobody who holds it takes another worker's item or series, and the host's own deadlines
    end each of its calls: so it is given back, also when the job stops.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    verdict: Verdict | None = None


class SeriesTogether:
    """Satisfies [`Together`][shelfhook.ports.Together], for one job and all its workers.

    Grows with the number of series that were judged, a verdict each; not with their books.
    """

    def __init__(self, host: Host, left_out: Reasons) -> None:
        self._books = _books_of(host)
        self._left_out = left_out
        self._judged: dict[tuple[str, Hashable], _Judged] = {}
        self._hindered: set[str] = set()

    def __call__(self, item: Item, about: Hashable, judge: Judge) -> Verdict:
        """The verdict on an item's series. Where it cannot be found, the next one who asks tries.

        Raises:
            what the host or the judge raises.
        """
        if not item.series:
            return judge([Sibling(item)])
        judged = self._judged.setdefault((item.series, about), _Judged())  # atomic
        with judged.lock:
            if judged.verdict is None:
                judged.verdict = judge(self._siblings(item))
            if judged.verdict.hindrance is not None:
                self._hindered.add(item.series)  # atomic
            return judged.verdict

    def is_hindered(self, series_id: str) -> bool:
        """Whether something stood in the way of a series, so that its books need another look."""
        return series_id in self._hindered

    def _siblings(self, item: Item) -> list[Sibling]:
        books = list(self._books(item))
        if all(one.id != item.id for one in books):
            books.append(item)  # a listing may be a moment older
        reasons = self._left_out(item.series, books)
        return [Sibling(*pair) for pair in zip(books, reasons, strict=True)]


def _books_of(host: Host) -> Callable[[Item], Sequence[Item]]:
    """How a host tells the books of an item's series, itself among them."""
    if "series-books" in host.capabilities:
        return lambda item: cast(SeriesBooks, host).books_of(item.series)
    shelves = _Shelves(host)
    return lambda item: list(shelves.books_of(item))


class _Shelves:
    """For a host that cannot list one series: each library is listed once, ids by series.

    The lock is held while a library is listed; whoever needs one waits for it.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._by_library: dict[str, Mapping[str, Sequence[str]]] = {}
        self._listing = threading.Lock()

    def books_of(self, item: Item) -> Iterator[Item]:
        with self._listing:
            if item.library not in self._by_library:
                self._by_library[item.library] = self._listed(item.library)
        for book in self._by_library[item.library].get(item.series, ()):
            try:
                yield self._host.item(book)
            except Gone:
                continue

    def _listed(self, library: str) -> Mapping[str, Sequence[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for page in self._host.pages(library, size=PAGE, fingerprints=False):
            for ref in page.refs:
                found[ref.series].append(ref.id)
        return dict(found)
