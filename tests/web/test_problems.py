from __future__ import annotations

import io
import logging
from typing import Any

import pytest
from flask.testing import FlaskClient

from shelfhook.errors import StoreUnavailable
from shelfhook.store import Store
from shelfhook.web.lean import Application
from tests.web import desk
from tests.web.desk import API, HOOK, HOOK_TOKEN, TOKEN


@pytest.mark.parametrize(
    ("method", "path", "how", "status"),
    [
        ("POST", "/api/jobs", {"data": b"{", "content_type": "application/json"}, 400),
        ("POST", "/api/jobs", {"data": b"\xff", "content_type": "application/json"}, 400),
        ("POST", "/api/jobs", {"data": b"NaN", "content_type": "application/json"}, 400),
        ("POST", "/api/jobs", {"data": b"[" * 100_000, "content_type": "application/json"}, 400),
        ("POST", "/api/jobs", {"data": b"9" * 9999, "content_type": "application/json"}, 400),
        ("POST", "/api/jobs", {"data": {"routine": "process-all"}}, 415),
        ("GET", "/nowhere", {}, 404),
        ("GET", "/api/jobs/", {}, 404),
        ("DELETE", "/api/jobs", {}, 405),
        ("POST", "/health", {}, 405),
        ("POST", "/api/jobs", {"data": b"x" * 10_000_000, "content_type": "application/json"}, 413),
    ],
)
def test_every_error_is_a_problem_document(
    client: FlaskClient, method: str, path: str, how: dict[str, Any], status: int
) -> None:
    answer = client.open(path, method=method, headers=API, **how)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json.keys() >= {"type", "title", "detail"}


def test_malformed_json_tells_where(client: FlaskClient) -> None:
    answer = client.post(
        "/hooks/komga", data=b'{"event": }', headers=HOOK, content_type="application/json"
    )
    assert answer.status_code == 400
    assert "line 1, column 11" in answer.json["detail"]


@pytest.mark.parametrize("path", ["/hooks/komga", "/api/jobs"])
@pytest.mark.parametrize("announced", [True, False])
def test_a_body_beyond_the_limit_is_413_and_stores_nothing(
    client: FlaskClient, store: Store, path: str, announced: bool
) -> None:
    how: dict[str, Any] = {"data": b" " * (2**20 + 1), "content_type": "application/json"}
    if not announced:  # as a chunked body arrives
        how = {
            "input_stream": io.BytesIO(b" " * (2**20 + 1)),
            "content_type": "application/json",
            "environ_overrides": {"wsgi.input_terminated": True},
        }
    answer = client.post(path, headers=API | {"X-Shelfhook-Token": HOOK_TOKEN}, **how)
    assert answer.status_code == 413
    assert store.inbox.page() == []


def test_a_body_that_fills_the_limit_is_read(client: FlaskClient) -> None:
    body = b'{"event":"library.scanned","library":"L1"}'.ljust(2**20)
    answer = client.post("/hooks/komga", data=body, headers=HOOK, content_type="application/json")
    assert answer.status_code == 202


@pytest.mark.parametrize("length", ["-1", "abc", "\xb2", "1" * 30])
def test_a_senseless_length_harms_nobody(client: FlaskClient, length: str) -> None:
    answer = client.post("/hooks/komga", headers=HOOK, environ_overrides={"CONTENT_LENGTH": length})
    assert answer.status_code in (400, 413)


def test_a_store_that_is_away_asks_to_come_back(
    client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def accept(*_: object) -> None:
        raise StoreUnavailable(f"the database failed: {TOKEN}")

    monkeypatch.setattr(store.inbox, "accept", accept)
    answer = client.post("/hooks/komga", json=desk.SCAN, headers=HOOK)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert TOKEN not in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/api/events", "/hooks/komga"])
def test_a_bug_is_500_without_details_and_its_trace_is_logged_without_secrets(
    client: FlaskClient,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    path: str,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"no way with {TOKEN} and {HOOK_TOKEN} and postgresql://me:pw@db/x")

    monkeypatch.setattr(store.inbox, "page", broken)
    monkeypatch.setattr(store.inbox, "accept", broken)
    how: dict[str, Any] = {"method": "GET", "headers": API}
    if path.startswith("/hooks"):
        how = {"method": "POST", "headers": HOOK, "json": desk.SCAN}

    answer = client.open(path, **how)

    assert answer.status_code == 500
    assert "no way" not in answer.get_data(as_text=True)
    assert "Traceback" in caplog.text
    assert "no way with *** and *** and postgresql://***@db/x" in caplog.text
    assert TOKEN not in caplog.text


HOSTILE: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", f"/api/jobs?token={TOKEN}", {}),
    ("GET", f"/api/jobs?{TOKEN}=1", {}),
    ("GET", f"/api/jobs?state={TOKEN}", {}),
    ("GET", f"/api/jobs/{TOKEN}", {}),
    ("GET", f"/{TOKEN}", {}),
    ("POST", f"/hooks/{TOKEN}", {"json": {}}),
    ("POST", "/api/jobs", {"json": {"routine": TOKEN}}),
    ("POST", "/api/jobs", {"json": {"routine": "process-all", TOKEN: 1}}),
    ("POST", "/api/jobs", {"json": {"routine": ["process-all", TOKEN]}}),
    ("POST", "/api/jobs", {"json": TOKEN}),
    ("POST", "/api/jobs", {"data": TOKEN, "content_type": "application/json"}),
    ("POST", "/api/jobs", {"data": TOKEN, "content_type": f"text/{TOKEN}"}),
    ("POST", "/hooks/komga", {"json": {"event": TOKEN}}),
    ("POST", "/hooks/komga", {"json": {TOKEN: "x", "event": "library.scanned"}}),
    ("POST", "/hooks/komga", {"json": {"event": "library.scanned", "library": {TOKEN: 1}}}),
]


@pytest.mark.parametrize(("method", "path", "how"), HOSTILE)
@pytest.mark.parametrize("token", [TOKEN, "wrong-" + TOKEN])
def test_a_secret_that_comes_in_by_the_wrong_door_goes_nowhere(
    app: Application,
    caplog: pytest.LogCaptureFixture,
    method: str,
    path: str,
    how: dict[str, Any],
    token: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    headers = {"Authorization": f"Bearer {token}", "X-Shelfhook-Token": HOOK_TOKEN}
    answer = app.test_client().open(path, method=method, headers=headers, **how)
    assert answer.status_code >= 400
    assert TOKEN not in answer.get_data(as_text=True)
    assert TOKEN not in str(answer.headers)
    assert TOKEN not in caplog.text
