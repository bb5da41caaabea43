"""What is told of a job, as documents for programs and as values for templates."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from shelfhook.model import Job
from shelfhook.rules import callbacks, wording
from shelfhook.settings import NotificationSettings
from shelfhook.store.outgoing import Channel
from shelfhook.store.outgoing_operations import Message
from shelfhook.store.status import Beat

MOST_LISTED = 20
"""Jobs that one gathered message names; the rest are counted."""
TEST = "test"
DIGEST = "digest"


def document(job: Job) -> dict[str, Any]:
    """A job as the API shows it, as far as it is told to others: same names, same meanings."""
    return {
        "id": job.id,
        "routine": job.routine,
        "host": job.host,
        "library": job.library,
        "trigger": str(job.trigger),
        "state": str(job.state),
        "dry_run": job.dry_run,
        "parent": job.parent or None,
        "created_at": moment(job.created_at),
        "started_at": moment(job.started_at),
        "finished_at": moment(job.finished_at),
        "counts": asdict(job.counts),
        "processed": job.counts.processed,
        "listed": job.listed,
        "total": job.total,
        "reason": job.reason,
        "version": job.version,
    }


def moment(seconds: float | None) -> str | None:
    """Seconds since the epoch as ISO 8601 in UTC."""
    if seconds is None:
        return None
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def callback(job: Job, url: str, kind: str, now: float) -> Message:
    """A message to a program: type, time and data, as Standard Webhooks proposes.

    Raises:
        ValueError: the URL is none that is called.
    """
    body = {"type": kind, "timestamp": moment(now), "data": document(job)}
    return Message(
        job_num=job.num,
        channel=Channel.CALLBACK,
        target=url,
        receiver=callbacks.target(url).receiver,
        kind=kind,
        message=new_id(),
        body=json.dumps(body, separators=(",", ":")),
        version=job.version,
        now=now,
        due_at=now,
    )


def notice(
    job: Job | None, receiver: str, kind: str, now: float, due_at: float, body: str = ""
) -> Message:
    """A message to people; its words are made when it is sent.

    Args:
        receiver: name of the notification and place of the URL, as the settings' `receivers` are.
    """
    return Message(
        job_num=job.num if job else None,
        channel=Channel.NOTIFICATION,
        target=receiver,
        receiver=receiver,
        kind=kind,
        message=new_id(),
        body=body,
        version=job.version if job else 0,
        now=now,
        due_at=due_at,
    )


def new_id() -> str:
    """A `webhook-id`."""
    return f"msg_{uuid.uuid4().hex}"


def view(job: Job, names: Mapping[tuple[str, str], str], found: int) -> dict[str, Any]:
    """A job as templates see it; the names are those of `wording.SAMPLE_JOB`.

    Args:
        names: of libraries, by host and id.
        found: how many findings the job has recorded.
    """
    ended = job.finished_at or job.progress_at
    known = document(job)
    wanted = {name: known[name] for name in wording.SAMPLE_JOB["job"] if name in known}
    return wanted | {
        "library": names.get((job.host, job.library), job.library),
        "findings": found,
        "seconds": round(ended - job.started_at, 1) if ended and job.started_at else 0.0,
    }


def library_names(beats: Iterable[Beat]) -> dict[tuple[str, str], str]:
    """Names of libraries by host and id, as the hosts have told them last."""
    return {
        (beat.name.removeprefix("host:"), str(one["id"])): str(one["name"])
        for beat in beats
        if beat.name.startswith("host:")
        for one in beat.detail.get("libraries") or ()
    }


def words(
    notification: NotificationSettings, views: Sequence[tuple[str, Mapping[str, Any]]]
) -> tuple[str, str]:
    """Title and text about one job, or about several that have been gathered.

    Args:
        views: what happened to each job, and the job as `view` gives it.

    Raises:
        wording.FAULTS: the template cannot be filled in with these.
    """
    values = [{"event": event, "job": job} for event, job in views]
    titles = [wording.rendered(notification.title, one) for one in values[:MOST_LISTED]]
    bodies = [wording.rendered(notification.body, one) for one in values[:MOST_LISTED]]
    if len(values) == 1:
        return titles[0], bodies[0]
    lines = [f"{title}\n{body}" for title, body in zip(titles, bodies, strict=True)]
    if len(values) > MOST_LISTED:
        lines.append(f"… and {len(values) - MOST_LISTED} more jobs.")
    return f"Shelfhook: {len(values)} jobs", "\n\n".join(lines)


def digest_words(notification: NotificationSettings, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Title and text of a digest."""
    values = {"event": DIGEST, "digest": facts}
    return (
        wording.rendered(notification.digest_title, values),
        wording.rendered(notification.digest_body, values),
    )


def test_words(name: str) -> tuple[str, str]:
    """Title and text of a test."""
    return "Shelfhook: a test", f"This is what the notification '{name}' arrives like."


def happened(facts: Mapping[str, Any]) -> bool:
    """Whether a digest has anything to tell: jobs that changed nothing are no news."""
    items, states = facts["items"], facts["states"]
    news = (items["changed"], items["planned"], items["failed"], states["failed"])
    return any(news) or bool(states["cancelled"] or facts["findings"] or facts["missed"])
