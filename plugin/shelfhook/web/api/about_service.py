"""The operations on the service itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shelfhook.web import exposition
from shelfhook.web.api import answers_more as more
from shelfhook.web.api import examples
from shelfhook.web.api.operations import Operation, Reply, Tag
from shelfhook.web.bodies import Query

TAG: Final = {"ETag": "Digest of the document; send it back as If-None-Match."}
SAME: Final = Reply("You have it already.", headers=TAG)

OPERATIONS: Final[Mapping[str, Operation]] = {
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
        about="A viewer may look, and `web.metrics_token` opens it, too, and nothing else.",
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
