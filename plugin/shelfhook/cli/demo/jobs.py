"""Jobs as the service's API shows them."""

from __future__ import annotations

import threading
from typing import Any, TypeAlias

from shelfhook.cli.demo.service import LOOK, DemoFailed, Service
from shelfhook.cli.differences import Difference, differences_of
from shelfhook.cli.follow import Look
from shelfhook.model import JobState, Outcome
from shelfhook.ports import Clock

Job: TypeAlias = dict[str, Any]
"""A job as the API shows it."""

FIRST_CHANGES = 8
JOB_SECONDS = 20.0
"""Longest time from a scan's end until its job is there."""


def await_job(service: Service, previous: str, clock: Clock) -> Job:
    """The job that comes after another one ("": after none).

    Raises:
        DemoFailed: none comes.
    """
    never = threading.Event()
    until = clock.monotonic() + JOB_SECONDS
    while clock.monotonic() < until:
        jobs: list[Job] = service.get("/api/jobs?limit=1")["jobs"]
        if jobs and jobs[0]["id"] != previous:
            return jobs[0]
        clock.wait(never, LOOK)
    raise DemoFailed(f"the webhook became no job within {JOB_SECONDS:g} s")


def look_at(service: Service, job_id: str) -> Look:
    """A job at this moment."""
    document: Job = service.get(f"/api/jobs/{job_id}")
    return Look(
        JobState(document["state"]),
        document["processed"],
        document["total"],
        document["counts"],
        document["reason"],
    )


def first_changes(service: Service, job: Job) -> list[Difference]:
    """What a job has changed first, before and after."""
    query = f"?outcome={Outcome.CHANGED}&limit={FIRST_CHANGES}"
    items = service.get(f"/api/jobs/{job['id']}/items{query}")["items"]
    shown = [
        difference
        for item in items
        for change in item["changes"]
        for difference in differences_of(item["name"], change)
    ]
    return shown[:FIRST_CHANGES]
