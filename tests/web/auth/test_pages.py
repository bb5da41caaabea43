"""People, tokens and the own account, by clicking."""

from __future__ import annotations

import pytest

from shelfhook.model import Role
from shelfhook.store import Store
from shelfhook.web.lean import Application
from tests.web.auth.browser import PASSWORD, Browser, shown_secret, signed_in

PEOPLE, TOKENS = "/settings/people", "/settings/tokens"


@pytest.fixture
def admin(app: Application, store: Store) -> Browser:
    return signed_in(app, store, Role.ADMIN)


def test_an_admin_adds_changes_and_removes_somebody(
    app: Application, admin: Browser, store: Store
) -> None:
    fields = {"name": "Anna", "role": "viewer", "password": PASSWORD}
    assert admin.send(PEOPLE, fields).location == f"{PEOPLE}?did=saved"
    anna = Browser(app)
    assert anna.sign_in("anna").status_code == 303
    admin.send(f"{PEOPLE}/anna/password", {"password": "another password"}, form=PEOPLE)
    assert anna.get("/account").status_code == 303
    assert anna.sign_in("anna", "another password").status_code == 303
    admin.send(f"{PEOPLE}/anna/role", {"role": "operator"}, form=PEOPLE)
    assert store.people.get("anna").role is Role.OPERATOR
    assert "anna" in admin.get(PEOPLE).text
    admin.send(f"{PEOPLE}/anna/remove", form=PEOPLE)
    assert [one.name for one in store.people.all()] == ["the-admin"]


@pytest.mark.parametrize(
    ("path", "fields", "status", "told"),
    [
        ("", {"name": "the-admin", "role": "viewer"}, 409, "choose another name"),
        ("", {"name": "a b", "role": "viewer"}, 400, "no name for a person"),
        ("", {"name": "x", "role": "viewer", "password": "short"}, 400, "too short"),
        ("/the-admin/role", {"role": "viewer"}, 409, "last person who is admin"),
        ("/the-admin/remove", {}, 409, "last person who is admin"),
        ("/nobody/remove", {}, 404, "unknown person"),
        ("/the-admin/password", {"password": "short"}, 400, "too short"),
    ],
)
def test_what_does_not_work_is_said_on_the_page(
    admin: Browser, store: Store, path: str, fields: dict[str, str], status: int, told: str
) -> None:
    answer = admin.send(PEOPLE + path, fields, form=PEOPLE)
    assert answer.status_code == status
    assert told in answer.text
    assert 'id="errors" role="alert"' in answer.text
    assert [one.role for one in store.people.all()] == [Role.ADMIN]


def test_a_link_for_somebody_is_shown_once_and_works(
    app: Application, admin: Browser, store: Store
) -> None:
    store.people.add("anna", Role.VIEWER, "", 0)
    answer = admin.send(f"{PEOPLE}/anna/link", form=PEOPLE)
    link = shown_secret(answer)
    assert link not in admin.get(PEOPLE).text
    browser = Browser(app)
    assert browser.send(link.removeprefix("http://localhost")).status_code == 303
    assert browser.get("/api/me").get_json()["name"] == "anna"


def test_a_token_is_shown_once_and_works(app: Application, admin: Browser, store: Store) -> None:
    fields = {"name": "script", "role": "operator", "scopes": ["read", "jobs"], "days": "30"}
    answer = admin.send(TOKENS, fields)
    secret = shown_secret(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert secret not in admin.get(TOKENS).text
    headers = {"Authorization": f"Bearer {secret}"}
    assert app.test_client().get("/api/jobs", headers=headers).status_code == 200
    [made] = store.tokens.all()
    assert (made.created_by, made.scopes) == ("the-admin", {"read", "jobs"})
    assert made.expires_at is not None
    assert made.expires_at - made.created_at == 30 * 86_400
    admin.send(f"{TOKENS}/{made.id}/revoke", form=TOKENS)
    assert "revoked" in admin.get(TOKENS).text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": "", "role": "viewer"}, "by which you will know it"),
        ({"name": "x", "role": "viewer", "days": "0"}, "1 to 3660 days"),
        ({"name": "x", "role": "viewer", "days": "soon"}, "number of days"),
        ({"name": "x", "role": "king"}, "known: viewer, operator, admin"),
    ],
)
def test_no_token_is_made_of_what_makes_none(
    admin: Browser, store: Store, fields: dict[str, str], told: str
) -> None:
    answer = admin.send(TOKENS, fields)
    assert answer.status_code == 400
    assert told in answer.text
    assert store.tokens.all() == []


