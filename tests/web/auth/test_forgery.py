"""Requests that another site makes a browser send."""

from __future__ import annotations

import html

import pytest

from shelfhook.model import Role
from shelfhook.store import Store
from shelfhook.web.auth import csrf
from shelfhook.web.lean import Application
from tests.web import desk
from tests.web.auth.browser import PASSWORD, Browser, signed_in

FORMS = ["/account/password", "/sign-out", "/settings/people", "/settings/tokens"]


@pytest.fixture
def admin(app: Application, store: Store) -> Browser:
    return signed_in(app, store, Role.ADMIN)


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("word", [None, "", "wrong", "0" * 40])
def test_a_form_without_its_word_changes_nothing(
    admin: Browser, store: Store, path: str, word: str | None
) -> None:
    fields = {"name": "eve", "role": "admin"} | ({} if word is None else {"csrf_token": word})
    answer = admin.post(path, fields)
    assert answer.status_code == 403
    assert csrf.MISSING in html.unescape(answer.text)
    assert [one.name for one in store.people.all()] == ["the-admin"]
    assert store.tokens.all() == []
    assert admin.get("/api/me").status_code == 200


def test_the_word_of_another_session_does_not_fit(
    app: Application, admin: Browser, store: Store
) -> None:
    other = signed_in(app, store, Role.ADMIN, "other")
    fields = {"name": "eve", "role": "admin", "csrf_token": other.word("/account")}
    assert admin.post("/settings/people", fields).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "cross-site", "Origin": "http://localhost"},
        {"Origin": "http://evil.test"},
        {"Origin": "http://localhost.evil.test"},
        {"Origin": "http://localhost:81"},
        {"Origin": "null"},
        {"Origin": "http://[broken"},
    ],
)
def test_what_comes_from_another_site_is_refused_even_with_the_word(
    admin: Browser, store: Store, headers: dict[str, str]
) -> None:
    answer = admin.send("/settings/people", {"name": "eve", "role": "admin"}, **headers)
    assert answer.status_code == 403
    assert csrf.FOREIGN in html.unescape(answer.text)
    assert len(store.people.all()) == 1


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_what_comes_from_our_own_pages_passes(admin: Browser, store: Store, site: str) -> None:
    fields = {"name": "ben", "role": "viewer", "password": ""}
    answer = admin.send("/settings/people", fields, Sec_Fetch_Site=site)
    assert answer.status_code == 303
    assert len(store.people.all()) == 2


def test_json_by_session_needs_the_word_in_a_header(admin: Browser, store: Store) -> None:
    word = admin.get("/api/me").get_json()["csrf_token"]

    def add(name: str, **headers: str) -> int:
        return admin.client.post("/api/people", json={"name": name}, headers=headers).status_code

    assert add("a") == 403
    assert add("b", **{"X-CSRF-Token": "wrong"}) == 403
    assert add("c", **{"X-CSRF-Token": word, "Origin": "http://evil.test"}) == 403
    assert add("d", **{"X-CSRF-Token": word}) == 201
    assert {one.name for one in store.people.all()} == {"the-admin", "d"}


def test_every_changing_request_of_a_session_needs_the_word(
    app: Application, admin: Browser
) -> None:
    for rule in app.url_map.iter_rules():
        path = rule.rule
        for part in rule.arguments:
            path = path.replace(f"<{part}>", "x").replace(f"<path:{part}>", "x")
        for method in rule.methods - {"GET", "HEAD", "OPTIONS"}:
            if not path.startswith("/hooks/"):
                answer = admin.client.open(path, method=method)
                assert answer.status_code == 403, (method, path)


def test_a_bearer_token_needs_no_word(admin: Browser) -> None:
    answer = admin.client.post("/api/people", json={"name": "x"}, headers=desk.API)
    assert answer.status_code == 201


def test_nobody_is_signed_in_by_another_site(browser: Browser, store: Store) -> None:
    store.people.add("eve", Role.VIEWER, PASSWORD, 0)
    fields = {"name": "eve", "password": PASSWORD}
    assert browser.post("/sign-in", fields).status_code == 403
    stolen = Browser(browser.client.application).word("/sign-in")  # type: ignore[arg-type] # ours
    assert browser.post("/sign-in", fields | {"csrf_token": stolen}).status_code == 403
    answer = browser.send("/sign-in", fields, Origin="http://evil.test")
    assert answer.status_code == 403
    assert browser.cookie() == ""


def test_a_link_is_used_up_by_no_other_site(browser: Browser, store: Store) -> None:
    now = desk.BusyClock().now()
    secret = store.sessions.make_link(Role.ADMIN, now, seconds=60, created_by="x")
    assert browser.post(f"/sign-in/{secret}", {}).status_code == 403
    assert store.sessions.link_is_good(secret, now)


def test_a_form_longer_than_allowed_is_not_read(admin: Browser) -> None:
    answer = admin.post("/settings/people", {"name": "x" * 2**21})
    assert answer.status_code == 413
