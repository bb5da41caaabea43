"""What a message of the hub means."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.hosts.kavita.told import Hearing
from shelfhook.ports import Sign, Tiding
from tests.support.kavita.world import envelope

ALIVE = Tiding(Sign.ALIVE)


def hearing() -> Hearing:
    return Hearing(lambda name: "1" if name == "Comics" else "", lambda series: series == "9")


def record(method: str, name: str, step: str, body: Any) -> str:
    said = {"type": 1, "target": method, "arguments": [envelope(name, step, body)]}
    return json.dumps(said) + "\x1e"


def task(step: str, library: str = "Comics", series: str = "") -> str:
    body = {"libraryName": library, "seriesName": series, "leftToProcess": None}
    return record("NotificationProgress", "ScanProgress", step, body)


def event(name: str, **body: Any) -> str:
    return record(name, name, "single", body)


SERIES = {"seriesId": 5, "seriesName": "Saga", "libraryId": 1}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (task("started"), Tiding(Sign.BUSY, "1")),
        (task("ended"), Tiding(Sign.SCANNED, "1")),
        (task("ended", "Unknown"), Tiding(Sign.SCANNED)),
        (task("started", series="Saga"), ALIVE),
        (task("ended", series="Saga"), ALIVE),
        (task("paused"), Tiding(Sign.UNKNOWN, item="ScanProgress paused")),
        (event("SeriesAdded", **SERIES), Tiding(Sign.ADDED, "1")),
        (event("SeriesRemoved", **SERIES), Tiding(Sign.REMOVED, "1")),
        (event("SeriesAdded"), Tiding(Sign.UNKNOWN, item="SeriesAdded")),
        (event("ScanSeries", **SERIES), Tiding(Sign.CHANGED, "1")),
        (event("ScanSeries", **{**SERIES, "seriesId": 9}), ALIVE),
        (event("ChapterRemoved", chapterId=3, seriesId=5), Tiding(Sign.REMOVED, item="3")),
        (event("ChapterUpdated", chapterId=3, seriesId=5), Tiding(Sign.CHANGED, item="3")),
        (event("CoverUpdate", id=3, entityType="chapter"), Tiding(Sign.CHANGED, item="3")),
        (event("CoverUpdate", id=3, entityType="series"), ALIVE),
        (event("OnlineUsers"), ALIVE),
        (record("NotificationProgress", "BackupDatabaseProgress", "started", {}), ALIVE),
        (event("Brand New"), Tiding(Sign.UNKNOWN, item="Brand New")),
        ('{"type":6}\x1e', ALIVE),
        ('{"type":3,"invocationId":"1"}\x1e', Tiding(Sign.UNKNOWN, item="message of type 3")),
        ("{half\x1e", Tiding(Sign.UNKNOWN, item="message of type 'no JSON'")),
        ("[1]\x1e", Tiding(Sign.UNKNOWN, item="message of type 'no object'")),
        ('{"type":1,"target":"SeriesAdded"}\x1e', Tiding(Sign.UNKNOWN, item="SeriesAdded")),
        ('{"type":1,"target":7,"arguments":[{}]}\x1e', Tiding(Sign.UNKNOWN)),
    ],
)
def test_a_message_has_a_meaning(said: str, meant: Tiding) -> None:
    assert list(hearing().tidings(said)) == [meant]
    assert list(hearing().tidings(said.encode())) == [meant]


def test_the_steps_of_a_librarys_scan_name_its_series_and_are_still_of_it() -> None:
    one = hearing()
    said = task("updated", series="Saga") + task("started") + task("updated", series="Saga")
    signs = [
        tiding.sign for tiding in one.tidings(said + task("ended") + task("updated", series="X"))
    ]
    assert signs == [Sign.ALIVE, Sign.BUSY, Sign.BUSY, Sign.SCANNED, Sign.ALIVE]


def test_a_leave_is_taken_note_of() -> None:
    one = hearing()
    assert list(one.tidings('{"type":7,"error":"gone mad","allowReconnect":true}\x1e')) == [ALIVE]
    assert (one.closed, one.reason) == (True, "gone mad")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
MESSAGE = st.fixed_dictionaries(
    {"type": st.just(1) | st.integers(0, 9) | JSON},
    optional={
        "target": st.sampled_from(["NotificationProgress", "SeriesAdded", "CoverUpdate"]) | JSON,
        "arguments": JSON
        | st.lists(
            st.fixed_dictionaries(
                {"name": st.sampled_from(["ScanProgress", "x"]) | JSON, "body": JSON},
                optional={"eventType": st.sampled_from(["started", "ended"]) | JSON},
            ),
            max_size=2,
        ),
    },
)


@given(st.lists(MESSAGE.map(json.dumps) | st.text(), max_size=4))
def test_nothing_that_comes_is_an_error(records: list[str]) -> None:
    said = "\x1e".join(records)
    whole = [one for one in said.split("\x1e") if one]
    assert len(list(hearing().tidings(said))) == len(whole)


@given(st.binary())
def test_no_bytes_are_an_error(data: bytes) -> None:
    list(hearing().tidings(data))
