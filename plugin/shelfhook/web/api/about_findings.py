"""The operations on findings and the quarantine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shelfhook.reports import MEDIA_TYPES
from shelfhook.web import findings
from shelfhook.web.api import answers_more as more
from shelfhook.web.api import examples
from shelfhook.web.api.operations import Operation, Reply, Tag

OPERATIONS: Final[Mapping[str, Operation]] = {
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
