"""What Komga's events say in the words that all hosts share."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.hosts.komga.told import tiding
from shelfhook.hosts.sse import COMMENT, Event
from shelfhook.ports import Sign, Tiding

BOOK = {"bookId": "B", "seriesId": "S", "libraryId": "L"}
SERIES = {"seriesId": "S", "libraryId": "L"}


def status(**kinds: object) -> dict[str, object]:
    return {"count": len(kinds), "countByType": kinds}


@pytest.mark.parametrize(
    ("name", "payload", "said"),
    [
        ("BookAdded", BOOK, Tiding(Sign.ADDED, "L", "B")),
        ("BookChanged", BOOK, Tiding(Sign.CHANGED, "L", "B")),
        ("BookDeleted", BOOK, Tiding(Sign.REMOVED, "L", "B")),
        ("BookAdded", {**BOOK, "newField": [1]}, Tiding(Sign.ADDED, "L", "B")),
        ("SeriesAdded", SERIES, Tiding(Sign.CHANGED, "L")),
        ("SeriesChanged", SERIES, Tiding(Sign.CHANGED, "L")),
        ("SeriesDeleted", SERIES, Tiding(Sign.CHANGED, "L")),
        ("LibraryAdded", {"libraryId": "L"}, Tiding(Sign.CHANGED, "L")),
        ("TaskQueueStatus", status(AnalyzeBook=2, HashBook=1), Tiding(Sign.BUSY)),
        ("TaskQueueStatus", status(AggregateSeriesMetadata=1), Tiding(Sign.BUSY)),
        ("TaskQueueStatus", status(HashBook=900, GenerateBookThumbnail=3), Tiding(Sign.IDLE)),
        ("TaskQueueStatus", status(), Tiding(Sign.IDLE)),
        ("TaskQueueStatus", {"count": 0}, Tiding(Sign.UNKNOWN, item="TaskQueueStatus")),
        ("TaskQueueStatus", status(AnalyzeBook="2"), Tiding(Sign.UNKNOWN, item="TaskQueueStatus")),
        ("BookImported", {"success": True}, Tiding(Sign.ALIVE)),
        ("ThumbnailBookAdded", {**BOOK, "selected": True}, Tiding(Sign.ALIVE)),
        ("ReadProgressChanged", {"bookId": "B", "userId": "U"}, Tiding(Sign.ALIVE)),
        ("CollectionChanged", {"collectionId": "C"}, Tiding(Sign.ALIVE)),
        ("SessionExpired", {"userId": "U"}, Tiding(Sign.ALIVE)),
        ("BookAdded", {"bookId": "B"}, Tiding(Sign.UNKNOWN, item="BookAdded")),
        ("BookAdded", {**BOOK, "bookId": 7}, Tiding(Sign.UNKNOWN, item="BookAdded")),
        ("SeriesChanged", {"seriesId": "S"}, Tiding(Sign.UNKNOWN, item="SeriesChanged")),
        ("LibraryScanned", {"libraryId": "L"}, Tiding(Sign.UNKNOWN, item="LibraryScanned")),
    ],
)
def test_each_event_has_its_meaning(name: str, payload: object, said: Tiding) -> None:
    assert tiding(Event(name, json.dumps(payload))) == said


@pytest.mark.parametrize("data", ["", "{", "[]", "null", '"text"', "[" * 100_000])
@pytest.mark.parametrize("name", ["BookAdded", "SeriesAdded", "TaskQueueStatus"])
def test_what_cannot_be_read_is_unknown(name: str, data: str) -> None:
    assert tiding(Event(name, data)) == Tiding(Sign.UNKNOWN, item=name)


def test_a_comment_is_a_sign_of_life() -> None:
    assert tiding(Event(COMMENT, "heartbeat")).sign is Sign.ALIVE


@given(st.text(), st.text())
def test_nothing_is_fatal(name: str, data: str) -> None:
    assert tiding(Event(name, data)).sign in Sign
