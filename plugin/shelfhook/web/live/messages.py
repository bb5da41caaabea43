"""What is told to those who look, encoded once for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shelfhook.model import Job
from shelfhook.web import shapes
from shelfhook.web.lean import dump

TOPICS = ("jobs", "inbox", "hosts", "findings", "schedules")
EVERYTHING = "overview"
"""The topic that is all of them."""
BEAT = b": beat\n\n"
HEARD = b": beat\nevent: beat\ndata: {}\n\n"
"""A heartbeat that a page can hear: an EventSource does not tell of comments."""


@dataclass(frozen=True, slots=True)
class Message:
    """One piece of news.

    Attributes:
        key: what it is about; of several with the same key a client needs the last.
        topics: who hears of it.
        data: the document as JSON.
        event: the whole server-sent event for `/api/v1/live`.
        job: number, version and whether its state is final, for news of a job; else None.
    """

    key: str
    topics: tuple[str, ...]
    data: bytes
    event: bytes
    job: tuple[int, int, bool] | None = None


def event(name: str, data: bytes, number: int | None = None) -> bytes:
    """A server-sent event. JSON as we write it has no line breaks."""
    mark = b"" if number is None else b"id: %d\n" % number
    return b"%sevent: %s\ndata: %s\n\n" % (mark, name.encode(), data)


def of_job(job: Job, now: float) -> Message:
    """A job has changed."""
    data = dump(shapes.job(job, now))
    return Message(
        job_key(job.num),
        ("jobs", job_key(job.num)),
        data,
        event("job", data),
        (job.num, job.version, job.state.final),
    )


def gone(num: int) -> Message:
    """A job is no longer kept; only those who follow it need to know."""
    return Message(job_key(num), (job_key(num),), b"", b"", (num, -1, True))


def job_key(num: int) -> str:
    """Key and topic of one job."""
    return f"job:{num}"


def of_topic(topic: str, document: Any, part: str = "") -> Message:
    """Something else has changed; `part` tells apart what must not replace one another."""
    data = dump(document)
    return Message(f"{topic}:{part}", (topic,), data, event(topic, data))


def topics(named: Iterable[str]) -> set[str]:
    """The topics that names stand for."""
    found = set(named)
    return (found - {EVERYTHING}) | set(TOPICS) if EVERYTHING in found else found
