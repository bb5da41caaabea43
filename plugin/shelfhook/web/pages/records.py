"""What the pages read of the records that the engine keeps beside its work.

Samples, logs, rejections, holds and the search are made on another branch. Until the store has them
this room answers for those that are missing: nothing, or what can be concluded from the rest. Once
they are there each function is a plain call of the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from shelfhook.model import LedgerItem, Outcome
from shelfhook.settings import Settings
from shelfhook.store import Store

MOST_LINES = 501
"""More lines than the engine keeps of one job."""


class Sample(Protocol):
    """How far a job was at a time."""

    @property
    def at(self) -> float:
        """When."""

    @property
    def done(self) -> int:
        """How many items had an outcome."""

    @property
    def failed(self) -> int:
        """How many of them had failed."""

    @property
    def limit(self) -> int:
        """How many might run at once."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """What the engine says of a job; `count` is for how many lines it stands."""

    id: int
    at: float
    level: str
    message: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Rejection:
    """Deliveries that were refused alike within a minute."""

    id: int
    at: float
    host: str
    status: int
    reason: str
    sender: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Hold:
    """Events that wait for quiet: since when, until when, and at the latest until when."""

    host: str
    library: str
    count: int
    since: float
    due: float | None
    latest: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """One page of a job's items; `next` is after which one to go on, None at the end."""

    shown: Sequence[LedgerItem]
    next: int | None


def samples(store: Store, job_num: int) -> Sequence[Sample]:
    """How a job went, oldest first."""
    room = getattr(store, "samples", None)
    return cast("Sequence[Sample]", room.of(job_num)) if room is not None else ()


def log(store: Store, job_num: int) -> Sequence[LogLine]:
    """What was logged of a job, in order."""
    room = getattr(store, "job_log", None)
    if room is None:
        return ()
    found = room.page(job_num, limit=MOST_LINES)
    return [LogLine(one.id, one.at, str(one.level), one.message, one.count) for one in found]


def rejections(store: Store, limit: int = 30) -> Sequence[Rejection]:
    """Deliveries that were refused, newest first."""
    room = getattr(store, "rejections", None)
    if room is None:
        return ()
    return [
        Rejection(one.id, one.at, one.host, one.status, one.reason, one.address, one.count)
        for one in room.page(limit=limit)
    ]


def holds(store: Store, settings: Settings) -> list[Hold]:
    """What waits in the inbox, by host and library, the oldest first."""
    told = getattr(store.inbox, "holds", None)
    if told is None:
        return _concluded(store, settings)
    return [
        Hold(o.host, o.library, o.count, o.first_at, o.due_at, o.latest_at, o.reason)
        for o in told()
    ]


def _concluded(store: Store, settings: Settings) -> list[Hold]:
    engine = settings.engine
    found = []
    for one in store.inbox.waiting():
        latest = one.first_at + engine.max_wait_seconds
        due = min(one.last_at + engine.quiet_seconds, latest)
        found.append(Hold(one.host, one.library, one.count, one.first_at, due, latest))
    return sorted(found, key=lambda one: one.since)


def searchable(store: Store) -> bool:
    """Whether a job's items can be searched by name."""
    return hasattr(store.ledger, "page")


def items(
    store: Store, job_num: int, *, outcome: Outcome | None, search: str, after: int, limit: int
) -> Items:
    """One page of a job's items in order."""
    page: Any = getattr(store.ledger, "page", None)
    if page is not None:
        told = page(job_num, outcome=outcome, search=search, after=after, limit=limit)
        return Items(told.items, told.next)
    found = store.ledger.items(job_num, outcome=outcome, after=after, limit=limit + 1)
    return Items(found[:limit], found[limit - 1].seq if len(found) > limit else None)
