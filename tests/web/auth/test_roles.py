"""Who may do what."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from shelfhook.model import Role, Scope
from shelfhook.store import Store
from shelfhook.web.auth.identity import Identity
from shelfhook.web.auth.rights import GOVERN, LOOK, MEASURE, ONESELF, STEER, Need, need_of
from shelfhook.web.lean import Application
from tests.web import desk
from tests.web.auth.browser import signed_in

JOB = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("method", "path", "need"),
    [
        ("GET", "/health", None),
        ("GET", "/health/ready", None),
        ("POST", "/hooks/komga", None),
        ("GET", "/static/app.css", None),
        ("POST", "/sign-in", None),
        ("GET", "/sign-in/secret", None),
        ("GET", "/sign-in-elsewhere", LOOK),
        ("GET", "/healthy", LOOK),
        ("GET", "/hooks", LOOK),
        ("GET", "/", LOOK),
        ("GET", "/api/jobs", LOOK),
        ("HEAD", "/api/v1/jobs", LOOK),
        ("POST", "/api/jobs/process-all", STEER),
        ("POST", "/api/v1/jobs/x/cancel", STEER),
        ("POST", "/jobs/x/cancel", STEER),
        ("DELETE", "/whatever", STEER),
        ("BREW", "/whatever", STEER),
        ("GET", "/metrics", MEASURE),
        ("GET", "/api/v1/me", ONESELF),
        ("POST", "/sign-out", ONESELF),
        ("POST", "/account/password", ONESELF),
        ("GET", "/accounting", LOOK),
        ("GET", "/settings", GOVERN),
        ("POST", "/settings/people/anna/remove", GOVERN),
        ("GET", "/api/people", GOVERN),
        ("GET", "/api/v1/people/anna", GOVERN),
        ("GET", "/api/v22/tokens", GOVERN),
        ("DELETE", "/api/tokens/x", GOVERN),
        ("GET", "/api/tokensome", LOOK),
    ],
)
def test_what_a_request_needs(method: str, path: str, need: Need | None) -> None:
    assert need_of(method, path) == need


@pytest.mark.parametrize("need", [LOOK, STEER, GOVERN, MEASURE, ONESELF])
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("scope", [None, *Scope])
def test_a_scope_narrows_a_role_and_never_widens_it(
    need: Need, role: Role, scope: Scope | None
) -> None:
    scopes = None if scope is None else frozenset({scope})
    may = need.met_by(Identity("x", role, "token", scopes))
    if may:
        assert role.at_least(need.role)
        assert need.met_by(Identity("x", role, "token", None))
    if role is Role.ADMIN and (scope is None or scope in need.scopes):
        assert may


@pytest.mark.parametrize(
    ("role", "cancel", "people"),
    [(Role.VIEWER, 403, 403), (Role.OPERATOR, 404, 403), (Role.ADMIN, 404, 200)],
)
def test_roles_hold_for_browsers_and_for_tokens(
    app: Application, store: Store, role: Role, cancel: int, people: int
) -> None:
    browser = signed_in(app, store, role)
    _, secret = store.tokens.create("t", role, None, "x", 0)
    word = browser.get("/api/me").get_json()["csrf_token"]
    bearer = {"Authorization": f"Bearer {secret}"}
    for client, headers in ((browser.client, {"X-CSRF-Token": word}), (app.test_client(), bearer)):
        assert client.get("/api/jobs", headers=headers).status_code == 200
        answer = client.post(f"/api/jobs/{JOB}/cancel", headers=headers)
        assert answer.status_code == cancel
        assert client.get("/api/people", headers=headers).status_code == people
        assert client.get("/settings/tokens", headers=headers).status_code == people
        if role is not Role.ADMIN:
            answer = client.post("/api/people", json={"name": "eve"}, headers=headers)
            assert answer.status_code == 403
            assert "needs the role admin" in answer.get_json()["detail"]
    assert "eve" not in {one.name for one in store.people.all()}


@pytest.mark.parametrize(
    ("scope", "opened"),
    [
        (Scope.READ, {"/api/jobs", "/metrics"}),
        (Scope.JOBS, {"POST"}),
        (Scope.METRICS, {"/metrics"}),
        (Scope.ADMIN, {"/api/people"}),
        (Scope.HOOKS, {"hooks"}),
        (None, {"/api/jobs", "/metrics", "POST", "/api/people", "hooks"}),
    ],
)
def test_what_a_scope_opens(
    app: Application, store: Store, scope: Scope | None, opened: set[str]
) -> None:
    _, secret = store.tokens.create("t", Role.ADMIN, {scope} if scope else None, "x", 0)
    client, headers = app.test_client(), {"Authorization": f"Bearer {secret}"}
    found = {
        path
        for path in ("/api/jobs", "/metrics", "/api/people")
        if client.get(path, headers=headers).status_code == 200
    }
    if client.post(f"/api/jobs/{JOB}/cancel", headers=headers).status_code == 404:
        found.add("POST")
    if client.post("/hooks/open", json=desk.SCAN, headers=headers).status_code == 202:
        found.add("hooks")
    assert found == opened
    assert client.get("/api/me", headers=headers).status_code == 200


def test_a_viewers_token_delivers_nothing(app: Application, store: Store) -> None:
    _, secret = store.tokens.create("t", Role.VIEWER, None, "x", 0)
    headers = {"X-Shelfhook-Token": secret}
    client = app.test_client()
    assert client.post("/hooks/open", json=desk.SCAN, headers=headers).status_code == 401


def test_a_lowered_role_holds_at_once(app: Application, store: Store) -> None:
    admin = signed_in(app, store, Role.ADMIN)
    other = signed_in(app, store, Role.ADMIN, "ben")
    assert other.get("/settings/people").status_code == 200
    admin.send("/settings/people/ben/role", {"role": "viewer"}, form="/settings/people")
    assert other.get("/settings/people").status_code == 403
    admin.send("/settings/people/ben/remove", form="/settings/people")
    assert other.get("/settings/people").status_code == 303


def test_a_revoked_token_is_refused_at_once(app: Application, store: Store) -> None:
    admin = signed_in(app, store, Role.ADMIN)
    made, secret = store.tokens.create("t", Role.VIEWER, None, "x", 0)
    client, headers = app.test_client(), {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/jobs", headers=headers).status_code == 200
    admin.send(f"/settings/tokens/{made.id}/revoke", form="/settings/tokens")
    assert client.get("/api/jobs", headers=headers).status_code == 401


def test_a_token_that_another_process_revokes_is_refused_within_a_second(
    app: Application, store: Store, clock: desk.BusyClock
) -> None:
    made, secret = store.tokens.create("t", Role.VIEWER, None, "x", 0)
    client, headers = app.test_client(), {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/jobs", headers=headers).status_code == 200
    store.tokens.revoke(made.id, clock.now())
    clock.advance(1)
    assert client.get("/api/jobs", headers=headers).status_code == 401


def test_the_use_of_a_token_is_noted(app: Application, store: Store, clock: desk.BusyClock) -> None:
    made, secret = store.tokens.create("t", Role.VIEWER, None, "x", 0)
    client, headers = app.test_client(), {"Authorization": f"Bearer {secret}"}
    writes = store.writer.calls
    for _ in range(5):
        client.get("/api/jobs", headers=headers)
        clock.advance(2)
    store.sessions.end("waits for the writer")
    assert store.tokens.get(made.id).last_used_at == clock.now() - 10
    assert store.writer.calls == writes + 2


def test_people_and_tokens_are_closed_also_where_the_path_is_rewritten(
    app: Application, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelfhook.web.auth.rights.need_of", lambda method, path: ONESELF)
    for role, status in ((Role.VIEWER, 403), (Role.OPERATOR, 403), (Role.ADMIN, 200)):
        _, secret = store.tokens.create("t", role, None, "x", 0)
        headers = {"Authorization": f"Bearer {secret}"}
        for path in ("/api/people", "/api/tokens", "/settings/people", "/settings/tokens"):
            assert app.test_client().get(path, headers=headers).status_code == status
        assert app.test_client().get("/api/me", headers=headers).status_code == 200


@pytest.mark.parametrize("extra", ["/", "//", "/%2F", "%2F"])
def test_the_guard_and_the_router_see_the_same_path(
    app: Application, store: Store, extra: str
) -> None:
    """The router leaves leading slashes out, so that `//settings` would be a page to look at."""
    _, secret = store.tokens.create("t", Role.ADMIN, None, "x", 0)
    headers = {"Authorization": f"Bearer {secret}"}
    client = app.test_client()
    for path in ("/settings", "/settings/people", "/api/people", "/metrics", "/account", "/jobs"):
        for method in ("GET", "HEAD", "OPTIONS"):
            environ = {"PATH_INFO": unquote(extra) + path}
            answer = client.open(method=method, headers=headers, environ_overrides=environ)
            assert answer.status_code == 404
    environ = {"PATH_INFO": unquote(extra) + "/hooks/komga"}
    answer = client.post(headers=headers, environ_overrides=environ)
    assert answer.status_code == 404
