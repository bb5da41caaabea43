"""The operations on what was recorded, and on messages to others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shelfhook.web import notifications, records
from shelfhook.web.api import answers_records as kept
from shelfhook.web.api import examples, examples_more
from shelfhook.web.api.operations import Operation, Reply, Tag
from shelfhook.web.bodies import Nothing, Query

JOB: Final = {"job_id": examples.JOB}

OPERATIONS: Final[Mapping[str, Operation]] = {
    "records.samples": Operation(
        id="getSamples",
        tag=Tag.JOBS,
        summary="How a job went along",
        about="Items done, items failed and the limit over time, to draw a curve of.",
        replies={200: Reply("All.", kept.Samples, {"samples": [examples_more.SAMPLE]})},
        problems=(400, 404),
        query=Query,
        path=JOB,
    ),
    "records.log": Operation(
        id="listLog",
        tag=Tag.JOBS,
        summary="A job's log",
        about="In order: who wished what, when it began, paused and ended, and what went wrong.",
        replies={200: Reply("A page.", kept.Log, {"lines": [examples_more.LINE], "next": None})},
        problems=(400, 404),
        query=records.LogQuery,
        path=JOB,
    ),
    "records.rejections": Operation(
        id="listRejections",
        tag=Tag.INBOX,
        summary="Deliveries that were turned away",
        about="Newest first, with the reason and who sent them; never what was in them.",
        replies={
            200: Reply(
                "A page.",
                kept.Rejections,
                {"rejections": [examples_more.REJECTION], "next": None},
            )
        },
        problems=(400,),
        query=records.Newest,
    ),
    "notifications.notifications": Operation(
        id="listNotifications",
        tag=Tag.NOTIFICATIONS,
        summary="Whom Shelfhook tells what",
        about="And how the last message to each receiver went.",
        replies={
            200: Reply("All.", kept.Notifications, {"notifications": [examples_more.NOTIFICATION]})
        },
        problems=(400,),
        query=Query,
    ),
    "notifications.test": Operation(
        id="testNotification",
        tag=Tag.NOTIFICATIONS,
        summary="Send a test",
        about="To each receiver of a notification. `listOutgoing` shows how that goes.",
        replies={202: Reply("The engine sends it.", kept.Queued, {"outgoing": [7]})},
        problems=(400, 404, 409),
        access="operator",
        body=Nothing,
        path={"notification": "phone"},
        examples={"nothing": {}},
    ),
    "notifications.outgoing": Operation(
        id="listOutgoing",
        tag=Tag.NOTIFICATIONS,
        summary="Callbacks and notifications that were sent, or wait",
        about="Newest first, with what has become of each.",
        replies={
            200: Reply(
                "A page.", kept.OutgoingPage, {"outgoing": [examples_more.OUTGOING], "next": None}
            )
        },
        problems=(400, 404),
        query=notifications.OutgoingQuery,
    ),
}
