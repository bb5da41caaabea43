"""The live streams, which an asyncio loop serves and Flask does not route: by method and path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import Field

from shelfhook.web.api import examples
from shelfhook.web.api.operations import Operation, Reply, Tag
from shelfhook.web.bodies import Query

SSE: Final = "text/event-stream"
AGAIN: Final = (
    "After a break send the last id as `Last-Event-ID`. A comment comes every 15 seconds, so that a"
    " lost connection is noticed."
)


class LiveQuery(Query):
    """What to hear of."""

    topics: str = Field("", description="Names with commas between, such as `overview,inbox`.")
    job: str = Field("", description="Id of a job to follow besides.")


FOLLOW_JOB: Final = Operation(
    id="followJob",
    tag=Tag.LIVE,
    summary="A job live",
    about="Server-sent events: `snapshot` (the job as it is), `progress` (as it becomes) and"
    " `done`, after which it ends. The data are the job as `getJob` gives it, the ids its versions."
    f" {AGAIN}",
    replies={
        200: Reply(
            "The stream.", example=examples.stream("done", '{"state":"completed"}'), kinds=(SSE,)
        )
    },
    problems=(404,),
    path={"job_id": examples.JOB},
)

FOLLOW: Final = Operation(
    id="followAll",
    tag=Tag.LIVE,
    summary="Everything live",
    about="Server-sent events: `hello` (the server's time), `job` (each job as it changes),"
    f" `inbox`, `hosts`, `findings` and `schedules` (what has changed). {AGAIN}",
    replies={
        200: Reply(
            "The stream.",
            example='event: inbox\ndata: {"waiting":3,"last":"2026-03-01T03:00:00.000Z"}\n\n',
            kinds=(SSE,),
        )
    },
    problems=(400, 404),
    query=LiveQuery,
)

STREAMS: Final[Mapping[tuple[str, str], Operation]] = {
    ("GET", "/api/v1/jobs/{job_id}/events"): FOLLOW_JOB,
    ("GET", "/api/v1/live"): FOLLOW,
}
"""Described whether or not Flask has a route of this path, too."""
