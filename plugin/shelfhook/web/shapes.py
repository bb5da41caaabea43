"""What the API shows of jobs, items and events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from shelfhook.model import Event, Job, JobState, LedgerChange, LedgerItem
from shelfhook.store.holds import Hold
from shelfhook.store.inbox import TakenBy
from shelfhook.store.schedules import Fire

API: Final = "/api/v1"
"""Where the API lies; links show it whatever prefix a client has used (see `api.versions`)."""
FOLLOW_UPS = ("items", "events", "cancel", "pause", "resume", "retry", "undo", "apply")


def moment(seconds: float | None) -> str | None:
    """Seconds since the epoch as ISO 8601 in UTC."""
    if seconds is None:
        return None
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def job(one: Job, now: float, root: str = "") -> dict[str, Any]:
    """A job as the API shows it; its size does not depend on the number of items.

    Args:
        root: path under which a proxy shows us, for the links.
    """
    path = f"{root}{API}/jobs/{one.id}"
    rate = _rate(one, now)
    return {
        "id": one.id,
        "routine": one.routine,
        "host": one.host,
        "library": one.library,
        "trigger": one.trigger,
        "state": one.state,
        "priority": one.priority,
        "dry_run": one.dry_run,
        "everything": one.everything,
        "parent": one.parent or None,
        "chosen_items": len(one.items) or None,
        "created_at": moment(one.created_at),
        "started_at": moment(one.started_at),
        "finished_at": moment(one.finished_at),
        "progress_at": moment(one.progress_at),
        "counts": asdict(one.counts),
        "processed": one.counts.processed,
        "listed": one.listed,
        "total": one.total,
        "percent": _percent(one),
        "rate_per_second": rate,
        "eta_seconds": _eta(one, rate),
        "limit": one.limit,
        "reason": one.reason,
        "stalled": one.stalled_at is not None,
        "stalled_at": moment(one.stalled_at),
        "wish": one.wish,
        "requested_by": one.requested_by or None,
        "version": one.version,
        "links": {"self": path} | {name: f"{path}/{name}" for name in FOLLOW_UPS},
    }


def _percent(one: Job) -> float | None:
    """Share of the items that ended; None while the listing goes on."""
    if one.total is None:
        return None
    if one.total == 0:
        return 100.0
    return round(100 * one.counts.processed / one.total, 1)


def _rate(one: Job, now: float) -> float | None:
    """Items a second since the job's start."""
    if one.started_at is None:
        return None
    seconds = (one.finished_at or now) - one.started_at
    return round(one.counts.processed / seconds, 2) if seconds > 0 else None


def _eta(one: Job, rate: float | None) -> float | None:
    """Seconds that the rest will take at the rate so far; None if nobody can tell."""
    if one.state is not JobState.RUNNING or one.total is None or not rate:
        return None
    return round((one.total - one.counts.processed) / rate, 1)


def item(one: LedgerItem, changes: Sequence[LedgerChange]) -> dict[str, Any]:
    """An item of a job with its changes, before and after."""
    return {
        "seq": one.seq,
        "id": one.item.id,
        "name": one.item.name,
        "series": one.item.series,
        "outcome": one.outcome,
        "reason": one.reason,
        "attempts": one.attempts,
        "seconds": round(one.seconds, 3),
        "changes": [_change(change) for change in changes],
    }


def _change(one: LedgerChange) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.change.kind,
        "entity": one.change.entity,
        "entity_id": one.change.entity_id,
        "action": one.change.action,
        "command": one.change.command or None,
        "state": one.state,
        "before": one.change.before,
        "after": one.change.after,
    }


def event(one: Event, taken: Sequence[TakenBy] = ()) -> dict[str, Any]:
    """An event of the inbox, and the jobs that took it."""
    return {
        "id": one.id,
        "host": one.host,
        "event": one.kind,
        "delivery": one.delivery,
        "library": one.library or None,
        "item": one.item or None,
        "routine": one.routine or None,
        "received_at": moment(one.received_at),
        "state": one.state,
        "note": one.note,
        "repeats": one.repeats,
        "repeated_at": moment(one.repeated_at),
        "jobs": [by._asdict() for by in taken],
    }


def waiting(one: Hold) -> dict[str, Any]:
    """What waits in the inbox of one host and library, and until when."""
    return {
        "host": one.host,
        "library": one.library or None,
        "first_at": moment(one.first_at),
        "last_at": moment(one.last_at),
        "count": one.count,
        "scans": one.scans,
        "due_at": moment(one.due_at),
        "latest_at": moment(one.latest_at),
        "reason": one.reason,
    }


def fire(one: Fire) -> dict[str, Any]:
    """One due time of a schedule, and what became of it."""
    return {
        "due_at": moment(one.due_at),
        "logged_at": moment(one.logged_at),
        "result": one.result,
        "reason": one.reason,
    }
