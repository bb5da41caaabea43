"""What waits in the inbox, and why: the events' own times, and what the engine says of them.

The engine publishes with the beat `holds` how long events are held, and of which libraries it holds
them for another reason than time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shelfhook.rules import Patience, ripe_at

HOLDS = "holds"
"""Name of the engine's beat. Its detail: `quiet` and `most` (seconds), `grace` (seconds that a hold
may last beyond the longest wait), `reasons` (host → library → why)."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The events of one host and library that no job has taken yet."""

    host: str
    library: str
    first_at: float
    last_at: float
    count: int
    scans: int
    """How many of them say that the library was scanned, for certain: see `DERIVED`."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What waits of one host and library.

    Attributes:
        due_at: when it becomes jobs if nothing more comes; None if no engine has told its times.
        latest_at: when it does at the latest, whatever comes.
        reason: why it is held beyond its time, or may be; "" if only time must pass.
    """

    host: str
    library: str
    count: int
    scans: int
    first_at: float
    last_at: float
    due_at: float | None
    latest_at: float | None
    reason: str


def hold(groups: Sequence[Waiting], told: Mapping[str, Any]) -> list[Hold]:
    """What waits, the oldest first, with what the engine told of it."""
    reasons: Mapping[str, Mapping[str, str]] = told.get("reasons") or {}
    found = [_hold(one, told, reasons.get(one.host, {}).get(one.library, "")) for one in groups]
    return sorted(found, key=lambda one: (one.first_at, one.host, one.library))


def _hold(one: Waiting, told: Mapping[str, Any], reason: str) -> Hold:
    due = latest = None
    if told:
        patience = Patience(float(told["quiet"]), float(told["most"]))
        due = ripe_at(one.first_at, one.last_at, patience)
        latest = one.first_at + patience.most + (float(told["grace"]) if reason else 0.0)
    return Hold(
        host=one.host,
        library=one.library,
        count=one.count,
        scans=one.scans,
        first_at=one.first_at,
        last_at=one.last_at,
        due_at=due,
        latest_at=latest,
        reason=reason,
    )
