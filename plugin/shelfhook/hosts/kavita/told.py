"""What Kavita's hub tells, in the words that all hosts share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shelfhook.ports import Sign, Tiding

NO_ADMIN = "not an administrator: the hub does not tell of scans"
"""What LISTENING says for an account that is told nothing of Kavita's tasks."""
RECORD_END = "\x1e"
PING = {"type": 6}
_INVOCATION, _PING, _CLOSE = 1, 6, 7
_OF_SERIES = {"SeriesAdded": Sign.ADDED, "SeriesRemoved": Sign.REMOVED}
NOTHING_TO_US = frozenset(
    {
        "OnlineUsers",
        "UserProgressUpdate",
        "UserUpdate",
        "DashboardUpdate",
        "SideNavUpdate",
        "SiteThemeUpdated",
        "CollectionUpdated",
        "ScrobblingKeyExpired",
        "UpdateAvailable",
        "SendingToDevice",
        "LibraryModified",
        "VolumeRemoved",
        "Info",
        "Error",
    }
)
TASKS = frozenset(
    {
        "BackupDatabaseProgress",
        "CleanupProgress",
        "DownloadProgress",
        "SiteThemeProgress",
        "BookThemeProgress",
        "ConvertBookmarksProgress",
        "WordCountAnalyzerProgress",
        "SmartCollectionSync",
        "CoverUpdateProgress",
        "FileScanProgress",
    }
)
"""Progress of tasks that say nothing of a library that a scan's end would not say, too."""


class Hearing:
    """Reads the hub's messages one after the other; used by the one thread that listens.

    Args:
        library: the id of the library of a name; "" if there is none, or more than one.
        ours: whether a scan of this series is what we have asked for.
    """

    def __init__(self, library: Callable[[str], str], ours: Callable[[str], bool]) -> None:
        self._library = library
        self._ours = ours
        self._scanning: set[str] = set()
        self.closed = False
        """Whether the hub has taken its leave."""
        self.reason = ""
        """Why, if something was wrong."""

    def tidings(self, data: str | bytes) -> Iterator[Tiding]:
        """What a frame says; it may hold several messages. What is odd is UNKNOWN, no error."""
        text = data if isinstance(data, str) else data.decode("utf-8", "replace")
        for record in text.split(RECORD_END):
            if record:
                yield self._tiding(_an_object(record))

    def _tiding(self, message: Mapping[str, Any]) -> Tiding:
        kind = message.get("type")
        if kind == _PING:
            return Tiding(Sign.ALIVE)
        if kind == _CLOSE:
            self.closed, self.reason = True, str(message.get("error") or "")
            return Tiding(Sign.ALIVE)
        if kind != _INVOCATION:
            return Tiding(Sign.UNKNOWN, item=f"message of type {kind!r:.40}")
        arguments = message.get("arguments")
        first = arguments[0] if isinstance(arguments, list) and arguments else None
        told = first if isinstance(first, dict) else {}
        return self._event(_text(message, "target"), told)

    def _event(self, method: str, told: Mapping[str, Any]) -> Tiding:
        name = _text(told, "name") if method == "NotificationProgress" else method
        body = told.get("body")
        body = body if isinstance(body, dict) else {}
        if name == "ScanProgress":
            return self._scan(_text(told, "eventType"), body)
        library = _id(body, "libraryId")
        if name in _OF_SERIES and library:
            return Tiding(_OF_SERIES[name], library)
        if name == "ScanSeries" and library:
            ours = self._ours(_id(body, "seriesId"))
            return Tiding(Sign.ALIVE) if ours else Tiding(Sign.CHANGED, library)
        if name in ("ChapterRemoved", "ChapterUpdated") and (chapter := _id(body, "chapterId")):
            sign = Sign.REMOVED if name == "ChapterRemoved" else Sign.CHANGED
            return Tiding(sign, item=chapter)
        if name == "CoverUpdate" and (entity := _id(body, "id")):
            is_book = body.get("entityType") == "chapter"
            return Tiding(Sign.CHANGED, item=entity) if is_book else Tiding(Sign.ALIVE)
        if name in NOTHING_TO_US or name in TASKS:
            return Tiding(Sign.ALIVE)
        return Tiding(Sign.UNKNOWN, item=name[:80])

    def _scan(self, step: str, body: Mapping[str, Any]) -> Tiding:
        """A step of a scan: its beginning and end name a series if it is one of that series only.

        The end of such a one is no end of the library's scan: `ScanSeries` tells of the series.
        """
        name, series = _text(body, "libraryName"), _text(body, "seriesName")
        if step in ("started", "ended") and not series:
            ended = step == "ended"
            (self._scanning.discard if ended else self._scanning.add)(name)
            return Tiding(Sign.SCANNED if ended else Sign.BUSY, self._library(name))
        if step in ("started", "updated", "ended"):
            busy = name in self._scanning
            return Tiding(Sign.BUSY, self._library(name)) if busy else Tiding(Sign.ALIVE)
        return Tiding(Sign.UNKNOWN, item=f"ScanProgress {step}"[:80])


def _an_object(record: str) -> Mapping[str, Any]:
    try:
        found = json.loads(record)
    except (ValueError, RecursionError):
        return {"type": "no JSON"}
    return found if isinstance(found, dict) else {"type": "no object"}


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""


def _id(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    is_number = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return str(value) if is_number else ""
