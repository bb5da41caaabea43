"""What a stream's request asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from shelfhook.model import Job
from shelfhook.web.context import Web
from shelfhook.web.jobs import checked_id
from shelfhook.web.live.messages import EVERYTHING, TOPICS
from shelfhook.web.problems import Problem

PATHS = re.compile(r"/api(?:/v1)?/(?:live|jobs/([^/]+)/events)")
PARAMETERS = ("topics", "job")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stream's subject.

    Attributes:
        job: the job that is named; None if none is.
        topics: what is asked for besides.
        events: whether it is the stream of that job alone, with its own events.
    """

    job: Job | None
    topics: frozenset[str] = frozenset()
    events: bool = False


def takes(path: str) -> bool:
    """Whether this is a stream's path."""
    return path.startswith("/api/") and PATHS.fullmatch(path) is not None


def wanted(web: Web, environ: Mapping[str, Any]) -> Wanted:
    """Read a request; asks the store for the job.

    Raises:
        Problem: the query is wrong.
        Unknown: there is no such job.
        StoreUnavailable: the database is away.
    """
    found = PATHS.fullmatch(environ["PATH_INFO"])
    assert found is not None
    if found[1] is not None:
        return Wanted(_job(web, found[1]), events=True)
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    for name in query.keys() - set(PARAMETERS):
        raise Problem(400, f"unknown parameter; known: {', '.join(PARAMETERS)}", field=name[:100])
    topics = frozenset(_topics(",".join(query.get("topics", []))))
    job = _job(web, query["job"][-1]) if query.get("job") else None
    if not topics and job is None:
        raise Problem(400, "say what to look at: topics=overview, or job=<id>", field="topics")
    return Wanted(job, topics)


def _topics(listed: str) -> list[str]:
    names = [name.strip() for name in listed.split(",") if name.strip()]
    if not {*names} <= {*TOPICS, EVERYTHING}:
        known = ", ".join((EVERYTHING, *TOPICS))
        raise Problem(400, f"unknown topic; known: {known}", field="topics")
    return names


def _job(web: Web, job_id: str) -> Job:
    return web.store.jobs.get(checked_id(job_id))


def last_seen(environ: Mapping[str, Any]) -> int | None:
    """The version that a client says it has seen; what makes no sense counts as none."""
    given = environ.get("HTTP_LAST_EVENT_ID", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
