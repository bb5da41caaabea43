"""The operations on the inbox, findings, routines, schedules, hosts and the service itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shelfhook.reports import MEDIA_TYPES
from shelfhook.web import catalogue, exposition, findings, lookups
from shelfhook.web.api import answers, examples, letters
from shelfhook.web.api import answers_more as more
from shelfhook.web.api.operations import Operation, Reply, Tag
from shelfhook.web.bodies import Query

TAG: Final = {"ETag": "Digest of the document; send it back as If-None-Match."}
SAME: Final = Reply("You have it already.", headers=TAG)

INBOX: Final[Mapping[str, Operation]] = {
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
        about="By host and library; events of one library are gathered into one job.",
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
        about="The ids of the jobs that have taken it, or why it was dropped.",
        replies={
            200: Reply(
                "The event.", answers.TakenEvent, {**examples.EVENT_SEEN, "jobs": [examples.JOB]}
            )
        },
        problems=(400, 404),
        query=Query,
        path={"event_id": examples.EVENT},
    ),
}

FINDINGS: Final[Mapping[str, Operation]] = {
    "findings.listed": Operation(
        id="listFindings",
        tag=Tag.FINDINGS,
        summary="What audits have found",
        about="Of one job, or (without `job`) what holds now. `code` is the beginning of a code.",
        replies={200: Reply("A page.", more.FindingsPage, examples.FINDINGS)},
        problems=(400, 404),
        query=findings.Listed,
    ),
    "findings.export": Operation(
        id="exportFindings",
        tag=Tag.FINDINGS,
        summary="All findings as a file",
        about="Made as it is sent: CSV, JSON or a page to look at.",
        replies={
            200: Reply(
                "The file.",
                example=examples.EXPORT,
                kinds=tuple(MEDIA_TYPES.values()),
                headers={"Content-Disposition": "The file's name."},
            )
        },
        problems=(400, 404),
        query=findings.Export,
    ),
    "findings.quarantine": Operation(
        id="listQuarantine",
        tag=Tag.FINDINGS,
        summary="Items that are set aside",
        about="They failed in several jobs in a row (`engine.quarantine_after`).",
        replies={200: Reply("A page.", more.AsidePage, {"items": [examples.ASIDE], "next": None})},
        problems=(400,),
        query=findings.AsideQuery,
    ),
    "findings.release": Operation(
        id="releaseItem",
        tag=Tag.FINDINGS,
        summary="Let an item be tried again",
        about="By the next job that meets it; without `routine` by those of all routines.",
        replies={200: Reply("It is released.", more.ReleasedItem, {"released": "B2"})},
        problems=(400, 404),
        access="operator",
        body=findings.Released,
        examples={"one item": {"host": "komga", "item": "B2"}},
    ),
}

CATALOGUE: Final[Mapping[str, Operation]] = {
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
    "catalogue.schedules": Operation(
        id="listSchedules",
        tag=Tag.CATALOGUE,
        summary="When routines run by themselves",
        about="With the latest due times of each (`limit`), and what became of them.",
        replies={200: Reply("All.", more.Schedules, {"schedules": [examples.SCHEDULE]})},
        problems=(400,),
        query=catalogue.FiresQuery,
    ),
    "lookups.fires": Operation(
        id="listFires",
        tag=Tag.CATALOGUE,
        summary="The fire log of a schedule",
        about="Latest due time first: ran, skipped or missed, and why.",
        replies={200: Reply("A page.", more.Fires, {"fires": [examples.FIRE], "next": None})},
        problems=(400, 404),
        query=lookups.LogQuery,
        path={"routine": "nightly"},
    ),
}

SERVICE: Final[Mapping[str, Operation]] = {
    "catalogue.manifest": Operation(
        id="getManifest",
        tag=Tag.SERVICE,
        summary="Who the plugin is and what it can do",
        about="Its schema is docs/manifest.schema.json.",
        replies={
            200: Reply(
                "The manifest.",
                more.Document,
                {"id": "shelfhook", "version": "0.1.0"},
                headers=TAG,
            ),
            304: SAME,
        },
        problems=(400,),
        query=Query,
    ),
    "health.health": Operation(
        id="getHealth",
        tag=Tag.SERVICE,
        summary="Is all well?",
        about="`degraded` says that a host is down, which is no fault of ours.",
        replies={
            200: Reply("Everything runs.", more.Health, examples.HEALTH),
            503: Reply(
                "Nothing would be done.",
                more.Health,
                {
                    "status": "failing",
                    "store": {"ok": False, "message": "it does not answer"},
                    "scheduler": None,
                    "loops": {},
                    "hosts": {},
                },
            ),
        },
        access="public",
    ),
    "health.live": Operation(
        id="getLive",
        tag=Tag.SERVICE,
        summary="Does this process answer?",
        about="Asks nobody else, for a restart heals nobody else.",
        replies={200: Reply("It does.", more.Live, {"status": "live"})},
        access="public",
    ),
    "health.ready": Operation(
        id="getReady",
        tag=Tag.SERVICE,
        summary="Would work be done?",
        about="Whether the store answers and an engine holds the lease and beats.",
        replies={
            200: Reply("It would.", more.Ready, {"status": "ready", "reasons": []}),
            503: Reply(
                "It would not.",
                more.Ready,
                {"status": "unready", "reasons": ["no engine has ever held the lease"]},
            ),
        },
        access="public",
    ),
    "metrics.metrics": Operation(
        id="getMetrics",
        tag=Tag.SERVICE,
        summary="What Prometheus may know",
        about="`web.metrics_token` opens it, too, and nothing else.",
        replies={200: Reply("All.", example=examples.METRICS, kinds=(exposition.CONTENT_TYPE,))},
        access="metrics",
    ),
    "api.document": Operation(
        id="getDescription",
        tag=Tag.SERVICE,
        summary="This document",
        about="OpenAPI 3.1.",
        replies={
            200: Reply("The document.", more.Document, {"openapi": "3.1.0"}, headers=TAG),
            304: SAME,
        },
    ),
    "api.page": Operation(
        id="getTryPage",
        tag=Tag.SERVICE,
        summary="A page to try the API",
        about="For people. Nothing on it comes from elsewhere.",
        replies={200: Reply("The page.", example="<!doctype html>…", kinds=("text/html",))},
    ),
    "api.asset": Operation(
        id="getTryPageFile",
        tag=Tag.SERVICE,
        summary="A file of the page to try the API",
        about="Its script and its style sheet.",
        replies={
            200: Reply(
                "The file.", example="…", kinds=("text/javascript", "text/css"), headers=TAG
            ),
            304: SAME,
        },
        problems=(404,),
        path={"name": "try.js"},
    ),
}
