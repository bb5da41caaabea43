"""Events and schedules: what happened, what fell due."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """What an event says has happened."""

    LIBRARY_SCANNED = "library.scanned"
    ITEM_ADDED = "item.added"
    ITEM_CHANGED = "item.changed"
    ITEM_REMOVED = "item.removed"
    ROUTINE_CALLED = "routine.called"
    """A schedule, an administrator or the command line asks for a routine."""


BRIDGED = "bridge/"
"""How the deliveries of a bridge begin."""
DERIVED = f"{BRIDGED}derived/"
"""How that of a `library.scanned` begins that a bridge has concluded from changed items alone: if
all of those turn out to be echoes of our own writes, it is one, too."""


class FireResult(StrEnum):
    """What became of a schedule's due time."""

    RAN = "ran"
    SKIPPED = "skipped"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event on its way into the inbox.

    `delivery` and `position` (its place within a batch) identify it: the same pair from the same
    host is the same event.
    """

    host: str
    kind: EventKind
    delivery: str
    position: int = 0
    library: str = ""
    item: str = ""
    routine: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the inbox answers: the event's id, and whether it was already known."""

    event_id: str
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Event:
    """An event in the inbox. `state` is waiting, taken or dropped (with a reason in `note`).

    `repeats` is how often its delivery came again, and `repeated_at` when it last did.
    """

    seq: int
    id: str
    host: str
    kind: EventKind
    delivery: str
    library: str
    item: str
    routine: str
    received_at: float
    state: str
    note: str
    repeats: int = 0
    repeated_at: float | None = None
