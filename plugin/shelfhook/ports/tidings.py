"""How a host tells what happens in it: by a stream of its own, or only when it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from shelfhook.model import EventKind, NewEvent, Receipt


class Sign(StrEnum):
    """What a host has told."""

    LISTENING = "listening"
    """The stream is open now; what happened before must be asked for, since no host replays.
    `item` says in words what the host will not tell us ("" if it tells all that it can)."""
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    SCANNED = "scanned"
    """The host says that a library's scan has ended (`library` "": of which it does not say)."""
    BUSY = "busy"
    """It is at work on what a scan causes."""
    IDLE = "idle"
    """It is not: twice in a row after BUSY means that the scan has ended."""
    ALIVE = "alive"
    """A sign of life that says nothing else."""
    UNKNOWN = "unknown"
    """A message that we do not know; `item` holds its name, for the count of such."""


class Tiding(NamedTuple):
    """One message, in words that all hosts share. Ids are the host's, opaque; "" if not told."""

    sign: Sign
    library: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What has happened in a library since a cursor.

    Attributes:
        tidings: ADDED, CHANGED, REMOVED or SCANNED, oldest first.
        complete: False if there was more than was asked for.
        cursor: where to go on next time; opaque, the host's own.
    """

    tidings: Sequence[Tiding]
    cursor: str
    complete: bool = True


class Tells(Protocol):
    """What a host with the capability `events` has, too: a stream of its own."""

    def tidings(self) -> Iterator[Tiding]:
        """What the host tells, as it comes; first LISTENING. One thread reads it, and drains fast.

        Returns when the host ends the stream. An unknown message is UNKNOWN, never an error.
        `close` ends it.

        Raises:
            Refused: our account may not listen.
            Transient: the stream broke, or was silent for longer than it may be.
        """
        ...


class Asked(Protocol):
    """What a host with the capability `news` has, too: it can be asked what is new."""

    def news(self, library: str, cursor: str, most: int) -> News:
        """What was added or changed since `cursor`, at most so many.

        With the cursor "" nothing is new: it gives the cursor of now. A cursor that it does not
        understand counts as "".

        Raises:
            Transient: it cannot be asked now.
        """
        ...


class Notebook(Protocol):
    """Where a bridge keeps what it was told, and how far it has asked. The store has one."""

    def cursors(self, host: str) -> Mapping[str, str]:
        """The cursor of each library that was ever asked about."""
        ...

    def unfinished(self, host: str) -> Mapping[str, Set[EventKind]]:
        """The kinds of events that a bridge has brought and that still wait, by library."""
        ...

    def keep(
        self, host: str, events: Sequence[NewEvent], cursors: Mapping[str, str], now: float
    ) -> Sequence[Receipt]:
        """Commit events and the cursors that stand for them together: both, or neither.

        Raises:
            StoreUnavailable: neither was kept.
        """
        ...
