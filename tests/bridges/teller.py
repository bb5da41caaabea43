"""A host that tells and can be asked, and a notebook in memory: whole fakes for the bridges."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence, Set

from shelfhook.bridges.events import KINDS
from shelfhook.errors import StoreUnavailable
from shelfhook.model import BRIDGED, EventKind, NewEvent, Receipt
from shelfhook.ports import News, Sign, Tiding
from tests.support.hosts import FakeHost

END = Tiding(Sign.ALIVE, item="the end")


class Notes:
    """Satisfies `Notebook` in memory. The lock guards all of it."""

    def __init__(self) -> None:
        self.events: dict[str, NewEvent] = {}
        self.places: dict[str, str] = {}
        self.fails = 0
        self.order: list[NewEvent] = []
        self._lock = threading.Lock()

    def cursors(self, host: str) -> Mapping[str, str]:
        with self._lock:
            return dict(self.places)

    def unfinished(self, host: str) -> Mapping[str, Set[EventKind]]:
        with self._lock:
            found: dict[str, set[EventKind]] = {}
            for event in self.order:
                assert event.delivery.startswith(BRIDGED)
                found.setdefault(event.library, set()).add(event.kind)
            return found

    def keep(
        self, host: str, events: Sequence[NewEvent], cursors: Mapping[str, str], now: float
    ) -> Sequence[Receipt]:
        with self._lock:
            if self.fails:
                self.fails -= 1
                raise StoreUnavailable("the database is locked")
            receipts = []
            for event in events:
                known = event.delivery in self.events
                receipts.append(Receipt(event.delivery, duplicate=known))
                if not known:
                    self.events[event.delivery] = event
                    self.order.append(event)
            self.places |= cursors
            return receipts

    def take(self) -> None:
        """Jobs take all that waits."""
        with self._lock:
            self.order.clear()

    def told(self) -> list[tuple[str, str, str]]:
        """Kind, library and item of what waits, in order."""
        with self._lock:
            return [(str(one.kind), one.library, one.item) for one in self.order]


class Teller(FakeHost):
    """A `FakeHost` that also satisfies `Tells` and `Asked`.

    Its happenings are numbered; a cursor is the number of the last one that was told. Streams are
    fed by `tell` and end by `cut`; only one is open at a time.
    """

    def __init__(self, *libraries: str, name: str = "fake") -> None:
        super().__init__({library: [] for library in libraries or ("lib",)}, name=name)
        self.capabilities = frozenset({"events", "news"})
        self.happened: list[Tiding] = []
        self.asked: list[tuple[str, str]] = []
        self.note = ""
        self.refuses: deque[Exception] = deque()
        self.news_errors: deque[Exception] = deque()
        self.streams = 0
        self.opened = threading.Semaphore(0)
        self._line: queue.SimpleQueue[Tiding | Exception] = queue.SimpleQueue()

    # -- orders --

    def happen(self, sign: Sign, item: str, library: str = "lib") -> None:
        """Something that the stream does not tell, since nobody listens."""
        self.happened.append(Tiding(sign, library, item))

    def tell(self, sign: Sign, item: str = "", library: str = "lib") -> None:
        """Something that the stream tells."""
        if sign in KINDS and item:
            self.happen(sign, item, library)
        self._line.put(Tiding(sign, library if sign in KINDS or sign is Sign.SCANNED else "", item))

    def cut(self, error: Exception | None = None) -> None:
        """End the stream, in good order or with an error."""
        self._line.put(error or END)

    # -- the port --

    def tidings(self) -> Iterator[Tiding]:
        if self.refuses:
            raise self.refuses.popleft()
        self.streams += 1
        self.opened.release()
        yield Tiding(Sign.LISTENING, item=self.note)
        while True:
            told = self._line.get()
            if isinstance(told, Exception):
                raise told
            if told is END:
                return
            yield told

    def news(self, library: str, cursor: str, most: int) -> News:
        self.asked.append((library, cursor))
        if self.news_errors:
            raise self.news_errors.popleft()
        now = str(len(self.happened))
        if not cursor:
            return News((), now)
        new = [one for one in self.happened[int(cursor) :] if one.library == library]
        return News(tuple(new[:most]), now, len(new) <= most)

    def close(self) -> None:
        super().close()
        self.cut()
