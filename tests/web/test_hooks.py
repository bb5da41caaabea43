from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient

from shelfhook.model import EventKind
from shelfhook.store import Store
from shelfhook.web.lean import Application
from tests.web import desk
from tests.web.desk import HOOK, SCAN


def test_a_scan_is_accepted_with_its_id_and_lies_in_the_inbox(
    client: FlaskClient, store: Store
) -> None:
    answer = client.post("/hooks/komga", json=SCAN, headers=HOOK | {"webhook-id": "d1"})

    assert answer.status_code == 202
    [event] = store.inbox.page()
    assert answer.json == {"id": event.id, "events": [{"id": event.id, "duplicate": False}]}
    assert (event.host, event.kind, event.library, event.delivery) == (
        "komga",
        EventKind.LIBRARY_SCANNED,
        "L1",
        "d1",
    )


def test_the_same_delivery_again_answers_200_with_the_same_id(
    client: FlaskClient, store: Store
) -> None:
    first, again = (
        client.post("/hooks/komga", json=SCAN, headers=HOOK | {"webhook-id": "d1"})
        for _ in range(2)
    )

    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json["id"] == again.json["id"]
    assert again.json["events"][0]["duplicate"] is True
    assert len(store.inbox.page()) == 1


def test_the_same_delivery_id_from_another_host_is_another_event(client: FlaskClient) -> None:
    ids = {
        client.post(f"/hooks/{host}", json=SCAN, headers=headers | {"webhook-id": "d1"}).json["id"]
        for host, headers in (("komga", HOOK), ("open", desk.API))
    }
    assert len(ids) == 2


def test_sixteen_threads_with_one_delivery_make_one_event(app: Application, store: Store) -> None:
    together = threading.Barrier(16, timeout=10)

    def send(_: int) -> tuple[int, str]:
        with app.test_client() as client:
            together.wait()
            answer = client.post("/hooks/komga", json=SCAN, headers=HOOK | {"webhook-id": "same"})
            return answer.status_code, answer.json["id"]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(send, range(16)))

    assert sorted(status for status, _ in answers) == [200] * 15 + [202]
    assert len({event for _, event in answers}) == 1
    assert len(store.inbox.page()) == 1


def test_the_delivery_id_may_stand_in_the_body(client: FlaskClient, store: Store) -> None:
    for _ in range(2):
        client.post("/hooks/komga", json=SCAN | {"id": "from body"}, headers=HOOK)
    [event] = store.inbox.page()
    assert event.delivery == "from body"


def test_the_header_wins_over_the_body(client: FlaskClient, store: Store) -> None:
    client.post("/hooks/komga", json=SCAN | {"id": "b"}, headers=HOOK | {"webhook-id": "h"})
    assert store.inbox.page()[0].delivery == "h"


def test_without_a_delivery_id_every_delivery_is_new(client: FlaskClient, store: Store) -> None:
    assert [client.post("/hooks/komga", json=SCAN, headers=HOOK).status_code for _ in "ab"] == [
        202,
        202,
    ]
    assert len(store.inbox.page()) == 2


