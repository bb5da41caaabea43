"""The API of callbacks, notifications and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from shelfhook.coalesce.calls import Calls
from shelfhook.settings import Settings
from shelfhook.store import Store
from shelfhook.store.outgoing_operations import Message, Result
from shelfhook.web import WebContext, create_app
from tests.web import desk
from tests.web.desk import API, SECRET

URL = "http://n8n.lan:5678/x?key=abc"


def made(store: Store, clock: desk.BusyClock, **tables: Any) -> FlaskClient:
    given = {
        "web": {"token": desk.TOKEN},
        "hosts": {"komga": {"kind": "komga", "url": "http://komga.local", "api_key": "k"}},
        "routines": {"process-all": {"host": "komga", "actions": [{"name": "refresh"}]}},
    }
    found = Settings.model_validate({**given, **tables})
    context = WebContext(store, found, {}, clock, Calls(store, found.routines, clock))
    return create_app(context).test_client()


@pytest.fixture
def client(store: Store, clock: desk.BusyClock) -> FlaskClient:
    return made(
        store,
        clock,
        callbacks={"allow": ["n8n.lan"], "secret": SECRET},
        notifications={
            "phone": {"urls": ["ntfy://hunter2hunter2", "json://me:hunter2hunter2@x"]},
            "night": {"urls": ["ntfy://x"], "on": ["digest"], "digest_at": "06:30"},
        },
    )


def test_a_job_may_name_callbacks(client: FlaskClient, store: Store) -> None:
    body = {"routine": "process-all", "callbacks": [URL, URL]}
    answer = client.post("/api/jobs", json=body, headers=API)
    assert answer.status_code == 202
    job = store.jobs.get(answer.get_json()["id"])
    assert store.outgoing.callbacks([job.num]) == {job.num: [URL]}


def test_a_key_is_for_one_call_with_its_callbacks(client: FlaskClient) -> None:
    headers = {**API, "Idempotency-Key": "k1"}
    for callbacks, status in (([URL], 202), ([URL], 200), (["http://n8n.lan/other"], 422)):
        answer = client.post(
            "/api/jobs/process-all", json={"callbacks": callbacks}, headers=headers
        )
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("callbacks", "field"),
    [
        (["https://elsewhere.example/"], "callbacks.0"),
        ([URL, "http://me:hunter2@n8n.lan/"], "callbacks.1"),
        ([URL] * 5, "callbacks"),
        ([7], "callbacks.0"),
        ("http://n8n.lan/", "callbacks"),
    ],
)
def test_a_callback_that_is_not_allowed_makes_no_job(
    client: FlaskClient, store: Store, callbacks: Any, field: str
) -> None:
    answer = client.post("/api/jobs/process-all", json={"callbacks": callbacks}, headers=API)
    assert (answer.status_code, answer.get_json()["field"]) == (400, field)
    assert "hunter2" not in answer.text
    assert store.jobs.page() == []


def test_where_none_are_allowed_a_clear_sentence_says_so(
    store: Store, clock: desk.BusyClock
) -> None:
    client = made(store, clock)
    answer = client.post("/api/jobs/process-all", json={"callbacks": [URL]}, headers=API)
    assert answer.status_code == 400
    assert answer.get_json()["detail"].startswith("callbacks are not allowed; an administrator")
    assert (
        client.post("/api/jobs/process-all", json={"callbacks": []}, headers=API).status_code == 202
    )


def test_notifications_are_listed_with_their_last_attempts_and_without_urls(
    client: FlaskClient, store: Store
) -> None:
    note = Message(None, "notification", "phone/2", "phone/2", "test", "msg_1", "", 0, 1.0, 1.0)
    [row] = store.outgoing.put([note])
    store.outgoing.settle(Result(((row, "msg_1"),), "pending", 2.0, "Discord did not take it", 9.0))
    answer = client.get("/api/notifications", headers=API)
    phone, night = answer.get_json()["notifications"]
    assert (phone["on"], phone["digest_at"]) == (["failed", "findings"], None)
    assert (night["on"], night["digest_at"]) == (["digest"], "06:30")
    first, second = phone["receivers"]
    assert first == {"receiver": "phone/1", "last": None}
    assert second["last"]["note"] == "Discord did not take it"
    assert second["last"]["state"] == "pending"
    assert "hunter2" not in answer.text


def test_a_test_is_queued_for_each_url(client: FlaskClient, store: Store) -> None:
    answer = client.post("/api/notifications/phone/test", headers=API)
    assert answer.status_code == 202
    queued = store.outgoing.page()
    assert [one.id for one in reversed(queued)] == answer.get_json()["outgoing"]
    assert {(one.target, one.kind) for one in queued} == {("phone/1", "test"), ("phone/2", "test")}


def test_a_test_of_nobody_is_404(client: FlaskClient) -> None:
    assert client.post("/api/notifications/nobody/test", headers=API).status_code == 404


def test_a_test_without_apprise_says_what_to_install(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelfhook.web.notifications.installed", lambda: False)
    answer = client.post("/api/notifications/phone/test", headers=API)
    assert answer.status_code == 409
    assert "pip install 'shelfhook[notify]'" in answer.get_json()["detail"]


def test_what_goes_out_is_paged_and_chosen(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    job = desk.queue(store)
    of_job = Message(
        job.num, "callback", URL, "n8n.lan:5678", "job.finished", "m", "{}", 1, 1.0, 2.0
    )
    store.outgoing.put([of_job])
    client.post("/api/notifications/phone/test", headers=API)
    first = client.get("/api/outgoing?limit=2", headers=API).get_json()
    assert [one["target"] for one in first["outgoing"]] == ["phone/2", "phone/1"]
    rest = client.get(first["next"], headers=API).get_json()
    (one,) = rest["outgoing"]
    assert (one["target"], one["job"], rest["next"]) == ("http://n8n.lan:5678/x", job.id, None)
    chosen = client.get(f"/api/outgoing?job={job.id}&state=pending", headers=API).get_json()
    assert chosen["outgoing"] == [one]
    assert client.get("/api/outgoing?state=lost", headers=API).status_code == 400
    assert client.get("/api/outgoing", headers={}).status_code == 401
