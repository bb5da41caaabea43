"""Every list that may grow is paged by keyset: `next` until it is null."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from flask.testing import FlaskClient

from shelfhook.model import FireResult, ItemRef, Outcome, Result
from shelfhook.store import Store
from shelfhook.store.entries import Batch
from shelfhook.store.schedules import Due
from shelfhook.web.cursors import pack, unpack
from shelfhook.web.problems import Problem
from tests.web import desk


def follow(client: FlaskClient, path: str | None, rows: str) -> list[Any]:
    seen: list[Any] = []
    for _ in range(20):
        if path is None:
            return seen
        page = client.get(path, headers=desk.API).json
        assert len(page[rows]) <= 2
        seen += page[rows]
        path = page["next"]
    raise AssertionError("the pages never end")


def failing(store: Store, clock: desk.BusyClock, items: list[str]) -> None:
    job = desk.run(store, clock)
    store.ledger.add(job.num, 0, [ItemRef(one, f"{one}.cbz") for one in items])
    results = [Result(seq, one, Outcome.FAILED, "broken") for seq, one in enumerate(items)]
    for _ in range(3):
        store.ledger.record(Batch(job.num, "komga", results, clock.now(), "process-all")).wait()


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
def test_the_quarantine_is_paged(
    client: FlaskClient, store: Store, clock: desk.BusyClock, count: int
) -> None:
    items = [f"B{n}名&=/\u2028" for n in range(count)]
    failing(store, clock, items)
    assert [one["item_id"] for one in follow(client, "/api/quarantine?limit=2", "items")] == items


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
def test_a_fire_log_is_paged_latest_first(
    client: FlaskClient, store: Store, clock: desk.BusyClock, count: int
) -> None:
    store.schedules.know("nightly", "0 3 * * *", "UTC", clock.now())
    store.schedules.know("other", "0 3 * * *", "UTC", clock.now())
    for n in range(count):
        for name in ("nightly", "other"):
            due = Due(name, clock.now() + n / 3, FireResult.MISSED, str(n))
            store.schedules.log(due, clock.now())
    fires = follow(client, "/api/schedules/nightly/fires?limit=2", "fires")
    assert [one["reason"] for one in fires] == [str(n) for n in reversed(range(count))]


@pytest.mark.parametrize("name", ["process-all", "unheard-of", "x" * 999])
def test_a_routine_without_a_schedule_has_no_fire_log(client: FlaskClient, name: str) -> None:
    assert client.get(f"/api/schedules/{name}/fires", headers=desk.API).status_code == 404


@pytest.mark.parametrize("before", ["-1", "nan", "inf", "1e300", "x"])
def test_a_senseless_time_is_refused(client: FlaskClient, before: str) -> None:
    answer = client.get(f"/api/schedules/nightly/fires?before={before}", headers=desk.API)
    assert (answer.status_code, answer.json["field"]) == (400, "before")


@pytest.mark.parametrize(
    "texts", [("", "", ""), ("komga", "r", "B1"), ("a\u2028", "名", "x" * 600)]
)
def test_a_cursor_keeps_its_texts(texts: tuple[str, ...]) -> None:
    assert unpack(pack(*texts), 3) == list(texts)


@pytest.mark.parametrize(
    "cursor",
    ["x", "!", "名", pack("a", "b"), pack("a", "b", "c", "d"), pack("a", "b", "\0"), pack("a") * 2]
    + [base64.urlsafe_b64encode(text).decode() for text in (b"{}", b"[1,2,3]", b"[" * 5_000)]
    + [base64.urlsafe_b64encode(rb'["a","b","\ud800"]').decode()],
)
def test_what_is_no_cursor_is_refused(cursor: str, client: FlaskClient) -> None:
    with pytest.raises(Problem):
        unpack(cursor, 3)
    answer = client.get("/api/quarantine", query_string={"after": cursor}, headers=desk.API)
    assert (answer.status_code, answer.json["field"]) == (400, "after")


def test_the_inbox_shows_what_waits_by_library(client: FlaskClient, clock: desk.BusyClock) -> None:
    for _ in range(3):
        client.post("/hooks/komga", json=desk.SCAN, headers=desk.HOOK)
        clock.advance(1)
    [waiting] = client.get("/api/inbox", headers=desk.API).json["waiting"]
    assert (waiting["host"], waiting["library"], waiting["count"]) == ("komga", "L1", 3)
    assert waiting["first_at"] < waiting["last_at"]


def test_an_event_names_the_jobs_that_have_taken_it(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    event = client.post("/hooks/komga", json=desk.SCAN, headers=desk.HOOK).json["id"]
    shown = client.get(f"/api/events/{event}", headers=desk.API).json
    assert (shown["state"], shown["jobs"]) == ("waiting", [])
    job = client.post("/api/jobs/process-all", headers=desk.API).json["id"]
    [called] = [one for one in store.inbox.page() if one.routine]
    shown = client.get(f"/api/events/{called.id}", headers=desk.API).json
    assert (shown["state"], [one["job"] for one in shown["jobs"]]) == ("taken", [job])
