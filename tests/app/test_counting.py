from __future__ import annotations

import json
import logging
import threading

import pytest

from shelfhook import manifest
from shelfhook.app.counting import MOST, OTHER, Counting, Histogram, status_class
from shelfhook.app.parts import Parts
from shelfhook.clock import SystemClock
from shelfhook.hosts import registry
from shelfhook.model import Outcome, Result
from shelfhook.settings import Settings
from tests.support.service import free_port


def rows(histogram: Histogram) -> dict[tuple[str, ...], tuple[float, list[int]]]:
    return {tuple(labels): (total, counts) for labels, total, counts in histogram.told()["rows"]}


def test_a_duration_lies_in_the_first_bucket_that_holds_it() -> None:
    one = Histogram([0.1, 1.0])
    for seconds in (0.0, 0.1, 0.11, 1.0, 1.01, 90.0):
        one.see(("a",), seconds)
    total, counts = rows(one)["a",]
    assert counts == [2, 2, 2]
    assert total == pytest.approx(92.22)


def test_many_threads_lose_no_count() -> None:
    one = Histogram([1.0])
    together = threading.Barrier(8)

    def count() -> None:
        together.wait(10)
        for number in range(2_000):
            one.see((str(number % 5),), 0.5)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert rows(one) == {(str(n),): (1_600.0, [3_200, 0]) for n in range(5)}


def test_ids_in_routes_do_not_fill_the_memory() -> None:
    one = Histogram([1.0])
    for number in range(MOST + 50):
        one.see(("komga", "GET", f"/books/{number}"), 0.5)
    found = rows(one)
    assert len(found) == MOST + 1
    assert found["komga", OTHER, OTHER] == (25.0, [50, 0])


def test_what_is_told_is_json_and_a_copy() -> None:
    counting = Counting()
    counting.observer("komga")("GET", "/books/{id}", 200, 0.02)
    told = counting.told()
    before = json.dumps(told)
    counting.observer("komga")("GET", "/books/{id}", 200, 0.02)
    assert json.dumps(told) == before
    (row,) = told["calls"]["rows"]
    assert row[:2] == [["komga", "GET", "/books/{id}", "2xx"], 0.02]


def test_items_count_by_routine_and_outcome() -> None:
    counting = Counting()
    results = [Result(n, str(n), Outcome.CHANGED, seconds=0.2) for n in range(3)]
    counting.ended("nightly", [*results, Result(9, "9", Outcome.FAILED, seconds=2.0)])
    found = rows(counting.items)
    assert sum(found["nightly", "changed"][1]) == 3
    assert found["nightly", "failed"][0] == 2.0


@pytest.mark.parametrize(
    ("status", "word"),
    [(0, "none"), (100, "1xx"), (204, "2xx"), (404, "4xx"), (599, "5xx"), (999, "other")],
)
def test_the_class_of_a_status(status: int, word: str) -> None:
    assert status_class(status) == word


def test_calls_are_logged_at_debug_only(caplog: pytest.LogCaptureFixture) -> None:
    observe = Counting().observer("komga")
    with caplog.at_level(logging.INFO, "shelfhook.hosts"):
        observe("GET", "/books/{id}", 200, 0.02)
    assert not caplog.records
    with caplog.at_level(logging.DEBUG, "shelfhook.hosts"):
        observe("GET", "/books/{id}", 200, 0.02)
    assert caplog.messages == ["komga: GET /books/{id}: 200 in 0.020 s"]


KINDS, _ = registry.discover()


@pytest.mark.parametrize("kind", KINDS)
def test_the_calls_to_a_host_of_any_kind_are_counted(kind: str) -> None:
    table = {
        "kind": kind,
        "url": f"http://127.0.0.1:{free_port()}",
        "retries": 0,
        **({"username": "me", "password": "secret"} if kind == "calibre" else {"api_key": "k"}),
    }
    settings = Settings.model_validate({"hosts": {"mine": table}})
    counting = Counting()
    host = Parts(settings, manifest.load(), {}, KINDS, ()).connect(SystemClock(), counting)["mine"]
    try:
        assert not host.check().ok
    finally:
        host.close()
    assert {labels[0] for labels in rows(counting.calls)} == {"mine"}
    assert {labels[3] for labels in rows(counting.calls)} == {"none"}
