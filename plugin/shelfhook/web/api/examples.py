"""Examples of answers, one for each; a test holds them against their models."""

from __future__ import annotations

from typing import Any, Final

JOB: Final = "7f0c2d5e-3b8a-4c1d-9e6f-5a4b3c2d1e0f"
DRY_RUN: Final = "1d40f2a6-90c3-4f7e-8b52-6e1f0a9d3c77"
RUNNING: Final = "c5e8a1b2-7d64-4e09-a3f8-2b9c0d1e4f56"
EVENT: Final = "e9ba7ea6c93d6b8c36a10aaa95cbb076"
SEEN: Final = "2026-03-01T03:00:00.000Z"
LATER: Final = "2026-03-01T03:00:12.500Z"
LINKS: Final = ("items", "events", "cancel", "pause", "resume", "retry", "undo", "apply")
UNCHANGED: Final = {"planned": 0, "skipped": 0, "failed": 0, "cancelled": 0}


def job(**other: Any) -> dict[str, Any]:
    """A job that has ended, but for what is given."""
    path = f"/api/v1/jobs/{JOB}"
    return {
        "id": JOB,
        "routine": "process-all",
        "host": "komga",
        "library": "L1",
        "trigger": "admin",
        "state": "completed",
        "priority": 0,
        "dry_run": False,
        "everything": False,
        "parent": None,
        "chosen_items": None,
        "created_at": SEEN,
        "started_at": SEEN,
        "finished_at": LATER,
        "progress_at": LATER,
        "counts": {"changed": 3, "unchanged": 47, **UNCHANGED},
        "processed": 50,
        "listed": 50,
        "total": 50,
        "percent": 100.0,
        "rate_per_second": 4.0,
        "eta_seconds": None,
        "limit": 0,
        "reason": "",
        "stalled": False,
        "stalled_at": None,
        "wish": None,
        "requested_by": "anna",
        "version": 57,
        "links": {"self": path} | {name: f"{path}/{name}" for name in LINKS},
        **other,
    }


def queued(**other: Any) -> dict[str, Any]:
    """A job that is new."""
    return job(
        state="queued",
        started_at=None,
        finished_at=None,
        progress_at=None,
        counts={"changed": 0, "unchanged": 0, **UNCHANGED},
        processed=0,
        listed=0,
        total=None,
        percent=None,
        rate_per_second=None,
        version=1,
        **other,
    )


ITEM: Final = {
    "seq": 0,
    "id": "B1",
    "name": "Saga 001 (2012).cbz",
    "series": "S1",
    "outcome": "changed",
    "reason": "",
    "attempts": 1,
    "seconds": 0.214,
    "changes": [
        {
            "id": 1,
            "kind": "fields",
            "entity": "book",
            "entity_id": "B1",
            "action": "normalize",
            "command": None,
            "state": "applied",
            "before": {"title": "saga 001", "tags": []},
            "after": {"title": "Saga #1", "tags": ["space opera"]},
        }
    ],
}
EVENT_SEEN: Final = {
    "id": EVENT,
    "host": "komga",
    "event": "library.scanned",
    "delivery": "msg_1",
    "library": "L1",
    "item": None,
    "routine": None,
    "received_at": SEEN,
    "state": "taken",
    "note": "",
    "repeats": 1,
    "repeated_at": LATER,
    "jobs": [{"job": JOB, "routine": "process-all", "state": "completed"}],
}
WAITING: Final = {
    "host": "komga",
    "library": "L1",
    "first_at": SEEN,
    "last_at": LATER,
    "count": 12,
    "scans": 1,
    "due_at": "2026-03-01T03:00:42.500Z",
    "latest_at": "2026-03-01T03:05:00.000Z",
    "reason": "",
}
FINDING: Final = {
    "id": 1,
    "job": JOB,
    "host": "komga",
    "library": "L1",
    "item": "B1",
    "name": "Saga 001 (2012).cbz",
    "series": "S1",
    "series_title": "Saga",
    "code": "archive.crc",
    "severity": "error",
    "message": "page 3 is damaged",
    "remedy": "get the file anew",
    "place": "p3.jpg",
    "action": "audit",
}
FINDINGS: Final = {
    "findings": [FINDING],
    "counts": [{"severity": "error", "code": "archive.crc", "count": 1}],
    "next": None,
}
ASIDE: Final = {
    "routine": "process-all",
    "host": "komga",
    "item_id": "B2",
    "name": "Broken 002.cbz",
    "failures": 3,
    "reason": "it cannot be read",
    "since": SEEN,
}
ROUTINE: Final = {
    "name": "nightly",
    "host": "komga",
    "libraries": ["Comics"],
    "filter": {"name": "", "series": "", "status": []},
    "actions": ["normalize", "audit"],
    "workers": 4,
    "priority": 0,
    "dry_run": False,
    "triggers": {
        "enabled": True,
        "events": ["library.scanned"],
        "timezone": "Europe/Berlin",
        "cron": "0 3 * * *",
        "misfire_hours": 6.0,
    },
    "callbacks": ["https://n8n.lan/webhook/books"],
    "notify": ["phone"],
}
FIRE: Final = {"due_at": SEEN, "logged_at": SEEN, "result": "ran", "reason": ""}
SCHEDULE: Final = {
    "routine": "nightly",
    "cron": "0 3 * * *",
    "timezone": "Europe/Berlin",
    "enabled": True,
    "paused_at": None,
    "paused_by": None,
    "next_at": "2026-03-02T02:00:00.000Z",
    "fires": [FIRE],
}
WELL: Final = {
    "ok": True,
    "age_seconds": 1.5,
    "message": "Komga 1.21.2",
    "version": "1.21.2",
    "events": {
        "ok": True,
        "source": "sse",
        "state": "connected",
        "received": 12,
        "unknown": {},
    },
}
HOST: Final = {
    "name": "komga",
    "kind": "komga",
    **WELL,
    "libraries": [{"id": "L1", "name": "Comics", "root": "/data/comics"}],
}
HEALTH: Final = {
    "status": "ok",
    "store": {"ok": True},
    "scheduler": {"ok": True, "age_seconds": 0.4},
    "loops": {"coalesce": {"ok": True, "age_seconds": 0.2}},
    "hosts": {"komga": WELL},
}
DELIVERED: Final = {"id": EVENT, "events": [{"id": EVENT, "duplicate": False}]}
METRICS: Final = "# TYPE shelfhook_store_up gauge\nshelfhook_store_up 1\n"
EXPORT: Final = "job,host,library,series,item_id,item,severity,code,place,message,remedy,action\n"


def stream(kind: str, data: str, version: int = 57) -> str:
    """One server-sent event as text."""
    return f"id: {version}\nevent: {kind}\ndata: {data}\n\n"
