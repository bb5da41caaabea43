"""The words of the design page as values. Frozen, no behaviour beyond reading themselves.

What is made once per item of a job is a named tuple: a frozen dataclass takes four times as long.

Times are seconds since the epoch (UTC) as floats; durations are seconds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"
"""A metadata value as JSON knows it."""

Fields: TypeAlias = Mapping[str, Value]


class EventKind(StrEnum):
    """What an event says has happened."""

    LIBRARY_SCANNED = "library.scanned"
    ITEM_ADDED = "item.added"
    ITEM_CHANGED = "item.changed"
    ITEM_REMOVED = "item.removed"
    ROUTINE_CALLED = "routine.called"
    """A schedule, an administrator or the command line asks for a routine."""


class Trigger(StrEnum):
    """Why a job exists."""

    SCAN = "scan"
    SCHEDULE = "schedule"
    ADMIN = "admin"
    CLI = "cli"
    RETRY = "retry"
    UNDO = "undo"


class JobState(StrEnum):
    """Where a job stands: queued → running ⇄ paused → completed | failed | cancelled."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether the state never changes again."""
        return self in FINAL_STATES


FINAL_STATES = frozenset({JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED})


class Outcome(StrEnum):
    """How one item ended."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    PLANNED = "planned"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Wish(StrEnum):
    """What somebody wants of a job; the engine grants it."""

    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"


class ChangeState(StrEnum):
    """How far a change got: recorded before it is made, then applied, or only planned."""

    INTENDED = "intended"
    APPLIED = "applied"
    PLANNED = "planned"
    FAILED = "failed"


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
    """An event in the inbox. `state` is waiting, taken or dropped (with a reason in `note`)."""

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


@dataclass(frozen=True, slots=True)
class Library:
    """A library of a host."""

    id: str
    name: str
    root: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """Who the host says we are."""

    name: str
    admin: bool
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostCheck:
    """Result of asking a host whether it is well. `version` is empty where it does not tell."""

    ok: bool
    message: str
    version: str = ""


class ItemRef(NamedTuple):
    """What a listing says of an item: enough to name and choose it, not enough to change it.

    `series_name` and `status` are for a routine's filter; the ledger does not keep them.
    """

    id: str
    name: str
    series: str = ""
    series_name: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a library's items. `total` is the host's own count, where it gives one."""

    refs: tuple[ItemRef, ...]
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One book (or series) as the host has it now.

    Attributes:
        id: the host's id, opaque.
        name: file name with extension.
        library: id of the library.
        series: id of the series, or "".
        path: the host's own path or url of the file.
        fields: metadata by the host's field names, in the host's normal form.
        locks: names of the fields the user has locked.
        fingerprint: digest of what really changes when the item changes.
        status: the host's word for the state of the file (`READY`, `ERROR`, …).
    """

    id: str
    name: str
    library: str = ""
    series: str = ""
    path: str = ""
    fields: Fields = field(default_factory=dict)
    locks: frozenset[str] = frozenset()
    fingerprint: str = ""
    status: str = ""


class ChangeKind(StrEnum):
    """What sort of difference a change is."""

    FIELDS = "fields"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Change:
    """One intended difference to one entity of a host.

    For `FIELDS`, `before` and `after` hold the same keys: the host's field names. For `COMMAND`,
    `command` names what the host shall do (`analyze`, `refresh`) and both are empty.
    """

    kind: ChangeKind
    entity: str
    entity_id: str
    before: Fields = field(default_factory=dict)
    after: Fields = field(default_factory=dict)
    command: str = ""


class Result(NamedTuple):
    """How one item of a job ended, on its way into the ledger. `seq` is its place in the job."""

    seq: int
    item_id: str
    outcome: Outcome
    reason: str = ""
    attempts: int = 1
    seconds: float = 0.0
    applied: tuple[int, ...] = ()
    """Ids of this item's change rows that the host has taken."""
    fingerprint: str = ""
    """Fingerprint of the state we left, if we changed it."""


class LedgerItem(NamedTuple):
    """An item's row in the ledger; `outcome` is None until it ended."""

    seq: int
    item: ItemRef
    outcome: Outcome | None
    reason: str
    attempts: int
    seconds: float


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """A change's row in the ledger."""

    id: int
    seq: int
    change: Change
    state: ChangeState


@dataclass(frozen=True, slots=True)
class Counts:
    """Outcomes of a job so far."""

    changed: int = 0
    unchanged: int = 0
    planned: int = 0
    skipped: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def processed(self) -> int:
        """How many items have an outcome."""
        return (
            self.changed
            + self.unchanged
            + self.planned
            + self.skipped
            + self.failed
            + self.cancelled
        )


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A wish for one run of a routine.

    Attributes:
        routine, host, library: what to run where; `library` "" means all that the routine names.
        items: ids to restrict the run to; empty means every item of the library.
        parent: id of the job that this one retries or undoes.
    """

    routine: str
    host: str
    library: str
    trigger: Trigger
    priority: int = 0
    dry_run: bool = False
    items: tuple[str, ...] = ()
    parent: str = ""

    @property
    def scope(self) -> str:
        """What distinguishes two waiting jobs of one routine and library; "" is the whole of it."""
        if not (self.dry_run or self.items or self.parent):
            return ""
        # A digest: thousands of ids would not fit into an index.
        chosen = json.dumps([self.dry_run, self.parent, sorted(self.items)])
        return hashlib.sha256(chosen.encode()).hexdigest()[:32]


PAUSED_BY_WISH = "paused on request"
"""Reason of a job that a person paused; it stays paused over a restart."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a routine over a fixed set of items, as the store has it.

    `total` is None until the listing has ended; `version` grows with every change of the row.
    """

    num: int
    id: str
    routine: str
    host: str
    library: str
    trigger: Trigger
    state: JobState
    priority: int
    dry_run: bool
    parent: str
    items: tuple[str, ...]
    created_at: float
    started_at: float | None
    finished_at: float | None
    listed: int
    total: int | None
    counts: Counts
    wish: Wish | None
    reason: str
    stalled_at: float | None
    progress_at: float | None
    limit: int
    version: int

    @property
    def short(self) -> str:
        """The first eight characters of the id, which name the job's threads."""
        return self.id[:8]
