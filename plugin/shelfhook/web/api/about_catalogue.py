"""The operations on routines, schedules and hosts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shelfhook.web import schedules
from shelfhook.web.api import answers_more as more
from shelfhook.web.api import examples
from shelfhook.web.api.operations import Operation, Reply, Tag
from shelfhook.web.bodies import Nothing, Query

TAG: Final = {"ETag": "Digest of the document; send it back as If-None-Match."}
NIGHTLY: Final = {"routine": "nightly"}
PAUSED: Final = {
    **examples.SCHEDULE,
    "paused_at": examples.SEEN,
    "paused_by": "anna",
    "next_at": None,
}
SAME: Final = Reply("You have it already.", headers=TAG)

OPERATIONS: Final[Mapping[str, Operation]] = {
    "catalogue.hosts": Operation(
        id="listHosts",
        tag=Tag.CATALOGUE,
        summary="The hosts, their libraries and how they are",
        about="`down` is there while a host is not called: why, and when it is tried again.",
        replies={200: Reply("All hosts.", more.Hosts, {"hosts": [examples.HOST]})},
        problems=(400,),
        query=Query,
    ),
    "catalogue.routines": Operation(
        id="listRoutines",
        tag=Tag.CATALOGUE,
        summary="The routines as they are configured",
        about="Without the parameters of their actions, which may be secret.",
        replies={
            200: Reply("All.", more.Routines, {"routines": [examples.ROUTINE]}, headers=TAG),
            304: SAME,
        },
        problems=(400,),
        query=Query,
    ),
    "schedules.listed": Operation(
        id="listSchedules",
        tag=Tag.CATALOGUE,
        summary="When routines run by themselves",
        about="With the latest due times of each (`limit`), and what became of them.",
        replies={200: Reply("All.", more.Schedules, {"schedules": [examples.SCHEDULE]})},
        problems=(400,),
        query=schedules.FiresQuery,
    ),
    "schedules.fires": Operation(
        id="listFires",
        tag=Tag.CATALOGUE,
        summary="The fire log of a schedule",
        about="Latest due time first: ran, skipped or missed, and why.",
        replies={200: Reply("A page.", more.Fires, {"fires": [examples.FIRE], "next": None})},
        problems=(400, 404),
        query=schedules.FireLogQuery,
        path=NIGHTLY,
    ),
    "schedules.pause": Operation(
        id="pauseSchedule",
        tag=Tag.CATALOGUE,
        summary="Pause a schedule",
        about="Its due times are skipped until somebody resumes it, also over restarts. Events and"
        " people can still start the routine. Twice is as good as once.",
        replies={200: Reply("It is paused.", more.Schedule, PAUSED)},
        problems=(400, 404, 409),
        access="operator",
        body=Nothing,
        path=NIGHTLY,
        examples={"nothing": {}},
    ),
    "schedules.resume": Operation(
        id="resumeSchedule",
        tag=Tag.CATALOGUE,
        summary="Let a schedule go on",
        about="From its next due time on. Twice is as good as once.",
        replies={200: Reply("It goes on.", more.Schedule, examples.SCHEDULE)},
        problems=(400, 404, 409),
        access="operator",
        body=Nothing,
        path=NIGHTLY,
        examples={"nothing": {}},
    ),
}
