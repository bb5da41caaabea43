"""What the engine asks of the things it is plugged into. Adapters satisfy these protocols.

Every method may be called from several threads at once. Errors are those of
[`errors`][shelfhook.errors]: an adapter translates its library's own exceptions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel

from shelfhook.model import (
    Account,
    BookList,
    Change,
    Fields,
    Finding,
    HostCheck,
    Item,
    Library,
    Page,
    Value,
)

P = ParamSpec("P")
R = TypeVar("R")


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
    """What it can do, of these words: the commands `analyze` and `refresh`; `write-book`,
    `write-series`; `collections`, `read-lists` (see `Lists`); `covers` (see `Covers`); `download`
    (see `Downloads`)."""

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

    def pages(self, library: str, *, size: int) -> Iterator[Page]:
        """The items of a library, `size` at a time, in an order that does not shift."""
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


class Lists(Protocol):
    """What a host with the capability `collections` or `read-lists` has, too.

    `kind` is `collection` (its members are series) or `read-list` (books).
    """

    def find_list(self, kind: str, name: str) -> BookList | None:
        """The list of this name, read fresh; None if there is none."""
        ...

    def write_list(
        self, kind: str, name: str, members: Sequence[str], *, ordered: bool, list_id: str = ""
    ) -> str:
        """Give a list all its members (at least one, each once); gives the list's id.

        Args:
            list_id: the list to change; "" makes a new one.

        Raises:
            Gone: there is no such list.
            Permanent: the host refuses it.
        """
        ...

    def remove_list(self, kind: str, list_id: str) -> None:
        """Delete a list (only ever one that Shelfhook made). Gone already is fine."""
        ...


class Downloads(Protocol):
    """What a host with the capability `download` has, too."""

    def download(self, item_id: str, target: Path) -> None:
        """Fetch a book's file into `target`, which is overwritten.

        Raises:
            Gone: the book or its file is no longer there.
        """
        ...


class Covers(Protocol):
    """What a host with the capability `covers` has, too."""

    def cover(self, entity: str, entity_id: str) -> str:
        """Which cover is chosen now: id of an uploaded one, or "" for the host's own."""
        ...

    def page(self, book_id: str, number: int) -> bytes:
        """A page's image, unchanged; pages count from 1."""
        ...

    def add_cover(self, entity: str, entity_id: str, image: bytes) -> str:
        """Upload an image and choose it as the cover; gives its id."""
        ...

    def choose_cover(self, entity: str, entity_id: str, cover: str) -> None:
        """Choose a cover that is there; "" goes back to the host's own."""
        ...

    def remove_cover(self, entity: str, entity_id: str, cover: str) -> None:
        """Delete an uploaded cover. Gone already is fine."""
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


class Files(Protocol):
    """The files of one host's items, as this machine sees them."""

    @property
    def mapped(self) -> bool:
        """Whether any folder of the host is mapped to one of this machine."""
        ...

    def local(self, item: Item) -> Path:
        """Where an item's file lies on this machine; it exists and is a regular file.

        Raises:
            Permanent: no mapping covers its path, or it leads out of the mapped folders.
            Gone: there is no such file.
        """
        ...

    def reading(self, item: Item) -> AbstractContextManager[Path]:
        """The item's file to read: where it lies, or else a download that goes afterwards.

        Raises:
            Permanent: it is not mapped and the host has no `download`.
            Gone: there is no such file.
        """
        ...


class Heavy(Protocol):
    """Runs a function in a worker process, so that its work leaves this process free."""

    def __call__(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The function's result, or what it raised. It must lie at the top of a module.

        Raises:
            Permanent: the worker process died (for want of memory, say), or took too long.
        """
        ...


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What an action may ask while it plans. All of it only reads.

    Attributes:
        host: the item's host.
        files: the files behind the items.
        heavy: for work that keeps a processor busy for more than some milliseconds.
        dry_run: whether the job ends before anything is changed.
    """

    host: Host
    files: Files
    heavy: Heavy
    dry_run: bool = False


Planned: TypeAlias = "Change | Finding"


class Action(Protocol):
    """Looks at an item and plans changes; the engine applies them.

    One file, one class, one entry point in the group `shelfhook.actions`. The class is called
    with its validated parameters. See also `SeriesAction` and `FileAction`.
    """

    name: str
    parameters: type[BaseModel]
    needs: frozenset[str]
    """Capabilities that the host must have, and `files` for folders mapped to this machine; a
    routine that lacks one is refused before a job starts. An instance may add to its class's."""

    def plan(self, item: Item, context: PlanContext) -> Sequence[Planned]:
        """The changes this action wants of a book, and what it finds wrong with it. Only reads."""
        ...


class SeriesAction(Action, Protocol):
    """An action that also looks at series, each once in a job."""

    def plan_series(self, series: Item, context: PlanContext) -> Sequence[Planned]:
        """The changes this action wants of a series (an item with `entity` "series")."""
        ...


class FileAction(Action, Protocol):
    """An action whose plan may hold changes of kind FILE."""

    def build(self, change: Change, target: Path, context: PlanContext) -> None:
        """Make the new file at `target` from the one at `change.before["path"]`.

        `target` lies in the same folder and does not exist yet. The old file must not be touched:
        the engine keeps it, and puts the new one in its place, once this has returned.

        Raises:
            Permanent: it cannot be made, or would not be sound.
        """
        ...


class ActionType(Protocol):
    """The class behind an action: what an entry point of `shelfhook.actions` names."""

    name: str
    parameters: type[BaseModel]
    needs: frozenset[str]

    def __call__(self, parameters: BaseModel) -> Action:
        """Make the action with its validated parameters."""
        ...


class Connect(Protocol):
    """What an entry point of `shelfhook.hosts` names: makes a host from its settings."""

    def __call__(self, options: HostOptions, clock: Clock) -> Host:
        """Make the adapter; must not call the host."""
        ...
