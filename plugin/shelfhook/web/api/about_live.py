"""The live streams, which an asyncio loop serves and Flask does not route: by method and path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import Field

from shelfhook.web.api import examples
from shelfhook.web.api.operations import Operation, Reply, Tag
from shelfhook.web.bodies import Query
from shelfhook.web.live.messages import EVERYTHING, TOPICS

SSE: Final = "text/event-stream"
NAME: Final = f"({'|'.join((EVERYTHING, *TOPICS))})"
AGAIN: Final = "After a break send the last id as `Last-Event-ID`."
BEAT: Final = "a heartbeat comes every 15 seconds, so that a lost connection is noticed."


class LiveQuery(Query):
    """What to hear of."""

    topics: str = Field(
        "",
        description=f"Names with commas between: {', '.join(TOPICS)}, or {EVERYTHING} for all.",
        json_schema_extra={"pattern": f"^({NAME}(,{NAME})*)?$", "examples": [EVERYTHING]},
    )
    job: str = Field(
        "",
        description="Id of a job to follow, besides or alone.",
        json_schema_extra={"pattern": "^([0-9a-fA-F-]{8,36})?$"},
    )


FOLLOW_JOB: Final = Operation(
    id="followJob",
    tag=Tag.LIVE,
    summary="A job live",
    about="Server-sent events: `snapshot` (the job as it is), `progress` (as it becomes) and"
    " `done`, after which it ends. The data are the job as `getJob` gives it, the ids its versions."
    f" {AGAIN} As a comment {BEAT}",
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
    " `inbox` (how many events wait), `hosts` (names of those that have changed), `findings` and"
    " `schedules` (a number that grows). It begins with how things are, also after a break."
    f" `topics` or `job` must be given. As the event `beat` {BEAT}",
    replies={
        200: Reply(
            "The stream.",
            example='event: inbox\ndata: {"waiting":3,"last":120}\n\n',
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
