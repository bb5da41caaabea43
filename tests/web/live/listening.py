"""What the tests of the live room share."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from shelfhook.model import Job
from shelfhook.web.live.clients import Client, JobClient
from shelfhook.web.live.hub import Hub
from shelfhook.web.live.messages import Message, job_key, of_job, of_topic


def parsed(raw: bytes) -> list[Any]:
    """Server-sent events as (event, id, data); comments as text."""
    return [_one(block) for block in raw.decode().split("\n\n") if block]


def _one(block: str) -> Any:
    lines = [line for line in block.splitlines() if not line.startswith(":")]
    if not lines:
        return block
    fields = dict(line.split(": ", 1) for line in lines)
    return fields.get("event"), fields.get("id"), json.loads(fields.get("data", "null"))


def kinds(raw: bytes) -> list[str]:
    return [one if isinstance(one, str) else one[0] for one in parsed(raw)]


def inbox(last: int) -> Message:
    return of_topic("inbox", {"waiting": 0, "last": last})


class Round:
    """A hub's loop that the test turns by hand."""

    def __init__(self, limit: int = 1_000) -> None:
        self.later: list[Any] = []
        self.hub = Hub(limit, self.later.append)

    def turn(self) -> None:
        due, self.later[:] = list(self.later), []
        for call in due:
            call()

    def client(self, *topics: str, now: float = 0.0) -> Client:
        client = Client(topics, {})
        self.hub.join(client, now)
        return client

    def job_client(self, job: Job, seen: int | None = None) -> JobClient:
        client = JobClient(job_key(job.num), {}, seen)
        self.hub.join(client, 0.0)
        return client


def news_of(jobs: Iterable[Job]) -> list[Message]:
    return [of_job(job, 1_700_000_000.0) for job in jobs]
