"""Jobs and their ledger. What is made once per item is a named tuple: a frozen dataclass takes four
times as long."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from shelfhook.model.items import Change, ChangeState, Finding, ItemRef


class Trigger(StrEnum):
    """Why a job exists."""

    SCAN = "scan"
    SCHEDULE = "schedule"
    ADMIN = "admin"
    CLI = "cli"
    RETRY = "retry"
    UNDO = "undo"
    APPLY = "apply"


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


class Shelf(NamedTuple):
    """Where an item stands: title of its series and id of its library."""

    series: str = ""
    library: str = ""


@dataclass(frozen=True, slots=True)
class JobLine:
    """A line on its way into a job's own log.

    Attributes:
        level: info, warning or error.
        kind: what it is about in one word, such as `paused`.
        count: for how many it stands.
    """

    job_num: int
    at: float
    kind: str
    message: str
    level: str = "info"
    count: int = 1


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
    seen: str = ""
    """Fingerprint of the item that needs no further look while it stays like this."""
    findings: tuple[Finding, ...] = ()
    name: str = ""
    """The item's, if it failed."""
    shelf: Shelf = Shelf()
    """The item's, if something was found."""


class ItemState(NamedTuple):
    """What a routine's earlier jobs have left of an item.

    Attributes:
        fingerprint: of the item when a job was last done with it, or when it failed.
        recipe: digest of what the routine did to it then.
        failures: how many jobs in a row it has failed in.
        reason: why it failed last.
    """

    fingerprint: str
    recipe: str = ""
    failures: int = 0
    reason: str = ""


class LedgerItem(NamedTuple):
    """An item's row in the ledger; `outcome` is None until it ended."""

    seq: int
    item: ItemRef
    outcome: Outcome | None
    reason: str
    attempts: int
    seconds: float
    known: ItemState | None = None
    """Looked up when the item is fed to the workers; the ledger does not keep it."""


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """A change's row in the ledger."""

    id: int
    seq: int
    change: Change
    state: ChangeState
    left: str = ""
    """What undo recognises our work by: digest of the entity's fields, or of the file."""


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
        parent: id of the job that this one retries, undoes or applies.
        everything: look at every item, also where the routine skips those that stayed as they were.
        callbacks: URLs that are told how it goes, besides the routine's own.
        requested_by: name of the person who asked for it; "" where none did.
    """

    routine: str
    host: str
    library: str
    trigger: Trigger
    priority: int = 0
    dry_run: bool = False
    items: tuple[str, ...] = ()
    parent: str = ""
    everything: bool = False
    callbacks: tuple[str, ...] = ()
    requested_by: str = ""

    @property
    def scope(self) -> str:
        """What distinguishes two waiting jobs of one routine and library; "" is the whole of it."""
        if not (self.dry_run or self.items or self.parent or self.everything):
            return ""
        # A digest: thousands of ids would not fit into an index. One parent may be undone as well
        # as retried.
        chosen = json.dumps(
            [self.dry_run, self.parent, sorted(self.items), self.everything, self.trigger]
            if self.everything or self.parent
            else [self.dry_run, self.parent, sorted(self.items)]
        )
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
    everything: bool = False
    requested_by: str = ""

    @property
    def short(self) -> str:
        """The first eight characters of the id, which name the job's threads."""
        return self.id[:8]
