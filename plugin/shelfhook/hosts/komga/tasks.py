"""Komga's queue of tasks, as far as its event stream tells of it: there is no call to ask.

`TaskQueueStatus` goes to administrators every 10 s. It counts the tasks that wait and those that
run; a task leaves the queue only after those that follow from it have come into it, so while a
command's work goes on the count is never 0.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

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


def backlog(events: Iterable[Event]) -> int | None:
    """How many tasks of these kinds the first status counts; None if there is no such event."""
    for event in events:
        if event.name == "TaskQueueStatus":
            count = _count(event.data)
            if count is not None:
                return count
    return None


def _count(data: str) -> int | None:
    """How many of our kinds a status holds; None if it is not what Komga sends."""
    try:
        status = json.loads(data)
    except (ValueError, RecursionError):
        return None
    kinds = status.get("countByType") if isinstance(status, dict) else None
    if not isinstance(kinds, dict):
        return None
    counts = [count for kind, count in kinds.items() if kind in OURS]
    return sum(counts) if all(isinstance(count, int) for count in counts) else None
