from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from shelfhook.store import Store
from shelfhook.web.lean import Application
from tests.web import desk


def test_every_route_but_hooks_and_health_asks_for_the_token(app: Application) -> None:
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<job_id>", "0" * 36).replace("<host>", "komga")
        for method in rule.methods - {"HEAD"}:
            answer = client.open(path, method=method)
            public = rule.endpoint.startswith(("health.", "static.")) or (
                rule.endpoint == "hooks.failed" and method == "OPTIONS"
            )
            public = public or path.startswith(("/sign-in", "/static/"))
            assert (answer.status_code != 401) == public, (method, path)


def test_a_path_that_does_not_exist_is_not_told_to_strangers(client: FlaskClient) -> None:
    assert client.get("/nowhere").status_code == 401
    assert client.get("/nowhere", headers=desk.API).status_code == 404


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Bearer {desk.TOKEN}x",
        f"Bearer {desk.TOKEN[:-1]}",
        f"Basic {desk.TOKEN}",
        desk.TOKEN,
        "Bearer \xff\xfe",
    ],
)
def test_a_wrong_token_is_401_with_a_challenge(client: FlaskClient, header: str) -> None:
    answer = client.get("/api/jobs", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.mimetype == "application/problem+json"


def test_the_scheme_is_read_in_any_case(client: FlaskClient) -> None:
    headers = {"Authorization": f"bearer {desk.TOKEN}"}
    assert client.get("/api/jobs", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("host", "headers", "status"),
    [
        ("komga", {"Authorization": f"Bearer {desk.HOOK_TOKEN}"}, 202),
        ("komga", {"X-Shelfhook-Token": desk.HOOK_TOKEN}, 202),
        ("komga", {"X-Shelfhook-Token": "wrong"}, 401),
        ("komga", {}, 401),
        ("komga", desk.API, 401),  # the host has a token of its own: that one only
        ("open", desk.API, 202),
        ("open", {}, 401),
        ("open", desk.HOOK, 401),
    ],
)
def test_a_hook_takes_its_hosts_token(
    client: FlaskClient, host: str, headers: dict[str, str], status: int
) -> None:
    assert client.post(f"/hooks/{host}", json=desk.SCAN, headers=headers).status_code == status


def test_a_hooks_token_does_not_open_the_api(client: FlaskClient) -> None:
    headers = {"Authorization": f"Bearer {desk.HOOK_TOKEN}"}
    assert client.get("/api/jobs", headers=headers).status_code == 401


def test_without_a_configured_token_an_empty_one_opens_nothing(
    store: Store, clock: desk.BusyClock
) -> None:
    client = desk.make(store, clock, token="").test_client()
    for given in ("", "Bearer", "Bearer ", "Basic Og=="):
        headers = {"Authorization": given, "X-Shelfhook-Token": ""}
        assert client.get("/api/jobs", headers=headers).status_code == 401
        assert client.post("/hooks/open", json=desk.SCAN, headers=headers).status_code == 401


@pytest.mark.parametrize("path", ["/health", "/api/jobs", "/nowhere", "/hooks/komga"])
@pytest.mark.parametrize("headers", [{}, desk.API])
def test_every_answer_carries_the_security_headers(
    client: FlaskClient, path: str, headers: dict[str, str]
) -> None:
    answers = [client.get(path, headers=headers), client.post(path, headers=headers)]
    answers.append(client.post("/hooks/komga", json=desk.SCAN, headers=desk.HOOK))
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers


METRICS_TOKEN = "metrics-token-0123456789"


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [
        ("/metrics", METRICS_TOKEN, 200),
        ("/metrics", desk.TOKEN, 200),
        ("/metrics", "wrong", 401),
        ("/metrics", "", 401),
        ("/api/jobs", METRICS_TOKEN, 401),
    ],
)
def test_the_metrics_token_opens_the_metrics_alone(
    store: Store, clock: desk.BusyClock, path: str, token: str, status: int
) -> None:
    client = desk.make(store, clock, metrics_token=METRICS_TOKEN).test_client()
    answer = client.get(path, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == status


def test_without_a_metrics_token_an_empty_one_opens_nothing(client: FlaskClient) -> None:
    for headers in ({}, {"Authorization": "Bearer "}):
        assert client.get("/metrics", headers=headers).status_code == 401
