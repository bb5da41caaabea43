"""A base for hosts that do little: what is left to write is what makes the host what it is."""

# ruff: noqa: ARG002 - the methods are a protocol's, and what does nothing needs no arguments

from __future__ import annotations

import threading
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import ClassVar

from shelfhook.errors import Gone, Permanent, Refused, ShelfhookError
from shelfhook.hosts.calls import Dialect
from shelfhook.hosts.client import Client
from shelfhook.hosts.dialects import PlainDialect
from shelfhook.hosts.options import check_options
from shelfhook.hosts.values import Normal, an_object, digest, objects, reading, text, words
from shelfhook.model import Account, Fields, HostCheck, Item, ItemRef, Library, Page, Value
from shelfhook.ports import Clock, HostOptions

__all__ = ["PlainHost", "an_object", "digest", "objects", "reading", "text", "words"]

_LOCKS = 64


class PlainHost(ABC):
    """Satisfies [`Host`][shelfhook.ports.Host] without series, locks, lists, commands and events.

    A subclass gives `kind`, `login`, `whoami`, `libraries`, `books` and `book`; to write it gives
    `fields`, `put` and the capability `write-book`. The class itself is the entry point.

    Args:
        options: how to reach the host.
        clock: tells the time and does the waiting.

    Raises:
        ConfigurationError: the URL or the login cannot be used.
    """

    kind: ClassVar[str]
    capabilities: frozenset[str] = frozenset()
    fields: ClassVar[Mapping[str, Normal]] = {}
    """The fields of a book that can be written, each with what gives its normal form."""

    def __init__(self, options: HostOptions, clock: Clock) -> None:
        check_options(options)
        self.name = options.name
        self.client = Client(options, self.dialect(options), clock)
        # One of these is held while a book is read, changed and written; two books may share one.
        self._alone = tuple(threading.Lock() for _ in range(_LOCKS))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    # -- what a subclass gives --

    def login(self, options: HostOptions) -> Mapping[str, str]:
        """Headers that say who we are; by default none."""
        return {}

    def dialect(self, options: HostOptions) -> Dialect:
        """The ways of the host; by default one without peculiarities."""
        return PlainDialect(options, self.login(options))

    @abstractmethod
    def whoami(self) -> Account:
        """Who the host takes us for."""

    @abstractmethod
    def libraries(self) -> Sequence[Library]:
        """All libraries that we may see."""

    @abstractmethod
    def books(self, library: str, size: int) -> Iterable[Item | ItemRef]:
        """A library's books in an order that does not shift; an `ItemRef` where that is all.

        Args:
            library: its id.
            size: how many will be wanted at a time; a host that lists by pages is asked for these.
        """

    @abstractmethod
    def book(self, book_id: str) -> Item:
        """One book, read fresh; its fields, which need not be normal yet, but no fingerprint.

        Raises:
            Gone: it is not there.
        """

    def put(self, book_id: str, fields: Fields) -> None:
        """Write fields, which are in their normal form, and leave all others as they are."""
        raise Permanent(f"{self.kind} cannot write")

    def version(self) -> str:
        """Ask the host something brief; gives its version, or ""."""
        self.whoami()
        return ""

    def file_mark(self, item: Item) -> object:
        """What is another when the book's file is another; only values that JSON has."""
        return [item.name, item.size, item.pages, item.status]

    # -- what follows from it --

    def check(self) -> HostCheck:
        """Whether the host answers. Never raises."""
        try:
            version = self.version()
        except Refused as error:  # it answers
            return HostCheck(ok=True, message=str(error))
        except ShelfhookError as error:
            return HostCheck(ok=False, message=str(error))
        return HostCheck(True, f"{self.kind} {version} answers".replace("  ", " "), version)

    def pages(self, library: str, *, size: int, fingerprints: bool = True) -> Iterator[Page]:
        """The books of a library, `size` at a time."""
        size, former = max(1, size), frozenset[str]()
        books = iter(self.books(library, size))
        while some := list(islice(books, size)):
            # one that is added meanwhile pushes others onto the next page, where they come again
            refs = tuple(self._ref(one, fingerprints) for one in some if one.id not in former)
            if refs:
                yield Page(refs)
            former = frozenset(one.id for one in some)

    def item(self, item_id: str) -> Item:
        """One book, read fresh.

        Raises:
            Gone: it is not there.
        """
        return self._whole(self.book(item_id))

    def series(self, series_id: str) -> Item:
        """Raise `Gone`: there are none."""
        raise Gone(f"series {series_id} is not there: {self.kind} knows no series")

    def series_marks(self, library: str) -> Iterator[tuple[str, str]]:
        """Give nothing: there are no series."""
        return iter(())

    def lock(self, entity: str, field: str) -> str:
        """Give "": there are no locks."""
        return ""

    def normalise(self, entity: str, field: str, value: Value) -> Value:
        """The value as the host would store it; unknown fields pass as they are."""
        rule = self.fields.get(field) if entity == "book" else None
        return value if rule is None else rule(value)

    def fingerprint(self, item: Item) -> str:
        """Digest of the file, as it was when the item was read, and of the fields as given."""
        mark = item.fingerprint.partition(".")[0] or digest(self.file_mark(item))
        return f"{mark}.{digest(self._normal(item.fields))}"

    def write(self, entity: str, entity_id: str, fields: Fields) -> None:
        """Set fields of a book; all others stay.

        Raises:
            Gone: it is not there.
            Permanent: there is no such field, or the host refuses a value.
            Transient: it may work later.
        """
        if f"write-{entity}" not in self.capabilities or entity != "book":
            raise Permanent(f"{self.kind} cannot write a {entity}")
        unknown = sorted(set(fields) - set(self.fields))
        if unknown:
            raise Permanent(f"{self.kind} has no field {', '.join(map(repr, unknown))} to write")
        with self._alone[zlib.crc32(entity_id.encode("utf-8", "replace")) % _LOCKS]:
            self.put(entity_id, self._normal(fields))

    def command(self, entity: str, entity_id: str, command: str) -> None:
        """Raise `Permanent`: there are no commands."""
        raise Permanent(f"{self.kind} has no command {command!r}")

    def overloads(self) -> int:
        """How many answers so far said that the host has too much to do."""
        return self.client.overloads()

    def backlog(self, seconds: float) -> int | None:
        """Give None: the host does not tell what it still has to do."""
        return None

    def down_until(self) -> tuple[float, str] | None:
        """When the breaker lets the next call through and why it is open; None when closed."""
        return self.client.down_until()

    def close(self) -> None:
        """Give connections back and wake who waits; later calls raise `HostDown`."""
        self.client.close()

    # -- inside --

    def _normal(self, fields: Fields) -> dict[str, Value]:
        return {name: self.normalise("book", name, value) for name, value in fields.items()}

    def _whole(self, item: Item) -> Item:
        whole = replace(item, fields=self._normal(item.fields))
        return replace(whole, fingerprint=self.fingerprint(whole))

    def _ref(self, one: Item | ItemRef, fingerprints: bool) -> ItemRef:
        if isinstance(one, ItemRef):
            return one
        mark = self._whole(one).fingerprint if fingerprints else ""
        return ItemRef(one.id, one.name, one.series, one.series_name, one.status, mark)
