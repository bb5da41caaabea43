"""The operations on hooks, the inbox and its events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shelfhook.web import catalogue
from shelfhook.web.api import answers, examples, letters
from shelfhook.web.api import answers_more as more
from shelfhook.web.api.operations import Operation, Reply, Tag
from shelfhook.web.bodies import Query

OPERATIONS: Final[Mapping[str, Operation]] = {
    "hooks.failed": Operation(
        id="deliverEvents",
        tag=Tag.HOOKS,
        summary="Deliver events of a host",
        about="The answer comes after the commit: what is answered with 202 is never lost. The same"
        " delivery (header `webhook-id`, or `id`) twice is one. Bodies of Komga's kin, Kapowarr,"
        " Mylar, Jellyfin and the like are understood as well, see docs/senders.md.",
        replies={
            202: Reply("Taken in.", more.Delivered, examples.DELIVERED),
            200: Reply(
                "All of it was known already, or there is nothing to do.",
                more.Delivered,
                {"events": [], "note": "nothing to do for this news of Sonarr"},
            ),
        },
        problems=(400, 404),
        access="hook",
        query=letters.HookQuery,
        body=letters.Letter,
        path={"host": "komga"},
        examples={
            "a scan": {"event": "library.scanned", "library": {"id": "L1"}},
            "a batch": {
                "id": "msg_2",
                "events": [{"event": "item.added", "library": "L1", "item": "B1"}],
            },
        },
    ),
    "lookups.waiting": Operation(
        id="getInbox",
        tag=Tag.INBOX,
        summary="What waits for a job",
        about="By host and library, since when, until when, and why longer: events of one library"
        " are gathered into one job.",
        replies={200: Reply("What waits.", answers.Inbox, {"waiting": [examples.WAITING]})},
        problems=(400,),
        query=Query,
    ),
    "catalogue.events": Operation(
        id="listEvents",
        tag=Tag.INBOX,
        summary="Events, newest first",
        about="Those that wait, and those that a job has taken or that were dropped.",
        replies={
            200: Reply(
                "A page.", answers.EventsPage, {"events": [examples.EVENT_SEEN], "next": None}
            )
        },
        problems=(400,),
        query=catalogue.EventsQuery,
    ),
    "lookups.event": Operation(
        id="getEvent",
        tag=Tag.INBOX,
        summary="What has become of an event",
        about="The jobs that have taken it, or why it was dropped.",
        replies={200: Reply("The event.", answers.Event, examples.EVENT_SEEN)},
        problems=(400, 404),
        query=Query,
        path={"event_id": examples.EVENT},
    ),
}
