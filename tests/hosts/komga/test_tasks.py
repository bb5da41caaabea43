from __future__ import annotations

import json

import pytest

from shelfhook.hosts.komga.tasks import OURS, backlog
from shelfhook.hosts.sse import Event


def status(**kinds: object) -> Event:
    return Event("TaskQueueStatus", json.dumps({"count": 99, "countByType": kinds}))


@pytest.mark.parametrize(
    ("kinds", "count"),
    [
        ({}, 0),
        ({"AnalyzeBook": 2}, 2),
        (dict.fromkeys(OURS, 1), len(OURS)),
        ({"AnalyzeBook": 2, "HashBook": 400_000, "RefreshSeriesMetadata": 1}, 3),
        ({"FindBooksToConvert": 1, "HashBookPages": 7, "ImportBook": 1, "EmptyTrash": 1}, 0),
        ({"AnalyzeBook": 1, "SomethingNew": "many"}, 1),
    ],
)
def test_only_what_we_cause_counts(kinds: dict[str, object], count: int) -> None:
    assert backlog([status(**kinds)]) == count


def test_the_first_status_speaks_whatever_comes_before_and_after() -> None:
    others = [Event("BookChanged", '{"bookId":"1"}'), Event("TaskQueueStatusOfTomorrow", "{}")]
    assert backlog([*others, status(AnalyzeBook=1), status()]) == 1


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        "{}",
        '{"count":3}',
        '{"count":3,"countByType":null}',
        '{"countByType":[]}',
        '{"countByType":{"AnalyzeBook":"2"}}',
        '{"countByType":{"AnalyzeBook":null}}',
        "[" * 100_000,
    ],
    ids=lambda data: data[:40],
)
def test_a_status_that_is_none_is_passed_over(data: str) -> None:
    broken = Event("TaskQueueStatus", data)
    assert backlog([broken, status(AnalyzeBook=4)]) == 4
    assert backlog([broken]) is None


def test_a_stream_without_a_status_tells_nothing() -> None:
    assert backlog([]) is None
    assert backlog([Event("BookChanged", "{}")]) is None