@pytest.mark.parametrize(
    "wrap", [lambda events: events, lambda events: {"events": events, "id": "b1"}]
)
def test_a_batch_keeps_the_order_of_its_events(
    client: FlaskClient, store: Store, wrap: Any
) -> None:
    batch = wrap(
        [
            {"event": "item.changed", "library": "L1", "item": {"id": f"B{n}", "name": "x"}}
            for n in range(3)
        ]
    )
    headers = HOOK | {"webhook-id": "b1"}

    first = client.post("/hooks/komga", json=batch, headers=headers)
    again = client.post("/hooks/komga", json=batch, headers=headers)

    assert (first.status_code, again.status_code) == (202, 200)
    assert [event["id"] for event in first.json["events"]] == [
        event["id"] for event in again.json["events"]
    ]
    assert [event.item for event in reversed(store.inbox.page())] == ["B0", "B1", "B2"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "event"),
        ({"event": "library.exploded", "library": "L"}, "event"),
        ({"event": "routine.called", "library": "L"}, "event"),
        ({"event": 5, "library": "L"}, "event"),
        ({"event": ["x"], "library": "L"}, "event"),
        ({"event": "library.scanned"}, "library"),
        ({"event": "library.scanned", "library": 5}, "library"),
        ({"event": "library.scanned", "library": ""}, "library"),
        ({"event": "library.scanned", "library": []}, "library"),
        ({"event": "library.scanned", "library": {}}, "library.id"),
        ({"event": "library.scanned", "library": {"id": 5}}, "library.id"),
        ({"event": "library.scanned", "library": {"id": None}}, "library.id"),
        ({"event": "library.scanned", "library": {"id": "a\0b"}}, "library.id"),
        ({"event": "library.scanned", "library": {"id": "a\nb"}}, "library.id"),
        ({"event": "library.scanned", "library": {"id": "\ud800"}}, "library.id"),
        ({"event": "library.scanned", "library": {"id": "x" * 513}}, "library.id"),
        ({"event": "library.scanned", "library": {"id": "L", "color": 1}}, "library.color"),
        ({"event": "library.scanned", "library": {"id": "L", "name": 1}}, "library.name"),
        ({"event": "library.scanned", "library": "L", "item": "B"}, "item"),
        ({"event": "library.scanned", "library": "L", "colour": "red"}, "colour"),
        ({"event": "library.scanned", "library": "L", "\ud800": 1}, "\ud800"),
        ({"event": "library.scanned", "library": "L", "id": 5}, "id"),
        ({"event": "library.scanned", "library": "L", "id": "a\0"}, "id"),
        ({"event": "item.changed", "library": "L"}, "item"),
        ({"event": "item.changed", "library": "L", "item": {"name": "n"}}, "item.id"),
        ([], "events"),
        ({"events": {}}, "events"),
        ({"events": [SCAN] * 1001}, "events"),
        ({"events": [SCAN], "more": 1}, "more"),
        ([SCAN, 5], "events.1"),
        ([SCAN | {"id": "one of a batch"}], "events.0.id"),
        ([SCAN, {"event": "library.scanned", "library": 7}], "events.1.library"),
        (5, "events"),
        (None, "events"),
        ("library.scanned", "events"),
    ],
)
def test_a_wrong_delivery_names_the_field_and_stores_nothing(
    client: FlaskClient, store: Store, body: Any, field: str
) -> None:
    answer = client.post(
        "/hooks/komga", data=json.dumps(body), headers=HOOK, content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert answer.json["field"] == field
    assert store.inbox.page() == []


def test_an_unknown_event_tells_which_are_known(client: FlaskClient) -> None:
    answer = client.post("/hooks/komga", json=SCAN | {"event": "x"}, headers=HOOK)
    assert "known: library.scanned, item.added, item.changed, item.removed" in answer.json["detail"]


@pytest.mark.parametrize("delivery", ["x" * 513, "a\x7fb"])
def test_a_wrong_delivery_id_is_refused(client: FlaskClient, delivery: str) -> None:
    answer = client.post("/hooks/komga", json=SCAN, headers=HOOK | {"webhook-id": delivery})
    assert (answer.status_code, answer.json["field"]) == (400, "webhook-id")


@pytest.mark.parametrize("headers", [desk.API, {"X-Shelfhook-Token": desk.TOKEN}])
def test_an_unknown_host_is_not_found_by_whoever_shows_the_apis_token(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    answer = client.post("/hooks/nobody", json=SCAN, headers=headers)
    assert (answer.status_code, answer.json["field"]) == (404, "host")
    assert "known: komga, open, signed" in answer.json["detail"]


@pytest.mark.parametrize(
    "headers", [{}, HOOK, {"Authorization": "Bearer wrong"}, {"webhook-signature": "v1,x"}]
)
def test_to_a_stranger_an_unknown_host_is_like_one_whose_token_it_lacks(
    client: FlaskClient, store: Store, headers: dict[str, str]
) -> None:
    unknown, known = (
        client.post(f"/hooks/{host}", json=SCAN, headers=headers) for host in ("nobody", "open")
    )
    assert unknown.status_code == 401
    assert (unknown.json, unknown.headers["WWW-Authenticate"]) == (
        known.json,
        known.headers["WWW-Authenticate"],
    )
    assert store.inbox.page() == []


@pytest.mark.parametrize("path", ["/hooks/", "/hooks/a/b", "/hooks"])
def test_no_host_at_all_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.post(path, json=SCAN, headers=desk.API).status_code == 404


def test_reading_a_hook_names_the_method_it_takes(client: FlaskClient) -> None:
    answer = client.get("/hooks/komga")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_librarys_name_becomes_its_id(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    libraries = [{"id": "L7", "name": "Comics"}]
    desk.tell(store, clock, "host:komga", {"libraries": libraries})
    for given in ("Comics", {"name": "Comics"}, {"id": "Comics"}, "L7", "brand new"):
        client.post("/hooks/komga", json=SCAN | {"library": given}, headers=HOOK)
    assert [event.library for event in reversed(store.inbox.page())] == ["L7"] * 4 + ["brand new"]


def test_the_status_is_read_at_most_once_a_second(
    client: FlaskClient, store: Store, clock: desk.BusyClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[float] = []
    beats = store.status.beats
    monkeypatch.setattr(store.status, "beats", lambda: reads.append(clock.now()) or beats())
    for seconds in (0, 0.4, 0.4, 0.4, 0):
        clock.advance(seconds)
        client.post("/hooks/komga", json=SCAN, headers=HOOK)
    assert len(reads) == 2
