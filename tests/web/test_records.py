"""What was recorded, over HTTP; and that whoever knocks cannot make us write hard."""

from __future__ import annotations

import json
from typing import Any

from flask.testing import FlaskClient

from shelfhook.model import ItemRef, JobLine, Outcome
from shelfhook.store import Store
from shelfhook.store.holds import HOLDS
from shelfhook.store.samples import NewSample
from shelfhook.web import hooks
from shelfhook.web.problems import Problem
from tests.web import desk
from tests.web.desk import API, HOOK, HOOK_TOKEN, SCAN


def rejections(client: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"/api/inbox/rejections{query}", headers=API)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json["rejections"]
    return found


def test_a_delivery_that_is_turned_away_is_written_down_without_what_was_in_it(
    client: FlaskClient, store: Store
) -> None:
    secret = {"X-Shelfhook-Token": "wrong-token-9", "User-Agent": "Mylar/1\x01" + "x" * 500}
    body = json.dumps(SCAN | {"note": "body-of-the-delivery"})
    assert client.post("/hooks/komga", data=body, headers=secret).status_code == 401
    client.post("/hooks/nobody", data="{}", headers=API)
    client.post("/hooks/komga", data="no json", headers=HOOK)
    client.post("/hooks/komga", data="x", headers=HOOK | {"Content-Type": "text/plain"})
    found = rejections(client)
    assert {(one["host"], one["status"]) for one in found} == {
        ("komga", 401),
        ("nobody", 404),
        ("komga", 400),
        ("komga", 415),
    }
    (one,) = (one for one in found if one["status"] == 401)
    assert one["address"] == "127.0.0.1"
    assert one["agent"].startswith("Mylar/1 xxx")
    assert len(one["agent"]) == 80
    for hidden in ("wrong-token-9", "body-of-the-delivery", HOOK_TOKEN):
        assert hidden not in json.dumps(found)


def test_a_delivery_that_is_taken_leaves_no_refusal(client: FlaskClient) -> None:
    assert client.post("/hooks/komga", json=SCAN, headers=HOOK).status_code == 202
    assert rejections(client) == []


def test_a_delivery_that_the_loop_has_refused_is_noted(client: FlaskClient) -> None:
    found = {hooks.FAILURE: Problem(401, "the token is wrong")}
    assert client.post("/hooks/komga", json=SCAN, environ_overrides=found).status_code == 401
    noted = [(one["host"], one["status"], one["reason"]) for one in rejections(client)]
    assert noted == [("komga", 401, "the token is wrong")]


def test_a_delivery_that_comes_again_is_noted_as_a_repeat(client: FlaskClient) -> None:
    again = HOOK | {"webhook-id": "the same"}
    answers = [client.post("/hooks/komga", json=SCAN, headers=again) for _ in range(3)]
    assert [one.status_code for one in answers] == [202, 200, 200]
    noted = [(one["host"], one["status"], one["count"]) for one in rejections(client)]
    assert noted == [("komga", 200, 2)]


def test_ten_thousand_knocks_are_a_handful_of_writes(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    before = store.writer.calls
    for number in range(1_000):
        client.post(f"/hooks/host{number % 300}", json=SCAN)
    assert store.writer.calls - before <= 1
    found = rejections(client, "?limit=200")
    assert sum(one["count"] for one in found) == 1_000
    assert len(found) <= 60
    clock.advance(2)
    client.post("/hooks/host1", json=SCAN)
    store.rejections.note_soon([]).wait()
    assert sum(one.count for one in store.rejections.page(limit=200)) == 1_001


def test_the_course_and_the_log_of_a_job(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    job = desk.run(store, clock)
    store.samples.take([NewSample(job.num, clock.now())])
    store.job_log.write([JobLine(job.num, clock.now(), "begun", f"line {n}") for n in range(3)])
    (sample,) = client.get(f"/api/jobs/{job.id}/samples", headers=API).json["samples"]
    assert (sample["done"], sample["at"][:4]) == (0, "2023")
    first = client.get(f"/api/jobs/{job.short}/log?limit=2", headers=API).json
    rest = client.get(first["next"], headers=API).json
    told = [line["message"] for line in first["lines"] + rest["lines"]]
    assert (told, rest["next"]) == (["line 0", "line 1", "line 2"], None)


def test_holds_tell_what_waits_and_until_when(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    client.post("/hooks/komga", json=SCAN, headers=HOOK)
    detail = {"quiet": 30, "most": 300, "grace": 60, "reasons": {"komga": {"L1": "a scan"}}}
    desk.tell(store, clock, HOLDS, detail)
    (one,) = client.get("/api/inbox", headers=API).json["waiting"]
    assert (one["host"], one["library"], one["count"], one["reason"]) == (
        "komga",
        "L1",
        1,
        "a scan",
    )
    assert one["due_at"] < one["latest_at"]


def test_events_tell_their_repeats_and_the_jobs_that_took_them(
    client: FlaskClient, store: Store
) -> None:
    headers = HOOK | {"webhook-id": "once"}
    for _ in range(3):
        client.post("/hooks/komga", json=SCAN, headers=headers)
    (one,) = client.get("/api/events?state=waiting", headers=API).json["events"]
    assert (one["repeats"], one["jobs"]) == (2, [])
    job = desk.queue(store)
    (called,) = client.get("/api/events?state=taken", headers=API).json["events"]
    assert called["jobs"] == [{"job": job.id, "routine": "process-all", "state": "queued"}]


def test_items_are_found_by_a_part_of_their_name(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    job = desk.run(store, clock)
    names = ["Élan 1.cbz", "low 100%.cbz", "Low Water.cbz", "other.cbz"]
    store.ledger.add(job.num, 0, [ItemRef(f"B{n}", name, "Tide") for n, name in enumerate(names)])

    def found(query: str) -> list[str]:
        answer = client.get(f"/api/jobs/{job.id}/items", query_string=query, headers=API)
        return [one["name"] for one in answer.json["items"]]

    assert found("search=LOW") == names[1:3]
    assert found("search=%C3%A9lan") == names[:1]
    assert found("search=100%25") == names[1:2]
    assert found("search=_") == []
    assert found("search=tide") == names
    assert found("search=other&outcome=failed") == []
    assert Outcome("failed")
