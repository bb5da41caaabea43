"""What the pages read of the records that the engine keeps beside its work.

Until the store has them all (samples, logs, rejections, holds, search) this room answers for those
that are missing: nothing, or what can be concluded from the rest. When all are there, the store is
asked directly and this file shrinks to its protocols.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from shelfhook.model import LedgerItem, Outcome
from shelfhook.settings import Settings
from shelfhook.store import Store


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
    """What the engine says of a job."""

    id: int
    at: float
    level: str
    message: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A delivery that was refused."""

    id: int
    at: float
    host: str
    status: int
    reason: str
    sender: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Events that wait for quiet: since when, until when, and at the latest until when."""

    host: str
    library: str
    count: int
    since: float
    due: float
    latest: float


def samples(store: Store, job_num: int) -> Sequence[Sample]:
    """How a job went, oldest first."""
    room = getattr(store, "samples", None)
    return cast("Sequence[Sample]", room.of(job_num)) if room is not None else ()


def log(store: Store, job_num: int, limit: int = 100) -> Sequence[LogLine]:
    """What was logged of a job, newest first."""
    room = getattr(store, "job_log", None)
    if room is None:
        return ()
    found = room.page(job_num, limit=limit)
    return [LogLine(one.id, one.at, str(one.level), one.message) for one in found]


def rejections(store: Store, limit: int = 50) -> Sequence[Rejection]:
    """Deliveries that were refused, newest first."""
    room = getattr(store, "rejections", None)
    if room is None:
        return ()
    found = room.page(limit=limit)
    return [Rejection(o.id, o.at, o.host, o.status, o.reason, o.sender) for o in found]


def holds(store: Store, settings: Settings) -> list[Hold]:
    """What waits in the inbox, by host and library."""
    engine = settings.engine
    found = [
        Hold(
            one.host,
            one.library,
            one.count,
            one.first_at,
            min(one.last_at + engine.quiet_seconds, one.first_at + engine.max_wait_seconds),
            one.first_at + engine.max_wait_seconds,
        )
        for one in store.inbox.waiting()
    ]
    return sorted(found, key=lambda one: one.since)


def searchable(store: Store) -> bool:
    """Whether a job's items can be searched by name."""
    return "search" in inspect.signature(store.ledger.items).parameters


def items(
    store: Store, job_num: int, *, outcome: Outcome | None, search: str, after: int, limit: int
) -> list[LedgerItem]:
    """Items of a job in order."""
    more: dict[str, Any] = {"search": search} if search and searchable(store) else {}
    return store.ledger.items(job_num, outcome=outcome, after=after, limit=limit, **more)
