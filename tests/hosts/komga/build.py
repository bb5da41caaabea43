"""Komga's JSON for tests, complete as its contract demands."""

from __future__ import annotations

from typing import Any

from shelfhook.hosts.komga import KomgaHost, connect
from shelfhook.ports import HostOptions
from tests.support.clock import FakeClock

URL = "http://komga.test:25600/base"
KEY = "k3y-0f-the-administrator"


def host(**options: Any) -> KomgaHost:
    if "username" not in options:
        options.setdefault("api_key", KEY)
    clock = options.pop("clock", None) or FakeClock()
    return connect(HostOptions("mine", "komga", options.pop("url", URL), **options), clock)


def metadata(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "title": "Saga #1",
        "number": "1",
        "numberSort": 1.0,
        "releaseDate": "2012-03-14",
        "summary": "A family on the run.",
        "authors": [{"name": "Brian K. Vaughan", "role": "writer"}],
        "tags": ["space", "opera"],
        "isbn": "9781607066019",
        "links": [{"label": "image", "url": "https://imagecomics.com/saga"}],
    }
    locks = {f"{name}Lock": False for name in values}
    times = {"created": "2024-01-01T00:00:00Z", "lastModified": "2024-01-01T00:00:00Z"}
    return {**values, **locks, **times, **changes}


def book(book_id: str = "0BWZMT2B7C06G", **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": book_id,
        "seriesId": "0SER",
        "seriesTitle": "Saga",
        "libraryId": "0LIB",
        "name": "Saga 001",
        "url": "/books/Saga/Saga 001.cbz",
        "number": 1,
        "created": "2024-01-01T00:00:00Z",
        "lastModified": "2024-01-01T00:00:00Z",
        "fileLastModified": "2023-12-31T00:00:00Z",
        "sizeBytes": 1000,
        "size": "1000 B",
        "fileHash": "",
        "deleted": False,
        "oneshot": False,
        "media": {
            "status": "READY",
            "mediaType": "application/zip",
            "pagesCount": 30,
            "comment": "",
            "mediaProfile": "DIVINA",
            "epubDivinaCompatible": False,
            "epubIsKepub": False,
        },
        "metadata": metadata(),
    }
    return {**values, **changes}


def series_metadata(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "status": "ONGOING",
        "title": "Saga",
        "titleSort": "Saga",
        "summary": "",
        "readingDirection": "LEFT_TO_RIGHT",
        "publisher": "Image",
        "ageRating": 16,
        "language": "en-US",
        "genres": ["space", "opera"],
        "tags": [],
        "totalBookCount": 66,
        "sharingLabels": [],
        "links": [],
        "alternateTitles": [],
    }
    locks = {f"{name}Lock": False for name in values}
    times = {"created": "2024-01-01T00:00:00Z", "lastModified": "2024-01-01T00:00:00Z"}
    return {**values, **locks, **times, **changes}


def series(series_id: str = "0SER", **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": series_id,
        "libraryId": "0LIB",
        "name": "Saga (2012)",
        "url": "/books/Saga (2012)",
        "created": "2024-01-01T00:00:00Z",
        "lastModified": "2024-01-01T00:00:00Z",
        "fileLastModified": "2023-12-31T00:00:00Z",
        "booksCount": 3,
        "booksReadCount": 1,
        "booksUnreadCount": 1,
        "booksInProgressCount": 1,
        "metadata": series_metadata(),
        "booksMetadata": {
            "authors": [],
            "tags": [],
            "summary": "",
            "summaryNumber": "",
            "created": "2024-01-01T00:00:00Z",
            "lastModified": "2024-01-01T00:00:00Z",
        },
        "deleted": False,
        "oneshot": False,
    }
    return {**values, **changes}


def collection(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": "0COL",
        "name": "Space Operas",
        "ordered": True,
        "seriesIds": ["S1", "S2"],
        "createdDate": "2024-01-01T00:00:00Z",
        "lastModifiedDate": "2024-01-01T00:00:00Z",
        "filtered": False,
    }
    return {**values, **changes}


def read_list(**changes: Any) -> dict[str, Any]:
    values = collection(id="0RL", bookIds=["B1", "B2"], summary="")
    del values["seriesIds"]
    return {**values, **changes}


def cover(cover_id: str = "0GEN", **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": cover_id,
        "bookId": "0BWZ",
        "type": "GENERATED",
        "selected": True,
        "mediaType": "image/jpeg",
        "fileSize": 1000,
        "width": 200,
        "height": 300,
    }
    return {**values, **changes}


def happening(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": "0HIS",
        "type": "BookConverted",
        "timestamp": "2024-01-01T00:00:00Z",
        "bookId": "0BWZ",
        "seriesId": "0SER",
        "properties": {"name": "/books/Saga/1.cbz", "former file": "/books/Saga/1.cbr"},
    }
    return {**values, **changes}


def user(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": "0USER",
        "email": "admin@example.org",
        "roles": ["ADMIN", "USER"],
        "sharedAllLibraries": True,
        "sharedLibrariesIds": [],
        "labelsAllow": [],
        "labelsExclude": [],
    }
    return {**values, **changes}


def page(books: list[dict[str, Any]], number: int, size: int, total: int) -> dict[str, Any]:
    pages = -(-total // size)
    return {
        "content": books,
        "number": number,
        "size": size,
        "totalElements": total,
        "totalPages": pages,
        "numberOfElements": len(books),
        "first": number == 0,
        "last": number >= pages - 1,
        "empty": not books,
    }
