"""A whole host in memory, with the manners of Komga as far as actions can see them."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace

from shelfhook.errors import Gone
from shelfhook.model import Account, Change, Fields, HostCheck, Item, Library, Page, Value


class ShelfHost:
    """Satisfies `shelfhook.ports.Host`. Trims texts, keeps 32-bit floats."""

    name = "shelf"
    kind = "shelf"
    capabilities = frozenset({"analyze", "refresh", "write-book", "write-series"})

    def __init__(self, *items: Item) -> None:
        self.books = {item.id: item for item in items if item.entity == "book"}
        self.shelves = {item.id: item for item in items if item.entity == "series"}

    def check(self) -> HostCheck:
        return HostCheck(ok=True, message="fine")

    def whoami(self) -> Account:
        return Account(name="tester", admin=True)

    def libraries(self) -> Sequence[Library]:
        return [Library(id="L1", name="Comics")]

    def pages(self, library: str, *, size: int, fingerprints: bool = True) -> Iterator[Page]:
        return iter(())

    def item(self, item_id: str) -> Item:
        if item_id not in self.books:
            raise Gone(item_id)
        return self.books[item_id]

    def series(self, series_id: str) -> Item:
        if series_id not in self.shelves:
            raise Gone(series_id)
        return self.shelves[series_id]

    def series_marks(self, library: str) -> Iterator[tuple[str, str]]:
        return iter(())

    def lock(self, entity: str, field: str) -> str:
        return f"{field}Lock"

    def normalise(self, entity: str, field: str, value: Value) -> Value:
        if isinstance(value, str):
            return value.strip()
        if field == "numberSort" and isinstance(value, int | float):
            return float(struct.unpack("f", struct.pack("f", value))[0])
        return value

    def fingerprint(self, item: Item) -> str:
        return repr(sorted(item.fields.items()))

    def overloads(self) -> int:
        return 0

    def backlog(self, seconds: float) -> int | None:
        return 0

    def write(self, entity: str, entity_id: str, fields: Fields) -> None:
        stored = {key: self.normalise(entity, key, value) for key, value in fields.items()}
        if entity == "series":
            series = self.series(entity_id)
            self.shelves[entity_id] = replace(series, fields={**series.fields, **stored})
            return
        book = self.item(entity_id)
        self.books[entity_id] = replace(book, fields={**book.fields, **stored})

    def command(self, entity: str, entity_id: str, command: str) -> None:
        self.item(entity_id)

    def down_until(self) -> tuple[float, str] | None:
        return None

    def close(self) -> None:
        pass


def imported(name: str, position: int = 7, *, locks: Sequence[str] = (), **fields: Value) -> Item:
    """A book as a server has it right after importing the file."""
    stem = name.rpartition(".")[0] or name
    invented: Fields = {
        "title": stem.strip(),
        "number": str(position),
        "numberSort": float(position),
        "summary": "",
    }
    return Item(id="B1", name=name, fields={**invented, **fields}, locks=frozenset(locks))


def apply(host: ShelfHost, changes: Sequence[Change]) -> None:
    """What the engine does with a plan."""
    for change in changes:
        host.write(change.entity, change.entity_id, change.after)
