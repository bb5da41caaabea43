"""Komga's queue of tasks, as far as its event stream tells of it: there is no call to ask.

`TaskQueueStatus` goes to administrators every 10 s. It counts the tasks that wait and those that
run; a task leaves the queue only after those that follow from it have come into it, so while a
command's work goes on the count is never 0.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shelfhook.hosts.sse import Event

OURS = frozenset(
    {
        "ScanLibrary",
        "AnalyzeBook",
        "GenerateBookThumbnail",
        "RefreshBookMetadata",
        "RefreshBookLocalArtwork",
        "RefreshSeriesMetadata",
        "RefreshSeriesLocalArtwork",
        "AggregateSeriesMetadata",
    }
)
"""The kinds that follow from our writes and commands and from a file that we changed.

All others do not count. Komga makes them of its own will after a scan or at its start, with the
lowest priority (hashes, conversions, the search for pages to remove), so they can wait for weeks
(komga#1426); or somebody else asked for them (imports, deletions, a new index).
"""


SCAN = frozenset(
    {
        "ScanLibrary",
        "AnalyzeBook",
        "RefreshBookMetadata",
        "RefreshSeriesMetadata",
        "AggregateSeriesMetadata",
    }
)
"""The kinds after which a scan's books are as the scan leaves them; covers come later."""
STATUS = "TaskQueueStatus"


@dataclass(frozen=True, slots=True)
class Tasks:
    """How many tasks a status counts of those that we may cause, and of a scan's."""

    ours: int
    scan: int


def backlog(events: Iterable[Event]) -> int | None:
    """How many tasks of ours the first status counts; None if there is no such event."""
    for event in events:
        if event.name == STATUS:
            tasks = read(event.data)
            if tasks is not None:
                return tasks.ours
    return None


def read(data: str) -> Tasks | None:
    """What a status counts; None if it is not what Komga sends."""
    try:
        status = json.loads(data)
    except (ValueError, RecursionError):
        return None
    kinds = status.get("countByType") if isinstance(status, dict) else None
    if not isinstance(kinds, dict):
        return None
    if not all(isinstance(kinds[kind], int) for kind in kinds.keys() & OURS):
        return None
    return Tasks(_sum(kinds, OURS), _sum(kinds, SCAN))


def _sum(kinds: Mapping[str, int], which: frozenset[str]) -> int:
    return sum(count for kind, count in kinds.items() if kind in which)