def test_names_are_shown_as_text(admin: Browser) -> None:
    admin.send(TOKENS, {"name": "<script>alert(1)</script>", "role": "viewer"})
    assert "<script>" not in admin.get(TOKENS).text
    assert "&lt;script&gt;" in admin.get(TOKENS).text


def test_everybody_changes_the_own_password(app: Application, store: Store) -> None:
    here, there = signed_in(app, store, Role.VIEWER), Browser(app)
    there.sign_in("the-viewer")
    before = here.cookie()
    new = {"password": PASSWORD, "new": "a newer password", "again": "a newer password"}
    answer = here.send("/account/password", new, form="/account")
    assert answer.location == "/account?did=password"
    assert there.get("/account").status_code == 303  # signed out elsewhere
    assert (here.get("/account").status_code, here.cookie()) == (200, before)
    assert there.sign_in("the-viewer").status_code == 401
    assert there.sign_in("the-viewer", "a newer password").status_code == 303


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"password": "wrong", "new": "a newer password", "again": "a newer password"}, "present"),
        ({"password": PASSWORD, "new": "short", "again": "short"}, "too short"),
        ({"password": PASSWORD, "new": "a newer password", "again": "another"}, "differ"),
        ({}, "too short"),
    ],
)
def test_the_own_password_stays_if_something_is_wrong(
    app: Application, store: Store, fields: dict[str, str], told: str
) -> None:
    browser = signed_in(app, store, Role.VIEWER)
    answer = browser.send("/account/password", fields, form="/account")
    assert answer.status_code == 422
    assert told in answer.text
    assert 'aria-describedby="errors"' in answer.text
    assert store.people.check("the-viewer", PASSWORD) is not None


def test_the_present_password_cannot_be_guessed_without_end(app: Application, store: Store) -> None:
    browser = signed_in(app, store, Role.VIEWER)
    fields = {"password": "wrong", "new": "a newer password", "again": "a newer password"}
    found = [
        browser.send("/account/password", fields, form="/account").status_code for _ in range(11)
    ]
    assert found == [422] * 10 + [429]


def test_one_ends_ones_own_sessions_and_no_others(app: Application, store: Store) -> None:
    here, there = signed_in(app, store, Role.VIEWER), Browser(app)
    there.sign_in("the-viewer")
    stranger = signed_in(app, store, Role.ADMIN)
    now = app.extensions["shelfhook"].clock.now()
    [foreign] = store.sessions.of("the-admin", now, 99)
    refused = here.send(f"/account/sessions/{foreign.id}/end", form="/account")
    assert refused.status_code == 404
    assert stranger.get("/account").status_code == 200
    for one in store.sessions.of("the-viewer", now, 99):
        if f"/account/sessions/{one.id}/end" in here.get("/account").text:
            here.send(f"/account/sessions/{one.id}/end", form="/account")
    assert there.get("/account").status_code == 303
    assert here.get("/account").status_code == 200


def test_who_came_with_a_token_has_no_password_to_change(browser: Browser, store: Store) -> None:
    _, secret = store.tokens.create("t", Role.VIEWER, None, "x", 0)
    browser.sign_in_with(secret)
    assert "Change the password" not in browser.get("/account").text
    answer = browser.send("/account/password", {"new": "x"}, form="/account")
    assert answer.status_code == 409
