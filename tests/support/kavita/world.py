"""What the fake holds: libraries, series, volumes, chapters, and the files behind them."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.kavita import shapes
from tests.support.kavita.shapes import Doc
from tests.support.kavita.version import HIDDEN, OLD, Version

ADMIN_KEY, READER_KEY = "adm1n-k3y-of-k4vita", "r3ader-k3y-of-k4vita"
PASSWORD = "pa55-w0rd-of-kavita"
Emit = Callable[[str, Doc, bool], None]
"""Told of each event: method, envelope, whether administrators alone get it."""


class World:
    """All documents, by id. The lock guards them: handlers and tests come from many threads.

    Args:
        version: which Kavita it is.
    """

    def __init__(self, version: Version = OLD) -> None:
        self.version = version
        self.lock = threading.RLock()
        self.emit: Emit = lambda method, envelope, admins: None
        self.libraries: dict[int, Doc] = {}
        self.series: dict[int, Doc] = {}
        self.metadata: dict[int, Doc] = {}
        self.volumes: dict[int, Doc] = {}
        self.chapters: dict[int, Doc] = {}
        self.in_files: dict[int, Doc] = {}
        """What the ComicInfo of each chapter's file says."""
        self.contents: dict[int, bytes] = {}
        self.lists: dict[int, Doc] = {}
        self.list_items: dict[int, list[tuple[int, int]]] = {}
        self.spelt: dict[tuple[str, str], Doc] = {}
        self._last: dict[str, int] = {}
        self._clock = datetime(2024, 6, 1, tzinfo=UTC)

    def next_id(self, table: str) -> int:
        """Ids only grow, as SQLite's AUTOINCREMENT has it."""
        self._last[table] = self._last.get(table, 0) + 1
        return self._last[table]

    def now(self) -> str:
        """A time later than all before, as .NET writes one without a zone."""
        self._clock += timedelta(milliseconds=1500)
        return self._clock.replace(tzinfo=None).isoformat()

    # -- what a person or a disk does --

    def add_library(self, name: str) -> int:
        with self.lock:
            number = self.next_id("library")
            self.libraries[number] = shapes.library(number, name, f"/books/{name}")
            return number

    def add_series(self, library: int, name: str, issues: int = 0) -> int:
        with self.lock:
            number = self.next_id("series")
            self.series[number] = shapes.series(number, library, name, self.now())
            self.metadata[number] = shapes.metadata(number)
            volume = self.next_id("volume")
            self.volumes[volume] = shapes.volume(volume, number, self.now())
            for _ in range(issues):
                self.add_chapter(number)
            return number

    def add_chapter(self, series: int, **in_file: Any) -> int:
        """A file on the disk that a scan has found."""
        with self.lock:
            volume = next(one for one in self.volumes.values() if one["seriesId"] == series)
            issue = sum(one["volumeId"] == volume["id"] for one in self.chapters.values()) + 1
            number, now = self.next_id("chapter"), self.now()
            path = f"{self.series[series]['folderPath']}/{issue:03}.cbz"
            self.chapters[number] = shapes.chapter(number, volume["id"], issue, path, now)
            self.in_files[number] = dict(in_file)
            self.contents[number] = b"PK" + str(number).encode() * 500
            self.series[series]["lastChapterAdded"] = now
            self._take_from_file(number)
            return number

    def replace_file(self, chapter: int, size: int) -> None:
        with self.lock:
            self.chapters[chapter]["files"][0]["bytes"] = size

    def remove_chapter(self, chapter: int) -> None:
        with self.lock:
            series = self.series_of(chapter)
            del self.chapters[chapter]
            self.tell("ChapterRemoved", {"chapterId": chapter, "seriesId": (series or {})["id"]})

    def remove_series(self, series: int) -> None:
        with self.lock:
            gone = self.series.pop(series)
            del self.metadata[series]
            for volume in [one for one in self.volumes.values() if one["seriesId"] == series]:
                del self.volumes[volume["id"]]
                for chapter in self.chapters_of(volume["id"]):
                    del self.chapters[chapter["id"]]
            self.tell("SeriesRemoved", self._about(gone))

    # -- what is asked --

    def series_of(self, chapter: int) -> Doc | None:
        found = self.chapters.get(chapter)
        if found is None:
            return None
        return self.series[self.volumes[found["volumeId"]]["seriesId"]]

    def chapters_of(self, volume: int) -> list[Doc]:
        return [one for one in self.chapters.values() if one["volumeId"] == volume]

    def shown(self, chapter: Doc) -> Doc:
        """A chapter as this version shows it."""
        found = copy.deepcopy(chapter)
        if not self.version.shows_locks:
            for name in HIDDEN:
                del found[name]
        return found

    def volumes_of(self, series: int) -> Iterator[Doc]:
        for volume in self.volumes.values():
            if volume["seriesId"] == series:
                chapters = [self.shown(one) for one in self.chapters_of(volume["id"])]
                yield {**volume, "chapters": chapters}

    # -- what Kavita does --

    def scan_library(self, library: int) -> None:
        """Read all files again, with the events of a scan."""
        with self.lock:
            name = self.libraries[library]["name"]
            self.progress("ScanProgress", "started", {"libraryName": name, "seriesName": ""})
            for one in [s for s in self.series.values() if s["libraryId"] == library]:
                said = {"libraryName": name, "seriesName": one["name"]}
                self.progress("ScanProgress", "updated", said)
                self._scan(one)
            self.libraries[library]["lastScanned"] = self.now()
            self.progress("ScanProgress", "ended", {"libraryName": name, "seriesName": ""})

    def scan_series(self, series: int) -> None:
        """The same for one series; the events name it, and no `lastScanned` moves."""
        with self.lock:
            one = self.series[series]
            library = self.libraries[one["libraryId"]]["name"]
            said = {"libraryName": library, "seriesName": one["name"]}
            self.progress("ScanProgress", "started", said)
            self._scan(one)
            self.progress("ScanProgress", "ended", said)
            self.tell("ScanSeries", self._about(one), admins=True)

    def tell(self, method: str, body: Doc, *, admins: bool = False) -> None:
        """Send an event that stands for itself."""
        self.emit(method, envelope(method, "single", body), admins)

    def progress(self, name: str, step: str, body: Doc) -> None:
        """Send a step of a task; administrators alone hear of those."""
        self.emit("NotificationProgress", envelope(name, step, body), True)

    def _scan(self, series: Doc) -> None:
        for volume in self.volumes_of(series["id"]):
            for chapter in volume["chapters"]:
                self._take_from_file(chapter["id"])
        series["lastFolderScanned"] = self.now()

    def _take_from_file(self, number: int) -> None:
        """What is not locked becomes what the file says, or empty (Kavita#3524)."""
        chapter, said = self.chapters[number], self.in_files[number]
        blank = shapes.chapter(0, 0, int(chapter["minNumber"]), "", "")
        for key, lock in LOCKS.items():
            if not chapter[lock]:
                chapter[key] = copy.deepcopy(said.get(key, blank[key]))

    def _about(self, series: Doc) -> Doc:
        return {
            "seriesId": series["id"],
            "seriesName": series["name"],
            "libraryId": series["libraryId"],
        }


LOCKS = {
    "titleName": "titleNameLocked",
    "releaseDate": "releaseDateLocked",
    "isbn": "isbnLocked",
    "sortOrder": "sortOrderLocked",
    "summary": "summaryLocked",
    "ageRating": "ageRatingLocked",
    "language": "languageLocked",
    "genres": "genresLocked",
    "tags": "tagsLocked",
    **shapes.PEOPLE,
}


def envelope(name: str, step: str, body: Doc) -> Doc:
    return {
        "name": name,
        "title": name,
        "subTitle": "",
        "eventType": step,
        "progress": "none",
        "body": body,
    }
