"""What the engine asks of a media server, and of the machine's clock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shelfhook.model import (
    Account,
    Fields,
    HostCheck,
    Item,
    Library,
    Page,
    Value,
)


class Clock(Protocol):
    """Where time comes from; tests bring their own."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds of a clock that never goes back."""
        ...

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until `event` is set or `seconds` have passed; tells whether it is set."""
        ...


class Host(Protocol):
    """A media server.

    `down_until` tells the engine when a host whose breaker is open will be tried again (seconds of
    the monotonic clock), with the reason; None while calls go through.
    """

    name: str
    kind: str
    capabilities: frozenset[str]
    """What it can do, of these words: the commands `analyze`, `refresh` and `convert-format`
    (another format of a book, made by the host; to the one that it prefers, or as in
    `convert-format:EPUB`); `write-book`, `write-series`; `collections`, `read-lists` (see `Lists`);
    `covers` (see `Covers`); `convert` (see `Converts`); `download` (see `Downloads`); `formats`
    (see `Formats`); `series-books` (see `SeriesBooks`); `history` (see `History`); `import` (see
    `Imports`); `events` (see `Tells`); `news` (see `Asked`)."""

    def check(self) -> HostCheck:
        """Whether it answers. Never raises for a host that is down; the result says so."""
        ...

    def whoami(self) -> Account:
        """Who the host takes us for.

        Raises:
            Refused: the key or password is wrong.
            Transient: it cannot be asked now.
        """
        ...

    def libraries(self) -> Sequence[Library]:
        """All libraries that we may see."""
        ...

    def pages(self, library: str, *, size: int, fingerprints: bool = True) -> Iterator[Page]:
        """The items of a library, `size` at a time, in an order that does not shift.

        Without `fingerprints` the listing need not compute them.
        """
        ...

    def item(self, item_id: str) -> Item:
        """One item, read fresh.

        Raises:
            Gone: it is no longer there.
        """
        ...

    def series(self, series_id: str) -> Item:
        """One series, read fresh: an item whose `entity` is `series`.

        Raises:
            Gone: it is no longer there, or the host knows no series.
        """
        ...

    def series_marks(self, library: str) -> Iterator[tuple[str, str]]:
        """Id and fingerprint of every series of a library, so that books whose series has changed
        are looked at again. Nothing from a host that knows no series."""
        ...

    def lock(self, entity: str, field: str) -> str:
        """Name of the field that locks a field against the host's own updates; "" if none does."""
        ...

    def normalise(self, entity: str, field: str, value: Value) -> Value:
        """The value as the host would store it, so that a second run finds nothing to do."""
        ...

    def fingerprint(self, item: Item) -> str:
        """Digest of what really changes when a book or a series changes, from the value alone.

        The part behind its last dot is of the fields alone. An item whose fields were replaced by
        what we have just written has the fingerprint that a fresh read will have.
        """
        ...

    def overloads(self) -> int:
        """How often so far the host said, or showed, that it has too much to do."""
        ...

    def backlog(self, seconds: float) -> int | None:
        """How many tasks of ours the host still has to work off.

        Ours are what our writes, commands and new files cause, and everybody's of the same kinds:
        a host does not tell whose they are. None if it cannot tell within so many seconds, be it
        that it is down or that it has no such thing to tell. Never raises; `close` ends the wait.
        """
        ...

    def write(self, entity: str, entity_id: str, fields: Fields) -> None:
        """Set fields of one entity in one call. Safe to repeat.

        Raises:
            Gone: the entity is no longer there.
            Permanent: the host refuses these values.
            Transient: it may work later.
        """
        ...

    def command(self, entity: str, entity_id: str, command: str) -> None:
        """Have the host run a command, one of `capabilities`. Safe to repeat."""
        ...

    def down_until(self) -> tuple[float, str] | None:
        """When the breaker lets the next call through and why it is open; None when closed."""
        ...

    def close(self) -> None:
        """Give connections back."""
        ...


@dataclass(frozen=True, slots=True)
class HostOptions:
    """How to reach a host. Times are seconds.

    Attributes:
        name: the name in the settings; appears in URLs (`/hooks/<name>`) and in messages.
        url: base URL, with the path prefix if the host lives under one.
        api_key, username, password: one way in; the key wins.
        verify: whether to check the TLS certificate, or the path of a CA file.
        connect_timeout, read_timeout: of one attempt.
        total_timeout: of one call with all its retries and waits.
        retries: how often a call that is safe to repeat is tried again.
        budget: how many calls the host may bear at once.
        proxy: URL of a proxy, or "".
        observe: told of every attempt, on the thread that made it: method, route (the path with its
            variables named), status (0: no answer), seconds. `shelfhook.hosts.client` does so.
    """

    name: str
    kind: str
    url: str
    api_key: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    verify: bool | str = True
    connect_timeout: float = 5.0
    read_timeout: float = 60.0
    total_timeout: float = 180.0
    retries: int = 3
    budget: int = 4
    proxy: str = field(default="", repr=False)
    observe: Callable[[str, str, int, float], None] | None = field(
        default=None, repr=False, compare=False
    )


class Connect(Protocol):
    """What an entry point of `shelfhook.hosts` names: makes a host from its settings."""

    def __call__(self, options: HostOptions, clock: Clock) -> Host:
        """Make the adapter; must not call the host."""
        ...
