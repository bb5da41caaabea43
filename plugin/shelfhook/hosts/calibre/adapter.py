"""Calibre's content server as a host."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial

from shelfhook.errors import Gone, Permanent, Refused, ShelfhookError
from shelfhook.hosts.calibre import (
    conversion,
    ids,
    mapping,
    news,
    paging,
    routes,
    writing,
)
from shelfhook.hosts.calibre.columns import BUILT_IN, Column
from shelfhook.hosts.calibre.dialect import CalibreDialect
from shelfhook.hosts.calibre.documents import the_object, the_result
from shelfhook.hosts.calibre.formats import CalibreFormats
from shelfhook.hosts.calibre.kinds import Kind
from shelfhook.hosts.calibre.turns import Turns
from shelfhook.hosts.calibre.vocabulary import VOCABULARY
from shelfhook.hosts.calls import Observe
from shelfhook.hosts.client import Client
from shelfhook.hosts.options import check_options
from shelfhook.hosts.values import digest
from shelfhook.model import Account, Fields, HostCheck, Item, Library, Page, Value
from shelfhook.ports import Clock, HostOptions, News

MAY_WRITE = "write"
"""The role of a user who is not read-only."""
ANYBODY = "anybody"
"""What we are called where the server asks nobody for a name."""


def connect(
    options: HostOptions,
    clock: Clock,
    *,
    fraction: Callable[[], float] = random.random,
    observe: Observe | None = None,
) -> CalibreHost:
    """Make the adapter; calls nobody. Satisfies [`Connect`][shelfhook.ports.Connect].

    Args:
        options: how to reach the server.
        clock: tells the time and does the waiting.
        fraction: random numbers from 0 up to 1, for the jitter of retries.
        observe: told of every attempt: method, route, status (0: no answer), seconds.

    Raises:
        ConfigurationError: the URL or the login cannot be used.
    """
    check_options(options)
    dialect = CalibreDialect(options)
    client = Client(options, dialect, clock, fraction=fraction, observe=observe)
    return CalibreHost(options.name, client, dialect, clock)


class CalibreHost(CalibreFormats):
    """Satisfies [`Host`][shelfhook.ports.Host] and [`Asked`][shelfhook.ports.Asked], too.

    Calibre has no series that could be read or written: a series is a field of its books. It keeps
    one cover for a book and forgets the former, so `covers` is not declared: nothing could be taken
    back. No field can be locked.

    What a library's fields are is kept when it was told; a thread replaces a whole dict by another,
    so that needs no lock.

    Args:
        name: the host's name in the settings.
        client: what it talks through.
        dialect: hears the server's version.
        clock: does the waiting.
    """

    kind = "calibre"
    vocabulary = VOCABULARY
    capabilities = frozenset({"write-book", "download", "formats", conversion.COMMAND, "news"})

    def __init__(self, name: str, client: Client, dialect: CalibreDialect, clock: Clock) -> None:
        self.name = name
        self._client = client
        self._dialect = dialect
        self._clock = clock
        self._turns = Turns(clock)
        self._closed = threading.Event()
        self._columns: Mapping[str, Mapping[str, Column]] = {}
        self._asked_all = False

    def __repr__(self) -> str:
        return f"<CalibreHost {self.name}>"

    def check(self) -> HostCheck:
        """Whether the server answers, and its version unless a proxy hides it. Never raises."""
        try:
            the_object(self._client.ask(routes.setup()))
        except ShelfhookError as error:
            return HostCheck(ok=False, message=str(error))
        version = self._dialect.version
        return HostCheck(True, f"Calibre {version} answers".replace("  ", " "), version)

    def whoami(self) -> Account:
        """Who the server takes us for; an administrator is who may write.

        Raises:
            Refused: the name or the password is wrong.
            Transient: it cannot be asked now.
        """
        told = the_object(self._client.ask(routes.session()))
        name = str(told.get("username") or ANYBODY)
        try:
            self._client.ask(routes.may_write())
        except Refused:
            return Account(name, admin=False)
        return Account(name, admin=True, roles=(MAY_WRITE,))

    def libraries(self) -> Sequence[Library]:
        """All libraries that we may see."""
        return mapping.libraries(the_object(self._client.ask(routes.libraries())))

    def pages(self, library: str, *, size: int, fingerprints: bool = True) -> Iterator[Page]:
        """A library's books, `size` (at most 2,000) at a time, in the order of their numbers."""
        known = partial(self._columns_of, library)
        return paging.pages(self._client.ask, known, library, size, fingerprints=fingerprints)

    def item(self, item_id: str) -> Item:
        """One book, read fresh.

        Raises:
            Gone: it is not there.
        """
        book_id = ids.read(item_id)
        book = writing.find(self._client.ask, book_id)
        self._know(book_id.library, mapping.columns_of_book(book))
        return mapping.item(book_id, book)

    def series(self, series_id: str) -> Item:
        """Raise `Gone`: a series is a field of its books."""
        raise Gone(f"series {series_id} is not there: in Calibre a series is a field of its books")

    def series_marks(self, library: str) -> Iterator[tuple[str, str]]:
        """Give nothing: there are no series."""
        del library  # whichever
        return iter(())

    def lock(self, entity: str, field: str) -> str:
        """Give "": Calibre never changes a field by itself."""
        del entity, field  # whichever
        return ""

    def normalise(self, entity: str, field: str, value: Value) -> Value:
        """The value as Calibre would store it.

        A custom column is known once a book of its library was read, else it is asked for. One
        of the same name and another kind in another library makes it unknown. Unknown fields pass.
        """
        column = self._column(field) if entity == "book" else None
        return value if column is None else column.kind.normal(value)

    def fingerprint(self, item: Item) -> str:
        """Digest of what really changes when a book changes, for its fields as given."""
        fields = {name: self.normalise("book", name, value) for name, value in item.fields.items()}
        return f"{item.fingerprint.partition('.')[0]}.{digest(mapping.settled(fields))}"

    def news(self, library: str, cursor: str, most: int) -> News:
        """What was added or changed since a cursor; Calibre does not tell what was removed."""
        return news.news(self._client.ask, library, cursor, most)

    def alone(self, item_id: str) -> AbstractContextManager[None]:
        """Keep all other writers of this adapter from a book: for reading, changing and writing.

        A thread may hold one book at a time.
        """
        return self._turns.alone(item_id)

    def write(self, entity: str, entity_id: str, fields: Fields) -> None:
        """Set fields of a book, custom columns among them; those that are so already are not sent.

        Raises:
            Gone: the book is not there.
            Permanent: its library has no such field, or cannot store a value. Nothing was written.
            Refused: our account may only read.
            Transient: it may work later. The message says if a part of it was written.
        """
        if entity != "book":
            raise Permanent(f"Calibre cannot write a {entity!r}, only a book")
        book_id = ids.read(entity_id)
        with self._turns.alone(entity_id), self._turns.place(entity_id):
            writing.write(self._client.ask, book_id, fields)

    def command(self, entity: str, entity_id: str, command: str) -> None:
        """Have the server convert a book, and wait for it.

        Raises:
            Gone: it is not there.
            Permanent: there is no such command, or it cannot be converted.
            Transient: it took too long, or was lost; it may work later.
        """
        if entity != "book" or not conversion.is_convert(command):
            raise Permanent(
                f"Calibre has no command {command!r} for a {entity!r}; books have "
                f"{conversion.COMMAND} and, for instance, {conversion.COMMAND}:PDF"
            )
        # It takes long and touches no field, so it keeps no writer waiting.
        book_id = ids.read(entity_id)
        conversion.convert(self._client.ask, book_id, command, self._clock, self._closed)

    def overloads(self) -> int:
        """How many attempts so far met a server that had too much to do."""
        return self._client.overloads()

    def backlog(self, seconds: float) -> int | None:
        """Give None: what we have Calibre do is done when it answers."""
        del seconds  # there is nothing to wait for
        return None

    def down_until(self) -> tuple[float, str] | None:
        """When the breaker lets the next call through and why it is open; None when closed."""
        return self._client.down_until()

    def close(self) -> None:
        """Give connections back and wake who waits; later calls raise `HostDown`."""
        self._closed.set()
        self._turns.close()
        self._client.close()

    def _columns_of(self, library: str) -> Mapping[str, Column]:
        known = self._columns.get(library)
        if known is None:
            told = the_result(self._client.ask(routes.columns(library)))
            known = mapping.columns_of_library(told)
            self._know(library, known)
        return known

    def _know(self, library: str, columns: Mapping[str, Column]) -> None:
        if self._columns.get(library) != columns:
            self._columns = {**self._columns, library: columns}

    def _column(self, field: str) -> Column | None:
        if not field.startswith("#"):
            return BUILT_IN.get(field)
        if not (found := self._kinds_of(field)) and not self._asked_all:
            self._ask_all()
            found = self._kinds_of(field)
        return Column(found.pop()) if len(found) == 1 else None

    def _kinds_of(self, field: str) -> set[Kind]:
        return {one[field].kind for one in self._columns.values() if field in one}

    def _ask_all(self) -> None:
        """Get to know the columns of all libraries, once; nothing is lost if it fails."""
        with suppress(ShelfhookError):
            for library in self.libraries():
                self._columns_of(library.id)
        self._asked_all = True
