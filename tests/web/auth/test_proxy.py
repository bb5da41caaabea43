"""Names that a reverse proxy vouches for."""

from __future__ import annotations

from typing import Any

import pytest

from shelfhook.model import Role
from shelfhook.store import Store
from shelfhook.web.lean import Application
from tests.web import desk
from tests.web.auth.browser import Browser, signed_in

PROXY = "10.1.2.3"


def make(store: Store, clock: desk.BusyClock, **sign_in: Any) -> Application:
    given = {"proxy_user_header": "Remote-User"} | sign_in
    return desk.make(store, clock, trusted_proxies=(PROXY, "fd00::/8"), sign_in=given)


@pytest.fixture
def app(store: Store, clock: desk.BusyClock) -> Application:
    return make(store, clock)


def named(app: Application, name: str, peer: str = PROXY, **headers: str) -> Any:
    environ = {"REMOTE_ADDR": peer}
    given = {"Remote-User": name} | headers
    return app.test_client().get("/api/me", headers=given, environ_base=environ)


def test_a_new_name_becomes_a_person_in_the_role_that_is_set(
    app: Application, store: Store
) -> None:
    me = named(app, "Anna").get_json()
    assert (me["name"], me["role"], me["via"]) == ("anna", "viewer", "proxy")
    [person] = store.people.all()
    assert (person.name, person.role, person.has_password) == ("anna", Role.VIEWER, False)
    store.people.set_role("anna", Role.ADMIN)


def test_a_known_name_has_its_own_role(app: Application, store: Store) -> None:
    store.people.add("anna", Role.OPERATOR, "", 0)
    assert named(app, "anna", "fd00::1").get_json()["role"] == "operator"


@pytest.mark.parametrize("peer", ["10.1.2.4", "127.0.0.1", "::1", "", "rubbish"])
def test_the_header_of_an_untrusted_proxy_is_ignored(
    app: Application, store: Store, peer: str
) -> None:
    headers = {"X-Forwarded-For": PROXY, "X-Real-IP": PROXY}
    assert named(app, "anna", peer, **headers).status_code == 401
    assert store.people.all() == []


def test_without_the_setting_no_header_is_believed(store: Store, clock: desk.BusyClock) -> None:
    app = desk.make(store, clock, trusted_proxies=(PROXY,))
    assert named(app, "anna").status_code == 401


def test_only_known_people_come_in_if_that_is_wanted(store: Store, clock: desk.BusyClock) -> None:
    app = make(store, clock, proxy_role="")
    assert named(app, "anna").status_code == 401
    store.people.add("anna", Role.VIEWER, "", 0)
    assert named(app, "anna").status_code == 200


@pytest.mark.parametrize("name", ["", " ", "a b", "x" * 65, "anna,admin", "<b>"])
def test_what_is_no_name_lets_nobody_in(app: Application, store: Store, name: str) -> None:
    assert named(app, name).status_code == 401
    assert store.people.all() == []


def test_the_connection_counts_not_what_the_proxy_says_of_the_client(
    app: Application, store: Store
) -> None:
    headers = {"Remote-User": "anna", "X-Forwarded-For": "192.0.2.9"}
    client, given = app.test_client(), {"REMOTE_ADDR": PROXY}
    assert client.get("/api/me", headers=headers, environ_base=given).status_code == 200
    headers, given = headers | {"X-Forwarded-For": PROXY}, {"REMOTE_ADDR": "192.0.2.9"}
    assert client.get("/api/me", headers=headers, environ_base=given).status_code == 401


def test_forms_need_their_word_here_too(app: Application, store: Store) -> None:
    store.people.add("boss", Role.ADMIN, "", 0)
    browser = Browser(app, REMOTE_ADDR=PROXY, HTTP_REMOTE_USER="boss")
    fields = {"name": "eve", "role": "admin"}
    assert browser.post("/settings/people", fields).status_code == 403
    fake = Browser(app).word("/sign-in")
    assert browser.post("/settings/people", fields | {"csrf_token": fake}).status_code == 403
    assert browser.send("/settings/people", fields).status_code == 303
    assert "eve" in {one.name for one in store.people.all()}


def test_the_word_is_bound_to_the_name(app: Application, store: Store) -> None:
    store.people.add("boss", Role.ADMIN, "", 0)
    eve = Browser(app, REMOTE_ADDR=PROXY, HTTP_REMOTE_USER="eve")
    word = eve.word("/sign-in")
    eve.environ = {"REMOTE_ADDR": PROXY, "HTTP_REMOTE_USER": "boss"}
    answer = eve.post("/settings/people", {"name": "x", "role": "admin", "csrf_token": word})
    assert answer.status_code == 403


def test_the_proxys_name_goes_before_a_session(app: Application, store: Store) -> None:
    browser = signed_in(app, store, Role.ADMIN)
    browser.environ = {"REMOTE_ADDR": PROXY, "HTTP_REMOTE_USER": "anna"}
    assert browser.get("/api/me").get_json()["name"] == "anna"
