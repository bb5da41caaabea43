"""A whole fake host: libraries in memory, gates to hold calls, errors on order, counts of all."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import BaseModel

from shelfhook.errors import Gone, HostDown, Permanent, Unknown
from shelfhook.model import (
    Account,
    BookList,
    Change,
    ChangeKind,
    Fields,
    HostCheck,
    Item,
    ItemRef,
    Library,
    Page,
    Value,
)
from shelfhook.ports import PlanContext
from tests.support.waiting import Gate


class FakeHost:
    """Satisfies `shelfhook.ports.Host`. The lock guards counters, books and the error lists.

    Attributes:
        reads, writes, pages_gate: gates before the work of a call.
        down: every call raises `HostDown`; `check` says so.
        backlogs: what `backlog` tells, one after the other; then that nothing is left to do.
        backlog_asked: the seconds of each question for it.
        before_write: called with (entity id, fields) before a write is done.
        most_at_once: the most calls on one book that ever were under way at once.
        most_reads: the most reads that ever were under way at once.
    """

    kind = "fake"

    def __init__(
        self,
        books: int | Mapping[str, Sequence[str]] = 0,
        *,
        name: str = "fake",
        capabilities: frozenset[str] = frozenset({"analyze"}),
    ) -> None:
        self.name = name
        self.capabilities = capabilities
        shelves = books if isinstance(books, Mapping) else {"lib": [f"b{i}" for i in range(books)]}
        self.shelves: dict[str, list[str]] = {lib: list(ids) for lib, ids in shelves.items()}
        self.books: dict[str, dict[str, Value]] = {
            book: {"title": f"old {book}", "number": "1"}
            for ids in self.shelves.values()
            for book in ids
        }
        self.locks: dict[str, frozenset[str]] = {}
        self.shelf: dict[str, dict[str, Value]] = {"s1": {"title": "A Series", "publisher": ""}}
        self.lists: dict[tuple[str, str], BookList] = {}
        self.paths: dict[str, str] = {}
        self.covers: dict[str, str] = {}
        self.list_writes: list[tuple[str, tuple[str, ...]]] = []
        self.series_reads = 0
        self.reads, self.writes, self.pages_gate, self.checks = Gate(), Gate(), Gate(), Gate()
        self.down = False
        self.before_write: Callable[[str, Fields], None] | None = None
        self.after_write: Callable[[str, Fields], None] | None = None
        self.on_read: Callable[[str], None] | None = None
        self.read_errors: dict[str, deque[Exception]] = {}
        self.write_errors: dict[str, deque[Exception]] = {}
        self.lost_answers: dict[str, deque[Exception]] = {}
        self.page_errors: deque[Exception | None] = deque()
        self.written: list[tuple[str, dict[str, Value]]] = []
        self.commanded: list[tuple[str, str]] = []
        self.read: Counter[str] = Counter()
        self.page_sizes: list[int] = []
        self.most_at_once = 0
        self.most_reads = 0
        self.closed = False
        self.overloaded = 0
        self.backlogs: deque[int | None] = deque()
        self.backlog_asked: list[float] = []
        self.breaker: tuple[float, str] | None = None
        self._under_way: Counter[str] = Counter()
        self._reading = 0
        self._lock = threading.Lock()

    # -- orders --

    def fail_read(self, book: str, *errors: Exception) -> None:
        self.read_errors[book] = deque(errors)

    def fail_write(self, book: str, *errors: Exception) -> None:
        self.write_errors[book] = deque(errors)

    def lose_answer(self, book: str, *errors: Exception) -> None:
        """The write is done, but instead of an answer these errors come."""
        self.lost_answers[book] = deque(errors)

    def open_all(self) -> None:
        for gate in (self.reads, self.writes, self.pages_gate, self.checks):
            gate.open()

    def writes_of(self, book: str) -> int:
        with self._lock:
            return sum(1 for written, _ in self.written if written == book)

    # -- the port --

    def check(self) -> HostCheck:
        self.checks.go()
        return HostCheck(False, "no answer") if self.down else HostCheck(True, "fine", "1.0")

    def whoami(self) -> Account:
        return Account("tester", admin=True)

    def libraries(self) -> Sequence[Library]:
        self._up()
        return [Library(lib, f"The {lib}") for lib in self.shelves]

    def pages(self, library: str, *, size: int, fingerprints: bool = True) -> Iterator[Page]:
        self._up()
        if library not in self.shelves:
            raise Unknown("library", library, sorted(self.shelves))
        ids = self.shelves[library]
        for start in range(0, len(ids), size):
            self.pages_gate.go()
            self._up()
            with self._lock:
                error = self.page_errors.popleft() if self.page_errors else None
                self.page_sizes.append(size)
            if error is not None:
                raise error
            refs = tuple(self._ref(book) for book in ids[start : start + size])
            yield Page(refs, len(ids))

    def item(self, item_id: str) -> Item:
        with self._at(item_id, reading=True):
            self.reads.go()
            self._up()
            with self._lock:
                self.read[item_id] += 1
                self._raise_next(self.read_errors, item_id)
                if item_id not in self.books:
                    raise Gone(f"{item_id} is not there")
                fields = dict(self.books[item_id])
            if self.on_read is not None:
                self.on_read(item_id)
            locks = self.locks.get(item_id, frozenset())
            path = self.paths.get(item_id, "")
            name = f"{item_id}.cbz"
            found = Item(item_id, name, "lib", "s1", path, fields=fields, locks=locks)
            return replace(found, fingerprint=self.fingerprint(found), series_name="A Series")

    def series(self, series_id: str) -> Item:
        self._up()
        with self._lock:
            self.series_reads += 1
            if series_id not in self.shelf:
                raise Gone(f"{series_id} is not there")
            fields = dict(self.shelf[series_id])
        found = Item(series_id, "A Series", "lib", fields=fields, entity="series")
        return replace(found, fingerprint=self.fingerprint(found))

    def series_marks(self, library: str) -> Iterator[tuple[str, str]]:
        self._up()
        for series, fields in list(self.shelf.items()):
            yield series, self.fingerprint(Item(series, "", fields=fields, entity="series"))

    def lock(self, entity: str, field: str) -> str:
        return "" if field.endswith("Lock") else f"{field}Lock"

    def find_list(self, kind: str, name: str) -> BookList | None:
        self._up()
        return self.lists.get((kind, name))

    def write_list(
        self, kind: str, name: str, members: Sequence[str], *, ordered: bool, list_id: str = ""
    ) -> str:
        self._up()
        with self._lock:
            made = list_id or f"list-{name}"
            self.lists[kind, name] = BookList(kind, made, name, tuple(members), ordered)
            self.list_writes.append((name, tuple(members)))
        return made

    def remove_list(self, kind: str, list_id: str) -> None:
        with self._lock:
            self.lists = {key: one for key, one in self.lists.items() if one.id != list_id}

    def cover(self, entity: str, entity_id: str) -> str:
        return self.covers.get(entity_id, "")

    def page(self, book_id: str, number: int) -> bytes:
        return f"page {number} of {book_id}".encode()

    def add_cover(self, entity: str, entity_id: str, image: bytes) -> str:
        self.covers[entity_id] = f"cover of {image.decode()}"
        return self.covers[entity_id]

    def choose_cover(self, entity: str, entity_id: str, cover: str) -> None:
        self.covers[entity_id] = cover

    def remove_cover(self, entity: str, entity_id: str, cover: str) -> None:
        if self.covers.get(entity_id) == cover:
            del self.covers[entity_id]

    def normalise(self, entity: str, field: str, value: Value) -> Value:
        return value.strip() if isinstance(value, str) else value

    def fingerprint(self, item: Item) -> str:
        return hashlib.sha256(repr(sorted(item.fields.items())).encode()).hexdigest()[:16]

    def overloads(self) -> int:
        return self.overloaded

    def backlog(self, seconds: float) -> int | None:
        with self._lock:
            self.backlog_asked.append(seconds)
            if self.down or self.closed:
                return None
            return self.backlogs.popleft() if self.backlogs else 0

    def write(self, entity: str, entity_id: str, fields: Fields) -> None:
        with self._at(entity_id):
            self.writes.go()
            self._up()
            if self.before_write is not None:
                self.before_write(entity_id, fields)
            with self._lock:
                self._raise_next(self.write_errors, entity_id)
                rows = self.shelf if entity == "series" else self.books
                if entity_id not in rows:
                    raise Gone(f"{entity_id} is not there")
                self.written.append((entity_id, dict(fields)))
                rows[entity_id].update(fields)
                self._raise_next(self.lost_answers, entity_id)
            if self.after_write is not None:
                self.after_write(entity_id, fields)

    def command(self, entity: str, entity_id: str, command: str) -> None:
        self._up()
        if command not in self.capabilities:
            raise Permanent(f"there is no command {command}")
        with self._lock:
            self.commanded.append((entity_id, command))

    def down_until(self) -> tuple[float, str] | None:
        return self.breaker

    def close(self) -> None:
        self.closed = True
        self.open_all()

    # -- inside --

    def _ref(self, book: str) -> ItemRef:
        fields = self.books.get(book, {})
        fingerprint = self.fingerprint(Item(book, f"{book}.cbz", fields=fields))
        return ItemRef(book, f"{book}.cbz", "s1", "A Series", "READY", fingerprint)

    def _up(self) -> None:
        if self.down:
            raise HostDown(f"{self.name}: no answer", retry_after=0.02)

    def _raise_next(self, errors: dict[str, deque[Exception]], book: str) -> None:
        if errors.get(book):
            raise errors[book].popleft()

    @contextmanager
    def _at(self, book: str, *, reading: bool = False) -> Iterator[None]:
        with self._lock:
            self._under_way[book] += 1
            self.most_at_once = max(self.most_at_once, self._under_way[book])
            self._reading += reading
            self.most_reads = max(self.most_reads, self._reading)
        try:
            yield
        finally:
            with self._lock:
                self._under_way[book] -= 1
                self._reading -= reading


class NoParameters(BaseModel):
    """An action without parameters."""


class FakeAction:
    """Base of the fake actions: one class each, made with its parameters like a real one."""

    name: ClassVar[str] = "fake"
    parameters: ClassVar[type[BaseModel]] = NoParameters
    needs: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, parameters: BaseModel | None = None) -> None:
        self.given = parameters

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change]:
        return []


def fields(item: Item, entity: str = "book", **after: Value) -> Change:
    """A change of an item's own fields."""
    before = {name: item.fields.get(name) for name in after}
    return Change(ChangeKind.FIELDS, entity, item.id, before=before, after=after)


class Nothing(FakeAction):
    """Looks and wants nothing."""

    name = "nothing"


class Retitle(FakeAction):
    """Gives every book the title `new <id>`."""

    name = "retitle"

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change]:
        wanted = f"new {item.id}"
        return [] if item.fields["title"] == wanted else [fields(item, title=wanted)]


class AnalyzeIt(FakeAction):
    """Has the host analyze every book."""

    name = "analyze-it"
    needs = frozenset({"analyze"})

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change]:
        return [Change(ChangeKind.COMMAND, "book", item.id, command="analyze")]


def action(plan: Callable[[Item, PlanContext], Sequence[Change]], **more: Any) -> FakeAction:
    """An action that plans as a function says."""
    made = type("Made", (FakeAction,), {"plan": lambda _self, item, context: plan(item, context)})
    made.needs = more.get("needs", frozenset())
    instance: FakeAction = made()
    return instance
